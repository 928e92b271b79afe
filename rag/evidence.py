"""Is there enough evidence? One number, 0 … 1, and what is missing.

Not the model's business: measured, the models that run here almost never refuse, and the top similarity score does
not separate questions with an answer from those without one (AUC .52). What does: whether the names, numbers and
rare words of the question stand where the answer is said to stand, how alike the question and that sentence are, and
whether the sentence holds something of the kind asked for. A small logistic model blends them; `bench/confidence.py`
learns it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from rag import words
from rag.lines import EvidenceLine, Lexicon

# Learned by bench/confidence.py; names are those of `features`.
COEFFICIENTS: Mapping[str, float] = {
    "bias": -4.0,
    "line": 1.5,
    "near": 2.0,
    "article": 1.5,
    "names": 2.0,
    "dense": 2.0,
    "kind": 0.5,
    "top": 0.5,
}
ENOUGH = 0.5  # at and above it an answer is given


@dataclass(frozen=True, slots=True)
class Missing:
    """Words of the question, as the reader wrote them, that the article of the best line does not have."""

    names: tuple[str, ...]
    other: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Judgement:
    """How sure it is that the given lines answer the question, and why."""

    confidence: float  # 0 … 1
    features: Mapping[str, float]
    missing: Missing


class Evidence:
    """Judges lines of one question's pool. Built once a question; cheap to ask again."""

    def __init__(self, question: str, pool: Sequence[EvidenceLine], coefficients: Mapping[str, float] | None = None):
        self.question = question
        self.terms = words.terms(question)
        self.kind = words.answer_kind(question)
        self.pool = pool  # best first
        self.coefficients = COEFFICIENTS if coefficients is None else coefficients
        lexicon = Lexicon([line.text for line in pool])
        self.weights = {t.stem: lexicon.weight(t.stem) * (0.4 if t.is_kind else 1.0) for t in self.terms}
        self._by_article: dict[tuple[str, str], list[EvidenceLine]] = {}
        for line in pool:
            self._by_article.setdefault(line.key[:2], []).append(line)

    def judge(self, lines: Sequence[EvidenceLine], answer: str = "") -> Judgement:
        """How well `lines` (of one article or several) bear an answer; with none, there is no confidence."""
        if not lines:
            return Judgement(0.0, {}, self._missing(frozenset()))
        features, article = self.features(lines, answer)
        total = self.coefficients["bias"] + sum(
            weight * features[name] for name, weight in self.coefficients.items() if name != "bias"
        )
        return Judgement(1 / (1 + math.exp(-total)), features, self._missing(article))

    def features(self, lines: Sequence[EvidenceLine], answer: str = "") -> tuple[dict[str, float], frozenset[str]]:
        """The numbers the judgement is made of, each 0 … 1; and the stems of the whole article around the lines."""
        own = frozenset(stem for line in lines for stem in words.content(line.text))
        near, article = set(own), set(own)
        for line in lines:
            near.update(words.content(line.article.title))
            for other in self._by_article.get(line.key[:2], ()):
                stems = words.content(other.text)
                article.update(stems)
                if abs(other.line - line.line) <= 1:
                    near.update(stems)
            article.update(words.content(line.article.title))
            if line.article.published_at is not None:
                year = str(line.article.published_at.moment.year)
                near.add(year)
                article.add(year)
        names = [t for t in self.terms if t.is_name or t.is_number]
        best = self.pool[0].score if self.pool else 0.0
        return {
            "line": self._coverage(own),
            "near": self._coverage(frozenset(near)),
            "article": self._coverage(frozenset(article)),
            "names": self._coverage(frozenset(article), names) if names else 1.0,
            "names_near": self._coverage(frozenset(near), names) if names else 1.0,
            "dense": max(line.parts.get("dense", 0.0) for line in lines),
            "dense_top": max((line.parts.get("dense", 0.0) for line in self.pool), default=0.0),
            "kind": float(words.could_answer(self.kind, answer or " ".join(line.text for line in lines))),
            "top": max(line.score for line in lines) / best if best > 0 else 0.0,
            "passage": max(1 / (1 + math.log2(line.hit_rank)) for line in lines),
            "length": min(1.0, len(self.terms) / 20),
        }, frozenset(article)

    def _coverage(self, stems: frozenset[str], terms: Sequence[words.Term] | None = None) -> float:
        """The share of the question's words that stand there, each weighed by its rarity."""
        chosen = self.terms if terms is None else terms
        total = sum(self.weights[t.stem] for t in chosen)
        if total <= 0:
            return 0.0
        return sum(self.weights[t.stem] * words.covered(t.stem, stems) for t in chosen) / total

    def _missing(self, stems: frozenset[str]) -> Missing:
        absent = [t for t in self.terms if not t.is_kind and words.covered(t.stem, stems) == 0]
        return Missing(
            tuple(t.text for t in absent if t.is_name or t.is_number),
            tuple(t.text for t in absent if not (t.is_name or t.is_number)),
        )
