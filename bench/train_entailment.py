"""Train the model of `rag.checks.entailment` from the default embedder, and write its weights and its card.

    python -m bench.train_entailment ../shared/data/realtimeqa bench/lessons/pairs.jsonl.gz  # half an hour, two cores

Learns from sentences beside lines of real news, each supported, partial or unsupported, that were written for the
purpose (`bench/write_lessons.py`). Of our own labelled pairs (`eval/gold`) it sees none: on all of them it is
measured here, and `eval/learn_support.py` learns from some how much it counts.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor, nn

import rag.checks
from bench.corpus import rows
from bench.cross_encoder import Course, Net, Teacher, padded, save, tokenizer
from bench.written_lessons import Written, pairs
from eval.pairs import LABELS, Pair, load, macro_f1
from index.article import NewsDate
from index.embedder import DEFAULT_MODEL
from rag.checks.entailment import LONGEST, beside, tokens

EPOCHS = 4
COURSE = Course(1e-4, 5e-4, 32)
AT_ONCE = 16  # rows of about one length, so that little is padding
GOLD = Path(__file__).parents[1] / "eval" / "gold"


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence beside lines, as the model reads them, and its label's place in LABELS."""

    ids: Sequence[int]
    label: int


def examples_of(written: Sequence[Written], reader: Tokenizer) -> list[Example]:
    """Written sentences beside their lines."""
    found = []
    for one in written:
        published = NewsDate.parse(one.published) if one.published else None
        ids = tokens(reader, one.sentence, beside(one.lines, published))
        found.append(Example(ids, LABELS.index(one.label)))
    return found


def figures(net: Net, examples: Sequence[Example]) -> Tensor:
    """(n, 3) of the labels."""
    order = sorted(range(len(examples)), key=lambda at: len(examples[at].ids))
    found: dict[int, Tensor] = {}
    for start in range(0, len(order), AT_ONCE):
        part = order[start : start + AT_ONCE]
        told, _ = net(*padded([examples[at].ids for at in part]))
        found |= dict(zip(part, told, strict=True))
    return torch.stack([found[at] for at in range(len(examples))])


def train(net: Net, examples: Sequence[Example], epochs: int, dice: random.Random) -> float:
    """So many passes in orders by chance; the loss of the last fifty batches."""
    steps = len(examples) // COURSE.batch
    teacher = Teacher(net, COURSE, epochs * steps)
    started, told = time.monotonic(), []
    for epoch in range(epochs):
        order = dice.sample(examples, len(examples))
        for step in range(steps):
            batch = order[step * COURSE.batch : (step + 1) * COURSE.batch]
            labels = torch.tensor([one.label for one in batch])
            loss = nn.functional.cross_entropy(figures(net, batch), labels)
            teacher.learn(loss)
            told.append(loss.item())
        minutes = (time.monotonic() - started) / 60
        print(f"pass {epoch + 1} of {epochs}, loss {np.mean(told[-50:]):.3f}, {minutes:.1f} minutes", file=sys.stderr)
    return float(np.mean(told[-50:]))


def measured(net: Net, pairs: Sequence[Pair], reader: Tokenizer) -> float:
    """Macro F1 of labelled pairs by the model alone."""
    net.eval()
    examples = [
        Example(tokens(reader, one.sentence, beside(one.lines, one.published_at)), LABELS.index(one.label))
        for one in pairs
    ]
    with torch.no_grad():
        said = figures(net, examples).argmax(1).tolist()
    return macro_f1(pairs, [LABELS[at] for at in said])


def main() -> int:
    """Train, measure, write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of RealTime QA")
    parser.add_argument("pairs", type=Path, help="what bench.write_lessons wrote")
    parser.add_argument("--epochs", type=int, default=EPOCHS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.checks.__path__[0]) / "entailment.safetensors")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    reader = tokenizer(LONGEST)
    examples = examples_of(pairs(given.data, given.pairs), reader)
    net = Net(len(LABELS))
    net.train()
    loss = train(net, examples, given.epochs, random.Random(3))
    every = {file: load(GOLD / file) for file in ("pairs.jsonl", "pairs-written.jsonl")}
    splits = {f"{file} {split}": [one for one in known if one.split == split]
              for file, known in every.items() for split in sorted({one.split for one in known})}  # fmt: skip
    told = {name: round(measured(net, known, reader), 3) for name, known in splits.items()}
    print(told)
    card = {
        "model": f"{DEFAULT_MODEL}, its layers trained on: do these lines bear this sentence out?",
        "licence": "Apache-2.0, as the model it comes from",
        "by": "bench/train_entailment.py",
        "pairs": dict(Counter(LABELS[one.label] for one in examples)),
        "pairs_sha256": hashlib.sha256(given.pairs.read_bytes()).hexdigest(),
        "articles": len({one["article"] for one in rows(given.pairs)}),
        "loss": round(loss, 3),
        "macro_f1_alone": told,
    }
    save(net, given.output, card)
    return 0


if __name__ == "__main__":
    sys.exit(main())
