"""The date expressions of a running text."""

from __future__ import annotations

import datetime as dt
import re
from dataclasses import dataclass

from rag.dates.calendar import Grain, NoSuchDay
from rag.dates.grammar import READERS
from rag.dates.names import NAMES
from rag.dates.readers import Speaking
from rag.dates.words import MONTH, WEEKDAY


@dataclass(frozen=True, slots=True)
class DateSpan:
    """A date expression at `text[start:end]` and the time it names, UTC, `until` exclusive."""

    start: int
    end: int
    since: dt.datetime
    until: dt.datetime
    grain: Grain
    relative: bool  # counted from the day of speaking: "last week", "on Tuesday"
    year_given: bool = True  # False: "18 February", resolved to the nearest one in the direction of speech


@dataclass(frozen=True, slots=True)
class Impossible:
    """A date expression that names no day, such as 31 February."""

    start: int
    end: int
    why: str


# What lies ahead: gives "on Monday" and "in May" their direction.
_FUTURE = re.compile(
    r"\b(?:will|won't|shall|going to|(?:is|are|was|were|be) (?:to|due|set|scheduled|expected|slated|planned)\b"
    r"|due to|set to|slated|scheduled|upcoming|forthcoming|plans? to|planning to|planned for|expects? to|expected to"
    r"|ahead of|coming|starting|beginning|later (?:this|on)|is (?:hosting|holding|meeting|visiting|travelling"
    r"|traveling|speaking))\b",
    re.IGNORECASE,
)
_SENTENCE_END = re.compile(r"[.!?]['”\"]?\s|[;\n]")
_SAID = re.compile(
    r"\b(?:said|told|announced|wrote|added|warned|confirmed|reported|tweeted|posted|declared|voted|agreed)\b"
)


def _points_ahead(text: str, start: int, end: int) -> bool:
    """Whether the words of the same sentence, near `text[start:end]`, speak of what is to come."""
    before = text[max(0, start - 80) : start]
    breaks = [m.end() for m in _SENTENCE_END.finditer(before)]
    before = before[breaks[-1] if breaks else 0 :]
    after = text[end : end + 80]
    stop = _SENTENCE_END.search(after)
    after = after[: stop.start()] if stop else after
    cues = [m.end() for m in _FUTURE.finditer(before)]
    if cues:
        # "…will resign, he said on Tuesday": a verb of speech between the two takes the date to itself.
        return _SAID.search(before, cues[-1]) is None
    if len(before.split()) <= 2:  # "On Thursday, who will speak?"
        return _FUTURE.search(after) is not None
    return _FUTURE.match(after.lstrip()) is not None


_CUE = re.compile(
    rf"\d{{4}}|\b{MONTH}|{WEEKDAY}|\d[./]\d|\bQ[1-4]\b|\b(?:yesterday|today|tonight|tomorrow|ago|last|past|this|"
    rf"next|coming|week|"
    r"weekend|month|year|decade|century|spring|summer|autumn|fall|winter|hours?|days?|weeks)\b",
    re.IGNORECASE,
)


def find_dates(
    text: str, now: dt.datetime, *, future: bool | None = None, day_first: bool = False
) -> list[DateSpan | Impossible]:
    """The date expressions of `text` as said at `now`, in order, without overlaps.

    `future`: whether what has no direction of its own ("on Monday", "in May") lies ahead; None: the words around each
    one tell, and without any it lies behind. `day_first`: 03/04/2025 is April's.
    Never raises on any text. Offsets are 0-based, end exclusive, in code points.
    """
    if not _CUE.search(text):
        return []
    now = now.astimezone(dt.UTC)
    blocked = [m.span() for pattern in NAMES for m in pattern.finditer(text)]
    found: list[DateSpan | Impossible] = []
    lower = text.lower()
    for pattern, reader, needs in READERS:
        if needs is not None and not needs.search(lower):
            continue
        for m in pattern.finditer(text):
            start, end = next((m.span(name) for name in ("d", "d2", "d3", "d4", "d5") if _has(m, name)), m.span())
            if any(low < end and start < high for low, high in blocked):
                continue
            ahead = _points_ahead(text, start, end) if future is None else future
            try:
                read = reader(m, Speaking(now, ahead, day_first))
            except NoSuchDay as problem:
                found.append(Impossible(start, end, str(problem)))
                continue
            except (OverflowError, ValueError):
                found.append(Impossible(start, end, "the date is too far away"))
                continue
            if read is not None:
                found.append(DateSpan(start, end, *read))
    found.sort(key=lambda one: (one.start, -one.end))
    kept: list[DateSpan | Impossible] = []
    for one in found:
        if not kept or one.start >= kept[-1].end:
            kept.append(one)
    return kept


def _has(m: re.Match[str], name: str) -> bool:
    return name in m.re.groupindex and m[name] is not None
