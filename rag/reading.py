"""Reading: from a question and its hits to the lines that may answer it, and what is to be known of them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from index.passage import Hit
from rag import asked, definition, disagreement, fitting, premise
from rag.asked import Asked
from rag.evidence import TELLING, Evidence, Judgement, Missing
from rag.line_ranking import score
from rag.lines import Embedder, EvidenceLine, LinesOf, Selector, candidates
from rag.meaning import Meaning
from rag.overview import Overview

UNNAMED = 0.1  # how sure it can be at most where no line has the name


@dataclass(frozen=True, slots=True)
class Reading:
    """One question, or one part of it, with its lines."""

    question: str
    asked: Asked
    pool: tuple[EvidenceLine, ...]  # all sentences of the hits, best first
    evidence: Evidence
    ranked: tuple[tuple[float, EvidenceLine], ...]  # the first of them by how likely each answers
    before: Judgement | None  # of the best lines, before anything is said
    denial: EvidenceLine | None  # denies what the question takes for granted
    told: tuple[disagreement.Told, ...]  # different values for what is asked


def read(
    question: str,
    hits: Sequence[Hit],
    lines_of: LinesOf,
    embedder: Embedder | None,
    meaning: Meaning | None,
    as_of: dt.datetime,
    selector: Selector | None = None,
) -> Reading:
    """Score the lines of the hits for the question, and look at the best of them."""
    pool = score(question, candidates(hits, lines_of), embedder, selector)
    evidence = Evidence(question, pool, embedder, as_of=as_of, meaning=meaning)
    ranked = evidence.ranked()
    about = asked.read(question)
    before = evidence.judge([line for _, line in ranked[:3]]) if ranked else None
    if before is not None and (name := definition.defined(question)) is not None:
        before = _defined(name, before, pool, ranked[0][1])
    return Reading(
        question,
        about,
        tuple(pool),
        evidence,
        tuple(ranked),
        before,
        premise.denial(about, evidence, [line for _, line in ranked[:6]]),
        tuple(disagreement.sides(about, evidence, ranked)),
    )


def _defined(name: str, before: Judgement, pool: Sequence[EvidenceLine], best: EvidenceLine) -> Judgement:
    """The judgement of a question for who or what something is."""
    if definition.defines(name, best.text):
        return replace(before, confidence=max(TELLING, before.confidence))
    if any(definition.names(name, line.text) for line in pool):
        return before
    missing = Missing((name,), before.missing.other)
    return replace(before, confidence=min(UNNAMED, before.confidence), missing=missing)


@dataclass(frozen=True, slots=True)
class Readings:
    """A whole question with the readings of its parts, the first that of the question itself."""

    whole: Reading
    parts: tuple[Reading, ...] = ()  # none where the question is one
    course: bool = False
    missing: tuple[str, ...] = field(default=())  # parts that nothing was found on
    leads: tuple[EvidenceLine, ...] = ()  # tell who is meant, where another line tells what is asked of them
    overview: Overview | None = None  # where a whole story is asked for
    nothing_then: bool = False  # the news of a time is asked for, of which there is none

    @property
    def pool(self) -> list[EvidenceLine]:
        """The lines of all, the best of each part first in turn, each line once."""
        if self.overview is not None:
            return list({line.key: line for line in (*self.overview.lines, *self.whole.pool)}.values())
        if not self.parts:
            return list(self.whole.pool)
        found = {line.key: line for line in self.leads}
        for place in range(40):
            for reading in (*self.parts, self.whole):
                lines = [line for _, line in reading.ranked] if reading is not self.whole else list(reading.pool)
                if place < len(lines):
                    found.setdefault(lines[place].key, lines[place])
        return list(found.values())

    @property
    def before(self) -> Judgement | None:
        """How sure the best lines answer the question, or the part of it that they answer best."""
        if self.overview is not None:
            return self.overview.judged
        if not self.parts:
            return self.whole.before
        best = [line for _, line in self.whole.ranked[:3]]
        judged = [self.judge(best) if best else None, *(part.before for part in self.parts)]
        return max((one for one in judged if one is not None), key=lambda one: one.confidence, default=None)

    def judge(self, lines: Sequence[EvidenceLine], answer: str = "") -> Judgement:
        """How sure the lines bear an answer to the question, or to the part of it that they fit best."""
        if self.overview is not None and self.overview.holds(lines):
            return self.overview.judged
        judged = [reading.evidence.judge(lines, answer) for reading in (self.whole, *self.parts)]
        return max(judged, key=lambda one: one.confidence)

    def answers(self, text: str) -> bool:
        """Whether a text holds something of the kind that the question, or a part of it, asks for."""
        return any(fitting.holds(reading.question, text) for reading in (self.whole, *self.parts))
