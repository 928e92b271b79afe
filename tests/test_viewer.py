"""The article viewer: what a citation leads to, with and without JavaScript."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from dataclasses import replace
from urllib.parse import quote as percent

import pytest
from starlette.testclient import TestClient

from api.http.app import build_app
from api.http.pages import viewer
from api.http.pages.changes import compare
from api.http.pages.viewer import MOST_LINES, cited_span
from index.article import Draft, NewsDate
from index.embedder import Embedder
from index.index import Index
from index.lines import Lines
from rag.build import Dateline
from rag.settings import Settings
from tests.widget_attacks import ADDRESSES

DAY = NewsDate.day(dt.date(2026, 10, 1))
BODY = "Flood: seven dead\nThe river rose at dawn.\nSeven people died, the ministry said.\nSchools are shut."
LATER = BODY.replace("seven", "twelve").replace("Seven", "Twelve") + "\nThe army came at noon."
HOSTILE = '<script>alert(1)</script>\n<img src=x onerror=alert(1)>\n"><b>bold</b> &amp; {{ 7*7 }} {% raw %}'


@pytest.fixture(scope="module")
def dateline(tmp_path_factory: pytest.TempPathFactory, real_embedder: Embedder) -> Iterator[Dateline]:
    """A store with one article of each fate."""
    home = tmp_path_factory.mktemp("viewer")
    index = Index(home, real_embedder)
    index.add([_draft("flood", BODY, observed_at=dt.datetime(2026, 10, 1, 9, tzinfo=dt.UTC))])
    index.add([_draft("flood", LATER, observed_at=dt.datetime(2026, 10, 2, 9, tzinfo=dt.UTC))])
    story = "\n".join(
        f"Line {n} tells of the harbour, the bridge and the mayor in the year {n}." for n in range(1, 40)
    )
    index.add([_draft("wire", story, source="The Wire"), _draft("echo", story, source="The Echo")])
    index.add(
        [_draft("withdrawn", BODY + "\nOne."), _draft("deleted", BODY + "\nTwo."), _draft("a/b?c#d", BODY + "\n3.")]
    )
    index.add([_draft("embargoed", BODY + "\nSecret.", embargo_until=dt.datetime(2999, 1, 1, tzinfo=dt.UTC))])
    index.add([_draft("long", "\n".join(f"Line {n}." for n in range(1, MOST_LINES + 502)))])
    index.add(
        [
            _draft(
                "hostile",
                HOSTILE,
                title=HOSTILE.split("\n")[0],
                source='"><script>alert(2)</script>',
                authors=("<svg onload=alert(3)>",),
                section="</p><script>",
                correction="<script>alert(4)</script>",
                language='en"><script>',
                url='javascript:alert("5")',
            )
        ]
    )
    index.withdraw("withdrawn")
    index.delete("deleted")
    held = Dateline(Settings(home=home, model="extractive"), index, None)
    yield held
    held.close()


def _draft(article_id: str, text: str, **more: object) -> Draft:
    given: dict[str, object] = {
        "title": text.split("\n")[0],
        "source": "The Courier",
        "url": f"https://courier.example/{percent(article_id)}",
        "published_at": DAY,
        "language": "en",
    }
    return Draft(article_id=article_id, text=text, **(given | more))  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def client(dateline: Dateline) -> TestClient:
    return TestClient(build_app(dateline))


def cited(html: str) -> list[int]:
    """The numbers of the lines that a page marks."""
    return [int(n) for n in re.findall(r'class="line cited" id="L(\d+)"', html)]


def test_lines_are_numbered_and_the_cited_ones_marked(client: TestClient) -> None:
    """`lines=2-3` marks these lines, gives the fragment of the citation a place, and needs no script."""
    html = client.get("/articles/flood?lines=2-3").raise_for_status().text
    assert re.findall(r'id="L(\d+)"', html) == ["1", "2", "3", "4", "5"]
    assert cited(html) == [2, 3]
    assert '<span id="L2-L3"></span>' in html
    assert "Cited: lines 2–3" in html


def test_the_quote_is_marked_and_sought_at_the_publisher(client: TestClient) -> None:
    """Offsets of the quote mark exactly it, and the link to the publisher looks for exactly it."""
    start = LATER.index("Twelve people died")
    html = client.get(f"/articles/flood?lines=3&quote={start}-{start + 18}").text
    assert "<mark>Twelve people died</mark>, the ministry said." in html
    assert 'href="https://courier.example/flood#:~:text=Twelve%20people%20died"' in html


@pytest.mark.parametrize("lines", ["0", "99", "a", "2-", "-3", "2-3-4", "9" * 30, "<script>", ""])
def test_lines_that_are_none_mark_nothing(client: TestClient, lines: str) -> None:
    """An address that was mistyped shows the article, with nothing marked."""
    assert cited(client.get("/articles/flood", params={"lines": lines}).raise_for_status().text) == []


def test_a_quote_outside_its_lines_is_not_marked() -> None:
    """Characters that do not lie in the cited lines leave the lines marked, and no more."""
    lines = Lines(BODY)
    assert cited_span(lines, "2", "0-5") == cited_span(lines, "2")
    assert cited_span(lines, "L3-L2") == cited_span(lines, "2-3")


def test_an_earlier_revision_says_that_it_is_superseded(client: TestClient, dateline: Dateline) -> None:
    """It says since when, leads to the current text and to what changed; the current one says nothing of it."""
    first, second = dateline.index.store.revisions("flood")
    old = client.get(f"/articles/flood?rev={first.revision}").text
    assert "Superseded." in old
    assert "2 October 2026, 09:00 UTC" in old
    assert f"/articles/flood?rev={second.revision}&amp;diff={first.revision}" in old
    assert "Superseded." not in client.get("/articles/flood").text


def test_two_revisions_are_compared_word_by_word(client: TestClient, dateline: Dateline) -> None:
    """The changed word is marked in both lines, and the new line is an added one."""
    first, second = dateline.index.store.revisions("flood")
    html = client.get(f"/articles/flood?rev={second.revision[:8]}&diff={first.revision[:8]}").raise_for_status().text
    assert "<b>Seven</b> people died" in html
    assert "<b>Twelve</b> people died" in html
    assert "The army came at noon." in html


def test_copies_are_named_on_both_sides(client: TestClient) -> None:
    """The original lists who also carries it; the copy names the original."""
    assert "Also carried by" in client.get("/articles/echo").text + client.get("/articles/wire").text
    assert "A copy." in client.get("/articles/echo").text + client.get("/articles/wire").text


def test_withdrawn_deleted_embargoed_and_unknown_say_so(client: TestClient) -> None:
    """Each fate has its own page; nothing of a deleted or embargoed text is on it."""
    assert "Withdrawn." in client.get("/articles/withdrawn").raise_for_status().text
    for path, status, said in (
        ("/articles/deleted", 410, "was deleted"),
        ("/articles/embargoed", 404, "under embargo"),
        ("/articles/nothing", 404, "no article here"),
        ("/articles/flood?rev=00000000", 404, "not in this revision"),
        ("/articles/flood?rev=abc", 404, "not in this revision"),
    ):
        reply = client.get(path)
        assert (reply.status_code, reply.headers["content-type"]) == (status, "text/html; charset=utf-8")
        assert said in reply.text
        assert "river" not in reply.text


def test_an_id_that_is_an_address_is_found(client: TestClient) -> None:
    """Ids may hold slashes, question marks and hashes; their permalinks lead here all the same."""
    assert "The river rose" in client.get("/articles/" + percent("a/b?c#d", safe="")).raise_for_status().text


def test_a_long_text_is_shown_in_parts(client: TestClient) -> None:
    """At most 2,000 lines on a page, those that are cited among them, with a way to the others."""
    html = client.get(f"/articles/long?lines={MOST_LINES + 100}").text
    assert cited(html) == [MOST_LINES + 100]
    assert "Earlier lines" in html
    first = client.get("/articles/long").text
    assert len(re.findall(r'id="L\d+"', first)) == MOST_LINES
    assert "Later lines" in first


def test_nothing_of_an_article_becomes_markup(client: TestClient) -> None:
    """Every field of a hostile article is shown as text, and its address is not made a link."""
    html = client.get("/articles/hostile?lines=1-3").text
    for ours in ('<script src="/static/viewer.js" type="module"></script>',):
        html = html.replace(ours, "")
    for tag in ("<script", "<img", "<svg", "<b>"):
        assert tag not in html
    assert "javascript:" not in html
    assert "{{ 7*7 }}" in html
    assert 'lang="en&' not in html


@pytest.mark.parametrize("given", ADDRESSES)
def test_only_addresses_of_the_web_become_links(dateline: Dateline, given: str) -> None:
    """An address of another scheme, or of no host, is no link to the publisher; one of the web is, as it stands."""
    store = dateline.index.store
    held, shown = replace(store.article("flood"), url=given), store.revision("flood")
    there = viewer._links(held, shown, None)["there"]
    web = given.startswith("https://news.example/")  # the others have no host, or another scheme
    assert there == (given if web else None)


def test_pages_allow_nothing_but_their_own_files(client: TestClient) -> None:
    """The policy has no inline, no eval and no other host; the page has nothing inline to begin with."""
    reply = client.get("/articles/flood")
    policy = reply.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert not re.search(r"\s(style|on\w+)=", reply.text)
    for address in re.findall(r'(?:src|href)="(/static/[^"]+)"', reply.text):
        assert client.get(address).status_code == 200


def test_files_are_fetched_once(client: TestClient) -> None:
    """A file asked for again by its ETag is 304; by its own hash it never expires."""
    first = client.get("/static/pages.css")
    assert client.get("/static/pages.css", headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    asked = client.get("/static/pages.css", params={"v": first.headers["etag"].strip('"')})
    assert "immutable" in asked.headers["cache-control"]
    assert "immutable" not in client.get("/static/pages.css?v=other").headers["cache-control"]


def test_a_comparison_that_would_take_minutes_is_refused() -> None:
    """Two texts of the same line many times over are not compared on a page."""
    assert compare("same\n" * 3_000, "same\n" * 3_000) is None
    assert compare("one\ntwo", "one\nthree") is not None
