"""Wrong answers: the share of answers that misled the reader (selective risk).

Definition: answered and not correct / answered, over answerable and unanswerable questions.
Source: risk in selective prediction, El-Yaniv and Wiener, JMLR 2010.
Not eligible: questions of kind `retrieval`; questions that were refused, and errors.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    return float(not case.correct) if case.answered and case.question.kind != "retrieval" else None


WRONG_ANSWERS = Measure(
    name="wrong_answers",
    title="Answers that were wrong",
    group=Group.REFUSAL,
    scores=each(score),
    higher_is_better=False,
)
