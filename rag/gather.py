"""Gathering: the searches that a question takes, and what was found, read.

One search for most; more for a question of several parts, for one that says "he" of somebody it does not name, and
for the latest on a whole story.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

from index.catalog import NO_FILTERS, Filters
from index.passage import Hit
from rag import hops
from rag.decompose import asking, decompose
from rag.lines import Embedder, LinesOf, Selector
from rag.meaning import Meaning
from rag.overview import overview, time_alone, topic
from rag.reading import Reading, Readings, read
from rag.when import TimeKind, read_time

A_DAY = dt.timedelta(days=1)
LATELY = dt.timedelta(days=30)  # what is newer is looked through first for the latest on a story
MORE_SEARCHES = 2  # for parts of a question
SURE_OF_PART = 0.6  # the confidence at which a part needs no search of its own


class Retriever(Protocol):
    """Where hits come from."""

    def retrieve(
        self, question: str, *, as_of: dt.datetime, limit: int, filters: Filters = NO_FILTERS
    ) -> Sequence[Hit]:
        """At most `limit` hits, best first, of nothing published or observed after `as_of`."""


@dataclass(frozen=True, slots=True)
class Gatherer:
    """Searches for a question and reads what was found."""

    retriever: Retriever
    embedder: Embedder | None
    selector: Selector | None
    lines_of: LinesOf
    meaning: Meaning | None
    hits: int  # of one search
    enough: float  # the confidence from which a part is answered

    def gather(self, question: str, hits: Sequence[Hit], as_of: dt.datetime, filters: Filters) -> Readings:
        """The question read; a question of several parts also part by part, each with a search of its own.

        At most two more searches: a part that the first one has the lines for needs none.
        """
        parts = decompose(question)
        twice = self._twice(question, hits, as_of, filters)
        if twice is not None:
            return twice
        whole = self._read(question, hits, as_of)
        if len(parts.questions) < 2:
            story = self._overview(question, whole, as_of, filters)
            return story or Readings(whole, course=parts.course)
        found: list[tuple[str, Reading]] = []
        searches = MORE_SEARCHES
        for part in parts.questions:
            asks = asking(part)
            reading = self._read(asks, hits, as_of)
            if (reading.before is None or reading.before.confidence < SURE_OF_PART) and searches:
                searches -= 1
                more = self.retriever.retrieve(asks, as_of=as_of, limit=self.hits, filters=filters)
                again = self._read(asks, more, as_of)
                if again.before is not None and (
                    reading.before is None or again.before.confidence > reading.before.confidence
                ):
                    reading = again
            found.append((part, reading))
        kept = {part: one for part, one in found if one.before is not None and one.before.confidence >= self.enough}
        if not kept:
            return Readings(whole, course=parts.course)
        missing = tuple(part for part, _ in found if part not in kept)
        return Readings(whole, tuple(kept.values()), parts.course, missing)

    def _twice(self, question: str, hits: Sequence[Hit], as_of: dt.datetime, filters: Filters) -> Readings | None:
        """The readings of a question that says "he" of somebody it does not name; None for any other.

        First who it is, then with the name what is asked of him; where either finds nothing, it is read as it stands.
        """
        step = hops.hop(question)
        if step is None:
            return None
        found = hops.named(step, self._read(step.told, hits, as_of))
        if found is None:
            return None
        name, line = found
        asks = step.of(name)
        then = self._read(asks, self.retriever.retrieve(asks, as_of=as_of, limit=self.hits, filters=filters), as_of)
        if then.before is None or then.before.confidence < self.enough:
            return None
        return Readings(then, (then,), leads=(line,))

    def _overview(self, question: str, whole: Reading, as_of: dt.datetime, filters: Filters) -> Readings | None:
        """The readings of a question for a whole story; None of any other.

        Where the latest is asked for, the last weeks are looked through first, all else only if they have nothing.
        The news of a time is what was published then, or else the day after.
        """
        time = read_time(question, as_of)
        if time_alone(question, time) and time.until is not None:
            for until in (time.until, time.until + A_DAY):
                then = replace(filters, since=_later(filters.since, time.since), until=_sooner(filters.until, until))
                hits = self.retriever.retrieve(question, as_of=as_of, limit=2 * self.hits, filters=then)
                reading = self._read(question, hits, as_of)
                story = overview("", reading.evidence, self.lines_of, newest_first=False)
                if story is not None:
                    return Readings(reading, overview=story)
            if topic(question) != "":  # "in the news this week" is content with the latest
                return Readings(whole, nothing_then=True)
        about = topic(question)
        if about is None:
            return None
        latest = about == "" or time.kind in {TimeKind.LATEST, TimeKind.CURRENT}
        if latest and filters.since is None:
            weeks = replace(filters, since=as_of - LATELY)
            hits = self.retriever.retrieve(question, as_of=as_of, limit=2 * self.hits, filters=weeks)
            recent = self._read(question, hits, as_of)
            story = overview(about, recent.evidence, self.lines_of, newest_first=True)
            if story is not None:
                return Readings(recent, overview=story)
        story = overview(about, whole.evidence, self.lines_of, newest_first=latest)
        return None if story is None else Readings(whole, overview=story)

    def _read(self, question: str, hits: Sequence[Hit], as_of: dt.datetime) -> Reading:
        return read(question, hits, self.lines_of, self.embedder, self.meaning, as_of, self.selector)


def _later(one: dt.datetime | None, other: dt.datetime | None) -> dt.datetime | None:
    return max((moment for moment in (one, other) if moment is not None), default=None)


def _sooner(one: dt.datetime | None, other: dt.datetime) -> dt.datetime:
    return other if one is None else min(one, other)
