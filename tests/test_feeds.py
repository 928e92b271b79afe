"""Feeds: when they are asked, and what their answers and failures mean."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import RefusedRequest
from index.feeds import Feed, after_failure, after_success, due, poll
from index.fetch import Fetched, FetchFailed

NOW = dt.datetime(2025, 2, 20, 12, tzinfo=dt.UTC)
URL = "https://quaycourier.example/rss"
RSS = b"""<rss version="2.0"><channel><title>Quay Courier</title><item><guid>b-1</guid>
<title>Ferry returns</title><link>https://quaycourier.example/2025/02/20/ferry</link>
<description>The night ferry to Lindow is back after a week in dock.</description></item></channel></rss>"""


class Web:
    """A stand-in for fetch that gives one answer and remembers what it was asked."""

    def __init__(self, answer: Fetched | Exception) -> None:
        self.answer = answer
        self.asked: list[tuple[str, str | None, str | None]] = []

    def __call__(self, url: str, *, etag: str | None, last_modified: str | None) -> Fetched:
        self.asked.append((url, etag, last_modified))
        if isinstance(self.answer, Exception):
            raise self.answer
        return self.answer


def now() -> dt.datetime:
    """The tests' clock."""
    return NOW


def test_a_poll_brings_articles_and_the_validators_for_the_next_one() -> None:
    """The entries become drafts, and the next question carries the ETag."""
    web = Web(Fetched(url=URL, status=200, body=RSS, etag='"1"', last_modified="x"))
    result = poll(Feed(url=URL), web, clock=now)
    assert [(draft.article_id, str(draft.published_at)) for draft in result.drafts] == [("b-1", "2025-02-20")]
    assert (result.feed.etag, result.feed.failures, result.feed.succeeded_at) == ('"1"', 0, NOW)
    poll(result.feed, web, clock=now)
    assert web.asked == [(URL, None, None), (URL, '"1"', "x")]


def test_not_modified_brings_nothing_and_keeps_the_validators() -> None:
    """A 304 without validators leaves the old ones in place."""
    result = poll(Feed(url=URL, etag='"1"'), Web(Fetched(url=URL, status=304)), clock=now)
    assert (result.not_modified, result.found, result.feed.etag) == (True, (), '"1"')


def test_a_reply_without_validators_forgets_the_old_ones() -> None:
    """A full reply that has no ETag is not asked for with the one before."""
    result = poll(Feed(url=URL, etag='"1"'), Web(Fetched(url=URL, status=200, body=RSS)), clock=now)
    assert result.feed.etag is None


def test_a_feed_is_due_when_its_interval_has_passed() -> None:
    """New feeds are due at once, others after their interval, gone ones never."""
    feed = Feed(url=URL, interval=dt.timedelta(minutes=30))
    assert due(feed, NOW)
    asked = after_success(feed, NOW, Fetched(url=URL, status=200))
    assert not due(asked, NOW + dt.timedelta(minutes=29))
    assert due(asked, NOW + dt.timedelta(minutes=30))


@given(st.integers(min_value=1, max_value=2000))
def test_a_failing_feed_is_left_alone_ever_longer_and_a_day_at_most(failures: int) -> None:
    """Each failure in a row waits at least as long as the one before; a success forgets them all."""
    feed = Feed(url=URL, failures=failures)
    error = FetchFailed("no answer", status=503)
    once, twice = after_failure(feed, NOW, error), after_failure(Feed(url=URL, failures=failures + 1), NOW, error)
    assert once.next_at is not None
    assert twice.next_at is not None
    assert feed.interval < once.next_at - NOW <= twice.next_at - NOW <= dt.timedelta(days=1)
    assert (once.failures, once.error) == (failures + 1, "no answer")
    assert after_success(once, NOW, Fetched(url=URL, status=200)).failures == 0


def test_a_server_that_asks_for_patience_gets_it() -> None:
    """Retry-After is kept to, up to a day."""
    patient = after_failure(Feed(url=URL), NOW, FetchFailed("busy", status=429, retry_after=7200))
    assert patient.next_at == NOW + dt.timedelta(hours=2)
    endless = after_failure(Feed(url=URL), NOW, FetchFailed("busy", status=429, retry_after=1e12))
    assert endless.next_at == NOW + dt.timedelta(days=1)


def test_a_feed_that_is_gone_is_not_asked_again() -> None:
    """After 410 Gone the feed is never due."""
    gone = after_failure(Feed(url=URL), NOW, FetchFailed("gone", status=410))
    assert gone.gone
    assert not due(gone, NOW + dt.timedelta(days=365))


def test_failures_are_reported_in_the_feed_and_never_raised() -> None:
    """A refused request and a page that is no feed both end as a failure with a reason."""
    refused = poll(Feed(url=URL), Web(RefusedRequest("not a public address")), clock=now)
    assert (refused.feed.failures, refused.feed.error) == (1, "not a public address")
    page = Fetched(url=URL, status=200, body=b"<html><body></body></html>", etag='"p"')
    wrong = poll(Feed(url=URL), Web(page), clock=now)
    assert wrong.feed.failures == 1
    assert "gave no article" in str(wrong.feed.error)
    assert wrong.feed.etag is None


def test_where_a_feed_moved_to_is_reported() -> None:
    """A permanent redirect comes back with the result."""
    moved = Fetched(url=URL + "2", status=200, body=RSS, moved_to=URL + "2")
    assert poll(Feed(url=URL), Web(moved), clock=now).moved_to == URL + "2"


def test_an_interval_is_sensible() -> None:
    """A feed asked every second or once a year is a mistake."""
    with pytest.raises(ValueError, match="between one minute and one day"):
        Feed(url=URL, interval=dt.timedelta(seconds=1))
