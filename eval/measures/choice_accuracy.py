"""Multiple choice: the answer comes down to the right choice.

Definition: 1 when the answer, the short one before the whole text, names the right choice as whole words and no
other, else 0. Where "none of the above" is a choice, a refusal and an answer that names no choice say that
(eval.choices).
Source: the multiple-choice and none-of-the-above settings of RealTime QA (Kasai et al., NeurIPS 2023).
Not eligible: questions without choices, and unanswerable ones, which refusal grades.
"""

from __future__ import annotations

from eval.case import Case
from eval.choices import picked
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    if not case.question.choices or not case.question.answerable:
        return None
    return float(picked(case) in case.question.answers)


CHOICE_ACCURACY = Measure(
    name="choice_accuracy", title="Right one of the given choices", group=Group.ANSWERS, scores=each(score)
)
