"""Vectors of lines, kept for the next question: readers ask about the same few articles of the day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.lines import Embedder
from rag.token_vectors import TokenVectors

MOST = 20_000  # lines, in half precision: 16 MB at 384 dimensions, and as much again for their texts
LONGEST = 2_000  # characters; a longer text is not kept


def _none() -> None:
    return None


class LineVectors:
    """An embedder that encodes no line twice, as long as it remembers it. Safe to share between threads."""

    def __init__(
        self, embedder: Embedder, tokens: Callable[[], TokenVectors | None] = _none, *, most: int = MOST
    ) -> None:
        """`tokens` gives the vectors of the embedder's tokens, if it has any; called once, when first needed."""
        self._embedder = embedder
        self._open = tokens
        self._opened = False
        self._tokens: TokenVectors | None = None
        self._opening = Lock()
        self._most = most
        self._kept: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._lock = Lock()

    @property
    def tokens(self) -> TokenVectors | None:
        """Vectors of the embedder's tokens."""
        if not self._opened:
            with self._opening:
                if not self._opened:
                    self._tokens = self._open()
                    self._opened = True
        return self._tokens

    def alike(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32, 0 … 1: how near each text is to the question, by its tokens where they have vectors."""
        if self.tokens is not None:
            return self.tokens.alike(self.encode_question(question), texts)
        found: NDArray[np.float32] = np.maximum(0.0, self.encode_passages(texts) @ self.encode_question(question))
        return found

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) float32, unit length, in the order given.

        What is new is read back in half precision as well, so that a text's vector is the same at each asking.
        """
        with self._lock:
            known = {text: self._kept[text] for text in texts if text in self._kept}
            for text in known:
                self._kept.move_to_end(text)
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            made = dict(zip(new, self._embedder.encode_passages(new).astype(np.float16), strict=True))
            known |= made
            with self._lock:
                self._kept.update((text, vector) for text, vector in made.items() if len(text) <= LONGEST)
                while len(self._kept) > self._most:
                    self._kept.popitem(last=False)
        if not texts:
            return self._embedder.encode_passages([])
        matrix = np.stack([known[text] for text in texts]).astype(np.float32)
        unit: NDArray[np.float32] = matrix / np.maximum(np.linalg.norm(matrix, axis=1, keepdims=True), 1e-12)
        return unit

    def encode_words(self, words: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) float32, unit length: single words, told by their tokens where those have vectors."""
        return self.encode_passages(words) if self.tokens is None else self.tokens.words(words)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """(d,) float32, unit length."""
        return self._embedder.encode_question(text)
