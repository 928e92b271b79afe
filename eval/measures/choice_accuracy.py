"""Multiple choice: the answer names the right choice and no other.

Definition: 1 when the right choice stands in the answer as whole words and none of the others does (a choice that is
part of the right one does not count against it), else 0.
Source: the multiple-choice setting of RealTime QA (Kasai et al., NeurIPS 2023).
Not eligible: questions without choices, and unanswerable ones ("none of the above"), which refusal grades.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.text import contains


def score(case: Case) -> float | None:
    """See the module's text."""
    question = case.question
    if not question.choices or not question.answerable:
        return None
    others = [
        choice for choice in question.choices if choice != question.answer and not contains(question.answer, choice)
    ]
    named = any(contains(case.words, answer) for answer in question.answers)
    return float(named and not any(contains(case.words, choice) for choice in others))


CHOICE_ACCURACY = Measure(
    name="choice_accuracy", title="Right one of the given choices", group=Group.ANSWERS, scores=each(score)
)
