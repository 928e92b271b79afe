"""The HTTP API against its own description: what fits it is answered as it says, and what does not is refused."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from api.http.app import build_app
from bench.stand_in import WordsEmbedder
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds"
EXAMPLES = 6  # for each operation


@schemathesis.serializer("application/x-ndjson")
def _ndjson(_: Any, value: Any) -> bytes:
    return str(value).encode("utf-8", "replace")


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    home = tmp_path_factory.mktemp("home")
    index = Index(home, WordsEmbedder())
    Ingest(index, timer=lambda: 0.0).run([SEEDS])
    app = build_app(Dateline(Settings(home=home, model="extractive"), index, None))
    with TestClient(app, base_url="http://127.0.0.1") as held:
        yield held


def test_every_operation_keeps_to_its_description(client: TestClient) -> None:
    """Requests made from the description get a status, a type and a body that it names, and never a 500."""
    schema = schemathesis.openapi.from_dict(client.get("/openapi.json").json())
    operations = [found.ok() for found in schema.get_all_operations()]  # type: ignore[union-attr]
    assert len(operations) >= 20
    for operation in operations:
        _check(client, operation)


def _check(client: TestClient, operation: Any) -> None:
    @given(case=operation.as_strategy())
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    def one(case: Any) -> None:
        made = case.as_transport_kwargs(base_url="http://127.0.0.1")
        sent = {name: made.get(name) for name in ("params", "headers", "json", "data") if made.get(name) is not None}
        if isinstance(sent.get("data"), bytes | str):
            sent["content"] = sent.pop("data")
        reply = client.request(made["method"], made["url"], **sent)
        assert reply.status_code != 500, (made, reply.text)
        described = operation.definition.raw["responses"]
        assert str(reply.status_code) in described, (made, reply.status_code, reply.text)
        kind = reply.headers.get("content-type", "").partition(";")[0]
        content = described[str(reply.status_code)].get("content", {})
        if content:
            assert kind in content, (made, reply.status_code, kind)
        operation.validate_response(schemathesis.Response.from_any(reply)) if kind == "application/json" else None

    one()


def test_the_description_shows_how_to_ask(client: TestClient) -> None:
    """Each way to ask has an example that works as it stands, and errors are problem documents."""
    described = client.get("/openapi.json").json()
    ask = described["paths"]["/v1/ask"]["post"]
    examples = ask["requestBody"]["content"]["application/json"]["examples"]
    assert set(examples) == {"question", "as_of", "follow_up", "conversation"}
    for example in examples.values():
        assert client.post("/v1/ask", json=example["value"]).status_code == 200
    assert "application/problem+json" in ask["responses"]["422"]["content"]
    assert "text/event-stream" in ask["responses"]["200"]["content"]
    added = described["paths"]["/v1/articles"]["post"]["requestBody"]["content"]["application/json"]["examples"]
    # 200 where another test's request, made of the same example, came first.
    assert client.post("/v1/articles", json=added["article"]["value"]).status_code in (200, 201)


@given(st.text(max_size=300))
@settings(max_examples=40)
def test_any_text_is_a_question_or_a_problem(client: TestClient, text: str) -> None:
    """No text, however odd, is anything but answered or refused."""
    reply = client.post("/v1/ask", json={"question": text, "history": [{"question": text, "answer": text}]})
    assert reply.status_code in {200, 422}


def test_what_can_stream_says_so(client: TestClient) -> None:
    """Each of the three routes that answer is described with both kinds of reply."""
    paths = client.get("/openapi.json").json()["paths"]
    for path in ("/v1/ask", "/v1/chat/completions", "/v1/responses"):
        content = paths[path]["post"]["responses"]["200"]["content"]
        assert {"application/json", "text/event-stream"} <= set(content), path
