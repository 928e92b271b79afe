"""How much an article's date speaks for it, given the time the question asks for.

A separate score, 0 … 1, blended with relevance by `rag.ranking`. News is usually about what is new: without any time
in the question, and for "latest" and "currently", a newer article is likelier, by exponential decay (Li and Croft,
"Time-based language models", CIKM 2003) at three half-lives, since a question may be about this week, this season or
this year. A question about a day or a range asks for what was reported then and shortly after. Of how things are, the
newest report that there is counts most, however long ago that was.
"""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from rag.when import TimeKind, TimeReading

DAY_S = 86_400.0
HALF_LIVES_DAYS = (7.0, 30.0, 365.0)
PAST_DAYS = 30.0  # a time named in the question that ended longer ago is what recency is measured from
RELEVANT = 2.5  # so far below the best score of relevance a passage may be of the same story
FRESH_DAYS = 30.0  # where all that was found is older than this, how things are is told by the newest of it
WEEK_DAYS = (-2.0, 8.0)  # of age: what was published in the week that a question is about

# Reports come after what they report: a range is left gently behind and steeply before.
AFTER_RANGE_DAYS = 7.0
BEFORE_RANGE_DAYS = 1.5

UNDATED = 0.0  # nothing speaks for an article of unknown date

Scores = NDArray[np.float64]


def newest_relevant(published: NDArray[np.float64], relevance: Scores, as_of: dt.datetime) -> dt.datetime | None:
    """When the newest passage that is nearly as relevant as the best was published, if none at all is fresh.

    `published` (n,) seconds since 1970 UTC, NaN where unknown; `relevance` (n,) as `rag.ranking` blends it.
    """
    if bool((published > as_of.timestamp() - FRESH_DAYS * DAY_S).any()):
        return None
    near = published[(relevance >= relevance.max(initial=-np.inf) - RELEVANT) & ~np.isnan(published)]
    return dt.datetime.fromtimestamp(float(near.max()), dt.UTC) if len(near) else None


def time_scores(
    published: NDArray[np.float64], as_of: dt.datetime, reading: TimeReading, newest: dt.datetime | None = None
) -> dict[str, Scores]:
    """Scores of passages by date, each (n,) in 0 … 1.

    `published` is (n,) seconds since 1970 UTC, NaN where unknown. `recent_7`, `recent_30` and `recent_365` say how
    near an article is to the time asked about, which is `as_of` unless the question names a time that is past; `week`
    whether it is of the days around it, `after` whether it came later than `as_of`, where such are let in at all;
    `near` how well it fits the dates the question names (all zero when it names none).

    With `newest`, nearness is counted from there: for a question of how things are, of which nothing is reported
    lately. No week is asked about then, and a week more or less says little.
    """
    days = (as_of.timestamp() - published) / DAY_S  # NaN, where unknown, compares as false
    after = (days <= WEEK_DAYS[0]).astype(np.float64)
    if _past(reading, as_of):
        early, late = _outside(published, reading)
        days = early + late
    scores = {f"recent_{half:.0f}": _known(np.exp2(-np.abs(days) / half)) for half in HALF_LIVES_DAYS}
    if newest is not None:
        behind = np.maximum(newest.timestamp() - published, 0.0) / DAY_S
        scores |= {f"recent_{half:.0f}": _known(np.exp2(-behind / half)) for half in HALF_LIVES_DAYS[1:]}
    scores["week"] = ((days > WEEK_DAYS[0]) & (days < WEEK_DAYS[1])).astype(np.float64)
    scores["after"] = after
    if reading.kind is TimeKind.FIRST:
        # The first report is asked for: newness speaks for nothing, and age is judged by relevance alone.
        scores = {name: np.zeros_like(score) for name, score in scores.items()}
    scores["near"] = _near(published, reading)
    return scores


def _past(reading: TimeReading, as_of: dt.datetime) -> bool:
    """Whether the question names a time, from when until when, that ended a while ago."""
    if reading.since is None or reading.until is None:
        return False
    return (as_of - reading.until).total_seconds() > PAST_DAYS * DAY_S


def _near(published: NDArray[np.float64], reading: TimeReading) -> Scores:
    if reading.since is None and reading.until is None:
        return np.zeros(len(published))
    early, late = _outside(published, reading)
    return _known(np.exp2(-early / BEFORE_RANGE_DAYS) * np.exp2(-late / AFTER_RANGE_DAYS))


def _outside(published: NDArray[np.float64], reading: TimeReading) -> tuple[Scores, Scores]:
    """By how many days each article came before and after what the question names, (n,) both."""
    start = -np.inf if reading.since is None else reading.since.timestamp()
    end = np.inf if reading.until is None else reading.until.timestamp()
    return np.maximum((start - published) / DAY_S, 0.0), np.maximum((published - end) / DAY_S, 0.0)


def _known(scores: Scores) -> Scores:
    return np.where(np.isnan(scores), UNDATED, scores)
