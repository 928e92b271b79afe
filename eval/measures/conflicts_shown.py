"""Conflicts shown: where articles contradict each other, the reader sees both sides.

Definition: 1 when the answer contains every required term (one per side) and, where the gold proves the sides by
several articles, cites at least two of those; else 0. A refusal for the reason `conflicting` that offers two of those
articles as reading counts half: the reader learns of the conflict, and not what it is.
Source: the "conflicting evidence" setting of Xie et al., Adaptive Chameleon or Stubborn Sloth, ICLR 2024.
Not eligible: questions of other kinds than `contradiction`.
"""

from __future__ import annotations

from collections.abc import Iterable

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.text import contains_any


def score(case: Case) -> float | None:
    """See the module's text."""
    question = case.question
    if question.kind != "contradiction" or not question.answerable:
        return None
    proving = {entry.article for entry in question.relevant}
    enough = min(2, len(proving))

    def shows(articles: Iterable[str]) -> bool:
        return len(proving & set(articles)) >= enough

    if case.answered:
        sides = all(contains_any(case.words, term) for term in question.must_include)
        return float(sides and shows(r.article for r in case.resolved))
    if case.refused and case.answer is not None and case.answer.get("reason") == "conflicting":
        reading = case.answer.get("reading")
        listed = reading if isinstance(reading, list) else []
        return 0.5 * shows(str((entry.get("article") or {}).get("id")) for entry in listed if isinstance(entry, dict))
    return 0.0


CONFLICTS_SHOWN = Measure(
    name="conflicts_shown", title="Contradictions shown side by side", group=Group.ANSWERS, scores=each(score)
)
