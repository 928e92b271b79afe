"""What every engine shares: the tokenizer, the batches, and the cache of questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from itertools import groupby
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from index.encoders.model import ModelFolder

_WINDOW = 4_096  # texts tokenized and grouped at once: bounds memory
_BATCH_TOKENS = 1_024  # a few long passages, whose activations stay in the processor's cache
_QUESTIONS = 1_024  # kept vectors of questions: 1.5 MB at 384 dimensions
_LONG_QUESTION = 2_000  # characters; longer ones are not kept, so that the cache is bounded in bytes too


class EngineEmbedder(ABC):
    """An `index.embedder.Embedder` but for the arithmetic, which `_run` does.

    A batch holds texts of exactly the same number of tokens. So there is no padding to compute or to mask, and a
    text's vector does not depend on its company.
    """

    def __init__(self, folder: ModelFolder, *, workers: int = 1) -> None:
        self._words = folder.words
        self._prompt = folder.question_prompt
        self._workers = workers
        self._questions: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()
        self.name = folder.name
        self.fingerprint = folder.fingerprint
        self.dimension = folder.dimension
        self.max_tokens = folder.max_tokens
        self.passage_tokens = self._words.passage_tokens

    @abstractmethod
    def _run(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Unit vectors (batch, dimension) of token ids (batch, length). Called from several threads."""

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See `index.embedder.Embedder`."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for first in range(0, len(texts), _WINDOW):
            rows = self._words.ids(list(texts[first : first + _WINDOW]))
            for batch, made in self._made(rows):
                vectors[[first + at for at in batch]] = made
                done += len(batch)
                if on_progress:
                    on_progress(done)
        return vectors

    def _made(self, rows: list[list[int]]) -> Iterator[tuple[list[int], NDArray[np.float32]]]:
        """Batches of rows with their vectors, as they are done. For a few texts threads cost more than they give."""
        every = list(batches(rows))
        if self._workers == 1 or len(every) == 1:
            yield from ((batch, self._run(np.array([rows[at] for at in batch]))) for batch in every)
            return
        with ThreadPoolExecutor(min(self._workers, len(every))) as pool:
            running = {pool.submit(self._run, np.array([rows[at] for at in batch])): batch for batch in every}
            yield from ((running[ended], ended.result()) for ended in as_completed(running))

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """See `index.embedder.Embedder`."""
        with self._lock:
            if (known := self._questions.get(text)) is not None:
                self._questions.move_to_end(text)
                return known.copy()
        vector: NDArray[np.float32] = self._run(np.array(self._words.ids([self._prompt + text])))[0]
        if len(text) <= _LONG_QUESTION:
            with self._lock:
                self._questions[text] = vector.copy()
                if len(self._questions) > _QUESTIONS:
                    self._questions.popitem(last=False)
        return vector

    def token_ends(self, text: str) -> list[int]:
        """See `index.embedder.Embedder`."""
        return self._words.ends(text)

    def compose(self, title: str, passage: str) -> str:
        """See `index.embedder.Embedder`."""
        return self._words.compose(title, passage)


def batches(rows: Sequence[Sequence[int]]) -> Iterator[list[int]]:
    """Indexes of rows of the same length, the longest first."""
    order = sorted(range(len(rows)), key=lambda at: -len(rows[at]))
    for length, group in groupby(order, key=lambda at: len(rows[at])):
        same = list(group)
        size = max(1, _BATCH_TOKENS // max(1, length))
        for first in range(0, len(same), size):
            yield same[first : first + size]
