"""Fallbacks: the share of answers that something simpler gave because the language model failed.

Definition: answers whose trace tells of a model error / answers and refusals. Such answers are graded like any other,
and never kept for the next run.
Source: degraded responses, as of any service (Beyer et al., Site Reliability Engineering, 2016).
Not eligible: errors, and systems that show no trace.
"""

from __future__ import annotations

from eval.asking import fell_back
from eval.case import Case
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    if case.error is not None or "trace" not in (case.answer or {}):
        return None
    return float(fell_back(case.answer))


FALLBACKS = Measure(
    name="fallbacks",
    title="Answers given without the model, since it failed",
    group=Group.EFFORT,
    scores=each(score),
    higher_is_better=False,
)
