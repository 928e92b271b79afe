"""Rerankers: the first hits of a search in a new order.

By default by their lines: a hit is as good as its place in the search and the line of it that answers best
(`rag.selector`) say together. Or by a cross-encoder that reads question and passage together (Nogueira and Cho,
arXiv:1901.04085): any sentence-transformers CrossEncoder by path or by name.
"""

from __future__ import annotations

import os
import threading
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from index.passage import Hit
from rag.errors import RerankerMissing
from rag.line_ranking import at_once, blend, learned
from rag.lines import ANSWERS, Selector, candidates

LONGEST = 4_000  # characters of one passage that are read
DEPTH: Final = 30  # hits that a cross-encoder looks at
DEPTH_BY_LINES: Final = 15
LINES_READ: Final = 3  # of a hit
LINES_SEEN: Final = 60  # sentences of a hit that those are chosen from, on average
WEIGHT: Final = 0.3  # of the best line's log-odds beside the score of the search


class Reranker(Protocol):
    """Puts the first hits of a search in another order."""

    @property
    def depth(self) -> int:
        """How many it looks at."""

    def reranked(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """The hits, best first, ranked from 1, its figure among their parts."""


class LineReranker:
    """Reads the likeliest lines of each hit beside the question."""

    depth = DEPTH_BY_LINES

    def __init__(self, selector: Selector, weight: float = WEIGHT) -> None:
        self.selector = selector
        self.weight = weight

    def reranked(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker`."""
        found = best_lines(question, hits, self.selector)
        worst = min(found.values(), default=0.0)
        figures = [found.get(hit.rank, worst) for hit in hits]
        # No score becomes less than it was, so that they fall on into the hits that are not looked at.
        scores = [hit.score + self.weight * (figure - worst) for hit, figure in zip(hits, figures, strict=True)]
        return _ordered(hits, scores, ANSWERS, figures)


def best_lines(question: str, hits: Sequence[Hit], selector: Selector) -> dict[int, float]:
    """By rank of each hit the log-odds of its line that answers best, of the few that are likeliest to."""
    pool = candidates(hits, most=LINES_SEEN * len(hits))
    if not pool:
        return {}
    prospects = blend(at_once(question, pool), learned().first)
    read: dict[int, list[int]] = defaultdict(list)
    for at in np.argsort(-prospects, kind="stable").tolist():
        if len(read[pool[at].hit_rank]) < LINES_READ:
            read[pool[at].hit_rank].append(at)
    chosen = [(rank, at) for rank, places in read.items() for at in places]
    figures = selector.answers(question, [(pool[at].article.title, pool[at].text) for _, at in chosen])
    best: dict[int, float] = {}
    for (rank, _), figure in zip(chosen, figures.tolist(), strict=True):
        best[rank] = max(best.get(rank, figure), figure)
    return best


def _ordered(hits: Sequence[Hit], scores: Sequence[float], name: str, figures: Sequence[float]) -> list[Hit]:
    """The hits by these scores, each with its figure under that name."""
    order = sorted(range(len(hits)), key=lambda at: (-scores[at], at))
    return [
        replace(hits[at], rank=rank, score=float(scores[at]), parts={**hits[at].parts, name: float(figures[at])})
        for rank, at in enumerate(order, start=1)
    ]


class CrossEncoderReranker:
    """A CrossEncoder on torch. Loaded at the first question, and then kept."""

    depth = DEPTH

    def __init__(self, model: str, *, threads: int = 0) -> None:
        """`model` is the folder of a CrossEncoder, or its name on the Hugging Face hub or in its cache."""
        self.model = model
        self._threads = threads
        self._loading = threading.Lock()
        self._encoder: object | None = None

    def reranked(self, question: str, hits: Sequence[Hit]) -> list[Hit]:
        """See `Reranker`: in the order of its scores alone."""
        scores = self.score(question, [f"{hit.article.title}\n{hit.passage.text}" for hit in hits]).tolist()
        return _ordered(hits, scores, "reranker", scores)

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32; higher is better. Raises RerankerMissing."""
        from sentence_transformers import CrossEncoder

        with self._loading:
            if self._encoder is None:
                self._encoder = self._load()
        encoder = self._encoder
        assert isinstance(encoder, CrossEncoder)  # what `_load` made
        if not texts:
            return np.empty(0, np.float32)
        pairs = [(question, text[:LONGEST]) for text in texts]
        scores = np.asarray(encoder.predict(pairs, show_progress_bar=False), np.float32)
        if scores.shape != (len(texts),):
            raise RerankerMissing(
                f"{self.model} gives {scores.shape[-1]} figures a passage and a reranker gives one: name "
                "another with DATELINE_RERANKER, or leave it out"
            )
        return scores

    def _load(self) -> object:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        import torch
        from sentence_transformers import CrossEncoder

        if self._threads:
            torch.set_num_threads(self._threads)
        path = Path(self.model).expanduser()
        try:
            # No pickles, no code of the model's own: safetensors or nothing.
            return CrossEncoder(
                str(path) if path.is_dir() else self.model,
                device="cpu",
                local_files_only=path.is_dir(),
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:
            raise RerankerMissing(
                f"no reranker called {self.model!r}: it is not the folder of a CrossEncoder with safetensors "
                f"weights, and the model hub did not give it ({str(error)[:300]}); correct DATELINE_RERANKER, or "
                "leave it out"
            ) from error
