"""The HTTP API over the real index of the seed article, with a scripted language model."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.http.app import build_app
from index.embedder import Embedder, load_embedder
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.chat import ScriptedModel
from rag.errors import ModelDown
from rag.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds"
SEED = SEEDS / "us-russia-riyadh-talks.txt"
QUESTION = "Who was excluded from the Riyadh talks?"


@pytest.fixture(scope="module")
def embedder() -> Embedder:
    return load_embedder(threads=2)


@pytest.fixture(scope="module")
def dateline(tmp_path_factory: pytest.TempPathFactory, embedder: Embedder) -> Iterator[Dateline]:
    home = tmp_path_factory.mktemp("home")
    index = Index(home, embedder)
    Ingest(index, timer=lambda: 0.0).run([SEEDS])
    held = Dateline(Settings(home=home, model="extractive"), index, None)
    yield held
    held.close()


@pytest.fixture
def client(dateline: Dateline) -> TestClient:
    return TestClient(build_app(dateline))


def test_every_citation_resolves_byte_for_byte(client: TestClient) -> None:
    """An answer's quotes are, by line and by offset, exactly what the source file says."""
    answer = client.post("/v1/ask", json={"question": QUESTION}).raise_for_status().json()
    assert answer["outcome"] == "answered"
    assert any(name in answer["answer"] for name in ("Ukraine", "Kyiv"))
    text = SEED.read_bytes().decode()
    lines = text.split("\n")
    assert answer["citations"]
    for citation in answer["citations"]:
        quote, cited = citation["quote"], citation["lines"]
        assert text[quote["start"] : quote["end"]] == quote["exact"]
        assert quote["exact"] in "\n".join(lines[cited["first"] - 1 : cited["last"]])


def test_a_citation_leads_to_its_lines_over_http(client: TestClient) -> None:
    """The lines route gives the cited line, with the offsets the quote has."""
    citation = client.post("/v1/ask", json={"question": QUESTION}).json()["citations"][0]
    first, last = citation["lines"]["first"], citation["lines"]["last"]
    shown = client.get(
        f"/v1/articles/{citation['article']['id']}/lines",
        params={"rev": citation["article"]["revision"], "first": first, "last": last},
    ).json()
    assert [line["number"] for line in shown["lines"]] == list(range(first, last + 1))
    assert shown["lines"][0]["text"] == SEED.read_text("utf-8").split("\n")[first - 1]
    assert shown["lines"][0]["start"] <= citation["quote"]["start"]
    assert citation["quote"]["end"] <= shown["lines"][-1]["end"]


def test_what_the_articles_do_not_say_is_not_answered(client: TestClient) -> None:
    """A fact the world knows and the articles do not say is insufficient, with reading and a reason."""
    answer = client.post("/v1/ask", json={"question": "Who won the 2024 US presidential election?"}).json()
    assert (answer["outcome"], answer["reason"]) == ("insufficient", "no_coverage")
    assert answer["answer"] == ""
    assert answer["citations"] == []
    assert answer["reading"]
    assert answer["note"]


def test_nothing_is_known_before_it_was_published(client: TestClient) -> None:
    """As of the day before the article, there is nothing to answer from; as of its day there is."""
    before = client.post("/v1/ask", json={"question": QUESTION, "as_of": "2025-02-17"}).json()
    after = client.post("/v1/ask", json={"question": QUESTION, "as_of": "2025-02-18"}).json()
    assert (before["outcome"], before["reading"]) == ("insufficient", [])
    assert after["outcome"] == "answered"


def events(body: str) -> list[tuple[str, Any]]:
    frames = [frame.split("\n") for frame in body.strip().split("\n\n")]
    return [(name.removeprefix("event: "), json.loads(data.removeprefix("data: "))) for name, data in frames]


def test_a_stream_says_what_the_whole_answer_says(client: TestClient) -> None:
    """Streamed sentences, put together, are the answer that comes unstreamed."""
    whole = client.post("/v1/ask", json={"question": QUESTION}).json()
    streamed = client.post("/v1/ask", json={"question": QUESTION}, headers={"Accept": "text/event-stream"})
    assert streamed.headers["content-type"].startswith("text/event-stream")
    told = events(streamed.text)
    assert [name for name, _ in told][:2] == ["status", "retrieval"]
    assert told[-1][0] == "done"
    sentences = [
        {key: data[key] for key in ("text", "citations", "support")} for name, data in told if name == "sentence"
    ]
    assert sentences == told[-1][1]["sentences"] == whole["sentences"]
    assert told[-1][1]["citations"] == whole["citations"]


def test_a_failing_model_is_told_and_the_lines_answer(dateline: Dateline) -> None:
    """When the model is down the articles' own sentences answer, and the reply says so."""
    model = ScriptedModel([ModelDown("nothing answers at http://localhost:1/v1")], repeat=True)
    down = Dateline(dateline.settings, dateline.index, model)
    answer = TestClient(build_app(down)).post("/v1/ask", json={"question": QUESTION}).json()
    assert answer["outcome"] == "answered"
    assert answer["model"] == "extractive"
    assert "nothing answers at" in answer["note"]


@pytest.mark.parametrize(
    ("body", "status", "said"),
    [
        ({"question": ""}, 422, "empty"),
        ({"question": " \u200b\n"}, 422, "empty"),
        ({"question": "x" * 99_000}, 422, "characters"),
        ({"question": "x" * 200_000}, 422, "100000 characters"),
        ({}, 422, "question"),
        ({"question": QUESTION, "as_of": "soon"}, 422, "is not a date"),
        ({"question": QUESTION, "filters": {"since": "31 February"}}, 422, "is not a date"),
        ({"question": QUESTION, "filters": {"outlet": "x"}}, 422, "filters.outlet"),
    ],
)
def test_bad_questions_are_problems_that_say_what_to_do(
    client: TestClient, body: dict[str, Any], status: int, said: str
) -> None:
    """Every refusal is problem+json with a detail that names the fault."""
    reply = client.post("/v1/ask", json=body)
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"
    assert said in reply.json()["detail"]


@pytest.mark.parametrize("path", ["/v1/articles/nowhere", "/v1/articles/nowhere/lines", "/v1/nothing"])
def test_what_is_not_there_is_a_problem_too(client: TestClient, path: str) -> None:
    """An unknown article or route is 404 as problem+json."""
    reply = client.get(path)
    assert (reply.status_code, reply.headers["content-type"]) == (404, "application/problem+json")


def test_articles_are_listed_with_their_dates(client: TestClient) -> None:
    """The seed article is listed with its publication date and where that came from."""
    held = client.get("/v1/articles").json()["articles"]
    assert [(one["id"], one["published_at"], one["published_from"]) for one in held] == [
        ("us-russia-riyadh-talks", "2025-02-18", "metadata")
    ]
    assert client.get("/v1/articles/us-russia-riyadh-talks/revisions").json()["revisions"][0]["lines"] == 9


def test_health_and_readiness(client: TestClient) -> None:
    """A ready server says how much it holds and how old its index is."""
    assert client.get("/healthz").json() == {"status": "ok"}
    ready = client.get("/readyz").json()
    assert (ready["status"], ready["articles"], ready["model"]) == ("ready", 1, "extractive")
    assert ready["index_age_s"] >= 0
