"""Numbers as English writes them: digits, words, and both ("1.2 million", "twelve hundred", "two and a half").

Where a number begins and ends among the words of a text, and what it comes to; what it counts is `rag.quantities`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from rag.normal import Word, listed


class Number(NamedTuple):
    """A number as it was read."""

    value: float
    width: int  # in words
    ordinal: bool = False
    high: float | None = None  # of a vague one, "dozens": the top of its reach


ONES = {
    word: value
    for value, word in enumerate(
        listed(
            """zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
        seventeen eighteen nineteen"""
        )
    )
}
TENS = {
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
FRACTIONS = {"half": 0.5, "halves": 0.5, "third": 1 / 3, "thirds": 1 / 3, "quarter": 0.25, "quarters": 0.25,
              "fifth": 0.2, "fifths": 0.2, "tenth": 0.1, "tenths": 0.1}  # fmt: skip
_ORDINALS = {
    word: value
    for value, word in enumerate(
        listed("first second third fourth fifth sixth seventh eighth ninth tenth eleventh twelfth thirteenth"),
        start=1,
    )
} | {"twentieth": 20, "hundredth": 100}  # fmt: skip


def is_number(word: Word) -> bool:
    """Whether a word is a number or a part of one."""
    return word.text[0].isdecimal() or word.lower in {*ONES, *TENS, *_SCALES, *_VAGUE, "dozen"}


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


def read_number(text: str, all_words: Sequence[Word], at: int) -> Number | None:
    """The number that begins at word `at`; None where none does."""
    word = all_words[at]
    low = word.lower
    plural = all_words[at + 1].lower + "s" if low in {"several", "few", "many"} and at + 1 < len(all_words) else ""
    if plural in _VAGUE:  # "several hundred" are hundreds
        return Number(_VAGUE[plural][0], 2, high=_VAGUE[plural][1])
    if low in {"a", "an"} and at + 1 < len(all_words) and all_words[at + 1].lower in _ONE_UNIT and (
        at and all_words[at - 1].lower in _BEFORE_UNIT
    ):  # fmt: skip
        return Number(1.0, 1)  # "takes about an hour"
    if low in _VAGUE:
        return Number(_VAGUE[low][0], 1, high=_VAGUE[low][1])
    if low in _ORDINALS and low != "second":
        return Number(float(_ORDINALS[low]), 1, ordinal=True)
    if m := re.fullmatch(r"(\d+)(?:st|nd|rd|th)", low):
        return Number(float(m[1][:15]), 1, ordinal=True)
    if m := re.fullmatch(r"(\d+)(m|k|bn|mn|tn|b)", low):
        return Number(float(m[1][:15]) * _SCALES[m[2]], 1)
    if (value := _number(word.text)) is not None:
        if m := re.match(r"\d+\s+([1-9])/([2-9])(?!\d)", text[word.start :]):  # 1 1/2
            return Number(value + int(m[1]) / int(m[2]), 3)
        count = 1
        while at + count < len(all_words) and count < 4:
            following = all_words[at + count]
            gap = text[all_words[at + count - 1].end : following.start]
            scale = _SCALES.get(following.lower)
            if scale is None or (following.lower in _SCALE_LETTERS and gap) or gap not in {"", " ", "-", "\u00a0"}:
                break
            value *= scale
            count += 1
        return Number(value, count)
    if low in FRACTIONS and low not in {"second", "third", "fifth", "tenth", "quarter", "quarters"}:
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
            return Number(FRACTIONS[low], 1)
        return None
    return _spelled(text, all_words, at)


def _spelled(text: str, all_words: Sequence[Word], at: int) -> Number | None:
    """A number in words: "twelve hundred", "two and a half million", "a dozen", "two-thirds"."""
    total, current, count, seen = 0.0, 0.0, 0, False
    while at + count < len(all_words):
        low = all_words[at + count].lower
        gap = text[all_words[at + count - 1].end : all_words[at + count].start] if count else " "
        if count and gap not in {" ", "-", "\u00a0", ", "}:
            break
        if low in ONES and not (seen and current % 10 and current % 100 > 0):
            if seen and gap == ", ":
                break
            current += ONES[low]
        elif low in TENS and not (seen and current % 100):
            current += TENS[low]
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
            all_words[at + count + 1].lower in {**ONES, **TENS}
        ):  # fmt: skip
            count += 1
            continue
        elif low in FRACTIONS and seen and count == 1 and low.endswith("s"):
            return Number(current * FRACTIONS[low], 2)
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
                return Number(FRACTIONS[part], 2)
        return None
    if all_words[at].lower == "one" and count == 1:
        if _follows(all_words, at + 1, "third") or _follows(all_words, at + 1, "quarter"):
            return Number(FRACTIONS[all_words[at + 1].lower], 2)
        following = all_words[at + 1].lower if at + 1 < len(all_words) else "of"
        previous = all_words[at - 1].lower if at else ""
        if ONE_IN.match(text, all_words[at].end):
            return Number(1.0, 1)  # "one in five"
        if following in _AFTER_PRONOUN or previous in _BEFORE_PRONOUN:
            return None
    return Number(total + current, count)


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

ONE_IN = re.compile(
    r"\s+(?:[a-z]+\s+)?(?:in|out of)\s+(?:every\s+)?(two|three|four|five|six|seven|eight|nine|ten|twelve|twenty|"
    r"[2-9]|10|12|20|100)\b"
    r"(?!\s+(?:years?|months?|weeks?|days?|hours?|minutes?|cities|countries|places|cases)\b)",
    re.IGNORECASE,
)


def _follows(all_words: Sequence[Word], at: int, *expected: str) -> bool:
    return [word.lower for word in all_words[at : at + len(expected)]] == list(expected)
