"""Likeness of a question and many lines for microseconds a line: what the embedder would say, told by tokens alone.

Of every token two vectors are known: what the embedder begins with (its word embedding, after the first norm), and
what it makes of that token as a text of its own, for which the vocabulary goes through it once. A line is the mean of
the first over its tokens, and the means of both where each token is weighed by how rare it is: the smooth weight
a / (a + p) of Arora et al. ("A simple but tough-to-beat baseline", ICLR 2017), p by the rank of the token in the
vocabulary, which BERT keeps in the order of frequency. `token_map.npy` turns these into about the line's own vector:
least squares on 30,000 lines of news and the vectors that the embedder gave them (`bench/token_map.py`), for the
default model, whose weights are pinned.

Its cosine agrees with the embedder's to a correlation of .93 and is .074 off (160 questions, 40 best lines of each);
sums of the tokens' vectors with nothing learned from text (Model2Vec) come to .78 and .121. Lines are put in order as
well by it as by the embedder's own (docs/retrieval.md).
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import tempfile
from collections.abc import Callable, Sequence
from importlib.resources import files
from itertools import chain
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.embedder import DEFAULT_MODEL, Embedder, default_folder, user_cache
from index.encoders.model import encodable
from rag.known import Known

BUILDER: Final = 1  # raise when the vectors of tokens would be others
RARE: Final = 3e-4  # the `a` above; with another the map must be learned anew
COMMON: Final = 1_996  # the first token of BERT's vocabulary that is a word; before it are signs, letters, characters
LONGEST: Final = 4_000  # characters of one text that are looked at


class TokenVectors:
    """Vectors of texts guessed from their tokens. Reads only, so that one serves many threads."""

    def __init__(
        self,
        tokenizer: Tokenizer,
        alone: NDArray[np.float16],
        first: NDArray[np.float16],
        mapped: NDArray[np.float16] | None = None,
    ) -> None:
        """`alone` (vocabulary, d): each token as a text, unit length; a row of zeros where a token has none.

        `first` (vocabulary, d): what the embedder begins with. `mapped` (3 d + 1, d) is the learned map of
        `features`; without it the weighed mean of `alone` stands for a text.
        """
        self._tokenizer = tokenizer
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._ids = Known(self._split)
        self._alone = alone
        self._first = first
        self._map = None if mapped is None else mapped.astype(np.float32)
        vocabulary = tokenizer.get_vocab()
        self._weights = _weights(vocabulary, len(alone))

    def words(self, words: Sequence[str]) -> NDArray[np.float32]:
        """(n, d) float32, unit length: single words. Zeros for one without letters or digits.

        A word that the vocabulary has as a whole has the embedder's own vector, any other the mean of its parts.
        """
        vectors = self.features(words)[:, -1 - self._alone.shape[1] : -1]
        unit: NDArray[np.float32] = vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
        return unit

    def alike(self, question: NDArray[np.float32], texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32, 0 … 1: about the embedder's cosine of a question's vector (d,) and each text."""
        found = self.features(texts)
        vectors = found[:, -1 - self._alone.shape[1] : -1] if self._map is None else found @ self._map
        # A text without any letter or digit is like nothing.
        lengths = np.where(found[:, :-1].any(axis=1), np.linalg.norm(vectors, axis=1), np.inf)
        cosines: NDArray[np.float32] = np.clip(vectors @ question / np.maximum(lengths, 1e-9), 0.0, 1.0)
        return cosines.astype(np.float32)

    def _split(self, run: str) -> list[int]:
        ids: list[int] = self._tokenizer.encode(encodable(run), add_special_tokens=False).ids
        return ids

    def features(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n, 3 d + 1): three means of each text's tokens, and 1; of a text without letters or digits zeros and 1."""
        # No token reaches over a space, so what stands between spaces is looked up.
        rows = [list(chain.from_iterable(map(self._ids.__getitem__, text[:LONGEST].split(" ")))) for text in texts]
        tokens, at = np.unique(np.array([*chain.from_iterable(rows)], np.int64), return_inverse=True)
        # How often each text has each token. Lines of one question share most of theirs, so few rows are looked up.
        counts = np.zeros((len(rows), len(tokens)), np.float32)
        np.add.at(counts, (np.repeat(np.arange(len(rows)), [len(row) for row in rows]), at), 1.0)
        weighed = counts * self._weights[tokens]
        total = weighed.sum(axis=1, keepdims=True)
        counts *= total > 0
        evenly, weighed = (
            counts / np.maximum(counts.sum(axis=1, keepdims=True), 1.0),
            weighed / np.maximum(total, 1e-9),
        )
        first, alone = self._first[tokens].astype(np.float32), self._alone[tokens].astype(np.float32)
        ones = np.ones((len(rows), 1), np.float32)
        return np.concatenate([evenly @ first, weighed @ first, weighed @ alone, ones], axis=1)


def open_token_vectors(embedder: Embedder, cache: Path | None = None) -> TokenVectors | None:
    """Those of the default model, tokens encoded on first use (ten seconds of a processor), kept in the user's cache.

    None for any other embedder: its own vectors are taken then.
    """
    if embedder.name != DEFAULT_MODEL:
        return None
    folder = default_folder()
    tokenizer = Tokenizer.from_file(str(folder / "tokenizer.json"))
    kept = (cache or user_cache()) / f"{embedder.fingerprint[:16]}-tokens-{BUILDER}.f16"
    shape = (tokenizer.get_vocab_size(), embedder.dimension)
    alone = _read(kept, shape)
    if alone is None:
        alone = made(tokenizer, embedder.encode_passages)
        with contextlib.suppress(OSError):  # a cache that cannot be written costs the next start these seconds again
            _write(kept, alone)
    return TokenVectors(tokenizer, alone, _begun(folder / "model.safetensors"), learned_map())


def learned_map() -> NDArray[np.float16]:
    """The map beside this module."""
    with files("rag").joinpath("token_map.npy").open("rb") as file:
        held: NDArray[np.float16] = np.load(file, allow_pickle=False)
    return held


def _begun(weights: Path) -> NDArray[np.float16]:
    """(vocabulary, d) float16: BERT's word embeddings at a middling place of a line, after its first norm."""
    from safetensors import safe_open  # with the default model only

    with safe_open(str(weights), framework="numpy") as held:
        part = {name: held.get_tensor(f"embeddings.{name}").astype(np.float32) for name in PARTS}
    words, places, kind, scale, bias = (part[name] for name in PARTS)
    words = words + places[1:40].mean(axis=0) + kind[0]
    words -= words.mean(axis=1, keepdims=True)
    words /= np.sqrt(np.square(words).mean(axis=1, keepdims=True) + 1e-12)
    begun: NDArray[np.float16] = (words * scale + bias).astype(np.float16)
    return begun


PARTS: Final = (
    "word_embeddings.weight",
    "position_embeddings.weight",
    "token_type_embeddings.weight",
    "LayerNorm.weight",
    "LayerNorm.bias",
)


def made(tokenizer: Tokenizer, encode: Callable[[Sequence[str]], NDArray[np.float32]]) -> NDArray[np.float16]:
    """(vocabulary, d) float16: each token that has a letter or digit, as a text of its own; zeros for the others."""
    vocabulary = tokenizer.get_vocab()
    tokens = {at: bare for token, at in vocabulary.items() if (bare := _bare(token))}
    encoded = encode(list(tokens.values()))
    vectors = np.zeros((max(vocabulary.values()) + 1, encoded.shape[1]), np.float16)
    vectors[list(tokens)] = encoded
    return vectors


def _bare(token: str) -> str:
    """A token as a text; nothing for a sign, a mark of the model's own ("[unused7]"), or the like."""
    if token.startswith("[") and token.endswith("]"):
        return ""
    bare = token.removeprefix("##")
    return bare if any(character.isalnum() for character in bare) else ""


def _weights(vocabulary: dict[str, int], size: int) -> NDArray[np.float32]:
    """(vocabulary,): how much each token counts; none without a letter or digit."""
    rank = np.maximum(np.arange(size) - COMMON + 1, 1)
    share = 1 / (rank * np.log(max(3, size - COMMON)))
    weights = np.where(np.arange(size) < COMMON, 1.0, RARE / (RARE + share)).astype(np.float32)
    weights[[at for token, at in vocabulary.items() if not _bare(token)]] = 0.0
    return weights


def _read(file: Path, shape: tuple[int, int]) -> NDArray[np.float16] | None:
    """What was kept, if it is there and whole: 32 bytes of SHA-256, then the rows."""
    with contextlib.suppress(OSError):
        held = file.read_bytes()
        if len(held) == 32 + 2 * shape[0] * shape[1] and hashlib.sha256(held[32:]).digest() == held[:32]:
            return np.frombuffer(held, np.float16, offset=32).reshape(shape)
    return None


def _write(file: Path, vectors: NDArray[np.float16]) -> None:
    """All of it or nothing."""
    file.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(hashlib.sha256(vectors.tobytes()).digest() + vectors.tobytes())
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
