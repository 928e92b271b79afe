"""The quantities of a text in a form in which two texts can be compared, each with its place.

"Twelve hundred", "1,200" and "1.2 thousand" are one value; "over four hours" and "four hours" are not one quantity.
English number words; digits, percent signs and currency signs in any language. Offsets are 0-based, end exclusive.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from rag.normal import STOP, Word, listed, words
from rag.number_words import FRACTIONS, ONE_IN, ONES, TENS, Number, read_number


class Bound(StrEnum):
    """How a quantity is bounded."""

    EXACT = "exactly"
    ABOUT = "about"
    OVER = "over"
    AT_LEAST = "at least"
    UNDER = "under"
    ALMOST = "almost"
    AT_MOST = "at most"


@dataclass(frozen=True, slots=True)
class Quantity:
    """A number with its bound and unit as one place of a text states them."""

    value: float
    start: int
    end: int
    bound: Bound = Bound.EXACT
    dimension: str | None = None  # "time", "length", "percent", "money:usd" …; None: a count of `noun`
    factor: float = 1.0  # of the unit, to the dimension's base
    noun: str | None = None  # stem of what is counted, where one follows
    near: frozenset[str] = frozenset()  # stems around it in its own part of the sentence
    ordinal: bool = False
    high: float | None = None  # "dozens", "hundreds": the value is a reach, up to this
    is_year: bool = False  # four bare digits that may be a year

    @property
    def base(self) -> float:
        """The value in the dimension's base unit."""
        return self.value * self.factor


# unit word → (dimension, factor to its base)
_UNITS: dict[str, tuple[str, float]] = {
    **dict.fromkeys(("percent", "pct"), ("percent", 1.0)),
    **dict.fromkeys(("second", "seconds", "sec", "secs"), ("time", 1.0)),
    **dict.fromkeys(("minute", "minutes", "min", "mins"), ("time", 60.0)),
    **dict.fromkeys(("hour", "hours", "hr", "hrs"), ("time", 3_600.0)),
    **dict.fromkeys(("day", "days"), ("time", 86_400.0)),
    **dict.fromkeys(("week", "weeks"), ("time", 604_800.0)),
    **dict.fromkeys(("fortnight", "fortnights"), ("time", 1_209_600.0)),
    **dict.fromkeys(("month", "months"), ("months", 1.0)),
    **dict.fromkeys(("year", "years", "yr", "yrs"), ("months", 12.0)),
    **dict.fromkeys(("decade", "decades"), ("months", 120.0)),
    **dict.fromkeys(("century", "centuries"), ("months", 1200.0)),
    **dict.fromkeys(("km", "kilometre", "kilometres", "kilometer", "kilometers"), ("length", 1_000.0)),
    **dict.fromkeys(("metre", "metres", "meter", "meters"), ("length", 1.0)),
    **dict.fromkeys(("cm", "centimetre", "centimetres", "centimeter", "centimeters"), ("length", 0.01)),
    **dict.fromkeys(("mm", "millimetre", "millimetres", "millimeter", "millimeters"), ("length", 0.001)),
    **dict.fromkeys(("mile", "miles"), ("length", 1_609.344)),
    **dict.fromkeys(("foot", "feet", "ft"), ("length", 0.3048)),
    **dict.fromkeys(("inch", "inches"), ("length", 0.0254)),
    **dict.fromkeys(("kg", "kilogram", "kilograms", "kilo", "kilos"), ("mass", 1.0)),
    **dict.fromkeys(("gram", "grams", "gramme", "grammes", "g"), ("mass", 0.001)),
    **dict.fromkeys(("litre", "litres", "liter", "liters"), ("volume", 1.0)),
    **dict.fromkeys(("pesos", "peso"), ("money:peso", 1.0)),
    **dict.fromkeys(("tonne", "tonnes", "ton", "tons"), ("mass", 1_000.0)),
    **dict.fromkeys(("mph",), ("speed", 1.609344)),
    **dict.fromkeys(("kph", "kmh"), ("speed", 1.0)),
    **dict.fromkeys(("dollar", "dollars"), ("money:usd", 1.0)),
    **dict.fromkeys(("cent", "cents"), ("money:usd", 0.01)),
    **dict.fromkeys(("euro", "euros"), ("money:eur", 1.0)),
    **dict.fromkeys(("yen",), ("money:jpy", 1.0)),
    **dict.fromkeys(("yuan", "renminbi"), ("money:cny", 1.0)),
    **dict.fromkeys(("rouble", "roubles", "ruble", "rubles"), ("money:rub", 1.0)),
    **dict.fromkeys(("rupee", "rupees"), ("money:inr", 1.0)),
    **dict.fromkeys(("hryvnia", "hryvnias"), ("money:uah", 1.0)),
    **dict.fromkeys(("franc", "francs"), ("money:chf", 1.0)),
    **dict.fromkeys(("peseta", "pesetas"), ("money:peseta", 1.0)),
    **dict.fromkeys(("crown", "crowns", "krona", "kronor", "kroner", "krone"), ("money:crown", 1.0)),
    **dict.fromkeys(("hectare", "hectares"), ("area", 10_000.0)),
    **dict.fromkeys(("acre", "acres"), ("area", 4_046.86)),
}

_SIGNS = {"$": "money:usd", "€": "money:eur", "£": "money:gbp", "¥": "money:jpy", "₹": "money:inr", "₴": "money:uah",
          "₽": "money:rub"}  # fmt: skip


# The words right before a number that bound it, longest first.
_BOUNDS: tuple[tuple[Bound, str], ...] = (
    (Bound.AT_MOST, r"no more than|not more than|up to|at most|as many as|as much as|a maximum of|maximum of"),
    (Bound.AT_LEAST, r"no fewer than|no less than|not less than|not fewer than|at least|a minimum of|minimum of"),
    (Bound.ALMOST, r"just under|just short of|just below|just shy of|nearly|almost|close to|approaching|shy of"),
    (
        Bound.OVER,
        r"more than|greater than|larger than|higher than|longer than|in excess of|upwards of|upward of|north of"
        r"|well over|just over|slightly over|over|above|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|topp(?:ed|ing)"
        r"|beyond|past the",
    ),
    (Bound.UNDER, r"less than|fewer than|lower than|under|below|short of|south of"),
    (Bound.ABOUT, r"about|around|roughly|approximately|some|circa|an estimated|estimated|approx|~|c\."),
)  # fmt: skip

_BEFORE = tuple(
    (
        bound,
        re.compile(
            rf"(?<![\w])(?:{body})\s+(?:a\s+|an\s+|the\s+(?:age\s+of\s+)?|of\s+)?(?:[$€£¥₹₴₽]|US\$)?\s*$",
            re.IGNORECASE,
        ),
    )
    for bound, body in _BOUNDS
)

_BEHIND: tuple[tuple[Bound, re.Pattern[str]], ...] = (
    (Bound.AT_LEAST, re.compile(r"\+|\s*(?:[a-z]+\s+){0,2}(?:or more|or over|and counting)\b", re.IGNORECASE)),
    (Bound.AT_MOST, re.compile(r"\s*(?:[a-z]+\s+){0,2}(?:or less|or fewer|or under)\b", re.IGNORECASE)),
    (Bound.ABOUT, re.compile(r"-?ish\b|\s*(?:[a-z]+\s+)?or so\b|-odd\b", re.IGNORECASE)),
)  # fmt: skip


def is_unit(word: Word) -> bool:
    """Whether a word is the unit of a number: "minutes", "percent"."""
    return word.lower in _UNITS or word.lower in {"percent", "cent", "per", "points", "point"}


def quantities(text: str, masked: Sequence[tuple[int, int]] = ()) -> list[Quantity]:
    """The quantities of a text, in order.

    Left out is what lies in `masked` spans (dates), and numbers that are part of a name: G20, Covid-19, Boeing 737.
    """
    found: list[Quantity] = []
    all_words = words(text)
    at = 0
    while at < len(all_words):
        word = all_words[at]
        if any(low < word.end and word.start < high for low, high in masked):
            at += 1
            continue
        read = read_number(text, all_words, at)
        if read is None:
            at += 1
            continue
        count = read.width
        last = all_words[at + count - 1]
        if not _names_something(text, all_words, at) and not any(
            low < last.end and word.start < high for low, high in masked
        ):
            found.append(_dressed(text, all_words, at, read))
            count += sum(one.start < found[-1].end for one in all_words[at + count : at + count + 4])
        at += count
    return found + _compounds(text, found)


def _compounds(text: str, found: Sequence[Quantity]) -> list[Quantity]:
    """Times told in two units: "five hours and fifteen minutes", besides the two themselves."""
    return [
        Quantity(one.base + other.base, one.start, other.end, one.bound, "time", near=one.near | other.near)
        for one, other in pairwise(found)
        if one.dimension == other.dimension == "time"
        and one.factor > other.factor
        and re.fullmatch(r"\s*(?:,|and)?\s*", text[one.end : other.start])
    ]


def _names_something(text: str, all_words: Sequence[Word], at: int) -> bool:
    """Whether the digits belong to a name: G20, Covid-19, Boeing 737, Flight 370, Article 5."""
    word = all_words[at]
    if word.start and text[word.start - 1].isalpha():
        return True
    if not word.text[0].isdecimal():
        return False
    before = text[max(0, word.start - 2) : word.start]
    if len(before) == 2 and before[1] == "-" and before[0].isalpha():
        return True
    if not at or text[all_words[at - 1].end : word.start] != " ":
        return False
    previous = all_words[at - 1]
    return previous.lower in _NUMBERED and previous.is_capital


# A capitalised one of these makes the number behind it part of its name.
_NUMBERED = frozenset(
    listed(
        """boeing airbus flight article section route highway interstate chapter page room level line covid catch area
        pier windows iphone galaxy formula league channel title class unit block sector gate terminal apollo
        artemis starship resolution proposition amendment rule phase stage tier group step act part volume
        episode season number no"""
    )
)

_RAISED = re.compile(
    r"\b(?:put|push|rais|rose|went|brought|bring|took|tak|go|mov|lift|climb)\w*\b[^.;,]*\bup to\s+\S{0,3}$",
    re.IGNORECASE,
)

_MULTIPLES = {"hundred": 100.0, "thousand": 1e3, "million": 1e6, "billion": 1e9, "dozen": 12.0}


def _dressed(text: str, all_words: Sequence[Word], first: int, read: Number) -> Quantity:
    """A number that begins at word `first`, with the bound before it, the unit and the noun behind it."""
    value, after = read.value, first + read.width
    start, end = all_words[first].start, all_words[after - 1].end
    head = text[max(0, start - 40) : start]
    bound = next((bound for bound, pattern in _BEFORE if pattern.search(head)), Bound.EXACT)
    if bound is Bound.AT_MOST and _RAISED.search(head):
        bound = Bound.EXACT  # "put the rate up to 3.5 percent"
    sign = next((dimension for mark, dimension in _SIGNS.items() if head.rstrip().endswith(mark)), None)
    dimension, factor, noun = sign, 1.0, None
    reach = after
    tail = text[end : end + 24]
    if m := re.match(r"\s*(?:%|per ?cent\b|percent\b|percentage points?\b)", tail):
        dimension = "percent" if "point" not in m[0] else "points"
        end += m.end()
        reach = next((i for i in range(after, len(all_words)) if all_words[i].start >= end), len(all_words))
    elif (
        sign is None
        and reach < len(all_words)
        and text[all_words[reach - 1].end : all_words[reach].start] in {" ", "-", "\u00a0", ""}
    ):
        unit = _UNITS.get(all_words[reach].lower)
        if all_words[reach].lower == "pounds":
            dimension, factor, end, reach = "pounds", 1.0, all_words[reach].end, reach + 1
        elif unit is not None and not read.ordinal:
            dimension, factor = unit
            end = all_words[reach].end
            reach += 1
    half = re.match(r"\s+an?\s+(\w+)", text[end:]) if all_words[after - 1].lower == "half" else None
    if half and half[1].lower() in _MULTIPLES:  # "half a million"
        return Quantity(value * _MULTIPLES[half[1].lower()], start, end + half.end(), bound)
    if half and half[1].lower() in _UNITS:  # "half a metre"
        dimension, factor = _UNITS[half[1].lower()]
        return Quantity(value, start, end + half.end(), bound, dimension, factor)
    share = ONE_IN.match(text, end) if 0 < value <= 20 and after - first == 1 else None
    if share:  # "one in five", "two out of three"
        whole = (
            float(share[1])
            if share[1].isdecimal()
            else float(ONES.get(share[1].lower()) or TENS.get(share[1].lower()) or 0)
        )
        if whole > value:
            return Quantity(
                100 * value / whole, start, share.end(), bound, "percent", near=_around(text, all_words, first, after)
            )
    if all_words[after - 1].lower in FRACTIONS and value < 1:
        dimension, value = "percent", value * 100
        bound = Bound.ABOUT if bound is Bound.EXACT and round(value) != value else bound
    if bound is Bound.EXACT:
        bound = next((kind for kind, pattern in _BEHIND if pattern.match(text, end)), Bound.EXACT)
    noun = _counted(text, all_words, reach)
    raw = all_words[first].text
    is_year = after - first == 1 and raw.isdecimal() and len(raw) == 4 and dimension is None and 1500 <= value <= 2099
    near = _around(text, all_words, first, reach)
    return Quantity(value, start, end, bound, dimension, factor, noun, near, read.ordinal, read.high, is_year)


def _around(text: str, all_words: Sequence[Word], first: int, after: int) -> frozenset[str]:
    """The content stems up to six words away, not beyond a comma, a full stop or another number."""
    found = set()
    for step, limit in ((1, min(after + 6, len(all_words))), (-1, max(-1, first - 8))):
        at = after if step > 0 else first - 1
        while at != limit:
            edge = text[all_words[at - 1].end : all_words[at].start] if at else ""
            edge = edge if step > 0 else text[all_words[at].end : all_words[at + 1].start]
            if re.search(r"[,;:.!?()–—]", edge) or all_words[at].text[0].isdecimal() or all_words[at].lower in ONES:
                break
            if all_words[at].lower not in STOP and not all_words[at].is_capital:
                found.add(all_words[at].stem)
            at += step
    return frozenset(found)


def _counted(text: str, all_words: Sequence[Word], at: int) -> str | None:
    """The stem of the noun that a number counts: the last word before a verb, a preposition or a mark."""
    noun = None
    for i in range(at, min(at + 4, len(all_words))):
        gap = text[all_words[i - 1].end : all_words[i].start] if i else ""
        word = all_words[i]
        if gap.strip(" -’'s\u00a0") or word.lower in STOP or word.text[0].isdecimal() or word.lower in _VERBAL:
            break
        noun = word.stem
        if word.lower.endswith("s") and not word.lower.endswith("ss"):
            break
    return noun


_VERBAL = frozenset(
    listed(
        """killed injured wounded died dead arrested charged voted earlier later ago ahead behind old long high
        away"""
    )
)
