"""Asking over HTTP: another Dateline, and any OpenAI-compatible endpoint."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import httpx2
import pytest

from eval.articles import GivenArticles
from eval.errors import AskFailed
from eval.gold import GoldQuestion, Relevant
from eval.record import graded
from eval.remote import OpenAIAsker, WireAsker, asker, to_wire
from eval.scripted import answer_of, citation_of
from eval.why import reasons

TEXT = "Talks end\nKyiv was not invited.\nThey lasted four hours."
ARTICLES = GivenArticles.of({"a b": TEXT})
REVISION = ARTICLES.text("a b").revision
MOMENT = dt.datetime(2025, 2, 20, tzinfo=dt.UTC)
Handler = Callable[[httpx2.Request], httpx2.Response]


def client(handler: Handler) -> httpx2.Client:
    """A client whose requests go to a function."""
    return httpx2.Client(transport=httpx2.MockTransport(handler))


def test_the_native_route_is_asked_with_its_moment() -> None:
    """The question goes out with its as_of and explain, and the answer comes back as it is."""
    seen: list[dict[str, Any]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(json.loads(request.content))
        return httpx2.Response(200, json=answer_of("Who?", "Kyiv", []))

    there = WireAsker("http://127.0.0.1:9/v1/ask", client=client(handler))
    assert there.ask("Who?", as_of=MOMENT)["answer"] == "Kyiv"
    there.ask("Who?", as_of=None)
    assert seen[0] == {"question": "Who?", "explain": True, "as_of": "2025-02-20T00:00:00Z"}
    assert "as_of" not in seen[1]


@pytest.mark.parametrize(
    ("response", "says"),
    [
        (httpx2.Response(503, json={"title": "Busy", "detail": "The index is being built."}), "503: The index"),
        (httpx2.Response(502, text="<html>"), "without JSON"),
        (httpx2.Response(200, json=[1]), "HTTP 200"),
        (httpx2.Response(200, json={"answer": "Kyiv"}), "no outcome"),
        (httpx2.Response(200, content=b" " * (5 * 1024 * 1024)), "a reply of"),
    ],
)
def test_what_is_no_answer_is_an_error(response: httpx2.Response, says: str) -> None:
    """A failing, foreign or oversized reply is an error of that question, with what came."""
    with pytest.raises(AskFailed, match=says):
        WireAsker("http://127.0.0.1:9/v1/ask", client=client(lambda _: response)).ask("Who?", as_of=None)


def test_a_server_that_is_down_is_an_error() -> None:
    """A connection that fails is told with the address."""

    def handler(request: httpx2.Request) -> httpx2.Response:
        raise httpx2.ConnectError("refused", request=request)

    with pytest.raises(AskFailed, match="is it running"):
        WireAsker("http://127.0.0.1:9/v1/ask", client=client(handler)).ask("Who?", as_of=None)


def completion(text: str, annotations: list[dict[str, Any]] | None = None) -> dict[str, Any]:
    """A chat completion as OpenAI's API gives it."""
    return {
        "id": "c",
        "object": "chat.completion",
        "created": 1,
        "model": "some-model",
        "choices": [
            {
                "index": 0,
                "finish_reason": "stop",
                "message": {"role": "assistant", "content": text, "refusal": None, "annotations": annotations or []},
            }
        ],
        "usage": {"prompt_tokens": 10, "completion_tokens": 5, "total_tokens": 15},
    }


def cited(start: int, end: int) -> dict[str, Any]:
    """A url_citation of line 2 with its quote, as Dateline's own endpoint writes it."""
    given = citation_of(1, ARTICLES, "a b", 2, 2)
    url = f"http://127.0.0.1/articles/a%20b?rev={REVISION}#L2"
    return {
        "type": "url_citation",
        "url_citation": {
            "url": url,
            "title": "Talks end",
            "start_index": start,
            "end_index": end,
            "quote": given["quote"],
        },
    }


def test_an_openai_endpoint_is_graded_by_the_same_measures() -> None:
    """A completion that cites an article's lines becomes an answer whose citation is read back and holds."""
    text = "Kyiv was not invited.[1] The talks lasted long."
    seen: list[dict[str, Any]] = []

    def handler(request: httpx2.Request) -> httpx2.Response:
        seen.append(json.loads(request.content))
        return httpx2.Response(200, json=completion(text, [cited(21, 24)]))

    there = OpenAIAsker("http://127.0.0.1:9/v1/chat/completions", model="m", client=client(handler))
    gold = GoldQuestion(
        id="q", question="Who?", answer="Kyiv", relevant=(Relevant("a b", 2, 2),), answerable=True, kind="single_fact"
    )
    case = graded(gold, there.ask("Who?", as_of=MOMENT), ARTICLES)
    assert reasons(case) == []
    assert case.correct
    assert [s["citations"] for s in case.sentences] == [[1], []]
    assert case.answer is not None
    assert case.answer["usage"]["prompt_tokens"] == 10
    assert "2025-02-20" in seen[0]["messages"][0]["content"]
    assert seen[0]["messages"][-1] == {"role": "user", "content": "Who?"}


@pytest.mark.parametrize(
    ("outcome", "beside", "refusal"),
    [
        ("answered", {}, None),
        ("answered", {"dateline": {"outcome": "partial"}}, None),
        ("insufficient", {"dateline": {"outcome": "insufficient"}}, None),
        ("insufficient", {}, "I cannot help with that."),
        ("answered", {"dateline": "of another kind"}, None),
    ],
)
def test_a_refusal_told_beside_the_text_is_one(outcome: str, beside: dict[str, Any], refusal: str | None) -> None:
    """A Dateline says how a question ended beside its text, and OpenAI has a field for refusals: both are heard."""
    reply = completion("The nearest lines say nothing about it; see them as reading.") | beside
    reply["choices"][0]["message"] |= {"refusal": refusal} | ({"content": None} if refusal else {})
    there = OpenAIAsker("http://127.0.0.1:9/v1", model="m", client=client(lambda _: httpx2.Response(200, json=reply)))
    assert there.ask("Who?", as_of=None)["outcome"] == outcome


@pytest.mark.parametrize(
    ("text", "outcome"),
    [
        ("NOT IN THE ARTICLES", "insufficient"),
        ("Not in the articles.", "insufficient"),
        ("The articles do not say who won.", "insufficient"),
        ("I don't know the answer to that.", "insufficient"),
        ("", "insufficient"),
        ("Kyiv was not in the articles' list of guests.", "answered"),
        ("The articles say Kyiv was left out.", "answered"),
    ],
)
def test_refusals_are_told_from_answers(text: str, outcome: str) -> None:
    """A reply that says only that the articles do not say is a refusal; anything else is an answer."""
    told = to_wire("Who?", text, [], model="m")
    assert told["outcome"] == outcome
    assert bool(told["sentences"]) is (outcome == "answered")


@pytest.mark.parametrize(
    "note",
    [
        {"type": "url_citation", "url_citation": {"url": "https://example.org/page", "title": "x"}},
        {"type": "url_citation", "url_citation": {"url": "https://example.org/articles/a#top"}},
        {"type": "file_citation"},
        {"url": 7},
        {"url": "http://127.0.0.1/articles/a#L99999999999"},
    ],
)
def test_other_citations_are_left_out(note: dict[str, Any]) -> None:
    """An annotation that does not lead to lines of an article is no citation, and does no harm."""
    assert to_wire("Who?", "Kyiv.", [note], model="m")["citations"] == []


def test_a_failing_endpoint_is_an_error() -> None:
    """An endpoint that refuses, or replies without a message, is an error of that question."""
    refusing = OpenAIAsker("http://127.0.0.1:9/v1", model="m", client=client(lambda _: httpx2.Response(401, json={})))
    with pytest.raises(AskFailed, match="AuthenticationError"):
        refusing.ask("Who?", as_of=None)
    empty = OpenAIAsker(
        "http://127.0.0.1:9/v1",
        model="m",
        client=client(lambda _: httpx2.Response(200, json={**completion(""), "choices": []})),
    )
    with pytest.raises(AskFailed, match="without a message"):
        empty.ask("Who?", as_of=None)


def test_the_address_says_how_to_ask() -> None:
    """An address that ends in /ask is a Dateline's, any other http address an OpenAI-compatible one."""
    assert isinstance(asker("http://127.0.0.1:9/v1/ask"), WireAsker)
    assert isinstance(asker("http://127.0.0.1:9/v1"), OpenAIAsker)
    with pytest.raises(AskFailed, match="not an http address"):
        asker("ftp://127.0.0.1/v1/ask")
