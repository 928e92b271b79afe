"""Disagreement is shown, not averaged: different figures for one thing, side by side, each with outlet, date "
"and line.

A figure that a later report replaces is superseded; figures told at the same time, or by two speakers in one article,
are disputed. Copies of an agency's report count once: retrieval has collapsed them before. Only figures of the kind
asked for and of the same unit are held against each other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import asked as asking
from rag import words
from rag.answer import Standing
from rag.asked import Asked
from rag.lines import EvidenceLine
from rag.normal import Quantity, quantities

TOGETHER = dt.timedelta(hours=36)  # reports closer than this are of one moment: neither replaces the other
MOST = 4  # values shown


@dataclass(frozen=True, slots=True)
class Told:
    """One value and the line that tells it."""

    value: str  # as the line writes it
    line: EvidenceLine
    standing: Standing


def sides(asked: Asked, lines: Sequence[EvidenceLine]) -> list[Told]:
    """The different values that lines give for what is asked, newest first; none unless there are at least two.

    `lines` are those that answer the question, best first. Questions about one day or for other things than a number
    are not compared.
    """
    if asked.kind != "number" or asked.dates:
        return []
    told: list[tuple[Quantity, EvidenceLine]] = []
    for line in lines:
        found = _value(asked, line.text)
        if found is None or any(_same(found, other) for other, _ in told):
            continue
        if told and found.dimension != told[0][0].dimension:
            continue
        told.append((found, line))
    if len(told) < 2:
        return []
    told.sort(key=lambda item: _moment(item[1]), reverse=True)
    newest = _moment(told[0][1])
    current = [item for item in told if newest - _moment(item[1]) <= TOGETHER]
    standing = Standing.DISPUTED if len(current) > 1 else Standing.CURRENT
    return [
        Told(_written(found, line), line, standing if (found, line) in current else Standing.SUPERSEDED)
        for found, line in told[:MOST]
    ]


def _value(asked: Asked, text: str) -> Quantity | None:
    """The one figure of a line that is of what was asked; None where there is none, or more than one could be."""
    known = words.numbers(asked.question)
    if asking.fits(asked, text) < 1.0:
        return None
    wanted = [words.stem(word) for word in (*asked.focus, *(t.text for t in asked.relation))]
    near: list[tuple[int, Quantity]] = []
    for found in quantities(text):
        written = text[found.start : found.end]
        if found.ordinal or found.is_year or words.numbers(written) & known:
            continue
        around = words.content(text[max(0, found.start - 45) : found.end + 45])
        shared = sum(any(words.kin(stem, other) for other in around) for stem in wanted)
        if shared:
            near.append((shared, found))
    if not near:
        return None
    best = max(shared for shared, _ in near)
    closest = [found for shared, found in near if shared == best]
    return closest[0] if len(closest) == 1 else None


def _same(one: Quantity, other: Quantity) -> bool:
    return one.dimension == other.dimension and one.base == other.base


def _written(found: Quantity, line: EvidenceLine) -> str:
    return line.text[found.start : found.end].strip()


def _moment(line: EvidenceLine) -> dt.datetime:
    date = line.article.published_at
    return date.moment if date is not None else dt.datetime.min.replace(tzinfo=dt.UTC)


_SETTLED = re.compile(
    r"\b(?:finally|final|exactly|exact|true|really|actual|actually|established|neutral|independent(?:ly)?"
    r"|definitive(?:ly)?"
    r"|proven|conclusive(?:ly)?)\b",
    re.IGNORECASE,
)


def wants_settled(question: str) -> bool:
    """Whether a question asks for what is beyond dispute, which a disputed value is not."""
    return _SETTLED.search(question) is not None
