"""Feeds that are asked for news: when each is due, what its answer means, how long to leave one alone that fails.

No state is kept here: a `Feed` goes in and the `Feed` to store comes out. Store it in the same commit as the articles
that came with it; its ETag claims that they are safe.
"""

from __future__ import annotations

import datetime as dt
import json
from dataclasses import dataclass, replace
from http import HTTPStatus
from typing import Any, Protocol

from index.article import Draft
from index.dates import Clock
from index.errors import RefusedRequest, StoreError, UnreadableInput
from index.fetch import Fetched, FetchFailed, shown
from index.readers import Limits, Skipped, read_reply

_SHORTEST = dt.timedelta(minutes=1)
_LONGEST = dt.timedelta(days=1)  # however often it failed, a feed is tried once a day
_MOST_DOUBLINGS = 10


class Fetch(Protocol):
    """`index.fetch.fetch` with its limits set, or a stand-in for it."""

    def __call__(self, url: str, *, etag: str | None, last_modified: str | None) -> Fetched:
        """The reply from `url`. Raises RefusedRequest or FetchFailed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One feed and how it fared. Moments are in UTC."""

    url: str
    interval: dt.timedelta = dt.timedelta(minutes=15)
    etag: str | None = None
    last_modified: str | None = None
    next_at: dt.datetime | None = None  # not before this; None means now
    succeeded_at: dt.datetime | None = None
    failures: int = 0  # in a row
    error: str | None = None  # of the last attempt
    gone: bool = False  # its server said 410: it is not asked again until it is added anew
    allow_private: bool = False  # whoever added it meant an address that is not public

    def __post_init__(self) -> None:
        if not _SHORTEST <= self.interval <= _LONGEST:
            raise ValueError("a feed's interval is between one minute and one day")

    def to_json(self) -> str:
        """Its record in the store; the inverse of `from_json`."""
        return json.dumps(
            {
                "url": self.url,
                "interval_s": self.interval.total_seconds(),
                "etag": self.etag,
                "last_modified": self.last_modified,
                "next_at": None if self.next_at is None else self.next_at.isoformat(),
                "succeeded_at": None if self.succeeded_at is None else self.succeeded_at.isoformat(),
                "failures": self.failures,
                "error": self.error,
                "gone": self.gone,
                "allow_private": self.allow_private,
            },
            ensure_ascii=False,
        )

    @classmethod
    def from_json(cls, record: str) -> Feed:
        """The feed of a record. Raises StoreError for what is not one."""
        try:
            held: dict[str, Any] = json.loads(record)
            held["interval"] = dt.timedelta(seconds=held.pop("interval_s"))
            for name in ("next_at", "succeeded_at"):
                held[name] = None if held[name] is None else dt.datetime.fromisoformat(held[name])
            return cls(**held)
        except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
            raise StoreError(
                f"The record of a feed cannot be read ({error}): remove the feed and add it again."
            ) from error


@dataclass(frozen=True, slots=True, kw_only=True)
class PollResult:
    """One attempt: what came, and the feed to store together with it."""

    feed: Feed
    found: tuple[Draft | Skipped, ...] = ()
    not_modified: bool = False
    moved_to: str | None = None  # where its server says it lives from now on

    @property
    def drafts(self) -> tuple[Draft, ...]:
        """The articles among what came."""
        return tuple(one for one in self.found if isinstance(one, Draft))


def due(feed: Feed, now: dt.datetime) -> bool:
    """Whether it is time to ask this feed."""
    return not feed.gone and (feed.next_at is None or feed.next_at <= now)


def after_success(feed: Feed, now: dt.datetime, reply: Fetched) -> Feed:
    """The feed after an answer, with the validators for the next question."""
    return replace(
        feed,
        # A 304 need not repeat them: then the old ones hold.
        etag=reply.etag or (feed.etag if reply.not_modified else None),
        last_modified=reply.last_modified or (feed.last_modified if reply.not_modified else None),
        next_at=now + feed.interval,
        succeeded_at=now,
        failures=0,
        error=None,
    )


def after_failure(feed: Feed, now: dt.datetime, error: Exception) -> Feed:
    """The feed after a failure: left alone for twice as long each time, a day at most, or as its server asks."""
    failures = feed.failures + 1
    wait = feed.interval * 2 ** min(failures, _MOST_DOUBLINGS)
    asked = error.retry_after if isinstance(error, FetchFailed) else None
    if asked is not None:
        wait = max(wait, dt.timedelta(seconds=min(asked, _LONGEST.total_seconds())))
    return replace(
        feed,
        next_at=now + min(wait, _LONGEST),
        failures=failures,
        error=str(error),
        gone=isinstance(error, FetchFailed) and error.status == HTTPStatus.GONE,
    )


def poll(feed: Feed, fetch: Fetch, *, clock: Clock, limits: Limits | None = None) -> PollResult:
    """Ask one feed. Never raises for what the other side does: a failure is in the feed that comes back."""
    try:
        reply = fetch(feed.url, etag=feed.etag, last_modified=feed.last_modified)
    except (RefusedRequest, UnreadableInput) as error:
        return PollResult(feed=after_failure(feed, clock(), error))
    found = () if reply.not_modified else tuple(read_reply(reply, limits=limits, clock=clock))
    if found and not any(isinstance(one, Draft) for one in found):
        reasons = "; ".join(one.reason for one in found[:3] if isinstance(one, Skipped))
        nothing = UnreadableInput(f"{shown(feed.url)}: gave no article ({reasons})")
        # Without new validators: the next answer is to be read again in full.
        return PollResult(feed=after_failure(feed, clock(), nothing), found=found, moved_to=reply.moved_to)
    return PollResult(
        feed=after_success(feed, clock(), reply),
        found=found,
        not_modified=reply.not_modified,
        moved_to=reply.moved_to,
    )
