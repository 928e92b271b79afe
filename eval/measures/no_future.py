"""Nothing after as of: the share of citations that are not younger than the moment asked about.

Definition: citations whose article was published or last updated no later than `as_of` / citations with a date. A
date without a time of day counts as that day's start.
Source: temporal leakage as in Kasai et al., RealTime QA, NeurIPS 2023.
Not eligible: questions without an `as_of`, and answers without a dated citation.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each


def score(case: Case) -> Score | None:
    """See the module's text."""
    as_of = case.question.as_of
    dated = [r for r in case.resolved if r.published_at is not None]
    if as_of is None or not case.answered or not dated:
        return None
    kept = sum(r.published_at is not None and r.published_at <= as_of for r in dated)
    return Score(kept / len(dated), len(dated))


NO_FUTURE = Measure(
    name="no_future", title="Citations from before the moment asked about", group=Group.TIME, scores=each(score)
)
