"""`dateline feed` and `dateline ingest URL`, against a real server on this machine."""

from __future__ import annotations

import datetime as dt
import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from index.errors import StoreError
from index.feeds import Feed
from index.index import Index
from index.rows import FeedProgress
from index.store import Store
from tests.test_cli import dateline, told

ITEM = """<item><guid>q-{0}</guid><title>Ferry news {0}</title><pubDate>Tue, 18 Feb 2025 10:00:00 GMT</pubDate>
<link>https://quaycourier.example/{0}</link><description>The night ferry to Lindow made its {0}. crossing since
it came back from the dock.</description></item>"""
PAGE = """<html><head><title>Harbour reopens</title><meta property="article:published_time" content="2025-02-19">
</head><body><article><h1>Harbour reopens</h1><p>The harbour of Lindow has reopened after a storm that lasted three
days, the port authority said on Wednesday morning.</p><p>Ships that had waited outside began to come in at
dawn.</p></article></body></html>"""


def rss(*numbers: int) -> bytes:
    """A feed with these items."""
    items = "".join(ITEM.format(number) for number in numbers)
    return f'<rss version="2.0"><channel><title>Quay Courier</title>{items}</channel></rss>'.encode()


class Site:
    """A news site: what lies under which path, and what was asked."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[int, dict[str, str], bytes]] = {}
        self.asked: list[tuple[str, str | None]] = []  # path, If-None-Match
        site = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                wanted = self.headers.get("if-none-match")
                site.asked.append((self.path, wanted))
                status, headers, body = site.pages.get(self.path, (404, {}, b""))
                if wanted is not None and wanted == headers.get("etag"):
                    status, body = 304, b""
                self.send_response(status)
                for name, value in headers.items():
                    self.send_header(name, value)
                self.send_header("content-length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                """Nothing on standard error."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True).start()

    def url(self, path: str) -> str:
        """The address of a path."""
        return f"http://127.0.0.1:{self.server.server_port}{path}"


@pytest.fixture
def site() -> Iterator[Site]:
    made = Site()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


def feeds(home: Path) -> list[dict[str, Any]]:
    """What `feed list` says."""
    found: list[dict[str, Any]] = told("feed", "list", home=home)["feeds"]
    return found


def test_a_feed_is_added_polled_and_asked_again_only_for_what_is_new(site: Site, home: Path) -> None:
    """The first poll brings its articles, the next says not modified, and a new item is added when it changed."""
    url = site.url("/rss")
    site.pages["/rss"] = (200, {"etag": '"1"'}, rss(1, 2))
    assert told("feed", "add", url, "--allow-private", home=home)["feed"]["interval_s"] == 900
    polled = told("feed", "poll", home=home)["polled"]
    assert [one["counts"] for one in polled] == [{"added": 2}]
    assert {one["id"] for one in polled[0]["articles"]} == {"q-1", "q-2"}
    assert told("feed", "poll", home=home) == {"polled": [], "not_due": 1}
    again = told("feed", "poll", url, home=home)["polled"][0]
    assert (again["not_modified"], again["counts"]) == (True, {})
    site.pages["/rss"] = (200, {"etag": '"2"'}, rss(1, 2, 3))
    assert told("feed", "poll", "--all", home=home)["polled"][0]["counts"] == {"added": 1, "unchanged": 2}
    assert site.asked == [("/rss", None), ("/rss", '"1"'), ("/rss", '"1"')]
    assert told("articles", "show", "q-3", home=home)["published_at"] == "2025-02-18T10:00:00Z"


def test_a_feed_that_fails_backs_off_and_is_reported(site: Site, home: Path) -> None:
    """A failure is status 1, is named in poll and list, waits twice the interval, and hides no other feed's news."""
    site.pages["/good"] = (200, {}, rss(1))
    site.pages["/bad"] = (503, {}, b"")
    for path in ("/bad", "/good"):
        told("feed", "add", site.url(path), "--interval", "30", "--allow-private", home=home)
    done = dateline("feed", "poll", home=home)
    assert done.returncode == 1
    assert "answered 503" in done.stdout
    assert "1 added" in done.stdout
    bad, good = feeds(home)
    assert (bad["failures"], good["failures"], bad["due"]) == (1, 0, False)
    wait = dt.datetime.fromisoformat(bad["next_at"]) - dt.datetime.fromisoformat(good["next_at"])
    assert wait.total_seconds() == pytest.approx(30 * 60, abs=60)
    listed = dateline("feed", "list", home=home)
    assert listed.returncode == 0
    assert "answered 503" in " ".join(listed.stdout.split())
    site.pages["/bad"] = (200, {}, rss(2))
    assert told("feed", "poll", site.url("/bad"), home=home)["polled"][0]["feed"]["failures"] == 0


def test_a_feed_that_is_gone_is_not_asked_again(site: Site, home: Path) -> None:
    """After 410 neither a poll nor --all asks it; added again it starts anew."""
    site.pages["/rss"] = (410, {}, b"")
    told("feed", "add", site.url("/rss"), "--allow-private", home=home)
    assert dateline("feed", "poll", home=home).returncode == 1
    assert feeds(home)[0]["gone"]
    assert told("feed", "poll", "--all", home=home)["polled"] == []
    site.pages["/rss"] = (200, {}, rss(1))
    told("feed", "add", site.url("/rss"), "--allow-private", home=home)
    assert told("feed", "poll", home=home)["polled"][0]["counts"] == {"added": 1}


def test_a_feed_that_moved_is_asked_at_its_new_address(site: Site, home: Path) -> None:
    """A permanent redirect changes the address that is kept."""
    site.pages["/old"] = (301, {"location": "/new"}, b"")
    site.pages["/new"] = (200, {}, rss(1))
    told("feed", "add", site.url("/old"), "--allow-private", home=home)
    polled = told("feed", "poll", home=home)["polled"][0]
    assert (polled["moved_from"], polled["counts"]) == (site.url("/old"), {"added": 1})
    assert [one["url"] for one in feeds(home)] == [site.url("/new")]


def test_private_addresses_need_to_be_meant(site: Site, home: Path) -> None:
    """Without --allow-private a private address is refused when it is added, polled or taken in."""
    url = site.url("/rss")
    site.pages["/rss"] = (200, {}, rss(1))
    assert "--allow-private" in dateline("feed", "add", url, home=home).stderr
    named = f"http://localhost.localdomain:{site.server.server_port}/rss"
    with_store(home, lambda store: store.keep_feed(named, Feed(url=named).to_json()))
    assert dateline("feed", "poll", home=home).returncode == 1
    assert dateline("ingest", url, home=home).returncode == 1
    assert site.asked == []


def with_store(home: Path, do: Any) -> None:
    """Do something with the store of a home."""
    held = Store(home / "articles.db")
    do(held)
    held.close()


def test_staying_asks_each_feed_when_it_is_due(site: Site, home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With --every a feed is asked at its interval, not each round; every round that asked one is a line of JSON."""
    clock = [dt.datetime(2026, 1, 1, tzinfo=dt.UTC)]
    rounds = iter(range(4))

    def sleep(_: float) -> None:
        if next(rounds, None) is None:
            raise KeyboardInterrupt
        clock[0] += dt.timedelta(minutes=6)

    monkeypatch.setattr(time, "sleep", sleep)  # as the command knows it
    monkeypatch.setattr(Index, "clock", property(lambda _: lambda: clock[0], lambda *_: None), raising=False)
    site.pages["/rss"] = (200, {}, rss(1))
    told("feed", "add", site.url("/rss"), "--allow-private", "--interval", "10", home=home)
    done = dateline("feed", "poll", "--every", "360", "--json", home=home)
    assert done.returncode == 0
    counts = [json.loads(line)["polled"][0]["counts"] for line in done.stdout.splitlines()]
    assert counts == [{"added": 1}, {"unchanged": 1}, {"unchanged": 1}]  # after 0, 12 and 24 minutes
    assert len(site.asked) == 3


def test_removing_a_feed_keeps_its_articles(site: Site, home: Path) -> None:
    """A removed feed is not listed, cannot be removed twice, and what it brought stays."""
    url = site.url("/rss")
    site.pages["/rss"] = (200, {}, rss(1))
    told("feed", "add", url, "--allow-private", home=home)
    told("feed", "poll", home=home)
    assert told("feed", "remove", url, home=home) == {"removed": url}
    assert feeds(home) == []
    assert told("articles", "show", "q-1", home=home)["status"] == "usable"
    assert "There is no feed" in dateline("feed", "remove", url, home=home).stderr
    assert "There is no feed" in dateline("feed", "poll", url, home=home).stderr


@pytest.mark.parametrize("wrong", ["news.example/rss", "ftp://news.example/", "http://", "http://a b/", ""])
def test_what_is_no_address_is_refused_at_once(home: Path, wrong: str) -> None:
    """A feed needs an http or https address."""
    done = dateline("feed", "add", "--", wrong, home=home)
    assert done.returncode == 1
    assert "is not a feed's address" in done.stderr.replace("\n", " ")


def test_an_interval_outside_the_bounds_is_refused(home: Path) -> None:
    """A feed asked every second, or for ever, is a mistake that is named."""
    for minutes in ("0.01", "100000", "nan"):
        done = dateline("feed", "add", "https://news.example/rss", "--interval", minutes, home=home)
        assert done.returncode == 1
        assert "1 to 1440 minutes" in done.stderr


def test_a_page_is_taken_in_by_its_address(site: Site, home: Path) -> None:
    """`dateline ingest URL` reads the page like a saved one; again, it is unchanged; a failure is told."""
    site.pages["/story"] = (200, {"content-type": "text/html; charset=utf-8"}, PAGE.encode())
    assert told("ingest", site.url("/story"), "--allow-private", home=home)["counts"] == {"added": 1}
    held = told("articles", "list", home=home)["articles"][0]
    assert (held["title"], held["published_at"]) == ("Harbour reopens", "2025-02-19")
    assert told("ingest", site.url("/story"), "--allow-private", home=home)["counts"] == {"unchanged": 1}
    done = dateline("ingest", site.url("/nothing"), "--allow-private", "--json", home=home)
    assert done.returncode == 1
    assert "404" in json.loads(done.stdout)["skipped"][0]["reason"]


def test_a_feeds_record_is_what_it_was() -> None:
    """A record read back is the same feed; what is no record is an error that says what to do."""
    moment = dt.datetime(2025, 2, 20, 12, tzinfo=dt.UTC)
    feed = Feed(url="https://a.example/", etag='"é"', next_at=moment, failures=2, error="so", allow_private=True)
    assert Feed.from_json(feed.to_json()) == feed
    for wrong in ("", "[]", "{}", '{"url": 1}', feed.to_json().replace("900.0", "1e400")):
        with pytest.raises(StoreError, match="add it again"):
            Feed.from_json(wrong)


def test_a_feed_that_was_removed_while_it_was_asked_stays_removed(tmp_path: Path) -> None:
    """An answer that arrives after the removal brings its articles, but not the feed."""
    store = Store(tmp_path / "articles.db")
    record = Feed(url="https://a.example/").to_json()
    store.keep_feed("https://a.example/", record)
    assert store.forget_feed("https://a.example/")
    store.put([], progress={"https://a.example/": FeedProgress(record=record, url="https://a.example/")})
    assert store.feeds() == {}
    store.close()
