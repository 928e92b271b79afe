"""What the reader gets of a ranked list: no copy counted twice, neighbours as one run of lines, no article crowding.

Works on ranked passages as they are known to the catalog, before any text is read.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from index.passage import Passage, Span

PER_ARTICLE = 3  # runs of one article in one list, before others get their turn
RUN_CHARACTERS = 3_600  # of a hit: at most about 600 words, a small passage with what stands around it


@dataclass(frozen=True, slots=True)
class Ranked:
    """A passage in a ranked list."""

    passage: Passage
    score: float
    place: int  # in the list it came from, from 0
    original: int  # number of the article this one is a copy of; its own where it is none
    article: int


@dataclass(slots=True)
class Group:
    """A run of lines of one revision, made of neighbouring passages; ranked as the best of them."""

    best: Ranked
    passage: Passage
    carried_by: list[int]  # articles that carry the same text


def collapse(ranked: Sequence[Ranked]) -> list[Group]:
    """Runs in order of rank.

    The passages of copies stand behind the copy that ranks best: its number of carriers grows, no hit is added.
    Passages of one revision that touch or overlap become one run, at the rank of the better one.
    """
    speaker: dict[int, int] = {}  # original → the article among its copies that ranks first
    runs: list[Group] = []
    by_revision: dict[tuple[int, str], list[Group]] = {}
    for held in ranked:
        first = speaker.setdefault(held.original, held.article)
        if first != held.article:
            for run in runs:
                if run.best.article == first and held.article not in run.carried_by:
                    run.carried_by.append(held.article)
            continue
        same = by_revision.setdefault((held.article, held.passage.revision), [])
        neighbour = next((run for run in same if _touch(run.passage.span, held.passage.span)), None)
        if neighbour is not None:
            neighbour.passage = _joined(neighbour.passage, held.passage)
            continue
        run = Group(held, held.passage, [])
        same.append(run)
        runs.append(run)
    return runs


def spread(runs: Sequence[Group], limit: int, *, per_article: int = PER_ARTICLE) -> list[Group]:
    """The first `limit` runs, at most `per_article` of an article as long as there are others."""
    taken: dict[int, int] = {}
    kept: list[Group] = []
    later: list[Group] = []
    for run in runs:
        taken[run.best.article] = taken.get(run.best.article, 0) + 1
        (kept if taken[run.best.article] <= per_article else later).append(run)
    return [*kept, *later][:limit]


def _touch(one: Span, other: Span) -> bool:
    first, second = (one, other) if one.start <= other.start else (other, one)
    length = max(first.end, second.end) - first.start
    return second.first_line <= first.last_line + 1 and length <= RUN_CHARACTERS


def _joined(one: Passage, other: Passage) -> Passage:
    span = Span(
        min(one.span.first_line, other.span.first_line),
        max(one.span.last_line, other.span.last_line),
        min(one.span.start, other.span.start),
        max(one.span.end, other.span.end),
    )
    # The text is cut anew from the revision by whoever shows the run.
    return Passage(one.passage_id, one.article_id, one.revision, span, "")
