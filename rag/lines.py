"""From hits to a few evidence lines: the sentences most likely to bear the answer, each with a label to point at.

The closer one looks, the more the words matter: for passages BM25 and embeddings are equals, but of the sentences of
24 passages BM25 over the candidates finds the answer-bearing one first .47 of the time, MiniLM's cosine .40, both
blended with the passage's rank .55 (40 questions). So the score here is that blend.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, TypeAlias

import numpy as np
import numpy.typing as npt

from index.article import Article
from index.lines import Line, Lines
from index.passage import Hit
from rag import words
from rag.planted import orders
from rag.sentences import Placed, split

LinesOf: TypeAlias = Callable[[str, str], Lines]  # (article_id, revision) → the lines of that text

# Measured by bench/evidence.py on the sample's answer-bearing sentences; see docs.
WEIGHTS: Mapping[str, float] = {"lexical": 1.0, "dense": 1.0, "passage": 1.0, "headline": 0.3, "kind": 0.6}
MAX_CANDIDATES = 400  # sentences looked at for one question; hits come in order, so the tail goes
ENCODED = 120  # of those, the most that are encoded: the best by everything but the embedder
MAX_SENTENCE = 700  # characters; a longer "sentence" is a list or a table and drowns the rest


class Embedder(Protocol):
    """What is needed of an embedder here."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, d) float32, unit length."""
        ...

    def encode_question(self, text: str) -> npt.NDArray[np.float32]:
        """(d,) float32, unit length."""
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
    carried_by: tuple[str, ...] = ()
    score: float = 0.0
    parts: Mapping[str, float] = field(default_factory=dict)

    @property
    def key(self) -> tuple[str, str, int, int]:
        """What names this sentence among all sentences of all revisions."""
        return (self.article.article_id, self.revision, self.start, self.end)


def candidates(hits: Sequence[Hit], lines_of: LinesOf | None = None) -> list[EvidenceLine]:
    """The sentences of the hits and the headlines of their articles, each once, unscored, label 0.

    A sentence that overlapping passages share keeps the better rank. With `lines_of` a headline counts even where
    no passage holds it. A line that gives orders to an assistant is no evidence of anything.
    """
    found: dict[tuple[str, str, int, int], EvidenceLine] = {}
    for hit in sorted(hits, key=lambda hit: hit.rank):
        language = hit.article.language or "en"
        pool: list[Line] = list(hit.lines)
        if lines_of is not None and pool and pool[0].number != 1:
            pool.insert(0, lines_of(hit.passage.article_id, hit.passage.revision)[1])
        for line in pool:
            spans = split(line, language) if line.number > 1 else _headline(line)
            for span in spans:
                if len(span.text) > MAX_SENTENCE or orders(span.text):
                    continue
                made = EvidenceLine(
                    label=0,
                    article=hit.article,
                    revision=hit.passage.revision,
                    line=line.number,
                    start=span.start,
                    end=span.end,
                    text=span.text,
                    hit_rank=hit.rank,
                    hit_alike=max(0.0, hit.parts.get("dense", 0.0)),
                    carried_by=hit.carried_by,
                )
                found.setdefault(made.key, made)
                if len(found) >= MAX_CANDIDATES:
                    return list(found.values())
    return list(found.values())


def _headline(line: Line) -> list[Placed]:
    text = line.text.strip()
    lead = len(line.text) - len(line.text.lstrip())
    return [Placed(line.start + lead, line.start + lead + len(text), text)] if text else []


class Lexicon:
    """BM25 over the candidates themselves (Robertson and Zaragoza 2009; k1 1.2, b 0.5), each a short text.

    The weight of a word is its rarity among the candidates; one that none of them has weighs most.
    """

    def __init__(self, texts: Sequence[str], k1: float = 1.2, b: float = 0.5) -> None:
        self.bags = [Counter(words.content(text)) for text in texts]
        self.lengths = [max(1, sum(bag.values())) for bag in self.bags]
        self.mean = sum(self.lengths) / max(1, len(self.lengths))
        self.k1, self.b = k1, b
        self.holding = Counter(stem for bag in self.bags for stem in bag)

    def weight(self, stem: str) -> float:
        """Inverse document frequency of a stem among the candidates, always positive."""
        n, df = len(self.bags), self.holding.get(stem, 0)
        return math.log(1 + (n - df + 0.5) / (df + 0.5))

    def scores(self, terms: Sequence[words.Term]) -> list[float]:
        """For every candidate its BM25 against the terms, divided by the most any text could get; 0 … 1."""
        weights = {term.stem: self.weight(term.stem) * (0.5 if term.is_kind else 1.0) for term in terms}
        best = sum(weights.values()) * (self.k1 + 1) or 1.0
        scores = []
        for bag, length in zip(self.bags, self.lengths, strict=True):
            norm = self.k1 * (1 - self.b + self.b * length / self.mean)
            total = 0.0
            for stem, weight in weights.items():
                frequency = bag.get(stem, 0) or 0.8 * bool(words.covered(stem, bag) if stem not in bag else 0)
                total += weight * frequency * (self.k1 + 1) / (frequency + norm) if frequency else 0.0
            scores.append(total / best)
        return scores


def score(question: str, pool: Sequence[EvidenceLine], embedder: Embedder | None) -> list[EvidenceLine]:
    """The pool with scores, best first. Without an embedder words and ranks alone decide."""
    if not pool:
        return []
    terms = words.terms(question)
    lexical = Lexicon([line.text for line in pool]).scores(terms)
    titles = list(dict.fromkeys(line.article.title for line in pool))
    headline = dict(zip(titles, Lexicon(titles).scores(terms), strict=True))
    cheap = [
        {
            "lexical": lexical[i],
            "passage": 1 / (1 + math.log2(line.hit_rank)),
            "headline": headline[line.article.title],
            "kind": float(words.answers(question, line.text)),
        }
        for i, line in enumerate(pool)
    ]
    dense = [0.0] * len(pool)
    if embedder is not None:
        # Encoding is most of the time an answer takes without a model, so only lines with some prospect are encoded.
        best = sorted(range(len(pool)), key=lambda i: (-_weighed(cheap[i]), i))[:ENCODED]
        matrix = embedder.encode_passages([pool[i].text for i in best])  # (n, d)
        for i, value in zip(best, matrix @ embedder.encode_question(question), strict=True):
            dense[i] = max(0.0, float(value))
    scored = []
    for line, held, alike in zip(pool, cheap, dense, strict=True):
        parts = {**held, "dense": alike}
        scored.append(replace(line, parts=parts, score=_weighed(parts)))
    return sorted(scored, key=lambda line: (-line.score, line.hit_rank, line.start))


def _weighed(parts: Mapping[str, float]) -> float:
    return sum(WEIGHTS[name] * value for name, value in parts.items())


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
