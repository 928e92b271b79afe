"""Articles, their revisions and their dates: the words every other module speaks."""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TypeAlias, Union

Json: TypeAlias = Union[str, int, float, bool, list["Json"], dict[str, "Json"], None]


class DateOrigin(StrEnum):
    """Where a date was found, surest first."""

    METADATA = "metadata"  # a field of the feed, the JSON, the front matter or the side file
    MARKUP = "markup"  # JSON-LD, <meta> or <time> of a page
    URL = "url"  # /2025/02/18/ in the address
    DATELINE = "dateline"  # "RIYADH, Feb. 18, 2025 —" in the text


@dataclass(frozen=True, slots=True)
class NewsDate:
    """A moment as a source states it: often only a day. Never defaulted to now.

    `moment` is aware and in UTC; for a day alone it is that day's 00:00 UTC and `day_only` is true.
    """

    moment: dt.datetime
    day_only: bool = False
    origin: DateOrigin = DateOrigin.METADATA

    def __post_init__(self) -> None:
        if self.moment.tzinfo is None:
            raise ValueError("a date without a time zone: convert it to UTC first")
        object.__setattr__(self, "moment", self.moment.astimezone(dt.UTC))

    @classmethod
    def day(cls, day: dt.date, origin: DateOrigin = DateOrigin.METADATA) -> NewsDate:
        """A date of which only the day is known."""
        return cls(dt.datetime(day.year, day.month, day.day, tzinfo=dt.UTC), day_only=True, origin=origin)

    def __str__(self) -> str:
        """ISO 8601: `2025-02-18`, or `2025-02-18T10:00:00Z` where the time of day is known."""
        return self.moment.strftime("%Y-%m-%d" if self.day_only else "%Y-%m-%dT%H:%M:%SZ")

    @classmethod
    def parse(cls, text: str, origin: DateOrigin = DateOrigin.METADATA) -> NewsDate:
        """The inverse of `str`, and any other ISO 8601 date or date-time. No zone means UTC.

        Raises ValueError on anything else.
        """
        text = text.strip()
        if len(text) <= 10:
            return cls.day(dt.date.fromisoformat(text), origin)
        moment = dt.datetime.fromisoformat(text)
        return cls(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC), origin=origin)


class Status(StrEnum):
    """What may be done with an article."""

    USABLE = "usable"
    WITHDRAWN = "withdrawn"  # kept, never retrieved; citations to it say so
    DELETED = "deleted"  # text gone; the id and a tombstone stay


def revision_name(text: str) -> str:
    """The name of a revision: SHA-256 of its canonical text in UTF-8, hex."""
    return hashlib.sha256(text.encode("utf-8")).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reader found in one file, page or feed entry, before it is stored."""

    article_id: str
    text: str  # canonical text; line 1 is the headline
    title: str
    url: str | None = None
    source: str | None = None  # the outlet
    authors: tuple[str, ...] = ()
    section: str | None = None
    language: str | None = None  # BCP 47
    published_at: NewsDate | None = None
    updated_at: NewsDate | None = None
    observed_at: dt.datetime | None = None  # when this text was seen; unknown means: at ingestion
    accessible_for_free: bool | None = None
    embargo_until: dt.datetime | None = None
    status: Status = Status.USABLE
    correction: str | None = None
    metadata: Mapping[str, Json] = field(default_factory=dict)
    origin: str = ""  # the path or address it was read from, for messages only


@dataclass(frozen=True, slots=True, kw_only=True)
class Article:
    """One piece of news as the store holds it."""

    article_id: str
    revision: str | None  # the current one; None once deleted
    title: str
    url: str | None
    source: str | None
    authors: tuple[str, ...]
    section: str | None
    language: str | None
    published_at: NewsDate | None
    updated_at: NewsDate | None
    ingested_at: dt.datetime
    accessible_for_free: bool | None
    embargo_until: dt.datetime | None
    status: Status
    correction: str | None
    metadata: Mapping[str, Json]


@dataclass(frozen=True, slots=True, kw_only=True)
class Revision:
    """One immutable state of an article's text."""

    article_id: str
    revision: str  # SHA-256 of the text, hex
    text: str
    title: str
    published_at: NewsDate | None
    updated_at: NewsDate | None
    observed_at: dt.datetime  # from when on this text was current
    superseded_at: dt.datetime | None  # from when on another one was; None while current
