"""Train the model of `rag.selector` from the default embedder, and write its weights and its card.

    python -m bench.train_selector ../shared/data/realtimeqa --gold eval/gold/seeds.jsonl eval/gold/newsroom.jsonl
        --corpus seeds eval/newsroom                # some 40 minutes alone on two cores

First from questions made of the news itself (`bench/made_questions.py`), then from real ones (`bench/
selector_lessons.py`): questions of RealTime QA and the articles that a web search found for each. Of those articles
the 48 sentences that the first blend of `rag.line_ranking` puts first are taken; right are those that hold the
answer. Where the collection has a snippet that the answer was taken from, its sentence with the answer is right as
well. And our own gold, asked of its articles, where right is what proves the answer: without it the model takes every
line with a likely name for an answer. A question that nothing answers teaches what does not.

Two losses. Softmax over the lines of one question and one more whose figure is 0, "none of them"; of several right
lines any will do (marginal likelihood, as in Clark and Gardner, "Simple and effective multi-paragraph reading
comprehension", ACL 2018). So a figure above 0 says that the line answers. And softmax over the tokens of each right
line, for where its answer starts and for where it ends; again any of the places will do where it stands.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import random
import re
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor, nn

import rag
from bench.selector_lessons import UNSEEN_EVENTS, List, drawn, gold_lessons, is_week, lessons, made_lists, unseen
from index.embedder import DEFAULT_MODEL, default_folder
from index.encoders.model import ModelFolder
from rag.selector import LONGEST_TEXT, beside, own, tokenizer_of, tokens, write

MADE_LISTS = 8_000
EPOCHS = 2  # over the real ones
ENDS_WEIGHT = 0.5  # of the second loss
WARM = 0.06  # of the steps
LONGEST_ANSWER = 9  # words of an answer that is looked for in a line
TRAINED = ("encoder.layer",)


@dataclass(frozen=True, slots=True)
class Course:
    """How fast is learned: rates of the layers and of what stands above them, and lists in a batch."""

    rate: float
    head_rate: float
    batch: int


OF_MADE = Course(1e-4, 5e-4, 8)
OF_REAL = Course(8e-5, 4e-4, 4)


@dataclass(frozen=True, slots=True)
class Row:
    """One line beside its question, as the model reads it."""

    ids: Sequence[int]
    line: Sequence[int]  # which tokens are of the line itself
    answers: Sequence[tuple[int, int]]  # of those, counted from its first, where an answer starts and ends


class Net(nn.Module):
    """The embedder's encoder with a figure over the mean of its tokens, and two over each."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.encoder.embeddings.requires_grad_(False)
        self.head = nn.Linear(self.encoder.config.hidden_size, 1)
        self.ends = nn.Linear(self.encoder.config.hidden_size, 2, bias=False)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        nn.init.normal_(self.ends.weight, std=0.02)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(n,) figures and (n, length, 2) ends; `index.encoders.graph` knows one kind of token, so this does."""
        with torch.autocast("cpu", torch.bfloat16):  # half as long again without
            made = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids))
        states = made.last_hidden_state.float()  # (n, length, d)
        weight = mask.unsqueeze(-1).float()
        figures: Tensor = self.head((states * weight).sum(1) / weight.sum(1)).squeeze(1)
        return figures, self.ends(states)


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
        ids = nn.utils.rnn.pad_sequence([torch.tensor(rows[at].ids) for at in part], batch_first=True)
        mask = nn.utils.rnn.pad_sequence([torch.ones(len(rows[at].ids)) for at in part], batch_first=True)
        told, own_ends = net(ids, mask.long())
        for place, at in enumerate(part):
            found[at], ends[at] = told[place], own_ends[place][list(rows[at].line)]
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
    encoder = [one for one in net.encoder.parameters() if one.requires_grad]
    heads = [*net.head.parameters(), *net.ends.parameters()]
    optimiser = torch.optim.AdamW(
        [{"params": encoder, "lr": course.rate}, {"params": heads, "lr": course.head_rate}], weight_decay=0.01
    )
    steps = len(lists) // course.batch
    if not steps:
        raise SystemExit(f"{len(lists)} lists are fewer than one batch of {course.batch}")
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (steps * WARM)) * max(0.02, 1 - step / steps)
    )
    started = time.monotonic()
    told: list[tuple[float, float]] = []
    for step in range(steps):
        batch = lists[step * course.batch : (step + 1) * course.batch]
        which, where = losses(net, [(one, encoded(tokenizer, one)) for one in batch])
        optimiser.zero_grad()
        (which + ENDS_WEIGHT * where).backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*encoder, *heads], 1.0)
        optimiser.step()
        rate.step()
        told.append((which.item(), where.item()))
        if (step + 1) % 50 == 0:
            both = " and ".join(f"{loss:.3f}" for loss in _mean(told))
            minutes = (time.monotonic() - started) / 60
            print(f"{step + 1} of {steps} steps, losses {both}, {minutes:.1f} minutes", file=sys.stderr, flush=True)
    return _mean(told)


def _mean(told: Sequence[tuple[float, float]]) -> tuple[float, float]:
    which, where = np.mean(told[-50:], axis=0).tolist()
    return which, where


def main() -> int:
    """Train, write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of RealTime QA")
    parser.add_argument("--gold", nargs="+", type=Path, required=True)
    parser.add_argument("--corpus", nargs="+", type=Path, required=True)
    parser.add_argument("--made", type=int, default=MADE_LISTS, help="lists of made questions")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.__path__[0]) / "selector.safetensors")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    dice = random.Random(3)
    every = [*lessons(given.data), *gold_lessons(given.gold, given.corpus)]
    taught = [one for one in every if not unseen(one)]
    lists: list[List] = []
    for _ in range(EPOCHS):
        drawn_ones = [one for lesson in taught if (one := drawn(lesson, dice)) is not None]
        dice.shuffle(drawn_ones)
        lists += drawn_ones
    clumsy = made_lists(given.data, given.made, dice)
    embedder: Any = SentenceTransformer(str(default_folder()), device="cpu")[0]
    tokenizer = tokenizer_of(ModelFolder.read(default_folder(), name=DEFAULT_MODEL))
    net = Net(embedder.auto_model)
    net.train()
    if clumsy:
        train(net, tokenizer, clumsy, OF_MADE)
    which, where = train(net, tokenizer, lists, OF_REAL)
    weights = {
        name: value.detach().numpy() for name, value in net.encoder.state_dict().items() if name.startswith(TRAINED)
    }
    for name, part in (("head", net.head), ("ends", net.ends)):
        weights |= {f"{name}.{key}": value.detach().numpy() for key, value in part.state_dict().items()}
    write(given.output, weights)
    card = {
        "model": f"{DEFAULT_MODEL}, its layers trained on: does this line answer the question, and with which words?",
        "licence": "Apache-2.0, as the model it comes from",
        "by": "bench/train_selector.py",
        "sha256": hashlib.sha256(given.output.read_bytes()).hexdigest(),
        "questions_sha256": hashlib.sha256((given.data / "questions-dev.jsonl").read_bytes()).hexdigest(),
        "made_lists": len(clumsy),
        "lists": len(lists),
        "losses": {"which": round(which, 3), "where": round(where, 3)},
        "weeks": len({one.group for one in taught if is_week(one.group)}),
        "events": len({one.group for one in taught if not is_week(one.group)}),
        "unseen_weeks": sorted({one.group for one in every if unseen(one) and is_week(one.group)}),
        "unseen_events": sorted(UNSEEN_EVENTS),
    }
    given.output.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
