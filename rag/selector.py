"""Does this line answer the question, and with which words? A small cross-encoder reads both together.

Words and likeness look at question and line apart. This model reads them side by side, with the headline that the
line stands under, and gives log-odds that the line answers, against all that does not (answer sentence selection:
Garg et al., "TANDA: Transfer and adapt pre-trained transformer models for answer sentence selection", AAAI 2020), and
the words of the line that are the likeliest answer (Devlin et al., "BERT", NAACL 2019, section 4.2). It is the
default embedder taken further, by `bench/train_selector.py`: word vectors as they were, the layers above them in
`selector.safetensors`, 8 bits a weight, beside the card of what they were learned from. It runs as the embedder does
(`index/encoders`), without torch.

It is one voice among others for `rag.line_ranking`, `rag.evidence` and `rag.short`, never a verdict of its own.
"""

from __future__ import annotations

import hashlib
import json
import unicodedata
from collections import OrderedDict
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache, partial
from importlib.resources import files
from pathlib import Path
from threading import Lock
from typing import Final

import numpy as np
from numpy.typing import NDArray
from tokenizers import Encoding, Tokenizer

from index.embedder import user_cache
from index.encoders.base import batches
from index.encoders.built import Session, exact, kept, rounded, session
from index.encoders.fast import weights as embedder_weights
from index.encoders.model import ModelFolder, encodable
from index.encoders.sample import SAMPLE
from rag import places, tuned, words
from rag.lines import Read

BUILDER: Final = 3  # raise when the built model would be another one
LONGEST: Final = 88  # tokens of question, headline and line together
HEADLINE_WORDS: Final = 14  # of a headline that are read
LONGEST_TEXT: Final = 700  # characters of a question, a headline or a line that are looked at
LONGEST_SHORT: Final = 12  # tokens of a short answer
LONGEST_WORD: Final = 24  # characters of a word that a short answer begins or ends within
KEPT: Final = 20_000  # lines beside questions, and what was made of them: 6 MB
ASTRAY: Final = 0.5  # "in which city" is asked, and a city stands behind no "in": "Kyiv excluded from talks"
UNKNOWN: Final = 0.3  # no place that is known here is likelier: the answer may be one that is not
NEEDED: Final = 0.98  # correlation of the 8-bit figures with those in fp32


@dataclass(frozen=True, slots=True)
class Card:
    """What the model was learned from, as far as others must know."""

    unseen_weeks: frozenset[str]  # ISO weeks of whose questions it never saw any; of our own gold it saw none


@cache
def card() -> Card:
    """The card beside the weights."""
    held = json.loads(files("rag").joinpath("selector.json").read_text(encoding="utf-8"))
    return Card(frozenset(held["unseen_weeks"]))


class LineSelector:
    """The model that ships: a `rag.lines.Selector`. Safe to share between threads.

    A pair that was read a while ago is not read again.
    """

    def __init__(self, *, threads: int = 1, place: Path | None = None) -> None:
        """`threads` share the lines of one question; `place` keeps the built model, by default the user's cache.

        Raises WeightsDamaged, EmbedderMissing.
        """
        folder, path, digest = tuned.shipped("rag", "selector")
        self.tokenizer = tuned.tokenizer_of(folder, LONGEST)
        name = f"selector-{digest[:16]}-{BUILDER}"
        self._session = session(kept(place or user_cache(), name, partial(_built, folder, path, self.tokenizer)))
        self._pool = ThreadPoolExecutor(threads, thread_name_prefix="dateline-selector") if threads > 1 else None
        self._kept: OrderedDict[bytes, Read] = OrderedDict()
        self._lock = Lock()

    def read(self, question: str, lines: Sequence[tuple[str, str]]) -> list[Read]:
        """What is made of each line; `lines` are (headline, text)."""
        asked = question[:LONGEST_TEXT]
        keys = [_key("\0".join((asked, *line))) for line in lines]
        with self._lock:
            known = {key: self._kept[key] for key in keys if key in self._kept}
            for key in known:
                self._kept.move_to_end(key)
        new = {key: line for key, line in zip(keys, lines, strict=True) if key not in known}
        if new:
            known |= zip(new, self._run(asked, list(new.values())), strict=True)
            with self._lock:
                self._kept.update((key, known[key]) for key in new)
                while len(self._kept) > KEPT:
                    self._kept.popitem(last=False)
        return [known[key] for key in keys]

    def _run(self, question: str, lines: Sequence[tuple[str, str]]) -> list[Read]:
        texts = [beside(*line) for line in lines]
        encoded = tokens(self.tokenizer, question, texts)
        found: dict[int, Read] = {}

        def run(batch: list[int]) -> None:
            figures, ends = self._session.run(None, {"ids": np.array([encoded[at].ids for at in batch])})
            for at, figure, told in zip(batch, figures[:, 0].tolist(), ends, strict=True):
                start = len(texts[at]) - len(lines[at][1][:LONGEST_TEXT])  # of the line, behind its headline
                spans = spans_of(encoded[at], start, told)
                found[at] = Read(
                    figure, *(_place(question, texts[at], start, spans) or likeliest(texts[at], start, spans))
                )

        for _ in (self._pool.map if self._pool is not None else map)(run, batches([one.ids for one in encoded])):
            pass
        return [found[at] for at in range(len(lines))]


def _in_word(character: str) -> bool:
    return unicodedata.category(character)[0] in "LMN"


def _key(text: str) -> bytes:
    return hashlib.blake2b(text.encode("utf-8", "replace"), digest_size=16).digest()


def tokens(tokenizer: Tokenizer, question: str, texts: Sequence[str]) -> list[Encoding]:
    """What the model reads: the question, then what `beside` makes of a line. No row is longer than `LONGEST`."""
    return tokenizer.encode_batch([(encodable(question), encodable(text)) for text in texts])


def own(encoding: Encoding, start: int) -> list[int]:
    """Which of its tokens are of the line, whose first character is the text's `start`."""
    return [
        at
        for at, ((first, end), part) in enumerate(zip(encoding.offsets, encoding.sequence_ids, strict=True))
        if part == 1 and start <= first < end
    ]


@dataclass(frozen=True, slots=True)
class Spans:
    """How likely each run of a line's tokens is the answer."""

    offsets: Sequence[tuple[int, int]]  # of the line's tokens, in the text
    likely: NDArray[np.float64]  # (n, n) from where to where; 0 beyond `LONGEST_SHORT`


def spans_of(encoding: Encoding, start: int, ends: NDArray[np.float32]) -> Spans:
    """The softmax of where an answer starts times that of where it ends, over the tokens of a line.

    `start` is the line's first character in the text, `ends` (length, 2) what the model says of every token.
    """
    at = own(encoding, start)
    figures = ends[at].astype(np.float64)  # (n, 2)
    shares = np.exp(figures - figures.max(0, initial=-np.inf))
    shares /= shares.sum(0)
    both = np.triu(np.outer(shares[:, 0], shares[:, 1]))
    return Spans([encoding.offsets[one] for one in at], np.tril(both, LONGEST_SHORT - 1))


def likeliest(text: str, start: int, spans: Spans) -> tuple[str, float]:
    """The whole words of a line, whose first character is the text's `start`, that are likeliest its answer, and how
    likely.
    """
    if not spans.offsets:
        return "", 0.0
    first, last = divmod(int(spans.likely.argmax()), len(spans.offsets))
    begin, end = spans.offsets[first][0], spans.offsets[last][1]
    lowest, highest = max(start, begin - LONGEST_WORD), min(len(text), end + LONGEST_WORD)
    while begin > lowest and _in_word(text[begin - 1]):
        begin -= 1
    while end < highest and _in_word(text[end]):
        end += 1
    return text[begin:end], float(spans.likely[first, last])


def _place(question: str, text: str, start: int, spans: Spans) -> tuple[str, float] | None:
    """Where a country, state or city is asked for: the one of the line that is likeliest in its answer, and how
    likely that is.

    None where none is asked for.
    """
    wanted = places.sought(question)
    if wanted is None:
        return None
    within = np.array([_within(spans.likely, at) for at in range(len(spans.offsets))])
    best = ("", 0.0)
    for one in places.answering(question, text[start:]):
        inside = [
            at for at, (first, end) in enumerate(spans.offsets) if first < start + one.end and end > start + one.start
        ]
        likely = float(within[inside].mean()) if inside else 0.0
        likely *= 1.0 if places.led(question, text, start + one.start) else ASTRAY
        if likely > best[1]:
            best = (one.says, likely)
    if not wanted.all_known and best[1] < UNKNOWN:
        short, likely = likeliest(text, start, spans)
        if words.names(places.unplaced(short)):
            return short, likely
    return best


def _within(likely: NDArray[np.float64], at: int) -> float:
    """How likely a token is in the answer."""
    return float(likely[: at + 1, at:].sum())


def beside(headline: str, text: str) -> str:
    """A line with the first words of its headline before it, if it has one."""
    opening = " ".join(headline[:LONGEST_TEXT].split()[:HEADLINE_WORDS])
    return f"{opening} · {text[:LONGEST_TEXT]}" if opening else text[:LONGEST_TEXT]


def _built(folder: ModelFolder, path: Path, tokenizer: Tokenizer) -> tuple[bytes, float]:
    """The 8-bit model, and how its figures correlate with those in fp32; the fp32 one where they hardly do."""
    weights, head = tuned.read(path, embedder_weights(folder))
    fit, test = (list(_pairs(tokenizer, SAMPLE[start::2])) for start in (0, 1))
    plain = exact(folder.config, weights, head)
    figures, ends = _figures(session(plain), test)

    def alike(made: Session) -> float:
        found = zip((figures, ends), _figures(made, test), strict=True)
        return min(float(np.corrcoef(one, other)[0, 1]) for one, other in found)

    model, likeness = rounded(folder.config, weights, fit, alike, head)
    return (model if likeness >= NEEDED else plain), likeness


def _figures(made: Session, rows: Sequence[NDArray[np.int64]]) -> tuple[NDArray[np.float32], NDArray[np.float32]]:
    """What a model says of each row, and of all their tokens."""
    told = [made.run(None, {"ids": ids}) for ids in rows]
    return np.array([one[0][0, 0] for one in told]), np.concatenate([one[1].ravel() for one in told])


def _pairs(tokenizer: Tokenizer, texts: Sequence[str]) -> Iterator[NDArray[np.int64]]:
    """Every text beside the first words of another one, as if those were asked."""
    for question, text in zip(texts, [*texts[1:], texts[0]], strict=True):
        for one in tokens(tokenizer, " ".join(question.split()[:12]), [text]):
            yield np.array([one.ids])
