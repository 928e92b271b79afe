"""Retrieval: from a question to the hits an answer may stand on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from index.catalog import NO_FILTERS, Filters
from index.index import Candidates, Index
from index.passage import Hit

CANDIDATES = 100  # from each of the two searches
RRF_K = 60  # Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion …", SIGIR 2009


@dataclass(frozen=True, slots=True)
class Retrieved:
    """Hits in order of rank, and what each step took."""

    hits: tuple[Hit, ...]
    timings_ms: Mapping[str, float]


def fuse(found: Mapping[str, Candidates]) -> tuple[np.ndarray[tuple[int], np.dtype[np.int64]], list[dict[str, float]]]:
    """Passage ids in falling order of their fused score, and what each score is made of.

    Reciprocal rank fusion: a passage's score is the sum of 1 / (60 + rank) over the searches that found it. The parts
    hold each search's own score under its name, and the sum under `fused`.
    """
    parts: dict[int, dict[str, float]] = {}
    for name, candidates in found.items():
        pairs = zip(candidates.ids.tolist(), candidates.scores.tolist(), strict=True)
        for rank, (passage_id, score) in enumerate(pairs, start=1):
            held = parts.setdefault(passage_id, {"fused": 0.0})
            held[name] = score
            held["fused"] += 1 / (RRF_K + rank)
    # Equal scores in the order of ids, so that the same index always gives the same list.
    order = sorted(parts, key=lambda passage_id: (-parts[passage_id]["fused"], passage_id))
    return np.array(order, np.int64), [parts[passage_id] for passage_id in order]


class Retriever:
    """Dense and lexical search over one index, fused."""

    def __init__(self, index: Index, *, timer: Callable[[], float] = perf_counter) -> None:
        self.index = index
        self.timer = timer

    def retrieve(
        self, question: str, *, as_of: dt.datetime | None = None, limit: int = 10, filters: Filters = NO_FILTERS
    ) -> Retrieved:
        """The `limit` best hits for a question. With `as_of`, nothing published or observed later is among them."""
        clock, timings = self.timer, {}
        started = clock()
        self.index.refresh()
        vector = self.index.embedder.encode_question(question)
        timings["embed"] = (clock() - started) * 1e3
        started = clock()
        dense = self.index.dense(vector, CANDIDATES, as_of=as_of, filters=filters)
        timings["dense"] = (clock() - started) * 1e3
        started = clock()
        lexical = self.index.lexical(question, CANDIDATES, as_of=as_of, filters=filters)
        timings["lexical"] = (clock() - started) * 1e3
        started = clock()
        ids, parts = fuse({"dense": dense, "lexical": lexical})
        scores = np.array([held["fused"] for held in parts[:limit]], np.float32)
        hits = self.index.hits(ids[:limit], scores, parts[:limit])
        timings["fuse"] = (clock() - started) * 1e3
        return Retrieved(tuple(hits), timings)
