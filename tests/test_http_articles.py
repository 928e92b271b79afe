"""Articles over HTTP: added, revised, compared, withdrawn, deleted; feedback and conversations kept."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.http.app import build_app
from api.http.conversations import Said
from api.http.keys import Kind
from api.http.service import Service
from bench.stand_in import WordsEmbedder
from index.index import Index
from rag.build import Dateline
from rag.conversation import Turn
from rag.settings import Settings

STORM = {
    "id": "storm",
    "title": "Storm closes harbour",
    "paragraphs": ["The harbour closed on Monday.", "Two ships waited outside."],
    "source": "news.example",
    "published_at": "2025-03-03T08:00:00Z",
    "observed_at": "2025-03-03T09:00:00Z",
}
REVISED = {**STORM, "paragraphs": ["The harbour closed on Monday.", "Three ships waited outside."]}
REVISED["observed_at"] = "2025-03-04T09:00:00Z"


@pytest.fixture
def dateline(tmp_path: Path) -> Iterator[Dateline]:
    index = Index(tmp_path, WordsEmbedder())
    yield Dateline(Settings(home=tmp_path, model="extractive"), index, None)
    index.close()


@pytest.fixture
def client(dateline: Dateline) -> TestClient:
    return TestClient(build_app(dateline))


def test_an_article_comes_is_revised_compared_and_goes(client: TestClient) -> None:
    """Added, it is found at once; revised, both states are kept; withdrawn or deleted, it is not found."""
    added = client.post("/v1/articles", json=STORM)
    assert (added.status_code, added.headers["location"]) == (201, "/v1/articles/storm")
    assert added.json()["change"] == "added"
    again = client.post("/v1/articles", json=STORM)
    assert (again.status_code, again.json()["change"]) == (200, "unchanged")
    assert client.post("/v1/articles", json=REVISED).json()["change"] == "updated"

    found = client.post("/v1/search", json={"question": "How many ships waited outside?"}).json()["hits"]
    assert found[0]["article"]["id"] == "storm"
    states = client.get("/v1/articles/storm/revisions").json()["revisions"]
    assert [state["superseded_at"] is None for state in states] == [False, True]
    changed = client.get("/v1/articles/storm/diff").json()
    assert [(line["kind"], line["text"]) for line in changed["lines"]] == [
        ("removed", "Two ships waited outside."),
        ("added", "Three ships waited outside."),
    ]
    whole = client.get("/v1/articles/storm/diff", params={"whole": True, "old": states[0]["revision"]}).json()
    assert [line["kind"] for line in whole["lines"]].count("same") == 2

    def hits() -> list[Any]:
        found: list[Any] = client.post("/v1/search", json={"question": "ships outside"}).json()["hits"]
        return found

    assert client.post("/v1/articles/storm/withdraw").json() == {"id": "storm", "done": "withdrawn"}
    assert hits() == []
    assert client.post("/v1/articles/storm/reinstate").json()["done"] == "reinstated"
    assert hits() != []
    assert client.delete("/v1/articles/storm").json()["done"] == "deleted"
    assert hits() == []
    assert client.get("/v1/articles/storm/lines").status_code == 404
    assert client.post("/v1/articles", json=STORM).status_code == 409
    assert client.post("/v1/articles?revive=true", json=STORM).status_code in {200, 201}
    assert client.post("/v1/articles/nowhere/withdraw").status_code == 404


def test_many_come_at_once_and_each_bad_line_is_told(client: TestClient) -> None:
    """NDJSON: good lines are taken, bad ones told with their number and the reason."""
    lines = [
        json.dumps(STORM),
        "not json",
        json.dumps({"title": "No id", "text": "Text."}),
        "",
        json.dumps({**STORM, "id": "calm", "title": "Calm", "text": "It was calm.", "paragraphs": []}),
        json.dumps({"id": "half", "title": "Half", "text": "\ud800"}),
    ]
    reply = client.post(
        "/v1/articles/bulk", content="\n".join(lines).encode(), headers={"Content-Type": "application/x-ndjson"}
    ).json()
    assert reply["counts"] == {"added": 2, "skipped": 3}
    assert [(one["line"], "skipped" in one) for one in reply["results"]] == [(2, True), (3, True), (6, True)]
    assert [one["id"] for one in client.get("/v1/articles").json()["articles"]] == ["calm", "storm"]


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ({}, "neither an id nor a url"),
        ({"id": "a"}, "no text"),
        ({"id": "a", "text": 5}, "text is not text"),
        ({"id": "a", "text": "\ud800 half"}, "surrogate"),
        ({"id": "a", "text": "x", "status": "perhaps"}, "status"),
        ({"items": [STORM, REVISED]}, "/v1/articles/bulk"),
    ],
)
def test_what_is_no_article_is_refused_with_the_reason(client: TestClient, body: dict[str, Any], said: str) -> None:
    """The reader's own words say what to mend; several articles go to the other route."""
    reply = client.post("/v1/articles", content=json.dumps(body), headers={"Content-Type": "application/json"})
    assert reply.status_code == 422
    assert said in reply.json()["detail"]


def test_what_a_client_has_is_not_sent_again(client: TestClient) -> None:
    """With the ETag of what it holds a client gets 304, and the new state once there is one."""
    client.post("/v1/articles", json=STORM)
    for path in ("", "/storm", "/storm/lines", "/storm/revisions"):
        first = client.get(f"/v1/articles{path}")
        held = {"If-None-Match": f'"other", W/{first.headers["etag"]}'}
        again = client.get(f"/v1/articles{path}", headers=held)
        assert (again.status_code, again.content) == (304, b"")
        assert again.headers["etag"] == first.headers["etag"]
    held = {"If-None-Match": client.get("/v1/articles/storm/lines").headers["etag"]}
    client.post("/v1/articles", json=REVISED)
    assert client.get("/v1/articles/storm/lines", headers=held).status_code == 200


def test_pages_of_articles_follow_each_other(client: TestClient) -> None:
    """Going on with `next` gives every article once, and the last page says that it is the last."""
    body = "\n".join(json.dumps({"id": f"a{n}", "title": f"T{n}", "text": f"Text {n}."}) for n in range(5))
    client.post("/v1/articles/bulk", content=body)
    seen: list[str] = []
    after: str | None = ""
    pages = 0
    while after is not None:
        page = client.get("/v1/articles", params={"after": after, "limit": 2}).json()
        seen += [one["id"] for one in page["articles"]]
        after = page["next"]
        pages += 1
    assert (seen, pages) == ([f"a{n}" for n in range(5)], 3)
    exact = client.get("/v1/articles", params={"limit": 5}).json()
    assert exact["next"] is None


def test_feedback_is_kept_with_the_lines_it_is_about(client: TestClient, dateline: Dateline) -> None:
    """One line of JSON: what the reader says, what was cited, and not the question."""
    client.post("/v1/articles", json=STORM)
    dateline.asker.enough = -1.0
    dateline.asker.hopeless = -1.0
    answer = client.post("/v1/ask", json={"question": "When did the harbour close?"}).json()
    said = {"answer_id": answer["answer_id"], "verdict": "bad", "sentence": 0, "citation": 1, "reason": "citation"}
    assert client.post("/v1/feedback", json=said).status_code == 202
    assert client.post("/v1/feedback", json={"answer_id": "ans_0", "verdict": "good"}).status_code == 202
    first, second = map(json.loads, (dateline.settings.home / "feedback.jsonl").read_text().splitlines())
    assert (first["verdict"], first["citation"], first["reason"]) == ("bad", 1, "citation")
    assert first["answer"]["outcome"] == answer["outcome"]
    assert len(first["answer"]["citations"]) == len(answer["citations"])
    assert "question" not in first["answer"]
    assert second["answer"] is None
    for wrong in ({"answer_id": "a b", "verdict": "good"}, {"answer_id": "a", "verdict": "maybe"}, {}):
        assert client.post("/v1/feedback", json=wrong).status_code == 422
    long = {"answer_id": "a", "verdict": "bad", "comment": "x" * 5_000}
    assert client.post("/v1/feedback", json=long).status_code == 422


def heard(dateline: Dateline, monkeypatch: pytest.MonkeyPatch) -> list[list[tuple[str, str]]]:
    """What the asker is told was said before, each time it is asked."""
    told: list[list[tuple[str, str]]] = []
    stream = dateline.stream

    def noted(question: str, *, history: list[Turn], **more: Any) -> Any:
        told.append([(turn.question, turn.answer.answer) for turn in history])
        return stream(question, history=history, **more)

    monkeypatch.setattr(dateline, "stream", noted)
    return told


def test_a_conversation_is_gone_on_with(
    client: TestClient, dateline: Dateline, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Sent or kept, what was said before reaches the asker; kept ones are found by their id alone."""
    told = heard(dateline, monkeypatch)
    sent = [{"question": "What closed?", "answer": "The harbour closed."}]
    client.post("/v1/ask", json={"question": "When?", "history": sent})
    begun = client.post("/v1/ask", json={"question": "What closed?", "conversation_id": "new"}).json()
    name = begun["conversation_id"]
    client.post("/v1/ask", json={"question": "When?", "conversation_id": name})
    headers = {"Accept": "text/event-stream"}
    client.post("/v1/ask", json={"question": "Where?", "conversation_id": name}, headers=headers)
    client.post("/v1/ask", json={"question": "Alone?"})
    assert told[0] == [("What closed?", "The harbour closed.")]
    assert [[question for question, _ in said] for said in told[1:]] == [
        [],
        ["What closed?"],
        ["What closed?", "When?"],
        [],
    ]
    both = {"question": "When?", "conversation_id": name, "history": sent}
    assert client.post("/v1/ask", json=both).status_code == 422
    unknown = {"question": "When?", "conversation_id": "conv_" + "0" * 32}
    assert "begin one" in client.post("/v1/ask", json=unknown).json()["detail"]


def test_a_conversation_opens_nothing_to_another_key_and_is_forgotten(dateline: Dateline) -> None:
    """An id works with the key that began it; after its hours it is gone from the file."""
    app = build_app(dateline)
    service: Service = app.state.service
    keys = [{"Authorization": f"Bearer {service.keys.create(Kind.SECRET, name)[1]}"} for name in "ab"]
    client = TestClient(app)
    body = {"question": "What closed?", "conversation_id": "new"}
    name = client.post("/v1/ask", json=body, headers=keys[0]).json()["conversation_id"]
    body["conversation_id"] = name
    assert client.post("/v1/ask", json=body, headers=keys[1]).status_code == 422
    assert client.post("/v1/ask", json=body, headers=keys[0]).status_code == 200
    later = dateline.index.clock().replace(year=2999)
    service.conversations._clock = lambda: later
    assert client.post("/v1/ask", json=body, headers=keys[0]).status_code == 422
    service.conversations.keep("ans_x", "conv_x", "somebody", Said("q", "a"))
    with sqlite3.connect(dateline.settings.home / "conversations.db") as db:
        assert db.execute("SELECT id FROM turn").fetchall() == [("ans_x",)]
    db.close()
