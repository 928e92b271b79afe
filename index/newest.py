"""The latest articles, and how fresh the whole is: what a front page shows."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from dataclasses import dataclass

from index.article import Article, NewsDate
from index.store import Store


@dataclass(frozen=True, slots=True)
class Freshness:
    """How much there is to answer from, and how new it is."""

    articles: int
    newest: NewsDate | None  # publication date of the newest article that may be shown
    updated: dt.datetime | None  # when anything was last taken in


# Copies, what is withdrawn or under embargo, and what has no date is not news to show.
_SHOWN = """
    FROM article a JOIN revision r ON r.article = a.number AND r.revision = a.revision
    WHERE a.status = 'usable' AND r.published_at <= ?1 AND (a.embargo_until IS NULL OR a.embargo_until <= ?1)
    AND NOT EXISTS (SELECT 1 FROM carrier c WHERE c.article = a.number)
"""


def newest(store: Store, now: dt.datetime, limit: int) -> list[Article]:
    """At most `limit` articles, the latest published first; equal dates in the order of their ids."""
    with store.database.read() as db:
        rows = db.execute(
            f"SELECT a.number {_SHOWN} ORDER BY r.published_at DESC, a.article_id LIMIT ?2",
            (_iso(now), limit),
        ).fetchall()
    numbers = [int(row["number"]) for row in rows]
    found = store.articles_by_number(numbers)
    return [found[number] for number in numbers if number in found]


def freshness(store: Store, latest: Sequence[Article]) -> Freshness:
    """How fresh the store is, given the `newest` of it."""
    return Freshness(
        articles=store.counts()["articles"],
        newest=latest[0].published_at if latest else None,
        updated=store.committed_at(),
    )


def _iso(moment: dt.datetime) -> str:
    return moment.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
