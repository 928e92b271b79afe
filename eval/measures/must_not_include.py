"""Must-not violations: the share of questions whose answer says something it must not.

Definition: 1 when a forbidden term stands in the answer, else 0.
Source: the complement of must-include coverage; checklist tests of Ribeiro et al., Beyond Accuracy, ACL 2020.
Not eligible: questions without forbidden terms. A refusal says nothing forbidden.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.text import contains_any


def score(case: Case) -> float | None:
    """See the module's text."""
    if not case.question.must_not_include or case.error is not None:
        return None
    return float(any(contains_any(case.words, term) for term in case.question.must_not_include))


MUST_NOT_INCLUDE = Measure(
    name="must_not_violations",
    title="Answers that say something they must not",
    group=Group.ANSWERS,
    scores=each(score),
    higher_is_better=False,
)
