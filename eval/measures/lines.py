"""Which lines were cited, and which would have been enough: what line precision, recall and F1 are made of."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

from eval.case import Case
from eval.gold import GoldQuestion, Relevant
from eval.resolve import Resolved

Place: TypeAlias = tuple[str, int]  # article, line


def gradable(question: GoldQuestion) -> bool:
    """Whether the gold names lines, and not only articles, for an answerable question."""
    return question.answerable and bool(question.relevant) and all(entry.lines for entry in question.relevant)


def _is_of(citation: Resolved, entry: Relevant) -> bool:
    # Line numbers mean nothing in another revision: without a pin, the one current at the moment asked about counts.
    revision = entry.revision or citation.expected_revision or ""
    return citation.article == entry.article and citation.revision.startswith(revision)


def cited(case: Case) -> tuple[set[Place], set[Place]]:
    """The cited lines that prove the answer, and those that do not.

    Empty lines between paragraphs count for nothing unless the gold names them. A citation whose lines do not exist
    is one wrong line.
    """
    right: set[Place] = set()
    wrong: set[Place] = set()
    for citation in case.resolved:
        proving = {line for entry in case.question.relevant if _is_of(citation, entry) for line in entry.lines}
        inside = [(n, t) for n, t in citation.context if citation.first_line <= n <= citation.last_line]
        if not inside:
            wrong.add((citation.article, citation.first_line))
        for number, text in inside:
            if number in proving:
                right.add((citation.article, number))
            elif text.strip():
                wrong.add((citation.article, number))
    return right, wrong - right


def needed(question: GoldQuestion, right: set[Place]) -> tuple[int, int]:
    """How many of the needed lines were cited, and how many are needed.

    Of entries that prove the same thing, the one best covered by `right` counts (the shortest, where equal).
    """
    groups: dict[str, list[Relevant]] = {}
    for number, entry in enumerate(question.relevant):
        groups.setdefault(entry.proves or f"\0{number}", []).append(entry)
    best = [_best(entries, right) for entries in groups.values()]
    return sum(len(places & right) for places in best), sum(map(len, best))


def _best(entries: Iterable[Relevant], right: set[Place]) -> set[Place]:
    places = [{(entry.article, line) for line in entry.lines} for entry in entries]
    return max(places, key=lambda these: (len(these & right) / len(these), -len(these)))
