"""Train the model of `rag.selector` from the default embedder, and write its weights and its card.

    python -m bench.train_selector ../shared/data/realtimeqa --gold eval/gold/seeds.jsonl eval/gold/newsroom.jsonl
        --corpus seeds eval/newsroom                # some 25 minutes alone on two cores

What is learned from: questions of RealTime QA and the articles that a web search found for each. Of those articles
the 48 sentences that the first blend of `rag.line_ranking` puts first are taken; right are those that hold the
answer. Where the collection has a snippet that the answer was taken from, its sentence with the answer is right as
well. And our own gold, asked of its articles, where right is what proves the answer: without it the model takes every
line with a likely name for an answer. A question that nothing answers teaches what does not. Of a quarter of the
weeks and of some events no question is learned from, so that those can judge.

Loss: softmax over the lines of one question and one more whose figure is 0, "none of them"; of several right lines
any will do (marginal likelihood, as in Clark and Gardner, "Simple and effective multi-paragraph reading
comprehension", ACL 2018). So a figure above 0 says that the line answers.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import html
import json
import math
import random
import re
import sys
import tempfile
import time
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from sentence_transformers import SentenceTransformer
from torch import Tensor, nn

import rag
from bench.corpus import rows
from eval.gold import load
from eval.inprocess import InProcess
from eval.learn_confidence import events, proves
from eval.retrieval import SHORTEST_ANSWER, holds, week_of
from eval.run import merged
from index.article import Article, NewsDate, Status
from index.embedder import DEFAULT_MODEL, default_folder
from index.lines import Lines
from index.readers.canonical import canonical, paragraphs_of
from rag.line_ranking import at_once, blend, learned, score
from rag.lines import MAX_SENTENCE, EvidenceLine, candidates
from rag.planted import orders
from rag.selector import LONGEST, beside, write
from rag.sentences import split
from rag.settings import EXTRACTIVE, Settings

FOLDS, HELD_OUT = 4, 3  # a week in four is never learned from
LINES = 48  # of a question, best first
LISTED = 12  # of those in one list
RIGHT = 3  # right ones among them, at most
QUESTIONS = 4  # in a batch
EPOCHS = 2
RATE, HEAD_RATE = 8e-5, 4e-4
WARM = 0.08  # of the steps
NO_HEADLINE = 0.25  # of the lines are shown without theirs
READ_CHARACTERS = 20_000  # of an article
GOLD_WEIGHT = 2.0
UNSEEN_EVENTS = frozenset(
    {
        "004-castellane-bids-for-hessel-lines",
        "022-boil-water-aldern",
        "032-opinion-ministry-failed",
        "033-central-bank-raises-rate",
        "046-rail-deal-reached",
        "059-unemployment-september",
    }
)
UNTOLD = frozenset({"true", "false", "all of the above", "none of the above"})
TRAINED = ("encoder.layer",)

Line = tuple[str, str]  # headline, text


@dataclass(frozen=True, slots=True)
class Lesson:
    """A question with its lines, best first, which of them hold the answer, and the sentences it was taken from."""

    group: str  # the week it was asked in, or the event it is about
    question: str
    lines: Sequence[Line]
    right: Sequence[bool]
    snippet: Sequence[str] = ()
    snippet_right: Sequence[bool] = ()
    weight: float = 1.0


@dataclass(frozen=True, slots=True)
class List:
    """One list: the first `right` of its lines answer."""

    question: str
    lines: Sequence[Line]
    right: int
    weight: float


def unseen(lesson: Lesson) -> bool:
    """Whether its week or event is one of those that are never learned from."""
    if lesson.group in UNSEEN_EVENTS:
        return True
    return _is_week(lesson.group) and zlib.crc32(lesson.group.encode()) % FOLDS == HELD_OUT


def _is_week(group: str) -> bool:
    return re.fullmatch(r"\d{4}-W\d\d", group) is not None


def lessons(data: Path) -> list[Lesson]:
    """Every development question with the lines of its articles."""
    asked = [one for one in rows(data / "questions-dev.jsonl") if _can_be_told(one["answer"])]
    wanted = {name for one in asked for name in (*one["answer_articles"], *one["retrieved"])}
    articles: dict[str, list[EvidenceLine]] = {}
    for row in rows(data / "articles.jsonl.gz"):
        if row["id"] in wanted:
            title, text = canonical(row["title"] or "", paragraphs_of(row["text"][:READ_CHARACTERS]))
            articles[row["id"]] = _sentences(_article(row["id"], title, row.get("published")), text)
    found = []
    for done, one in enumerate(asked, start=1):
        found.append(_lesson(one, articles))
        if done % 300 == 0:
            print(f"{done} of {len(asked)} questions", file=sys.stderr, flush=True)
    return found


def gold_lessons(paths: Sequence[Path], corpus: Sequence[Path]) -> list[Lesson]:
    """Our own gold with the lines that are found of its articles; without those whose proof is not found."""
    questions = merged([load(path) for path in paths]).questions
    event = events(questions)
    if absent := UNSEEN_EVENTS - set(event.values()):
        raise SystemExit(f"the gold knows no event called {', '.join(sorted(absent))}: mend UNSEEN_EVENTS")
    found = []
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.read({"DATELINE_HOME": home, "DATELINE_MODEL": EXTRACTIVE})
        with InProcess(settings, corpus) as system:
            dateline = system.dateline
            for one in questions:
                hits = dateline.retriever.retrieve(one.question, as_of=one.as_of or dateline.index.clock())
                pool = score(one.question, candidates(hits, dateline.lines_of), dateline.asker.embedder)
                distinct: dict[str, EvidenceLine] = {}
                for line in pool:
                    distinct.setdefault(line.text, line)
                lines = list(distinct.values())[:LINES]
                right = [one.answerable and proves(one, line) for line in lines]
                if any(right) or not one.answerable:
                    pairs = [(line.article.title, line.text) for line in lines]
                    found.append(Lesson(event[one.id], one.question, pairs, right, weight=GOLD_WEIGHT))
    return found


def _article(name: str, title: str, published: str | None) -> Article:
    date = None
    if published:
        date = NewsDate(dt.datetime.combine(dt.date.fromisoformat(published), dt.time(), dt.UTC), day_only=True)
    return Article(
        article_id=name, revision=None, title=title, url=None, source=None, authors=(), section=None, language="en",
        published_at=date, updated_at=None, ingested_at=dt.datetime.now(dt.UTC), accessible_for_free=None,
        embargo_until=None, status=Status.USABLE, correction=None, metadata={},
    )  # fmt: skip


def _sentences(article: Article, text: str) -> list[EvidenceLine]:
    """What an answer would take for the lines of an article that was found."""
    lines = Lines(text)
    return [
        EvidenceLine(
            label=0, article=article, revision="", line=number, start=placed.start, end=placed.end, text=placed.text,
            hit_rank=1,
        )
        for number in range(1, len(lines) + 1)
        for placed in split(lines[number], "en")
        if len(placed.text) <= MAX_SENTENCE and not orders(placed.text)
    ]  # fmt: skip


def _can_be_told(answer: str) -> bool:
    """Whether a line with the words of an answer says it."""
    return len(answer) >= SHORTEST_ANSWER and answer.casefold() not in UNTOLD


def _lesson(one: Mapping[str, Any], articles: Mapping[str, Sequence[EvidenceLine]]) -> Lesson:
    day = dt.date.fromisoformat(one["date"])
    end = dt.datetime.combine(day + dt.timedelta(days=2), dt.time(), dt.UTC)
    pool: list[EvidenceLine] = []
    for name in dict.fromkeys((*one["answer_articles"], *one["retrieved"])):
        for line in articles.get(name, ()):
            if line.moment < end:
                age = max(0.0, (end - line.moment).days - 1) if line.article.published_at else 365.0
                pool.append(replace(line, hit_recent=math.exp2(-age / 30)))
    found: dict[str, EvidenceLine] = {}
    if pool:
        scores = blend(at_once(one["question"], pool), learned().first)
        for at in np.argsort(-scores, kind="stable").tolist():
            found.setdefault(pool[at].text, pool[at])
            if len(found) == LINES:
                break
    told = _plain(one.get("evidence") or "")
    snippet = [placed.text for placed in split(Lines(told)[1], "en")] if told else []
    return Lesson(
        week_of(day),
        one["question"],
        [(line.article.title, line.text) for line in found.values()],
        [holds(text, one["answer"]) for text in found],
        snippet,
        [holds(text, one["answer"]) for text in snippet],
    )


def _plain(snippet: str) -> str:
    return " ".join(html.unescape(re.sub(r"<[^>]+>", "", snippet)).split())


def drawn(lesson: Lesson, dice: random.Random) -> List | None:
    """A list to learn from; None where nothing would be learned, or by chance, of questions that nothing answers."""
    if not lesson.lines:
        return None
    right = [line for line, holds_it in zip(lesson.lines, lesson.right, strict=True) if holds_it]
    wrong = [line for line, holds_it in zip(lesson.lines, lesson.right, strict=True) if not holds_it]
    told = [text for text, holds_it in zip(lesson.snippet, lesson.snippet_right, strict=True) if holds_it]
    untold = [text for text, holds_it in zip(lesson.snippet, lesson.snippet_right, strict=True) if not holds_it]
    if told and dice.random() < (0.5 if right else 0.7):
        headline = dice.choice(lesson.lines)[0] if dice.random() < 0.5 else ""
        right = [(headline, dice.choice(told)), *dice.sample(right, min(len(right), RIGHT - 1))]
    elif untold:
        wrong = [*wrong[:20], ("", dice.choice(untold)), *wrong[20:]]
    if not right and _is_week(lesson.group) and dice.random() < 0.5:
        return None
    right = dice.sample(right, min(len(right), RIGHT))
    chosen = _near_the_top(wrong, LISTED - len(right), dice)
    if not chosen:
        return None
    lines = [("" if dice.random() < NO_HEADLINE else headline, text) for headline, text in (*right, *chosen)]
    return List(lesson.question, lines, len(right), lesson.weight * (1.0 if right else 0.5))


def _near_the_top(lines: Sequence[Line], count: int, dice: random.Random) -> list[Line]:
    """So many of the lines, the first ones likelier."""
    left = list(enumerate(lines))
    found: list[Line] = []
    while left and len(found) < count:
        at = dice.choices(range(len(left)), weights=[1 / (1 + place / 8) for place, _ in left])[0]
        found.append(left.pop(at)[1])
    return found


class Net(nn.Module):
    """The embedder's encoder with a figure over the mean of its tokens."""

    def __init__(self, encoder: Any) -> None:
        super().__init__()
        self.encoder = encoder
        self.encoder.embeddings.requires_grad_(False)
        self.head = nn.Linear(self.encoder.config.hidden_size, 1)
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)

    def forward(self, given: Mapping[str, Tensor]) -> Tensor:
        """(n,) figures."""
        states = self.encoder(**given).last_hidden_state  # (n, length, d)
        mask = given["attention_mask"].unsqueeze(-1).float()
        found: Tensor = self.head((states * mask).sum(1) / mask.sum(1)).squeeze(1)
        return found


def figures(net: Net, tokenizer: Any, batch: Sequence[List]) -> Tensor:
    """(n,) of all lines of the lists, in their order; three batches by length, so that little is padding."""
    pairs = [(one.question, beside(headline, text)) for one in batch for headline, text in one.lines]
    order = sorted(range(len(pairs)), key=lambda at: len(pairs[at][0]) + len(pairs[at][1]))
    parts = [part.tolist() for part in np.array_split(order, 3) if len(part)]
    found = torch.cat([net(_given(tokenizer, [pairs[at] for at in part])) for part in parts])
    return found[torch.argsort(torch.tensor(order))]


def _given(tokenizer: Any, pairs: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    given = tokenizer(
        [question for question, _ in pairs], [text for _, text in pairs],
        truncation="longest_first", max_length=LONGEST, padding=True, return_tensors="pt",
    )  # fmt: skip
    given["token_type_ids"].zero_()  # `index.encoders.graph` knows one kind of token
    return dict(given)


def train(net: Net, tokenizer: Any, lists: Sequence[List]) -> list[float]:
    """One pass over the lists; the loss of each step."""
    encoder = [one for one in net.encoder.parameters() if one.requires_grad]
    optimiser = torch.optim.AdamW(
        [{"params": encoder, "lr": RATE}, {"params": net.head.parameters(), "lr": HEAD_RATE}], weight_decay=0.01
    )
    steps = len(lists) // QUESTIONS
    rate = torch.optim.lr_scheduler.LambdaLR(
        optimiser, lambda step: min(1.0, (step + 1) / (steps * WARM)) * max(0.02, 1 - step / steps)
    )
    started, losses = time.monotonic(), []
    for step in range(steps):
        batch = lists[step * QUESTIONS : (step + 1) * QUESTIONS]
        scores = figures(net, tokenizer, batch)
        loss, at = torch.zeros(()), 0
        for one in batch:
            own = scores[at : at + len(one.lines)]
            at += len(one.lines)
            whole = torch.logsumexp(torch.cat([torch.zeros(1), own]), 0)
            loss = loss + one.weight * (whole - (torch.logsumexp(own[: one.right], 0) if one.right else 0.0))
        loss = loss / QUESTIONS
        optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_(encoder, 1.0)
        optimiser.step()
        rate.step()
        losses.append(loss.item())
        if (step + 1) % 50 == 0:
            told = f"{step + 1} of {steps} steps, loss {np.mean(losses[-50:]):.3f}"
            print(f"{told}, {(time.monotonic() - started) / 60:.1f} minutes", file=sys.stderr, flush=True)
    return losses


def main() -> int:
    """Train, write the weights and the card."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="the folder of RealTime QA")
    parser.add_argument("--gold", nargs="+", type=Path, required=True)
    parser.add_argument("--corpus", nargs="+", type=Path, required=True)
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.__path__[0]) / "selector.safetensors")
    given = parser.parse_args()
    torch.manual_seed(0)
    torch.set_num_threads(given.threads)
    every = [*lessons(given.data), *gold_lessons(given.gold, given.corpus)]
    taught = [one for one in every if not unseen(one)]
    dice = random.Random(3)
    lists: list[List] = []
    for _ in range(EPOCHS):
        made = [one for lesson in taught if (one := drawn(lesson, dice)) is not None]
        dice.shuffle(made)
        lists += made
    embedder: Any = SentenceTransformer(str(default_folder()), device="cpu")[0]
    net = Net(embedder.auto_model)
    net.train()
    losses = train(net, embedder.tokenizer, lists)
    weights = {
        name: value.detach().numpy() for name, value in net.encoder.state_dict().items() if name.startswith(TRAINED)
    }
    weights |= {f"head.{name}": value.detach().numpy() for name, value in net.head.state_dict().items()}
    write(given.output, weights)
    card = {
        "model": f"{DEFAULT_MODEL}, its layers trained on: does this line answer the question?",
        "licence": "Apache-2.0, as the model it comes from",
        "by": "bench/train_selector.py",
        "sha256": hashlib.sha256(given.output.read_bytes()).hexdigest(),
        "questions_sha256": hashlib.sha256((given.data / "questions-dev.jsonl").read_bytes()).hexdigest(),
        "lists": len(lists) // QUESTIONS * QUESTIONS,
        "loss": round(float(np.mean(losses[-50:])), 3),
        "weeks": len({one.group for one in taught if _is_week(one.group)}),
        "events": len({one.group for one in taught if not _is_week(one.group)}),
        "unseen_weeks": sorted({one.group for one in every if unseen(one) and _is_week(one.group)}),
        "unseen_events": sorted(UNSEEN_EVENTS),
    }
    given.output.with_suffix(".json").write_text(json.dumps(card, indent=1) + "\n", "utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
