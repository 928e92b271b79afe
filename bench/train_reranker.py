"""Does a small cross-encoder, trained here, beat no reranker?

    python -m bench.train_reranker HOME --questions questions-dev.jsonl

From the first layers of the default embedder: first headlines against passages of their own bodies, then development
questions against passages that hold the answer, both with the passages that a search confuses with them as negatives
(Nogueira and Cho, arXiv:1901.04085; listwise softmax, Cao et al., "Learning to rank: from pairwise approach to
listwise approach", ICML 2007). A week in four is never trained on: on its questions the first 30 hits are
reordered, by the reranker alone and blended with the search's own score. Prints JSON; docs/retrieval.md has figures.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import CrossEncoder

from eval.retrieval import Asked, eligible, holds
from index.embedder import default_folder, load_embedder
from index.index import Index
from rag.retrieve import RERANKED, Retriever, Trace

NEGATIVES = 6
CONFUSED = 40  # passages that a search finds, negatives are drawn from
BLENDS = (0.0, 0.1, 0.2, 0.5, 1.0, 2.0)


@dataclass(frozen=True, slots=True)
class Example:
    """A question or headline; the first of the passages is the right one."""

    question: str
    passages: tuple[str, ...]


def held_back(asked: Asked) -> bool:
    """Whether its week is one of the quarter that is never trained on."""
    return hashlib.sha256(asked.week.encode()).digest()[0] % 4 == 0


def from_questions(
    index: Index, retriever: Retriever, questions: Sequence[Asked], dice: random.Random
) -> list[Example]:
    """Questions with a passage that holds the answer and some of the same search that do not."""
    made = []
    for asked in questions:
        pool = retriever.pool(asked.question, asked.moment, trace=Trace())
        order, _ = retriever.order(pool)
        found = index.store.passages([int(pool.ids[at]) for at in order[:CONFUSED]])
        texts = [found[int(pool.ids[at])].text for at in order[:CONFUSED]]
        right = [text for text in texts if holds(text, asked.answer)]
        wrong = [text for text in texts if not holds(text, asked.answer)]
        if len(wrong) >= NEGATIVES:
            made += [Example(asked.question, (text, *dice.sample(wrong, NEGATIVES))) for text in right[:2]]
    return made


def from_headlines(index: Index, count: int, dice: random.Random) -> list[Example]:
    """Headlines with a passage of their own body and passages of other articles that share their words."""
    made = []
    for name in dice.sample(sorted(index.catalog.article_ids()), count):
        article = index.store.article(name)
        found = index.lexical(article.title, CONFUSED, as_of=None).ids.tolist()
        passages = index.store.passages(found)
        own = [held.text for held in passages.values() if held.article_id == name and held.span.first_line > 1]
        others = [held.text for held in passages.values() if held.article_id != name]
        if own and len(others) >= NEGATIVES:
            made.append(Example(article.title, (dice.choice(own), *dice.sample(others, NEGATIVES))))
    return made


def train(encoder: Any, examples: Sequence[Example], *, rate: float, lists: int, seconds: float) -> dict[str, float]:
    """One pass over the examples, or as much of it as the seconds allow."""
    optimiser = torch.optim.AdamW(encoder.model.parameters(), lr=rate)
    encoder.model.train()
    started, losses = time.monotonic(), []
    for start in range(0, len(examples), lists):
        batch = examples[start : start + lists]
        pairs = [(example.question, passage) for example in batch for passage in example.passages]
        tokens = encoder.tokenizer(
            [pair[0] for pair in pairs],
            [pair[1] for pair in pairs],
            padding=True,
            truncation="only_second",
            max_length=encoder.max_seq_length,
            return_tensors="pt",
        )
        with torch.autocast("cpu", dtype=torch.bfloat16):
            scores = encoder.model(**tokens).logits.float().view(len(batch), -1)
        loss = torch.nn.functional.cross_entropy(scores, torch.zeros(len(batch), dtype=torch.long))
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
        losses.append(loss.item())
        if time.monotonic() - started > seconds:
            break
    encoder.model.eval()
    tail = losses[-max(1, len(losses) // 5) :]
    return {"lists": len(losses) * lists, "loss": sum(tail) / len(tail), "seconds": time.monotonic() - started}


def compare(retriever: Retriever, encoder: Any, questions: Sequence[Asked]) -> dict[str, dict[str, float]]:
    """Answer-hit at 1, 5 and 10 of the first 30 hits, by how much the reranker counts; `alone` is the reranker's."""
    hits_at: dict[str, list[list[bool]]] = {}
    for asked in questions:
        pool = retriever.pool(asked.question, asked.moment, trace=Trace())
        hits = retriever.hits(pool, *retriever.order(pool), RERANKED)
        texts = [f"{hit.article.title}\n{hit.passage.text}" for hit in hits]
        given = np.asarray(encoder.predict([(asked.question, text) for text in texts], show_progress_bar=False))
        own = np.array([hit.score for hit in hits])
        right = np.array([holds(hit.passage.text, asked.answer) for hit in hits])
        for blend in BLENDS:
            order = np.argsort(-(own + blend * given), kind="stable")
            hits_at.setdefault(f"blend {blend}", []).append(right[order].tolist())
        hits_at.setdefault("alone", []).append(right[np.argsort(-given, kind="stable")].tolist())
    return {
        name: {f"@{k}": round(float(np.mean([any(places[:k]) for places in held])), 4) for k in (1, 5, 10)}
        for name, held in hits_at.items()
    }


def thirty(encoder: Any, retriever: Retriever, questions: Sequence[Asked]) -> float:
    """Median milliseconds for 30 passages, on torch."""
    taken = []
    for asked in questions[:20]:
        pool = retriever.pool(asked.question, asked.moment, trace=Trace())
        pairs = [(asked.question, hit.passage.text) for hit in retriever.hits(pool, *retriever.order(pool), RERANKED)]
        started = time.perf_counter()
        encoder.predict(pairs, show_progress_bar=False)
        taken.append((time.perf_counter() - started) * 1e3)
    return float(np.median(taken))


def main() -> int:
    """Train, compare, print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("home", type=Path, help="an index of the articles")
    parser.add_argument("--questions", type=Path, required=True)
    parser.add_argument("--layers", type=int, default=3)
    parser.add_argument("--tokens", type=int, default=192)
    parser.add_argument("--headlines", type=int, default=6000)
    parser.add_argument("--seconds", type=float, default=600, help="most for each of the two stages")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, help="keep the trained model in this folder")
    given = parser.parse_args()
    torch.manual_seed(1)
    torch.set_num_threads(given.threads)
    dice = random.Random(1)
    index = Index(given.home, load_embedder(threads=1))
    retriever = Retriever(index)
    asked = eligible(given.questions)
    known = [one for one in asked if not held_back(one)]
    unseen = [one for one in asked if held_back(one)]
    encoder = CrossEncoder(
        str(default_folder()),
        num_labels=1,
        max_length=given.tokens,
        device="cpu",
        config_kwargs={"num_hidden_layers": given.layers},
    )
    stages = {}
    headlines = from_headlines(index, min(given.headlines, len(index.catalog.article_ids())), dice)
    stages["headlines"] = train(encoder, headlines, rate=5e-5, lists=4, seconds=given.seconds)
    print(json.dumps(stages), file=sys.stderr, flush=True)
    examples = from_questions(index, retriever, known, dice)
    dice.shuffle(examples)
    stages["questions"] = train(encoder, examples * 2, rate=2e-5, lists=4, seconds=given.seconds)
    print(json.dumps(stages), file=sys.stderr, flush=True)
    made = {
        "layers": given.layers,
        "tokens": given.tokens,
        "stages": stages,
        "unseen": len(unseen),
        "milliseconds_for_30": thirty(encoder, retriever, unseen),
        "hits": compare(retriever, encoder, unseen),
    }
    if given.output:
        encoder.save_pretrained(str(given.output))
    print(json.dumps(made))
    index.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
