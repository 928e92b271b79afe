"""Which lines of the hits most likely bear the answer: words, likeness, hit, time and what a line adds, blended.

Eight features can be had at once. By a first blend of those the few best lines are looked at closely: how like the
question they are, what they tell that it does not, and whether several articles tell it (as in Dumais et al. 2002,
Web question answering: is more always better?). By a second blend the best of those are read beside the question, by
a model (`rag.selector`). The blends are linear models over the lines of one question, learned by
`eval/learn_lines.py` and kept in `lines.json` with the data they were learned from.
"""

from __future__ import annotations

import itertools
import json
import math
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from importlib.resources import files
from typing import Final, TypeAlias

import numpy as np
import numpy.typing as npt

from rag import words
from rag.lines import ANSWERS, Alike, Embedder, EvidenceLine, Read, Selector

Column: TypeAlias = npt.NDArray[np.float64]  # one number a line

AT_ONCE: Final = (
    "lexical",  # BM25 over the candidates themselves
    "context",  # share of the question's words, by rarity, in the line, the line before it and the headline
    "hit",  # how far below the best hit the line's own one is; 0 or less
    "recent",  # published near the time asked about
    "near",  # fits the dates that the question names
    "kind",  # holds something of the kind that is asked for
    "headline",  # is a headline
    "asks",  # is a question
)
CLOSELY: Final = (
    "alike",  # likeness to the question
    "tells",  # how many names, or numbers where a number is asked for, it holds that the question does not
    "agreed",  # how much of those good lines of other articles hold as well
)
FEATURES: Final = (*AT_ONCE, *CLOSELY, ANSWERS)
CLOSE = 32  # lines that are looked at closely; 64, or all, put no more right ones among the first 1, 3, 8 or 16
SELECTED = 24  # lines that are read beside the question, the costliest look
TOLD = 5  # names in a line; more say no more


@dataclass(frozen=True, slots=True)
class Blends:
    """A weight a feature: of what can be had at once, of that and a closer look, and of everything."""

    first: Mapping[str, float]
    close: Mapping[str, float]
    whole: Mapping[str, float]


@cache
def learned() -> Blends:
    """The weights beside this module."""
    held = json.loads(files("rag").joinpath("lines.json").read_text(encoding="utf-8"))
    return Blends(**held["weights"])


def score(
    question: str,
    pool: Sequence[EvidenceLine],
    embedder: Embedder | None,
    selector: Selector | None = None,
    blends: Blends | None = None,
) -> list[EvidenceLine]:
    """The pool with scores, best first. Without an embedder and a selector words, hits and dates alone decide."""
    if not pool:
        return []
    blends = blends or learned()
    features = at_once(question, pool)
    features |= closely(question, pool, blend(features, blends.first), embedder)
    scores = blend(features, blends.close)
    read: Mapping[int, Read] = {}
    if selector is not None:
        read = read_best(question, pool, scores, selector)
        features[ANSWERS] = log_odds(read, len(pool))
        scores = blend(features, blends.whole)
    order = sorted(range(len(pool)), key=lambda i: (-scores[i], pool[i].hit_rank, pool[i].start))
    rows = np.stack(list(features.values()), axis=1).tolist()
    return [
        replace(pool[i], score=float(scores[i]), parts=dict(zip(features, rows[i], strict=True)), read=read.get(i))
        for i in order
    ]


def blend(features: Mapping[str, Column], weights: Mapping[str, float]) -> Column:
    """(n,) the weighted sum."""
    total: Column = np.sum([weight * features[name] for name, weight in weights.items()], axis=0)
    return total


def at_once(question: str, pool: Sequence[EvidenceLine]) -> dict[str, Column]:
    """Each of `AT_ONCE`, (n,)."""
    texts = [line.text for line in pool]
    lexicon = Lexicon(texts)
    terms = words.terms(question)
    frequencies = lexicon.frequencies([term.stem for term in terms])
    answers = words.answering(question)
    return {
        "lexical": lexicon.scores(terms, frequencies),
        "context": _context([(term.stem, lexicon.weight(term.stem)) for term in terms], frequencies > 0, pool),
        "hit": np.array([-line.hit_behind for line in pool]),
        "recent": np.array([line.hit_recent for line in pool]),
        "near": np.array([line.hit_near for line in pool]),
        "kind": np.array([float(answers(text)) for text in texts]),
        "headline": np.array([float(line.line == 1) for line in pool]),
        "asks": np.array([float(text.endswith("?")) for text in texts]),
    }


def _context(
    weighed: Sequence[tuple[str, float]], own: npt.NDArray[np.bool_], pool: Sequence[EvidenceLine]
) -> Column:
    """The share of the question's stems, weighed by rarity, that a line holds, the line before it or its headline.

    `own` (stems, n) says which lines hold which.
    """
    if not weighed:
        return np.zeros(len(pool))
    weights = np.array([weight for _, weight in weighed])
    titles = {title: frozenset(words.content(title)) for title in {line.article.title for line in pool}}
    by_title = {
        title: np.array([words.covered(stem, held) > 0 for stem, _ in weighed]) for title, held in titles.items()
    }
    held = own | np.stack([by_title[line.article.title] for line in pool], axis=1)
    order = sorted(range(len(pool)), key=lambda i: (*pool[i].key[:2], pool[i].start))
    for before, after in itertools.pairwise(order):
        if pool[before].key[:2] == pool[after].key[:2]:
            held[:, after] |= own[:, before]
    shares: Column = weights @ held / weights.sum()
    return shares


def closely(
    question: str, pool: Sequence[EvidenceLine], prospects: Column, embedder: Embedder | None
) -> dict[str, Column]:
    """Each of `CLOSELY`, (n,) 0 … 1; 0 for all but the `CLOSE` lines with the best prospects (n,)."""
    near = np.argsort(-prospects, kind="stable")[:CLOSE]
    lines = [pool[i] for i in near]
    told = _told(question, [line.text for line in lines])
    found = {name: np.zeros(len(pool)) for name in CLOSELY}
    found["alike"][near] = _likeness(embedder, question, [line.text for line in lines])
    found["tells"][near] = [min(TOLD, len(names)) / TOLD for names in told]
    found["agreed"][near] = agreement([line.article.article_id for line in lines], told, prospects[near])
    return found


def read_best(question: str, pool: Sequence[EvidenceLine], prospects: Column, selector: Selector) -> dict[int, Read]:
    """What the selector makes of the lines with the best prospects (n,), by their places in the pool."""
    best = np.argsort(-prospects, kind="stable")[:SELECTED].tolist()
    read = selector.read(question, [(pool[i].article.title, pool[i].text) for i in best])
    return dict(zip(best, read, strict=True))


def log_odds(read: Mapping[int, Read], count: int) -> Column:
    """(count,) log-odds that each line answers; a line that was not read gets the lowest of the others."""
    found = np.full(count, min(one.answers for one in read.values()))
    for place, one in read.items():
        found[place] = one.answers
    return found


def _likeness(embedder: Embedder | None, question: str, texts: Sequence[str]) -> npt.NDArray[np.float32]:
    """(n,) 0 … 1: how near texts are to the question.

    Where the embedder has a rough likeness of its own that is taken: to encode a line takes a thousand times as long
    as to look at its words, and chooses no better (see docs/retrieval.md).
    """
    if embedder is None:
        return np.zeros(len(texts), np.float32)
    if isinstance(embedder, Alike):
        return embedder.alike(question, texts)
    found: npt.NDArray[np.float32] = embedder.encode_passages(texts) @ embedder.encode_question(question)
    return np.maximum(0.0, found)


def _told(question: str, texts: Sequence[str]) -> list[frozenset[str]]:
    """For each text what it holds that could be the answer: names, or where a number is asked for numbers."""
    if words.answer_kind(question) == "number":
        known = words.numbers(question)
        return [words.numbers(text) - known for text in texts]
    asked = frozenset(words.tokens(question))
    names = [words.names(text) for text in texts]
    new = {name for name in frozenset().union(*names) if not words.covered(name, asked)}
    return [found & new for found in names]


def agreement(articles: Sequence[str], told: Sequence[frozenset[str]], prospects: Column) -> Column:
    """(n,) 0 … 1: how much of what is told in a line good lines of several articles hold.

    Each name has a vote of every article: how good the best line is that holds it there. The most votes are 1.
    """
    votes: dict[str, dict[str, float]] = defaultdict(dict)
    for article, names, good in zip(articles, told, np.exp(prospects - prospects.max()).tolist(), strict=True):
        for name in names:
            votes[name][article] = max(votes[name].get(article, 0.0), good)
    total = {name: sum(held.values()) for name, held in votes.items()}
    most = max(total.values(), default=1.0)
    return np.array([max((total[name] for name in names), default=0.0) / most for names in told])


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

    def frequencies(self, stems: Sequence[str]) -> Column:
        """(stems, n) how often each text holds each stem; 0.8 where it holds only its kin."""
        kin = self._kin(stems)
        found = [
            [
                float(bag.count(stem)) if stem in held else 0.0 if kin[stem].isdisjoint(held) else 0.8
                for bag, held in zip(self._bags, self._stems, strict=True)
            ]
            for stem in stems
        ]
        return np.array(found).reshape(len(stems), self.count)

    def scores(self, terms: Sequence[words.Term], frequencies: Column | None = None) -> Column:
        """(n,) BM25 against the terms, divided by the most any text could get; 0 … 1.

        `frequencies` (terms, n) are those of the terms, where they are known already.
        """
        weights = np.array([self.weight(term.stem) * (0.5 if term.is_kind else 1.0) for term in terms])
        found = self.frequencies([term.stem for term in terms]) if frequencies is None else frequencies
        best = weights.sum() * (self.k1 + 1) or 1.0
        scores: Column = weights @ (found * (self.k1 + 1) / (found + self.norms)) / best
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
