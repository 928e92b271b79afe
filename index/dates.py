"""When was this published? Asked of the metadata, then the markup, then the address, then the text's dateline.

The answer is never "now". What cannot be read with certainty (03/04/2025, "yesterday", a day that is not in the
calendar) is left out with a reason, because a wrong date is worse than none: questions are asked as of a moment.

Formats: ISO 8601, RFC 2822 (feeds), seconds or milliseconds since 1970, YYYY/MM/DD, DD.MM.YYYY, and dates with the
month in words, English read here, other languages through dateparser. No zone means UTC.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias
from urllib.parse import unquote, urlsplit

from index.article import DateOrigin, Json, NewsDate

Clock: TypeAlias = Callable[[], dt.datetime]

_MONTHS = {
    name: number
    for number, names in enumerate(
        ("january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
         "december"), start=1,
    )
    for name in (names, names[:3])
} | {"sept": 9}  # fmt: skip
_MONTH = r"(?P<month>" + "|".join(sorted(_MONTHS, key=len, reverse=True)) + r")\b\.?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?"
_MONTH_FIRST = re.compile(rf"\b{_MONTH}\s*{_DAY},?\s+(?P<year>\d{{4}})\b", re.IGNORECASE | re.ASCII)
_DAY_FIRST = re.compile(rf"\b{_DAY}(?:\s+of)?[\s-]+{_MONTH},?[\s-]+(?P<year>\d{{4}})\b", re.IGNORECASE | re.ASCII)
_NUMERIC = re.compile(r"^(\d{1,4})([/.-])(\d{1,2})\2(\d{1,4})(?P<rest>(?:[ T,]|$).*)$", re.ASCII | re.DOTALL)
_TIME = re.compile(
    r"^[\s,T]*(?:at\s+)?(?P<hour>\d{1,2})(?::(?P<minute>\d\d))?(?::(?P<second>\d\d))?(?:\.\d+)?\s*"
    r"(?P<half>[ap]\.?m\.?)?\s*(?P<zone>[A-Za-z]{1,5}|[+-]\d\d:?\d\d)?\W*$",
    re.IGNORECASE | re.ASCII,
)
# Abbreviations that mean one offset to a newsroom; the others (IST, CST of China, …) leave only the day certain.
_ZONES = {
    "z": 0, "utc": 0, "gmt": 0, "ut": 0, "wet": 0, "bst": 1, "west": 1, "cet": 1, "cest": 2, "eet": 2, "eest": 3,
    "msk": 3, "jst": 9, "kst": 9, "hkt": 8, "sgt": 8, "aest": 10, "aedt": 11, "nzst": 12, "nzdt": 13,
    "est": -5, "edt": -4, "cst": -6, "cdt": -5, "mst": -7, "mdt": -6, "pst": -8, "pdt": -7,
}  # fmt: skip
_WEEKDAY = re.compile(r"^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+", re.IGNORECASE | re.ASCII)
_FIRST_YEAR = 1600  # the first newspapers; an earlier year is a default or a slip
_LONGEST = 100  # characters; a longer "date" is prose


class UnusableDate(ValueError):
    """A date that cannot be read with certainty. The message is a reason for a person."""


def utc_now() -> dt.datetime:
    """The system's clock: handed in at the entry point, never called by a reader."""
    return dt.datetime.now(dt.UTC)


@dataclass(frozen=True, slots=True)
class Stated:
    """A date as some field states it, not read yet."""

    field: str
    value: Json
    origin: DateOrigin = DateOrigin.METADATA


@dataclass(frozen=True, slots=True, kw_only=True)
class Dates:
    """What was found, and what was left out and why."""

    published_at: NewsDate | None
    updated_at: NewsDate | None
    in_future: bool
    ignored: tuple[str, ...]


def find_dates(
    *,
    published: Sequence[Stated] = (),
    updated: Sequence[Stated] = (),
    url: str | None = None,
    text: str = "",
    now: dt.datetime,
) -> Dates:
    """The dates of one article: the first of each that can be read, stated ones first, then `url`, then `text`.

    `text` is canonical (line 1 the headline). A stated date after `now` is kept and flagged; one that was only
    inferred from the address or the text is then left out, since it is probably not a publication date.
    """
    ignored: list[str] = []
    published_at = _first(published, ignored)
    if published_at is None:
        for infer, given in ((date_in_url, url), (date_in_text, text)):
            try:
                published_at = infer(given) if given else None
            except UnusableDate as error:
                ignored.append(str(error))
            if published_at is not None and _is_future(published_at, now):
                ignored.append(f"{published_at.origin} date {published_at} is in the future")
                published_at = None
            if published_at is not None:
                break
    updated_at = _first(updated, ignored)
    if published_at and updated_at and updated_at.moment.date() < published_at.moment.date():
        ignored.append(f"updated {updated_at} is before published {published_at}")
        updated_at = None
    in_future = any(found is not None and _is_future(found, now) for found in (published_at, updated_at))
    return Dates(published_at=published_at, updated_at=updated_at, in_future=in_future, ignored=tuple(ignored))


def _first(stated: Sequence[Stated], ignored: list[str]) -> NewsDate | None:
    for one in stated:
        if one.value is None or (isinstance(one.value, str) and not one.value.strip()):
            continue
        try:
            return read_date(one.value, one.origin)
        except UnusableDate as error:
            ignored.append(f"{one.field}: {error}")
    return None


def _is_future(date: NewsDate, now: dt.datetime) -> bool:
    # A day begins 14 hours before UTC's in the easternmost zone.
    lead = dt.timedelta(hours=14) if date.day_only else dt.timedelta()
    return date.moment - lead > now


def read_date(value: Json, origin: DateOrigin = DateOrigin.METADATA) -> NewsDate:
    """The date that `value` states. Raises UnusableDate, with the reason, when it is not certain."""
    try:
        if isinstance(value, bool) or not isinstance(value, str | int | float):
            raise UnusableDate(f"{_shown(value)} is not a date")
        found = _from_text(value.strip(), origin) if isinstance(value, str) else _from_epoch(value, origin)
    except (ValueError, OverflowError, OSError) as error:
        if isinstance(error, UnusableDate):
            raise
        raise UnusableDate(f"{_shown(value)} is not a day and time of the calendar") from error
    if found.moment.timestamp() == 0:
        raise UnusableDate(f"{_shown(value)} is the zero of computer clocks, which stands for unknown")
    if found.moment.year < _FIRST_YEAR:
        raise UnusableDate(f"{_shown(value)} is before there were newspapers")
    return found


def _from_epoch(count: float, origin: DateOrigin) -> NewsDate:
    if 0 <= count < 1e11:
        return NewsDate(dt.datetime.fromtimestamp(int(count), dt.UTC), origin=origin)
    if 1e11 <= count < 1e14:  # milliseconds
        return NewsDate(dt.datetime.fromtimestamp(int(count) // 1000, dt.UTC), origin=origin)
    raise UnusableDate(f"{count} is not a date")


def _from_text(text: str, origin: DateOrigin) -> NewsDate:
    if len(text) > _LONGEST:
        raise UnusableDate(f"{_shown(text)} is too long for a date")
    if text.isascii() and text.isdigit() and len(text) != 8:
        if len(text) in (10, 13):
            return _from_epoch(int(text), origin)
        raise UnusableDate(f"{_shown(text)} is ambiguous")
    if re.match(r"^\d{4}-?\d\d-?\d\d(?:$|[T ]\d)", text, re.ASCII) and (found := _from_iso(text, origin)):
        return found
    if numeric := _NUMERIC.match(text):
        return _with_time(_numeric_day(text, numeric), numeric["rest"], origin)
    text = _WEEKDAY.sub("", text)
    written = _MONTH_FIRST.match(text) or _DAY_FIRST.match(text)
    if written:
        return _with_time(_written_day(written), text[written.end() :], origin)
    return _in_other_language(text, origin)


def _from_iso(text: str, origin: DateOrigin) -> NewsDate | None:
    """None when it only begins like ISO 8601. A midnight without a zone is a day: no newsroom means the second."""
    try:
        found = dt.datetime.fromisoformat(text)
    except ValueError:
        return None
    if found.tzinfo is None and found.time() == dt.time():
        return NewsDate.day(found.date(), origin)
    return NewsDate(found if found.tzinfo else found.replace(tzinfo=dt.UTC), origin=origin)


def _numeric_day(text: str, match: re.Match[str]) -> dt.date:
    first, mark, second, third = match[1], match[2], match[3], match[4]
    if len(first) == 4 and len(third) <= 2:
        return dt.date(int(first), int(second), int(third))
    if len(third) != 4 or len(first) > 2:
        raise UnusableDate(f"{_shown(text)} is ambiguous: write the year with four digits")
    day, month, year = int(first), int(second), int(third)
    if mark == "." or day > 12 or day == month:  # with dots the day comes first, in every country that writes them
        return dt.date(year, month, day)
    if month > 12:
        return dt.date(year, day, month)
    raise UnusableDate(f"{_shown(text)} is ambiguous (day or month first?): write it as YYYY-MM-DD")


def _written_day(match: re.Match[str]) -> dt.date:
    return dt.date(int(match["year"]), _MONTHS[match["month"].lower()], int(match["day"]))


def _with_time(day: dt.date, rest: str, origin: DateOrigin) -> NewsDate:
    """`day` at the time of day that `rest` gives; the day alone when there is none or its zone is not certain."""
    match = _TIME.match(rest)
    zone = _zone(match["zone"]) if match else None
    if not match or zone is None:
        return NewsDate.day(day, origin)
    hour = int(match["hour"])
    if match["half"]:
        hour = hour % 12 + (12 if match["half"][0] in "pP" else 0)
    elif not match["minute"]:
        return NewsDate.day(day, origin)
    clock = dt.time(hour, int(match["minute"] or 0), int(match["second"] or 0), tzinfo=zone)
    return NewsDate(dt.datetime.combine(day, clock), origin=origin)


def _zone(name: str | None) -> dt.timezone | None:
    if not name:
        return dt.UTC
    if name[0] in "+-":
        minutes = int(name[1:3]) * 60 + int(name[-2:])
        return dt.timezone(dt.timedelta(minutes=-minutes if name[0] == "-" else minutes))
    hours = _ZONES.get(name.lower())
    return None if hours is None else dt.timezone(dt.timedelta(hours=hours))


def _in_other_language(text: str, origin: DateOrigin) -> NewsDate:
    import dateparser  # a second to load; needed only for dates written in words of other languages

    if not re.search(r"\d{4}", text):
        raise UnusableDate(f"{_shown(text)} is not a full date")
    found = dateparser.parse(
        text,
        settings={
            "PARSERS": ["absolute-time"],  # never "yesterday", which would be counted from now
            "STRICT_PARSING": True,
            "RETURN_AS_TIMEZONE_AWARE": True,
            "TIMEZONE": "UTC",
        },
    )
    if found is None:
        raise UnusableDate(f"{_shown(text)} is not a date that can be read")
    found = found.astimezone(dt.UTC)
    return NewsDate.day(found.date(), origin) if found.time() == dt.time() else NewsDate(found, origin=origin)


# The address ---------------------------------------------------------------------------------------------------

_URL_FORMS = (  # surest first
    re.compile(
        r"/(?P<year>(?:18|19|20)\d\d)/(?P<month>\d{1,2}|[a-z]{3,9})/(?P<day>\d{1,2})(?![\d])",
        re.IGNORECASE | re.ASCII,
    ),
    re.compile(r"(?<!\d)(?P<year>(?:19|20)\d\d)[-_](?P<month>\d\d)[-_](?P<day>\d\d)(?!\d)", re.ASCII),
    re.compile(r"(?<!\d)(?P<year>(?:199|20\d)\d)(?P<month>\d\d)(?P<day>\d\d)(?!\d)", re.ASCII),
)


def date_in_url(url: str) -> NewsDate | None:
    """The day in the path of an address: /2025/02/18/, /2025/feb/18/, 2025-02-18 or 20250218; None without one.

    The query is not looked at: a date there is more often a day that was asked for. Raises UnusableDate when two
    different days stand there in the same form.
    """
    try:
        path = unquote(urlsplit(url).path)[:2000]
    except ValueError:
        return None
    for form in _URL_FORMS:
        days = set(_calendar_days(form.finditer(path)))
        if len(days) > 1:
            raise UnusableDate(f"the address has {len(days)} different dates")
        if days:
            return NewsDate.day(days.pop(), DateOrigin.URL)
    return None


def _calendar_days(matches: Iterator[re.Match[str]]) -> Iterator[dt.date]:
    for match in matches:
        month = match["month"]
        number = int(month) if month.isdigit() else _MONTHS.get(month.lower(), 0)
        try:
            yield dt.date(int(match["year"]), number, int(match["day"]))
        except ValueError:
            continue  # eight digits that are no date: an article number


# The dateline --------------------------------------------------------------------------------------------------

_DATELINE_LINES = 4  # after the headline: standfirst, byline, dateline
_PLACE = re.compile(r"[A-Z][A-Z.'’\-]{2,}[\w .,'’()\-/]{0,60}")  # the place is in capitals: RIYADH, Saudi Arabia
_AFTER = re.compile(r"[\s,)]*(?:\([^()]{1,40}\)|/[^/]{1,40}/)?\s*(?:—|–|―|--|-|:)(?:\s|$)")


def date_in_text(text: str) -> NewsDate | None:
    """The day of the dateline that opens a story ("RIYADH, Feb. 18, 2025 (AP) —"), None without one.

    Only a dateline counts, in the first lines below the headline: a date in running text is about something else.
    One without a year says too little, and a date without a place heads a chronicle as often as a story.
    """
    below = [line for line in text[:5000].split("\n")[1:] if line.strip()][:_DATELINE_LINES]
    for line in below:
        opening = line.strip()[:160]
        match = _MONTH_FIRST.search(opening) or _DAY_FIRST.search(opening)
        after = match and _AFTER.match(opening, match.end())
        if not match or not after:
            continue
        place = opening[: match.start()].rstrip(" ,(")
        if _PLACE.fullmatch(place):
            try:
                return NewsDate.day(_written_day(match), DateOrigin.DATELINE)
            except ValueError as error:
                raise UnusableDate(f"the dateline's {match[0]} is not a day of the calendar") from error
    return None


def _shown(value: object) -> str:
    text = value if isinstance(value, str) else repr(value)
    return repr(text if len(text) <= 40 else text[:37] + "…")
