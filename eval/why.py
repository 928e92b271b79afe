"""Why a question failed, in words that need no knowledge of measures."""

from __future__ import annotations

from eval.case import Case
from eval.measures import lines
from eval.measures.right_revision import is_right
from eval.text import contains_any, spoken


def reasons(case: Case) -> list[str]:
    """One sentence per fault; none when the question was served right and every citation holds."""
    if case.error is not None:
        return [f"No answer: {case.error}"]
    found = [*_answer(case), *_citations(case)]
    return [sentence[0].upper() + sentence[1:] for sentence in found]


def _answer(case: Case) -> list[str]:
    question = case.question
    if question.answerable and case.refused:
        return ["it said that the articles do not say, and they do."]
    if not question.answerable and case.answered and not case.correct:
        return ["it answered, and the articles do not say."]
    if not case.answered:
        return [] if case.refused else ["the answer has no outcome."]
    found = []
    if said := [term for term in question.must_not_include if contains_any(case.words, term)]:
        found.append(f"it says {_list(said)}, which is wrong here.")
    missing = [term for term in question.must_include if not contains_any(case.words, term)]
    if missing and not case.correct:  # the expected answer alone is right without them
        found.append(f"it does not say {_list(missing)}.")
    elif not case.correct and not said:
        found.append(f"it does not say “{question.answer}”.")
    return found


def _citations(case: Case) -> list[str]:
    if not case.answered:
        return []
    found = [f"citation [{r.marker}] does not hold: {r.problem}." for r in case.resolved if r.problem is not None]
    if not case.resolved:
        found.append("it cites nothing.")
    elif lines.gradable(case.question) and not lines.cited(case)[0]:
        found.append("none of the lines it cites proves the answer.")
    as_of = case.question.as_of
    if as_of is not None:
        found += [
            f"citation [{r.marker}] is from after the moment asked about."
            for r in case.resolved
            if r.published_at is not None and r.published_at > as_of
        ]
    found += [
        f"citation [{r.marker}] is to a version that was not the current one then."
        for r in case.resolved
        if r.problem is None and r.expected_revision is not None and not is_right(case, r)
    ]
    return found


def _list(terms: list[str]) -> str:
    return ", ".join(f"“{spoken(term)}”" for term in terms)
