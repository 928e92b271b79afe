"""Beginnings of articles that lessons are written about (`bench/write_lessons.py`), and found again to learn from.

Of weeks that are kept back nothing is shown.
"""

from __future__ import annotations

import datetime as dt
import random
from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corpus import rows
from bench.weeks import held_out
from eval.retrieval import week_of
from index.lines import Lines
from index.readers.canonical import canonical, paragraphs_of
from rag.planted import orders
from rag.sentences import split

READ, SHOWN, SENTENCES = 4_000, 950, 7  # characters of an article that are looked at and shown; sentences shown
SENTENCE = 40, 330  # characters of one
FEWEST = 5  # sentences in an article
OF_ONE = 5  # articles of those that were found for one question


@dataclass(frozen=True, slots=True)
class Report:
    """The beginning of an article."""

    article: str
    published: str | None  # YYYY-MM-DD
    lines: Sequence[str]  # the headline first


@dataclass(frozen=True, slots=True)
class Pool:
    """A real question of a week that is taught, and the articles that were found for it."""

    question: str  # its id
    date: str  # YYYY-MM-DD
    found: Sequence[str]


def pools(data: Path) -> list[Pool]:
    """Those of all taught questions, without articles that were found for a question of a week that is kept back."""
    asked = list(rows(data / "questions-dev.jsonl"))
    back = [held_out(week_of(dt.date.fromisoformat(one["date"]))) for one in asked]
    kept_back = {
        name
        for one, kept in zip(asked, back, strict=True)
        for name in (*one["retrieved"], *one["answer_articles"])
        if kept
    }
    return [
        Pool(one["id"], one["date"], [name for name in dict.fromkeys(one["retrieved"]) if name not in kept_back])
        for one, kept in zip(asked, back, strict=True)
        if not kept
    ]


def beginnings(data: Path, names: Collection[str]) -> dict[str, Report]:
    """Those of the articles of these names that have one worth reading."""
    found = {}
    for row in rows(data / "articles.jsonl.gz"):
        if row["id"] in names and row["title"] and (shown := _beginning(row)):
            found[row["id"]] = Report(row["id"], row.get("published"), shown)
    return found


def drawn(data: Path, dice: random.Random) -> list[tuple[Pool, Report]]:
    """Articles in an order by chance, each with one of the questions it was found for."""
    for_which: dict[str, list[Pool]] = {}
    for pool in pools(data):
        for name in pool.found:
            for_which.setdefault(name, []).append(pool)
    found = [(dice.choice(for_which[name]), report) for name, report in beginnings(data, for_which.keys()).items()]
    dice.shuffle(found)
    count: Counter[str] = Counter()
    kept = []
    for pool, report in found:
        count[pool.question] += 1
        if count[pool.question] <= OF_ONE:
            kept.append((pool, report))
    return kept


def _beginning(row: Mapping[str, Any]) -> list[str]:
    """The headline and the first whole sentences; empty where there are few."""
    title, text = canonical(row["title"], paragraphs_of(row["text"][:READ]))
    lines = Lines(text)
    shortest, longest = SENTENCE
    sentences = [
        placed.text
        for number in range(2, len(lines) + 1)
        for placed in split(lines[number], "en")
        if shortest <= len(placed.text) <= longest and placed.text[-1] in ".!?”\"'’" and not orders(placed.text)
    ]
    sentences = list(dict.fromkeys(sentences))
    if len(sentences) < FEWEST:
        return []
    shown: list[str] = []
    for one in sentences[:SENTENCES]:
        if sum(map(len, shown)) + len(one) > SHOWN:
            break
        shown.append(one)
    return [title, *shown]
