"""The dates that sentences leave out: "on Tuesday" becomes "on Tuesday [18 February 2025]", marked as worked out."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.article import NewsDate
from rag.dates.calendar import Grain
from rag.lines import EvidenceLine
from rag.when import WorkedOutDate, resolve_relative


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


def phrase_of(short: str, line: EvidenceLine) -> str:
    """The other way about: of a date that was worked out the word that it stands behind in a line, "Friday".

    One that stands behind no such word, or in the line itself, stays as it is.
    """
    behind = re.search(rf"(?P<phrase>\w+)(?:['’]s)? \[{re.escape(short)}\]", with_dates(line.text, [line]))
    bare = behind is not None and short not in line.text and _BARE.fullmatch(behind["phrase"])
    return behind["phrase"] if behind is not None and bare else short


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
