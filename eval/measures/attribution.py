"""Attribution: who said it is said.

Definition: 1 when the answer is right by `correct` — the gold's required terms name the speaker — else 0.
Source: quotation attribution as in Pareti et al., EMNLP 2013, graded on the answer.
Not eligible: questions of other kinds than `who_said` and `attribution`.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    return float(case.correct) if case.question.kind in {"who_said", "attribution"} else None


ATTRIBUTION = Measure(
    name="attribution", title="Claims told as whose they are", group=Group.ANSWERS, scores=each(score)
)
