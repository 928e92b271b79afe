"""What is held, in figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from index.index import Index


@dataclass(frozen=True, slots=True)
class Stats:
    """Counts, how well the dates are known, and how the articles spread over time, outlets and disk."""

    counts: dict[str, int]
    dated: int  # articles whose publication date is known
    date_origins: dict[str, int]
    oldest: str | None
    newest: str | None
    by_month: dict[str, int]  # `2025-02` → articles
    by_source: dict[str, int]  # the twenty largest
    by_language: dict[str, int]
    bytes_on_disk: dict[str, int]


def stats(index: Index) -> Stats:
    """Look at the current revision of every article that is not deleted."""
    current = (
        "FROM article a JOIN revision r ON r.article = a.number AND r.revision = a.revision "
        "WHERE a.status <> 'deleted'"
    )
    with index.store.database.read() as db:

        def counted(expression: str, order: str, limit: int = 10_000) -> dict[str, int]:
            # Every expression is written in this function, none comes from outside.
            rows = db.execute(
                f"SELECT {expression} AS name, count(*) AS n {current} AND {expression} IS NOT NULL "
                f"GROUP BY 1 ORDER BY {order} LIMIT {limit}"
            )
            return {str(row["name"]): int(row["n"]) for row in rows}

        by_month = counted("substr(r.published_at, 1, 7)", "1")
        oldest, newest = db.execute(f"SELECT min(r.published_at), max(r.published_at) {current}").fetchone()
        origins = counted("r.published_origin", "2 DESC")
        sources = counted("a.source", "2 DESC, 1", 20)
        languages = counted("a.language", "2 DESC, 1")
    return Stats(
        counts=index.store.counts(),
        dated=sum(by_month.values()),
        date_origins=origins,
        oldest=oldest,
        newest=newest,
        by_month=by_month,
        by_source=sources,
        by_language=languages,
        bytes_on_disk={
            name: _size(index.home / name) for name in ("articles.db", "articles.db-wal", "lexical", "vectors")
        },
    )


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    # A file linked into several generations takes its space once.
    files = {held.stat().st_ino: held.stat().st_size for held in path.rglob("*") if held.is_file()}
    return sum(files.values())
