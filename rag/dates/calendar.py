"""Units of the calendar and moves among them: proleptic Gregorian, UTC, weeks Monday to Sunday (ISO 8601)."""

from __future__ import annotations

import datetime as dt
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


class NoSuchDay(Exception):
    """The words are a date but the calendar has no such day, or it is out of reach."""


def midnight(day: dt.date) -> dt.datetime:
    """The moment a day begins."""
    return dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC)


def add_months(day: dt.datetime, months: int) -> dt.datetime:
    """The same day `months` later (or earlier), or the month's last day where it is shorter."""
    index = day.year * 12 + day.month - 1 + months
    year, month = divmod(index, 12)
    if not 1 <= year <= 9998:
        raise NoSuchDay("the date is too far away")
    first_of_next = dt.date(year + (month == 11), 1 if month == 11 else month + 2, 1)
    last = (first_of_next - dt.timedelta(days=1)).day
    return day.replace(year=year, month=month + 1, day=min(day.day, last))


def start_of(day: dt.datetime, grain: Grain) -> dt.datetime:
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


def moved(moment: dt.datetime, grain: Grain, count: int) -> dt.datetime:
    """`moment` moved by `count` units."""
    try:
        if grain is Grain.DAY:
            return moment + dt.timedelta(days=count)
        if grain is Grain.WEEK:
            return moment + dt.timedelta(weeks=count)
        return add_months(moment, count * _MONTHS_IN[grain])
    except OverflowError:
        raise NoSuchDay("the date is too far away") from None


def calendar_unit(grain: Grain, day: dt.datetime, count: int = 0) -> tuple[dt.datetime, dt.datetime, Grain]:
    """Start, end (exclusive) and grain of the whole unit that holds `day`, or of the one `count` units later."""
    since = start_of(moved(start_of(day, grain), grain, count), grain)
    return since, moved(since, grain, 1), grain


@lru_cache(maxsize=4096)
def absolute_date(text: str, day_first: bool) -> dt.date | None:
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
