"""What each form of date names: a reader a form, from the match of its pattern and the moment it is said."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable
from dataclasses import dataclass

from rag.dates.calendar import Grain, NoSuchDay, absolute_date, add_months, calendar_unit, midnight, moved, start_of
from rag.dates.words import MONTHS, NUMBERS, ORDINALS, SEASONS, VAGUE, WEEKDAYS

# A four-digit number before one of these is a quantity, whatever stands before it.
_COUNTED = re.compile(
    r"\s+(?:(?!(?:was|has|does|this|versus|plus|perhaps|sources|news|onwards|afterwards|always"
    r"|besides)\b)[a-z]{2,}[^\Ws]s\b|people|men|women|children|troops|percent|per cent|km|miles|metres|meters|feet"
    r"|pounds|kg|police|staff|of the|square|metric|more|other|new|foreign|or so|times|[a-z]+-year|million|billion"
    r"|sq)\b|\s*(?:°|[€$£])"
)
_SPEECH = re.compile(
    r"(?:['’]s)?\s+(?:said|says|told|tells|resigned|resigns|announced|announces|became|becomes|was|is|has|had|did"
    r"|does|will|would|could|can|quit|quits|claimed|warned|argued|met|meets|wrote|spoke|refused|signed|lost|won|be"
    r"|have|not|and\s+[A-Z]\w+|[A-Z]\w+)\b"
)


@dataclass(frozen=True, slots=True)
class Speaking:
    """When something is said, and whether it speaks of what is to come."""

    now: dt.datetime
    future: bool
    day_first: bool

    @property
    def today(self) -> dt.datetime:
        """The beginning of its day."""
        return start_of(self.now, Grain.DAY)


Found = tuple[dt.datetime, dt.datetime, Grain, bool, bool]  # since, until, grain, relative, year_given
Reader = Callable[[re.Match[str], Speaking], Found | None]


def _month_number(word: str) -> int:
    return MONTHS[word.lower().rstrip(".")]


def _season_of(name: str, year: int) -> tuple[dt.datetime, dt.datetime, Grain]:
    since = dt.datetime(year, SEASONS[name.lower()], 1, tzinfo=dt.UTC)
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


def _day_in(month: int, day: int, speaking: Speaking, name: str) -> dt.datetime:
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
    raise NoSuchDay(f"there is no {name} in any year")


def _one_day(day: str, month: str, year: str | None, speaking: Speaking) -> dt.datetime:
    number = int(re.sub(r"\D", "", day))
    name = f"{number} {month}" + (f" {year}" if year else "")
    if not year:
        return _day_in(_month_number(month), number, speaking, name)
    found = absolute_date(f"{number} {month} {year}", speaking.day_first)
    if found is None:
        raise NoSuchDay(f"there is no {name} in the calendar")
    return midnight(found)


def read_day_month(m: re.Match[str], speaking: Speaking) -> Found | None:
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
            raise NoSuchDay(f"{m['day']}–{m['day2']} {month} ends before it starts")
        return first, last + dt.timedelta(days=1), Grain.SPAN, False, year is not None
    return first, first + dt.timedelta(days=1), Grain.DAY, False, year is not None


def read_numeric(m: re.Match[str], speaking: Speaking) -> Found | None:
    """2025-02-18 · 2025/02/18 · 18.2.2025 · 02/18/2025; where both orders are possible the setting decides."""
    if m["iso"]:
        text = re.sub(r"[/.]", "-", m["iso"])
        try:
            day = dt.date.fromisoformat(text)
        except ValueError:
            raise NoSuchDay(f"there is no {m['iso']} in the calendar") from None
    else:
        found = absolute_date(m["numeric"], speaking.day_first or "." in m["numeric"])
        if found is None:
            raise NoSuchDay(f"there is no {m['numeric']} in the calendar")
        day = found
    since = midnight(day)
    return since, since + dt.timedelta(days=1), Grain.DAY, False, True


def read_iso_month(m: re.Match[str], speaking: Speaking) -> Found | None:
    """2025-02."""
    del speaking
    return *calendar_unit(Grain.MONTH, dt.datetime(int(m["y"]), int(m["m"]), 1, tzinfo=dt.UTC)), False, True


def read_month_year(m: re.Match[str], speaking: Speaking) -> Found | None:
    """March 2024 · late March 2024 · the end of March 2024."""
    del speaking
    since = dt.datetime(int(m["year"]), _month_number(m["month"]), 1, tzinfo=dt.UTC)
    return *_part_of(m["part"], *calendar_unit(Grain.MONTH, since)), False, True


def read_bare_month(m: re.Match[str], speaking: Speaking) -> Found | None:
    """In March · since early May · last June: only behind a word of time, never before a verb or another name."""
    month = m["month"]
    which = (m["which"] or "").lower()
    if month[0].islower() and month.lower() in {"may", "march", "mar", "august"} and not (which or m["part"]):
        return None
    if _SPEECH.match(m.string, m.end()) and month.lower() in {"may", "april", "june", "august", "march", "jan"}:
        return None
    number = _month_number(month)
    this = dt.datetime(speaking.now.year, number, 1, tzinfo=dt.UTC)
    current = start_of(speaking.now, Grain.MONTH)
    if which in {"last", "past"}:
        since = this if this < current else add_months(this, -12)
    elif which in {"next", "coming"} or (speaking.future and not which):
        since = this if (this > current or (this == current and not which)) else add_months(this, 12)
    elif which == "this":
        since = this
    else:
        since = this if this <= current else add_months(this, -12)
    return *_part_of(m["part"], *calendar_unit(Grain.MONTH, since)), bool(which), False


def read_month_of(m: re.Match[str], speaking: Speaking) -> Found | None:
    """August last year · 3 May this year."""
    year = speaking.now.year + {"last": -1, "this": 0, "next": 1}[m["near"].lower()]
    if m["day"]:
        day = _one_day(m["day"], m["month"], str(year), speaking)
        return day, day + dt.timedelta(days=1), Grain.DAY, True, False
    since = dt.datetime(year, _month_number(m["month"]), 1, tzinfo=dt.UTC)
    return *_part_of(m["part"], *calendar_unit(Grain.MONTH, since)), True, False


def read_months(m: re.Match[str], speaking: Speaking) -> Found | None:
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


def read_quarter(m: re.Match[str], speaking: Speaking) -> Found | None:
    """Q2 2024 · 2024 Q2 · the second quarter of 2024 · H1 2024 · in Q2."""
    number = int(m["q"] or m["q2"] or 0) or ORDINALS[(m["word"] or "first").lower()]
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


def read_season(m: re.Match[str], speaking: Speaking) -> Found | None:
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
        raise NoSuchDay("the date is too far away")
    return *_part_of(m["part"], *chosen[0]), bool(which), False


def read_year(m: re.Match[str], speaking: Speaking) -> Found | None:
    """In 2023 · early 2024 · the end of 2023 · the year 2020 · 2023's."""
    del speaking
    if _COUNTED.match(m.string, m.end("year")):
        return None
    since = dt.datetime(int(m["year"]), 1, 1, tzinfo=dt.UTC)
    return *_part_of(m["part"], *calendar_unit(Grain.YEAR, since)), False, True


def read_years(m: re.Match[str], speaking: Speaking) -> Found | None:
    """In 2023–24 · 2019-2021 · 2023/24."""
    del speaking
    first = int(m["first"])
    last = int(m["last"]) if len(m["last"]) == 4 else first // 100 * 100 + int(m["last"])
    if last <= first:
        if len(m["last"]) == 4:
            raise NoSuchDay(f"{m['first']}–{m['last']} ends before it starts")
        return None
    since = dt.datetime(first, 1, 1, tzinfo=dt.UTC)
    return since, dt.datetime(last + 1, 1, 1, tzinfo=dt.UTC), Grain.SPAN, False, True


def read_decade(m: re.Match[str], speaking: Speaking) -> Found | None:
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


def read_near_day(m: re.Match[str], speaking: Speaking) -> Found | None:
    """Yesterday · last night · this morning · tomorrow."""
    since = moved(speaking.today, Grain.DAY, _NEAR_DAYS[re.sub(r"\s+", " ", m[0].lower())])
    return since, moved(since, Grain.DAY, 1), Grain.DAY, True, False


def read_near_unit(m: re.Match[str], speaking: Speaking) -> Found | None:
    """Last week · this year · earlier this month · the end of last year · so far this year · over the weekend."""
    which, unit, part = m["which"].lower(), m["unit"].lower(), (m["part"] or "").lower()
    if unit == "weekend":
        return *weekend(which, speaking), True, False
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


def weekend(which: str, speaking: Speaking) -> tuple[dt.datetime, dt.datetime, Grain]:
    saturday = start_of(speaking.today, Grain.WEEK) + dt.timedelta(days=5)
    if which in {"next", "coming"}:
        saturday = moved(saturday, Grain.WEEK, 1 if which == "next" else 0)
    elif which in {"last", "past"} or (which == "the" and saturday > speaking.today and not speaking.future):
        saturday = moved(saturday, Grain.WEEK, -1)
    return saturday, saturday + dt.timedelta(days=2), Grain.SPAN


def read_rolling(m: re.Match[str], speaking: Speaking) -> Found | None:
    """In the past 48 hours · over the last three years · the past decade · the next two weeks."""
    amount = _span_of(m["count"], m["unit"], speaking, backward=m["which"].lower() not in {"next", "coming"})
    low, high = sorted((amount, speaking.now))
    return low, high, Grain.MOMENT, True, False


def _span_of(count: str | None, unit: str, speaking: Speaking, *, backward: bool) -> dt.datetime:
    number = _count(count)
    sign = -1 if backward else 1
    kind = unit.lower().rstrip("s")
    if kind == "hour":
        return speaking.now + dt.timedelta(hours=sign * number)
    if kind == "fortnight":
        return moved(speaking.now, Grain.WEEK, sign * 2 * number)
    return moved(speaking.now, Grain("century" if kind.startswith("centur") else kind), sign * number)


def _count(word: str | None) -> int:
    if not word:
        return 1
    word = re.sub(r"\s+", " ", word.lower())
    return int(word) if word.isdecimal() else NUMBERS.get(word) or VAGUE[word]


def read_ago(m: re.Match[str], speaking: Speaking) -> Found | None:
    """Two days ago · a decade ago · a few weeks ago."""
    word = re.sub(r"\s+", " ", m["count"].lower())
    kind = m["unit"].lower().rstrip("s")
    there = _span_of(m["count"], m["unit"], speaking, backward=True)
    if word in VAGUE or m["more"]:
        # "A few weeks ago", "more than a year ago": nothing sharper than the reach can be said.
        if m["more"] and word not in VAGUE:
            return there - (speaking.now - there) / 2, there, Grain.MOMENT, True, False
        return there, speaking.now, Grain.MOMENT, True, False
    grain = Grain.DAY if kind in {"hour", "day"} else Grain.WEEK if kind in {"week", "fortnight"} else Grain.MONTH
    if kind in {"year", "decade", "century", "centurie"} or kind.startswith("centur"):
        grain = Grain.YEAR
    if kind == "quarter":
        grain = Grain.QUARTER
    return *calendar_unit(grain, there), True, False


def read_hence(m: re.Match[str], speaking: Speaking) -> Found | None:
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


def read_weekday(m: re.Match[str], speaking: Speaking) -> Found | None:
    """On Tuesday · last Tuesday · next Monday. A bare one may be today; "last" and "next" may not."""
    which = (m["which"] or "").lower()
    before = m.string[max(0, m.start() - 20) : m.start()].lower()
    if _OTHER_DAY.search(before) or (not which and before.endswith("on the ")):
        return None
    distance = (WEEKDAYS[m["weekday"].lower()] - speaking.today.weekday()) % 7  # days ahead
    if which in {"last", "past"}:
        days = distance - 7
    elif which in {"next", "coming"}:
        days = distance or 7
    elif which == "this":
        days = WEEKDAYS[m["weekday"].lower()] - speaking.today.weekday()
    else:
        days = distance if speaking.future else (distance - 7 if distance else 0)
    since = moved(speaking.today, Grain.DAY, days)
    return since, since + dt.timedelta(days=1), Grain.DAY, True, False


def read_weekday_of(m: re.Match[str], speaking: Speaking) -> Found | None:
    """Monday of last week."""
    count = {"last": -1, "this": 0, "next": 1}[m["which"].lower()]
    monday, _, _ = calendar_unit(Grain.WEEK, speaking.today, count)
    since = monday + dt.timedelta(days=WEEKDAYS[m["weekday"].lower()])
    return since, since + dt.timedelta(days=1), Grain.DAY, True, False
