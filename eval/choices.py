"""Multiple choice: which of the given choices an answer comes down to.

RealTime QA's settings with choices (Kasai et al., NeurIPS 2023): four choices, or four of which one was replaced by
"none of the above". A system that answers in sentences is taken at the choice that it names; one that refuses, or
names none of them, has said "none of the above" where that is a choice.
"""

from __future__ import annotations

from collections.abc import Sequence

from eval.case import Case
from eval.text import contains, words

NONE = "none of the above"


def named(text: str, choices: Sequence[str]) -> list[str]:
    """The choices that stand in the text as whole words; not those that are only a part of another one that does."""
    within = words(text)
    found = [choice for choice in choices if contains(within, choice)]
    return [choice for choice in found if not any(other != choice and contains(other, choice) for other in found)]


def picked(case: Case) -> str | None:
    """The one choice that the answer comes down to; None where it names several, or asking failed.

    The short answer decides where it names one. Elsewhere the whole text does.
    """
    if case.error is not None or case.answer is None:
        return None
    real = [choice for choice in case.question.choices if choice != NONE]
    found: list[str] = []
    for text in (case.short, case.text) if case.answered else ():
        found = named(text, real)
        if len(found) == 1:
            return found[0]
    return NONE if not found and NONE in case.question.choices else None
