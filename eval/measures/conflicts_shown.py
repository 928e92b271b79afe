"""Conflicts shown: where articles contradict each other, the reader sees both sides.

Definition: 1 when the answer contains every required term (one per side) and cites an article of each side, the sides
being the gold's entries by what they prove; else 0. A refusal for the reason `conflicting` that offers an article of
each side as reading counts half: the reader learns of the conflict, and not what it is.
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
    sides: dict[str, set[str]] = {}
    for number, entry in enumerate(question.relevant):
        sides.setdefault(entry.proves or f"\0{number}", set()).add(entry.article)

    def shows(articles: Iterable[str]) -> bool:
        shown = set(articles)
        return all(side & shown for side in sides.values())

    if case.answered:
        told = all(contains_any(case.words, term) for term in question.must_include)
        return float(told and shows(r.article for r in case.resolved))
    if case.refused and case.answer is not None and case.answer.get("reason") == "conflicting":
        reading = case.answer.get("reading")
        listed = reading if isinstance(reading, list) else []
        return 0.5 * shows(str((entry.get("article") or {}).get("id")) for entry in listed if isinstance(entry, dict))
    return 0.0


CONFLICTS_SHOWN = Measure(
    name="conflicts_shown", title="Contradictions shown side by side", group=Group.ANSWERS, scores=each(score)
)
