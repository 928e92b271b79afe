"""From hits to a few evidence lines: the sentences most likely to bear the answer, each with a label to point at.

The closer one looks, the more the words matter: for passages BM25 and embeddings are equals, but of the sentences of
24 passages BM25 over the candidates finds the answer-bearing one first .47 of the time, MiniLM's cosine .40, both
blended with the passage's rank .55 (40 questions). So the score here is that blend.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
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

# Measured by bench/evidence.py on the sample's answer-bearing sentences; see docs.
WEIGHTS: Mapping[str, float] = {"lexical": 1.0, "dense": 1.0, "passage": 1.0, "headline": 0.3, "kind": 0.6}
MAX_CANDIDATES = 400  # sentences looked at for one question; hits come in order, so the tail goes
# Of those, the most whose likeness to the question is looked at: the best by everything else. 120 find no more.
NEAR = 32
ENCODED = 4  # of those, the most that are encoded where the likeness of tokens can stand in for the others
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
                    carried_by=hit.carried_by,
                )
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
        bags = [words.content(text) for text in texts]
        self.count = len(bags)
        self.k1 = k1
        lengths = np.array([max(1, len(bag)) for bag in bags], np.float64)  # (n,)
        mean = lengths.mean() if bags else 1.0
        self.norms = k1 * (1 - b + b * lengths / mean)  # (n,)
        self._bags = bags
        self._stems = [frozenset(bag) for bag in bags]

    def weight(self, stem: str) -> float:
        """Inverse document frequency of a stem among the candidates, always positive."""
        df = sum(stem in stems for stems in self._stems)
        return math.log(1 + (self.count - df + 0.5) / (df + 0.5))

    def scores(self, terms: Sequence[words.Term]) -> list[float]:
        """For every candidate its BM25 against the terms, divided by the most any text could get; 0 … 1."""
        weights = {term.stem: self.weight(term.stem) * (0.5 if term.is_kind else 1.0) for term in terms}
        best = sum(weights.values()) * (self.k1 + 1) or 1.0
        total = np.zeros(self.count)
        alike = self._kin(weights)
        for stem, weight in weights.items():
            frequency = self._frequencies(stem, alike[stem])
            total += weight * frequency * (self.k1 + 1) / (frequency + self.norms)
        scores: list[float] = (total / best).tolist()
        return scores

    def _kin(self, wanted: Iterable[str]) -> dict[str, frozenset[str]]:
        """For each stem the others among the candidates that are kin to it."""
        begins: dict[str, list[str]] = {stem[:4]: [] for stem in wanted}
        for other in frozenset().union(*self._stems):
            if (same := begins.get(other[:4])) is not None:
                same.append(other)
        return {
            stem: frozenset(other for other in begins[stem[:4]] if other != stem and words.kin(stem, other))
            for stem in wanted
        }

    def _frequencies(self, stem: str, alike: frozenset[str]) -> npt.NDArray[np.float64]:
        """(n,) how often each text holds a stem; 0.8 where it holds only its kin."""
        return np.array(
            [
                float(bag.count(stem)) if stem in stems else 0.0 if alike.isdisjoint(stems) else 0.8
                for bag, stems in zip(self._bags, self._stems, strict=True)
            ]
        )


def score(question: str, pool: Sequence[EvidenceLine], embedder: Embedder | None) -> list[EvidenceLine]:
    """The pool with scores, best first. Without an embedder words and ranks alone decide."""
    if not pool:
        return []
    terms = words.terms(question)
    lexical = Lexicon([line.text for line in pool]).scores(terms)
    titles = list(dict.fromkeys(line.article.title for line in pool))
    answers = words.answering(question)
    headline = dict(zip(titles, Lexicon(titles).scores(terms), strict=True))
    cheap = [
        {
            "lexical": lexical[i],
            "passage": 1 / (1 + math.log2(line.hit_rank)),
            "headline": headline[line.article.title],
            "kind": float(answers(line.text)),
        }
        for i, line in enumerate(pool)
    ]
    dense = [0.0] * len(pool)
    if embedder is not None:
        for i, value in _alike(embedder, question, pool, [_weighed(held) for held in cheap]):
            dense[i] = max(0.0, value)
    scored = []
    for line, held, alike in zip(pool, cheap, dense, strict=True):
        parts = {**held, "dense": alike}
        scored.append(_scored(line, parts))
    return sorted(scored, key=lambda line: (-line.score, line.hit_rank, line.start))


def _scored(line: EvidenceLine, parts: Mapping[str, float]) -> EvidenceLine:
    """The line with its score. As `dataclasses.replace`, which takes a while for some hundred lines."""
    return EvidenceLine(
        label=line.label,
        article=line.article,
        revision=line.revision,
        line=line.line,
        start=line.start,
        end=line.end,
        text=line.text,
        hit_rank=line.hit_rank,
        hit_alike=line.hit_alike,
        carried_by=line.carried_by,
        score=_weighed(parts),
        parts=parts,
    )


def _alike(
    embedder: Embedder, question: str, pool: Sequence[EvidenceLine], prospects: Sequence[float]
) -> Iterator[tuple[int, float]]:
    """Places in the pool with the cosine of the line there and the question; of lines with some prospect only.

    To encode a line takes a thousand times as long as to look at its words. So where the embedder has a rough
    likeness as well, that one says which few lines are encoded, and stands in for the cosine of the others.
    """
    near = sorted(range(len(pool)), key=lambda i: (-prospects[i], i))[:NEAR]
    exact = near
    if isinstance(embedder, Alike):
        rough = dict(zip(near, embedder.alike(question, [pool[i].text for i in near]).tolist(), strict=True))
        yield from rough.items()
        exact = sorted(near, key=lambda i: (-prospects[i] - WEIGHTS["dense"] * rough[i], i))[:ENCODED]
    cosines = embedder.encode_passages([pool[i].text for i in exact]) @ embedder.encode_question(question)
    yield from zip(exact, cosines.tolist(), strict=True)


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
