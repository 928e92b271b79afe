"""Learn in which order the lines of the hits stand, and write the weights beside the code.

    python -m eval.learn_lines HOME --questions questions-dev.jsonl
        --gold eval/gold/seeds.jsonl eval/gold/newsroom.jsonl --corpus seeds eval/newsroom

Three linear models (`eval.listwise`) over `rag.line_ranking.FEATURES`, each of which needs the one before. They learn
from two kinds of question at once: those of RealTime QA, asked the day after of an index of its articles, where any
line with the answer counts as right, a chance mention as well; and gold questions, where the lines that prove the
answer do. A gold question counts twice as much: there are fewer, and their lines are known to be right. The third,
which weighs what `rag.selector` makes of the lines, learns only from the gold and from weeks that the selector has
not seen: of others its figures are better than they will be of tomorrow's news. Held-out figures come from folds by
week and by world event, and are of those alone. Writes `rag/lines.json`.
"""

from __future__ import annotations

import argparse
import datetime as dt
import hashlib
import json
import random
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

import rag
from eval import listwise
from eval.benchmark import DAYS
from eval.gold import load
from eval.inprocess import InProcess
from eval.learn_confidence import events, proves
from eval.listwise import List, Matrix
from eval.retrieval import eligible, holds
from eval.run import merged
from rag.build import Dateline, build
from rag.line_ranking import AT_ONCE, CLOSELY, FEATURES, at_once, blend, closely, log_odds, read_best
from rag.line_ranking import learned as shipped
from rag.lines import Alike, EvidenceLine, candidates
from rag.selector import card
from rag.settings import EXTRACTIVE, Settings

FOLDS = 5
PENALTY = 0.003
GOLD_WEIGHT = 2.0
SEED = 20250218
CUTOFFS = (1, 3, 8)

Source = Literal["realtimeqa", "gold"]


@dataclass(frozen=True, slots=True)
class KnownLikeness:
    """Stands for an embedder: the likeness of each line to its question is known already."""

    held: Mapping[str, float]

    def alike(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """See `rag.lines.Alike`."""
        del question
        return np.array([self.held[text] for text in texts], np.float32)

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        """Never needed."""
        raise NotImplementedError

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """Never needed."""
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class Example:
    """A question's lines, what can be had of them at once (n, a), how alike each is, what reading them beside it says
    (n,), and which are right (n,).
    """

    source: Source
    group: str  # of one week, or of one event
    question: str
    pool: Sequence[EvidenceLine]
    first: Matrix
    alike: KnownLikeness
    answers: NDArray[np.float64]
    right: NDArray[np.bool_]
    unseen: bool  # by the selector

    @property
    def weight(self) -> float:
        """How much it counts."""
        return GOLD_WEIGHT if self.source == "gold" else 1.0


@dataclass(frozen=True, slots=True)
class Learned:
    """The three blends."""

    first: Matrix  # (a,)
    close: Matrix  # (f - 1,)
    whole: Matrix  # (f,)


def example(
    dateline: Dateline,
    source: Source,
    group: str,
    question: str,
    as_of: dt.datetime,
    right: Callable[[EvidenceLine], bool],
    *,
    unseen: bool = True,
) -> Example | None:
    """One question as it would be asked; None where nothing was found."""
    pool = candidates(dateline.retriever.retrieve(question, as_of=as_of), dateline.lines_of)
    if not pool:
        return None
    features = at_once(question, pool)
    embedder = dateline.asker.embedder
    texts = [line.text for line in pool]
    alike = embedder.alike(question, texts) if isinstance(embedder, Alike) else np.zeros(len(pool), np.float32)
    known = KnownLikeness(dict(zip(texts, alike.tolist(), strict=True)))
    # Which lines are read is a matter of the second blend; the one that ships chooses nearly the same.
    near = features | closely(question, pool, blend(features, shipped().first), known)
    prospects = blend(near, shipped().close)
    return Example(
        source,
        group,
        question,
        pool,
        np.stack([features[name] for name in AT_ONCE], axis=1),
        known,
        log_odds(read_best(question, pool, prospects, dateline.selector), len(pool))
        if unseen and dateline.selector is not None
        else np.zeros(len(pool)),
        np.array([right(line) for line in pool]),
        unseen,
    )


def of_realtimeqa(home: Path, path: Path, on_done: Callable[[int, int], None]) -> list[Example]:
    """The questions that an article answers. Raises BadRecord, NewsError."""
    asked = eligible(path)
    weeks = card().unseen_weeks
    dateline = build(Settings.read({"DATELINE_MODEL": EXTRACTIVE}, home=home))
    found = []
    for done, one in enumerate(asked, start=1):
        made = example(
            dateline,
            "realtimeqa",
            one.week,
            one.question,
            one.moment + dt.timedelta(days=DAYS),
            partial(_says, one.answer),
            unseen=one.week in weeks,
        )
        found.append(made)
        on_done(done, len(asked))
    dateline.close()
    return [one for one in found if one is not None]


def _says(answer: str, line: EvidenceLine) -> bool:
    return holds(line.text, answer)


def of_gold(paths: Sequence[Path], corpus: Sequence[Path]) -> list[Example]:
    """The answerable gold questions. Raises EvalError, NewsError."""
    every = merged([load(path) for path in paths]).questions
    event = events(every)
    questions = [one for one in every if one.answerable and one.relevant]
    with tempfile.TemporaryDirectory() as home:
        settings = Settings.read({"DATELINE_HOME": home, "DATELINE_MODEL": EXTRACTIVE})
        with InProcess(settings, corpus) as system:
            clock = system.dateline.index.clock
            found = [
                example(
                    system.dateline, "gold", event[one.id], one.question, one.as_of or clock(),
                    partial(proves, one),
                )
                for one in questions
            ]  # fmt: skip
    return [one for one in found if one is not None]


def fit(examples: Sequence[Example], penalty: float = PENALTY) -> Learned:
    """All blends; the second sees what the first makes of the lines."""
    first = listwise.fit([List(one.first, one.right, one.weight) for one in examples], penalty)
    close = listwise.fit([List(features(one, first), one.right, one.weight) for one in examples], penalty)
    unseen = [one for one in examples if one.unseen]
    whole = listwise.fit([List(_everything(one, first), one.right, one.weight) for one in unseen], penalty)
    return Learned(first, close, whole)


def features(one: Example, first: Matrix) -> Matrix:
    """The features (n, f - 1) of an example's lines that can be had without reading them."""
    found = closely(one.question, one.pool, one.first @ first, one.alike)
    return np.column_stack([one.first, *found.values()])


def _everything(one: Example, first: Matrix) -> Matrix:
    """All features (n, f), in the order of FEATURES."""
    return np.column_stack([features(one, first), one.answers])


def held_out(examples: Sequence[Example]) -> dict[str, dict[str, float]]:
    """Of each source the share of questions with a right line among the first 1, 3, 8; no group on both sides."""
    groups = sorted({one.group for one in examples})
    fold = {group: at % FOLDS for at, group in enumerate(random.Random(SEED).sample(groups, len(groups)))}  # noqa: S311
    found: dict[str, list[list[bool]]] = {}
    for held in range(FOLDS):
        learned = fit([one for one in examples if fold[one.group] != held])
        for one in examples:
            # Of what no hit holds no choice of lines can be right: counted for RealTime QA, where that is known.
            if fold[one.group] != held or not one.unseen or not (one.source == "realtimeqa" or one.right.any()):
                continue
            for name, scores in (
                (f"{one.source}, unread", features(one, learned.first) @ learned.close),
                (one.source, _everything(one, learned.first) @ learned.whole),
            ):
                order = np.argsort(-scores, kind="stable")
                found.setdefault(name, []).append([bool(one.right[order[:k]].any()) for k in CUTOFFS])
    return {
        source: {
            "questions": len(rows),
            **{f"@{k}": round(share, 3) for k, share in zip(CUTOFFS, np.mean(rows, axis=0).tolist(), strict=True)},
        }
        for source, rows in found.items()
    }


def main() -> int:
    """Learn, write, tell."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("home", type=Path, help="an index that holds the articles of RealTime QA")
    parser.add_argument("--questions", type=Path, required=True, help="RealTime QA questions")
    parser.add_argument("--gold", nargs="+", type=Path, required=True)
    parser.add_argument("--corpus", nargs="+", type=Path, required=True)
    parser.add_argument("-o", "--output", type=Path, default=Path(rag.__path__[0]) / "lines.json")
    given = parser.parse_args()
    examples = [*of_gold(given.gold, given.corpus), *of_realtimeqa(given.home, given.questions, _told)]
    learned = fit(examples)
    record: dict[str, Any] = {
        "weights": {
            "first": _named(AT_ONCE, learned.first),
            "close": _named((*AT_ONCE, *CLOSELY), learned.close),
            "whole": _named(FEATURES, learned.whole),
        },
        "learned_from": {
            "questions": len(examples),
            "gold": sum(one.source == "gold" for one in examples),
            "unseen": sum(one.unseen for one in examples),
            "realtimeqa_sha256": hashlib.sha256(given.questions.read_bytes()).hexdigest(),
            "lines": sum(len(one.pool) for one in examples),
            "penalty": PENALTY,
            "gold_weight": GOLD_WEIGHT,
            "by": "eval/learn_lines.py",
        },
        "held_out": held_out(examples),
    }
    given.output.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    print(json.dumps(record["held_out"], indent=1))
    return 0


def _named(names: Sequence[str], weights: Matrix) -> dict[str, float]:
    return {name: round(float(weight), 4) for name, weight in zip(names, weights, strict=True)}


def _told(done: int, total: int) -> None:
    if done % 100 == 0 or done == total:
        print(f"{done} of {total} questions", file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
