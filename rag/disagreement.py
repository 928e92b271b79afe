"""Disagreement is shown, not averaged: figures for one thing, side by side, each with outlet, date and line.

A figure that a later report replaces is superseded, days later or, by the same outlet, hours later; figures told at
the same time, or by two speakers in one article, are disputed. Copies of an agency's report count once: retrieval has
collapsed them before. Only figures of the kind asked for and of the same unit are held against each other.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import figures, fitting, words
from rag.answer import Standing
from rag.asked import Asked
from rag.checks.attribution import attributions
from rag.evidence import Evidence
from rag.figures import Figure
from rag.lines import EvidenceLine
from rag.quantities import quantities

TOGETHER = dt.timedelta(hours=36)  # reports closer than this are of one moment: neither replaces the other
LATER = dt.timedelta(hours=3)  # an outlet that tells another figure so much later has a new one
MOST = 4  # values shown
AMONG_BEST = 0.15  # of the best line's likelihood: such lines are held against each other, and all later ones
LATER_AMONG = 20  # of the lines found: .97 of what proves an answer; among more, other figures pass for later ones
NAMED, TOLD_OF, ALIKE = 0.6, 0.34, 0.3  # of the question's names, of what is asked of them, likeness: at least
OF_EACH = frozenset({"score", "age", "telephone"})  # every game and everybody has one of their own
ONE_COURSE = dt.timedelta(days=120)  # a figure from longer ago is of another time, not of an earlier report
WEEKS = dt.timedelta(days=30)  # a later report so near is of the story,
ALL_SAID = 0.95  # if it says so much of what is asked
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
    told.sort(key=lambda item: item[1].moment, reverse=True)
    current = _current([line for _, line in told])
    if asked.dates and len(current) < len(told):
        return []
    standing = Standing.DISPUTED if len(current) > 1 else Standing.CURRENT
    return [
        Told(figure.written, line, standing if line in current else Standing.SUPERSEDED)
        for figure, line in told[:MOST]
    ]


def _gathered(
    asked: Asked, evidence: Evidence, lines: Sequence[tuple[float, EvidenceLine]]
) -> list[tuple[Figure, EvidenceLine]]:
    """The different figures for what is asked, each with the best line that gives it; that of the best line first."""
    least = AMONG_BEST * max((sure for sure, _ in lines), default=0.0)
    best = [line for sure, line in lines if sure >= least]
    found = {line.key: figures.of(asked, evidence, line.text) for line in best}
    by_noun = any(figure is not None and figures.of_the_noun(asked, figure) for figure in found.values())

    def figure_of(line: EvidenceLine) -> Figure | None:
        figure = found[line.key] if line.key in found else figures.of(asked, evidence, line.text)
        return None if figure is None or (by_noun and not figures.of_the_noun(asked, figure)) else figure

    first = next(
        ((figure, line) for line in best if _answers(evidence, line) and (figure := figure_of(line)) is not None),
        None,
    )
    if first is None or _of_another_time(asked, first[1]):
        return []
    told = [first]
    # A later report stands in a worse hit as a rule, and is known by what its figure is of.
    ranked = {line.key for _, line in lines}
    prospects = evidence.pool[:LATER_AMONG]
    later = [line for line in prospects if line.key not in found and line.moment > first[1].moment]
    for line in (*best, *later):
        figure = figure_of(line)
        if (
            figure is not None
            and not _of_another_time(asked, line)
            and not any(figures.same(figure.quantity, other.quantity) for other, _ in told)
            and _of_one_thing(asked, evidence, first, (figure, line))
            and not any(line.key[:2] == other.key[:2] and not _two_voices(line, other) for _, other in told)
            and (
                any(evidence.alike(line, other) >= ONE_STORY for _, other in told)
                or _goes_on(evidence, first[1], line)
            )
            and (_named(evidence, line) if line.key in ranked else _answers(evidence, line))
        ):
            told.append((figure, line))
    answered = _rejoined(*first, evidence.pool)
    if answered is not None and not any(figures.same(answered[0].quantity, other.quantity) for other, _ in told):
        told.append(answered)
    return told


def _goes_on(evidence: Evidence, line: EvidenceLine, later: EvidenceLine) -> bool:
    """Whether a report of the weeks after tells all that the question says, and names whom it names right there.

    Where all that was found is of one story its words are not rare, and its articles seem no more alike than others.
    """
    measured = evidence.features(later)
    after = later.moment - line.moment
    return TOGETHER < after <= WEEKS and measured["names"] >= NAMED and measured["relation"] >= ALL_SAID


def _answers(evidence: Evidence, line: EvidenceLine) -> bool:
    """Whether a line tells what is asked of whom it is asked."""
    measured = evidence.features(line)
    return _named(evidence, line) and measured["relation"] >= TOLD_OF and measured["dense"] >= ALIKE


def _of_another_time(asked: Asked, line: EvidenceLine) -> bool:
    """Whether a line asks instead of telling, or tells of another year than its article's, which nobody asked for.

    "March 2005 in Indonesia: about 1,300 died", of 2023, is no earlier report of what happened in 2023.
    """
    years = {int(year) for year in _YEAR.findall(line.text)} - {int(year) for year in _YEAR.findall(asked.question)}
    published = line.article.published_at
    past = published is not None and bool(years) and max(years) < published.moment.year - 1
    return past or fitting.asks(line.text)


def _named(evidence: Evidence, line: EvidenceLine) -> bool:
    """Whether a line, or its article, names whom the question does."""
    measured = evidence.features(line)
    return max(measured["names"], measured["names_article"]) >= NAMED


def _current(newest_first: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """The lines that no later one replaces."""
    current: list[EvidenceLine] = []
    for line in newest_first:
        of_now = newest_first[0].moment - line.moment <= TOGETHER
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
    # Forty journalists are a part of those arrested; "a third worker has died" counts all that have.
    others = second.quantity.noun in figures.WHO and second.quantity.noun != figure.quantity.noun
    if others and not figure.quantity.ordinal:
        return False
    wanted = figures.said_of(asked)
    about = [evidence.article(one) for one in (line, another)]
    elsewhere = [stem for word, stem in wanted.items() if word not in second.beside]
    if any(words.covered(stem, about[0]) > words.covered(stem, about[1]) for stem in elsewhere):
        return False  # nobody fell ill from oysters in the other article
    if abs(line.moment - another.moment) > ONE_COURSE:
        return False
    one_day = abs(line.moment - another.moment) <= TOGETHER and not _follows(another, line)
    if one_day and (not _names(asked, line) <= _names(asked, another) or _elsewhere(asked, line, second, another)):
        return False  # of somebody else, or of a part of it
    missing = figure.beside - second.beside
    held = frozenset(words.content(f"{another.article.title}\n{another.text}"))
    return not missing & figures.heads(asked, evidence, figure) and all(
        words.covered(wanted[word], held) for word in missing
    )


def _names(asked: Asked, line: EvidenceLine) -> frozenset[str]:
    """Names of the question that a line or its headline has."""
    held = frozenset(words.tokens(f"{line.article.title}\n{line.text}"))
    return frozenset(term.stem for term in asked.names if words.covered(term.stem, held))


# "23 were reported dead in the eastern town of Bayda".
_PLACE = re.compile(
    r"\b(?:in|at|near)\s+(?:the\s+)?(?:(?!(?:his|her|its|their)\b)[a-z]+\s+){0,3}"
    r"(?P<name>[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*)"
)


def _elsewhere(asked: Asked, line: EvidenceLine, figure: Figure, another: EvidenceLine) -> bool:
    """Whether the clause of another line's figure names a place that neither the question nor the first line does."""
    known = frozenset((*words.tokens(asked.question), *words.tokens(f"{line.article.title}\n{line.text}")))
    clause = figures.clause(another.text, figure.quantity)
    return any(
        not words.covered(stem, known) for found in _PLACE.finditer(clause) for stem in words.content(found["name"])
    )


def _two_voices(one: EvidenceLine, other: EvidenceLine) -> bool:
    """Whether two lines of an article tell what two say of a thing: what it tells by itself does not disagree."""
    voices = [
        frozenset(stem for told in attributions(line.text) for word in told.who for stem in words.content(word))
        for line in (one, other)
    ]
    return all(voices) and voices[0].isdisjoint(voices[1])


# "The railway puts it at 63 percent": of what, the sentence before says.
_REJOINS = re.compile(r"\bput(?:s|ting)? (?:it|that|them|this|the \w+) at\b", re.IGNORECASE)


def _rejoined(figure: Figure, line: EvidenceLine, pool: Sequence[EvidenceLine]) -> tuple[Figure, EvidenceLine] | None:
    """Another figure of the same dimension that a sentence right behind sets against a line's."""
    for other in pool:
        if other.key[:2] != line.key[:2] or not 0 <= other.start - line.end <= 2 or not _REJOINS.search(other.text):
            continue
        behind = [
            one for one in quantities(other.text) if one.dimension == figure.quantity.dimension and not one.is_year
        ]
        if len(behind) == 1:
            return Figure.read(behind[0], other.text), other
    return None


def _follows(line: EvidenceLine, other: EvidenceLine) -> bool:
    """Whether a line is a later report of the same outlet."""
    source = line.article.source
    return source is not None and source == other.article.source and line.moment - other.moment >= LATER


_YEAR = re.compile(r"\b(?:19|20)\d\d\b(?![,.]\d)")
_SETTLED = re.compile(
    r"\b(?:finally|final|exactly|exact|true|really|actual|actually|established|neutral|independent(?:ly)?"
    r"|definitive(?:ly)?"
    r"|proven|conclusive(?:ly)?)\b",
    re.IGNORECASE,
)


def wants_settled(question: str) -> bool:
    """Whether a question asks for what is beyond dispute, which a disputed value is not."""
    return _SETTLED.search(question) is not None
