"""The words of which English makes dates, and patterns for them."""

from __future__ import annotations

import re

MONTHS = {
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
WEEKDAYS = {
    name: number
    for number, name in enumerate(("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"))
}
SEASONS = {"spring": 3, "summer": 6, "autumn": 9, "fall": 9, "winter": 12}  # first month
NUMBERS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "a couple of": 2, "a couple": 2, "couple of": 2, "couple": 2, "three": 3,
    "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8, "nine": 9, "ten": 10, "eleven": 11, "twelve": 12,
    "thirteen": 13, "fourteen": 14, "fifteen": 15, "twenty": 20, "twenty-four": 24, "twenty-five": 25, "thirty": 30,
    "forty": 40, "forty-eight": 48, "fifty": 50, "sixty": 60, "seventy-two": 72, "ninety": 90, "hundred": 100,
    "a hundred": 100,
}  # fmt: skip
# Vague counts: no single day can be named, so the whole reach is meant.
VAGUE = {"a few": 7, "few": 7, "several": 9}
ORDINALS = {"first": 1, "1st": 1, "second": 2, "2nd": 2, "third": 3, "3rd": 3, "fourth": 4, "4th": 4, "final": 4}

MONTH = (
    r"(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|Mar(?:ch|\.)?|Apr(?:il|\.)?|May|June?|July?|Aug(?:ust|\.)?|"
    r"Sept?(?:ember|\.)?|Oct(?:ober|\.)?|Nov(?:ember|\.)?|Dec(?:ember|\.)?)(?![A-Za-z])"
)
DAY = r"(?:0?[1-9]|[12]\d|3\d)(?:st|nd|rd|th)?(?!\d|[.,:]\d|%)"
YEAR = r"(?:1\d\d\d|20\d\d)(?![\d%]|[.,]\d|-\d)"
WEEKDAY = r"(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day"
SHORT_WEEKDAY = rf"(?:{WEEKDAY}|Mon|Tues?|Wed|Thurs?|Fri|Sat|Sun)\.?"
SEASON = r"(?:spring|summer|autumn|fall|winter)"
COUNT = (
    r"(?:\d{1,4}|a few|few|several|"
    + "|".join(re.escape(word) for word in sorted(NUMBERS, key=len, reverse=True))
    + r")"
)
UNIT = r"(?:hour|day|week|fortnight|month|quarter|year|decade|centur(?:y|ie))s?"
DASH = r"\s*(?:-|–|—|to|until|till|through)\s*"
PART = (
    r"(?:(?:very\s+)?(?:early|mid|late)(?:\s+|-)(?:in\s+)?|(?:the\s+)?(?:start|beginning|middle|"
    r"end)\s+of\s+(?:the\s+)?|(?:the\s+)?(?:first|second)\s+half\s+of\s+)"
)
