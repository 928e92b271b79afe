"""Refusal precision: the share of refused questions that were right to refuse.

Definition: refused and unanswerable / refused.
Source: the no-answer setting of Rajpurkar et al., Know What You Don't Know (SQuAD 2.0), ACL 2018.
Not eligible: questions that were not refused.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.measures.refusal import counts


def score(case: Case) -> float | None:
    """See the module's text."""
    refused, due = counts(case) or (False, False)
    return float(due) if refused else None


REFUSAL_PRECISION = Measure(
    name="refusal_precision", title="Refusals that were right", group=Group.REFUSAL, scores=each(score)
)
