"""The time a question asks about, and the real dates behind an article's relative ones. Deterministic."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import lru_cache
from importlib import import_module
from typing import Any

from index.article import NewsDate
from rag.dates.calendar import Grain, calendar_unit
from rag.dates.find import DateSpan, Impossible, find_dates

# A question is a sentence or two. What follows is read neither for time nor for anything else.
_READ_AT_MOST = 4_000
_FOREIGN_AT_MOST = 400  # dateparser's search tries every run of words


class TimeKind(StrEnum):
    """What sort of time a question asks for."""

    NONE = "none"
    LATEST = "latest"
    CURRENT = "current"
    FIRST = "first"
    AT = "at"  # one unit of the calendar: a day, last week, 2023
    RANGE = "range"  # from … to …, the past 48 hours
    BEFORE = "before"  # `until` alone
    AFTER = "after"  # `since` alone


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeReading:
    """What was read. `since` ≤ `until`, both UTC, `until` exclusive; either or both may be open (None).

    The dates say when the thing asked about happened, which is usually but not always when it was reported: weigh by
    them, filter with a margin or not at all. `current` may carry an `until` ("as of March 2024").
    """

    kind: TimeKind = TimeKind.NONE
    since: dt.datetime | None = None
    until: dt.datetime | None = None
    grain: Grain | None = None
    phrase: tuple[int, int] | None = None  # offsets of what was read in the question
    anchor: str | None = None  # "the election": an event whose date the articles must tell
    note: str | None = None  # what was wrong: an impossible date, a reversed range
    explained: str = "no time in the question"


_NO_TIME = TimeReading()


@dataclass(frozen=True, slots=True)
class _Piece:
    """One date or linked pair, with the relation to it that the words before it state."""

    start: int
    end: int
    since: dt.datetime | None
    until: dt.datetime | None
    grain: Grain
    kind: TimeKind
    relative: bool
    first: dt.datetime  # the span itself, whatever the relation
    last: dt.datetime


_PREPOSITION = re.compile(
    r"\b(?P<word>ever since|since|starting(?: (?:from|in|on))?|beginning|from|after|following|before|prior to"
    r"|ahead of|earlier than|until|till|up to|up until|through|by|no later than|as of|as at|as early as|between"
    r"|later than|in|on|at|during|throughout|over|within|around|about|of|for|dated?|back in)\s+(?:the\s+)?(?:night"
    r"|morning|evening|afternoon|end|week|month)?(?:\s+of\s+)?$",
    re.IGNORECASE,
)
_AFTER_START = {
    "since",
    "ever since",
    "starting",
    "starting from",
    "starting in",
    "starting on",
    "beginning",
    "as early as",
}
_AFTER_END = {"after", "following", "later than"}
_BEFORE_START = {"before", "prior to", "ahead of", "earlier than"}
_BEFORE_END = {"until", "till", "up to", "up until", "through", "by", "no later than"}
_BETWEEN = re.compile(r"\bbetween\s+(?:the\s+)?$", re.IGNORECASE)
_FROM = re.compile(r"\bfrom\s+(?:the\s+)?$", re.IGNORECASE)
_AND = re.compile(r"\s*,?\s*(?:and|to|until|till|through|-|–|—)\s*(?:the\s+)?$", re.IGNORECASE)
_TO = re.compile(r"\s*,?\s*(?:to|until|till|up to|through|-|–|—)\s*(?:the\s+)?$", re.IGNORECASE)
_TO_NOW = re.compile(
    r"\s*,?\s*(?:and|to|until|till|up to|through|-|–|—)\s*(?:now|today|the present(?: day)?|date)\b", re.IGNORECASE
)
_TWO_ENDS = re.compile(r"[-–—]|\b(?:to|and|until|till|through)\b", re.IGNORECASE)
_ONWARDS = re.compile(r"\s*(?:onwards?|and after|or later|and later)\b", re.IGNORECASE)
_COMPARES = re.compile(r"\b(?:compar\w+|versus|vs\.?|than|differ\w*|chang\w+|between)(?!\w)", re.IGNORECASE)

_LATEST = re.compile(
    r"\b(?:latest|most recent(?:ly)?|newest|recent(?:ly)?|lately|so far|to date|up[- ]to[- ]date|breaking news|"
    r"last time|what(?:'s|’s| is) (?:new|happening|going on)|any (?:news|updates?)|updates? (?:on|about|from)|"
    r"status of|situation (?:in|with|at|around)|state of play|up to speed|catch me up|brief me|"
    r"last (?:election|general election|vote|meeting|summit|talks|game|match|report|count|budget|speech|statement|"
    r"announcement|interview|episode|strike|earthquake|eruption|visit|round)|"
    r"(?:did|has|have|had|was|were)\s+(?:[\w'’.-]+\s+){1,5}last\s+(?=[a-z]+(?:\?|$|\s)))\b",
    re.IGNORECASE,
)
_NOT_LATEST = re.compile(r"\bat the latest\b|\bdate\s+to\s+date\b", re.IGNORECASE)
_CURRENT = re.compile(
    r"\b(?:currently|current|presently|at present|at the moment|at this (?:point|time|moment)|right now|now|nowadays"
    r"|these days|still|today|tonight|as of (?:now|today)|as things stand)\b",
    re.IGNORECASE,
)
_NOT_CURRENT = re.compile(
    r"\b(?:still (?:life|image|photo|frame|waters?|birth)|stand(?:s|ing)? still|stood still|electric current|"
    r"current(?:s| account)|"
    r"until now|before now|now and then|just now|now[- ]defunct|now that|(?:alternating|direct|ocean|"
    r"under) current|current affairs)\b|"
    r"\bApocalypse Now\b|\bDemocracy Now\b|\b(?:USA|Russia|India|Psychology|History|Christianity) T(?:oday|"
    r"ODAY)\b|\bToday (?:programme|program|show)\b|"
    r"(?<=[a-z] )(?:Now|Today|Still|Current)\b(?! [a-z])|\bNOW\b",
)
_IRREGULAR = (
    r"became|become|began|broke|brought|built|came|come|did|drew|fell|felt|flew|found|gave|got|grew|held|hit|knew"
    r"|known|learn(?:ed|t)?|led|left|made|make|meet|met|open|say|said|saw|see|seen|sold|spoke|speak|take|taken|took"
    r"|tell|told|think|thought|wear|win|won|write|written|appear|arrive|happen|hear|heard|start|launch|announce"
    r"|report|release|play|use|mention|publish|air|propose|introduce"
)
_FIRST = re.compile(
    rf"\b(?:initially|originally|at first|in the first place|for the very first time|first (?=(?:[a-z]+ed|"
    rf"{_IRREGULAR})\b)|"
    r"(?:did|was|were|had|has|have|is)\s+(?:[\w'’.-]+\s+){1,6}first(?=\s*(?:\?|$))|first time (?:that\b|[a-z]+ed\b))",
    re.IGNORECASE,
)
_NOT_FIRST = re.compile(
    r"\b(?:the|a|his|her|its|their|our|my|your|whose|[A-Za-z]+['’]s|who|which|what)\s+first\s+(?!time)"
    r"|\bfirst[- ](?:ever|hand|class|degree|round|named|born|past|aid|quarter|half|place|edition|half|person|seed"
    r"|team|base|lady|minister|amendment|nations?|world)\b|\b(?-i:First|FIRST)(?-i: [A-Z])",
    re.IGNORECASE,
)
_HAPPENED = re.compile(
    r"\b(?:did|was|were|had|happened|happening|happens?|said|says|what(?:'s|’s) on|[a-z]{2,}ed)\b", re.IGNORECASE
)

# An event as the edge of a time: "since the election", "after he was fired".
_ANCHOR = re.compile(
    r"\b(?P<word>(?i:ever since|since|after|following|before|prior to|ahead of|in the run-up to|during|until"
    r"|in the wake of|in the aftermath of))\s+(?P<event>(?:the|his|her|their|its|this|that|these|those|he|she|they"
    r"|it|Brexit|Covid(?:-19)?|COVID(?:-19)?|(?:[A-Z][\w.-]+\s+){0,3}[A-Z][\w.-]+['’]s?)\b[^?!;:()\"“”]*)"
)
_ANCHOR_STOPS = re.compile(
    r",|\.(?=\s|$)|\s+(?:who|what|when|where|which|why|how|did|does|do|has|have|had|was|were|is|are|will|would|"
    r"can|could|and|but|that)\b",
    re.IGNORECASE,
)
_POINTERS = {"the", "his", "her", "their", "its", "this", "that", "these", "those", "he", "she", "they", "it"}
_CLAUSE = re.compile(r"(?:he|she|they|it)\b", re.IGNORECASE)
_NOT_ANCHOR_BEFORE = re.compile(
    r"\b(?:named|look(?:s|ed|ing)?|tak(?:e|es|ing)|took|go(?:es|ing)?|went|sought|run(?:s|ning)?|ran|clean(?:s|ed|"
    r"ing)?|chas(?:e|es|ed|ing)|ask(?:s|ed|ing)?|modelled|modeled|call(?:ed)?|day|soon|ever|appear(?:s|ed|ing)?|"
    r"testif(?:y|ies|ied|ying)|"
    r"brought|come|came|went|argued?|spoke|speak(?:s|ing)?|heard|case)\s+$",
    re.IGNORECASE,
)
_NOT_EVENTS = re.compile(
    r"(?:the\s+(?:court|committee|judge|jury|senate|congress|parliament|house|panel|tribunal|commission|cameras?|"
    r"grand jury|beep|tone|others?|first|last|next)|that|this|it|them|him|her|these|those|their)\b(?!\s+\w)|"
    r"the\s+(?:fact|same)\b|"
    r"(?:this|that|the)\s+(?:period|time|point|stage|spring|summer|autumn|fall|winter)\b(?! of)",
    re.IGNORECASE,
)
_ANCHOR_KINDS = {
    "ever since": TimeKind.AFTER, "since": TimeKind.AFTER, "after": TimeKind.AFTER, "following": TimeKind.AFTER,
    "in the wake of": TimeKind.AFTER, "in the aftermath of": TimeKind.AFTER, "before": TimeKind.BEFORE,
    "prior to": TimeKind.BEFORE, "ahead of": TimeKind.BEFORE, "in the run-up to": TimeKind.BEFORE,
    "until": TimeKind.BEFORE, "during": TimeKind.AT,
}  # fmt: skip


def read_time(
    question: str, as_of: dt.datetime, *, languages: Sequence[str] = ("en",), day_first: bool = False
) -> TimeReading:
    """The time `question` asks about, seen from `as_of` (aware).

    Dates beat anchors and words such as "latest"; two dates that overlap narrow each other, two that do not span a
    range. An impossible date or a reversed range is kind `none` with a note. `languages`: codes that dateparser
    knows; other than English they are read for single dates only. `day_first`: 03/04/2025 is the third of April.
    """
    if as_of.tzinfo is None:
        raise ValueError("as_of without a time zone: convert it to UTC first")
    as_of = as_of.astimezone(dt.UTC)
    text = question[:_READ_AT_MOST]
    reading = _NO_TIME
    if "en" in languages:
        reading = _read_english(text, as_of, day_first)
    for language in languages:
        if reading.kind is TimeKind.NONE and reading.note is None and language != "en":
            reading = _read_foreign(text, as_of, language)
    return reading


def _read_english(text: str, as_of: dt.datetime, day_first: bool) -> TimeReading:
    found = find_dates(text, as_of, day_first=day_first)
    pieces: list[_Piece] = []
    notes: list[str] = [one.why for one in found if isinstance(one, Impossible)]
    spans = [one for one in found if isinstance(one, DateSpan)]
    if notes:
        wrong = next(one for one in found if isinstance(one, Impossible))
        return TimeReading(
            note=notes[0], phrase=(wrong.start, wrong.end), explained=f"{notes[0]}, so no time was used"
        )
    at = 0
    while at < len(spans):
        linked = _linked(text, spans, at, day_first)
        if isinstance(linked, str):
            return TimeReading(
                note=linked, phrase=(spans[at].start, spans[at + 1].end), explained=f"{linked}, so no time was used"
            )
        if linked is not None:
            pieces.append(linked)
            at += 2
            continue
        pieces.append(_piece(text, spans[at], as_of))
        at += 1
    pieces = [one for one in pieces if not _is_the_present(text, one)]
    spans = [one for one in spans if any(piece.start <= one.start < piece.end for piece in pieces)]
    anchor = _anchor(text, spans)
    cue = _cue(text, spans)
    if pieces:
        if anchor:
            pieces = [_bounded(one, anchor) for one in pieces]
        return _combine(text, pieces, anchor[1] if anchor else None, cue, as_of)
    if cue is not None:
        kind, start, end = cue
        said = text[start:end]
        return TimeReading(
            kind=kind,
            phrase=(start, end),
            anchor=anchor[1] if anchor else None,
            explained=f"“{said}” asks for the {kind}",
        )
    if anchor is not None:
        kind, event, start, end = anchor
        said = text[start:end]
        return TimeReading(
            kind=kind,
            anchor=event,
            phrase=(start, end),
            explained=f"“{said}”: {kind} an event, its date is not in the question",
        )
    return _NO_TIME


def _is_the_present(text: str, piece: _Piece) -> bool:
    """Whether "today" only means now: "Who is president today?", but not "What did he say today?"."""
    return text[piece.start : piece.end].lower() in {"today", "tonight"} and _HAPPENED.search(text) is None


def _bounded(piece: _Piece, anchor: tuple[TimeKind, str, int, int]) -> _Piece:
    """A date inside an event that bounds the time bounds it too: "after the talks on 18 February"."""
    kind, _, start, end = anchor
    if not (start <= piece.start and piece.end <= end) or kind not in {TimeKind.AFTER, TimeKind.BEFORE}:
        return piece
    since, until = (piece.first, None) if kind is TimeKind.AFTER else (None, piece.last)
    return replace(piece, start=start, end=end, kind=kind, since=since, until=until)


def _linked(text: str, spans: list[DateSpan], at: int, day_first: bool) -> _Piece | str | None:
    """Two dates as one range, a date up to now, or why the range is none."""
    first = spans[at]
    before = text[max(0, first.start - 20) : first.start]
    is_between, is_from = _BETWEEN.search(before), _FROM.search(before)
    lead = is_between or is_from
    if at + 1 == len(spans):
        return None
    second = spans[at + 1]
    gap = text[first.end : second.start]
    joined = (_AND if is_between else _TO).fullmatch(gap)
    dash = re.fullmatch(r"\s*[-–—]\s*", gap) is not None
    if not joined or not (lead or dash or _TO.fullmatch(gap)):
        return None
    start = first.start - (len(before) - lead.start() if lead else 0)
    if not first.year_given and second.since < first.since:
        # "From Monday to Wednesday": the first is the one before the second.
        again = find_dates(lead_in(text, first), second.since, future=False, day_first=day_first)
        first = next((one for one in again if isinstance(one, DateSpan)), first)
    elif not first.year_given and second.year_given:
        again = find_dates(lead_in(text, first), second.since, future=False, day_first=day_first)
        first = next((one for one in again if isinstance(one, DateSpan)), first)
    elif not second.year_given and first.year_given and not second.relative:
        again = find_dates(lead_in(text, second), first.since, future=True, day_first=day_first)
        second = next((one for one in again if isinstance(one, DateSpan)), second)
    if second.until <= first.since:
        return f"“{text[start : spans[at + 1].end]}” ends before it starts"
    return _Piece(
        start, spans[at + 1].end, first.since, second.until, Grain.SPAN, TimeKind.RANGE,
        first.relative or second.relative, first.since, second.until,
    )  # fmt: skip


def lead_in(text: str, span: DateSpan) -> str:
    """A date expression with a preposition before it, so that a bare month is read as one again."""
    return "in " + text[span.start : span.end]


def _piece(text: str, span: DateSpan, as_of: dt.datetime) -> _Piece:
    """One date with its preposition."""
    before = text[max(0, span.start - 40) : span.start]
    match = _PREPOSITION.search(before)
    word = re.sub(r"\s+", " ", match["word"].lower()) if match else ""
    start = span.start - (len(before) - match.start()) if match else span.start
    end = span.end
    since: dt.datetime | None = span.since
    until: dt.datetime | None = span.until
    kind = TimeKind.RANGE if span.grain is Grain.MOMENT else TimeKind.AT
    to_now = _TO_NOW.match(text, span.end)
    if word in {"between", "from"} and _TWO_ENDS.search(text, span.start, span.end):
        kind = TimeKind.RANGE  # "from 10 to 18 February": both ends are in the one expression
    elif word in {"between", "from", "since"} and to_now:
        kind, until, end = TimeKind.RANGE, max(as_of, span.since), to_now.end()
    elif word in _AFTER_START or (word == "from" and span.since > as_of) or _ONWARDS.match(text, span.end):
        kind, until = TimeKind.AFTER, None
    elif word in _AFTER_END:
        kind, since, until = TimeKind.AFTER, span.until, None
    elif word in _BEFORE_START:
        kind, since, until = TimeKind.BEFORE, None, span.since
    elif word in _BEFORE_END:
        kind, since = TimeKind.BEFORE, None
    elif word in {"as of", "as at"}:
        kind, since = TimeKind.CURRENT, None
    elif span.grain is Grain.SPAN and "weekend" not in text[span.start : end].lower():
        kind = TimeKind.RANGE
    return _Piece(start, end, since, until, span.grain, kind, span.relative, span.since, span.until)


def _combine(
    text: str, pieces: list[_Piece], anchor: str | None, cue: tuple[TimeKind, int, int] | None, as_of: dt.datetime
) -> TimeReading:
    """One reading from all dates: overlapping ones narrow each other, others span a range."""
    chosen = pieces[0]
    how = ""
    for piece in pieces[1:]:
        since = max((one for one in (chosen.since, piece.since) if one), default=None)
        until = min((one for one in (chosen.until, piece.until) if one), default=None)
        if since is None or until is None or since < until:
            whole = [one for one in (chosen, piece) if (one.since, one.until) == (since, until)]
            chosen = (
                whole[0] if whole else replace(_shorter(chosen, piece), since=since, until=until, kind=TimeKind.RANGE)
            )
            how = " (the narrower of the dates in the question)"
        elif (chosen.relative or piece.relative) and not _COMPARES.search(text):
            # "The ship that sank in 1974 was found this week": the news is this week's.
            chosen = min(
                (one for one in (chosen, piece) if one.relative),
                key=lambda one: abs((one.last - as_of).total_seconds()),
            )
            how = " (the other date is the story's past)"
        else:
            low = min(chosen.since, piece.since) if chosen.since and piece.since else None
            high = max(chosen.until, piece.until) if chosen.until and piece.until else None
            kind = TimeKind.RANGE if low and high else TimeKind.AFTER if low else TimeKind.BEFORE
            if not low and not high:
                continue
            chosen = _Piece(
                min(chosen.start, piece.start), max(chosen.end, piece.end), low, high, Grain.SPAN, kind,
                chosen.relative and piece.relative, min(chosen.first, piece.first), max(chosen.last, piece.last),
            )  # fmt: skip
            how = " (all the dates of the question)"
    if chosen.since and chosen.until and chosen.since >= chosen.until and chosen.since > as_of:
        return TimeReading(
            note="the range is empty", phrase=(chosen.start, chosen.end), explained="the range is empty"
        )
    also = f"; also asks for the {cue[0]}" if cue else ""
    return TimeReading(
        kind=chosen.kind,
        since=chosen.since,
        until=chosen.until,
        grain=chosen.grain,
        phrase=(chosen.start, chosen.end),
        anchor=anchor,
        explained=f"“{text[chosen.start : chosen.end]}” read as {_shown(chosen.since, chosen.until)}{how}{also}",
    )


def _shorter(one: _Piece, other: _Piece) -> _Piece:
    return one if one.last - one.first <= other.last - other.first else other


def _shown(since: dt.datetime | None, until: dt.datetime | None) -> str:
    """ISO days, the last one inclusive, as people read them."""
    low = since.strftime("%Y-%m-%d") if since else None
    high = (
        (until - dt.timedelta(microseconds=1)).strftime("%Y-%m-%d")
        if until and until > dt.datetime.min.replace(tzinfo=dt.UTC)
        else None
    )
    if low and high:
        return low if low == high else f"{low} to {high}"
    return f"{low} or later" if low else f"up to {high}"


def _cue(text: str, spans: Sequence[DateSpan]) -> tuple[TimeKind, int, int] | None:
    """The first word that asks for the first, the latest or the current state, outside names and dates."""
    for kind, pattern, never in (
        (TimeKind.FIRST, _FIRST, _NOT_FIRST),
        (TimeKind.LATEST, _LATEST, _NOT_LATEST),
        (TimeKind.CURRENT, _CURRENT, _NOT_CURRENT),
    ):
        barred = [m.span() for m in never.finditer(text)]
        barred += [(span.start, span.end) for span in spans]
        for m in pattern.finditer(text):
            if not any(low < m.end() and m.start() < high for low, high in barred):
                return kind, m.start(), m.start() + len(m[0].rstrip())
    return None


def _anchor(text: str, spans: Sequence[DateSpan]) -> tuple[TimeKind, str, int, int] | None:
    """An event that bounds the time: relation, event, offsets of both together."""
    for m in _ANCHOR.finditer(text):
        if _NOT_ANCHOR_BEFORE.search(text, 0, m.start()) or _NOT_EVENTS.match(m["event"]):
            continue
        if (
            m["word"][0].isupper()
            and m.start()
            and text[m.start() - 1] == " "
            and text[: m.start()].rstrip()[-1:].isalnum()
        ):
            continue  # a title: The Day After Tomorrow
        if any(0 <= span.start - m.start("event") <= 4 for span in spans):
            continue  # "since the start of the year": a date, not an event
        event = m["event"]
        skip = (clause.end() + 4) if (clause := _CLAUSE.match(event)) else 0  # "he was fired" keeps its verb
        stop = _ANCHOR_STOPS.search(event, min(skip, len(event)))
        event = event[: stop.start()] if stop else event
        event = " ".join(event.split()[:12]).rstrip(" .,'’")
        if not event or event.lower() in _POINTERS:
            continue
        return _ANCHOR_KINDS[m["word"].lower()], event, m.start(), min(m.start("event") + len(event), len(text))
    return None


def _read_foreign(text: str, as_of: dt.datetime, language: str) -> TimeReading:
    """A single date in another language by dateparser's own search, where it names a month, weekday or relation."""
    words = _foreign_words(language)
    text = text[:_FOREIGN_AT_MOST]
    if words is None or not words.search(text):
        return _NO_TIME
    from dateparser.search import search_dates  # here: slow, and only other languages need it

    try:
        hits = search_dates(
            text,
            languages=[language],
            strategy="ngram",
            add_period=True,
            settings={"RELATIVE_BASE": as_of.replace(tzinfo=None), "PREFER_DATES_FROM": "past"},
        )
    except (ValueError, OverflowError, TypeError, RecursionError):
        return _NO_TIME
    for hit in hits or ():
        phrase, moment, period = str(hit[0]), hit[1], str(hit[2])
        start = text.find(phrase)
        # dateparser also takes a lone number for a day of this month.
        if start < 0 or not words.search(phrase):
            continue
        grain = Grain(period) if period in {"week", "month", "quarter", "year"} else Grain.DAY
        since, until = _whole(moment, grain)
        end = start + len(phrase.rstrip(" ?!.,"))
        return TimeReading(
            kind=TimeKind.AT,
            since=since,
            until=until,
            grain=grain,
            phrase=(start, end),
            explained=f"“{text[start:end]}” ({language}) read as {_shown(since, until)}",
        )
    return _NO_TIME


def _whole(moment: dt.datetime, grain: Grain) -> tuple[dt.datetime, dt.datetime]:
    """The point in time that dateparser gave, as the whole unit it stands for."""
    day = dt.datetime(moment.year, moment.month, moment.day, tzinfo=dt.UTC)
    since, until, _ = calendar_unit(grain, day)
    return since, until


@lru_cache(maxsize=64)
def _foreign_words(language: str) -> re.Pattern[str] | None:
    """What must stand in a text before dateparser is asked: the language's months, weekdays and near days.

    Short forms are left out: "mar" is also the sea. None where dateparser does not know the language.
    """
    from dateparser.data.languages_info import language_order

    if language not in language_order:
        return None
    info: dict[str, Any] = import_module(f"dateparser.data.date_translation_data.{language}").info
    words: set[str] = set()
    for key in (*_MONTH_KEYS, *_WEEKDAY_KEYS):
        names = [str(name) for name in info.get(key, ())]
        longest = max(map(len, names), default=0)
        words |= {name for name in names if len(name) >= min(4, longest)}
    for key, names in info.get("relative-type", {}).items():
        if re.search(r"\b(?:day|week|month|year)\b", key):
            words |= set(names)
    ago = [str(form) for key, forms in info.get("relative-type-regex", {}).items() if "ago" in key for form in forms]
    shapes = [re.escape(word) for word in sorted(words, key=len, reverse=True)] + [
        form.replace("++", "+").replace("*+", "*") for form in ago
    ]
    shapes = [re.sub(r"(?<!\\)\((?!\?)", "(?:", shape) for shape in shapes]
    body = "(?:" + "|".join(shapes) + ")"
    edge = "" if info.get("no_word_spacing") in {True, "True"} else r"\b"
    return re.compile(edge + body + edge, re.IGNORECASE)


_MONTH_KEYS = (
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
)  # fmt: skip
_WEEKDAY_KEYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")


@dataclass(frozen=True, slots=True)
class WorkedOutDate:
    """A date that an article states relative to its own publication, worked out. `line[start:end] == phrase`."""

    start: int
    end: int
    first: dt.date
    last: dt.date  # inclusive; the same as `first` for a day
    grain: Grain
    phrase: str

    @property
    def date(self) -> str:
        """As a reader writes it: 18 February 2025 · January 2025 · 2024 · 10–16 February 2025."""
        first, last = self.first, self.last
        if self.grain is Grain.MONTH:
            return f"{first:%B} {first.year}"
        if self.grain is Grain.YEAR:
            return str(first.year)
        if first == last:
            return f"{first.day} {first:%B} {first.year}"
        end = f"{last.day} {last:%B} {last.year}"
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day}–{end}"
        return f"{first.day} {first:%B}{f' {first.year}' if first.year != last.year else ''} – {end}"


# "The next day", "his last week": counted from the story, not from the day of publication.
_OF_THE_STORY = re.compile(r"\b(?:the|that|his|her|their|its)\s+$", re.IGNORECASE)


def resolve_relative(text: str, published_at: NewsDate) -> list[WorkedOutDate]:
    """The relative dates of an article's line as real ones.

    "On Tuesday", published on Wednesday 19 February 2025, is the 18th. Direction comes from the words around each
    phrase ("will meet on Monday"). Left out, since the publication date does not tell: what is counted from the
    story ("two days earlier", "the next day", "that Tuesday"), vague spans ("a few days ago"), hours where only the
    day of publication is known, and a weekday that is tomorrow in UTC but may already be today where it was written.
    """
    now = published_at.moment if not published_at.day_only else published_at.moment.replace(hour=12)
    found = []
    for span in find_dates(text, now):
        if not isinstance(span, DateSpan):
            continue
        phrase = text[span.start : span.end]
        if span.grain is Grain.MOMENT or (span.year_given and not span.relative):
            continue
        if phrase.lower().startswith(("next", "coming", "last", "past")) and _OF_THE_STORY.search(
            text, max(0, span.start - 8), span.start
        ):
            continue
        if published_at.day_only and "hour" in phrase.lower():
            continue
        if not published_at.day_only and _may_be_today_elsewhere(phrase, now):
            continue
        last = (span.until - dt.timedelta(microseconds=1)).date()
        found.append(WorkedOutDate(span.start, span.end, span.since.date(), last, span.grain, phrase))
    return found


def _may_be_today_elsewhere(phrase: str, now: dt.datetime) -> bool:
    """A weekday that begins, somewhere on earth, within the UTC day of publication."""
    tomorrow = (now + dt.timedelta(hours=14)).date()
    return tomorrow != now.date() and phrase.lower() == f"{tomorrow:%A}".lower()
