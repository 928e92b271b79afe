"""Refusal recall: the share of unanswerable questions that were refused.

Definition: refused and unanswerable / unanswerable.
Source: the no-answer setting of Rajpurkar et al., Know What You Don't Know (SQuAD 2.0), ACL 2018.
Not eligible: answerable questions, and false premises that were put right as the gold allows.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.measures.refusal import counts


def score(case: Case) -> float | None:
    """See the module's text."""
    refused, due = counts(case) or (False, False)
    return float(refused) if due else None


REFUSAL_RECALL = Measure(
    name="refusal_recall", title="Unanswerable questions that were refused", group=Group.REFUSAL, scores=each(score)
)
