"""Is the line that answers among the first lines? By words, the embedder, likeness of tokens, and the learned blends.

    python -m bench.lines --home DIR [--sample 100] [--json FILE]

Questions of RealTime QA's development half (DATELINE_DATA) are asked as of their day of an index that holds their
articles; a line counts when it contains the answer, both normalised as in `bench.passages`. Only questions count of
which some line of the hits does, of weeks that `rag.selector` has not learned from: what is measured is the choice of
lines, not the search. `ms` is time of processor
for one question, without retrieving and splitting; whoever comes first, `words`, pays for taking the words apart.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from bench.corpus import questions
from bench.passages import normalised
from eval.retrieval import week_of
from index.lines import Lines
from rag.build import open_index, open_retriever
from rag.line_ranking import score
from rag.lines import Embedder, EvidenceLine, Selector, candidates
from rag.selector import LineSelector, card
from rag.settings import Settings
from rag.token_vectors import TokenVectors, open_token_vectors

AT = (1, 3, 8)
SHORTEST = 4  # characters; a shorter answer stands in too many lines by chance

Order: TypeAlias = Callable[[str, Sequence[EvidenceLine]], Sequence[EvidenceLine]]


@dataclass(frozen=True, slots=True)
class Rough:
    """The embedder with the likeness of tokens beside it, and nothing kept from one question to the next."""

    embedder: Embedder
    tokens: TokenVectors

    def alike(self, question: str, texts: Sequence[str]) -> Any:
        """See `rag.lines.Alike`."""
        return self.tokens.alike(self.encode_question(question), texts)

    def encode_passages(self, texts: Sequence[str]) -> Any:
        """See `rag.lines.Embedder`."""
        return self.embedder.encode_passages(texts)

    def encode_question(self, text: str) -> Any:
        """See `rag.lines.Embedder`."""
        return self.embedder.encode_question(text)


@dataclass
class Row:
    """What one way of ordering reached."""

    found: list[list[bool]] = field(default_factory=list)  # of each question, at each of AT
    ms: list[float] = field(default_factory=list)


def orders(embedder: Embedder, tokens: TokenVectors | None, selector: Selector) -> dict[str, Order]:
    """The ways to order the lines of a question."""

    def by(told: Callable[[str, Sequence[EvidenceLine]], Sequence[float]]) -> Order:
        def ordered(question: str, pool: Sequence[EvidenceLine]) -> list[EvidenceLine]:
            scores = np.asarray(told(question, pool))
            return [pool[at] for at in np.argsort(-scores, kind="stable")]

        return ordered

    def dense(question: str, pool: Sequence[EvidenceLine]) -> Any:
        return embedder.encode_passages([line.text for line in pool]) @ embedder.encode_question(question)

    found: dict[str, Order] = {
        "words": by(lambda question, pool: _words(question, pool)),
        "embedder": by(dense),
        "learned, cosines": lambda question, pool: score(question, pool, embedder),
    }
    if tokens is not None:
        rough = Rough(embedder, tokens)
        found["tokens"] = by(lambda question, pool: rough.alike(question, [line.text for line in pool]).tolist())
        found["learned, tokens"] = lambda question, pool: score(question, pool, rough)
        found["learned, tokens, read (shipped)"] = lambda question, pool: score(question, pool, rough, selector)
    return found


def _words(question: str, pool: Sequence[EvidenceLine]) -> list[float]:
    parts = {line.key: line.parts["lexical"] for line in score(question, pool, None)}
    return [parts[line.key] for line in pool]


def measure(home: Path, sample: int, seed: int = 11) -> dict[str, Any]:
    """Line-hit at each of AT and milliseconds a question, for each way."""
    settings = Settings.read({}, home=home, model="extractive", threads=1)
    index = open_index(settings)
    retriever = open_retriever(settings, index)
    ways = orders(index.embedder, open_token_vectors(index.embedder), LineSelector())
    rows = {name: Row() for name in ways}
    answered = (q for q in questions("questions-dev.jsonl") if q.answer_articles and len(q.answer) >= SHORTEST)
    asked = [q for q in answered if week_of(dt.date.fromisoformat(q.date)) in card().unseen_weeks]
    random.Random(seed).shuffle(asked)
    lines = 0
    for one in asked:
        if len(rows["words"].ms) == sample:
            break
        as_of = dt.datetime.fromisoformat(one.date).replace(tzinfo=dt.UTC) + dt.timedelta(days=1)
        hits = retriever.retrieve(one.question, as_of=as_of, limit=10)
        pool = candidates(hits, lambda article, revision: Lines(index.store.text(article, revision)))
        answer = f" {normalised(one.answer)} "
        right = {line.key for line in pool if answer in f" {normalised(line.text)} "}
        if not right:
            continue
        lines += len(pool)
        for name, order in ways.items():
            started = time.process_time()
            best = [line.key for line in order(one.question, pool)]
            rows[name].ms.append(1000 * (time.process_time() - started))
            rows[name].found.append([not right.isdisjoint(best[:k]) for k in AT])
    index.close()
    if not rows["words"].ms:
        raise SystemExit(f"{home} holds no line that answers: it needs the articles of the questions")
    return {
        "questions": len(rows["words"].ms),
        "lines": round(lines / len(rows["words"].ms)),
        "rows": {
            name: {
                **{
                    f"@{k}": round(share, 3) for k, share in zip(AT, np.mean(row.found, axis=0).tolist(), strict=True)
                },
                "ms": round(float(np.median(row.ms)), 1),
            }
            for name, row in rows.items()
        },
    }


def main() -> None:
    """Measure, and print a table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--home", type=Path, required=True)
    parser.add_argument("--sample", type=int, default=100)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    told = measure(args.home, args.sample)
    if args.json:
        args.json.write_text(json.dumps(told, indent=2) + "\n")
    print(f"{told['questions']} questions, {told['lines']} lines each\n")
    print("| lines by | @1 | @3 | @8 | ms |\n|:--|--:|--:|--:|--:|")
    for name, row in told["rows"].items():
        print(f"| {name} | {' | '.join(str(value) for value in row.values())} |")


if __name__ == "__main__":
    main()
