"""The catalog: what search must know of every passage, in memory, in columns.

It says which passages may be retrieved for a question: those current at the moment asked about, usable, past their
embargo and inside the filters. Both derived indexes search under that mask, so what the catalog does not allow
cannot become a hit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence, Set
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.article import Status
from index.rows import ArticleRow, PassageRow
from index.store import Store

FOREVER = np.inf
KEPT_MASKS = 8


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is narrowed to. Sets are alternatives; an empty one does not narrow."""

    since: dt.datetime | None = None  # published at or after
    until: dt.datetime | None = None  # published before
    sources: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()
    without: frozenset[str] = frozenset()  # articles that are left out

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self != NO_FILTERS


NO_FILTERS = Filters()


@dataclass(frozen=True, slots=True)
class _Columns:
    """One row for each time a passage was current. Times are seconds since 1970 UTC."""

    passage: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    article: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    published: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))  # NaN where unknown
    start: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))  # current from
    end: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))  # current until

    def replaced(self, keep: NDArray[np.bool_], rows: Sequence[PassageRow]) -> _Columns:
        """These rows where `keep` holds, and `rows` after them."""
        return _Columns(
            np.append(self.passage[keep], np.array([row.passage_id for row in rows], np.int64)),
            np.append(self.article[keep], np.array([row.article for row in rows], np.int64)),
            np.append(
                self.published[keep],
                np.array([np.nan if row.published is None else row.published for row in rows], np.float64),
            ),
            np.append(self.start[keep], np.array([row.current_from for row in rows], np.float64)),
            np.append(
                self.end[keep],
                np.array([FOREVER if row.current_until is None else row.current_until for row in rows], np.float64),
            ),
        )


@dataclass(frozen=True, slots=True)
class _Span:
    """A time in which nothing begins or ends: from `first`, before `end`."""

    first: float
    end: float

    @classmethod
    def around(cls, moment: float, *times: NDArray[np.float64]) -> _Span:
        """The longest one around a moment between any of the times; NaN is none."""
        first = max(float(each[each <= moment].max(initial=-FOREVER)) for each in times)
        return cls(first, min(float(each[each > moment].min(initial=FOREVER)) for each in times))

    def holds(self, moment: float) -> bool:
        return self.first <= moment < self.end


ALWAYS = _Span(-FOREVER, FOREVER)


@dataclass(frozen=True, slots=True)
class _Mask:
    """What may be retrieved, and for which questions that is so."""

    of_now: bool
    filters: Filters
    asked: _Span  # about any moment of it
    lifted: _Span  # with embargoes as they are then
    allowed: NDArray[np.bool_]

    def fits(self, filters: Filters, moment: float, until: float, *, of_now: bool) -> bool:
        same = self.of_now == of_now and self.filters == filters
        return same and self.asked.holds(moment) and self.lifted.holds(until)


class Catalog:
    """The passages of one store as of its commit `through`. Never changed once made, so readers need no lock."""

    def __init__(self) -> None:
        self.lineage = ""
        self.through = 0
        self._rows = _Columns()
        self._article_ids: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        # By article number.
        self._usable = np.zeros(1, bool)
        self._embargo = np.zeros(1, np.float64)
        self._original = np.zeros(1, np.int64)
        self._words: dict[str, list[str | None]] = {name: [None] for name in ("source", "section", "language")}
        # By passage id.
        self._article_of = np.zeros(1, np.int64)
        self._published_of = np.full(1, np.nan)
        self._masks: tuple[_Mask, ...] = ()  # the latest first

    def refreshed(self, store: Store) -> Catalog:
        """A catalog that has taken in what the store committed since; itself where there was nothing.

        Of another lineage it is made anew.
        """
        with store.database.read():
            lineage, commit = store.lineage(), store.commit_number()
            if lineage != self.lineage and self.lineage:
                return Catalog().refreshed(store)
            if (lineage, commit) == (self.lineage, self.through):
                return self
            articles = store.articles_changed(self.through)
            passages = store.passages_changed(self.through)
        return self._with(lineage, commit, articles, passages)

    def _with(
        self, lineage: str, commit: int, articles: Sequence[ArticleRow], passages: Sequence[PassageRow]
    ) -> Catalog:
        new = Catalog()
        new.lineage, new.through = lineage, commit
        new._article_ids = {**self._article_ids, **{row.article: row.article_id for row in articles}}
        new._numbers = {**self._numbers, **{row.article_id: row.article for row in articles}}
        size = max([len(self._usable) - 1, *(row.article for row in articles)]) + 1
        grown = size - len(self._usable)
        new._usable = np.concatenate([self._usable, np.zeros(grown, bool)])
        new._embargo = np.concatenate([self._embargo, np.zeros(grown)])
        new._original = np.concatenate([self._original, np.zeros(grown, np.int64)])
        new._words = {name: [*held, *[None] * grown] for name, held in self._words.items()}
        for row in articles:
            new._usable[row.article] = row.status is Status.USABLE
            new._embargo[row.article] = -FOREVER if row.embargo_until is None else row.embargo_until
            new._original[row.article] = row.original or row.article
            new._words["source"][row.article] = row.source
            new._words["section"][row.article] = row.section
            new._words["language"][row.article] = row.language
        changed = np.zeros(size, bool)
        changed[[row.article for row in articles]] = True
        new._rows = self._rows.replaced(~changed[self._rows.article], passages)
        # Never shorter than before: a search that is under way may hold the id of a passage deleted just now.
        passage = new._rows.passage
        count = max(int(passage.max(initial=0)) + 1, len(self._article_of))
        new._article_of, new._published_of = np.zeros(count, np.int64), np.full(count, np.nan)
        new._article_of[passage], new._published_of[passage] = new._rows.article, new._rows.published
        return new

    def allowed(
        self, *, as_of: dt.datetime | None, now: dt.datetime, filters: Filters = NO_FILTERS
    ) -> NDArray[np.bool_]:
        """A mask over passage ids, (highest id + 1,): which may be retrieved. Not to be written to.

        With `as_of`, those current then, and of an article not published later; without, those current now.
        """
        moment = (now if as_of is None else as_of).timestamp()
        until = min(moment, now.timestamp())
        for held in self._masks:
            if held.fits(filters, moment, until, of_now=as_of is None):
                return held.allowed
        mask = self._allowed(None if as_of is None else moment, until, filters)
        mask.flags.writeable = False
        rows = self._rows
        asked = ALWAYS if as_of is None else _Span.around(moment, rows.start, rows.end, rows.published)
        made = _Mask(as_of is None, filters, asked, _Span.around(until, self._embargo), mask)
        self._masks = (made, *self._masks[: KEPT_MASKS - 1])
        return mask

    def _allowed(self, moment: float | None, until: float, filters: Filters) -> NDArray[np.bool_]:
        rows = self._rows
        usable = self._usable & (self._embargo <= until) & self._narrowed(filters)
        fits = usable[rows.article]
        if moment is None:
            fits &= rows.end == FOREVER
        else:
            fits &= (rows.start <= moment) & (moment < rows.end)
            fits &= ~(rows.published > moment)  # an unknown date is judged by when the text was seen
        if filters.since is not None:
            fits &= rows.published >= filters.since.timestamp()
        if filters.until is not None:
            fits &= rows.published < filters.until.timestamp()
        mask = np.zeros(len(self._article_of), bool)
        mask[rows.passage[fits]] = True
        return mask

    def _narrowed(self, filters: Filters) -> NDArray[np.bool_]:
        mask = np.ones(len(self._usable), bool)
        for name, wanted in (
            ("source", filters.sources),
            ("section", filters.sections),
            ("language", filters.languages),
        ):
            if wanted:
                mask &= np.array([word in wanted for word in self._words[name]], bool)
        if filters.articles:
            among = np.zeros(len(mask), bool)
            among[[self._numbers[held] for held in filters.articles if held in self._numbers]] = True
            mask &= among
        mask[[self._numbers[held] for held in filters.without if held in self._numbers]] = False
        return mask

    def sources(self) -> list[str]:
        """The outlets there are, in alphabetical order."""
        return sorted({word for word in self._words["source"] if word is not None})

    def article_numbers(self, passage_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The article of each passage, (n,) int64."""
        return self._article_of[passage_ids]

    def originals(self, passage_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The article each passage's article is a copy of, itself where it is none, (n,) int64."""
        return self._original[self._article_of[passage_ids]]

    def published(self, passage_ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """When each passage's article was published, seconds since 1970 UTC, NaN where unknown, (n,) float64."""
        return self._published_of[passage_ids]

    def article_ids(self) -> Set[str]:
        """The ids of all articles, deleted ones among them."""
        return self._numbers.keys()

    def article_id(self, number: int) -> str:
        """The article's id by its row number."""
        return self._article_ids[number]
