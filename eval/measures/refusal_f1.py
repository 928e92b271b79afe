"""Refusal F1: the harmonic mean of refusal precision and refusal recall.

Definition: 2·TP / (2·TP + FP + FN), where a refusal of an unanswerable question is a true positive. Each question
carries its own part of that ratio as value and weight, so that it can be resampled by question.
Source: van Rijsbergen, Information Retrieval, 1979; the no-answer setting of SQuAD 2.0.
Not eligible: answerable questions that were not refused (true negatives).
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each
from eval.measures.refusal import counts


def score(case: Case) -> Score | None:
    """See the module's text."""
    refused, due = counts(case) or (False, False)
    if refused and due:
        return Score(1.0, 2.0)
    return Score(0.0, 1.0) if refused or due else None


REFUSAL_F1 = Measure(
    name="refusal_f1", title="Refused what it should, and only that", group=Group.REFUSAL, scores=each(score)
)
