"""Dates: every day, month and year of the sentence is one that its lines name or that follows from their article."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterable, Sequence
from dataclasses import replace

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.dates.calendar import Grain
from rag.dates.find import DateSpan, Impossible, find_dates
from rag.normal import is_english

# Without a date of publication, relative dates are compared among themselves, from any fixed day.
_NO_DATE = dt.datetime(2000, 1, 5, 12, tzinfo=dt.UTC)
_YEAR = re.compile(r"(?<![\w.,$€£-])(?:1[5-9]\d\d|20\d\d)(?![\w%]|[.,]\d|-\d)")
_SIDE = re.compile(
    r"\b(?:(?P<after>after|following|(?<!no )later than)|(?P<before>before|prior to|ahead of))\s+"
    r"(?:the\s+)?(?:early\s+|late\s+|(?:end|start|night|morning|evening|afternoon|day)\s+of\s+)?$",
    re.IGNORECASE,
)


class Dates:
    """Dates agree, in any of their forms: "on Tuesday" in an article of Wednesday 19 February is 18 February."""

    name = "dates"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for each date of the sentence that its lines do not bear out."""
        if not is_english(claim.lines):
            return []
        now = _now(claim)
        said = find_dates(claim.sentence, now)
        years = _years(claim.sentence, [(one.start, one.end) for one in said])
        if not said and not years and not _WEEKDAY.search(claim.sentence):
            return []
        lines = [span for text in claim.lines for span in _spans(text, now)]
        context = [span for text in claim.context for span in _spans(text, now)]
        findings = []
        for one in said:
            phrase = claim.sentence[one.start : one.end]
            if isinstance(one, Impossible):
                findings.append(Finding(self.name, Support.UNSUPPORTED, one.why, (one.start, one.end)))
                continue
            if verdict := self._one(claim, one, phrase, lines, context):
                findings.append(Finding(self.name, *verdict, (one.start, one.end)))
        findings += self._years(claim, years, lines, context)
        findings += self._weekdays(claim, said, lines)
        return findings

    def _one(
        self,
        claim: Claim,
        one: DateSpan,
        phrase: str,
        lines: Sequence[tuple[DateSpan, str, str]],
        context: Sequence[tuple[DateSpan, str, str]],
    ) -> tuple[Support, str] | None:
        """Why a date is not borne out, or None."""
        if any(phrase.casefold() == said.casefold() for _, said, _ in lines):
            same = [(span, side) for span, said, side in lines if said.casefold() == phrase.casefold()]
        else:
            same = [
                (span, side) for span, said, side in lines if _agrees(one, span) or _alike(one, phrase, span, said)
            ]
        if same:
            side = _side(claim.sentence, one.start) if not one.relative else "at"
            if re.match(r",?\s+[a-z]", claim.sentence[one.end :]) and side != "at":
                return None  # "after the January 6 attack": the date is part of the event's name
            sides = {their for _, their in same}
            if side != "at" and "at" in sides and not sides & {side} and side in {"before", "after"}:
                return Support.UNSUPPORTED, f"the lines say {phrase}, not {side} it"
            if side == "at" and "at" not in sides:
                return Support.PARTIAL, f"the lines say {'/'.join(sorted(sides))} {phrase}"
            return None
        if one.relative and claim.published_at is None:
            return Support.PARTIAL, f"“{phrase}” cannot be checked: the article has no date"
        if claim.published_at is not None and one.since <= claim.published_at.moment < one.until:
            if one.grain in {Grain.YEAR, Grain.MONTH, Grain.DECADE, Grain.CENTURY, Grain.QUARTER, Grain.SEASON}:
                return None  # the article itself was published then
            if one.grain is Grain.DAY and not lines:
                return Support.PARTIAL, f"{phrase} is when the article was published; the lines give no date"
        if any(_agrees(one, span) for span, _, _ in context):
            return Support.PARTIAL, f"{phrase} stands only beside the cited lines"
        if one.grain is Grain.MOMENT:
            return None  # "in the past week": no day is claimed
        mine = [other for other in find_dates(claim.sentence, _now(claim)) if isinstance(other, DateSpan)]
        free = [
            said
            for span, said, _ in lines
            if span.grain is one.grain and not any(_agrees(other, span) for other in mine)
        ]
        if free:  # it stands in the place of another date
            return Support.UNSUPPORTED, f"{phrase} is not in the lines, which say {', '.join(dict.fromkeys(free))}"
        return Support.PARTIAL, f"{phrase} is not in the lines"

    def _years(
        self,
        claim: Claim,
        years: Iterable[tuple[int, int, str]],
        lines: Sequence[tuple[DateSpan, str, str]],
        context: Sequence[tuple[DateSpan, str, str]],
    ) -> list[Finding]:
        """Years that are part of a noun, as in "the 2022 invasion"."""
        findings = []
        for start, end, year in years:
            if any(year in text for text in claim.lines):
                continue
            if any(span.since.year == int(year) and (span.until - span.since).days <= 366 for span, _, _ in lines):
                continue
            if claim.published_at is not None and claim.published_at.moment.year == int(year):
                continue
            beside = any(year in text for text in claim.context) or any(
                span.since.year == int(year) and (span.until - span.since).days <= 366 for span, _, _ in context
            )
            if beside:
                findings.append(
                    Finding(self.name, Support.PARTIAL, f"{year} stands only beside the cited lines", (start, end))
                )
            else:
                rivals = [
                    other for text in claim.lines for _, _, other in _years(text, ()) if other not in claim.sentence
                ]
                verdict = Support.UNSUPPORTED if rivals else Support.PARTIAL
                findings.append(Finding(self.name, verdict, f"{year} is not in the lines", (start, end)))
        return findings

    def _weekdays(
        self, claim: Claim, said: Sequence[DateSpan | Impossible], lines: Sequence[tuple[DateSpan, str, str]]
    ) -> list[Finding]:
        """A weekday that names no date ("on a Thursday") is one the lines name."""
        findings = []
        for m in _WEEKDAY.finditer(claim.sentence):
            day = m[0].lower()
            told = any(isinstance(one, DateSpan) and one.start <= m.start() < one.end for one in said)
            if told or any(day in text.lower() for text in claim.lines):
                continue
            theirs = {f"{span.since:%A}".lower() for span, _, _ in lines if span.grain is Grain.DAY}
            if theirs and day not in theirs:
                why = f"{m[0]} is not in the lines, which say {', '.join(sorted(theirs)).title()}"
                findings.append(Finding(self.name, Support.UNSUPPORTED, why, m.span()))
        return findings


_WEEKDAY = re.compile(r"\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b")


_AHEAD = re.compile(r"\b(?:until|till|by|from|due|next|will|to)\b[^.,;]*$", re.IGNORECASE)


def _now(claim: Claim) -> dt.datetime:
    return claim.published_at.moment if claim.published_at else _NO_DATE


def _spans(text: str, now: dt.datetime) -> list[tuple[DateSpan, str, str]]:
    """Dates of a line: the span, how it is written, and on which side of it the line speaks."""
    spans: list[tuple[DateSpan, str, str]] = []
    for one in find_dates(text, now):
        if not isinstance(one, DateSpan):
            continue
        phrase = text[one.start : one.end]
        spans.append((one, phrase, _side(text, one.start)))
        # "Adjourned until Monday" looks ahead; the nearest Monday may be the one before.
        if one.relative and _WEEKDAY.search(phrase) and _AHEAD.search(text, max(0, one.start - 30), one.start):
            week = dt.timedelta(days=7)
            spans.append((replace(one, since=one.since + week, until=one.until + week), phrase, "at"))
    return spans


def _side(text: str, start: int) -> str:
    m = _SIDE.search(text, max(0, start - 30), start)
    return "at" if m is None else "after" if m["after"] else "before"


def _agrees(one: DateSpan, other: DateSpan) -> bool:
    """The same span, or a coarser one that holds it: who says February says nothing wrong of the 18th."""
    if one.grain is Grain.MOMENT:
        return other.since < one.until and one.since < other.until
    end = one.until.replace(hour=0, minute=0, second=0, microsecond=0)
    end = one.until if end == one.until else end + dt.timedelta(days=1)
    return one.since <= other.since and other.until <= end


def _alike(one: DateSpan, phrase: str, other: DateSpan, said: str) -> bool:
    """The same day of the year where the sentence gives no year, and the same weekday where it says only that."""
    if one.grain is not other.grain:
        return False
    if not one.year_given and not one.relative and one.grain in {Grain.DAY, Grain.MONTH}:
        return (one.since.month, one.since.day) == (other.since.month, other.since.day)
    mine, theirs = _WEEKDAY.search(phrase), _WEEKDAY.search(said)
    plain = not re.search(r"\b(?:last|next)\b", f"{phrase} {said}", re.IGNORECASE)
    return bool(mine and theirs and mine[0].lower() == theirs[0].lower() and plain)


def _years(text: str, dates: Sequence[tuple[int, int]]) -> list[tuple[int, int, str]]:
    return [
        (m.start(), m.end(), m[0])
        for m in _YEAR.finditer(text)
        if not any(low < m.end() and m.start() < high for low, high in dates)
    ]
