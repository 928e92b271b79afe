"""Does it help to read a question otherwise than a passage, and would that be learned from questions and answers?

    python -m bench.train_questions HOME --questions questions-dev.jsonl --held-out held-out.npz
    python -m eval.learn_ranking HOME --questions questions-dev.jsonl --vectors held-out.npz -o ranking.json

The passages' vectors stay as they are, so nothing is embedded again; the upper layers of the question's side get
low-rank changes (Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", ICLR 2022), fitted so that of the
passages a search finds those that hold the answer lie nearest: listwise softmax over cosines (Cao et al., "Learning
to rank: from pairwise approach to listwise approach", ICML 2007).

Cross-validated over *weeks*, as `eval.learn_ranking` is: each question gets the vector of an encoder that saw nothing
of its week, and the weights of the blend are learned, and judged, with those. docs/retrieval.md has the figures.
"""

from __future__ import annotations

import argparse
import copy
import hashlib
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor, nn

from eval.learn_ranking import CUTOFFS, FOLDS, SEED, fold_of
from eval.retrieval import Asked, eligible, holds
from index.embedder import default_folder, load_embedder
from index.index import Index
from rag.retrieve import Retriever, Trace

RANK = 8
RATE = 5e-4
EPOCHS = 3
BATCH = 16
SHARPNESS = 20.0  # what a cosine is multiplied by in the softmax
LONGEST = 64  # tokens of a question
LAYERS = range(2, 6)  # those that are changed
LINEAR = ("attention.self.query", "attention.self.key", "attention.self.value", "attention.output.dense")
FORWARD = ("intermediate.dense", "output.dense")

Vectors = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question's candidates (n, d), and which of them hold the answer (n,)."""

    asked: Asked
    vectors: Tensor
    right: Tensor


class Changed(nn.Module):
    """A linear layer with a low-rank change: nothing at first, and all that is learned."""

    def __init__(self, inner: nn.Linear, rank: int) -> None:
        super().__init__()
        self.inner = inner
        self.down = nn.Parameter(torch.randn(rank, inner.in_features) / inner.in_features**0.5)
        self.up = nn.Parameter(torch.zeros(inner.out_features, rank))

    def forward(self, x: Tensor) -> Tensor:
        """(…, in) → (…, out)."""
        out: Tensor = self.inner(x) + (x @ self.down.T) @ self.up.T
        return out


class Reader:
    """The default model in torch, its upper layers to change; what lies below them is computed once a question."""

    def __init__(self) -> None:
        folder = default_folder()
        self._model: Any = SentenceTransformer(str(folder), device="cpu")[0].auto_model
        self._words = Tokenizer.from_file(str(folder / "tokenizer.json"))
        self._words.no_padding()
        self._words.enable_truncation(LONGEST)
        self._below: dict[str, Tensor] = {}

    def fresh(self) -> nn.ModuleList:
        """The upper layers, as yet unchanged."""
        layers: nn.ModuleList = copy.deepcopy(self._model.encoder.layer[LAYERS.start :])
        for parameter in layers.parameters():
            parameter.requires_grad = False
        for layer in layers:
            for name in (*LINEAR, *FORWARD):
                parent, _, last = name.rpartition(".")
                within = layer.get_submodule(parent)
                setattr(within, last, Changed(layer.get_submodule(name), RANK))  # type: ignore[arg-type]
        return layers

    def read(self, layers: nn.ModuleList, questions: Sequence[str]) -> Tensor:
        """Unit vectors (n, d) of questions."""
        states = [self._lower(question) for question in questions]
        longest = max(len(state) for state in states)
        x = torch.zeros(len(states), longest, states[0].shape[1])
        there = torch.zeros(len(states), longest)
        for at, state in enumerate(states):
            x[at, : len(state)] = state
            there[at, : len(state)] = 1
        mask = (1 - there[:, None, None, :]) * -1e9
        for layer in layers:
            x = _first(layer(x, attention_mask=mask))
        mean = (x * there.unsqueeze(-1)).sum(1) / there.sum(1, keepdim=True)
        return nn.functional.normalize(mean, dim=1)

    def _lower(self, question: str) -> Tensor:
        """What the unchanged layers make of a question: (tokens, d)."""
        if question not in self._below:
            with torch.no_grad():
                ids = torch.tensor([self._words.encode(question).ids])
                x = self._model.embeddings(input_ids=ids)
                for layer in self._model.encoder.layer[: LAYERS.start]:
                    x = _first(layer(x))
            self._below[question] = x[0]
        return self._below[question]


def _first(made: Any) -> Tensor:
    found: Tensor = made[0] if isinstance(made, tuple) else made
    return found


def collect(index: Index, questions: Iterable[Asked]) -> list[Lesson]:
    """The candidates of every question that finds something right. Raises NewsError."""
    retriever, lessons = Retriever(index), []
    for asked in questions:
        pool = retriever.pool(asked.question, asked.moment, trace=Trace())
        texts = index.store.passages(pool.ids.tolist())
        right = torch.tensor([holds(texts[at].text, asked.answer) for at in pool.ids.tolist()])
        if right.any():
            vectors, _ = index.vectors.stored(pool.ids)
            lessons.append(Lesson(asked, torch.from_numpy(vectors.astype(np.float32)), right))
    return lessons


def fit(reader: Reader, lessons: Sequence[Lesson], seed: int) -> nn.ModuleList:
    """The upper layers, changed so that what holds the answer lies nearest."""
    torch.manual_seed(seed)
    dice = np.random.default_rng(seed)
    layers = reader.fresh().train()
    changed = [parameter for parameter in layers.parameters() if parameter.requires_grad]
    search = torch.optim.AdamW(changed, lr=RATE, weight_decay=0.01)
    steps = EPOCHS * -(-len(lessons) // BATCH)
    slower = torch.optim.lr_scheduler.LambdaLR(search, lambda step: 1 - step / steps)
    for _ in range(EPOCHS):
        order = dice.permutation(len(lessons))
        for start in range(0, len(order), BATCH):
            some = [lessons[at] for at in order[start : start + BATCH]]
            loss = torch.zeros(())
            for lesson, vector in zip(some, reader.read(layers, [one.asked.question for one in some]), strict=True):
                scores = SHARPNESS * (lesson.vectors @ vector)
                loss = loss - torch.logsumexp(scores[lesson.right], 0) + torch.logsumexp(scores, 0)
            search.zero_grad()
            (loss / len(some)).backward()  # type: ignore[no-untyped-call]
            search.step()
            slower.step()
    return layers.eval()


def vectors_of(reader: Reader, layers: nn.ModuleList, questions: Sequence[Asked]) -> dict[str, Vectors]:
    """The vector of each question, by its id."""
    with torch.no_grad():
        return {asked.id: reader.read(layers, [asked.question])[0].numpy() for asked in questions}


def hits(lessons: Sequence[Lesson], vectors: dict[str, Vectors], count: int) -> dict[str, float]:
    """Passage-hit at each cutoff by cosine alone, of the `count` questions that have vectors."""
    found = dict.fromkeys(CUTOFFS, 0)
    for lesson in lessons:
        if lesson.asked.id not in vectors:
            continue
        cosines = lesson.vectors @ torch.from_numpy(vectors[lesson.asked.id])
        order = torch.argsort(cosines, descending=True, stable=True)
        for k in CUTOFFS:
            found[k] += bool(lesson.right[order[:k]].any())
    return {f"passage_hit@{k}": round(n / count, 4) for k, n in found.items()}


def main() -> int:
    """Learn in folds, and print how near the answers come."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("home", type=Path, help="an index that holds the articles of the questions")
    parser.add_argument("--questions", type=Path, required=True, help="RealTime QA questions")
    parser.add_argument(
        "--held-out", type=Path, help="write here each question's vector by an encoder of other weeks"
    )
    given = parser.parse_args()
    torch.set_num_threads(1)  # two that wait for each other are slower where anything else runs
    index = Index(given.home, load_embedder())
    asked = eligible(given.questions)
    # Any question teaches whose answer stands in something that was found; measured are those that name an article.
    lessons = collect(index, eligible(given.questions, known=False))
    reader = Reader()
    fold = fold_of([*(one.week for one in asked), *(one.asked.week for one in lessons)], SEED)
    apart: dict[str, Vectors] = {}
    for held in range(FOLDS):
        layers = fit(reader, [one for one in lessons if fold[one.asked.week] != held], held)
        apart |= vectors_of(reader, layers, [one for one in asked if fold[one.week] == held])
        print(f"fold {held + 1} of {FOLDS}", file=sys.stderr, flush=True)
    before = {one.id: index.embedder.encode_question(one.question) for one in asked}
    record = {
        "questions": len(asked),
        "lessons": len(lessons),
        "questions_sha256": hashlib.sha256(given.questions.read_bytes()).hexdigest(),
        "passages": index.vectors.count,
        "rank": RANK,
        "layers": list(LAYERS),
        "folds": FOLDS,
        "by_cosine_before": hits(lessons, before, len(asked)),
        "by_cosine_cross_validated": hits(lessons, apart, len(asked)),
    }
    index.close()
    if given.held_out:
        np.savez(given.held_out, allow_pickle=False, **apart)
    print(json.dumps(record))
    return 0


if __name__ == "__main__":
    sys.exit(main())
