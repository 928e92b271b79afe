"""Learn the weights of the search's blend, and write them beside the code with the data they came from.

    python -m eval.learn_ranking HOME --questions questions-dev.jsonl --vectors held-out.npz

A linear model over `rag.ranking.FEATURES`, fitted so that a passage that holds the answer stands before those that
do not (`eval.listwise`). The penalty is chosen, and the figures are given, by cross-validation over *weeks*: news of
one week is alike, so a question is only ever judged by weights that saw none of its week. The weights that are
written come from all weeks. `--vectors`, which `bench.train_questions` writes, stand for the questions: an encoder
that has learned from the very questions would look better here than it is.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import rag
from eval import listwise
from eval.listwise import List, Matrix
from eval.retrieval import Asked, eligible, holds, read_vectors
from index.embedder import load_embedder
from index.index import Index
from rag.ranking import FEATURES, RELEVANCE
from rag.retrieve import Retriever, Trace

FOLDS = 5
PENALTIES = (1e-4, 1e-3, 1e-2)
SEED = 20250218
CUTOFFS = (1, 5, 10)


@dataclass(frozen=True, slots=True)
class Example:
    """A question's candidates: features (n, f) in the order of FEATURES, and which of them hold the answer (n,)."""

    week: str
    features: Matrix
    right: NDArray[np.bool_]


def collect(
    index: Index,
    retriever: Retriever,
    questions: Sequence[Asked],
    on_done: Callable[[int, int], None],
    vectors: Mapping[str, NDArray[np.float32]],
) -> list[Example]:
    """The candidates of every question, judged. Raises NewsError."""
    examples = []
    for done, asked in enumerate(questions, start=1):
        pool = retriever.pool(asked.question, asked.moment, vector=vectors.get(asked.id), trace=Trace())
        texts = index.store.passages(pool.ids.tolist())
        right = np.array([holds(texts[at].text, asked.answer) for at in pool.ids.tolist()], bool)
        examples.append(Example(asked.week, np.stack([pool.features[name] for name in FEATURES], axis=1), right))
        on_done(done, len(questions))
    return examples


def fit(examples: Sequence[Example], used: Sequence[int], penalty: float) -> Matrix:
    """Weights (f,) for the columns `used`, 0 for the others. Questions without a right candidate teach nothing."""
    weights = np.zeros(len(FEATURES))
    weights[list(used)] = listwise.fit(
        [List(example.features[:, used], example.right) for example in examples], penalty
    )
    return weights


def fold_of(weeks: Iterable[str], seed: int = SEED) -> dict[str, int]:
    """Which fold each week is in: whole weeks, at random."""
    every = sorted(set(weeks))
    order = np.random.default_rng(seed).permutation(len(every))
    return {week: int(place) % FOLDS for week, place in zip(every, order, strict=True)}


def folds(examples: Sequence[Example], seed: int = SEED) -> NDArray[np.int64]:
    """Which fold each example is in, (n,)."""
    fold = fold_of((example.week for example in examples), seed)
    return np.array([fold[example.week] for example in examples], np.int64)


def cross_validated(examples: Sequence[Example], used: Sequence[int], penalty: float) -> dict[str, float]:
    """Passage-hit at each cutoff over all questions, each ranked by weights that saw nothing of its week."""
    fold = folds(examples)
    hits = dict.fromkeys(CUTOFFS, 0)
    for held in range(FOLDS):
        weights = fit([one for one, at in zip(examples, fold, strict=True) if at != held], used, penalty)
        for example, at in zip(examples, fold, strict=True):
            if at == held:
                order = np.argsort(-(example.features @ weights), kind="stable")
                for k in CUTOFFS:
                    hits[k] += bool(example.right[order[:k]].any())
    return {f"passage_hit@{k}": round(count / len(examples), 4) for k, count in hits.items()}


def learn(examples: Sequence[Example], names: Sequence[str]) -> tuple[dict[str, float], dict[str, Any]]:
    """Weights by name from all examples, and how they were chosen."""
    used = [FEATURES.index(name) for name in names]
    tried = {penalty: cross_validated(examples, used, penalty) for penalty in PENALTIES}
    penalty = max(PENALTIES, key=lambda one: sum(tried[one].values()))
    weights = fit(examples, used, penalty)
    return (
        {name: round(float(weights[FEATURES.index(name)]), 4) for name in names},
        {"penalty": penalty, "cross_validated": tried[penalty]},
    )


def main() -> int:
    """Learn both sets of weights, and write them."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("home", type=Path, help="an index that holds the articles of the questions")
    parser.add_argument("--questions", type=Path, required=True, help="RealTime QA questions")
    parser.add_argument(
        "--vectors", type=Path, help="the questions' vectors, as bench.train_questions --held-out writes"
    )
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.__path__[0]) / "ranking.json")
    given = parser.parse_args()
    asked = eligible(given.questions)
    index = Index(given.home, load_embedder())
    examples = collect(index, Retriever(index), asked, _told, read_vectors(given.vectors))
    learned, chosen = {}, {}
    for mode, names in (("time", FEATURES), ("relevance", RELEVANCE)):
        learned[mode], chosen[mode] = learn(examples, names)
    record = {
        "weights": learned,
        "learned_from": {
            "questions": len(asked),
            "questions_sha256": hashlib.sha256(given.questions.read_bytes()).hexdigest(),
            "weeks": len({example.week for example in examples}),
            "passages": index.vectors.count,
            "embedder": index.embedder.name,
            "folds": FOLDS,
            **chosen,
        },
    }
    index.close()
    given.output.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    print(json.dumps(record["learned_from"]))
    return 0


def _told(done: int, total: int) -> None:
    if done % 100 == 0 or done == total:
        print(f"{done} of {total} questions", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
