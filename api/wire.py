"""Hits, articles and revisions as every face shows them; answers and citations are in `rag.wire`."""

from __future__ import annotations

from typing import Any

from index.article import Article, Revision
from index.lines import Lines
from index.passage import Hit
from rag.wire import lines_at, moment


def hit_json(hit: Hit) -> dict[str, Any]:
    """A hit: where it is, what it scored and what the score was made of."""
    article, span = hit.article, hit.passage.span
    return {
        "rank": hit.rank,
        "score": round(hit.score, 6),
        "parts": {name: round(value, 6) for name, value in hit.parts.items()},
        "article": {
            "id": article.article_id,
            "revision": hit.passage.revision,
            "url": article.url,
            "title": article.title,
            "source": article.source,
            "published_at": _date(article.published_at),
            "updated_at": _date(article.updated_at),
        },
        "lines": {"first": span.first_line, "last": span.last_line},
        "permalink": lines_at(article.article_id, hit.passage.revision, span.first_line, span.last_line),
        "text": hit.passage.text,
        "carried_by": list(hit.carried_by),
    }


def article_json(article: Article) -> dict[str, Any]:
    """An article without its text."""
    return {
        "id": article.article_id,
        "revision": article.revision,
        "title": article.title,
        "url": article.url,
        "source": article.source,
        "authors": list(article.authors),
        "section": article.section,
        "language": article.language,
        "published_at": _date(article.published_at),
        "published_from": article.published_at.origin if article.published_at else None,
        "updated_at": _date(article.updated_at),
        "ingested_at": moment(article.ingested_at),
        "accessible_for_free": article.accessible_for_free,
        "embargo_until": moment(article.embargo_until) if article.embargo_until else None,
        "status": article.status,
        "correction": article.correction,
        "metadata": dict(article.metadata),
    }


def revision_json(revision: Revision) -> dict[str, Any]:
    """A revision without its text."""
    return {
        "revision": revision.revision,
        "title": revision.title,
        "published_at": _date(revision.published_at),
        "updated_at": _date(revision.updated_at),
        "observed_at": moment(revision.observed_at),
        "superseded_at": moment(revision.superseded_at) if revision.superseded_at else None,
        "lines": len(Lines(revision.text)),
    }


def lines_json(revision: Revision, first: int, last: int) -> dict[str, Any]:
    """Lines `first` … `last` of a revision, with their offsets in the canonical text."""
    lines = Lines(revision.text)
    return {
        "article": revision.article_id,
        "revision": revision.revision,
        "superseded": revision.superseded_at is not None,
        "total": len(lines),
        "lines": [
            {"number": line.number, "start": line.start, "end": line.end, "text": line.text}
            for line in (lines[number] for number in range(first, min(last, len(lines)) + 1))
        ],
    }


def _date(date: object | None) -> str | None:
    return None if date is None else str(date)
