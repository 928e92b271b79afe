"""Staleness: how many days the newest cited article lies behind the newest proving one.

Definition: max(0, date of the newest proving article − date of the newest cited one), in days, per question, both as
the articles state them. Of articles that prove the same thing, the oldest is new enough.
Source: the freshness distance of Vu et al., FreshLLMs, 2023, in days.
Not eligible: questions of other kinds than `latest`, `before_after`, `as_of` and `contradiction`; answers without a
dated citation; gold whose articles' dates are unknown.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each

_KINDS = frozenset({"latest", "before_after", "as_of", "contradiction"})
_DAY = 86_400.0


def score(case: Case) -> float | None:
    """See the module's text."""
    cited = [r.published_at for r in case.resolved if r.published_at is not None]
    if case.question.kind not in _KINDS or not case.answered or not case.proving_dates or not cited:
        return None
    return max(0.0, (max(case.proving_dates) - max(cited)).total_seconds() / _DAY)


STALENESS = Measure(
    name="staleness_days",
    title="Days behind the newest proof",
    group=Group.TIME,
    scores=each(score),
    higher_is_better=False,
    unit="days",
)
