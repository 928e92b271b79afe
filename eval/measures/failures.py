"""Failures: the share of questions to which the system gave no usable answer at all.

Definition: questions whose asking ended in an error / questions.
Source: error rate, as of any service.
Not eligible: nobody.
"""

from __future__ import annotations

from eval.measures.base import Group, Measure, each

FAILURES = Measure(
    name="failures",
    title="Questions that ended in an error",
    group=Group.EFFORT,
    scores=each(lambda case: float(case.error is not None)),
    higher_is_better=False,
)
