"""From hits to evidence lines: the sentences that may bear the answer, each with a label to point at.

`candidates` takes them out of the hits, `rag.line_ranking` puts them in order, `choose` picks the few to show.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias, runtime_checkable

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.lines import Line, Lines
from index.passage import Hit
from rag import words
from rag.planted import orders
from rag.sentences import Placed, split

LinesOf: TypeAlias = Callable[[str, str], Lines]  # (article_id, revision) → the lines of that text

MAX_CANDIDATES = 400  # sentences looked at for one question; hits come in order, so the tail goes
FARTHEST = 4.0  # a hit whose score lies farther below that of the best is as good as none
ANSWERS = "answers"  # how well a line answers, read beside the question: log-odds; a part of its score
MAX_SENTENCE = 700  # characters; a longer "sentence" is a list or a table and drowns the rest


class Embedder(Protocol):
    """What is needed of an embedder here."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, d) float32, unit length."""
        ...

    def encode_question(self, text: str) -> npt.NDArray[np.float32]:
        """(d,) float32, unit length."""
        ...


@runtime_checkable
class Alike(Protocol):
    """An embedder with a way of its own to tell how near texts are to a question."""

    def alike(self, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n,) float32, 0 … 1."""
        ...


@dataclass(frozen=True, slots=True)
class Read:
    """What a selector makes of a line beside a question."""

    answers: float  # log-odds that it answers
    short: str  # the words of it that do, if it does; "" where there are none
    sure: float  # 0 … 1: that it is those words, if it does


class Selector(Protocol):
    """What reads lines beside a question; `rag.selector.LineSelector` does."""

    def read(self, question: str, lines: Sequence[tuple[str, str]]) -> Sequence[Read]:
        """What it makes of each of them; `lines` are (headline, text)."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceLine:
    """One sentence of an article that a model may point at, and that a citation can be made of."""

    label: int  # what the model sees and names; from 1
    article: Article
    revision: str
    line: int  # number of the line it lies in, from 1
    start: int  # in the canonical text
    end: int  # exclusive
    text: str  # canonical[start:end], untouched
    hit_rank: int
    hit_alike: float = 0.0  # cosine of the question and the passage, where dense search found it
    hit_behind: float = 0.0  # how far its score lies below that of the best hit, at most `FARTHEST`
    hit_recent: float = 0.0  # 0 … 1: near the time asked about, halving in thirty days
    hit_near: float = 0.0  # 0 … 1: fits the dates that the question names
    carried_by: tuple[str, ...] = ()
    score: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)
    read: Read | None = None  # beside the question, if it was

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What names this sentence among all sentences of all revisions."""
        return (self.article.article_id, self.revision, self.start, self.end)

    @property
    def moment(self) -> dt.datetime:
        """When its article was published; before all others where nobody knows."""
        date = self.article.published_at
        return date.moment if date is not None else dt.datetime.min.replace(tzinfo=dt.UTC)

    def elsewhere(self, number: int, placed: Placed) -> EvidenceLine:
        """Another sentence of its article: that on the line of this number. Nobody has read that one."""
        parts = {name: figure for name, figure in self.parts.items() if name != ANSWERS}
        return replace(
            self, line=number, start=placed.start, end=placed.end, text=placed.text, parts=parts, read=None
        )


def candidates(hits: Sequence[Hit], lines_of: LinesOf | None = None) -> list[EvidenceLine]:
    """The sentences of the hits and the headlines of their articles, each once, unscored, label 0.

    A sentence that overlapping passages share keeps the better rank. With `lines_of` a headline counts even where
    no passage holds it. A line that gives orders to an assistant is no evidence of anything.
    """
    found: dict[tuple[str, str, int, int], EvidenceLine] = {}
    best = max((hit.score for hit in hits), default=0.0)
    for hit in sorted(hits, key=lambda hit: hit.rank):
        language = hit.article.language or "en"
        pool: list[Line] = list(hit.lines)
        if lines_of is not None and pool and pool[0].number != 1:
            pool.insert(0, lines_of(hit.passage.article_id, hit.passage.revision)[1])
        for line in pool:
            spans = split(line, language) if line.number > 1 else _headline(line)
            for span in spans:
                key = (hit.passage.article_id, hit.passage.revision, span.start, span.end)
                if key in found or len(span.text) > MAX_SENTENCE or orders(span.text):
                    continue
                found[key] = EvidenceLine(
                    label=0,
                    article=hit.article,
                    revision=hit.passage.revision,
                    line=line.number,
                    start=span.start,
                    end=span.end,
                    text=span.text,
                    hit_rank=hit.rank,
                    hit_alike=max(0.0, hit.parts.get("dense", 0.0)),
                    hit_behind=min(FARTHEST, best - hit.score),
                    hit_recent=hit.parts.get("recent_30", 0.0),
                    hit_near=hit.parts.get("near", 0.0),
                    carried_by=hit.carried_by,
                )
                if len(found) >= MAX_CANDIDATES:
                    return list(found.values())
    return list(found.values())


def _headline(line: Line) -> list[Placed]:
    text = line.text.strip()
    lead = len(line.text) - len(line.text.lstrip())
    return [Placed(line.start + lead, line.start + lead + len(text), text)] if text else []


def choose(scored: Sequence[EvidenceLine], limit: int) -> list[EvidenceLine]:
    """The best `limit` sentences, labelled 1 … n in reading order: article by article, each from top to bottom.

    Articles stand in the order of their best sentence. The same words twice (syndicated copies) are kept once.
    """
    kept: list[EvidenceLine] = []
    texts: set[str] = set()
    for line in scored:
        plain = " ".join(words.tokens(line.text))
        if plain in texts:
            continue
        texts.add(plain)
        kept.append(line)
        if len(kept) == limit:
            break
    order = {key: i for i, key in enumerate(dict.fromkeys((line.article.article_id, line.revision) for line in kept))}
    kept.sort(key=lambda line: (order[line.article.article_id, line.revision], line.start))
    return [replace(line, label=label) for label, line in enumerate(kept, start=1)]
