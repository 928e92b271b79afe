"""An embedder that needs no model: for tests and measurements of everything around embedding."""

import hashlib
import re
from collections.abc import Callable, Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_WORD: Final = re.compile(r"\w+")


class WordsEmbedder:
    """Texts that share words get vectors that are close: each word has a random direction, a text is their sum.

    An honest stand-in for `index.embedder.Embedder`: deterministic, unit length, and it notes what it was asked.
    """

    name = "words"

    def __init__(self, dimension: int = 64, passage_tokens: int = 40, *, salt: str = "") -> None:
        self.dimension = dimension
        self.passage_tokens = passage_tokens
        self.max_tokens = passage_tokens + 24
        self.fingerprint = hashlib.sha256(f"words {dimension} {passage_tokens} {salt}".encode()).hexdigest()
        self.asked: list[str] = []  # every text that was to be embedded
        self._salt = salt
        self._directions: dict[str, NDArray[np.float32]] = {}

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, unit length."""
        self.asked.extend(texts)
        if not texts:
            return np.empty((0, self.dimension), np.float32)
        matrix = np.stack([self.encode_question(text) for text in texts])
        if on_progress:
            on_progress(len(texts))
        return matrix

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """(dimension,) float32, unit length."""
        total = np.sum([self._direction(word) for word in ["", *_WORD.findall(text.lower())]], axis=0)
        return np.asarray(total / np.linalg.norm(total), np.float32)

    def token_ends(self, text: str) -> list[int]:
        """Where each word ends."""
        return [found.end() for found in _WORD.finditer(text)]

    def compose(self, title: str, passage: str) -> str:
        """The title above the passage."""
        return passage if passage.startswith(title) else f"{title}\n{passage}"

    def _direction(self, word: str) -> NDArray[np.float32]:
        if word not in self._directions:
            seed = int.from_bytes(hashlib.sha256(f"{self._salt}{word}".encode()).digest()[:8], "little")
            self._directions[word] = np.random.default_rng(seed).standard_normal(self.dimension, np.float32)
        return self._directions[word]
