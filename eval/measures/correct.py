"""Correct: the share of questions after which a reader was served right.

Definition: an answerable question is served right by an answer with every required term (or, where none is required,
the expected answer or an alias) and no forbidden one; an unanswerable one by a refusal, or by the answer that puts
its false premise right where the gold has one. An error is never right.
Source: the single figure of selective question answering (Kamath et al., ACL 2020), with both halves counted.
Not eligible: questions of kind `retrieval`, which expect no answer; every other one counts.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    return None if case.question.kind == "retrieval" else float(case.correct)


CORRECT = Measure(
    name="correct",
    title="Questions answered right, or rightly not answered",
    group=Group.ANSWERS,
    scores=each(score),
)
