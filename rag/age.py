"""How old what was found is for the time asked about."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence

from index.article import NewsDate
from rag.dates.calendar import Grain
from rag.dates.find import DateSpan, find_dates
from rag.evidence import Judgement
from rag.lines import EvidenceLine
from rag.run import Run

TOLD_OF, NAMED = 0.4, 0.6  # of what is asked, and of the names in it, that a line must have to announce it
AHEAD = dt.timedelta(days=7)  # an article this much older than the time asked about may still tell of it


def latest(dates: Sequence[NewsDate | None]) -> NewsDate | None:
    """The newest of the dates that are known."""
    return max((date for date in dates if date is not None), key=lambda date: date.moment, default=None)


def newest(lines: Sequence[EvidenceLine]) -> NewsDate | None:
    """The newest publication date among the lines' articles."""
    return latest([line.article.published_at for line in lines])


# What is to come is announced before it.
_TO_COME = re.compile(
    r"\b(?:will|won['’]t|going to|set to|due to(?! (?:an?|the|which|what|its|his|her|their|this|that|such)\b)"
    r"|expected to|scheduled to|planning to)\b",
    re.IGNORECASE,
)
_SENTENCE = re.compile(r"[.!?][\"”’']?\s+(?=\S)")
_HABIT = re.compile(
    r"\b(?:every|each) (?:day|week|month|year|season)\b|\b(?:annually|traditionally)\b", re.IGNORECASE
)
_ASIDE = re.compile(r",\s+(?:which|who|whose|whom|where)\b[^,.?!]*,", re.IGNORECASE)


def too_old(run: Run, lines: Sequence[EvidenceLine]) -> bool:
    """Whether all the lines were published more than a week before the time that the question asks about began.

    They may announce what was to come then, but cannot report it. A time in a sentence before the one that asks
    ("She took her seat this week. Whose was it?"), or in an aside ("the show, which ended this week, is about …"), is
    none that the answer must be of; what comes about every year is as it was.
    """
    date, reading = newest(lines), run.reading
    if reading.since is None or date is None:
        return False
    if reading.since > run.as_of:
        foreseen = (
            date.moment >= run.as_of - AHEAD
        )  # a report so new speaks of what is to come, whatever day it names
        return reading.grain is Grain.DAY and not foreseen and all(_over(line, reading.since) for line in lines)
    asks = max((found.end() for found in _SENTENCE.finditer(run.question)), default=0)
    if _TO_COME.search(run.question, asks) or _HABIT.search(run.question, asks):
        return False
    if reading.phrase is not None and (reading.phrase[1] <= asks or _in_aside(run.question, reading.phrase)):
        return False
    return date.moment < reading.since - AHEAD


def _over(line: EvidenceLine, since: dt.datetime) -> bool:
    """Whether a line names days, and all of them are over at a moment: a storm that was "due on Tuesday" in September
    is no weather of tomorrow.
    """
    published = line.article.published_at
    found = find_dates(line.text, published.moment) if published is not None else []
    ends = [span.until for span in found if isinstance(span, DateSpan)]
    return bool(ends) and all(end is not None and end <= since for end in ends)


def _in_aside(question: str, phrase: tuple[int, int]) -> bool:
    """Whether a time stands in what is told only by the way."""
    return any(found.start() < phrase[0] and phrase[1] <= found.end() for found in _ASIDE.finditer(question))


def announced(before: Judgement) -> bool:
    """Whether the best line tells of what is asked about, by name, as of what is to come."""
    told = before.features
    on_it = told.get("relation", 0.0) >= TOLD_OF and told.get("names", 0.0) >= NAMED and not before.missing.names
    return bool(told.get("undue", 0.0)) and on_it


def only_older(run: Run, before: Judgement | None, pool: Sequence[EvidenceLine]) -> bool:
    """Whether the story is known, all names of it, but only from before the time asked about."""
    if before is None:
        return False
    since, date = run.reading.since, newest(pool)
    if run.readings.nothing_then:
        return since is not None and date is not None and date.moment < since
    if announced(before):
        return True  # and nothing on what came of it
    if not too_old(run, pool):
        return False
    start, end = run.reading.phrase or (0, 0)
    dated = run.question[start:end]
    return not any(name not in dated for name in before.missing.names)
