"""Train the model of `rag.selector` from the default embedder, and write its weights and its card.

    python -m bench.train_selector ../shared/data/realtimeqa       # some 50 minutes alone on two cores

First from questions made of the news itself (`bench/made_questions.py`), then from two kinds at once
(`bench/selector_lessons.py`). Real ones: questions of RealTime QA and the articles that a web search found for each.
Of those articles the 48 sentences that the first blend of `rag.line_ranking` puts first are taken; right are those
that hold the answer. Where the collection has a snippet that the answer was taken from, its sentence with the answer
is right as well. And questions on invented news (`bench/lessons`), where right is what states the answer: without
them the model takes every line with a likely name for an answer. A question that nothing answers teaches what does
not. Our own gold is not learned from: it judges. Of the lists that are learned from four in five are invented, so a
last pass is over the real ones, with a fifth of the others among them.

Two losses. Softmax over the lines of one question and one more whose figure is 0, "none of them"; of several right
lines any will do (marginal likelihood, as in Clark and Gardner, "Simple and effective multi-paragraph reading
comprehension", ACL 2018). So a figure above 0 says that the line answers. And softmax over the tokens of each right
line, for where its answer starts and for where it ends; again any of the places will do where it stands.
"""

from __future__ import annotations

import argparse
import hashlib
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Tokenizer
from torch import Tensor

import rag
from bench import lessons as invented
from bench.cross_encoder import Course, Net, Teacher, padded, save, tokenizer
from bench.selector_lessons import (
    LISTED,
    LISTED_INVENTED,
    Lesson,
    List,
    drawn,
    invented_lessons,
    lessons,
    made_lists,
    unseen,
)
from index.embedder import DEFAULT_MODEL
from rag.selector import LONGEST, LONGEST_TEXT, beside, own, tokens

MADE_LISTS = 8_000
EPOCHS = 2  # over the real ones, and over those on invented news
ENDS_WEIGHT = 0.5  # of the second loss
LONGEST_ANSWER = 9  # words of an answer that is looked for in a line

OF_MADE = Course(1e-4, 5e-4, 8)
OF_BOTH = Course(8e-5, 4e-4, 6)
OF_REAL = Course(6e-5, 3e-4, 4)
REMEMBERED = 0.2  # of the lessons, seen again in the last pass, which is over the real ones


@dataclass(frozen=True, slots=True)
class Row:
    """One line beside its question, as the model reads it."""

    ids: Sequence[int]
    line: Sequence[int]  # which tokens are of the line itself
    answers: Sequence[tuple[int, int]]  # of those, counted from its first, where an answer starts and ends


def encoded(tokenizer: Tokenizer, given: List) -> list[Row]:
    """The lines of a list beside its question."""
    texts = [beside(headline, text) for headline, text in given.lines]
    looked_for = pattern(given.answers)
    found = []
    for at, encoding in enumerate(tokens(tokenizer, given.question[:LONGEST_TEXT], texts)):
        text = given.lines[at][1][:LONGEST_TEXT]
        start = len(texts[at]) - len(text)
        line = own(encoding, start)
        answers: list[tuple[int, int]] = []
        for match in looked_for.finditer(text) if looked_for is not None and at < given.right else ():
            offsets = [encoding.offsets[place] for place in line]
            first, last = match.start() + start, match.end() + start - 1
            begins = [place for place, (begin, end) in enumerate(offsets) if begin <= first < end]
            ends = [place for place, (begin, end) in enumerate(offsets) if begin <= last < end]
            answers += zip(begins, ends, strict=False)  # one of each, unless the line was cut before it
        found.append(Row(encoding.ids, line, answers))
    return found


def pattern(answers: Sequence[str]) -> re.Pattern[str] | None:
    """Finds an answer whatever stands between its words; None where there is none that could be found."""
    found = []
    for answer in answers:
        words = re.findall(r"\w+", answer.replace("’", "'"))
        while words and words[0].casefold() in {"the", "a", "an"}:
            words = words[1:]
        told = " ".join(words)
        if len(words) <= LONGEST_ANSWER and (len(told) > 1 or told.isdigit()):
            found.append(words)
    found.sort(key=lambda words: -len(" ".join(words)))  # "Bill Cosby" before "Cosby"
    wholes = (r"(?<!\d[.,])\b" + r"\W{1,3}".join(words) + r"\b(?![.,]\d)%?" for words in found)
    return re.compile("|".join(rf"(?:[$£€]\s?)?{whole}" for whole in wholes), re.IGNORECASE) if found else None


def figures(net: Net, rows: Sequence[Row]) -> tuple[Tensor, list[Tensor]]:
    """(n,) of the rows, and (tokens of its line, 2) of each; in three batches by length, so little is padding."""
    order = sorted(range(len(rows)), key=lambda at: len(rows[at].ids))
    found: dict[int, Tensor] = {}
    ends: dict[int, Tensor] = {}
    for part in (part.tolist() for part in np.array_split(order, 3) if len(part)):
        told, own_ends = net(*padded([rows[at].ids for at in part]))
        for place, at in enumerate(part):
            found[at], ends[at] = told[place, 0], own_ends[place][list(rows[at].line)]
    every = range(len(rows))
    return torch.stack([found[at] for at in every]), [ends[at] for at in every]


def losses(net: Net, batch: Sequence[tuple[List, Sequence[Row]]]) -> tuple[Tensor, Tensor]:
    """Of a batch, per list: which line answers, and where in it."""
    told, ends = figures(net, [row for _, rows in batch for row in rows])
    which, where, at = torch.zeros(()), torch.zeros(()), 0
    for one, rows in batch:
        mine = told[at : at + len(rows)]
        whole = torch.logsumexp(torch.cat([torch.zeros(1), mine]), 0)
        which = which + one.weight * (whole - (torch.logsumexp(mine[: one.right], 0) if one.right else 0.0))
        marked = [(row.answers, ends[at + place]) for place, row in enumerate(rows) if row.answers]
        if marked:
            where = where + one.weight * torch.stack([_where(*one_line) for one_line in marked]).mean()
        at += len(rows)
    return which / len(batch), where / len(batch)


def _where(answers: Sequence[tuple[int, int]], ends: Tensor) -> Tensor:
    shares = torch.log_softmax(ends, 0)  # (tokens, 2)
    starts, lasts = (torch.tensor(side) for side in zip(*answers, strict=True))
    return -torch.logsumexp(shares[starts, 0] + shares[lasts, 1], 0)


def train(net: Net, tokenizer: Tokenizer, lists: Sequence[List], course: Course) -> tuple[float, float]:
    """One pass over the lists; both losses, of the last fifty batches."""
    steps = len(lists) // course.batch
    teacher = Teacher(net, course, steps)
    started = time.monotonic()
    told: list[tuple[float, float]] = []
    for step in range(steps):
        batch = lists[step * course.batch : (step + 1) * course.batch]
        which, where = losses(net, [(one, encoded(tokenizer, one)) for one in batch])
        teacher.learn(which + ENDS_WEIGHT * where)
        told.append((which.item(), where.item()))
        if (step + 1) % 50 == 0:
            both = " and ".join(f"{loss:.3f}" for loss in _mean(told))
            minutes = (time.monotonic() - started) / 60
            print(f"{step + 1} of {steps} steps, losses {both}, {minutes:.1f} minutes", file=sys.stderr, flush=True)
    return _mean(told)


def _mean(told: Sequence[tuple[float, float]]) -> tuple[float, float]:
    which, where = np.mean(told[-50:], axis=0).tolist()
    return which, where


def passes(taught: Sequence[Lesson], count: int, dice: random.Random, listed: int = LISTED) -> list[List]:
    """So many lists of each lesson, every pass in another order and with other lines."""
    found: list[List] = []
    for _ in range(count):
        lists = [one for lesson in taught if (one := drawn(lesson, dice, listed)) is not None]
        dice.shuffle(lists)
        found += lists
    return found


def main() -> int:
    """Train, write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of RealTime QA")
    parser.add_argument("--lessons", type=Path, nargs="+", default=invented.NEWS)
    parser.add_argument("--made", type=int, default=MADE_LISTS, help="lists of made questions")
    parser.add_argument("--epochs", type=int, default=EPOCHS, help="over the real ones, and over the lessons")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.__path__[0]) / "selector.safetensors")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    dice = random.Random(3)
    clumsy = made_lists(given.data, given.made, dice)
    every = lessons(given.data)
    taught = [one for one in every if not unseen(one)]
    told = invented_lessons(invented.reports(given.lessons))
    lists = [*passes(taught, given.epochs, dice), *passes(told, given.epochs, dice, LISTED_INVENTED)]
    dice.shuffle(lists)
    last = [
        *passes(taught, 1, dice),
        *passes(dice.sample(told, round(REMEMBERED * len(told))), 1, dice, LISTED_INVENTED),
    ]
    dice.shuffle(last)
    reader = tokenizer(LONGEST)
    net = Net(1, ends=True)
    net.train()
    if clumsy:
        train(net, reader, clumsy, OF_MADE)
    train(net, reader, lists, OF_BOTH)
    which, where = train(net, reader, last, OF_REAL)
    card = {
        "model": f"{DEFAULT_MODEL}, its layers trained on: does this line answer the question, and with which words?",
        "licence": "Apache-2.0, as the model it comes from",
        "by": "bench/train_selector.py",
        "questions_sha256": hashlib.sha256((given.data / "questions-dev.jsonl").read_bytes()).hexdigest(),
        "lessons_sha256": invented.sha256(given.lessons),
        "made_lists": len(clumsy),
        "questions": {"real": len(taught), "invented": len(told)},
        "lists": len(lists) + len(last),
        "losses": {"which": round(which, 3), "where": round(where, 3)},
        "weeks": len({one.group for one in taught}),
        "unseen_weeks": sorted({one.group for one in every if unseen(one)}),
    }
    save(net, given.output, card)
    return 0


if __name__ == "__main__":
    sys.exit(main())
