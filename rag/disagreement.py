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
AMONG_BEST = 0.2  # of the best line's likelihood: such lines are held against each other
AS_MUCH = 0.95  # and such as say so much of what is asked for as the best line does
BESIDE = 45  # characters between a figure and the words of the question that it goes with


@dataclass(frozen=True, slots=True)
class Told:
    """One value and the line that tells it."""

    value: str  # as the line writes it
    line: EvidenceLine
    standing: Standing


def sides(asked: Asked, evidence: Evidence, lines: Sequence[tuple[float, EvidenceLine]]) -> list[Told]:
    """The different values that lines give for what is asked, newest first; none unless there are at least two.

    `lines` are those that may answer the question, with how likely each does, best first. Answers to other questions
    than for a number are not compared; where the question names a day, only what was told of the same moment is.
    """
    if asked.kind != "number":
        return []
    told: list[tuple[Quantity, EvidenceLine]] = []
    matched: frozenset[str] = frozenset()
    best = evidence.features(lines[0][1]) if lines else {}
    of_one_thing = any(words.stem(word) not in _COUNTED for word in asked.focus)
    for sure, line in lines:
        measured = evidence.features(line)
        if measured["names"] < 0.6 or measured["relation"] < 0.34 or measured["dense"] < 0.3:
            continue
        # A later report may stand in a worse hit, and yet say as much of what is asked as the best line does.
        if (
            sure < AMONG_BEST * lines[0][0]
            and measured["relation"] < AS_MUCH * best["relation"]
            and not (of_one_thing and measured["kind"] == 1.0)
        ):
            continue
        found, words_met = _value(asked, evidence, line.text)
        if found is None or any(_same(found, other) for other, _ in told):
            continue
        if told and not _one_story(line, told[0][1], evidence.pool):
            continue
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
    wanted = {term.text.casefold(): term.stem for term in asked.relation if term.stem not in _COUNTED}
    counted = [*asked.focus, *(term.text.casefold() for term in asked.relation)]
    near: list[tuple[frozenset[str], Quantity]] = []
    for found in quantities(text):
        if found.ordinal or found.is_year or found.high is not None or words.numbers(_written(found, text)) & known:
            continue
        if found.dimension is None and (
            _OF_A_DATE.search(text, max(0, found.start - 10), found.start) or _MONTH.match(text, found.end)
        ):
            continue  # "at five", "Oct 1", "1 October"
        if _BESIDES.search(text, max(0, found.start - 30), found.start) or _BESIDES_BEHIND.match(text, found.end):
            continue
        if found.dimension is None and asked.unit in _WITH_DIMENSION:
            continue
        if found.noun is not None and not any(evidence.kin(word, found.noun) >= 0.5 for word in counted):
            continue  # 600 beds are no people
        before, behind = text[max(0, found.start - BESIDE) : found.start], text[found.end : found.end + BESIDE]
        around = words.plain(f"{before.rpartition(';')[2]} {behind.partition(';')[0]}")
        met = frozenset(word for word in wanted if any(evidence.kin(word, other) >= 0.5 for other in around))
        if met:
            near.append((met, found))
    rarity = [sum(evidence.weights[wanted[word]] for word in met) for met, _ in near]
    closest = [one for one, weight in zip(near, rarity, strict=True) if weight == max(rarity)]
    if len({found.base for _, found in closest}) != 1:
        return None, frozenset()
    return closest[0][1], closest[0][0]


_WITH_DIMENSION = frozenset({"money", "length", "speed", "share", "duration"})  # figures of these have one
# What is counted says little of what the figure is of: 900 people ill, 900 people without water.
_COUNTED = frozenset(
    words.stem(word)
    for word in """people persons victims residents years months weeks days hours crowns dollars euros pounds percent
    number figure many much took part""".split()  # noqa: SIM905
)


def _one_story(line: EvidenceLine, other: EvidenceLine, pool: Sequence[EvidenceLine]) -> bool:
    """Whether two lines share a name, with their headlines, or what was found of their articles shares two."""
    near = [words.names(f"{one.article.title}\n{one.text}") for one in (line, other)]
    if near[0] & near[1]:
        return True
    around = [
        words.names("\n".join(held.text for held in pool if held.key[:2] == one.key[:2])) for one in (line, other)
    ]
    return len(around[0] & around[1]) > 1


def _same(one: Quantity, other: Quantity) -> bool:
    return one.dimension == other.dimension and one.base == other.base


def _written(found: Quantity, text: str) -> str:
    return text[found.start : found.end].strip()


_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_OF_A_DATE = re.compile(rf"\b(?:at|{_MONTHS})\s+$", re.IGNORECASE)
_MONTH = re.compile(rf"\s+{_MONTHS}(?!\w)|\s*[ap]\.?m\b", re.IGNORECASE)


# No figure of the whole: what a newer one is set against ("up from the 240 million", "16, not 17", "the 13,400 it
# first gave"), a difference ("eight more than"), a part ("seven of them").
_BESIDES = re.compile(
    r"\b(?:from|not|instead of|rather than|compared (?:with|to)|against"
    r"|(?:first|earlier|last|previous) (?:\w+ )?(?:of|at))"
    r"\s+(?:(?:the|an?|some|about|earlier|first|previous|initial)\s+){0,2}$",
    re.IGNORECASE,
)
_BESIDES_BEHIND = re.compile(
    r"\s+(?:\w+\s+){0,2}(?:first|originally|initially|previously)\s+[a-z]+ed\b"
    r"|\s+(?:more|fewer|less|higher|lower) than\b|\s+of (?:them|whom|those|these)\b",
    re.IGNORECASE,
)


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
