"""What goes into the article store and comes out of it, and how SQLite's columns hold it."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from index.article import Article, DateOrigin, Draft, NewsDate, Revision, Status
from index.passage import Passage, Span


class Change(StrEnum):
    """What storing a draft did."""

    ADDED = "added"
    UPDATED = "updated"
    UNCHANGED = "unchanged"
    WITHDRAWN = "withdrawn"  # by a draft without a text
    DELETED = "deleted"  # by a draft that says so
    REFUSED = "refused"  # deleted here, so that it does not come back by itself; or there is no text to store


@dataclass(frozen=True, slots=True)
class Prepared:
    """A draft with its passages, and the embeddings the store does not hold yet."""

    draft: Draft
    spans: Sequence[Span]
    keys: Sequence[bytes]  # one a span, see embedding_key
    vectors: Mapping[bytes, NDArray[np.float32]]  # (dim,) unit length


@dataclass(frozen=True, slots=True)
class Stored:
    """The outcome for one draft."""

    article_id: str
    change: Change
    revision: str


@dataclass(frozen=True, slots=True)
class PassageRow:
    """What search must know of a passage, without its text. Times are seconds since 1970 UTC, or None."""

    passage_id: int
    article: int
    published: float | None
    current_from: float
    current_until: float | None


@dataclass(frozen=True, slots=True)
class ArticleRow:
    """What search must know of an article."""

    article: int
    article_id: str
    status: Status
    embargo_until: float | None
    source: str | None
    section: str | None
    language: str | None
    original: int | None  # the article this one is a syndicated copy of


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a file was read: `position` items of the file that had this `signature`."""

    signature: str
    position: int


@dataclass(frozen=True, slots=True)
class FeedProgress(Progress):
    """How far a feed was read: its record after the answer that brought these drafts, and where it lives now."""

    signature: str = ""
    position: int = 0
    record: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class RevisionRow:
    """What is needed to cut and embed a revision."""

    article: int
    revision: str
    title: str
    text: str
    language: str | None


Recut: TypeAlias = list[tuple[Span, bytes]]  # the passages of one revision, each with the key of its embedding


def embedding_key(embedded_text: str) -> bytes:
    """The name of an embedding within a store: 16 bytes of the SHA-256 of the text that was embedded."""
    return hashlib.sha256(embedded_text.encode("utf-8")).digest()[:16]


def iso(at: dt.datetime) -> str:
    """A moment as the store keeps it, UTC: of a fixed width, so that the order of texts is that of time."""
    return at.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def moment(text: str) -> dt.datetime:
    """What `iso` wrote."""
    return dt.datetime.fromisoformat(text)


def seconds(text: str | None) -> float | None:
    """What `iso` wrote, in seconds since 1970 UTC."""
    return None if text is None else moment(text).timestamp()


def news_date(text: str | None, origin: str | None) -> NewsDate | None:
    """A date and where it came from, out of their two columns."""
    return None if text is None else NewsDate.parse(text, DateOrigin(origin or DateOrigin.METADATA))


def draft_dates(draft: Draft) -> tuple[str | None, str | None, str | None, str | None]:
    """When a draft was published and updated, each followed by where that date came from: four columns."""
    published, updated = draft.published_at, draft.updated_at
    return (
        None if published is None else str(published),
        None if published is None else published.origin.value,
        None if updated is None else str(updated),
        None if updated is None else updated.origin.value,
    )


def article_of(row: sqlite3.Row) -> Article:
    """An article out of its row and that of its current revision."""
    return Article(
        article_id=row["article_id"],
        revision=row["revision"],
        title=row["title"] or "",
        url=row["url"],
        source=row["source"],
        authors=tuple(json.loads(row["authors"])),
        section=row["section"],
        language=row["language"],
        published_at=news_date(row["published_at"], row["published_origin"]),
        updated_at=news_date(row["updated_at"], row["updated_origin"]),
        ingested_at=moment(row["ingested_at"]),
        accessible_for_free=None if row["free"] is None else bool(row["free"]),
        embargo_until=None if row["embargo_until"] is None else moment(row["embargo_until"]),
        status=Status(row["status"]),
        correction=row["correction"],
        metadata=json.loads(row["metadata"]),
    )


def revision_of(article_id: str, row: sqlite3.Row, until: dt.datetime | None) -> Revision:
    """A revision out of its row and that of the time it was current, which ended at `until`."""
    return Revision(
        article_id=article_id,
        revision=row["revision"],
        text=row["text"],
        title=row["title"],
        published_at=news_date(row["published_at"], row["published_origin"]),
        updated_at=news_date(row["updated_at"], row["updated_origin"]),
        observed_at=moment(row["observed_at"]),
        superseded_at=until,
    )


def passage_of(row: sqlite3.Row, text: str) -> Passage:
    """A passage out of its row."""
    return Passage(
        row["passage_id"],
        row["article_id"],
        row["revision_name"],
        Span(row["first_line"], row["last_line"], row["start"], row["end"]),
        text,
    )
