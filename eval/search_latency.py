"""How long a whole search takes, beside BM25 alone and an exact scan, in one run over the same questions.

Times are wall clock in milliseconds, the question's embedding included wherever it is needed; the median and the 99th
percentile (nearest rank). The ways take turns question by question, so that a busy machine is busy for all of them.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from eval.errors import BadRecord
from index.index import Index
from rag.retrieve import Retriever

SHOWN = 10
WARM_UP = 5  # questions asked before the clock counts


def measure(
    index: Index,
    retriever: Retriever,
    questions: Sequence[str],
    *,
    on_done: Callable[[int, int], None],
) -> dict[str, Any]:
    """Medians and 99th percentiles by way of searching, memory resident before and after. Raises BadRecord."""
    if not questions:
        raise BadRecord("no questions to time a search with")

    def full(question: str) -> None:
        retriever.retrieve(question, limit=SHOWN)

    def bm25(question: str) -> None:
        index.store.passages(index.lexical(question, SHOWN, as_of=None).ids.tolist())

    for question in questions[:WARM_UP]:
        full(question)
    # Before the matrix of the exact scan is in memory: that is no part of a search.
    made: dict[str, Any] = {
        "passages": index.vectors.count,
        "questions": len(questions),
        "processors": os.cpu_count(),
    }
    alone = [_timed(full, question) for question in questions]
    made["resident_mb"] = _resident_mb()
    ids, matrix = _every_vector(index)

    def exact(question: str) -> None:
        scores = matrix @ index.embedder.encode_question(question)
        best = np.argpartition(-scores, min(SHOWN, len(scores) - 1))[:SHOWN]
        index.store.passages(ids[best].tolist())

    ways = {"search": full, "bm25": bm25, "exact_scan": exact}
    taken: dict[str, list[float]] = {name: [] for name in ways}
    for done, question in enumerate(questions, start=1):
        # A question embedded a moment ago would come from the cache: each way gets its own.
        for name, way in ways.items():
            taken[name].append(_timed(way, f"{question} {name}"))
        on_done(done, len(questions))
    made["search_alone"] = _summary(alone)
    return made | {name: _summary(values) for name, values in taken.items()}


def _timed(way: Callable[[str], None], question: str) -> float:
    started = time.perf_counter()
    way(question)
    return (time.perf_counter() - started) * 1e3


def _summary(values: Sequence[float]) -> dict[str, float]:
    return {
        "median_ms": round(float(np.median(values)), 2),
        "p99_ms": round(float(np.percentile(values, 99, method="inverted_cdf")), 2),
    }


def _every_vector(index: Index) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Ids (n,) and vectors (n, dim) of every passage, for the scan that leaves nothing out."""
    held = list(index.store.vectors_after(0))
    return np.concatenate([ids for ids, _ in held]), np.concatenate([matrix for _, matrix in held])


def _resident_mb() -> float | None:
    """What of this process is in memory; None where the system does not say (proc(5))."""
    try:
        pages = int(Path("/proc/self/statm").read_text("ascii").split()[1])
    except OSError:
        return None
    return round(pages * os.sysconf("SC_PAGE_SIZE") / 2**20, 1)
