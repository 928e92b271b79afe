"""Disagreement is shown, not averaged: figures for one thing, side by side, each with outlet, date and line.

A figure that a later report replaces is superseded, days later or, by the same outlet, hours later; figures told at
the same time, or by two speakers in one article, are disputed. Copies of an agency's report count once: retrieval has
collapsed them before. Only figures of the kind asked for and of the same unit are held against each other.
"""

from __future__ import annotations

import datetime as dt
import math
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rag import figures, words
from rag.answer import Standing
from rag.asked import Asked
from rag.checks.attribution import attributions
from rag.evidence import Evidence
from rag.figures import Figure
from rag.lines import EvidenceLine
from rag.normal import Quantity, quantities

TOGETHER = dt.timedelta(hours=36)  # reports closer than this are of one moment: neither replaces the other
LATER = dt.timedelta(hours=3)  # an outlet that tells another figure so much later has a new one
MOST = 4  # values shown
AMONG_BEST = 0.2  # of the best line's likelihood: such lines are held against each other, and all later ones
NAMED, TOLD_OF, ALIKE = 0.6, 0.34, 0.3  # of the question's names, of what is asked of them, likeness: at least
OF_EACH = frozenset({"score", "age"})  # every game and everybody has one of their own
ONE_COURSE = dt.timedelta(days=120)  # a figure from longer ago is of another time, not of an earlier report
ONE_STORY = 0.115  # how alike two articles of one story are: .13 and more, of different ones .10 at most


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
    if asked.kind != "number" or asked.unit in OF_EACH:
        return []
    told = _gathered(asked, evidence, lines)
    if len(told) < 2:
        return []
    told.sort(key=lambda item: _moment(item[1]), reverse=True)
    current = _current([line for _, line in told])
    if asked.dates and len(current) < len(told):
        return []
    standing = Standing.DISPUTED if len(current) > 1 else Standing.CURRENT
    return [
        Told(_written(found, line.text), line, standing if line in current else Standing.SUPERSEDED)
        for found, line in told[:MOST]
    ]


def _gathered(
    asked: Asked, evidence: Evidence, lines: Sequence[tuple[float, EvidenceLine]]
) -> list[tuple[Quantity, EvidenceLine]]:
    """The different figures for what is asked, each with the best line that gives it; the best line's first."""
    least = AMONG_BEST * max((sure for sure, _ in lines), default=0.0)
    found = {line.key: figures.of(asked, evidence, line.text) for sure, line in lines if sure >= least}
    if not any(found.values()):
        return []
    by_noun = any(figure is not None and figures.of_the_noun(asked, figure) for figure in found.values())
    stories: _Stories | None = None
    told: list[tuple[Quantity, EvidenceLine]] = []
    first: tuple[Figure, EvidenceLine] | None = None
    for sure, line in lines:
        # A later report stands in a worse hit as a rule, and is known by what its figure is of.
        if sure < least and (first is None or _moment(line) <= _moment(first[1])):
            continue
        figure = found[line.key] if line.key in found else figures.of(asked, evidence, line.text)
        if figure is None or any(figures.same(figure.quantity, other) for other, _ in told):
            continue
        if not figures.of_the_noun(asked, figure) and by_noun:
            continue
        measured = evidence.features(line)
        if max(measured["names"], measured["names_article"]) < NAMED:
            continue
        if first is None:
            if measured["relation"] < TOLD_OF or measured["dense"] < ALIKE:
                continue
            first = (figure, line)
        elif not _of_one_thing(asked, evidence, first, (figure, line)) or any(
            line.key[:2] == other.key[:2] and not _two_voices(line, other) for _, other in told
        ):
            continue
        else:
            stories = stories or _Stories(evidence.pool)
            if all(stories.alike(line, other) < ONE_STORY for _, other in told):
                continue
        told.append((figure.quantity, line))
    answered = _rejoined(*told[0], evidence.pool) if told else None
    if answered is not None and not any(figures.same(answered[0], other) for other, _ in told):
        told.append(answered)
    return told


def _current(newest_first: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """The lines that no later one replaces."""
    current: list[EvidenceLine] = []
    for line in newest_first:
        of_now = _moment(newest_first[0]) - _moment(line) <= TOGETHER
        if of_now and not any(_follows(other, line) for other in current):
            current.append(line)
    return current


def _of_one_thing(
    asked: Asked, evidence: Evidence, first: tuple[Figure, EvidenceLine], other: tuple[Figure, EvidenceLine]
) -> bool:
    """Whether two lines give figures of the same thing: the words beside them are the same.

    A word may also stand elsewhere in the line or in its headline, as "flood" does in the news of a flood; the noun
    that is counted may not.
    """
    (figure, line), (second, another) = first, other
    if figure.quantity.dimension != second.quantity.dimension:
        return False
    wanted = figures.said_of(asked)
    about = [evidence.article(one) for one in (line, another)]
    elsewhere = [stem for word, stem in wanted.items() if word not in second.beside]
    if any(words.covered(stem, about[0]) > words.covered(stem, about[1]) for stem in elsewhere):
        return False  # nobody fell ill from oysters in the other article
    if abs(_moment(line) - _moment(another)) > ONE_COURSE:
        return False
    one_day = abs(_moment(line) - _moment(another)) <= TOGETHER and not _follows(another, line)
    if one_day and not _names(asked, line) <= _names(asked, another):
        return False  # of somebody else
    missing = figure.beside - second.beside
    held = frozenset(words.content(f"{another.article.title}\n{another.text}"))
    return not missing & figures.heads(asked, evidence, figure) and all(
        words.covered(wanted[word], held) for word in missing
    )


def _names(asked: Asked, line: EvidenceLine) -> frozenset[str]:
    """Names of the question that a line or its headline has."""
    held = frozenset(words.tokens(f"{line.article.title}\n{line.text}"))
    return frozenset(term.stem for term in asked.names if words.covered(term.stem, held))


def _two_voices(one: EvidenceLine, other: EvidenceLine) -> bool:
    """Whether two lines of an article tell what two say of a thing: what it tells by itself does not disagree."""
    voices = [
        frozenset(stem for told in attributions(line.text) for word in told.who for stem in words.content(word))
        for line in (one, other)
    ]
    return all(voices) and voices[0].isdisjoint(voices[1])


# "The railway puts it at 63 percent": of what, the sentence before says.
_REJOINS = re.compile(r"\bput(?:s|ting)? (?:it|that|them|this|the \w+) at\b", re.IGNORECASE)


def _rejoined(
    found: Quantity, line: EvidenceLine, pool: Sequence[EvidenceLine]
) -> tuple[Quantity, EvidenceLine] | None:
    """Another figure of the same dimension that a sentence right behind sets against a line's."""
    for other in pool:
        if other.key[:2] != line.key[:2] or not 0 <= other.start - line.end <= 2 or not _REJOINS.search(other.text):
            continue
        beside = [one for one in quantities(other.text) if one.dimension == found.dimension and not one.is_year]
        if len(beside) == 1:
            return beside[0], other
    return None


class _Stories:
    """Which of the articles that were found tell one story: those that share what is rare among them."""

    def __init__(self, pool: Sequence[EvidenceLine]) -> None:
        texts: dict[tuple[str, str], list[str]] = {}
        for line in pool:
            texts.setdefault(line.key[:2], [line.article.title]).append(line.text)
        self.stems = {key: frozenset(words.content("\n".join(held))) for key, held in texts.items()}
        held_by = Counter(stem for stems in self.stems.values() for stem in stems)
        self.weights = {stem: math.log(1 + len(texts) / count) ** 2 for stem, count in held_by.items()}

    def alike(self, one: EvidenceLine, other: EvidenceLine) -> float:
        """Cosine of two articles as far as they were found, stems weighed by inverse document frequency; 0 … 1."""
        first, second = (self.stems[line.key[:2]] for line in (one, other))
        product = math.sqrt(self._size(first) * self._size(second))
        return self._size(first & second) / product if product else 0.0

    def _size(self, stems: Iterable[str]) -> float:
        return sum(self.weights[stem] for stem in stems)


def _written(found: Quantity, text: str) -> str:
    return text[found.start : found.end].strip()


def _follows(line: EvidenceLine, other: EvidenceLine) -> bool:
    """Whether a line is a later report of the same outlet."""
    source = line.article.source
    return source is not None and source == other.article.source and _moment(line) - _moment(other) >= LATER


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
