"""Invented news with sentences to judge and questions to answer: what the two models that read lines are taught.

Everything in `news-*.jsonl.gz` is invented, people, places and events, and was written for this by a large language
model after the instructions in README.md beside it; so it ships. An object a line: an article with its numbered
`lines` (the headline is the first), `pairs` of sentences beside lines, and `questions`.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corpus import rows
from eval.pairs import LABELS, Pair
from index.article import NewsDate

NEWS = tuple(sorted(Path(__file__).parent.glob("news-*.jsonl.gz")))


@dataclass(frozen=True, slots=True)
class Question:
    """A question about an article; `answer` stands in the lines of these numbers, or is None and no line has it."""

    text: str
    answer: str | None
    lines: frozenset[int]


@dataclass(frozen=True, slots=True)
class Report:
    """An article; those of one story are of one event, told by two outlets on different days."""

    id: str
    story: str
    outlet: str
    published: NewsDate
    lines: Sequence[str]
    pairs: Sequence[Pair]
    questions: Sequence[Question]


def reports(paths: Iterable[Path] = NEWS) -> list[Report]:
    """All articles. Raises ValueError that names the article in which something does not fit together."""
    return [_report(row) for path in paths for row in rows(path)]


def pairs(every: Iterable[Report]) -> list[Pair]:
    """Their sentences beside lines."""
    return [pair for report in every for pair in report.pairs]


def sha256(paths: Iterable[Path] = NEWS) -> dict[str, str]:
    """Which lessons a card was made from, by the name of the file."""
    return {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in paths}


def _report(row: dict[str, Any]) -> Report:
    name, lines, published = row["id"], row["lines"], NewsDate.parse(row["published"])

    def texts(numbers: Sequence[int]) -> tuple[str, ...]:
        if not all(1 <= number <= len(lines) for number in numbers):
            raise ValueError(f"{name} has no line of one of the numbers {numbers}")
        return tuple(lines[number - 1] for number in numbers)

    made = []
    for at, one in enumerate(row["pairs"], start=1):
        if one["label"] not in LABELS or not one["lines"] or (one["label"] == "supported") != (one["fault"] is None):
            raise ValueError(f"pair {at} of {name} has an unknown label, no line, or a fault that does not belong")
        made.append(
            Pair(
                id=f"{name}-{at}", sentence=one["sentence"], lines=texts(one["lines"]), label=one["label"],
                fault=one["fault"], published_at=published, group=row["story"],
            )
        )  # fmt: skip
    asked = []
    for one in row["questions"]:
        answer = one["answer"]
        told = [text.casefold() for text in texts(one["lines"])]
        if bool(told) != bool(answer) or (answer and not any(answer.casefold() in text for text in told)):
            raise ValueError(f"the answer to {one['question']!r} stands in none of its lines in {name}")
        asked.append(Question(one["question"], answer, frozenset(one["lines"])))
    return Report(name, row["story"], row["outlet"], published, lines, made, asked)
