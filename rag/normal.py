"""Words and quantities of a text in the forms in which two texts can be compared, each with its place.

"Twelve hundred", "1,200" and "1.2 thousand" are one value; "over four hours" and "four hours" are not one quantity.
English number words; digits, percent signs and currency signs in any language. Offsets are 0-based, end exclusive.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from itertools import pairwise

from rag.words import stem as _stem


def listed(text: str) -> tuple[str, ...]:
    """The words of a table written as prose."""
    return tuple(text.split())


_WORD = re.compile(r"\d+(?:st|nd|rd|th)\b|\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'][^\W\d_]+)*|[^\W_]+")


@dataclass(frozen=True, slots=True)
class Word:
    """One word or number of a text, split at hyphens. `text[start:end]` is how it was written."""

    text: str
    start: int
    end: int
    stem: str  # folded, without accents and endings
    lower: str  # case-folded, with a straight apostrophe
    is_capital: bool  # written with a capital


@lru_cache(maxsize=50_000)
def fold(text: str) -> str:
    """Without case, accents and curly apostrophes: "Erdoğan" → "erdogan"."""
    plain = unicodedata.normalize(
        "NFKD", text.replace("ı", "i").replace("’", "'").replace("ø", "o").replace("ł", "l")
    )
    return "".join(c for c in plain if not unicodedata.combining(c)).casefold()


@lru_cache(maxsize=50_000)
def stem(word: str) -> str:
    """A word's comparable form. Irregular pasts join their verb, so that "fell" meets "fall"."""
    folded = fold(word)
    return _IRREGULAR.get(folded) or _stem(folded)


_IRREGULAR = {
    form: verb
    for verb, forms in {
        "rise": "rose risen rises rising", "fall": "fell fallen falls falling", "win": "won wins winning winner",
        "lose": "lost loses losing loser", "say": "said says saying", "tell": "told tells telling",
        "think": "thought thinks thinking", "hold": "held holds holding", "keep": "kept keeps keeping",
        "leave": "left leaves leaving", "meet": "met meets meeting", "send": "sent sends sending",
        "buy": "bought buys buying", "sell": "sold sells selling", "grow": "grew grown grows growing",
        "shrink": "shrank shrunk shrinks shrinking", "begin": "began begun begins beginning",
        "become": "became becomes",
        "take": "took taken takes taking", "give": "gave given gives giving", "find": "found finds finding",
        "make": "made makes making", "pay": "paid pays paying", "strike": "struck strikes striking",
        "shoot": "shot shoots shooting", "die": "died dies dying dead death deaths", "kill": "killed kills killing",
        "steal": "stole stolen steals stealing", "write": "wrote written writes writing",
        "speak": "spoke spoken speaks",
        "come": "came comes coming", "go": "went gone goes going", "build": "built builds building",
        "lead": "led leads leading", "beat": "beaten beats beating", "draw": "drew drawn draws drawing",
        "break": "broke broken breaks breaking", "drop": "dropped drops dropping",
        "deny": "denied denies denying denial",
        "reject": "rejected rejects rejecting rejection", "accept": "accepted accepts accepting acceptance",
        "exceed": "exceeds exceeded exceeding", "succeed": "succeeds succeeded succeeding",
        "proceed": "proceeds proceeded proceeding", "flee": "fled",
        "drink": "drank drunk", "eat": "ate eaten",
        "forbid": "forbade forbidden", "wear": "wore worn",
        "choose": "chose chosen chooses choosing choice", "swear": "swore sworn", "throw": "threw thrown",
        "seek": "sought seeks seeking", "spend": "spent spends spending", "bring": "brought brings bringing",
        "catch": "caught catches", "teach": "taught", "fight": "fought", "fly": "flew flown flies flying",
        "drive": "drove driven", "withdraw": "withdrew withdrawn withdraws withdrawing", "know": "knew known",
        "see": "saw seen sees", "read": "reads", "hide": "hid hidden", "lend": "lent", "swim": "swam",
        "foresee": "foresaw foreseen foresees", "overtake": "overtook overtaken", "shake": "shook shaken",
        "bear": "bore", "feel": "felt", "hear": "heard hears", "sleep": "slept", "sweep": "swept", "bind": "bound",
        "injury": "injury injuries injured injures injuring", "free": "freed freeing",
        "vote": "voted votes voting voter voters",
        "person": "people persons", "man": "men", "woman": "women", "child": "children",
    }.items()
    for form in [verb, *forms.split()]
}  # fmt: skip


# Lines are asked for by every check in turn; a line holds hundreds of words, so only the latest few are kept.
@lru_cache(maxsize=256)
def words(text: str) -> tuple[Word, ...]:
    """The words and numbers of a text, in order. "Kyiv's" is "Kyiv"."""
    found = []
    for m in _WORD.finditer(text):
        token, end = m[0], m.end()
        if token[-2:] in {"'s", "’s"}:
            token, end = token[:-2], end - 2
        lower = token.casefold().replace("’", "'")
        found.append(Word(token, m.start(), end, stem(token), lower, token[0].isupper()))
    return tuple(found)


# Words that carry no claim of their own.
STOP = frozenset(
    listed(
        """a about after again all also although am an and any are as at be because been before being both but by can
        could did do does doing during each even ever every few for from further get gets getting got had
        has have having he her here hers him his how i if in into is it its itself just let like made make
        makes many may me might more most much must my near new no nor not now of off on once one only onto
        or other our ours out over own per same say said says saying she should since so some still such
        than that the their theirs them then there these they this those though through to too toward
        towards under until up upon us very via was we were what when where whether which while who whom
        whose why will with within without would yet you your according nobody nothing none mr mrs ms dr"""
    )
)


def content(found: Sequence[Word]) -> list[Word]:
    """The words that carry meaning."""
    return [word for word in found if word.lower not in STOP and (len(word.text) > 1 or word.text.isdigit())]


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


_ONES = {
    word: value
    for value, word in enumerate(
        listed(
            """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen"""
        )
    )
}
_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60, "seventy": 70, "eighty": 80,
    "ninety": 90,
}  # fmt: skip
_SCALES = {
    "hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12, "mn": 1e6, "mln": 1e6,
    "bn": 1e9, "tn": 1e12, "lakh": 1e5, "crore": 1e7, "m": 1e6, "k": 1e3, "b": 1e9, "t": 1e12,
}  # fmt: skip
_SCALE_LETTERS = {"m", "k", "b", "t", "mn", "bn", "tn", "mln"}  # only right behind digits
_VAGUE = {"dozens": (24, 120), "scores": (40, 120), "hundreds": (200, 2e3), "thousands": (2e3, 2e5),
          "millions": (2e6, 1e9), "billions": (2e9, 1e12), "tens": (20, 100)}  # fmt: skip
_FRACTIONS = {"half": 0.5, "halves": 0.5, "third": 1 / 3, "thirds": 1 / 3, "quarter": 0.25, "quarters": 0.25,
              "fifth": 0.2, "fifths": 0.2, "tenth": 0.1, "tenths": 0.1}  # fmt: skip
_ORDINALS = {
    word: value
    for value, word in enumerate(
        listed("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"),
        start=1,
    )
} | {"twentieth": 20, "hundredth": 100}  # fmt: skip
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
        r"more than|greater than|larger than|higher than|longer than|in excess of|upwards of|upward of|north of|"
        r"well over|"
        r"just over|slightly over|over|above|exceed(?:s|ed|ing)?|surpass(?:es|ed|ing)?|topp(?:ed|ing)|beyond|"
        r"past the",
    ),
    (Bound.UNDER, r"less than|fewer than|lower than|under|below|short of|south of"),
    (Bound.ABOUT, r"about|around|roughly|approximately|some|circa|an estimated|estimated|approx|~|c\."),
)  # fmt: skip
_AMID = r"(?:a\s+|an\s+|the\s+(?:age\s+of\s+)?|of\s+)?(?:[$€£¥₹₴₽]|US\$)?\s*"
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


def is_number(word: Word) -> bool:
    """Whether a word is a number or a part of one."""
    return word.text[0].isdecimal() or word.lower in {*_ONES, *_TENS, *_SCALES, *_VAGUE, "dozen"}


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
        read = _read(text, all_words, at)
        if read is None:
            at += 1
            continue
        value, count, ordinal, high = read
        last = all_words[at + count - 1]
        if not _names_something(text, all_words, at) and not any(
            low < last.end and word.start < high_ for low, high_ in masked
        ):
            found.append(_dressed(text, all_words, at, at + count, value, ordinal, high))
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


def _number(token: str) -> float | None:
    if not token[0].isdecimal():
        return None
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", token):
        token = token.replace(",", "")
    elif re.fullmatch(r"\d+,\d+", token):  # a decimal comma
        token = token.replace(",", ".")
    try:
        return float(token)
    except ValueError:
        return None


def _read(text: str, all_words: Sequence[Word], at: int) -> tuple[float, int, bool, float | None] | None:
    """A number that begins at word `at`: value, how many words, is it an ordinal, the top of a vague reach."""
    word = all_words[at]
    low = word.lower
    plural = all_words[at + 1].lower + "s" if low in {"several", "few", "many"} and at + 1 < len(all_words) else ""
    if plural in _VAGUE:  # "several hundred" are hundreds
        return _VAGUE[plural][0], 2, False, _VAGUE[plural][1]
    if low in {"a", "an"} and at + 1 < len(all_words) and all_words[at + 1].lower in _ONE_UNIT and (
        at and all_words[at - 1].lower in _BEFORE_UNIT
    ):  # fmt: skip
        return 1.0, 1, False, None  # "takes about an hour"
    if low in _VAGUE:
        return _VAGUE[low][0], 1, False, _VAGUE[low][1]
    if low in _ORDINALS and low != "second":
        return float(_ORDINALS[low]), 1, True, None
    if m := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", low):
        return float(m[1][:15]), 1, True, None
    if m := re.fullmatch(r"(\d+)(m|k|bn|mn|tn|b)", low):
        return float(m[1][:15]) * _SCALES[m[2]], 1, False, None
    if (value := _number(word.text)) is not None:
        if m := re.match(r"\d+\s+([1-9])/([2-9])(?!\d)", text[word.start :]):  # 1 1/2
            return value + int(m[1]) / int(m[2]), 3, False, None
        count = 1
        while at + count < len(all_words) and count < 4:
            following = all_words[at + count]
            gap = text[all_words[at + count - 1].end : following.start]
            scale = _SCALES.get(following.lower)
            if scale is None or (following.lower in _SCALE_LETTERS and gap) or gap not in {"", " ", "-", "\u00a0"}:
                break
            value *= scale
            count += 1
        return value, count, False, None
    if low in _FRACTIONS and low not in {"second", "third", "fifth", "tenth", "quarter", "quarters"}:
        if at + 1 < len(all_words) and all_words[at + 1].lower in {
            "of",
            "the",
            "a",
            "its",
            "their",
            "his",
            "her",
            "all",
        }:
            return _FRACTIONS[low], 1, False, None
        return None
    return _spelled(text, all_words, at)


def _spelled(text: str, all_words: Sequence[Word], at: int) -> tuple[float, int, bool, float | None] | None:
    """A number in words: "twelve hundred", "two and a half million", "a dozen", "two-thirds"."""
    total, current, count, seen = 0.0, 0.0, 0, False
    while at + count < len(all_words):
        low = all_words[at + count].lower
        gap = text[all_words[at + count - 1].end : all_words[at + count].start] if count else " "
        if count and gap not in {" ", "-", "\u00a0", ", "}:
            break
        if low in _ONES and not (seen and current % 10 and current % 100 > 0):
            if seen and gap == ", ":
                break
            current += _ONES[low]
        elif low in _TENS and not (seen and current % 100):
            current += _TENS[low]
        elif low in _SCALES and low not in _SCALE_LETTERS and seen:
            if low == "hundred":
                current = (current or 1) * 100
            else:
                total += (current or 1) * _SCALES[low]
                current = 0.0
        elif low in {"a", "an"} and not seen and at + count + 1 < len(all_words) and (
            all_words[at + count + 1].lower in {"dozen", *_SCALES} - _SCALE_LETTERS
        ):  # fmt: skip
            current, seen = 1.0, True
            count += 1
            continue
        elif low == "dozen":
            current = (current or 1) * 12
        elif low == "and" and seen and _follows(all_words, at + count + 1, "a", "half"):
            current += 0.5
            count += 3
            continue
        elif low == "and" and seen and (total or current >= 100) and at + count + 1 < len(all_words) and (
            all_words[at + count + 1].lower in {**_ONES, **_TENS}
        ):  # fmt: skip
            count += 1
            continue
        elif low in _FRACTIONS and seen and count == 1 and low.endswith("s"):
            return current * _FRACTIONS[low], 2, False, None
        else:
            break
        seen = True
        count += 1
    if not seen:
        low = all_words[at].lower
        part = all_words[at + 1].lower if at + 1 < len(all_words) else ""
        if low == "a" and part in {"third", "quarter", "fifth", "tenth"}:
            behind = all_words[at + 2].lower if at + 2 < len(all_words) else ""
            ended = at + 2 >= len(all_words) or bool(re.match(r"\s*[.,;:!?)”\"]", text[all_words[at + 1].end :]))
            if ended or behind in _AFTER_FRACTION:
                return _FRACTIONS[part], 2, False, None
        return None
    if all_words[at].lower == "one" and count == 1:
        if _follows(all_words, at + 1, "third") or _follows(all_words, at + 1, "quarter"):
            return _FRACTIONS[all_words[at + 1].lower], 2, False, None
        following = all_words[at + 1].lower if at + 1 < len(all_words) else "of"
        previous = all_words[at - 1].lower if at else ""
        if _IN.match(text, all_words[at].end):
            return 1.0, 1, False, None  # "one in five"
        if following in _AFTER_PRONOUN or previous in _BEFORE_PRONOUN:
            return None
    return total + current, count, False, None


# Behind "a third" where it is a share and not the next of several.
_AFTER_FRACTION = frozenset(
    listed(
        "of smaller larger less more fewer lower higher cheaper dearer bigger full empty below above than in from by"
    )
)
_ONE_UNIT = frozenset(listed("minute hour day week month year decade century"))
_BEFORE_UNIT = frozenset(
    listed("about around roughly nearly almost over under takes take took lasts last lasted within")
)
# Around "one" where it is no number: "one of them", "no one", "the one that".
_AFTER_PRONOUN = frozenset(listed("of another that who day which thing or and is was in to"))
_BEFORE_PRONOUN = frozenset(listed("no any every this that each the which a another new only"))


def _follows(all_words: Sequence[Word], at: int, *expected: str) -> bool:
    return [word.lower for word in all_words[at : at + len(expected)]] == list(expected)


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
_IN = re.compile(
    r"\s+(?:[a-z]+\s+)?(?:in|out of)\s+(?:every\s+)?(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|"
    r"[2-9]|10|12|20|100)\b"
    r"(?!\s+(?:years?|months?|weeks?|days?|hours?|minutes?|cities|countries|places|cases)\b)",
    re.IGNORECASE,
)


def _dressed(
    text: str, all_words: Sequence[Word], first: int, after: int, value: float, ordinal: bool, high: float | None
) -> Quantity:
    """A number with the bound before it, the unit and the noun behind it."""
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
        elif unit is not None and not ordinal:
            dimension, factor = unit
            end = all_words[reach].end
            reach += 1
    half = re.match(r"\s+an?\s+(\w+)", text[end:]) if all_words[after - 1].lower == "half" else None
    if half and half[1].lower() in _MULTIPLES:  # "half a million"
        return Quantity(value * _MULTIPLES[half[1].lower()], start, end + half.end(), bound)
    if half and half[1].lower() in _UNITS:  # "half a metre"
        dimension, factor = _UNITS[half[1].lower()]
        return Quantity(value, start, end + half.end(), bound, dimension, factor)
    share = _IN.match(text, end) if 0 < value <= 20 and after - first == 1 else None
    if share:  # "one in five", "two out of three"
        whole = (
            float(share[1])
            if share[1].isdecimal()
            else float(_ONES.get(share[1].lower()) or _TENS.get(share[1].lower()) or 0)
        )
        if whole > value:
            return Quantity(
                100 * value / whole, start, share.end(), bound, "percent", near=_around(text, all_words, first, after)
            )
    if all_words[after - 1].lower in _FRACTIONS and value < 1:
        dimension, value = "percent", value * 100
        bound = Bound.ABOUT if bound is Bound.EXACT and round(value) != value else bound
    if bound is Bound.EXACT:
        bound = next((kind for kind, pattern in _BEHIND if pattern.match(text, end)), Bound.EXACT)
    noun = _counted(text, all_words, reach)
    raw = all_words[first].text
    is_year = after - first == 1 and raw.isdecimal() and len(raw) == 4 and dimension is None and 1500 <= value <= 2099
    near = _around(text, all_words, first, reach)
    return Quantity(value, start, end, bound, dimension, factor, noun, near, ordinal, high, is_year)


def _around(text: str, all_words: Sequence[Word], first: int, after: int) -> frozenset[str]:
    """The content stems up to six words away, not beyond a comma, a full stop or another number."""
    found = set()
    for step, limit in ((1, min(after + 6, len(all_words))), (-1, max(-1, first - 8))):
        at = after if step > 0 else first - 1
        while at != limit:
            edge = text[all_words[at - 1].end : all_words[at].start] if at else ""
            edge = edge if step > 0 else text[all_words[at].end : all_words[at + 1].start]
            if re.search(r"[,;:.!?()–—]", edge) or all_words[at].text[0].isdecimal() or all_words[at].lower in _ONES:
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


_ENGLISH = frozenset(
    listed("the of and to was is were are said that for with on by at from has had have it its as not be will")
)


# Small words of other languages that English does not have.
_FOREIGN = frozenset(
    listed(
        "el los las una del por para con que der die das und ist von mit den le les des une du est dans pour il la de"
    )
)


def is_english(texts: Sequence[str]) -> bool:
    """Whether texts read as English, by the share of its commonest words; short ones do unless a letter says no."""
    found = [word.lower for text in texts for word in words(text)]
    if len(found) < 16:
        plain = all(ord(c) < 0x250 for text in texts for c in text if c.isalpha())
        return plain and sum(word in _FOREIGN for word in found) < 2
    return sum(word in _ENGLISH for word in found) >= 0.08 * len(found)
