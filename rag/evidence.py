"""Is there enough evidence? One number, 0 … 1, and what is missing.

Not the model's business: measured, the models that run here almost never refuse, and the top similarity score does
not separate questions with an answer from those without one (AUC .52). What does: whether the names, numbers and
rare words of the question stand where the answer is said to stand, how alike the question and that sentence are, and
whether the sentence holds something of the kind asked for. A small logistic model blends them; `bench/confidence.py`
learns it.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from rag import words
from rag.lines import Embedder, EvidenceLine, Lexicon

# Names are those of `features`. Set so that each feature's pull agrees with its share of a fit by bench/confidence.py
# on 73 sentences (seed gold and development questions with their answer's articles in and out), which is too few to
# take the fit itself.
COEFFICIENTS: Mapping[str, float] = {
    "bias": -7.85,
    "line": 2.5,
    "article": 1.0,
    "names": 1.0,
    "names_line": 1.5,
    "figures": 2.0,
    "alike": 1.5,
    "alike_said": 1.0,
    "alike_passage": 1.0,
    "rank": 2.0,
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

    def __init__(
        self,
        question: str,
        pool: Sequence[EvidenceLine],
        embedder: Embedder | None = None,
        coefficients: Mapping[str, float] | None = None,
    ) -> None:
        """`pool` best first. Without an embedder likeness is not judged."""
        self.question = question
        self.terms = words.terms(question)
        self.asked = frozenset(words.tokens(question))
        self.pool = pool
        self.embedder = embedder
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
        """The numbers the judgement is made of, each 0 … 1; and the stems of the whole articles around the lines."""
        article: set[str] = set()
        for given in lines:
            article.update(*(words.content(other.text) for other in self._by_article.get(given.key[:2], ())))
            article.update(_around(given))
        # Several lines may together hold all the words and still not say it: the one that bears most of the answer
        # must speak of what was asked.
        own = [stem for stem in dict.fromkeys(words.content(answer)) if not words.covered(stem, self.asked)]
        main = max(lines, key=lambda given: (_held(own, given), self._coverage(_around(given))))
        names = [t for t in self.terms if t.is_name or t.is_number]
        figures = [t for t in self.terms if t.text[0].isdigit()]
        said = dict.fromkeys(words.content(answer or main.text))
        stand = frozenset(stem for given in lines for stem in _around(given))
        return {
            "line": self._coverage(_around(main)),  # of the question's words: in the line, its headline and date
            "article": self._coverage(article),  # … in all that was found of its article
            "names": self._coverage(article, names) if names else 1.0,
            "figures": self._coverage(article, figures) if figures else 1.0,
            "names_line": self._coverage(_around(main), names) if names else 1.0,
            "borne": sum(words.covered(stem, stand) for stem in said) / len(said) if said else 0.0,
            "alike": main.parts.get("dense", 0.0),
            "alike_said": self._alike(answer, lines),
            "alike_cited": self._cited(answer, lines),
            "alike_best": max((given.parts.get("dense", 0.0) for given in self.pool), default=0.0),
            "alike_passage": max((given.hit_alike for given in self.pool), default=0.0),
            "rank": self._rank(main),
        }, frozenset(article)

    def _alike(self, answer: str, lines: Sequence[EvidenceLine]) -> float:
        """Cosine of the question and the sentence; a sentence that answers repeats much of the question."""
        if self.embedder is None or not answer or any(answer == given.text for given in lines):
            return max((given.parts.get("dense", 0.0) for given in lines), default=0.0)
        said = self.embedder.encode_passages([answer])[0]
        return max(0.0, float(said @ self.embedder.encode_question(self.question)))

    def _cited(self, answer: str, lines: Sequence[EvidenceLine]) -> float:
        """Cosine of the sentence and the line most like it; 1 for a line that is quoted."""
        if self.embedder is None or not answer or any(answer == given.text for given in lines):
            return 1.0
        vectors = self.embedder.encode_passages([answer, *(given.text for given in lines)])
        return max(0.0, float((vectors[1:] @ vectors[0]).max()))

    def _rank(self, line: EvidenceLine) -> float:
        """The line's score as a share of the best score there is."""
        best = self.pool[0].score if self.pool else 0.0
        return max(0.0, line.score / best) if best > 0 else 0.0

    def _coverage(self, stems: Collection[str], terms: Sequence[words.Term] | None = None) -> float:
        """The share of the question's words that stand there, each weighed by its rarity."""
        chosen = self.terms if terms is None else terms
        total = sum(self.weights[t.stem] for t in chosen)
        if total <= 0:
            return 0.0
        return sum(self.weights[t.stem] * words.covered(t.stem, stems) for t in chosen) / total

    def _missing(self, stems: Collection[str]) -> Missing:
        absent = [t for t in self.terms if not t.is_kind and words.covered(t.stem, stems) == 0]
        return Missing(
            tuple(t.text for t in absent if t.is_name or t.is_number),
            tuple(t.text for t in absent if not (t.is_name or t.is_number)),
        )


def _around(line: EvidenceLine) -> frozenset[str]:
    """Stems of a line, its headline, and year and month of publication: an article of 2025 need not name the year."""
    date = line.article.published_at
    dated = words.content(date.moment.strftime("%Y %B")) if date is not None else ()
    return frozenset((*words.content(line.text), *words.content(line.article.title), *dated))


def _held(own: Sequence[str], line: EvidenceLine) -> float:
    """How many of the answer's own stems a line holds."""
    stems = frozenset(words.content(line.text))
    return sum(words.covered(stem, stems) for stem in own)
