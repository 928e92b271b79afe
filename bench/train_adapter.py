"""Teach the embedded language model to read lines (`rag.taught`), and write the adapter and its card.

    python -m bench.train_adapter MODEL.gguf ../shared/data/realtimeqa       # some 75 minutes alone on two cores

What it learns from: `bench/adapter_lessons.py`. All questions of a sheet stand behind its lines in one row, each of
which sees the lines and itself alone, so that the lines are read once: exactly what one by one would give, in a third
of the time. Learned is the reply, its first word most. One pass; of stories and of weeks some are kept to measure on,
and nothing of our own gold or of the weeks that judge is learned. What ships was made by these steps in two runs, the
second with more real sheets and a rate that falls from 2e-4 (its card says so); one run of this script was not made.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import math
import random
import sys
import time
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from string import Template
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

import rag
from bench import lessons, lora
from bench.adapter_lessons import NO, Sheet, invented, real
from bench.corpus import rows
from bench.selector_lessons import lessons as real_lessons
from bench.weeks import held_out, is_week
from eval.retrieval import week_of
from rag.prompt import template
from rag.taught import VERSION

FIRST = 10  # layer of the 28 that is learned beside; those below it read words, and cost as much
RATE, WARM, LEAST = 3e-4, 12, 0.05  # the highest rate, steps until it is reached, share of it in the end
BATCH = 4  # sheets
REAL, REAL_WEIGHT = 350, 2.0  # sheets on real news, which have one question each, and how much that counts
REST = 0.3  # how much a token of a reply counts behind the first
MEASURED = 16  # one story of so many is measured on, and so many real sheets are
QUESTIONS = 5.0  # of a sheet, about: what a batch is divided by
END, TURN = "<|im_end|>", "<|im_end|>\n<|im_start|>assistant\n"


@dataclass(frozen=True, slots=True)
class Row:
    """A sheet as the model reads it: (1, n) ids and places, (1, 1, n, n) what sees what, and what follows where."""

    ids: Tensor
    places: Tensor
    mask: Tensor
    at: Sequence[int]  # each the place before a token of a reply
    tokens: Tensor  # those that follow
    first: Tensor  # whether it is the first of its reply


def row(tokenizer: Any, sheet: Sheet) -> Row:
    """Lines first, then each question with its reply."""
    system, user = template(f"{VERSION}.system"), Template(template(f"{VERSION}.user"))
    before = user.substitute(as_of=sheet.as_of, lines=sheet.lines, question="").rstrip()
    ids = list(tokenizer(f"<|im_start|>system\n{system}{END}\n<|im_start|>user\n{before}").input_ids)
    head = len(ids)
    places, part_of = list(range(head)), [0] * head
    at: list[int] = []
    follows: list[int] = []
    first: list[bool] = []
    for number, (question, reply) in enumerate(sheet.asked, start=1):
        asked, told = tokenizer(f" {question}{TURN}").input_ids, tokenizer(f"{reply}{END}").input_ids
        at += range(len(ids) + len(asked) - 1, len(ids) + len(asked) - 1 + len(told))
        follows += told
        first += [True, *[False] * (len(told) - 1)]
        piece = [*asked, *told[:-1]]
        ids += piece
        places += range(head, head + len(piece))
        part_of += [number] * len(piece)
    part = torch.tensor(part_of)
    order = torch.arange(len(ids))
    sees = (order[:, None] >= order) & ((part[:, None] == part) | (part == 0))
    mask = torch.zeros(len(ids), len(ids), dtype=torch.bfloat16)
    mask.masked_fill_(~sees, torch.finfo(torch.bfloat16).min)
    return Row(
        torch.tensor([ids]), torch.tensor([places]), mask[None, None], at, torch.tensor(follows), torch.tensor(first)
    )


def figures(model: Any, one: Row) -> Tensor:
    """(replies' tokens, vocabulary) of a row."""
    states = model.model(
        input_ids=one.ids, position_ids=one.places, attention_mask=one.mask, use_cache=False
    ).last_hidden_state[0]
    found: Tensor = model.lm_head(states[one.at]).float()
    return found


def learn(model: Any, tokenizer: Any, adapters: dict[str, lora.LowRank], sheets: Sequence[Sheet]) -> float:
    """One pass; the loss of the replies' first words over the last forty sheets."""
    weights = [weight for one in adapters.values() for weight in (one.a, one.b)]
    optimiser = torch.optim.AdamW(weights, lr=RATE, weight_decay=0.0, betas=(0.9, 0.99))
    steps = len(sheets) // BATCH
    rate = torch.optim.lr_scheduler.LambdaLR(optimiser, lambda step: _rate(step, steps))
    started, told = time.monotonic(), []
    for step in range(steps):
        for sheet in sheets[step * BATCH : (step + 1) * BATCH]:
            one = row(tokenizer, sheet)
            losses = nn.functional.cross_entropy(figures(model, one), one.tokens, reduction="none")
            counts = torch.where(one.first, 1.0, REST) * (REAL_WEIGHT if is_week(sheet.group) else 1.0)
            ((losses * counts).sum() / (BATCH * QUESTIONS)).backward()  # type: ignore[no-untyped-call]
            told.append(losses.detach()[one.first].mean().item())
        nn.utils.clip_grad_norm_(weights, 1.0)
        optimiser.step()
        rate.step()
        optimiser.zero_grad(set_to_none=True)
        if step % 10 == 9:
            minutes = (time.monotonic() - started) / 60
            loss = np.mean(told[-40:])
            print(f"{step + 1} of {steps} steps, loss {loss:.3f}, {minutes:.0f} minutes", file=sys.stderr, flush=True)
    return float(np.mean(told[-40:]))


def _rate(step: int, steps: int) -> float:
    if step < WARM:
        return (step + 1) / WARM
    return LEAST + (1 - LEAST) * 0.5 * (1 + math.cos(math.pi * (step - WARM) / max(1, steps - WARM)))


def measured(model: Any, tokenizer: Any, sheets: Sequence[Sheet]) -> dict[str, float]:
    """How often a question that the lines answer is surer to be than one that they do not, and tokens got right."""
    yes, no = (tokenizer(word).input_ids[0] for word in ("yes", NO))
    sure: dict[bool, list[float]] = {True: [], False: []}
    right: list[bool] = []
    with torch.no_grad():
        for one in (row(tokenizer, sheet) for sheet in sheets):
            for token, first, told in zip(one.tokens.tolist(), one.first.tolist(), figures(model, one), strict=True):
                if first:
                    sure[token == yes].append(float(told[yes] - told[no]))
                else:
                    right.append(int(told.argmax()) == token)
    above = np.array(sure[True])[:, None] - np.array(sure[False])
    area = float(((above > 0) + 0.5 * (above == 0)).mean())
    return {
        "auc": round(area, 3),
        "tokens_right": round(float(np.mean(right)), 3),
        "asked": sum(map(len, sure.values())),
    }


def main() -> int:
    """Teach, measure, write the adapter and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("model", type=Path, help="the GGUF file of the embedded model (dateline models list)")
    parser.add_argument("data", type=Path, help="the folder of RealTime QA")
    parser.add_argument("--lessons", type=Path, nargs="+", default=lessons.NEWS)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.__path__[0]) / "adapter.gguf")
    given = parser.parse_args()
    torch.manual_seed(5)
    torch.set_num_threads(given.threads)
    dice = random.Random(11)
    asked = list(rows(given.data / "questions-dev.jsonl"))
    days = {week_of(day): day for day in (dt.date.fromisoformat(one["date"]) for one in asked)}
    told = [one for one in real_lessons(given.data) if not held_out(one.group)]
    sheets = invented(lessons.reports(given.lessons), dice)
    of_weeks = real(told, days, REAL + MEASURED, dice)
    kept = [one for one in sheets if zlib.crc32(one.group.encode()) % MEASURED == 0]
    taught = [one for one in sheets if zlib.crc32(one.group.encode()) % MEASURED] + of_weeks[MEASURED:]
    dice.shuffle(taught)
    tokenizer, model = lora.read(given.model)
    adapters = lora.adapt(model, FIRST)
    before = measured(model, tokenizer, kept)
    print(before, file=sys.stderr, flush=True)
    loss = learn(model, tokenizer, adapters, taught)
    after = measured(model, tokenizer, kept)
    print(after, measured(model, tokenizer, of_weeks[:MEASURED]), file=sys.stderr)
    lora.write(given.output, adapters)
    card = {
        "model": "a low-rank adapter of Qwen2.5-Coder-1.5B-Instruct: do these lines answer, which, in what words?",
        "licence": "Apache-2.0, as the model that it is for",
        "by": "bench/train_adapter.py",
        "for_sha256": hashlib.sha256(given.model.read_bytes()).hexdigest(),
        "lessons_sha256": lessons.sha256(given.lessons),
        "sheets": {"invented": len(taught) - len(of_weeks[MEASURED:]), "real": len(of_weeks[MEASURED:])},
        "questions": sum(len(one.asked) for one in taught),
        "rank": lora.RANK,
        "first_layer": FIRST,
        "loss": round(loss, 3),
        "unseen_stories": {"before": before, "after": after},
        "sha256": hashlib.sha256(given.output.read_bytes()).hexdigest(),
    }
    given.output.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
