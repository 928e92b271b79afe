"""Latency: how long a reader waits for the whole answer, median and 95th percentile.

Definition: wall-clock milliseconds from question to complete answer, as the runner sees it.
Source: percentile latency as in Dean and Barroso, The Tail at Scale, CACM 2013.
Not eligible: errors. An answer taken from a journal keeps the time it took when it was asked.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Statistic, each


def score(case: Case) -> float | None:
    """See the module's text."""
    return None if case.error is not None else 1000.0 * case.seconds


LATENCY = tuple(
    Measure(
        name=f"latency_{statistic}_ms",
        title=title,
        group=Group.EFFORT,
        scores=each(score),
        higher_is_better=False,
        unit="ms",
        statistic=statistic,
    )
    for statistic, title in (
        (Statistic.P50, "Half of the answers came within"),
        (Statistic.P95, "95 in 100 answers came within"),
    )
)
