"""The forms that dates have, each a pattern with its reader."""

from __future__ import annotations

import re

from rag.dates.readers import (
    Reader,
    read_ago,
    read_bare_month,
    read_day_month,
    read_decade,
    read_hence,
    read_iso_month,
    read_month_of,
    read_month_year,
    read_months,
    read_near_day,
    read_near_unit,
    read_numeric,
    read_quarter,
    read_rolling,
    read_season,
    read_weekday,
    read_weekday_of,
    read_year,
    read_years,
    weekend,
)
from rag.dates.words import COUNT, DASH, DAY, MONTH, PART, SEASON, SHORT_WEEKDAY, UNIT, WEEKDAY, YEAR

_TIME_WORDS = (
    r"(?:in|since|before|after|by|until|till|from|during|throughout|of|between|through|to|around|about|circa|and|"
    r"over|following|mid|early|late|prior to|back in|as of|dated?)"
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
READERS: tuple[tuple[re.Pattern[str], Reader, re.Pattern[str] | None], ...] = tuple(
    (re.compile(pattern, re.IGNORECASE), reader, _needs(pattern))
    for pattern, reader in (
        (
            r"(?<![\w./-])(?:(?P<iso>(?:1\d|20)\d\d-\d\d-\d\d|(?:1\d|20)\d\d/\d\d/\d\d)|"
            r"(?P<numeric>\d{1,2}([./])\d{1,2}\3(?:1\d|20)\d\d))(?![\w/-]|\.\d)",
            read_numeric,
        ),
        (
            rf"(?P<lead>(?:\b(?:on|since|before|after|by|until|till|from|of|dated?|the)\s+)?(?:the\s+)?)"
            rf"(?P<d>(?:\b{SHORT_WEEKDAY},?\s+)?(?:\bthe\s+)?(?<![\w.,:$€£/-])(?P<day>{DAY})"
            rf"(?:(?:{DASH}|\s+and\s+)(?P<day2>{DAY}))?"
            rf"(?:\s+|-)(?:of\s+)?(?P<month>{MONTH})(?:,?\s+(?P<year>{YEAR}))?)",
            read_day_month,
        ),
        (
            rf"(?P<lead>(?:\b(?:on|since|before|after|by|until|till|from|of|dated?)\s+)?)"
            rf"(?P<d>(?:\b{SHORT_WEEKDAY},?\s+)?\b(?P<month>{MONTH})\s+(?:the\s+)?(?P<day>{DAY})"
            rf"(?:{DASH}(?P<day2>{DAY})(?!\s*{MONTH}))?(?:,?\s+(?P<year>{YEAR}))?)",
            read_day_month,
        ),
        (
            r"(?:\b(?:in|since|before|after|by|until|from|to|of)\s+)(?P<d>(?P<y>(?:19|20)\d\d)-(?P<m>0[1-9]|"
            r"1[0-2]))(?![\w-])",
            read_iso_month,
        ),
        (rf"(?P<d>(?P<part>\b{PART})?\b(?P<month>{MONTH}),?\s+(?:of\s+)?(?P<year>{YEAR}))", read_month_year),
        (
            rf"\b{_TIME_WORDS}(?:\s+|-)(?P<d>(?P<part>{PART})?(?:{_WHICH}\s+)?(?P<month>{MONTH}))(?!\s+\d|-)",
            read_bare_month,
        ),
        (
            rf"\b(?P<d>(?P<part>{PART})?(?:(?P<day>{DAY})\s+(?:of\s+)?)?(?P<month>{MONTH}),?\s+(?:of\s+)?"
            r"(?P<near>last|this|next)\s+year)\b",
            read_month_of,
        ),
        (rf"\b(?P<d>(?P<part>{PART})?{_WHICH}\s+(?P<month>{MONTH}))(?!\s+\d|-)", read_bare_month),
        (rf"(?P<d>(?P<part>\b{PART})(?P<which>)(?P<month>{MONTH}))(?!\s+\d|-)", read_bare_month),
        (
            rf"\b(?:from|between)\s+(?P<d>(?P<first>{MONTH})(?:{DASH}|\s+and\s+)(?P<last>{MONTH})"
            rf"(?:,?\s+(?P<year>{YEAR}))?)",
            read_months,
        ),
        (rf"\b(?P<d>(?P<first>{MONTH}){DASH}(?P<last>{MONTH}),?\s+(?P<year>{YEAR}))", read_months),
        (
            rf"\b(?P<d>(?:(?P<half>[QH])(?P<q>[1-4])(?:\s+of)?(?:,?\s+(?P<year>{YEAR}))|"
            rf"(?P<year1>{YEAR})\s+Q(?P<q2>[1-4])|"
            rf"(?:the\s+)?(?P<word>first|second|third|fourth|final|1st|2nd|3rd|"
            rf"4th)\s+quarter\s+(?:of\s+)?(?P<year2>{YEAR})))\b",
            lambda m, s: read_quarter(_Alias(m), s),  # type: ignore[arg-type]
        ),
        (
            r"\b(?:in|since|during|for|until|"
            r"by)\s+(?P<d>(?P<half>[Q])(?P<q>[1-4]))\b(?P<q2>)(?P<word>)(?P<year>)(?P<year1>)",
            read_quarter,
        ),
        (
            rf"(?P<d>(?P<part>\b{PART})?(?P<which>)\b(?P<season>{SEASON})(?:\s+of)?,?\s+(?P<year>(?:1\d|20)\d\d"
            rf"(?:[-–/]\d\d(?:\d\d)?)?)(?![\d%]))",
            read_season,
        ),
        (rf"\b(?P<d>(?P<part>{PART})?{_WHICH}\s+(?P<season>{SEASON}))\b(?P<year>)", read_season),
        (
            r"\b(?:in|during|since|over|before|after|until|by)\s+(?P<d>(?P<part>(?:early|mid|"
            r"late)[ -])?(?:the\s+)(?P<which>)"
            rf"(?P<season>{SEASON}))\b(?!\s+(?:of\s+[A-Z]|and|or|night|season|months?|sky|term))(?P<year>)",
            read_season,
        ),
        (
            rf"(?<!the )\b(?:{_TIME_WORDS}|as early as|no later than|at|compared with|than|versus|vs)\s+"
            rf"(?P<d>(?P<part>{PART})?(?:the\s+year\s+)?(?<!of the )(?P<year>{YEAR}))(?!\w)",
            read_year,
        ),
        (rf"(?P<d>(?P<part>\b{PART})(?<!the )(?P<year>{YEAR}))(?!\w)", read_year),
        (rf"\b(?P<d>(?:the\s+)?(?P<part>)year\s+(?P<year>{YEAR}))(?!\w)", read_year),
        (rf"(?<![\w-])(?P<d>(?P<part>)(?P<year>{YEAR}))(?=['’]s\b)", read_year),
        (
            r"\b(?:in|from|during|between|over|for|of|since)\s+(?P<d>(?P<first>(?:1\d|"
            r"20)\d\d)\s*[-–—/]\s*(?P<last>\d\d(?:\d\d)?))(?![\d/-])",
            read_years,
        ),
        (
            rf"\b(?:in|since|during|from|before|after|of|until|by|throughout)\s+(?P<d>(?P<part>{PART})?(?:the\s+)?"
            r"(?:(?P<part2>early|mid|late)[ -])?(?:(?P<decade>(?:1\d|20)\d0)['’]?s|(?P<century>\d{1,2})(?:st|nd|"
            r"rd|th)\s+century))\b",
            read_decade,
        ),
        (
            r"\b(?:(?:the\s+)?day\s+before\s+yesterday|yesterday|last\s+night|(?:earlier\s+|later\s+)?today|tonight|"
            r"this\s+(?:morning|afternoon|evening)|(?:the\s+day\s+after\s+)?tomorrow)\b",
            read_near_day,
        ),
        (
            r"\b(?P<d>(?P<part>(?:earlier|later|so\s+far|early|mid|late)\s+(?:in\s+)?|(?:the\s+)?(?:start|"
            r"beginning|middle|end)\s+of\s+|"
            r"(?:the\s+)?(?:first|second)\s+half\s+of\s+)?(?P<which>last|past|this|current|next|coming|the)\s+"
            r"(?P<unit>week|month|quarter|year|decade|century))\b(?!-|\s+(?:ago|old|earlier|before|later|after|"
            r"of)\b)",
            lambda m, s: None if _is_rolling(m) else read_near_unit(m, s),
        ),
        (
            r"\b(?P<d>(?P<part>)(?P<which>last|past|this|next|coming)\s+(?P<unit>weekend)|"
            r"(?<=over )(?P<d2>the\s+weekend)|(?<=at )(?P<d3>the\s+weekend)|(?<=during )(?P<d4>the\s+weekend)|"
            r"(?<=since )(?P<d5>the\s+weekend))\b",
            lambda m, s: (*weekend((m["which"] or "the").lower(), s), True, False),
        ),
        (
            rf"\b(?P<d>(?:the\s+)?(?P<which>last|past|next|coming)\s+(?P<count>{COUNT})\s+(?P<unit>{UNIT}))\b(?!-)",
            read_rolling,
        ),
        (
            r"\b(?P<d>(?:(?<=in )|(?<=over )|(?<=during )|(?<=within )|(?<=for )|"
            r"(?<=throughout ))the\s+(?P<which>last|past)\s+(?P<count>)"
            r"(?P<unit>hour|day|week|fortnight|month|quarter|year|decade|century))\b",
            read_rolling,
        ),
        (
            rf"\b(?P<d>(?P<more>(?:more\s+than|over|at\s+least)\s+)?(?:(?:about|around|almost|nearly|just|some)\s+)?"
            rf"(?P<count>{COUNT})\s+(?P<unit>{UNIT})\s+ago)\b",
            read_ago,
        ),
        (rf"\b(?P<d>in\s+(?P<count>{COUNT})\s+(?P<unit>{UNIT}))\b(?!\s+of\b|['’-])", read_hence),
        (
            rf"\b(?P<d>(?P<weekday>{WEEKDAY})\s+(?:of\s+)?(?P<which>last|this|next)\s+week)\b",
            read_weekday_of,
        ),
        (
            rf"\b(?P<d>(?:{_WHICH}\s+)?(?P<weekday>{WEEKDAY}))\b(?!s\b)",
            read_weekday,
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
