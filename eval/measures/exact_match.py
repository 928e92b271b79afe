"""Exact match: the answer is the expected one or an alias, after SQuAD's normalisation.

Definition: 1 when equal, else 0; the best over answer and aliases. A refusal or an error scores 0.
Source: Rajpurkar et al., SQuAD: 100,000+ Questions for Machine Comprehension of Text, EMNLP 2016.
Not eligible: unanswerable questions, which refusal grades.

Graded is the short answer (`short` on the wire) where the system gives one, else the whole text: an answer in whole
sentences seldom matches exactly. Read it beside `alias_coverage`.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.text import squad


def score(case: Case) -> float | None:
    """See the module's text."""
    if not case.question.answerable or not case.question.answers:
        return None
    return float(bool(case.text) and any(squad(case.short) == squad(answer) for answer in case.question.answers))


EXACT_MATCH = Measure(
    name="exact_match", title="Answer is word for word the expected one", group=Group.ANSWERS, scores=each(score)
)
