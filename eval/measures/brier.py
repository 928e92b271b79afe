"""Brier score of the stated confidence: how far it lies from what happened.

Definition: the mean of (confidence − correct)², 0 best, 1 worst, over answers.
Source: Brier, Verification of Forecasts Expressed in Terms of Probability, Monthly Weather Review, 1950.
Not eligible: questions of kind `retrieval`; refusals, errors, and systems that state no confidence.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    if not case.answered or case.confidence is None or case.question.kind == "retrieval":
        return None
    return (case.confidence - float(case.correct)) ** 2


BRIER = Measure(
    name="brier",
    title="Distance of its confidence from the truth",
    group=Group.REFUSAL,
    scores=each(score),
    higher_is_better=False,
)
