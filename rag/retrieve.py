"""Retrieval: from a question to the hits an answer may stand on."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from time import perf_counter

import numpy as np
from numpy.typing import NDArray

from index.catalog import NO_FILTERS, Filters
from index.index import Candidates, Index
from index.passage import Hit

CANDIDATES = 100  # from each of the two searches
RRF_K = 60  # Cormack, Clarke and Büttcher, "Reciprocal Rank Fusion …", SIGIR 2009


def fuse(found: Mapping[str, Candidates]) -> tuple[NDArray[np.int64], list[dict[str, float]]]:
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

    def __init__(self, index: Index) -> None:
        self.index = index

    def retrieve(
        self,
        question: str,
        *,
        as_of: dt.datetime | None = None,
        limit: int = 10,
        filters: Filters = NO_FILTERS,
        timings_ms: dict[str, float] | None = None,
    ) -> list[Hit]:
        """The `limit` best hits for a question. With `as_of`, nothing published or observed later is among them.

        What each step took is entered into `timings_ms`, where one is handed in.
        """
        timings: dict[str, float] = {} if timings_ms is None else timings_ms
        if as_of is not None and as_of >= self.index.clock():
            as_of = None  # now
        with timed(timings, "refresh"):
            self.index.refresh()
        with timed(timings, "embed"):
            vector = self.index.embedder.encode_question(question)
        with timed(timings, "dense"):
            dense = self.index.dense(vector, CANDIDATES, as_of=as_of, filters=filters)
        with timed(timings, "lexical"):
            lexical = self.index.lexical(question, CANDIDATES, as_of=as_of, filters=filters)
        with timed(timings, "fuse"):
            ids, parts = fuse({"dense": dense, "lexical": lexical})
            scores = np.array([held["fused"] for held in parts[:limit]], np.float32)
            return self.index.hits(ids[:limit], scores, parts[:limit])


@contextmanager
def timed(timings_ms: dict[str, float], step: str) -> Iterator[None]:
    """Enter how many milliseconds the block took."""
    started = perf_counter()
    yield
    timings_ms[step] = (perf_counter() - started) * 1e3
