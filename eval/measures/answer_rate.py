"""Answer rate: the share of answerable questions that got an answer, right or wrong (coverage).

Definition: answered in whole or in part / answerable.
Source: coverage in selective prediction, El-Yaniv and Wiener, JMLR 2010.
Not eligible: unanswerable questions.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    return float(case.answered) if case.question.answerable else None


ANSWER_RATE = Measure(
    name="answer_rate", title="Answerable questions that got an answer", group=Group.REFUSAL, scores=each(score)
)
