"""How old what was found is: for the time asked about, and beside the dates that sentences leave out."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import replace

from index.article import NewsDate
from rag.dates.calendar import Grain
from rag.dates.find import DateSpan, find_dates
from rag.evidence import Judgement
from rag.lines import EvidenceLine
from rag.run import Run
from rag.when import WorkedOutDate, resolve_relative

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


def with_dates(text: str, lines: Sequence[EvidenceLine]) -> str:
    """A sentence with the real dates behind "on Tuesday" and its like put in: "on Tuesday [18 February 2025]".

    Counted from the publication of the first line's article. At most three: the first of each phrase. "Jeff Saturday"
    is nobody's day.
    """
    published = lines[0].article.published_at if lines else None
    if published is None:
        return text
    if any(line.line == 1 and line.text == text for line in lines):
        return text  # a headline's "to hit on Tuesday" lies ahead, and nothing in its grammar says so
    found = [
        date
        for date in resolve_relative(text, published)
        if _RELATIVE.search(date.phrase)
        and not (_KNOWN.search(date.phrase) or _TITLE.match(text, max(0, date.start - 2)))
        and date.date not in text
    ]
    seen: dict[str, WorkedOutDate] = {}
    for date in found:
        if _either(text, date, published) or _SURNAME.search(text, 0, date.end):
            continue
        seen.setdefault(date.phrase.casefold(), date)
    for date in sorted(list(seen.values())[:3], key=lambda d: -d.end):
        end = date.end + 2 * text.startswith(("'s", "’s"), date.end)  # "Sunday's [27 September 2026] vote"
        told = replace(date, first=date.last, grain=Grain.DAY) if _END.search(date.phrase) else date
        text = f"{text[:end]} [{told.date}]{text[end:]}"
    return text


def day_of(short: str, sentences: Sequence[str]) -> str:
    """A short answer as the date that stands behind it in a sentence told `with_dates`: of "Friday" the
    "16 October 2026" in "resigned on Friday [16 October 2026]". One that is no bare phrase of time stays as it is.
    """
    if _BARE.fullmatch(short) is None:
        return short
    behind = re.compile(rf"(?<!\w){re.escape(short)}(?:['’]s)? \[(?P<date>[^\[\]]{{0,30}}\b\d{{4}})\]")
    found = next((match for text in sentences if (match := behind.search(text)) is not None), None)
    return found["date"] if found is not None else short


_BARE = re.compile(
    r"(?:(?:on|last|this|next) )?(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day|yesterday|today|tomorrow|tonight|week"
    r"|month|year)",
    re.IGNORECASE,
)


def _either(text: str, date: WorkedOutDate, published: NewsDate) -> bool:
    """Whether a weekday may be the one before or the one to come, so that a date would be a guess.

    "Markets buckled up for a turbulent session on Monday", of a Sunday; "was due to start on Tuesday, but …"; "were
    opened on Tuesday evening", of a Tuesday.
    """
    if _WEEKDAY.fullmatch(date.phrase) is None:
        return False
    days = (published.moment.date() - date.first).days
    if days == 0 and _LATE.match(text, date.end) and _DONE.search(text, max(0, date.start - REACH), date.start):
        return True
    return days >= SIX_DAYS or _WAS_DUE.search(text, max(0, date.start - REACH), date.start) is not None


# "Jeff Saturday", unlike "Ted Cruz Tuesday" or "in Washington Tuesday".
_SURNAME = re.compile(
    r"\b(?!(?:in|at|near|from) )[a-z][\w’']*,? [A-Z][a-zà-ÿ]+ (?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day$"
)
SIX_DAYS = 6  # a weekday of six days ago is tomorrow's as well
REACH = 60  # characters between "was due to" and the day
_WEEKDAY = re.compile(r"(?:on )?(?:mon|tues|wednes|thurs|fri|satur|sun)day", re.IGNORECASE)
_LATE = re.compile(r" (?:evening|night)\b", re.IGNORECASE)  # of the day of publication, which was hardly over
_DONE = re.compile(r"\b(?:was|were|had)\b", re.IGNORECASE)
_WAS_DUE = re.compile(r"\b(?:was|were|had been) (?:due|set|scheduled|supposed|expected|meant|to)\b", re.IGNORECASE)
# Phrases that a reader cannot place without the day of publication; "5 October" is one that can.
_RELATIVE = re.compile(r"day\b|\b(?:tonight|tomorrow|week|weekend|month|year|ago)", re.IGNORECASE)
# A phrase with the day in it needs none, and what is told in round weeks names none.
_KNOWN = re.compile(r"\d|\bweeks? ago\b", re.IGNORECASE)
# "Tucker Carlson Tonight", "USA Today": a name, where no sentence begins.
_TITLE = re.compile(r"[^.!?“\"\n:] (?:Today|Tonight|Tomorrow|Yesterday|This)\b")
_END = re.compile(r"\bend of\b", re.IGNORECASE)  # a deadline is its last day
