"""The SDK's own client, in process, over HTTP and over stdio: search, fetch and ask."""

from __future__ import annotations

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from mcp import Client, StdioServerParameters, types
from mcp.client.streamable_http import streamable_http_client

from api.http.app import build_app
from api.http.keys import Kind
from api.http.service import Service
from api.mcp import build_server
from bench.stand_in import WordsEmbedder
from index.embedder import Embedder
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.settings import Settings
from tests.running import PATIENCE_S, QUESTION, Endpoint, SlowModel, listening
from tests.widget_world import served

SEEDS = Path(__file__).parent.parent / "seeds"
SEED = "us-russia-riyadh-talks"


@pytest.fixture(scope="module")
def dateline(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dateline]:
    home = tmp_path_factory.mktemp("home")
    index = Index(home, WordsEmbedder())
    Ingest(index, timer=lambda: 0.0).run([SEEDS])
    yield Dateline(Settings(home=home, model="extractive"), index, None)
    index.close()


def words(result: types.CallToolResult) -> str:
    """The one text of a result."""
    (content,) = result.content
    assert isinstance(content, types.TextContent)
    return content.text


async def tour(client: Client) -> dict[str, Any]:
    """What a connector does: list the tools, search, fetch what was found, ask; and some mistakes."""
    found = await client.call_tool("search", {"query": QUESTION})
    first = json.loads(words(found))["results"][0]
    return {
        "tools": [tool.name for tool in (await client.list_tools()).tools],
        "found": found,
        "fetched": await client.call_tool("fetch", {"id": first["id"]}),
        "answer": await client.call_tool("ask", {"question": QUESTION}),
        "before": await client.call_tool("ask", {"question": QUESTION, "as_of": "2025-02-17"}),
        "missing": await client.call_tool("fetch", {"id": "nowhere"}),
        "empty": await client.call_tool("search", {"query": " "}),
        "undated": await client.call_tool("ask", {"question": QUESTION, "as_of": "soon"}),
    }


def check(seen: dict[str, Any]) -> None:
    """The shape that connectors expect, whatever the transport."""
    assert seen["tools"] == ["search", "fetch", "ask"]
    results = json.loads(words(seen["found"]))["results"]
    assert seen["found"].structured_content == {"results": results}
    assert [(one["id"], one["title"]) for one in results] == [(SEED, results[0]["title"])]
    assert results[0]["url"].startswith("http")
    fetched = json.loads(words(seen["fetched"]))
    assert set(fetched) == {"id", "title", "text", "url", "metadata"}
    assert fetched["text"] == (SEEDS / f"{SEED}.txt").read_text("utf-8")
    assert seen["before"].structured_content["outcome"] == "insufficient"
    answer = seen["answer"].structured_content
    if answer["outcome"] == "answered":  # an embedder of plain words may be less sure than a real one
        assert words(seen["answer"]).startswith(answer["answer"])
        assert answer["citations"][0]["permalink"] in words(seen["answer"])
    for mistake, said in (("missing", "no article"), ("empty", "empty"), ("undated", "is not a date")):
        assert seen[mistake].is_error
        assert said in words(seen[mistake])


def test_an_assistant_in_process_searches_fetches_and_asks(dateline: Dateline) -> None:
    """The tools do what connectors expect, and mistakes are told as errors with the way on."""

    async def run() -> dict[str, Any]:
        async with Client(build_server(Service(dateline))) as client:
            return await tour(client)

    check(asyncio.run(run()))


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_over_http_it_does_the_same_behind_the_same_door(dateline: Dateline, mode: Any) -> None:
    """Streamable HTTP at /mcp, by the newest protocol and the ones before, and only with a secret key."""
    app = build_app(dateline)
    service: Service = app.state.service
    service.close = lambda: None  # type: ignore[method-assign]  # other tests go on with the index
    _, key = service.keys.create(Kind.SECRET, "assistant")

    async def run() -> tuple[dict[str, Any], int, int]:
        transport = httpx2.ASGITransport(app=app)
        sent = {"Authorization": f"Bearer {key}"}
        async with app.router.lifespan_context(app), httpx2.AsyncClient(transport=transport, headers=sent) as http:
            async with Client(streamable_http_client("http://127.0.0.1/mcp", http_client=http), mode=mode) as client:
                seen = await tour(client)
            refused = await http.post("http://127.0.0.1/mcp", json={}, headers={"Authorization": "Bearer sk_wrong"})
            watching = await http.get("http://127.0.0.1/mcp")
        return seen, refused.status_code, watching.status_code

    seen, refused, watching = asyncio.run(run())
    check(seen)
    assert (refused, watching) == (401, 405)


async def happens(true: Callable[[], object]) -> None:
    """Wait until it is true."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it did not happen"
        await asyncio.sleep(0.02)


async def cancelled(client: Client, asked: Callable[[], object]) -> None:
    """Ask, and once the model is at it, cancel."""
    task = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
    await happens(asked)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def left(client: Client, asked: Callable[[], object]) -> None:
    """Ask, and once the model is at it, leave without a word: the caller's connection ends."""
    task = asyncio.create_task(client.call_tool("ask", {"question": QUESTION}))
    await happens(asked)
    task.add_done_callback(lambda ended: ended.cancelled() or ended.exception())


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_who_cancels_or_leaves_over_http_stops_the_model(dateline: Dateline, mode: Any) -> None:
    """By the newest protocol and the ones before: the model's stream is closed, the place is free, others go on."""
    model = SlowModel()
    asker, before, hopeless = dateline.asker, dateline.asker.model, dateline.asker.hopeless
    asker.model, asker.hopeless = model, -1.0
    app = build_app(dateline)
    service: Service = app.state.service
    service.close = lambda: None  # type: ignore[method-assign]  # other tests go on with the index
    turns = service.limits.asking
    _, key = service.keys.create(Kind.SECRET, "assistant")

    async def run(port: int) -> types.CallToolResult:
        url = f"http://127.0.0.1:{port}/mcp"
        async with httpx2.AsyncClient(headers={"Authorization": f"Bearer {key}"}, timeout=PATIENCE_S) as http:
            async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
                await cancelled(client, lambda: model.running)
                await happens(lambda: model.left == 1 and not turns.busy)
                other = await client.call_tool("search", {"query": QUESTION})  # the same client goes on
            try:
                async with Client(streamable_http_client(url, http_client=http), mode=mode) as client:
                    await left(client, lambda: model.running)
            except* Exception as late:  # the SDK's client, leaving, may hand a last reply to a reader it has closed
                if {type(one).__name__ for one in late.exceptions} != {"ClosedResourceError"}:
                    raise
        await happens(lambda: model.left == 2 and not turns.busy)
        return other

    try:
        with listening(app) as (_, port):
            found = asyncio.run(run(port))
    finally:
        asker.model, asker.hopeless = before, hopeless
    assert json.loads(words(found))["results"][0]["id"] == SEED
    assert (model.asked, model.running) == (2, 0)


def test_over_stdio_the_command_serves_and_stops(tmp_path: Path, real_embedder: Embedder) -> None:
    """`dateline mcp` answers on standard output with nothing else on it; who cancels or leaves stops the model."""
    index = Index(tmp_path, real_embedder)
    Ingest(index, timer=lambda: 0.0).run([SEEDS])
    index.close()
    program = StdioServerParameters(command=sys.executable, args=["-c", "from api.cli import main; main()", "mcp"])
    endpoint = Endpoint()

    async def run() -> tuple[list[str], types.CallToolResult]:
        async with Client(program) as client:
            tools = [tool.name for tool in (await client.list_tools()).tools]
            await cancelled(client, lambda: endpoint.asked == 1)
            await happens(lambda: endpoint.left == 1)
            found = await client.call_tool("search", {"query": QUESTION})
            await left(client, lambda: endpoint.asked == 2)
        await happens(lambda: endpoint.left == 2)
        return tools, found

    with served(endpoint.app()) as running:
        program.env = {
            **os.environ,
            "DATELINE_HOME": str(tmp_path),
            "DATELINE_BASE_URL": f"{running.origin}/v1",
            "DATELINE_MODEL": "slow",
        }
        tools, found = asyncio.run(run())
    assert tools == ["search", "fetch", "ask"]
    assert json.loads(words(found))["results"][0]["id"] == SEED
