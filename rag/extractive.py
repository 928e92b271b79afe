"""Answers without a model: the sentences that best bear the answer, quoted exactly, in a readable order.

The line that proves the answer is first .73 of the time and among the first three .92 (gold questions, held out by
event: `confidence.json`), so up to three are quoted, the surest first. Of a list all items are, of each part of a
question the best lines, and of how something changed the best line of each article in the order of their dates.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import antecedent, blocks, definition, words
from rag.evidence import Evidence, Judgement
from rag.lines import EvidenceLine, LinesOf
from rag.reading import Reading, Readings
from rag.verify import unshowable

NAME = "extractive"
_NEAR_BEST = 0.33  # of the best line's likelihood; below it a sentence is there to fill space
_AS_SURE = 0.8  # of the best line's likelihood; between such it is chance which is the surest
_OF_A_COURSE = 0.15  # the same for lines of several articles that tell how something changed
_ARTICLES, _LOOKED_AT = 6, 4  # of which so many articles are looked at, and so many lines of each
_BESIDE = 0.6  # of an article's best line: its second one is told too
_BESIDE_IT = (antecedent.signature, antecedent.withdrawal, antecedent.continuation)  # what a line is quoted with
_TELLS = re.compile(r"^\W*(?:why\b|how come\b|what happened\b)", re.IGNORECASE)
_CUT = re.compile(r"\s(?:\.\.\.|…)$")  # a headline that its feed cut off says less than it seems to
MOST = 10  # sentences of an answer, items of lists included


@dataclass(frozen=True, slots=True)
class Quoted:
    """What quoting alone would say."""

    lines: tuple[EvidenceLine, ...]  # in reading order; none where nothing was found
    judged: tuple[Judgement, ...]  # of the question, or of each of its parts
    whole: bool  # what stands in no one line: a list, parts, a dispute, a course of events, a choice, a whole story

    @property
    def confidence(self) -> float:
        """That the lines answer, 0 … 1."""
        return sum(one.confidence for one in self.judged) / max(1, len(self.judged))

    def holds(self, line: EvidenceLine) -> bool:
        """Whether a line is one of them."""
        return line.key in {one.key for one in self.lines}


def quoted(readings: Readings, lines_of: LinesOf) -> Quoted:
    """The answer without a model."""
    if readings.overview is not None:
        return Quoted(readings.overview.lines, (readings.overview.judged,), whole=True)
    lines = answer(readings, lines_of)
    judged = [reading.before for reading in readings.parts or (readings.whole,) if reading.before is not None]
    whole = readings.whole
    composed = bool(readings.parts) or readings.course or len(whole.told) > 1 or whole.denial is not None
    # A list beside the best line is not what was asked for.
    listed = bool(whole.ranked) and len(blocks.block(whole.ranked[0][1], lines_of)) > 1
    return Quoted(tuple(lines), tuple(judged), composed or listed or whole.asked.chooses)


def answer(readings: Readings, lines_of: LinesOf) -> list[EvidenceLine]:
    """The lines to quote, in reading order; none where nothing was found."""
    if readings.parts:
        found = [line for reading in readings.parts for line in best(reading.evidence, limit=2)]
        chosen = list({line.key: line for line in (*readings.leads, *found)}.values())
    elif readings.course:
        return by_date(_course(readings.whole), lines_of)
    else:
        chosen = _of_one(readings.whole)
        if _TELLS.match(readings.whole.question):  # no list tells why, or what happened
            chosen = [line for line in chosen if len(blocks.block(line, lines_of)) == 1] or chosen
        lead = led(readings.whole, _surest(readings.whole, chosen), lines_of)
        rest = in_order(_whole(chosen, lines_of))
        return list({line.key: line for line in (*lead, *rest)}.values())[:MOST]
    return in_order(_whole(chosen, lines_of))[:MOST]


def led(reading: Reading, first: Sequence[EvidenceLine], lines_of: LinesOf) -> list[EvidenceLine]:
    """What comes first, lists whole, with the line before it that says who "she" is and what it is quoted with."""
    named = antecedent.of(reading.asked, first[0], lines_of) if first else None
    if definition.defined(reading.question) is not None:
        named = None  # whom it is asked of is named
    return in_order(_whole([named, *first] if named is not None else first, lines_of))


def _of_one(reading: Reading) -> list[EvidenceLine]:
    """The best lines; first the one that denies the premise, then each side of a disagreement."""
    chosen = best(reading.evidence)
    first = [reading.denial] if reading.denial is not None else []
    sides = [told.line for told in reading.told]
    found = {line.key: line for line in (*first, *sides, *chosen)}
    return list(found.values())[: max(3, len(first) + len(sides))]


def _surest(reading: Reading, chosen: Sequence[EvidenceLine]) -> Sequence[EvidenceLine]:
    """The first of the lines, and with the surest of all those that are nearly as sure: they keep their order."""
    sure = {line.key: likelihood for likelihood, line in reading.ranked}
    if not chosen or not reading.ranked or sure.get(chosen[0].key) != reading.ranked[0][0]:
        return chosen[:1]
    return [line for line in chosen if sure.get(line.key, 0.0) >= _AS_SURE * sure[chosen[0].key]]


def _course(reading: Reading) -> list[EvidenceLine]:
    """The best line or two of each article, as far as they are likely to answer.

    Each article is looked at for itself: the lines of the best one could fill all that one question is judged by.
    """
    first: dict[tuple[str, str], list[EvidenceLine]] = {}
    for line in reading.pool:
        held = first.setdefault(line.key[:2], [])
        if len(held) < _LOOKED_AT and quotable(line):
            held.append(line)
    judged = [reading.evidence.sure(lines) for lines in list(first.values())[:_ARTICLES] if lines]
    most = max((best_of[0][0] for best_of in judged), default=0.0)
    return [
        line
        for best_of in judged
        for sure, line in best_of[:2]
        if sure >= max(_OF_A_COURSE * most, _BESIDE * best_of[0][0])
    ]


def shorter(lines: Sequence[EvidenceLine], lines_of: LinesOf, most: int = 2) -> Sequence[EvidenceLine]:
    """The first few lines, for another stands before them; all where they hold a list, of which half is none."""
    return lines if any(len(blocks.block(line, lines_of)) > 1 for line in lines) else lines[:most]


def by_date(lines: Sequence[EvidenceLine], lines_of: LinesOf) -> list[EvidenceLine]:
    """Articles in the order of their dates, each from top to bottom."""
    undated = dt.datetime.max.replace(tzinfo=dt.UTC)

    def place(line: EvidenceLine) -> tuple[dt.datetime, str, int]:
        date = line.article.published_at
        return (date.moment if date is not None else undated, line.article.article_id, line.start)

    return sorted(_whole(lines, lines_of), key=place)[:MOST]


def _whole(lines: Sequence[EvidenceLine], lines_of: LinesOf) -> list[EvidenceLine]:
    """The lines that can be shown: lists whole, a column with its byline, since an opinion is somebody's; what an
    article takes back with the headline that does so; and a sentence with the short one that finishes it.
    """
    beside = [told(line, lines_of) for line in lines for told in _BESIDE_IT]
    found = [*blocks.with_items(lines, lines_of), *(line for line in beside if line is not None)]
    return [
        line
        for line in {one.key: one for one in found}.values()
        if unshowable(line.text, line.text) is None and not antecedent.is_label(line.text)
    ]


def best(evidence: Evidence, limit: int = 3) -> list[EvidenceLine]:
    """At most `limit` lines to quote, best first; none that a reader's client could render as a link or a tag.

    A line that says the same as a better one (in its own words, nine tenths) is left out.
    """
    ranked = [(sure, line) for sure, line in evidence.ranked() if quotable(line)]
    kept: list[EvidenceLine] = []
    for sure, line in ranked:
        if sure < _NEAR_BEST * ranked[0][0]:
            break
        stems = frozenset(words.content(line.text))
        if any(len(stems & frozenset(words.content(other.text))) >= 0.9 * len(stems) for other in kept):
            continue
        kept.append(line)
        if len(kept) == limit:
            break
    return kept


def in_order(lines: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """Articles in the order of their best line, each from top to bottom."""
    order = {key: at for at, key in enumerate(dict.fromkeys(line.key[:2] for line in lines))}
    return sorted(lines, key=lambda line: (order[line.key[:2]], line.start))


def quotable(line: EvidenceLine) -> bool:
    """Whether a line says something by itself."""
    said = not (antecedent.is_byline(line) or antecedent.is_label(line.text)) and len(words.content(line.text)) >= 2
    return said and not _CUT.search(line.text) and unshowable(line.text, line.text) is None
