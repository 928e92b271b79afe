"""What every engine shares: the tokenizer, the order of the batches, and the cache of questions."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from index.encoders.model import ModelFolder

_WINDOW = 2_048  # texts tokenized and sorted by length together: bounds memory, and padding to a percent or two
_BATCH_TOKENS = 4_096  # padding included; past that nothing is gained and activations leave the cache
_QUESTIONS = 1_024  # kept vectors of questions: 1.5 MB at 384 dimensions


class EngineEmbedder(ABC):
    """An `index.embedder.Embedder` but for the arithmetic, which `_run` does."""

    def __init__(self, folder: ModelFolder) -> None:
        self._folder = folder
        self._words = folder.words
        self._questions: OrderedDict[str, NDArray[np.float32]] = OrderedDict()
        self._lock = Lock()
        self.name = folder.name
        self.fingerprint = folder.fingerprint
        self.dimension = int(folder.config["hidden_size"])
        self.max_tokens = folder.max_tokens
        self.passage_tokens = self._words.passage_tokens

    @abstractmethod
    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.float32]) -> NDArray[np.float32]:
        """Unit vectors (batch, dimension) of token ids (batch, length), where mask is 1; elsewhere it is padding."""

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See `index.embedder.Embedder`."""
        vectors = np.empty((len(texts), self.dimension), dtype=np.float32)
        done = 0
        for first in range(0, len(texts), _WINDOW):
            ids = self._words.ids(list(texts[first : first + _WINDOW]))
            order = sorted(range(len(ids)), key=lambda at: len(ids[at]))
            while order:
                # Longest first within a window: the largest allocation comes first and is used again.
                batch = order[-max(1, _BATCH_TOKENS // max(1, len(ids[order[-1]]))) :]
                del order[-len(batch) :]
                vectors[[first + at for at in batch]] = self._run(*_padded([ids[at] for at in batch]))
                done += len(batch)
                if on_progress:
                    on_progress(done)
        return vectors

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """See `index.embedder.Embedder`."""
        with self._lock:
            if (known := self._questions.get(text)) is not None:
                self._questions.move_to_end(text)
                return known.copy()
        vector: NDArray[np.float32] = self._run(*_padded(self._words.ids([text])))[0]
        with self._lock:
            if len(text) <= 2_000:  # the cache is bounded in bytes too
                self._questions[text] = vector.copy()
            while len(self._questions) > _QUESTIONS:
                self._questions.popitem(last=False)
        return vector

    def token_ends(self, text: str) -> list[int]:
        """See `index.embedder.Embedder`."""
        return self._words.ends(text)

    def compose(self, title: str, passage: str) -> str:
        """See `index.embedder.Embedder`."""
        return self._words.compose(title, passage)


def _padded(rows: list[list[int]]) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    longest = max(map(len, rows))
    ids = np.zeros((len(rows), longest), dtype=np.int64)  # what stands at a masked place does not matter
    mask = np.zeros((len(rows), longest), dtype=np.float32)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = row
        mask[at, : len(row)] = 1
    return ids, mask
