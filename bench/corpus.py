"""The measuring corpus, never part of the project: in DATELINE_DATA, or ../shared/data beside the checkout."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from index.readers.canonical import canonical, paragraphs_of


@dataclass(frozen=True, slots=True)
class NewsText:
    """An article of the corpus in canonical form: headline, then one paragraph per line."""

    article_id: str
    title: str
    text: str
    published: str


@dataclass(frozen=True, slots=True)
class Question:
    """A question of the corpus."""

    question_id: str
    date: str
    question: str
    answer: str
    answer_articles: tuple[str, ...]


def folder(data: Path | None = None) -> Path:
    """Where the corpus lies. Exits with a message when it is not there."""
    base = data or Path(os.environ.get("DATELINE_DATA") or Path(__file__).parents[1].parent / "shared" / "data")
    for place in (base, base / "realtimeqa"):
        if (place / "sample-articles.jsonl.gz").exists():
            return place
    raise SystemExit(f"no corpus in {base}: set DATELINE_DATA to the folder that holds realtimeqa/")


def rows(path: Path) -> Iterator[dict[str, Any]]:
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as file:
        for line in file:
            yield json.loads(line)


def articles(file: str, data: Path | None = None) -> Iterator[NewsText]:
    """The articles of `file`."""
    for row in rows(folder(data) / file):
        title, text = canonical(row["title"] or "", paragraphs_of(row["text"]))
        yield NewsText(row["id"], title, text, row.get("published") or "")


def questions(file: str, data: Path | None = None) -> Iterator[Question]:
    """The questions of `file`."""
    for row in rows(folder(data) / file):
        yield Question(
            row["id"], row["date"], row["question"], row["answer"], tuple(row.get("answer_articles") or ())
        )
