"""Alias coverage: the answer contains the expected answer or one of its aliases, as whole words.

Definition: 1 when it does, else 0. Case, accents, possessives and punctuation do not count.
Source: the "accuracy" of open-domain answers by containment, as in Mallen et al., When Not to Trust Language Models,
ACL 2023.
Not eligible: unanswerable questions.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.text import contains


def score(case: Case) -> float | None:
    """See the module's text."""
    if not case.question.answerable or not case.question.answers:
        return None
    return float(any(contains(case.words, answer) for answer in case.question.answers))


ALIAS_COVERAGE = Measure(
    name="alias_coverage", title="Answer contains the expected one", group=Group.ANSWERS, scores=each(score)
)
