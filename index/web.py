"""What comes over the network goes into the index: an address that a person names, and the feeds that are kept."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import partial

from index.article import Draft
from index.errors import StoreError
from index.feeds import Feed, PollResult, poll
from index.fetch import FetchLimits, fetch
from index.index import Index
from index.ingest import BATCH_ARTICLES, BATCH_CHARACTERS, Outcome
from index.readers import Limits, Skipped, read_reply
from index.rows import FeedProgress, Progress


@dataclass(frozen=True, slots=True)
class Polled:
    """What asking one feed gave: how it stands now, and what became of each of its entries."""

    feed: Feed
    outcomes: tuple[Outcome, ...] = ()
    not_modified: bool = False
    moved_from: str | None = None


def read_web(
    index: Index,
    url: str,
    *,
    allow_private: bool = False,
    limits: Limits | None = None,
    fetch_limits: FetchLimits | None = None,
) -> list[Outcome]:
    """Take in the page, feed or JSON at an address, once. Raises RefusedRequest, FetchFailed, StoreError."""
    reply = fetch(url, limits=fetch_limits, allow_private=allow_private)
    return _take(index, read_reply(reply, limits=limits, clock=index.clock), None)


def feeds(index: Index) -> list[Feed]:
    """The feeds that are kept, in the order of their addresses. Raises StoreError."""
    return [_feed(url, record) for url, record in index.store.feeds().items()]


def _feed(url: str, record: str) -> Feed:
    try:
        return Feed.from_json(record)
    except StoreError as error:
        # Told, not raised: one damaged record must not silence the other feeds.
        return Feed(url=url, failures=1, error=str(error), gone=True)


def poll_feed(
    index: Index, feed: Feed, *, limits: Limits | None = None, fetch_limits: FetchLimits | None = None
) -> Polled:
    """Ask one feed and store what came, with how the feed stands now, in one commit. Raises StoreError only."""
    ask = partial(fetch, limits=fetch_limits, allow_private=feed.allow_private)
    result = poll(feed, ask, clock=index.clock, limits=limits)
    now = _at_its_address(result)
    outcomes = _take(index, result.found, (feed.url, FeedProgress(record=now.to_json(), url=now.url)))
    return Polled(now, tuple(outcomes), result.not_modified, None if now.url == feed.url else feed.url)


def _at_its_address(result: PollResult) -> Feed:
    """The feed at the address it is to be asked at from now on."""
    if result.moved_to is None or result.feed.failures:
        return result.feed
    return replace(result.feed, url=result.moved_to)


def _take(index: Index, found: Iterable[Draft | Skipped], progress: tuple[str, Progress] | None) -> list[Outcome]:
    """Store what was found, in batches; `progress` with the last of them, when all the others are safe."""
    outcomes: list[Outcome] = []
    batch: list[Draft] = []
    for one in found:
        if isinstance(one, Skipped):
            outcomes.append(Outcome(one.origin, "skipped", reason=one.reason))
            continue
        batch.append(one)
        if len(batch) >= BATCH_ARTICLES or sum(len(draft.text) for draft in batch) >= BATCH_CHARACTERS:
            outcomes += _stored(index, batch, None)
            batch = []
    if batch or progress is not None:
        outcomes += _stored(index, batch, progress)
    return outcomes


def _stored(index: Index, drafts: list[Draft], progress: tuple[str, Progress] | None) -> list[Outcome]:
    stored = index.add(drafts, progress=dict([progress] if progress else []))
    return [
        Outcome(draft.origin, done.change.value, done.article_id) for draft, done in zip(drafts, stored, strict=True)
    ]
