"""The lessons of `bench/write_lessons.py`, with the lines of the articles that they are about."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.corpus import rows
from bench.reports import Report, beginnings, pools
from bench.selector_lessons import Lesson, lessons_of
from eval.retrieval import week_of


@dataclass(frozen=True, slots=True)
class Written:
    """A sentence beside lines of an article of that day, and what it is: one of `eval.pairs.LABELS`."""

    sentence: str
    lines: Sequence[str]
    published: str | None
    label: str


def _told(data: Path, path: Path) -> Iterator[tuple[dict[str, Any], Report]]:
    """Each lesson with its report; raises SystemExit where an article is not there."""
    written = list(rows(path))
    reports = beginnings(data, {one["article"] for one in written})
    for one in written:
        report = reports.get(one["article"])
        if report is None or max(one["lines"], default=1) > len(report.lines):
            raise SystemExit(
                f"{path} tells of lines of {one['article']!r} that are not in {data}: is it another corpus?"
            )
        yield one, report


def pairs(data: Path, path: Path) -> list[Written]:
    """The sentences beside lines."""
    return [
        Written(one["sentence"], [report.lines[at - 1] for at in one["lines"]], report.published, one["label"])
        for one, report in _told(data, path)
    ]


def questions(data: Path, path: Path) -> list[Lesson]:
    """The questions, each about the beginning of an article.

    Right are the lines that whoever wrote it named; wrong the others that were shown, with the answer in them or
    not, and of the articles that were found beside it the lines that do not hold it. A question that no line answers
    has only those that were shown: another article may answer it.
    """
    told = list(_told(data, path))
    beside = {pool.question: pool for pool in pools(data)}
    if strange := sorted({one["beside"] for one, _ in told} - beside.keys()):
        raise SystemExit(f"{path} stands beside questions of weeks that are kept back or not there: {strange[:5]}")
    answered = [
        {
            "date": beside[one["beside"]].date, "question": one["question"], "answer": one["answer"],
            "answer_articles": [], "retrieved": beside[one["beside"]].found,
        }
        for one, _ in told
        if one["answer"]
    ]  # fmt: skip
    others = iter(lessons_of(data, answered))
    found = []
    for one, report in told:
        lines = [(report.lines[0], text) for text in report.lines]
        right = [number in one["lines"] for number in range(1, len(lines) + 1)]
        if one["answer"]:
            other, shown = next(others), frozenset(report.lines)
            both = zip(other.lines, other.right, strict=True)
            lines += [line for line, holding in both if not holding and line[1] not in shown]
        right += [False] * (len(lines) - len(right))
        week = week_of(dt.date.fromisoformat(beside[one["beside"]].date))
        found.append(Lesson(week, one["question"], lines, right, [one["answer"]] if one["answer"] else []))
    return found
