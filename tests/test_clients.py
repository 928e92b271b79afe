"""LangChain's and LlamaIndex's own OpenAI clients, unchanged, and Dateline as a retriever of both.

They run in a process and an environment of their own, over TCP, as a user's program does: `make clients` installs it.
"""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from api.clients.search import Search, SearchFailed
from api.http.app import build_app
from bench.stand_in import WordsEmbedder
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.chat import ScriptedModel
from rag.settings import Settings
from tests.answers import says
from tests.widget_world import Served, served

ROOT = Path(__file__).parents[1]
CLIENTS = ROOT / ".venv-clients"
QUESTION = "Who was excluded from the Riyadh talks?"
SEED = ROOT / "seeds" / "us-russia-riyadh-talks.txt"

needs_clients = pytest.mark.skipif(
    not (CLIENTS / ".installed").exists(), reason="needs others' clients: make clients"
)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """Dateline over the seed article, its model scripted."""
    home = tmp_path_factory.mktemp("home")
    index = Index(home, WordsEmbedder())
    Ingest(index, timer=lambda: 0.0).run([SEED])
    model = ScriptedModel([says("Ukraine", ("Ukraine was excluded from the talks.", [1]))], repeat=True)
    dateline = Dateline(Settings(home=home, model="extractive"), index, model)
    dateline.asker.hopeless = -1.0  # an embedder of plain words is less sure than a real one
    with served(build_app(dateline)) as running:
        yield running
    dateline.close()


@pytest.fixture(scope="module")
def answer(server: Served) -> dict[str, Any]:
    """What Dateline itself says."""
    told = httpx2.post(f"{server.origin}/v1/ask", json={"question": QUESTION}).raise_for_status().json()
    assert told["outcome"] == "answered"
    assert told["citations"]
    return told  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def programs(server: Served) -> Iterator[dict[str, subprocess.Popen[str]]]:
    """A program of each framework, running beside one another: most of their time goes into imports."""
    environ = {**os.environ, "PYTHONPATH": str(ROOT), "NO_PROXY": "127.0.0.1", "LANGSMITH_TRACING": "false"}
    command = [str(CLIENTS / "bin" / "python"), "-I", "-c"]
    begun = {}
    for name in ("langchain", "llama_index"):
        # Isolated, so that only the checkout is found beside what is installed there.
        code = f"import runpy, sys; sys.path.insert(0, {str(ROOT)!r}); sys.argv = ['', {server.origin!r}]; "
        code += f"runpy.run_module('tests.framework_{name}', run_name='__main__')"
        begun[name] = subprocess.Popen(
            [*command, code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environ
        )
    yield begun
    for one in begun.values():
        one.kill()
        one.communicate()


def nearest(server: Served) -> list[dict[str, Any]]:
    """What the search itself finds."""
    reply = httpx2.post(f"{server.origin}/v1/search?limit=3", json={"question": QUESTION}).raise_for_status()
    hits: list[dict[str, Any]] = reply.json()["hits"]
    assert hits
    return hits


def said(program: subprocess.Popen[str]) -> dict[str, Any]:
    """What it printed."""
    out, err = program.communicate(timeout=300)
    assert program.returncode == 0, err
    found: dict[str, Any] = json.loads(out)
    return found


@needs_clients
def test_langchain_asks_and_retrieves(
    server: Served, answer: dict[str, Any], programs: dict[str, subprocess.Popen[str]]
) -> None:
    """ChatOpenAI by both APIs, streamed or not, says the cited answer; the retriever finds lines with their links."""
    got = said(programs["langchain"])
    for way in ("chat", "streamed", "prompted", "responses", "responses_streamed", "follow_up"):
        assert got[way]["text"] == answer["answer"], way
        assert got[way]["tokens"] > 100, way
    assert got["pieces"] > 1
    links = [server.origin + citation["permalink"] for citation in answer["citations"]]
    assert got["responses"]["urls"] == got["responses_streamed"]["urls"] == links
    lines = SEED.read_text("utf-8").split("\n")
    assert got["found"] == got["found_async"]
    assert [one["page_content"] for one in got["found"]] == [hit["text"] for hit in nearest(server)]
    for document in got["found"]:
        known = document["metadata"]
        assert document["page_content"] == "\n".join(lines[known["first_line"] - 1 : known["last_line"]])
        assert known["article_id"] == SEED.stem
        assert known["published_at"] == "2025-02-18"
        assert httpx2.get(known["permalink"]).status_code == 200
    assert got["chained"] == lines[0]
    assert (got["found_one"], got["found_before"], got["found_elsewhere"]) == (1, 0, 0)
    assert got["refused"].startswith("404")
    assert "is `dateline serve` running?" in got["unreachable"]
    assert "is no address" in got["no_address"]


@needs_clients
def test_llama_index_asks_and_retrieves(
    server: Served, answer: dict[str, Any], programs: dict[str, subprocess.Popen[str]]
) -> None:
    """OpenAILike, streamed or not, says the cited answer; the retriever finds lines, with what a model is to read."""
    got = said(programs["llama_index"])
    assert {got[way] for way in ("chat", "streamed", "async", "completed")} == {answer["answer"]}
    assert got["pieces"] > 1
    assert (
        got["urls"]
        == got["completed_urls"]
        == [server.origin + citation["permalink"] for citation in answer["citations"]]
    )
    assert (got["outcome"], got["streamed_outcome"]) == ("answered", "answered")
    lines = SEED.read_text("utf-8").split("\n")
    assert [one["id"] for one in got["found"]] == got["found_async"]
    assert [one["text"] for one in got["found"]] == [hit["text"] for hit in nearest(server)]
    for node in got["found"]:
        assert node["text"] == "\n".join(lines[node["first_line"] - 1 : node["last_line"]])
        assert node["permalink"].startswith(f"{server.origin}/articles/{SEED.stem}?rev=")
    assert got["found_before"] == 0
    assert got["read"].startswith(f"title: {lines[0]}\n")
    assert "permalink" not in got["read"]
    assert got["refused"].startswith("404")
    assert "is `dateline serve` running?" in got["unreachable"]


def test_the_search_they_share(server: Served) -> None:
    """Needs no framework: hits with absolute links, a moment asked about, filters; mistakes in the server's words."""
    search = Search(f"{server.origin}/v1/")
    (first, *_) = search(QUESTION, limit=1, as_of="2025-02-18", filters={"languages": ["en"]})
    assert first["permalink"].startswith(f"{server.origin}/articles/{SEED.stem}?rev=")
    assert search(QUESTION, filters={"languages": ["fr"]}) == []
    mistakes: list[tuple[Callable[[], object], str]] = [
        (lambda: search(" "), "422: .*empty"),
        (lambda: search(QUESTION, filters={"outlet": "x"}), "422: .*outlet"),
        (lambda: search(QUESTION, as_of="soon"), "is not a date"),
        (lambda: Search("no address")(QUESTION), "is no address"),
        (lambda: Search(server.origin + "/healthz?")(QUESTION), "40[45]|not as Dateline does"),
    ]
    for mistake, words in mistakes:
        with pytest.raises(SearchFailed, match=words):
            mistake()
    assert "secret" not in repr(Search(api_key="sk_secret"))
