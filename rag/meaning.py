"""How near two words are in meaning, by the embedder: "earn" and "salary" share no letters.

A single word is a poor sentence to an embedder, so only clear kinship counts: measured with MiniLM, unrelated words
of
the news lie at a cosine of .1 to .35, and what a reader would take for the same (resign, step down) at .5 and above.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

NOTHING, SAME = 0.42, 0.80  # cosine at which kinship begins, and at which it is complete
MOST = 0.9  # a likeness is never as good as the word itself
KEPT = 20_000  # words whose vectors are kept, 1.5 kB each


class Embedder(Protocol):
    """What is needed of an embedder here."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, d) float32, unit length."""
        ...


@runtime_checkable
class OfWords(Protocol):
    """An embedder with a quicker way for single words: a question meets ten that the vocabulary lacks."""

    def encode_words(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, d) float32, unit length."""
        ...


class Meaning:
    """Vectors of single words, kept between questions. Safe to use from several threads."""

    def __init__(self, embedder: Embedder) -> None:
        self._encode = embedder.encode_words if isinstance(embedder, OfWords) else embedder.encode_passages
        self._vectors: OrderedDict[str, npt.NDArray[np.float32]] = OrderedDict()
        self._lock = threading.Lock()

    def likeness(self, wanted: Sequence[str], words: Iterable[str]) -> dict[str, dict[str, float]]:
        """For every wanted word how near each of the others is: 0 … 0.9."""
        others = list(dict.fromkeys(words))
        if not wanted or not others:
            return {word: {} for word in wanted}
        self.learn([*wanted, *others])
        cosines = self._matrix(wanted) @ self._matrix(others).T  # (wanted, others)
        shares = MOST * np.clip((cosines - NOTHING) / (SAME - NOTHING), 0.0, 1.0)
        return {word: dict(zip(others, row.tolist(), strict=True)) for word, row in zip(wanted, shares, strict=True)}

    def learn(self, words: Iterable[str]) -> None:
        """Make the vectors of words at once, which is quicker than one by one."""
        with self._lock:
            missing = [word for word in dict.fromkeys(words) if word not in self._vectors]
        if not missing:
            return
        made = self._encode(missing)
        with self._lock:
            self._vectors.update(zip(missing, made, strict=True))
            while len(self._vectors) > KEPT:
                self._vectors.popitem(last=False)

    def _matrix(self, words: Sequence[str]) -> npt.NDArray[np.float32]:
        self.learn(words)
        with self._lock:
            kept = [self._vectors.get(word) for word in words]
        if any(vector is None for vector in kept):  # more words at once than are kept
            return self._encode(words)
        return np.stack([vector for vector in kept if vector is not None])
