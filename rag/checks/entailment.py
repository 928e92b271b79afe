"""Do these lines bear this sentence out? A small cross-encoder reads both together.

Word lists and word order know what they were told of; this model has read thousands of sentences beside lines of
news, right and wrong in one thing, and gives how likely a careful reader would call one supported, partial or
unsupported (natural language inference: Bowman et al., EMNLP 2015; Nie et al., "Combining fact extraction and
verification with neural semantic matching networks", AAAI 2019). It is the default embedder taken further, by
`bench/train_entailment.py`; its card lies beside the weights. It is one voice in `rag.checks.support`, never a
verdict of its own; but where it is sure, `rag.verify` lets words pass that no line has.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from threading import Lock
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.article import NewsDate
from index.embedder import user_cache
from index.encoders.built import Session, exact, kept, rounded, session
from index.encoders.fast import weights as embedder_weights
from index.encoders.model import ModelFolder, encodable
from index.encoders.sample import SAMPLE
from rag import tuned

BUILDER: Final = 1  # raise when the built model would be another one
LONGEST: Final = 192  # tokens of sentence, date and lines together
LONGEST_TEXT: Final = 1_500  # characters of a sentence or of all its lines that are looked at
KEPT: Final = 4_096  # sentences beside lines, and what was made of them
NEEDED: Final = 0.98  # correlation of the 8-bit figures with those in fp32

Shares: TypeAlias = tuple[float, float, float]  # of supported, partial, unsupported; they add up to 1


class Entailment:
    """The model that ships, loaded when it first reads: quotes need none. Safe to share between threads."""

    def __init__(self, *, place: Path | None = None) -> None:
        """`place` keeps the built model, by default the user's cache."""
        self._place = place or user_cache()
        self._loaded: tuple[Tokenizer, Session] | None = None
        self._kept: OrderedDict[bytes, Shares] = OrderedDict()
        self._lock = Lock()

    def load(self) -> tuple[Tokenizer, Session]:
        """What reads. Raises WeightsDamaged, EmbedderMissing."""
        with self._lock:
            if self._loaded is None:
                folder, path, digest = tuned.shipped("rag.checks", "entailment")
                tokenizer = tuned.tokenizer_of(folder, LONGEST)
                make = partial(_built, folder, path, tokenizer)
                self._loaded = tokenizer, session(kept(self._place, f"entailment-{digest[:16]}-{BUILDER}", make))
            return self._loaded

    def read(self, sentence: str, lines: Sequence[str], published: NewsDate | None = None) -> Shares:
        """How likely the lines, of an article of that date, bear the sentence out, in part, or not.

        Raises as `load` does.
        """
        told = beside(lines, published)
        key = hashlib.blake2b(f"{sentence}\0{told}".encode("utf-8", "replace"), digest_size=16).digest()
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
                return self._kept[key]
        tokenizer, model = self.load()
        (figures,) = model.run(None, {"ids": np.array([tokens(tokenizer, sentence, told)])})
        shares = np.exp(figures[0].astype(np.float64) - figures[0].max())
        supported, partial_, unsupported = (shares / shares.sum()).tolist()
        with self._lock:
            self._kept[key] = supported, partial_, unsupported
            while len(self._kept) > KEPT:
                self._kept.popitem(last=False)
        return supported, partial_, unsupported


def beside(lines: Sequence[str], published: NewsDate | None) -> str:
    """What the model reads beside a sentence: the lines, after the day from which their "on Tuesday" counts."""
    told = " ".join(lines)[:LONGEST_TEXT]
    return (
        told
        if published is None
        else f"{published.moment:%A} {published.moment.day} {published.moment:%B %Y} · {told}"
    )


def tokens(tokenizer: Tokenizer, sentence: str, told: str) -> list[int]:
    """Of the sentence, then of what `beside` makes; never more than `LONGEST`."""
    return list(tokenizer.encode(encodable(sentence[:LONGEST_TEXT]), encodable(told)).ids)


def _built(folder: ModelFolder, path: Path, tokenizer: Tokenizer) -> tuple[bytes, float]:
    """The 8-bit model, and how its figures correlate with those in fp32; the fp32 one where they hardly do."""
    weights, head = tuned.read(path, embedder_weights(folder))
    fit, test = (list(_pairs(tokenizer, SAMPLE[start::2])) for start in (0, 1))
    plain = exact(folder.config, weights, head)
    figures = _figures(session(plain), test)
    model, likeness = rounded(folder.config, weights, fit, lambda made: _alike(figures, _figures(made, test)), head)
    return (model if likeness >= NEEDED else plain), likeness


def _alike(one: NDArray[np.float32], other: NDArray[np.float32]) -> float:
    return float(np.corrcoef(one.ravel(), other.ravel())[0, 1])


def _figures(made: Session, rows: Sequence[NDArray[np.int64]]) -> NDArray[np.float32]:
    return np.concatenate([made.run(None, {"ids": ids})[0] for ids in rows])


def _pairs(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[NDArray[np.int64]]:
    """Texts beside parts of themselves and beside other ones, as sentences are."""
    for text, other in zip(texts, [*texts[1:], texts[0]], strict=True):
        cut = " ".join(text.split()[:24])
        for told in (text, other):
            yield np.array([tokens(tokenizer, cut, told)])
