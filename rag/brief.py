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
_CHANGE = (
    r"\bfrom\s+(?:an?\s+|the\s+|about\s+|around\s+)?{short}\b[^.;]{{0,40}}?"
    r"\bto\s+(?P<now>[$€£]?\d[\d.,]*(?<![.,])%?)"
)
_FORMER = re.compile(
    r"\b(?:before|from|earlier|previous(?:ly)?|until|first|originally|used to|was it)\b", re.IGNORECASE
)


def bare_number(question: str, short: str) -> str:
    """A number without what it counts, where the question says that: "218 seats" to "How many seats?" is "218"."""
    found = _COUNTED.fullmatch(short)
    if found is None or (read(question).kind != "number" and not found["before"]):
        return short
    beside = (*words.content(found["before"]), *words.content(found["behind"]))
    known = frozenset(words.tokens(question))
    if not beside or not all(words.covered(stem, known) for stem in beside):
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
