"""How large should a passage be, should it carry its title, and should passages overlap?

`python -m bench.passages` on the sample corpus (DATELINE_DATA): answer-hit of dense, BM25, and both, for each way of
cutting. The pool is the sample's answer-bearing articles and as many others, so figures are higher than on the whole
corpus; what counts is how the rows differ. A hit is a passage whose text contains the answer, both normalised.
"""

from __future__ import annotations

import argparse
import random
import re
import tempfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import tantivy

from bench.corpus import NewsText, Question, articles, questions
from index.chunking import chunk
from index.embedder import Embedder, load_embedder

_AT = (1, 5, 10, 20)


@dataclass(frozen=True, slots=True)
class Cut:
    """One way of cutting articles."""

    budget: int
    title: bool
    overlap: bool

    def __str__(self) -> str:
        return f"{self.budget:4d} {'title' if self.title else '-':5s} {'overlap' if self.overlap else '-':7s}"


CUTS = (
    Cut(230, title=True, overlap=True),
    Cut(230, title=False, overlap=True),
    Cut(254, title=False, overlap=True),
    Cut(254, title=False, overlap=False),
    Cut(180, title=False, overlap=True),
    Cut(110, title=False, overlap=True),
    Cut(400, title=False, overlap=True),
)


def normalised(text: str) -> str:
    """Lower case, words only, without English articles, as SQuAD's evaluation does."""
    return " ".join(w for w in re.findall(r"\w+", text.lower()) if w not in {"a", "an", "the"})


def _lexical(texts: list[str], asked: list[str], depth: int) -> list[dict[int, float]]:
    """BM25 (tantivy, stemmed) of the first `depth` passages for each question."""
    builder = tantivy.SchemaBuilder()
    builder.add_text_field("body", tokenizer_name="en_stem")
    builder.add_integer_field("n", stored=True)
    with tempfile.TemporaryDirectory() as folder:
        index = tantivy.Index(builder.build(), path=folder)
        writer = index.writer(64_000_000, 1)
        for n, text in enumerate(texts):
            writer.add_document(tantivy.Document(body=text, n=n))
        writer.commit()
        writer.wait_merging_threads()
        index.reload()
        searcher = index.searcher()
        found = []
        for question in asked:
            query = index.parse_query(" ".join(re.findall(r"\w+", question.lower())), ["body"])
            hits = searcher.search(query, depth).hits
            found.append({searcher.doc(at)["n"][0]: float(score) for score, at in hits})
    return found


def _scaled(scores: dict[int, float]) -> dict[int, float]:
    if not scores:
        return {}
    low, high = min(scores.values()), max(scores.values())
    return {n: (score - low) / ((high - low) or 1.0) for n, score in scores.items()}


def _best(scores: dict[int, float]) -> list[int]:
    return sorted(scores, key=lambda n: -scores[n])[: max(_AT)]


def measure(cut: Cut, news: list[NewsText], asked: list[Question], embedder: Embedder, *, dense: bool) -> None:
    """Print one row for each ranking; without `dense`, which takes minutes, BM25 alone."""
    passages: list[str] = []
    given: list[str] = []
    titled: list[str] = []
    for article in news:
        overlap = None if cut.overlap else 0
        for span in chunk(article.text, embedder, budget_tokens=cut.budget, overlap_tokens=overlap):
            text = article.text[span.start : span.end]
            passages.append(text)
            titled.append(embedder.compose(article.title, text))
            given.append(titled[-1] if cut.title else text)
    texts = [normalised(text) for text in passages]
    words = [q.question for q in asked]
    scored = {"bm25": _lexical(titled, words, 100)}
    if dense:
        near = np.stack([embedder.encode_question(q) for q in words]) @ embedder.encode_passages(given).T
        scored["dense"] = [{int(n): float(row[n]) for n in np.argsort(-row)[:100]} for row in near]
        pairs = [(_scaled(a), _scaled(b)) for a, b in zip(scored["bm25"], scored["dense"], strict=True)]
        scored["both"] = [{n: a.get(n, 0.0) + b.get(n, 0.0) for n in a | b} for a, b in pairs]
    for name, found in scored.items():
        runs = [_best(scores) for scores in found]
        hits = np.array(
            [
                [any(normalised(q.answer) in texts[n] for n in run[:k]) for k in _AT]
                for q, run in zip(asked, runs, strict=True)
            ]
        )
        print(
            f"{cut} {len(passages):6d} passages  {name:5s}",
            *(f"{v:.3f}" for v in hits.mean(0)),
            flush=True,
        )


def main() -> None:
    """See the module's docstring."""
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--others", type=int, default=300, help="articles that bear no answer")
    options.add_argument("--lexical", action="store_true", help="BM25 alone, which needs no vectors")
    options.add_argument("--data", type=Path, default=None)
    chosen = options.parse_args()
    every = {a.article_id: a for a in articles("sample-articles.jsonl.gz", chosen.data)}
    asked = [q for q in questions("sample-questions.jsonl", chosen.data) if q.answer_articles and len(q.answer) > 3]
    bearing = {a for q in asked for a in q.answer_articles if a in every}
    others = random.Random(1).sample(sorted(every.keys() - bearing), chosen.others)
    news = [every[a] for a in sorted(bearing) + others]
    print(len(asked), "questions,", len(news), "articles; answer-hit at", *_AT, flush=True)
    embedder = load_embedder(threads=2)
    for cut in CUTS:
        measure(cut, news, asked, embedder, dense=not chosen.lexical)


if __name__ == "__main__":
    main()
