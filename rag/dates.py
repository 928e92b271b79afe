"""Dates as English writes them, found in running text and resolved to spans of time.

One grammar serves the question's time (`rag.when`), relative dates in article lines and the date check of sentences.
Everything is positive: a number, a capitalised word or "May" is a date only where the words around it say so, since a
wrongly read date hides the right articles while an unread one costs little. Absolute dates are parsed by dateparser
(imported on first use, cached by their text, always given a full date, so that its guesses about missing parts never
apply); calendar arithmetic is proleptic Gregorian in UTC, weeks run Monday to Sunday (ISO 8601), seasons are the
meteorological ones of the northern hemisphere.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Grain(StrEnum):
    """How finely a span of time was stated."""

    MOMENT = "moment"  # counted back or forward from now: "the past 48 hours"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    SEASON = "season"
    YEAR = "year"
    DECADE = "decade"
    CENTURY = "century"
    SPAN = "span"  # any other run of days: a weekend, "late March", "18–20 February"


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


_MONTHS = {
    name: number
    for number, names in enumerate(
        (
            ("january", "jan"),
            ("february", "feb"),
            ("march", "mar"),
            ("april", "apr"),
            ("may",),
            ("june", "jun"),
            ("july", "jul"),
            ("august", "aug"),
            ("september", "sept", "sep"),
            ("october", "oct"),
            ("november", "nov"),
            ("december", "dec"),
        ),
        start=1,
    )
    for name in names
}
_WEEKDAYS = {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}
_SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # first month
_NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "twenty": 20, "twenty-four": 24, "twenty-five": 25, "thirty": 30,
    "forty": 40, "forty-eight": 48, "fifty": 50, "sixty": 60, "seventy-two": 72, "ninety": 90, "hundred": 100,
    "a hundred": 100,
}  # fmt: skip
# Vague counts: no single day can be named, so the whole reach is meant.
_VAGUE = {"a few": 7, "few": 7, "several": 9}
_ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "final": 4}

_MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![A-Za-z])"
)
_DAY = r"(?:0?[1-9]|[12]\d|3\d)(?:st|nd|rd|th)?(?!\d|[.,:]\d|%)"
_YEAR = r"(?:1\d\d\d|20\d\d)(?![\d%]|[.,]\d|-\d)"
_WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
_SHORT_WEEKDAY = rf"(?:{_WEEKDAY}|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\.?"
_SEASON = r"(?:spring|summer|autumn|fall|winter)"
_COUNT = (
    r"(?:\d{1,4}|a few|few|several|"
    + "|".join(re.escape(word) for word in sorted(_NUMBERS, key=len, reverse=True))
    + r")"
)
_UNIT = r"(?:hour|day|week|fortnight|month|quarter|year|decade|centur(?:y|ie))s?"
_DASH = r"\s*(?:-|–|—|to|until|till|through)\s*"
_PART = (
    r"(?:(?:very\s+)?(?:early|mid|late)(?:\s+|-)(?:in\s+)?|(?:the\s+)?(?:start|beginning|middle|"
    r"end)\s+of\s+(?:the\s+)?|(?:the\s+)?(?:first|second)\s+half\s+of\s+)"
)

# Names that hold a month, a weekday, a year or a word of time but are not a time. Matched first, they block what
# overlaps them. Days that became the name of what happened on them are names too: the question is about the event.
_NAMES = tuple(
    re.compile(pattern)
    for pattern in (
        rf"\b[Mm]arch(?:es|ed|ing)?\s+(?:on|to|of|for|through|against)\s+(?!{_MONTH})(?:the\s+)?[A-Z]\w+",
        r"\b(?:Women's|Long|Freedom|Death|Salt|Million Man|Wedding)\s+March\b",
        r"\b(?i:black|good|cyber|super|fat|shrove|giving|taco|freaky|casual|bloody|palm|ash|spy|holy|maundy|ruby|"
        r"blue|"
        r"sheffield|mad|wacky|manic|stormy|joe|cold|happy)\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)days?\b",
        r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\s+(?:Times|Mirror|Express|Telegraph|Mail|Herald|Post|"
        r"People|Sun|"
        r"Star|World|Review|Night\s+(?:Football|Live|Raw)|Ticket|Group|Club|Addams|School|Roast|Lunch|Island)\b",
        r"\b[Tt]he\s+(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\s+[A-Z]\w+",
        r"\bThank God It's Friday\b|\bFriday the 13th\b|\bFridays for Future\b|\bFriday Night Lights\b",
        r"\b(?:Theresa|Brian|James|Elaine|Fiona|Anna|Robert|Rollo|Imelda)\s+May\b|\bMay\s+(?:Day|Fourth|"
        r"the Fourth)\b",
        r"\b(?:April|June|August|May|January)\s+(?!Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)[A-Z][a-z]+\b",
        r"\b(?:July 4(?:th)?|(?:4th|[Ff]ourth) of July|April Fools'?|March Madness|October Revolution|November Rain|"
        r"Cinco de Mayo|Juneteenth)\b",
        r"\b(?:9/11|7/7|24/7|11/9|1/6)\b",
        rf"(?i:\b(?:{_DAY}\s+(?:of\s+)?{_MONTH}|{_MONTH}\s+{_DAY})(?:,?\s+{_YEAR})?(?:-|\s+)(?:(?:terror|"
        rf"terrorist|hamas|"
        r"capitol|us capitol)\s+)?(?:attacks?|attackers?|massacres?|riots?|rioters?|insurrection|committee|hearings?|"
        r"defendants?|bombings?|coup|uprising|movement|revolution|select\s+committee|assault)\b)",
        r"\b(?i:USA Today|the Today (?:programme|program|show)|Russia Today|India Today|Psychology Today|Today show|"
        r"Apocalypse Now|Democracy Now!?|The Day After Tomorrow|Tomorrowland|class of (?:1\d\d\d|20\d\d)|"
        r"yesterday's men|fiscal year (?:1\d\d\d|20\d\d))\b",
        r"\b(?:Boeing|Airbus|Catch|Route|Fortune|Area|Flight|Interstate|Windows|Formula|Channel|Unit|Level|Room|COP|"
        r"G|Euro|UEFA Euro|Expo|Agenda|Project|Vision|Blade Runner|Cyberpunk|World Cup|Olympics|"
        r"Eurovision)[\s-]?\d+\b",
        r"\b(?:1984|2001|1917|2012|1941|1922)(?=,?\s+(?:the\s+)?(?:novel|film|movie|book|a space)\b)",
        r"\b\d{1,4}\s+(?:[A-Z]\w+\s+)?(?:Street|St\b|Road|Avenue|Ave\b|Lane|Drive|Square|Boulevard|Pennsylvania)",
    )
)
# A four-digit number before one of these is a quantity, whatever stands before it.
_COUNTED = re.compile(
    r"\s+(?:(?!(?:was|has|does|this|versus|plus|perhaps|sources|news|onwards|afterwards|always|besides)\b)"
    r"[a-z]{2,}[^\Ws]s\b|"
    r"people|men|women|children|troops|percent|per cent|km|miles|metres|meters|feet|pounds|kg|police|staff|of the|"
    r"square|metric|more|other|new|foreign|or so|times|[a-z]+-year|million|billion|sq)\b|\s*(?:°|[€$£])"
)
_SPEECH = re.compile(
    r"(?:['’]s)?\s+(?:said|says|told|tells|resigned|resigns|announced|announces|became|becomes|was|is|has|had|did|"
    r"does|"
    r"will|would|could|can|quit|quits|claimed|warned|argued|met|meets|wrote|spoke|refused|signed|lost|won|be|have|"
    r"not|"
    r"and\s+[A-Z]\w+|[A-Z]\w+)\b"
)


class _NoSuchDay(Exception):
    """The words are a date but the calendar has no such day, or it is out of reach."""


def _midnight(day: dt.date) -> dt.datetime:
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def add_months(day: dt.datetime, months: int) -> dt.datetime:
    """The same day `months` later (or earlier), or the month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9998:
        raise _NoSuchDay("the date is too far away")
    first_of_next = dt.date(year + (month == 11), 1 if month == 11 else month + 2, 1)
    last = (first_of_next - dt.timedelta(days=1)).day
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def _start(day: dt.datetime, grain: Grain) -> dt.datetime:
    """The beginning of the calendar unit that holds `day`."""
    day = day.replace(hour=0, minute=0, second=0, microsecond=0)
    match grain:
        case Grain.WEEK:
            return day - dt.timedelta(days=day.weekday())
        case Grain.MONTH:
            return day.replace(day=1)
        case Grain.QUARTER:
            return day.replace(day=1, month=(day.month - 1) // 3 * 3 + 1)
        case Grain.YEAR:
            return day.replace(day=1, month=1)
        case Grain.DECADE:
            return day.replace(day=1, month=1, year=max(1, day.year // 10 * 10))
        case Grain.CENTURY:
            return day.replace(day=1, month=1, year=max(1, (day.year - 1) // 100 * 100 + 1))
        case _:
            return day


_MONTHS_IN = {Grain.MONTH: 1, Grain.QUARTER: 3, Grain.YEAR: 12, Grain.DECADE: 120, Grain.CENTURY: 1200}


def _move(moment: dt.datetime, grain: Grain, count: int) -> dt.datetime:
    """`moment` moved by `count` units."""
    try:
        if grain is Grain.DAY:
            return moment + dt.timedelta(days=count)
        if grain is Grain.WEEK:
            return moment + dt.timedelta(weeks=count)
        return add_months(moment, count * _MONTHS_IN[grain])
    except OverflowError:
        raise _NoSuchDay("the date is too far away") from None


def calendar_unit(grain: Grain, day: dt.datetime, count: int = 0) -> tuple[dt.datetime, dt.datetime, Grain]:
    """Start, end (exclusive) and grain of the whole unit that holds `day`, or of the one `count` units later."""
    since = _start(_move(_start(day, grain), grain, count), grain)
    return since, _move(since, grain, 1), grain


@lru_cache(maxsize=4096)
def _absolute(text: str, day_first: bool) -> dt.date | None:
    """A full date by dateparser. None where the calendar has no such day.

    Only strings with day, month and year come here: given less, dateparser fills in from today.
    """
    from dateparser.date import DateDataParser  # here: a tenth of a second that most questions never need

    parser = DateDataParser(
        languages=["en"],
        settings={
            "PARSERS": ["absolute-time"],
            "STRICT_PARSING": True,
            "DATE_ORDER": "DMY" if day_first else "MDY",
            "PREFER_LOCALE_DATE_ORDER": False,
        },
    )
    found = parser.get_date_data(text).date_obj
    return found.date() if found else None


@dataclass(frozen=True, slots=True)
class _Speaking:
    """When something is said, and whether it speaks of what is to come."""

    now: dt.datetime
    future: bool
    day_first: bool

    @property
    def today(self) -> dt.datetime:
        return _start(self.now, Grain.DAY)


_Found = tuple[dt.datetime, dt.datetime, Grain, bool, bool]  # since, until, grain, relative, year_given
_Reader = Callable[[re.Match[str], _Speaking], _Found | None]


def _month_number(word: str) -> int:
    return _MONTHS[word.lower().rstrip(".")]


def _season_of(name: str, year: int) -> tuple[dt.datetime, dt.datetime, Grain]:
    since = dt.datetime(year, _SEASONS[name.lower()], 1, tzinfo=dt.UTC)
    return since, add_months(since, 3), Grain.SEASON


def _part_of(
    part: str | None, since: dt.datetime, until: dt.datetime, grain: Grain
) -> tuple[dt.datetime, dt.datetime, Grain]:
    """Early, mid, late and the halves of a span: thirds (halves) rounded to whole days."""
    if not part:
        return since, until, grain
    days = (until - since).days
    word = part.lower()
    cut = {"first": (0, 2, 2), "second": (2, 4, 2)}
    low, high, of = next((value for key, value in cut.items() if key in word), (0, 0, 0))
    if of:
        return (
            since + dt.timedelta(days=round(days * low / 4)),
            since + dt.timedelta(days=round(days * high / 4)),
            Grain.SPAN,
        )
    third = max(1, round(days / 3))
    if re.search(r"early|start|beginning", word):
        return since, since + dt.timedelta(days=third), Grain.SPAN
    if "mid" in word:
        return since + dt.timedelta(days=third), until - dt.timedelta(days=third), Grain.SPAN
    return until - dt.timedelta(days=third), until, Grain.SPAN


def _day_in(month: int, day: int, speaking: _Speaking, name: str) -> dt.datetime:
    """Day and month without a year: the nearest one in the direction of speech, today included."""
    step = 1 if speaking.future else -1
    for year in range(speaking.now.year, speaking.now.year + 9 * step, step):
        if not 1 <= year <= 9998:
            break
        try:
            found = dt.datetime(year, month, day, tzinfo=dt.UTC)
        except ValueError:
            continue
        if (found >= speaking.today) if speaking.future else (found <= speaking.today):
            return found
    raise _NoSuchDay(f"there is no {name} in any year")


def _one_day(day: str, month: str, year: str | None, speaking: _Speaking) -> dt.datetime:
    number = int(re.sub(r"\D", "", day))
    name = f"{number} {month}" + (f" {year}" if year else "")
    if not year:
        return _day_in(_month_number(month), number, speaking, name)
    found = _absolute(f"{number} {month} {year}", speaking.day_first)
    if found is None:
        raise _NoSuchDay(f"there is no {name} in the calendar")
    return _midnight(found)


def _day_month(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """18 February 2025 · February 18 · 18–20 February · February 18–20, 2025."""
    month, year = m["month"], m["year"]
    if _OTHER_DAY.search(m.string, max(0, m.start() - 20), m.start("d")):
        return None  # "every 16 January"
    if month.lower() in {"may", "march", "mar"} and month[0].islower() and not m["lead"]:
        return None  # "they may 10 times", "march 24 miles"
    if month == "May" and not year and not m["lead"] and _COUNTED.match(m.string, m.end("day")):
        return None  # "May 24 people enter?"
    first = _one_day(m["day"], month, year, speaking)
    if m["day2"]:
        last = _one_day(m["day2"], month, year or str(first.year), speaking)
        if last < first:
            raise _NoSuchDay(f"{m['day']}–{m['day2']} {month} ends before it starts")
        return first, last + dt.timedelta(days=1), Grain.SPAN, False, year is not None
    return first, first + dt.timedelta(days=1), Grain.DAY, False, year is not None


def _numeric(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """2025-02-18 · 2025/02/18 · 18.2.2025 · 02/18/2025; where both orders are possible the setting decides."""
    if m["iso"]:
        text = re.sub(r"[/.]", "-", m["iso"])
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise _NoSuchDay(f"there is no {m['iso']} in the calendar") from None
    else:
        found = _absolute(m["numeric"], speaking.day_first or "." in m["numeric"])
        if found is None:
            raise _NoSuchDay(f"there is no {m['numeric']} in the calendar")
        day = found
    since = _midnight(day)
    return since, since + dt.timedelta(days=1), Grain.DAY, False, True


def _iso_month(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """2025-02."""
    del speaking
    return *calendar_unit(Grain.MONTH, dt.datetime(int(m["y"]), int(m["m"]), 1, tzinfo=dt.UTC)), False, True


def _month_year(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """March 2024 · late March 2024 · the end of March 2024."""
    del speaking
    since = dt.datetime(int(m["year"]), _month_number(m["month"]), 1, tzinfo=dt.UTC)
    return *_part_of(m["part"], *calendar_unit(Grain.MONTH, since)), False, True


def _bare_month(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """In March · since early May · last June: only behind a word of time, never before a verb or another name."""
    month = m["month"]
    which = (m["which"] or "").lower()
    if month[0].islower() and month.lower() in {"may", "march", "mar", "august"} and not (which or m["part"]):
        return None
    if _SPEECH.match(m.string, m.end()) and month.lower() in {"may", "april", "june", "august", "march", "jan"}:
        return None
    number = _month_number(month)
    this = dt.datetime(speaking.now.year, number, 1, tzinfo=dt.UTC)
    current = _start(speaking.now, Grain.MONTH)
    if which in {"last", "past"}:
        since = this if this < current else add_months(this, -12)
    elif which in {"next", "coming"} or (speaking.future and not which):
        since = this if (this > current or (this == current and not which)) else add_months(this, 12)
    elif which == "this":
        since = this
    else:
        since = this if this <= current else add_months(this, -12)
    return *_part_of(m["part"], *calendar_unit(Grain.MONTH, since)), bool(which), False


def _month_of(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """August last year · 3 May this year."""
    year = speaking.now.year + {"last": -1, "this": 0, "next": 1}[m["near"].lower()]
    if m["day"]:
        day = _one_day(m["day"], m["month"], str(year), speaking)
        return day, day + dt.timedelta(days=1), Grain.DAY, True, False
    since = dt.datetime(year, _month_number(m["month"]), 1, tzinfo=dt.UTC)
    return *_part_of(m["part"], *calendar_unit(Grain.MONTH, since)), True, False


def _months(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """From March to May 2024 · between November and February."""
    first, last = _month_number(m["first"]), _month_number(m["last"])
    if m["year"]:
        until = dt.datetime(int(m["year"]), last, 1, tzinfo=dt.UTC)
    else:
        until = dt.datetime(speaking.now.year, last, 1, tzinfo=dt.UTC)
        if until > speaking.now and not speaking.future:
            until = add_months(until, -12)
    since = until.replace(month=first)
    if since > until:
        since = add_months(since, -12)
    return since, add_months(until, 1), Grain.SPAN, False, m["year"] is not None


def _quarter(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """Q2 2024 · 2024 Q2 · the second quarter of 2024 · H1 2024 · in Q2."""
    number = int(m["q"] or m["q2"] or 0) or _ORDINALS[(m["word"] or "first").lower()]
    half = (m["half"] or "").upper() == "H"
    if half and number > 2:
        return None
    year = m["year"] or m["year1"]
    months = 6 if half else 3
    at = int(year) if year else speaking.now.year
    since = dt.datetime(at, (number - 1) * months + 1, 1, tzinfo=dt.UTC)
    if not year and since > speaking.now and not speaking.future:
        since = add_months(since, -12)
    return since, add_months(since, months), Grain.SPAN if half else Grain.QUARTER, False, bool(year)


def _season(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """Spring 2025 · last summer · this winter · in the autumn."""
    name, which = m["season"], (m["which"] or "").lower()
    if m["year"]:
        return *_part_of(m["part"], *_season_of(name, int(m["year"][:4]))), False, True
    year = speaking.now.year
    around = [_season_of(name, at) for at in range(max(1, year - 2), min(9990, year + 3))]
    if which in {"last", "past"}:
        chosen = [one for one in around if one[1] <= speaking.today][-1:]
    elif which in {"next", "coming"} or (not which and speaking.future):
        chosen = [one for one in around if one[0] > speaking.today][:1]
    elif which == "this":
        running = [one for one in around if one[0] <= speaking.today < one[1]]
        chosen = running or [one for one in around if one[0].year == year]
    else:
        chosen = [one for one in around if one[0] <= speaking.today][-1:]
    if not chosen:
        raise _NoSuchDay("the date is too far away")
    return *_part_of(m["part"], *chosen[0]), bool(which), False


def _year(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """In 2023 · early 2024 · the end of 2023 · the year 2020 · 2023's."""
    del speaking
    if _COUNTED.match(m.string, m.end("year")):
        return None
    since = dt.datetime(int(m["year"]), 1, 1, tzinfo=dt.UTC)
    return *_part_of(m["part"], *calendar_unit(Grain.YEAR, since)), False, True


def _years(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """In 2023–24 · 2019-2021 · 2023/24."""
    del speaking
    first = int(m["first"])
    last = int(m["last"]) if len(m["last"]) == 4 else first // 100 * 100 + int(m["last"])
    if last <= first:
        if len(m["last"]) == 4:
            raise _NoSuchDay(f"{m['first']}–{m['last']} ends before it starts")
        return None
    since = dt.datetime(first, 1, 1, tzinfo=dt.UTC)
    return since, dt.datetime(last + 1, 1, 1, tzinfo=dt.UTC), Grain.SPAN, False, True


def _decade(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """In the 1990s · the 20th century."""
    del speaking
    if m["century"]:
        number = int(m["century"])
        if not 1 <= number <= 30:
            return None
        day = dt.datetime((number - 1) * 100 + 1, 1, 1, tzinfo=dt.UTC)
        return *_part_of(m["part"], *calendar_unit(Grain.CENTURY, day)), False, True
    day = dt.datetime(int(m["decade"]), 1, 1, tzinfo=dt.UTC)
    if day.year % 100 == 0 and day.year < 2000:  # "the 1600s" are a century
        return *_part_of(m["part"], day, add_months(day, 1200), Grain.CENTURY), False, True
    return *_part_of(m["part"], *calendar_unit(Grain.DECADE, day)), False, True


_NEAR_DAYS = {
    "the day before yesterday": -2, "day before yesterday": -2, "yesterday": -1, "last night": -1, "today": 0,
    "tonight": 0, "earlier today": 0, "later today": 0, "this morning": 0, "this afternoon": 0, "this evening": 0,
    "tomorrow": 1, "the day after tomorrow": 2,
}  # fmt: skip


def _near_day(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """Yesterday · last night · this morning · tomorrow."""
    since = _move(speaking.today, Grain.DAY, _NEAR_DAYS[re.sub(r"\s+", " ", m[0].lower())])
    return since, _move(since, Grain.DAY, 1), Grain.DAY, True, False


def _near_unit(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """Last week · this year · earlier this month · the end of last year · so far this year · over the weekend."""
    which, unit, part = m["which"].lower(), m["unit"].lower(), (m["part"] or "").lower()
    if unit == "weekend":
        return *_weekend(which, speaking), True, False
    grain = Grain(unit)
    if which == "the":
        if not re.search(r"start|beginning|end|so far|later|earlier", part):
            return None
        which = "this"
    count = {"last": -1, "past": -1, "this": 0, "current": 0, "next": 1, "coming": 1}[which]
    since, until, grain = calendar_unit(grain, speaking.today, count)
    if re.search(r"earlier|so far", part):
        return since, max(since, min(until, speaking.now)) if count == 0 else until, Grain.SPAN, True, False
    if "later" in part:
        return max(since, speaking.now) if count == 0 else since, until, Grain.SPAN, True, False
    return *_part_of(part, since, until, grain), True, False


def _weekend(which: str, speaking: _Speaking) -> tuple[dt.datetime, dt.datetime, Grain]:
    saturday = _start(speaking.today, Grain.WEEK) + dt.timedelta(days=5)
    if which in {"next", "coming"}:
        saturday = _move(saturday, Grain.WEEK, 1 if which == "next" else 0)
    elif which in {"last", "past"} or (which == "the" and saturday > speaking.today and not speaking.future):
        saturday = _move(saturday, Grain.WEEK, -1)
    return saturday, saturday + dt.timedelta(days=2), Grain.SPAN


def _rolling(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """In the past 48 hours · over the last three years · the past decade · the next two weeks."""
    amount = _span_of(m["count"], m["unit"], speaking, backward=m["which"].lower() not in {"next", "coming"})
    low, high = sorted((amount, speaking.now))
    return low, high, Grain.MOMENT, True, False


def _span_of(count: str | None, unit: str, speaking: _Speaking, *, backward: bool) -> dt.datetime:
    number = _count(count)
    sign = -1 if backward else 1
    kind = unit.lower().rstrip("s")
    if kind == "hour":
        return speaking.now + dt.timedelta(hours=sign * number)
    if kind == "fortnight":
        return _move(speaking.now, Grain.WEEK, sign * 2 * number)
    return _move(speaking.now, Grain("century" if kind.startswith("centur") else kind), sign * number)


def _count(word: str | None) -> int:
    if not word:
        return 1
    word = re.sub(r"\s+", " ", word.lower())
    return int(word) if word.isdecimal() else _NUMBERS.get(word) or _VAGUE[word]


def _ago(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """Two days ago · a decade ago · a few weeks ago."""
    word = re.sub(r"\s+", " ", m["count"].lower())
    kind = m["unit"].lower().rstrip("s")
    there = _span_of(m["count"], m["unit"], speaking, backward=True)
    if word in _VAGUE or m["more"]:
        # "A few weeks ago", "more than a year ago": nothing sharper than the reach can be said.
        if m["more"] and word not in _VAGUE:
            return there - (speaking.now - there) / 2, there, Grain.MOMENT, True, False
        return there, speaking.now, Grain.MOMENT, True, False
    grain = Grain.DAY if kind in {"hour", "day"} else Grain.WEEK if kind in {"week", "fortnight"} else Grain.MONTH
    if kind in {"year", "decade", "century", "centurie"} or kind.startswith("centur"):
        grain = Grain.YEAR
    if kind == "quarter":
        grain = Grain.QUARTER
    return *calendar_unit(grain, there), True, False


def _hence(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """In two weeks, where the sentence speaks of what is to come."""
    if not speaking.future:
        return None
    there = _span_of(m["count"], m["unit"], speaking, backward=False)
    kind = m["unit"].lower().rstrip("s")
    grain = Grain.DAY if kind in {"hour", "day"} else Grain.WEEK if kind in {"week", "fortnight"} else Grain.MONTH
    return *calendar_unit(Grain.YEAR if kind in {"year", "decade"} else grain, there), True, False


# "That Tuesday", "every Monday", "the following Friday": counted from the story or from nothing.
_OTHER_DAY = re.compile(
    r"\b(?:that|following|previous|every|each|most|a|any|some|one|first|second|third|fourth|weekly)\s+$",
    re.IGNORECASE,
)


def _weekday(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """On Tuesday · last Tuesday · next Monday. A bare one may be today; "last" and "next" may not."""
    which = (m["which"] or "").lower()
    before = m.string[max(0, m.start() - 20) : m.start()].lower()
    if _OTHER_DAY.search(before) or (not which and before.endswith("on the ")):
        return None
    distance = (_WEEKDAYS[m["weekday"].lower()] - speaking.today.weekday()) % 7  # days ahead
    if which in {"last", "past"}:
        days = distance - 7
    elif which in {"next", "coming"}:
        days = distance or 7
    elif which == "this":
        days = _WEEKDAYS[m["weekday"].lower()] - speaking.today.weekday()
    else:
        days = distance if speaking.future else (distance - 7 if distance else 0)
    since = _move(speaking.today, Grain.DAY, days)
    return since, since + dt.timedelta(days=1), Grain.DAY, True, False


def _weekday_of(m: re.Match[str], speaking: _Speaking) -> _Found | None:
    """Monday of last week."""
    count = {"last": -1, "this": 0, "next": 1}[m["which"].lower()]
    monday, _, _ = calendar_unit(Grain.WEEK, speaking.today, count)
    since = monday + dt.timedelta(days=_WEEKDAYS[m["weekday"].lower()])
    return since, since + dt.timedelta(days=1), Grain.DAY, True, False


_TIME_WORDS = (
    r"(?:in|since|before|after|by|until|till|from|during|throughout|of|between|through|to|around|about|circa|and|"
    r"over|"
    r"following|mid|early|late|prior to|back in|as of|dated?)"
)
_WHICH = r"(?P<which>last|past|this|next|coming)"

# A cheap look for a word that a pattern cannot do without, before the pattern itself is tried at every letter.
_NEEDED = (
    ("(?P<month>", re.compile(r"jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")),
    ("(?P<season>", re.compile(r"spring|summer|autumn|fall|winter")),
    ("(?P<weekday>", re.compile(r"day\b")),
    ("(?P<decade>", re.compile(r"\d0s|\d0['’]s|century")),
    ("(?P<unit>", re.compile(r"hour|day|week|fortnight|month|quarter|year|decade|centur")),
    ("(?P<year>", re.compile(r"\d{4}|\bq[1-4]")),
    ("(?P<numeric>", re.compile(r"\d[-/.]\d")),
    ("(?P<first>", re.compile(r"\d{4}|jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec")),
)


def _needs(pattern: str) -> re.Pattern[str] | None:
    return next((needed for part, needed in _NEEDED if part in pattern), None)


# Where two readings start at the same place the longer wins; otherwise the earlier.
_READERS: tuple[tuple[re.Pattern[str], _Reader, re.Pattern[str] | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), reader, _needs(pattern))
    for pattern, reader in (
        (
            r"(?<![\w./-])(?:(?P<iso>(?:1\d|20)\d\d-\d\d-\d\d|(?:1\d|20)\d\d/\d\d/\d\d)|"
            r"(?P<numeric>\d{1,2}([./])\d{1,2}\3(?:1\d|20)\d\d))(?![\w/-]|\.\d)",
            _numeric,
        ),
        (
            rf"(?P<lead>(?:\b(?:on|since|before|after|by|until|till|from|of|dated?|the)\s+)?(?:the\s+)?)"
            rf"(?P<d>(?:\b{_SHORT_WEEKDAY},?\s+)?(?:\bthe\s+)?(?<![\w.,:$€£/-])(?P<day>{_DAY})"
            rf"(?:(?:{_DASH}|\s+and\s+)(?P<day2>{_DAY}))?"
            rf"(?:\s+|-)(?:of\s+)?(?P<month>{_MONTH})(?:,?\s+(?P<year>{_YEAR}))?)",
            _day_month,
        ),
        (
            rf"(?P<lead>(?:\b(?:on|since|before|after|by|until|till|from|of|dated?)\s+)?)"
            rf"(?P<d>(?:\b{_SHORT_WEEKDAY},?\s+)?\b(?P<month>{_MONTH})\s+(?:the\s+)?(?P<day>{_DAY})"
            rf"(?:{_DASH}(?P<day2>{_DAY})(?!\s*{_MONTH}))?(?:,?\s+(?P<year>{_YEAR}))?)",
            _day_month,
        ),
        (
            r"(?:\b(?:in|since|before|after|by|until|from|to|of)\s+)(?P<d>(?P<y>(?:19|20)\d\d)-(?P<m>0[1-9]|"
            r"1[0-2]))(?![\w-])",
            _iso_month,
        ),
        (rf"(?P<d>(?P<part>\b{_PART})?\b(?P<month>{_MONTH}),?\s+(?:of\s+)?(?P<year>{_YEAR}))", _month_year),
        (
            rf"\b{_TIME_WORDS}(?:\s+|-)(?P<d>(?P<part>{_PART})?(?:{_WHICH}\s+)?(?P<month>{_MONTH}))(?!\s+\d|-)",
            _bare_month,
        ),
        (
            rf"\b(?P<d>(?P<part>{_PART})?(?:(?P<day>{_DAY})\s+(?:of\s+)?)?(?P<month>{_MONTH}),?\s+(?:of\s+)?"
            r"(?P<near>last|this|next)\s+year)\b",
            _month_of,
        ),
        (rf"\b(?P<d>(?P<part>{_PART})?{_WHICH}\s+(?P<month>{_MONTH}))(?!\s+\d|-)", _bare_month),
        (rf"(?P<d>(?P<part>\b{_PART})(?P<which>)(?P<month>{_MONTH}))(?!\s+\d|-)", _bare_month),
        (
            rf"\b(?:from|between)\s+(?P<d>(?P<first>{_MONTH})(?:{_DASH}|\s+and\s+)(?P<last>{_MONTH})"
            rf"(?:,?\s+(?P<year>{_YEAR}))?)",
            _months,
        ),
        (rf"\b(?P<d>(?P<first>{_MONTH}){_DASH}(?P<last>{_MONTH}),?\s+(?P<year>{_YEAR}))", _months),
        (
            rf"\b(?P<d>(?:(?P<half>[QH])(?P<q>[1-4])(?:\s+of)?(?:,?\s+(?P<year>{_YEAR}))|"
            rf"(?P<year1>{_YEAR})\s+Q(?P<q2>[1-4])|"
            rf"(?:the\s+)?(?P<word>first|second|third|fourth|final|1st|2nd|3rd|"
            rf"4th)\s+quarter\s+(?:of\s+)?(?P<year2>{_YEAR})))\b",
            lambda m, s: _quarter(_Alias(m), s),  # type: ignore[arg-type]
        ),
        (
            r"\b(?:in|since|during|for|until|"
            r"by)\s+(?P<d>(?P<half>[Q])(?P<q>[1-4]))\b(?P<q2>)(?P<word>)(?P<year>)(?P<year1>)",
            _quarter,
        ),
        (
            rf"(?P<d>(?P<part>\b{_PART})?(?P<which>)\b(?P<season>{_SEASON})(?:\s+of)?,?\s+(?P<year>(?:1\d|20)\d\d"
            rf"(?:[-–/]\d\d(?:\d\d)?)?)(?![\d%]))",
            _season,
        ),
        (rf"\b(?P<d>(?P<part>{_PART})?{_WHICH}\s+(?P<season>{_SEASON}))\b(?P<year>)", _season),
        (
            r"\b(?:in|during|since|over|before|after|until|by)\s+(?P<d>(?P<part>(?:early|mid|"
            r"late)[ -])?(?:the\s+)(?P<which>)"
            rf"(?P<season>{_SEASON}))\b(?!\s+(?:of\s+[A-Z]|and|or|night|season|months?|sky|term))(?P<year>)",
            _season,
        ),
        (
            rf"(?<!the )\b(?:{_TIME_WORDS}|as early as|no later than|at|compared with|than|versus|vs)\s+"
            rf"(?P<d>(?P<part>{_PART})?(?:the\s+year\s+)?(?<!of the )(?P<year>{_YEAR}))(?!\w)",
            _year,
        ),
        (rf"(?P<d>(?P<part>\b{_PART})(?<!the )(?P<year>{_YEAR}))(?!\w)", _year),
        (rf"\b(?P<d>(?:the\s+)?(?P<part>)year\s+(?P<year>{_YEAR}))(?!\w)", _year),
        (rf"(?<![\w-])(?P<d>(?P<part>)(?P<year>{_YEAR}))(?=['’]s\b)", _year),
        (
            r"\b(?:in|from|during|between|over|for|of|since)\s+(?P<d>(?P<first>(?:1\d|"
            r"20)\d\d)\s*[-–—/]\s*(?P<last>\d\d(?:\d\d)?))(?![\d/-])",
            _years,
        ),
        (
            rf"\b(?:in|since|during|from|before|after|of|until|by|throughout)\s+(?P<d>(?P<part>{_PART})?(?:the\s+)?"
            r"(?:(?P<part2>early|mid|late)[ -])?(?:(?P<decade>(?:1\d|20)\d0)['’]?s|(?P<century>\d{1,2})(?:st|nd|"
            r"rd|th)\s+century))\b",
            _decade,
        ),
        (
            r"\b(?:(?:the\s+)?day\s+before\s+yesterday|yesterday|last\s+night|(?:earlier\s+|later\s+)?today|tonight|"
            r"this\s+(?:morning|afternoon|evening)|(?:the\s+day\s+after\s+)?tomorrow)\b",
            _near_day,
        ),
        (
            r"\b(?P<d>(?P<part>(?:earlier|later|so\s+far|early|mid|late)\s+(?:in\s+)?|(?:the\s+)?(?:start|"
            r"beginning|middle|end)\s+of\s+|"
            r"(?:the\s+)?(?:first|second)\s+half\s+of\s+)?(?P<which>last|past|this|current|next|coming|the)\s+"
            r"(?P<unit>week|month|quarter|year|decade|century))\b(?!-|\s+(?:ago|old|earlier|before|later|after|"
            r"of)\b)",
            lambda m, s: None if _is_rolling(m) else _near_unit(m, s),
        ),
        (
            r"\b(?P<d>(?P<part>)(?P<which>last|past|this|next|coming)\s+(?P<unit>weekend)|"
            r"(?<=over )(?P<d2>the\s+weekend)|(?<=at )(?P<d3>the\s+weekend)|(?<=during )(?P<d4>the\s+weekend)|"
            r"(?<=since )(?P<d5>the\s+weekend))\b",
            lambda m, s: (*_weekend((m["which"] or "the").lower(), s), True, False),
        ),
        (
            rf"\b(?P<d>(?:the\s+)?(?P<which>last|past|next|coming)\s+(?P<count>{_COUNT})\s+(?P<unit>{_UNIT}))\b(?!-)",
            _rolling,
        ),
        (
            r"\b(?P<d>(?:(?<=in )|(?<=over )|(?<=during )|(?<=within )|(?<=for )|"
            r"(?<=throughout ))the\s+(?P<which>last|past)\s+(?P<count>)"
            r"(?P<unit>hour|day|week|fortnight|month|quarter|year|decade|century))\b",
            _rolling,
        ),
        (
            rf"\b(?P<d>(?P<more>(?:more\s+than|over|at\s+least)\s+)?(?:(?:about|around|almost|nearly|just|some)\s+)?"
            rf"(?P<count>{_COUNT})\s+(?P<unit>{_UNIT})\s+ago)\b",
            _ago,
        ),
        (rf"\b(?P<d>in\s+(?P<count>{_COUNT})\s+(?P<unit>{_UNIT}))\b(?!\s+of\b|['’-])", _hence),
        (
            rf"\b(?P<d>(?P<weekday>{_WEEKDAY})\s+(?:of\s+)?(?P<which>last|this|next)\s+week)\b",
            _weekday_of,
        ),
        (
            rf"\b(?P<d>(?:{_WHICH}\s+)?(?P<weekday>{_WEEKDAY}))\b(?!s\b)",
            _weekday,
        ),
    )
)


class _Alias:
    """A quarter's match whose year may stand in either of two places."""

    def __init__(self, match: re.Match[str]) -> None:
        self._match = match

    def __getitem__(self, name: str) -> str | None:
        found = self._match[name]
        return found or self._match["year2"] if name == "year" else found


def _is_rolling(m: re.Match[str]) -> bool:
    """Whether it counts back from now, as in "in the past week"; "last week" is the calendar's."""
    before = m.string[max(0, m.start() - 14) : m.start()].lower()
    return (
        m["which"].lower() in {"last", "past"}
        and not m["part"]
        and re.search(r"\b(?:in|over|during|within|for|throughout)\s+the\s+$", before) is not None
    )


# What lies ahead: gives "on Monday" and "in May" their direction.
_FUTURE = re.compile(
    r"\b(?:will|won't|shall|going to|(?:is|are|was|were|be) (?:to|due|set|scheduled|expected|slated|planned)\b|"
    r"due to|set to|"
    r"slated|scheduled|upcoming|forthcoming|plans? to|planning to|planned for|expects? to|expected to|ahead of|"
    r"coming|starting|beginning|"
    r"later (?:this|on)|is (?:hosting|holding|meeting|visiting|travelling|traveling|speaking))\b",
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
    rf"\d{{4}}|\b{_MONTH}|{_WEEKDAY}|\d[./]\d|\bQ[1-4]\b|\b(?:yesterday|today|tonight|tomorrow|ago|last|past|this|"
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
    blocked = [m.span() for pattern in _NAMES for m in pattern.finditer(text)]
    found: list[DateSpan | Impossible] = []
    lower = text.lower()
    for pattern, reader, needs in _READERS:
        if needs is not None and not needs.search(lower):
            continue
        for m in pattern.finditer(text):
            start, end = next((m.span(name) for name in ("d", "d2", "d3", "d4", "d5") if _has(m, name)), m.span())
            if any(low < end and start < high for low, high in blocked):
                continue
            ahead = _points_ahead(text, start, end) if future is None else future
            try:
                read = reader(m, _Speaking(now, ahead, day_first))
            except _NoSuchDay as problem:
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
