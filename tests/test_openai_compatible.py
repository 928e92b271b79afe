"""OpenAI's own client, unchanged, pointed at Dateline: what it asks for it gets, streamed or not."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx2
import openai
import pytest
from starlette.testclient import TestClient

from api.http.app import build_app
from index.embedder import Embedder
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.chat import ScriptedModel
from rag.settings import Settings
from tests.answers import says

SEEDS = Path(__file__).parent.parent / "seeds"
QUESTION = "Who was excluded from the Riyadh talks?"
UNKNOWN = "Who won the 2024 US presidential election?"


@pytest.fixture(scope="module")
def dateline(tmp_path_factory: pytest.TempPathFactory, real_embedder: Embedder) -> Iterator[Dateline]:
    home = tmp_path_factory.mktemp("home")
    index = Index(home, real_embedder)
    Ingest(index, timer=lambda: 0.0).run([SEEDS])
    held = Dateline(Settings(home=home, model="extractive", public_url="https://ask.example"), index, None)
    yield held
    held.close()


@pytest.fixture(scope="module")
def http(dateline: Dateline) -> TestClient:
    return TestClient(build_app(dateline), base_url="http://testserver")


@pytest.fixture(scope="module")
def client(http: TestClient) -> openai.OpenAI:
    """The real client; its requests go straight to the application."""

    def send(request: httpx2.Request) -> httpx2.Response:
        reply = http.request(request.method, request.url.path, content=request.content, headers=dict(request.headers))
        headers = {name: value for name, value in reply.headers.items() if name != "content-length"}
        return httpx2.Response(reply.status_code, headers=headers, content=reply.content)

    transport = httpx2.MockTransport(send)
    return openai.OpenAI(
        base_url="http://testserver/v1", api_key="none", max_retries=0, http_client=httpx2.Client(transport=transport)
    )


def extra(value: Any) -> dict[str, Any]:
    """What a reply holds beyond OpenAI's fields, under `dateline`."""
    found = (value.model_extra or {})["dateline"]
    assert isinstance(found, dict)
    return found


def test_a_chat_completion_is_the_answer_with_its_citations(client: openai.OpenAI) -> None:
    """Text, annotations at their markers, and the whole answer beside them."""
    reply = client.chat.completions.create(model="gpt-whatever", messages=[{"role": "user", "content": QUESTION}])
    message, answer = reply.choices[0].message, extra(reply)
    assert message.content == answer["answer"] != ""
    assert (reply.choices[0].finish_reason, reply.model) == ("stop", "dateline")
    assert message.annotations
    assert message.content
    for note in message.annotations:
        assert note.type == "url_citation"
        cited = note.url_citation
        marker = message.content[cited.start_index : cited.end_index]
        (citation,) = (c for c in answer["citations"] if f"[{c['marker']}]" == marker)
        assert cited.url == "https://ask.example" + citation["permalink"]
        assert cited.title == citation["article"]["title"]
        assert (cited.model_extra or {})["quote"] == citation["quote"]


def test_a_streamed_chat_says_what_a_whole_one_says(client: openai.OpenAI) -> None:
    """The client's own accumulation of the stream gives the same message."""
    messages: list[Any] = [{"role": "user", "content": QUESTION}]
    whole = client.chat.completions.create(model="dateline", messages=messages)
    with client.chat.completions.stream(
        model="dateline", messages=messages, stream_options={"include_usage": True}
    ) as stream:
        chunks = [event for event in stream if event.type == "chunk"]
        streamed = stream.get_final_completion()
    assert streamed.choices[0].message.content == whole.choices[0].message.content
    assert [n.model_dump() for n in streamed.choices[0].message.annotations or []] == [
        n.model_dump() for n in whole.choices[0].message.annotations or []
    ]
    assert streamed.choices[0].finish_reason == "stop"
    assert streamed.usage is not None
    assert streamed.usage.model_dump(exclude_none=True) == (
        whole.usage.model_dump(exclude_none=True) if whole.usage else None
    )
    ends = [chunk.chunk for chunk in chunks if (chunk.chunk.model_extra or {}).get("dateline")]
    assert extra(ends[0])["citations"] == extra(whole)["citations"]


def test_a_response_is_the_answer_with_its_citations(client: openai.OpenAI) -> None:
    """The Responses API gives the same text and annotations, typed as its own."""
    reply = client.responses.create(model="dateline", input=QUESTION)
    assert reply.status == "completed"
    assert reply.output_text == extra(reply)["answer"] != ""
    (item,) = reply.output
    assert item.type == "message"
    (part,) = item.content
    assert part.type == "output_text"
    assert part.annotations
    for note in part.annotations:
        assert note is not None
        assert note.type == "url_citation"
        assert note.url.startswith("https://ask.example/articles/")
        assert part.text[note.start_index : note.end_index].startswith("[")


def test_a_streamed_response_says_what_a_whole_one_says(client: openai.OpenAI) -> None:
    """The client's own accumulation of the events gives the same output."""
    whole = client.responses.create(model="dateline", input=QUESTION)
    with client.responses.stream(model="dateline", input=QUESTION) as stream:
        kinds = [event.type for event in stream]
        streamed = stream.get_final_response()
    assert kinds[0] == "response.created"
    assert kinds[-1] == "response.completed"
    assert "response.output_text.delta" in kinds
    assert "response.output_text.annotation.added" in kinds
    assert streamed.output_text == whole.output_text
    shown = [item.model_dump(exclude={"id"}, exclude_none=True) for item in whole.output]
    for item in streamed.output:
        told = item.model_dump(exclude={"id"}, exclude_none=True)
        for part in told["content"]:
            part.pop("parsed", None)
        assert told == shown[0]


def test_what_the_articles_do_not_say_is_said_so(client: openai.OpenAI) -> None:
    """No answer is a message that says why, without annotations."""
    reply = client.chat.completions.create(model="dateline", messages=[{"role": "user", "content": UNKNOWN}])
    assert reply.choices[0].message.content == extra(reply)["note"]
    assert reply.choices[0].message.annotations == []
    assert extra(reply)["outcome"] == "insufficient"
    streamed = client.chat.completions.create(
        model="dateline", messages=[{"role": "user", "content": UNKNOWN}], stream=True
    )
    text = "".join(chunk.choices[0].delta.content or "" for chunk in streamed)
    assert text == reply.choices[0].message.content


def test_the_moment_asked_about_goes_in_the_extra_body(client: openai.OpenAI) -> None:
    """As of the day before the article there is nothing to say."""
    messages: list[Any] = [{"role": "user", "content": [{"type": "text", "text": QUESTION}]}]
    before = client.chat.completions.create(model="d", messages=messages, extra_body={"as_of": "2025-02-17"})
    after = client.chat.completions.create(model="d", messages=messages, extra_body={"as_of": "2025-02-18"})
    assert (extra(before)["outcome"], extra(after)["outcome"]) == ("insufficient", "answered")


def test_a_model_that_writes_is_counted(dateline: Dateline, client: openai.OpenAI) -> None:
    """Tokens of prompt and reply are those of the language model, and streaming tells the same."""
    asker, before = dateline.asker, dateline.asker.model
    reply = says("Ukraine", ("Ukraine was excluded from the talks.", [1]))
    asker.model = ScriptedModel([reply], repeat=True)
    try:
        TestClient(build_app(dateline))  # wraps the model, as every application does
        told = client.responses.create(model="dateline", input=QUESTION)
    finally:
        asker.model = before
    assert told.usage is not None
    assert told.usage.input_tokens > 100
    assert told.usage.output_tokens > 5
    assert told.usage.total_tokens == told.usage.input_tokens + told.usage.output_tokens


def test_a_response_is_gone_on_from(client: openai.OpenAI) -> None:
    """previous_response_id finds what was said; from an earlier turn another way on can be taken."""
    first = client.responses.create(model="dateline", input=QUESTION)
    second = client.responses.create(model="dateline", input="Where were they held?", previous_response_id=first.id)
    other = client.responses.create(model="dateline", input="Who spoke?", previous_response_id=first.id)
    third = client.responses.create(model="dateline", input="And then?", previous_response_id=second.id)
    assert len({first.id, second.id, other.id, third.id}) == 4
    forgotten = client.responses.create(model="dateline", input=QUESTION, store=False)
    with pytest.raises(openai.BadRequestError, match="there is no response"):
        client.responses.create(model="dateline", input="And?", previous_response_id=forgotten.id)


def test_the_one_model_is_listed(client: openai.OpenAI) -> None:
    """Front ends that list models find one, and another name is not found."""
    assert [model.id for model in client.models.list()] == ["dateline"]
    assert client.models.retrieve("dateline").owned_by == "dateline"
    with pytest.raises(openai.NotFoundError):
        client.models.retrieve("other")


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"messages": [{"role": "user", "content": " "}]}, "empty"),
        ({"messages": [{"role": "assistant", "content": "Hello."}]}, "the last one must be"),
        ({"messages": [{"role": "user", "content": "x" * 50_000}]}, "characters"),
        ({"n": 3}, "n:"),
        ({"logprobs": True}, "logprobs"),
        ({"response_format": {"type": "json_object"}}, "response_format"),
        ({"tool_choice": "required"}, "tool_choice"),
        (
            {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://x"}}]}]},
            "only text",
        ),
        ({"messages": "hello"}, "messages"),
    ],
)
def test_what_cannot_be_is_refused_in_openais_words(client: openai.OpenAI, more: dict[str, Any], said: str) -> None:
    """The client raises its BadRequestError, with our words in it."""
    body: dict[str, Any] = {"model": "dateline", "messages": [{"role": "user", "content": QUESTION}], **more}
    with pytest.raises(openai.BadRequestError, match=said):
        client.chat.completions.create(**body)


def test_what_other_models_understand_is_passed_over(client: openai.OpenAI) -> None:
    """Settings of a language model do no harm."""
    reply = client.chat.completions.create(
        model="gpt-4o",
        messages=[{"role": "system", "content": "Be brief."}, {"role": "user", "content": QUESTION}],
        temperature=0.7,
        max_tokens=50,
        top_p=0.9,
        seed=1,
        user="someone",
        tools=[{"type": "function", "function": {"name": "f", "parameters": {}}}],
    )
    assert extra(reply)["outcome"] == "answered"
