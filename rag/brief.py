"""The form of a short answer: the number alone, the figure that it became, the whole of a name.

"How many seats?" is answered by "218", not by "218 seats"; of "from 100 seconds to 90" by the 90; "Which university?"
by "University of Pennsylvania" where the line has all of that.
"""

from __future__ import annotations

import re
from typing import Final

from rag import places, words
from rag.asked import read
from rag.checks.names import names

LONGEST_NAME: Final = 6  # words; more in a row are a headline
_COUNTED = re.compile(
    r"(?P<before>(?:[^\W\d_]+\s+)*?)"
    r"(?P<number>(?:(?:more|fewer|less) than |at least |over |about |nearly |almost |some )?"
    r"[$€£]?\d[\d.,]*(?:\s(?:hundred|thousand|million|billion|trillion))?)"
    r"(?P<behind>(?:\s[^\W\d_]+)*)"
)
_MAGNITUDE = r"(?:\s(?:hundred|thousand|million|billion|trillion))?"
_CHANGE = (
    r"\b(?:r[io]se|risen|f[ae]ll|fallen|gr[eo]w|grown|cut|went|up|down|forward|back|increas\w+|decreas\w+|rais\w+"
    r"|lower\w+|climb\w+|drop\w+|jump\w+|declin\w+|chang\w+|reduc\w+|expand\w+|shr[aiu]nk|doubl\w+|slid\w*|surg\w+)\b"
    r"[^.;]{{0,40}}?\bfrom\s+(?:an?\s+|the\s+|about\s+|around\s+)?{short}\b[^.;]{{0,40}}?"
    rf"\bto\s+(?P<now>[$€£]?\d[\d.,]*(?<![.,])%?{_MAGNITUDE})"
)
_FORMER = re.compile(
    r"\b(?:before|from|earlier|previous(?:ly)?|until|first|originally|used to|was it)\b", re.IGNORECASE
)


def bare_number(question: str, short: str) -> str:
    """A number without what it counts, where the question says that: "218 seats" to "How many seats?" is "218"."""
    found = _COUNTED.fullmatch(short)
    if found is None:
        return short
    before = found["before"].strip()
    measured = before and re.search(rf"\bthe {re.escape(before)}\b", question, re.IGNORECASE)  # "the magnitude"
    if not measured and (before or read(question).kind != "number"):
        return short
    behind, known = words.content(found["behind"]), frozenset(words.tokens(question))
    if not all(words.covered(stem, known) for stem in behind) or not (before or behind):
        return short
    return found["number"]


def became(question: str, text: str, short: str) -> str:
    """The later of two figures of a line that tells how one became the other, unless it is asked what it was."""
    if read(question).kind != "number" or not short or _FORMER.search(question) is not None:
        return short
    number = re.match(r"[$€£]?\d[\d.,]*", short)
    if number is None:
        return short
    found = re.search(_CHANGE.format(short=re.escape(number[0])), text, re.IGNORECASE)
    return found["now"] if found is not None else short


def whole_name(question: str, text: str, short: str) -> str:
    """The whole name that a short answer is a part of, where the rest of it is what is asked for."""
    focus = frozenset(stem for word in read(question).focus for stem in words.content(word))
    if not short or not focus or places.sought(question) is not None:
        return short
    held = frozenset(words.content(short))
    for at in (found.start() for found in re.finditer(rf"(?<!\w){re.escape(short)}(?!\w)", text)):
        for name in names(text):
            inside = name.start <= at and at + len(short) <= name.end and name.end - name.start > len(short)
            said = text[name.start : name.end]
            titled = text[name.start : at].strip() and not text[:at].endswith((" of ", " of the "))
            more = frozenset(words.content(said)) - held
            if inside and not titled and len(said.split()) <= LONGEST_NAME and focus & more:
                return said
    return short


def only_names(short: str) -> bool:
    """Whether a short answer is nothing but a name."""
    return all(word[0].isupper() or word in {"the", "of", "and"} for word in short.split())
