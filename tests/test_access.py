"""Who reaches what: every route with every kind of key, from every kind of page, under every kind of header."""

from __future__ import annotations

import itertools
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from fastapi.routing import APIRoute
from pydantic import SecretStr
from starlette.routing import Route
from starlette.testclient import TestClient

from api.http.access import RULES, Access, Need, is_loopback, rule_for
from api.http.app import build_app
from api.http.keys import Keys, Kind, origin
from api.http.service import Service
from bench.stand_in import WordsEmbedder
from index.article import Draft, NewsDate
from index.index import Index
from rag.build import Dateline
from rag.errors import BadSettings
from rag.settings import Settings

HERE, EVIL, NEWS = "http://testserver", "https://evil.example", "https://news.example"
ORIGINS = {
    "none": None,
    "own": NEWS,
    "other": EVIL,
    "null": "null",
    "suffix": "https://news.example.evil.example",
    "prefix": "https://xnews.example",
    "scheme": "http://news.example",
    "port": "https://news.example:8443",
    "case": "https://NEWS.example",
    "slash": "https://news.example/",
    "empty": "",
}
BODIES: dict[str, Any] = {
    "/v1/ask": {"question": "What happened?"},
    "/v1/search": {"question": "What happened?"},
    "/v1/feedback": {"answer_id": "ans_1", "verdict": "good"},
    "/v1/chat/completions": {"messages": [{"role": "user", "content": "What happened?"}]},
    "/v1/responses": {"input": "What happened?"},
    "/v1/articles": {"id": "added", "title": "Added", "text": "Something happened."},
    "/v1/articles/bulk": {"id": "added", "title": "Added", "text": "Something happened."},
    "/mcp": {"jsonrpc": "2.0", "id": 1, "method": "ping"},
}
OPEN, READERS, ASKING, HOUSE = "open", "readers", "asking", "house"
# What each route is for, written out a second time: the rules themselves are what is tested.
ROUTES = {
    ("GET", "/healthz"): OPEN,
    ("GET", "/readyz"): OPEN,
    ("GET", "/openapi.json"): OPEN,
    ("GET", "/articles/a"): READERS,
    ("POST", "/v1/ask"): ASKING,
    ("POST", "/v1/search"): ASKING,
    ("POST", "/v1/feedback"): ASKING,
    ("GET", "/v1/articles"): ASKING,
    ("GET", "/v1/articles/a"): ASKING,
    ("GET", "/v1/articles/a/lines"): ASKING,
    ("GET", "/v1/articles/a/revisions"): ASKING,
    ("GET", "/v1/articles/a/diff"): ASKING,
    ("POST", "/v1/chat/completions"): HOUSE,
    ("POST", "/v1/responses"): HOUSE,
    ("GET", "/v1/models"): HOUSE,
    ("GET", "/v1/models/dateline"): HOUSE,
    ("GET", "/metrics"): HOUSE,
    ("POST", "/mcp"): HOUSE,
    ("DELETE", "/mcp"): HOUSE,
    ("POST", "/v1/articles"): HOUSE,
    ("POST", "/v1/articles/bulk"): HOUSE,
    ("POST", "/v1/articles/a/withdraw"): HOUSE,
    ("POST", "/v1/articles/a/reinstate"): HOUSE,
    ("DELETE", "/v1/articles/a"): HOUSE,
    ("GET", "/v1/nothing"): HOUSE,
    ("PUT", "/v1/articles/a"): HOUSE,
    ("TRACE", "/v1/ask"): HOUSE,
    ("GET", "//v1/articles"): HOUSE,
    ("GET", "/V1/articles"): HOUSE,
    ("POST", "/v1/ask/"): HOUSE,
    ("GET", "/v1/ask"): HOUSE,
}


@dataclass
class House:
    """A server with keys of every kind."""

    client: TestClient
    keys: dict[str, str]


def newsroom(home: Path) -> Dateline:
    index = Index(home, WordsEmbedder())
    day = NewsDate.parse("2025-03-03")
    text = "A storm\nSomething happened on Monday."
    index.add([Draft(article_id="a", title="A storm", text=text, published_at=day)])
    return Dateline(Settings(home=home, model="extractive", asks_per_minute=0, reads_per_minute=0), index, None)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    dateline = newsroom(tmp_path_factory.mktemp("home"))
    app = build_app(dateline)
    service: Service = app.state.service
    service.limits.refused = lambda scope: None  # type: ignore[method-assign]  # guesses are counted in another test
    keys = {
        "publishable": service.keys.create(Kind.PUBLISHABLE, "widget", origins=[NEWS])[1],
        "secret": service.keys.create(Kind.SECRET, "ops")[1],
        "secret_paged": service.keys.create(Kind.SECRET, "admin page", origins=[NEWS])[1],
    }
    gone, keys["revoked"] = service.keys.create(Kind.SECRET, "old")
    service.keys.revoke(gone.key_id)
    keys["unknown"] = "sk_" + "A" * 43
    keys["cut"] = keys["secret"][:-1]
    keys["id"] = service.keys.all()[1].key_id
    with TestClient(app, raise_server_exceptions=False) as client:
        yield House(client, keys)


@pytest.fixture(scope="module")
def open_house(tmp_path_factory: pytest.TempPathFactory) -> TestClient:
    """Without a key."""
    return TestClient(build_app(newsroom(tmp_path_factory.mktemp("open"))))


def expected(purpose: str, key: str, page: str) -> set[int]:
    """The statuses that mean refused as it should be; empty where the door must open."""
    if key == "none":
        return set() if purpose in {OPEN, READERS} else {401}
    if key in SENT_WRONG:
        return {401}
    if key == "secret":
        return set() if page == "none" else {403}
    if key == "secret_paged":
        return set() if page in {"none", "own"} else {403}
    if page != "own":  # publishable
        return {403}
    return set() if purpose != HOUSE else {403}


def headers_of(house: House, key: str) -> list[tuple[str, str]]:
    """How the key is sent."""
    if key == "none":
        return []
    if key == "basic":
        return [("Authorization", f"Basic {house.keys['secret']}")]
    if key == "twice":
        return [("Authorization", f"Bearer {house.keys['secret']}"), ("Authorization", "Bearer x")]
    if key == "empty":
        return [("Authorization", "Bearer ")]
    return [("Authorization", f"Bearer {house.keys[key]}")]


SENT_WRONG = ("revoked", "unknown", "cut", "id", "basic", "twice", "empty")
KINDS = ("none", "publishable", "secret", "secret_paged", *SENT_WRONG)
# A key that is none is the same from every page, so a few of them stand for all.
TABLE = [
    (route, kind, page)
    for route, kind, page in itertools.product(ROUTES, KINDS, ORIGINS)
    if kind not in SENT_WRONG or page in {"none", "own", "other"}
]


def test_every_route_with_every_key_from_every_page(house: House) -> None:
    """Each combination is let in or refused as the table says, and a page reads a reply only if a key is for it."""
    wrong: list[tuple[str, str, str, str, object]] = []
    for (method, path), kind, page in TABLE:
        headers = headers_of(house, kind)
        if ORIGINS[page] is not None:
            headers.append(("Origin", str(ORIGINS[page])))
        content = json.dumps(BODIES[path]).encode() if method == "POST" and path in BODIES else None
        if content:
            headers.append(("Content-Type", "application/json"))
        refused = expected(ROUTES[method, path], kind, page)
        if not refused and method == "DELETE":
            continue  # let in, it would take the article away: see below
        reply = house.client.request(method, f"{HERE}{path}", headers=headers, content=content)
        let_in = reply.status_code not in {401, 403}
        readable = reply.headers.get("access-control-allow-origin")
        if let_in != (not refused) or (refused and reply.status_code not in refused):
            wrong.append((method, path, kind, page, reply.status_code))
        if reply.status_code == 500:
            wrong.append((method, path, kind, page, "failed"))
        if readable != (NEWS if page == "own" else None):
            wrong.append((method, path, kind, page, f"readable by {readable}"))
        if "access-control-allow-credentials" in reply.headers or "x-request-id" not in reply.headers:
            wrong.append((method, path, kind, page, "headers"))
    assert wrong == []


def test_the_table_names_every_route_there_is(house: House) -> None:
    """A route that nobody thought of here fails this test; pages and files are the widget's own tests' matter."""
    there = set()
    for route in house.client.app.routes:  # type: ignore[attr-defined]
        for method in getattr(route, "methods", None) or ():
            there.add((method, route.path.replace("{article_id:path}", "a").replace("{name}", "dateline")))
    own = {
        (method, path)
        for method, path in there
        if path.startswith(("/v1", "/mcp", "/metrics", "/healthz", "/readyz", "/openapi")) and method != "HEAD"
    }
    assert own - set(ROUTES) - {("GET", "/v1/suggestions")} == set()
    assert all(isinstance(route, Route | APIRoute) or not hasattr(route, "app") for route in house.client.app.routes)  # type: ignore[attr-defined]


def test_what_no_rule_names_needs_a_secret_key() -> None:
    """The table is closed by default, and opens nothing to a method it does not name."""
    assert rule_for("POST", "/v1/new-thing").need is Need.SECRET
    assert rule_for("DELETE", "/v1/ask").need is Need.SECRET
    assert rule_for("GET", "/static/../v1/articles").need is Need.NOTHING  # a file, or nothing: no route is there
    for rule in RULES:
        assert rule.need is not Need.NOTHING or rule.methods <= {"GET", "HEAD"}


@pytest.mark.parametrize("page", ORIGINS)
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/articles/a", "/v1/chat/completions"])
def test_browsers_are_told_beforehand_which_pages_may_ask(house: House, path: str, page: str) -> None:
    """A preflight is answered for the exact origin of a live key and for no other; never with a wildcard."""
    if ORIGINS[page] is None:
        return
    asked = {"Origin": str(ORIGINS[page]), "Access-Control-Request-Method": "POST"}
    reply = house.client.options(path, headers=asked)
    assert reply.status_code == (204 if page == "own" else 403)
    assert reply.headers.get("access-control-allow-origin") == (NEWS if page == "own" else None)
    assert "origin" in reply.headers["vary"].lower()


def test_a_page_of_this_server_needs_no_origin_header(house: House) -> None:
    """Browsers leave Origin out when a page gets something from its own server; the address it came to counts."""
    keys: Keys = house.client.app.state.service.keys  # type: ignore[attr-defined]
    _, own = keys.create(Kind.PUBLISHABLE, "our page", origins=["http://ask.example"])
    headers = {"Authorization": f"Bearer {own}", "Host": "ask.example", "Sec-Fetch-Site": "same-origin"}
    assert house.client.get("/v1/articles", headers=headers).status_code == 200
    assert house.client.get("/v1/articles", headers={**headers, "Host": "evil.example"}).status_code == 403
    assert house.client.get("/v1/articles", headers={**headers, "Sec-Fetch-Site": "cross-site"}).status_code == 403


def test_the_workings_are_for_the_house(house: House) -> None:
    """A publishable key may not look at prompts."""
    sent = {"Authorization": f"Bearer {house.keys['publishable']}", "Origin": NEWS}
    reply = house.client.post("/v1/ask", headers=sent, json={"question": "What happened?", "explain": True})
    assert reply.status_code == 403
    sent = {"Authorization": f"Bearer {house.keys['secret']}"}
    reply = house.client.post("/v1/ask", headers=sent, json={"question": "What happened?", "explain": True})
    assert "trace" in reply.json()


def test_readers_do_not_see_what_is_embargoed_or_withdrawn(tmp_path: Path) -> None:
    """To a publishable key such articles are not there, on any route; a secret one sees them."""
    dateline = newsroom(tmp_path)
    later = dateline.index.clock().replace(year=2999)
    dateline.index.add(
        [
            Draft(article_id="later", title="Later", text="Later\nNot yet.", embargo_until=later),
            Draft(article_id="gone", title="Gone", text="Gone\nNo longer."),
        ]
    )
    dateline.index.withdraw("gone")
    app = build_app(dateline)
    keys: Keys = app.state.service.keys
    pages = {"Authorization": f"Bearer {keys.create(Kind.PUBLISHABLE, 'w', origins=[NEWS])[1]}", "Origin": NEWS}
    ops = {"Authorization": f"Bearer {keys.create(Kind.SECRET, 'o')[1]}"}
    with TestClient(app) as client:
        for name in ("later", "gone"):
            for rest in ("", "/lines", "/revisions", "/diff"):
                reply = client.get(f"/v1/articles/{name}{rest}", headers=pages)
                assert reply.status_code == 404, (name, rest)
                assert "Not yet" not in reply.text
            assert client.get(f"/v1/articles/{name}/lines", headers=ops).status_code == 200
        seen = {one["id"] for one in client.get("/v1/articles", headers=pages).json()["articles"]}
        assert seen == {"a"}
        for status in ("withdrawn", "deleted"):
            assert client.get(f"/v1/articles?status={status}", headers=pages).json()["articles"] == []
        assert len(client.get("/v1/articles", headers=ops).json()["articles"]) == 3


@pytest.mark.parametrize(
    ("host", "page", "path", "status"),
    [
        ("127.0.0.1:8000", None, "/v1/articles", 200),
        ("localhost:8000", None, "/v1/articles", 200),
        ("[::1]:8000", None, "/v1/articles", 200),
        ("rebound.example:8000", None, "/v1/articles", 403),
        ("127.0.0.1.evil.example", None, "/v1/articles", 403),
        ("rebound.example", None, "/metrics", 403),
        ("127.0.0.1:8000", "http://127.0.0.1:8000", "/v1/articles", 200),
        ("127.0.0.1:8000", "http://localhost:3000", "/v1/articles", 200),
        ("127.0.0.1:8000", "http://localhost:3000", "/metrics", 403),
        ("127.0.0.1:8000", EVIL, "/v1/articles", 403),
        ("127.0.0.1:8000", "null", "/v1/articles", 403),
        ("127.0.0.1:8000", "http://127.0.0.1.evil.example", "/v1/articles", 403),
        ("127.0.0.1:8000", "https://evil.example//127.0.0.1:8000", "/v1/models", 403),
        ("127.0.0.1:8000", "https://evil.example", "/healthz", 200),
    ],
)
def test_without_keys_only_this_machine_is_served(
    open_house: TestClient, host: str, page: str | None, path: str, status: int
) -> None:
    """Programs and pages of this machine are served; pages from elsewhere and names made to point here are not."""
    headers = {"Host": host} | ({"Origin": page} if page else {})
    reply = open_house.get(path, headers=headers)
    assert reply.status_code == status
    served_here = page is not None and "evil" not in page and page != "null"
    assert reply.headers.get("access-control-allow-origin") == (page if served_here else None)


def test_listening_to_strangers_without_a_key_is_refused(tmp_path: Path) -> None:
    """The error names both ways out; a key, even a revoked one, or a loopback address opens."""
    keys = Keys(tmp_path)
    access = Access(Settings(home=tmp_path), keys)
    for host in ("0.0.0.0", "::", "192.168.1.5", "news.example", ""):
        with pytest.raises(BadSettings, match=r"dateline keys create --secret.*127\.0\.0\.1"):
            access.check(host)
    for host in ("127.0.0.1", "127.8.8.8", "::1", "localhost"):
        access.check(host)
        assert is_loopback(host)
    made, _ = keys.create(Kind.SECRET, "ops")
    access.check("0.0.0.0")
    assert not access.open
    keys.revoke(made.key_id)
    assert not access.open, "revoking the last key closes the door, it does not open it"
    Access(Settings(home=tmp_path, secret_key=SecretStr("s" * 20)), Keys(tmp_path / "other")).check("0.0.0.0")


def test_keys_are_hashed_shown_once_and_seen_by_others_at_once(tmp_path: Path) -> None:
    """The file holds no key; another process's change is seen without a restart; the file is its owner's alone."""
    mine, theirs = Keys(tmp_path), Keys(tmp_path)
    made, shown = theirs.create(Kind.PUBLISHABLE, "widget", origins=["https://News.example:443", "https://b.example"])
    assert made.origins == {NEWS, "https://b.example"}
    found = mine.find(shown)
    assert found is not None
    assert found.key_id == made.key_id
    held = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert shown.encode() not in held
    assert shown[3:].encode() not in held
    assert (tmp_path / "access.db").stat().st_mode & 0o077 == 0
    theirs.revoke(made.key_id)
    assert mine.find(shown) is None
    assert mine.any
    with pytest.raises(BadSettings, match="there is no key"):
        mine.revoke("key_none")
    with pytest.raises(BadSettings, match="needs the origin"):
        mine.create(Kind.PUBLISHABLE, "nowhere")


@pytest.mark.parametrize(
    "text",
    [
        *("*", "https://*.example", "news.example", "https://news.example/path", "null", "", "ftp://a.example"),
        *("https://a.example?x", "https://u@a.example", "https://a.example:99999", "https://", "javascript:x"),
    ],
)
def test_what_is_no_origin_is_refused(text: str) -> None:
    """No wildcard, no path, no other scheme."""
    with pytest.raises(BadSettings, match="is not an origin"):
        origin(text)
