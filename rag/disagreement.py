"""Disagreement is shown, not averaged: different figures for one thing, side by side, each with outlet, date
and line.

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
from rag.evidence import Evidence
from rag.lines import EvidenceLine
from rag.normal import Quantity, quantities

TOGETHER = dt.timedelta(hours=36)  # reports closer than this are of one moment: neither replaces the other
MOST = 4  # values shown
BESIDE = 45  # characters between a figure and the words of the question that it goes with


@dataclass(frozen=True, slots=True)
class Told:
    """One value and the line that tells it."""

    value: str  # as the line writes it
    line: EvidenceLine
    standing: Standing


def sides(asked: Asked, evidence: Evidence, lines: Sequence[EvidenceLine]) -> list[Told]:
    """The different values that lines give for what is asked, newest first; none unless there are at least two.

    `lines` are those that answer the question, best first. Answers to other questions than for a number are not
    compared; where the question names a day, only what was told of the same moment is.
    """
    if asked.kind != "number":
        return []
    told: list[tuple[Quantity, EvidenceLine]] = []
    matched: frozenset[str] = frozenset()
    for line in lines:
        measured = evidence.features(line)
        if measured["names"] < 0.6 or measured["relation"] < 0.34 or measured["dense"] < 0.3:
            continue
        found, words_met = _value(asked, evidence, line.text)
        if found is None or any(_same(found, other) for other, _ in told):
            continue
        if told and not _names(line) & _names(told[0][1]):
            continue  # another story
        # The same thing is counted where the same words of the question stand beside the figure.
        if told and (found.dimension != told[0][0].dimension or not matched <= words_met):
            continue
        matched = matched or words_met
        told.append((found, line))
    answered = _rejoined(*told[0], evidence.pool) if told else None
    if answered is not None and not any(_same(answered[0], other) for other, _ in told):
        told.append(answered)
    if len(told) < 2:
        return []
    told.sort(key=lambda item: _moment(item[1]), reverse=True)
    newest = _moment(told[0][1])
    current = [item for item in told if newest - _moment(item[1]) <= TOGETHER]
    if asked.dates and len(current) < len(told):
        return []
    standing = Standing.DISPUTED if len(current) > 1 else Standing.CURRENT
    return [
        Told(_written(found, line.text), line, standing if (found, line) in current else Standing.SUPERSEDED)
        for found, line in told[:MOST]
    ]


# "The railway puts it at 63 percent": of what, the sentence before says.
_REJOINS = re.compile(r"\bput(?:s|ting)? (?:it|that|them|this|the \w+) at\b", re.IGNORECASE)


def _rejoined(
    found: Quantity, line: EvidenceLine, pool: Sequence[EvidenceLine]
) -> tuple[Quantity, EvidenceLine] | None:
    """Another figure of the same dimension that a sentence right behind sets against a line's."""
    for other in pool:
        if other.key[:2] != line.key[:2] or not 0 <= other.start - line.end <= 2 or not _REJOINS.search(other.text):
            continue
        figures = [one for one in quantities(other.text) if one.dimension == found.dimension and not one.is_year]
        if len(figures) == 1:
            return figures[0], other
    return None


def _value(asked: Asked, evidence: Evidence, text: str) -> tuple[Quantity | None, frozenset[str]]:
    """The one figure of a line that is of what was asked, and the question's words beside it.

    None where there is none, or where more than one could be it.
    """
    known = words.numbers(asked.question)
    if asked.unit is not None and asking.fits(asked, text) < 1.0:
        return None, frozenset()
    wanted = [term.text.casefold() for term in asked.relation if term.stem not in _COUNTED]
    near: list[tuple[frozenset[str], Quantity]] = []
    for found in quantities(text):
        if found.ordinal or found.is_year or found.high is not None or words.numbers(_written(found, text)) & known:
            continue
        if _OF_A_DATE.search(text, max(0, found.start - 10), found.start) or _MONTH.match(text, found.end):
            continue  # "at five", "Oct 1", "1 October"
        around = words.plain(text[max(0, found.start - BESIDE) : found.end + BESIDE])
        met = frozenset(word for word in wanted if any(evidence.kin(word, other) >= 0.5 for other in around))
        if met:
            near.append((met, found))
    most = max((len(met) for met, _ in near), default=0)
    closest = [(met, found) for met, found in near if len(met) == most]
    if len({found.base for _, found in closest}) != 1:
        return None, frozenset()
    return closest[0][1], closest[0][0]


# What is counted says little of what the figure is of: 900 people ill, 900 people without water.
_COUNTED = frozenset(
    words.stem(word)
    for word in """people persons victims residents years months weeks days hours crowns dollars euros pounds percent
    number figure many much took part""".split()  # noqa: SIM905
)


def _names(line: EvidenceLine) -> frozenset[str]:
    return words.names(f"{line.article.title}\n{line.text}")


def _same(one: Quantity, other: Quantity) -> bool:
    return one.dimension == other.dimension and one.base == other.base


def _written(found: Quantity, text: str) -> str:
    return text[found.start : found.end].strip()


_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_OF_A_DATE = re.compile(rf"\b(?:at|{_MONTHS})\s+$", re.IGNORECASE)
_MONTH = re.compile(rf"\s+{_MONTHS}(?!\w)|\s*[ap]\.?m\b", re.IGNORECASE)


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
