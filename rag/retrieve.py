"""Retrieval: from a question to the hits an answer may stand on.

Read the question's time → dense and lexical candidates → one score of relevance and time → copies collapse,
neighbours merge, no article crowds out the rest → hits. The reranker, where there is one, reorders the first of them.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from time import perf_counter
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from index.catalog import NO_FILTERS, Filters
from index.index import Candidates, Index, Run
from index.passage import Hit
from rag.asked import of_now
from rag.diversity import RUN_CHARACTERS, Group, Ranked, collapse, spread
from rag.ranking import Weights, learned, relevance_features
from rag.time_prior import newest_relevant, time_scores
from rag.when import read_time

CANDIDATES = 200  # from each of the two searches
RERANKED = 30  # hits that a reranker looks at
CONSIDERED = 150  # best candidates that hits are made of, and four for each hit where more are asked for


class Reranker(Protocol):
    """Scores passages against a question more closely than two vectors can."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32; higher is better."""
        ...


@dataclass(slots=True)
class Trace:
    """What retrieval did, for whoever asks to see it."""

    timings_ms: dict[str, float] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)

    @contextmanager
    def timed(self, step: str) -> Iterator[None]:
        """Enter how many milliseconds the block took."""
        started = perf_counter()
        yield
        self.timings_ms[step] = (perf_counter() - started) * 1e3


@dataclass(frozen=True, slots=True)
class Pool:
    """Candidates of both searches together: n passages with all that is known of them before their text is read."""

    ids: NDArray[np.int64]  # (n,) ascending
    features: dict[str, NDArray[np.float64]]  # each (n,)
    lexical: NDArray[np.float64]  # (n,) BM25; 0 where that search did not find it
    dense: NDArray[np.bool_]  # (n,) whether the dense search found it


class Retriever:
    """Searches one index. Holds nothing of a question, so that one serves many threads."""

    def __init__(self, index: Index, *, weights: Weights | None = None, reranker: Reranker | None = None) -> None:
        self.index = index
        self.weights = weights or learned()
        self.without_time = learned("relevance")
        self.reranker = reranker

    def retrieve(
        self,
        question: str,
        *,
        as_of: dt.datetime | None = None,
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        trace: Trace | None = None,
    ) -> list[Hit]:
        """The `limit` best hits for a question. With `as_of`, nothing published or observed later is among them."""
        trace = trace or Trace()
        now = self.index.clock()
        moment = now if as_of is None else as_of
        with trace.timed("refresh"):
            self.index.refresh()
        pool = self.pool(question, moment, as_of=None if moment >= now else moment, filters=filters, trace=trace)
        with trace.timed("rank"):
            order, scores = self.order(pool)
        with trace.timed("read"):
            hits = self.hits(pool, order, scores, max(limit, RERANKED if self.reranker else 0))
        if self.reranker is not None:
            with trace.timed("rerank"):
                hits = self.reranked(question, hits)
        return hits[:limit]

    def pool(
        self,
        question: str,
        moment: dt.datetime,
        *,
        as_of: dt.datetime | None = None,
        filters: Filters = NO_FILTERS,
        vector: NDArray[np.float32] | None = None,
        trace: Trace,
    ) -> Pool:
        """The candidates of a question asked about `moment`, with their features.

        The moment weighs; only `as_of` and the filters leave anything out. `vector` (dim,) stands for the question
        where it was made otherwise than by the index's embedder.
        """
        reading = read_time(question, moment)
        trace.steps["time"] = reading.explained
        with trace.timed("embed"):
            vector = self.index.embedder.encode_question(question) if vector is None else vector
        with trace.timed("dense"):
            dense = self.index.dense(vector, CANDIDATES, as_of=as_of, filters=filters)
        with trace.timed("lexical"):
            lexical = self.index.lexical(question, CANDIDATES, as_of=as_of, filters=filters)
        with trace.timed("features"):
            ids = np.union1d(dense.ids, lexical.ids)
            cosines = self.index.similarities(vector, ids).astype(np.float64)
            bm25, lexical_rank = _placed(lexical, ids)
            catalog = self.index.catalog
            features = relevance_features(
                cosines, bm25, _placed(dense, ids)[1], lexical_rank, catalog.article_numbers(ids)
            )
            published, newest = catalog.published(ids), None
            if of_now(question, reading):
                newest = newest_relevant(published, self.without_time.score(features), moment)
            features |= time_scores(published, moment, reading, newest)
        trace.steps["candidates"] = {"dense": len(dense.ids), "lexical": len(lexical.ids), "together": len(ids)}
        return Pool(ids, features, bm25, np.isin(ids, dense.ids))

    def order(self, pool: Pool, by: str = "full") -> tuple[NDArray[np.int64], NDArray[np.float64]]:
        """Places in the pool, best first, and their scores in that order.

        `by` is a ranking to compare with: `bm25` or `dense` alone, `hybrid` without dates, `hybrid+time`; `full` is
        what a search uses.
        """
        if not len(pool.ids):
            return np.empty(0, np.int64), np.empty(0)
        if by in ("bm25", "dense"):  # only what that search found
            scores = pool.lexical if by == "bm25" else pool.features["dense"]
            found = np.flatnonzero(pool.lexical > 0 if by == "bm25" else pool.dense)
        else:
            scores = (self.without_time if by == "hybrid" else self.weights).score(pool.features)
            found = np.arange(len(pool.ids))
        # Equal scores in the order of ids: the same index, the same list.
        order = found[np.lexsort((pool.ids[found], -scores[found]))]
        return order, scores[order]

    def hits(self, pool: Pool, order: NDArray[np.int64], scores: NDArray[np.float64], limit: int) -> list[Hit]:
        """The first `limit` hits of an order: copies collapsed, neighbours merged, no article crowding."""
        considered = max(CONSIDERED, 4 * limit)
        order, scores = order[:considered], scores[:considered]
        ids = pool.ids[order]
        catalog = self.index.catalog
        passages = self.index.store.spans(ids.tolist())
        originals, articles = catalog.originals(ids), catalog.article_numbers(ids)
        ranked = [
            Ranked(passages[passage_id], float(score), place, int(original), int(article))
            for place, (passage_id, score, original, article) in enumerate(
                zip(ids.tolist(), scores, originals, articles, strict=True)
            )
            if passage_id in passages
        ]
        runs = (self._run(pool, order, group) for group in spread(collapse(ranked), considered))
        return self.index.hits(runs, limit=limit, characters=RUN_CHARACTERS)

    def _run(self, pool: Pool, order: NDArray[np.int64], group: Group) -> Run:
        """What a hit is made of: its passage, with every component of its score."""
        at = order[group.best.place]
        parts = {name: float(column[at]) for name, column in pool.features.items()}
        parts |= {"bm25": float(pool.lexical[at])}
        carriers = tuple(self.index.catalog.article_id(number) for number in group.carried_by)
        return Run(group.passage, group.best.score, parts, carriers)

    def reranked(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The first hits in the order of the reranker, the others behind them as they were."""
        if self.reranker is None:
            return list(hits)
        first = reranked(self.reranker, question, hits[:RERANKED])
        rest = [replace(hit, rank=rank) for rank, hit in enumerate(hits[RERANKED:], start=len(first) + 1)]
        return [*first, *rest]


def reranked(reranker: Reranker, question: str, hits: Sequence[Hit]) -> list[Hit]:
    """The hits in the order of the reranker, its score among their parts."""
    scores = reranker.score(question, [f"{hit.article.title}\n{hit.passage.text}" for hit in hits])
    order = sorted(range(len(hits)), key=lambda at: (-float(scores[at]), at))
    return [
        replace(hits[at], rank=rank, score=float(scores[at]), parts={**hits[at].parts, "reranker": float(scores[at])})
        for rank, at in enumerate(order, start=1)
    ]


def _placed(found: Candidates, ids: NDArray[np.int64]) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Scores (0 where not found) and ranks from 1 (0 where not found) of `ids` (n,), ascending, in one search."""
    scores, ranks = np.zeros(len(ids)), np.zeros(len(ids), np.int64)
    at = np.searchsorted(ids, found.ids)
    scores[at] = found.scores
    ranks[at] = np.arange(1, len(found.ids) + 1)
    return scores, ranks
