"""Train the model of `rag.checks.entailment` from the default embedder, and write its weights and its card.

    python -m bench.train_entailment      # some 25 minutes on two cores

First from the sentences beside lines of invented news (`bench/lessons`) and some of the lines themselves, word for
word, then from those of our own labelled pairs that may be learned from, with a part of the lessons among them, so
that they are not forgotten. What it says of each pair of ours before it has seen its article is kept in the card:
from that `eval/learn_support.py` learns how much it counts. The `test` splits are only measured on.
"""

from __future__ import annotations

import argparse
import copy
import random
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from tokenizers import Tokenizer
from torch import Tensor, nn

import rag.checks
from bench import lessons
from bench.cross_encoder import Course, Net, Teacher, padded, save, tokenizer
from eval.learn_support import FILES, copies, folds
from eval.pairs import LABELS, Pair, load, macro_f1
from index.embedder import DEFAULT_MODEL
from rag.checks.entailment import LONGEST, beside, tokens

EPOCHS, OWN_EPOCHS = 3, 3
OF_LESSONS = Course(1e-4, 5e-4, 32)
OF_OURS = Course(5e-5, 2.5e-4, 32)
FOLDS = 4
COPIES = 0.15  # of the pairs learned from, as many copied lines beside them
AGAIN = 600  # lessons that are seen again beside our own pairs
AT_ONCE = 16  # rows of about one length, so that little is padding
GOLD = Path(__file__).parents[1] / "eval" / "gold"


@dataclass(frozen=True, slots=True)
class Example:
    """A sentence beside lines, as the model reads them, and its label's place in LABELS."""

    ids: Sequence[int]
    label: int


def examples_of(pairs: Sequence[Pair], reader: Tokenizer) -> list[Example]:
    """Labelled pairs, as the model reads them."""
    return [
        Example(tokens(reader, one.sentence, beside(one.lines, one.published_at)), LABELS.index(one.label))
        for one in pairs
    ]


def with_copies(pairs: Sequence[Pair], dice: random.Random) -> list[Pair]:
    """Pairs, and copies of some of their lines: what small models say most often is a line, word for word."""
    every = copies(pairs)
    return [*pairs, *dice.sample(every, min(len(every), round(COPIES * len(pairs))))]


def figures(net: Net, examples: Sequence[Example]) -> Tensor:
    """(n, 3) of the labels."""
    order = sorted(range(len(examples)), key=lambda at: len(examples[at].ids))
    found: dict[int, Tensor] = {}
    for start in range(0, len(order), AT_ONCE):
        part = order[start : start + AT_ONCE]
        told, _ = net(*padded([examples[at].ids for at in part]))
        found |= dict(zip(part, told, strict=True))
    return torch.stack([found[at] for at in range(len(examples))])


def train(net: Net, examples: Sequence[Example], course: Course, epochs: int) -> float:
    """So many passes in orders by chance; the loss of the last fifty batches."""
    net.train()
    dice = random.Random(3)
    steps = len(examples) // course.batch
    teacher = Teacher(net, course, epochs * steps)
    started, told = time.monotonic(), []
    for epoch in range(epochs):
        order = dice.sample(examples, len(examples))
        for step in range(steps):
            batch = order[step * course.batch : (step + 1) * course.batch]
            labels = torch.tensor([one.label for one in batch])
            loss = nn.functional.cross_entropy(figures(net, batch), labels)
            teacher.learn(loss)
            told.append(loss.item())
        minutes = (time.monotonic() - started) / 60
        print(f"pass {epoch + 1} of {epochs}, loss {np.mean(told[-50:]):.3f}, {minutes:.1f} minutes", file=sys.stderr)
    return float(np.mean(told[-50:]))


def shares(net: Net, examples: Sequence[Example]) -> NDArray[np.float32]:
    """(n, 3) of the labels, each row adding up to 1."""
    net.eval()
    with torch.no_grad():
        found: NDArray[np.float32] = torch.softmax(figures(net, examples), 1).numpy()
    return found


def measured(net: Net, reader: Tokenizer) -> dict[str, float]:
    """Macro F1 on the `test` splits of our own pairs, by the model alone."""
    found = {}
    for file in FILES:
        tests = load(GOLD / file, "test")
        said = shares(net, examples_of(tests, reader)).argmax(1)
        found[f"{file} test"] = round(macro_f1(tests, [LABELS[at] for at in said]), 3)
    return found


def main() -> int:
    """Train, measure, write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--lessons", type=Path, nargs="+", default=lessons.NEWS)
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="over the lessons")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.checks.__path__[0]) / "entailment.safetensors")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    dice = random.Random(5)
    reader = tokenizer(LONGEST)
    taught = lessons.pairs(lessons.reports(given.lessons))
    net = Net(len(LABELS))
    loss = train(net, examples_of(with_copies(taught, dice), reader), OF_LESSONS, given.epochs)
    before, by_lessons = copy.deepcopy(net.state_dict()), measured(net, reader)
    print(by_lessons, file=sys.stderr)
    known = [pair for file, split in FILES.items() for pair in load(GOLD / file, split)]
    again = examples_of(with_copies(dice.sample(taught, min(AGAIN, len(taught))), dice), reader)
    every = with_copies(known, dice)
    ours = examples_of(every, reader)
    fold_of = dict(zip([pair.group for pair in known], folds([pair.group for pair in known], FOLDS), strict=True))
    parts = [fold_of[pair.group] for pair in every]
    held_out: dict[str, list[float]] = {}
    for part in range(FOLDS):
        net.load_state_dict(before)
        train(net, [*again, *(one for one, its in zip(ours, parts, strict=True) if its != part)], OF_OURS, OWN_EPOCHS)
        left = [at for at in range(len(known)) if parts[at] == part]
        told = shares(net, [ours[at] for at in left]).round(4).tolist()
        held_out |= dict(zip([known[at].id for at in left], told, strict=True))
    net.load_state_dict(before)
    train(net, [*again, *ours], OF_OURS, OWN_EPOCHS)
    measures = measured(net, reader)
    print(measures, file=sys.stderr)
    card = {
        "model": f"{DEFAULT_MODEL}, its layers trained on: do these lines bear this sentence out?",
        "licence": "Apache-2.0, as the model it comes from",
        "by": "bench/train_entailment.py",
        "lessons_sha256": lessons.sha256(given.lessons),
        "lessons": dict(Counter(one.label for one in taught)),
        "loss": round(loss, 3),
        "ours": len(known),
        "macro_f1_by_lessons": by_lessons,
        "macro_f1_alone": measures,
        "held_out": held_out,
    }
    save(net, given.output, card)
    return 0


if __name__ == "__main__":
    sys.exit(main())
