"""Vectors of lines, kept for the next question: readers ask about the same few articles of the day."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence
from threading import Lock

import numpy as np
from numpy.typing import NDArray

from rag.lines import Embedder

MOST = 20_000  # lines, in half precision: 16 MB at 384 dimensions, and as much again for their texts
LONGEST = 2_000  # characters; a longer text is not kept


class LineVectors:
    """An embedder that encodes no line twice, as long as it remembers it. Safe to share between threads."""

    def __init__(self, embedder: Embedder, *, most: int = MOST) -> None:
        self._embedder = embedder
        self._most = most
        self._kept: OrderedDict[str, NDArray[np.float16]] = OrderedDict()
        self._lock = Lock()

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

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """(d,) float32, unit length."""
        return self._embedder.encode_question(text)
