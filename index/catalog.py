"""The catalog: what search must know of every passage, in memory, in columns.

It says which passages may be retrieved for a question: those current at the moment asked about, usable, past their
embargo and inside the filters. Both derived indexes search under that mask, so what the catalog does not allow
cannot become a hit.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.article import Status
from index.store import Store

FOREVER = np.inf


@dataclass(frozen=True, slots=True)
class Filters:
    """What a search is narrowed to. Sets are alternatives; an empty one does not narrow."""

    since: dt.datetime | None = None  # published at or after
    until: dt.datetime | None = None  # published before
    sources: frozenset[str] = frozenset()
    sections: frozenset[str] = frozenset()
    languages: frozenset[str] = frozenset()
    articles: frozenset[str] = frozenset()

    @property
    def narrows(self) -> bool:
        """Whether anything is left out."""
        return self != Filters()


@dataclass(slots=True)
class _Columns:
    """One row for each time a passage was current. Rows are replaced when their article changes."""

    passage: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    article: NDArray[np.int64] = field(default_factory=lambda: np.empty(0, np.int64))
    published: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))  # NaN where unknown
    start: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))  # current from
    end: NDArray[np.float64] = field(default_factory=lambda: np.empty(0, np.float64))  # current until


class Catalog:
    """The passages of one store as of its commit `through`. Refreshed by one thread, read by many."""

    def __init__(self) -> None:
        self.through = 0
        self._rows = _Columns()
        self._article_ids: dict[int, str] = {}
        self._numbers: dict[str, int] = {}
        self._usable = np.zeros(1, bool)  # by article number
        self._embargo = np.zeros(1, np.float64)
        self._original = np.zeros(1, np.int64)
        self._words: dict[str, list[str | None]] = {}  # source, section, language by article number
        self._article_of = np.zeros(1, np.int64)  # by passage id
        self._published_of = np.full(1, np.nan)

    def refresh(self, store: Store) -> bool:
        """Take in what the store committed since; whether there was anything."""
        with store.database.read():
            commit = store.commit_number()
            if commit == self.through:
                return False
            articles = store.articles_changed(self.through)
            passages = store.passages_changed(self.through)
        self._take_articles([row.article for row in articles])
        for row in articles:
            self._article_ids[row.article] = row.article_id
            self._numbers[row.article_id] = row.article
            self._usable[row.article] = row.status is Status.USABLE
            self._embargo[row.article] = -FOREVER if row.embargo_until is None else row.embargo_until
            self._original[row.article] = row.original or row.article
            self._words["source"][row.article] = row.source
            self._words["section"][row.article] = row.section
            self._words["language"][row.article] = row.language
        fresh = _Columns(
            np.array([row.passage_id for row in passages], np.int64),
            np.array([row.article for row in passages], np.int64),
            np.array([np.nan if row.published is None else row.published for row in passages], np.float64),
            np.array([row.current_from for row in passages], np.float64),
            np.array([FOREVER if row.current_until is None else row.current_until for row in passages], np.float64),
        )
        changed = np.zeros(len(self._usable), bool)
        changed[[row.article for row in articles]] = True
        keep = ~changed[self._rows.article]
        self._rows = _Columns(
            *(
                np.concatenate([getattr(self._rows, name)[keep], getattr(fresh, name)])
                for name in _Columns.__dataclass_fields__
            )
        )
        size = int(self._rows.passage.max(initial=0)) + 1
        article_of, published_of = np.zeros(size, np.int64), np.full(size, np.nan)
        article_of[self._rows.passage] = self._rows.article
        published_of[self._rows.passage] = self._rows.published
        self._article_of, self._published_of = article_of, published_of
        self.through = commit
        return True

    def _take_articles(self, numbers: Sequence[int]) -> None:
        size = max([len(self._usable) - 1, *numbers]) + 1
        grown = size - len(self._usable)
        self._usable = np.concatenate([self._usable, np.zeros(grown, bool)])
        self._embargo = np.concatenate([self._embargo, np.zeros(grown)])
        self._original = np.concatenate([self._original, np.zeros(grown, np.int64)])
        for name in ("source", "section", "language"):
            held = self._words.setdefault(name, [None])
            held.extend([None] * (size - len(held)))

    def allowed(self, *, as_of: dt.datetime | None, now: dt.datetime, filters: Filters) -> NDArray[np.bool_]:
        """A mask over passage ids, (highest id + 1,): which may be retrieved.

        With `as_of`, those current then, and of an article not published later; without, those current now.
        """
        rows, moment = self._rows, (as_of or now).timestamp()
        usable = self._usable & (self._embargo <= min(moment, now.timestamp()))
        usable &= self._narrowed(filters)
        fits = usable[rows.article]
        if as_of is None:
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
                mask &= np.array([word in wanted for word in self._words.get(name, [None])], bool)
        if filters.articles:
            among = np.zeros(len(mask), bool)
            among[[self._numbers[held] for held in filters.articles if held in self._numbers]] = True
            mask &= among
        return mask

    def sources(self) -> list[str]:
        """The outlets there are, in alphabetical order."""
        return sorted({word for word in self._words.get("source", []) if word is not None})

    def article_numbers(self, passage_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The article of each passage, (n,) int64."""
        return self._article_of[passage_ids]

    def originals(self, passage_ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """The article each passage's article is a copy of, itself where it is none, (n,) int64."""
        return self._original[self._article_of[passage_ids]]

    def published(self, passage_ids: NDArray[np.int64]) -> NDArray[np.float64]:
        """When each passage's article was published, seconds since 1970 UTC, NaN where unknown, (n,) float64."""
        return self._published_of[passage_ids]

    def article_id(self, number: int) -> str:
        """The article's id by its row number."""
        return self._article_ids[number]
