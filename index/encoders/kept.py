"""Vectors kept on disk by what was embedded, so that no text is embedded twice: not after a crash, nor by a rebuild.

A shard is two NumPy files: `NNNNN.npy`, float16 (n, dimension), and `NNNNN.keys.npy`, uint8 (n, 32), the SHA-256 of
fingerprint and text. The keys are written last and each file whole or not at all, so a shard is there or it is not.
Half precision costs a vector less than one part in a million of its cosine.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.embedder import Embedder, text_key

_SHARD = 4_096  # vectors computed before they are written


class KeptEmbedder:
    """An `Embedder` that looks up passages before it encodes them. One writer at a time to a folder; any readers."""

    def __init__(self, inner: Embedder, folder: Path) -> None:
        self._inner = inner
        self._folder = folder / inner.fingerprint
        self._folder.mkdir(parents=True, exist_ok=True)
        self.name = inner.name
        self.fingerprint = inner.fingerprint
        self.dimension = inner.dimension
        self.max_tokens = inner.max_tokens
        self.passage_tokens = inner.passage_tokens
        self._shards: list[NDArray[np.float16]] = []
        self._where: dict[bytes, tuple[int, int]] = {}  # key → shard, row
        for keys, vectors in self._read():
            self._add(keys, vectors)

    def __len__(self) -> int:
        return len(self._where)

    def __contains__(self, text: str) -> bool:
        return self._key(text) in self._where

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """See `index.embedder.Embedder`."""
        keys = [self._key(text) for text in texts]
        missing = list({key: text for key, text in zip(keys, texts, strict=True) if key not in self._where}.items())
        done = len(texts) - len(missing)
        for first in range(0, len(missing), _SHARD):
            part = missing[first : first + _SHARD]
            base = done + first
            tell = (lambda count, base=base: on_progress(base + count)) if on_progress else None
            vectors = self._inner.encode_passages([text for _, text in part], on_progress=tell).astype(np.float16)
            rows = np.frombuffer(b"".join(key for key, _ in part), dtype=np.uint8).reshape(-1, 32)
            self._write(rows, vectors)
            self._add(rows, vectors)
        found = np.empty((len(texts), self.dimension), dtype=np.float32)
        for at, key in enumerate(keys):
            shard, row = self._where[key]
            found[at] = self._shards[shard][row]
        found /= np.maximum(np.linalg.norm(found, axis=1, keepdims=True), 1e-12)
        if on_progress and texts:
            on_progress(len(texts))
        return found

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """See `index.embedder.Embedder`."""
        return self._inner.encode_question(text)

    def token_ends(self, text: str) -> list[int]:
        """See `index.embedder.Embedder`."""
        return self._inner.token_ends(text)

    def compose(self, title: str, passage: str) -> str:
        """See `index.embedder.Embedder`."""
        return self._inner.compose(title, passage)

    def _key(self, text: str) -> bytes:
        return bytes.fromhex(text_key(self.fingerprint, text))

    def _add(self, keys: NDArray[np.uint8], vectors: NDArray[np.float16]) -> None:
        self._shards.append(vectors)
        for row, key in enumerate(keys):
            self._where[key.tobytes()] = (len(self._shards) - 1, row)

    def _read(self) -> Iterator[tuple[NDArray[np.uint8], NDArray[np.float16]]]:
        """The shards that are whole; the others are as if they had never been."""
        for file in sorted(self._folder.glob("*.keys.npy")):
            try:
                keys = np.load(file, allow_pickle=False)
                vectors = np.load(_vectors_of(file), mmap_mode="r", allow_pickle=False)
            except (OSError, ValueError, EOFError):
                continue
            sound = keys.dtype == np.uint8 and vectors.dtype == np.float16
            if sound and keys.shape == (len(vectors), 32) and vectors.shape == (len(keys), self.dimension):
                yield keys, vectors

    def _write(self, keys: NDArray[np.uint8], vectors: NDArray[np.float16]) -> None:
        taken = [int(file.name[:5]) for file in self._folder.glob("[0-9][0-9][0-9][0-9][0-9].*npy")]
        file = self._folder / f"{max(taken, default=0) + 1:05d}.keys.npy"
        _save(_vectors_of(file), vectors)
        _save(file, keys)


def _vectors_of(keys: Path) -> Path:
    return keys.with_name(keys.name.replace(".keys.npy", ".npy"))


def _save(file: Path, array: NDArray[np.float16] | NDArray[np.uint8]) -> None:
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=".")
    try:
        with os.fdopen(handle, "wb") as out:
            np.save(out, array, allow_pickle=False)
            out.flush()
            os.fsync(out.fileno())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
