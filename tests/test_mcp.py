"""The SDK's own client, in process, over HTTP and over stdio: search, fetch and ask."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from collections.abc import Iterator
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
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.settings import Settings

SEEDS = Path(__file__).parent.parent / "seeds"
SEED = "us-russia-riyadh-talks"
QUESTION = "Who was excluded from the Riyadh talks?"


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
            listening = await http.get("http://127.0.0.1/mcp")
        return seen, refused.status_code, listening.status_code

    seen, refused, listening = asyncio.run(run())
    check(seen)
    assert (refused, listening) == (401, 405)


def test_over_stdio_the_command_serves(tmp_path: Path) -> None:
    """`dateline mcp` answers on standard output with nothing else on it."""
    environ = {**os.environ, "DATELINE_HOME": str(tmp_path), "DATELINE_MODEL": "extractive"}
    program = StdioServerParameters(command=sys.executable, args=["-c", "from api.cli import main; main()", "mcp"])
    program.env = environ

    async def run() -> tuple[list[str], types.CallToolResult]:
        async with Client(program) as client:
            return [tool.name for tool in (await client.list_tools()).tools], await client.call_tool(
                "search", {"query": "anything at all"}
            )

    tools, found = asyncio.run(run())
    assert tools == ["search", "fetch", "ask"]
    assert found.structured_content == {"results": []}
