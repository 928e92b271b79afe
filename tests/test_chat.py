"""The seam to language models: a real HTTP endpoint that behaves and misbehaves, the embedded model, and the fake."""

from __future__ import annotations

import json
import math
import os
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

import rag.chat
from rag import taught
from rag.build import open_model
from rag.chat import ChatModel, Completion, EndpointModel, Message, ScriptedModel, chance
from rag.errors import ModelDown, ModelError, ModelMissing, ModelNonsense, ModelRefused, ModelSlow
from rag.local_model import EmbeddedModel
from rag.models import CATALOGUE, verify
from rag.prompt import template
from rag.settings import Settings

KEY = "sk-very-secret"
ASK = [Message("system", "Be short."), Message("user", "Who was left out?")]
SCHEMA = {
    "type": "object",
    "properties": {"answer": {"type": "string"}, "lines": {"type": "array", "items": {"type": "integer"}}},
    "required": ["answer", "lines"],
    "additionalProperties": False,
}


class Endpoint:
    """A real HTTP server on loopback whose behaviour a test gives; keeps every request body."""

    def __init__(self, behave: Callable[[dict[str, Any], BaseHTTPRequestHandler], None]) -> None:
        self.bodies: list[dict[str, Any]] = []
        self.hung_up = threading.Event()
        self.release = threading.Event()
        endpoint = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
                endpoint.bodies.append(body)
                try:
                    behave(body, self)
                except (BrokenPipeError, ConnectionResetError):
                    endpoint.hung_up.set()

            def log_message(self, *_: object) -> None:
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.thread = threading.Thread(target=self.server.serve_forever, kwargs={"poll_interval": 0.01})
        self.thread.start()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}/v1"

    def stop(self) -> None:
        self.release.set()
        self.server.shutdown()
        self.server.server_close()
        self.thread.join()


Serve = Callable[[Callable[[dict[str, Any], BaseHTTPRequestHandler], None]], Endpoint]


@pytest.fixture
def serve() -> Iterator[Serve]:
    """Start endpoints, and stop them when the test is over."""
    started: list[Endpoint] = []

    def start(behave: Callable[[dict[str, Any], BaseHTTPRequestHandler], None]) -> Endpoint:
        started.append(Endpoint(behave))
        return started[-1]

    yield start
    for endpoint in started:
        endpoint.stop()


def reply(handler: BaseHTTPRequestHandler, status: int, body: bytes, kind: str = "application/json") -> None:
    """Send one whole HTTP reply."""
    handler.send_response(status)
    handler.send_header("Content-Type", kind)
    handler.send_header("Content-Length", str(len(body)))
    handler.end_headers()
    handler.wfile.write(body)


def said(text: str | None, finish: str = "stop") -> bytes:
    """A chat completion in OpenAI's shape."""
    message = {"role": "assistant", "content": text}
    choices = [{"index": 0, "message": message, "finish_reason": finish}]
    usage = {"prompt_tokens": 12, "completion_tokens": 3, "total_tokens": 15}
    return json.dumps(
        {"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": choices, "usage": usage}
    ).encode()


def refusal(message: str, param: str | None = None) -> bytes:
    """An error in OpenAI's shape."""
    return json.dumps({"error": {"message": message, "type": "invalid_request_error", "param": param}}).encode()


def piece(text: str) -> bytes:
    """One event of a stream in OpenAI's shape."""
    choices = [{"index": 0, "delta": {"content": text}, "finish_reason": None}]
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "m", "choices": choices}
    return f"data: {json.dumps(chunk)}\n\n".encode()


def start_stream(handler: BaseHTTPRequestHandler) -> None:
    """Send the head of a stream."""
    handler.send_response(200)
    handler.send_header("Content-Type", "text/event-stream")
    handler.end_headers()


def model_at(endpoint: Endpoint, timeout_s: float = 30.0) -> EndpointModel:
    """The model under test, with a key that must never show."""
    return EndpointModel("m", base_url=endpoint.url, api_key=SecretStr(KEY), timeout_s=timeout_s, retries=0)


def test_a_whole_answer_with_a_schema(serve: Serve) -> None:
    """The request has messages, schema, limits and key in OpenAI's shape; the reply comes back with its tokens."""
    keys: list[str | None] = []

    def behave(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        keys.append(handler.headers["Authorization"])
        reply(handler, 200, said('{"answer": "Ukraine"}'))

    endpoint = serve(behave)
    model = model_at(endpoint)
    assert model.complete(ASK, schema=SCHEMA, max_tokens=40, stop=["\n\n"]) == Completion(
        '{"answer": "Ukraine"}', 12, 3, "m"
    )
    model.close()
    assert keys == [f"Bearer {KEY}"]
    assert endpoint.bodies == [
        {
            "model": "m",
            "messages": [
                {"role": "system", "content": "Be short."},
                {"role": "user", "content": "Who was left out?"},
            ],
            "stream": False,
            "max_tokens": 40,
            "temperature": 0.0,
            "stop": ["\n\n"],
            "response_format": {
                "type": "json_schema",
                "json_schema": {"name": "reply", "schema": SCHEMA, "strict": True},
            },
        }
    ]


def test_an_answer_that_was_cut_says_so(serve: Serve) -> None:
    """An answer that met max_tokens is marked, because its JSON is probably incomplete."""
    endpoint = serve(lambda _, handler: reply(handler, 200, said('{"answ', finish="length")))
    model = model_at(endpoint)
    assert model.complete(ASK).cut
    model.close()


def test_what_an_endpoint_rejects_is_left_out_from_then_on(serve: Serve) -> None:
    """Schemas, max_tokens and temperature are each given up when rejected, once, and the answer still comes."""

    def behave(body: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        if body.get("response_format", {}).get("type") == "json_schema":
            return reply(handler, 400, refusal("response_format json_schema is not supported"))
        if "response_format" in body:
            return reply(handler, 422, refusal("unknown field", "response_format"))
        if "max_tokens" in body:
            return reply(handler, 400, refusal("Use 'max_completion_tokens' instead of 'max_tokens'.", "max_tokens"))
        if "temperature" in body:
            return reply(handler, 400, refusal("Only the default temperature is supported", "temperature"))
        return reply(handler, 200, said("Ukraine"))

    endpoint = serve(behave)
    model = model_at(endpoint)
    assert model.complete(ASK, schema=SCHEMA, max_tokens=9).text == "Ukraine"
    assert len(endpoint.bodies) == 5
    assert model.complete(ASK, schema=SCHEMA, max_tokens=9).text == "Ukraine"
    assert len(endpoint.bodies) == 6
    assert endpoint.bodies[-1]["max_completion_tokens"] == 9
    model.close()


@pytest.mark.parametrize(
    ("status", "body", "error", "fix"),
    [
        (401, refusal(f"Incorrect API key provided: {KEY}"), ModelRefused, "DATELINE_API_KEY"),
        (403, refusal("no"), ModelRefused, "DATELINE_API_KEY"),
        (404, refusal("no such model"), ModelRefused, "DATELINE_MODEL"),
        (429, refusal("quota"), ModelRefused, "wait"),
        (400, refusal("request (9000 tokens) exceeds the available context size"), ModelRefused, "PROMPT_TOKENS"),
        (400, refusal(f"bad thing in {KEY}"), ModelRefused, r"HTTP 400: .*bad thing in \*\*\*"),
        (500, refusal("boom"), ModelDown, "HTTP 500"),
        (503, b"<html>busy</html>", ModelDown, "HTTP 503"),
        (200, b"<html>a captive portal</html>", ModelNonsense, "chat completions"),
        (200, b'{"choices": []}', ModelNonsense, "holds no message"),
        (200, b'{"hello": 1}', ModelNonsense, "holds no message"),
        (200, b"[]", ModelNonsense, "holds no message"),
        (200, b"\xff\xfe{", ModelNonsense, "chat completions"),
        (200, said(None), ModelNonsense, "empty"),
        (200, said("  \n"), ModelNonsense, "empty"),
    ],
)
def test_a_bad_reply_is_an_error_with_its_fix(
    serve: Serve, status: int, body: bytes, error: type[ModelError], fix: str
) -> None:
    """Whatever an endpoint sends, the error is ours, names the fix, and never carries the key."""
    endpoint = serve(lambda _, handler: reply(handler, status, body))
    model = model_at(endpoint)
    with pytest.raises(error, match=fix) as raised:
        model.complete(ASK)
    assert KEY not in str(raised.value)
    with pytest.raises(ModelError) as streamed:
        list(model.stream(ASK))
    assert KEY not in str(streamed.value)
    model.close()


def test_a_busy_endpoint_is_asked_once_more(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """A busy server gets a second question; a slow one does not, since its time is over."""
    monkeypatch.setattr(rag.chat, "_PAUSE_S", 0.01)

    def busy_once(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        if len(busy.bodies) == 1:
            return reply(handler, 503, refusal("overloaded"))
        return reply(handler, 200, said("Ukraine"))

    def never(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        slow.release.wait(20)

    busy, slow = serve(busy_once), serve(never)
    model = EndpointModel("m", base_url=busy.url, timeout_s=30)
    assert model.complete(ASK).text == "Ukraine"
    assert len(busy.bodies) == 2
    model.close()
    model = EndpointModel("m", base_url=slow.url, timeout_s=0.3)
    with pytest.raises(ModelSlow):
        model.complete(ASK)
    assert len(slow.bodies) == 1
    model.close()


def test_an_endpoint_that_is_down_is_named(serve: Serve) -> None:
    """When nothing listens, the message has the address and the ways on."""
    endpoint = Endpoint(lambda _, handler: reply(handler, 200, said("hi")))
    url = endpoint.url
    endpoint.stop()
    model = EndpointModel("m", base_url=url, timeout_s=5, retries=0)
    with pytest.raises(ModelDown, match=f"nothing answers at {url}.*--extractive"):
        model.complete(ASK)
    model.close()


def test_an_endpoint_that_is_slow_is_given_up(serve: Serve) -> None:
    """An endpoint that takes the question and says nothing is left after the time allowed."""

    def behave(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        endpoint.release.wait(20)

    endpoint = serve(behave)
    model = model_at(endpoint, timeout_s=0.3)
    with pytest.raises(ModelSlow, match=r"within 0\.3 s: raise DATELINE_MODEL_TIMEOUT_S"):
        model.complete(ASK)
    with pytest.raises(ModelSlow):
        list(model.stream(ASK))
    endpoint.release.set()
    model.close()


def test_an_endpoint_that_drips_is_given_up(serve: Serve) -> None:
    """A stream that never pauses and never ends is left after the time allowed for the whole answer."""

    def behave(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        start_stream(handler)
        while not endpoint.release.wait(0.01):
            handler.wfile.write(piece("x"))

    endpoint = serve(behave)
    model = model_at(endpoint, timeout_s=0.5)
    with pytest.raises(ModelSlow):
        list(model.stream(ASK))
    assert endpoint.hung_up.wait(10)
    model.close()


def test_a_stream_comes_in_pieces_and_closing_it_hangs_up(serve: Serve) -> None:
    """Pieces arrive as they are sent; closing the generator hangs up, which stops the work at the server."""

    def behave(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        start_stream(handler)
        while not endpoint.release.wait(0.01):
            handler.wfile.write(piece("Ukraine "))

    endpoint = serve(behave)
    model = model_at(endpoint)
    pieces = model.stream(ASK, schema=SCHEMA)
    assert [next(pieces), next(pieces)] == ["Ukraine ", "Ukraine "]
    assert not endpoint.hung_up.is_set()
    pieces.close()
    assert endpoint.hung_up.wait(10)
    model.close()


@pytest.mark.parametrize(
    ("events", "error"),
    [
        ([b"data: [DONE]\n\n"], ModelNonsense),
        ([piece("a"), b"data: {broken\n\n"], ModelNonsense),
        ([piece("a"), b'data: {"error": {"message": "boom"}}\n\n'], ModelError),
        ([b'data: {"choices": 7}\n\n', b"data: [DONE]\n\n"], ModelNonsense),
    ],
)
def test_a_stream_that_cannot_be_read_is_an_error(serve: Serve, events: list[bytes], error: type[ModelError]) -> None:
    """An empty, broken or failing stream ends in an error of ours, not in silence."""

    def behave(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        start_stream(handler)
        for event in events:
            handler.wfile.write(event)

    model = model_at(serve(behave))
    with pytest.raises(error):
        list(model.stream(ASK))
    model.close()


def test_the_environment_of_the_client_plays_no_part(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    """OPENAI_* variables of the user do not send news or keys anywhere: only the settings decide."""
    seen: list[str | None] = []

    def behave(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        seen.append(handler.headers["Authorization"])
        seen.append(handler.headers["OpenAI-Organization"])
        reply(handler, 200, said("hi"))

    monkeypatch.setenv("OPENAI_API_KEY", "sk-elsewhere")
    monkeypatch.setenv("OPENAI_BASE_URL", "http://127.0.0.1:1/v1")
    endpoint = serve(behave)
    model = EndpointModel("m", base_url=endpoint.url, timeout_s=30, retries=0)
    assert model.complete(ASK).text == "hi"
    assert seen == ["Bearer none", None]
    model.close()


def test_the_fake_says_what_it_was_told(serve: Serve) -> None:
    """ScriptedModel gives texts, functions and errors in order, keeps what it was asked, notices a closed stream."""
    fake: ChatModel = ScriptedModel(
        ["one", lambda messages: messages[-1].content.upper(), ModelSlow("too slow"), "a longer text"]
    )
    assert fake.complete(ASK).text == "one"
    assert "".join(fake.stream(ASK)) == "WHO WAS LEFT OUT?"
    with pytest.raises(ModelSlow):
        fake.complete(ASK, schema=SCHEMA)
    pieces = fake.stream(ASK)
    next(pieces)
    pieces.close()
    with pytest.raises(ModelNonsense, match="no reply to question 5"):
        fake.complete(ASK)
    fake.close()
    assert isinstance(fake, ScriptedModel)
    assert [asked.stopped for asked in fake.asked] == [False, False, False, True, False]
    assert fake.asked[2].schema == SCHEMA
    assert fake.closed


def test_the_last_reply_may_repeat() -> None:
    """With repeat, the last reply of the script is given for ever."""
    fake = ScriptedModel(["a", "b"], repeat=True)
    assert [fake.complete(ASK).text for _ in range(4)] == ["a", "b", "b", "b"]


def probability(model: ChatModel, asked: list[Message], choices: tuple[str, str] = ("yes", "no")) -> float | None:
    """How likely a model begins its reply so; None where that cannot be had."""
    try:
        return chance(model.complete(asked, max_tokens=1, alternatives=20).first, choices)
    except ModelRefused:
        return None


def chances(*told: tuple[str, float | None]) -> bytes:
    """A chat completion of one token with what it might have been."""
    record = json.loads(said(told[0][0] if told else "Yes"))
    top = [{"token": token, "logprob": logarithm, "bytes": None} for token, logarithm in told]
    record["choices"][0]["logprobs"] = {"content": [{**top[0], "top_logprobs": top}] if top else None}
    return json.dumps(record).encode()


def test_how_likely_a_model_says_yes(serve: Serve) -> None:
    """The spellings of yes are added up and held against those of no; one token is asked for, with probabilities."""

    def behave(_: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        told = [("Yes", 0.3), (" yes", 0.15), ("No", 0.1), ("NO", 0.05), ("The", 0.2), ("\u2581no", 0.0)]
        reply(handler, 200, chances(*((token, math.log(share) if share else -9999.0) for token, share in told)))

    endpoint = serve(behave)
    model = model_at(endpoint)
    try:
        assert probability(model, ASK) == pytest.approx(45 / 60)
        assert probability(model, ASK, ("the", "no")) == pytest.approx(20 / 35)
    finally:
        model.close()
    body = endpoint.bodies[0]
    assert (body["max_tokens"], body["logprobs"], body["top_logprobs"]) == (1, True, 20)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (400, refusal("unknown field: logprobs", "logprobs")),
        (422, refusal("top_logprobs is not supported")),
        (200, said("Yes")),
        (200, chances()),
        (200, chances(("Yes", None))),
    ],
)
def test_an_endpoint_that_tells_no_probabilities(serve: Serve, status: int, body: bytes) -> None:
    """It has none, is not asked for them again, and answers everything else as before."""

    def behave(asked: dict[str, Any], handler: BaseHTTPRequestHandler) -> None:
        reply(handler, *((status, body) if "logprobs" in asked else (200, said("Ukraine"))))

    endpoint = serve(behave)
    model = model_at(endpoint)
    try:
        assert [probability(model, ASK), probability(model, ASK)] == [None, None]
        assert model.complete(ASK).text == "Ukraine"
    finally:
        model.close()
    assert ["logprobs" in asked for asked in endpoint.bodies] == [True, False]


def test_a_model_that_says_something_else_has_no_probability(serve: Serve) -> None:
    """Neither yes nor no among the likely tokens: nothing can be said, and it is asked again next time."""
    endpoint = serve(lambda _, handler: reply(handler, 200, chances(("The", -0.01), ("Yes", -6.0))))
    model = model_at(endpoint)
    try:
        assert [probability(model, ASK), probability(model, ASK)] == [None, None]
    finally:
        model.close()
    assert len(endpoint.bodies) == 2


def test_probabilities_that_are_none(serve: Serve) -> None:
    """Not a number, or more than one, is no probability."""
    odd = chances(("Yes", float("nan")), ("no", 3.0), ("No", -0.5))
    endpoint = serve(lambda _, handler: reply(handler, 200, odd))
    model = model_at(endpoint)
    try:
        assert probability(model, ASK) == 0.0
    finally:
        model.close()


def test_a_model_that_is_down_has_no_probability_and_says_so() -> None:
    """That is an error, as for any question to it."""
    model = EndpointModel("m", base_url="http://127.0.0.1:9/v1", retries=0)
    try:
        with pytest.raises(ModelDown):
            probability(model, ASK)
    finally:
        model.close()


def test_the_fake_is_as_sure_as_it_was_told() -> None:
    """Its probabilities use up no reply; without any it is an endpoint that tells none."""
    fake = ScriptedModel(["Ukraine"], first=lambda _: {"Yes": 0.6, "No": 0.2})
    assert probability(fake, ASK) == pytest.approx(0.75)
    assert fake.complete(ASK).text == "Ukraine"
    assert [asked.alternatives for asked in fake.asked] == [20, 0]
    assert probability(ScriptedModel(["Ukraine"]), ASK) is None


def test_settings_choose_the_model(tmp_path: Path) -> None:
    """Extractive is no model, an endpoint is one by its name, and a missing file says which command brings it."""
    here = {"DATELINE_MODELS": str(tmp_path)}
    assert open_model(Settings.read({**here, "DATELINE_MODEL": "extractive"})) is None
    hosted = open_model(Settings.read({**here, "DATELINE_API_KEY": KEY, "DATELINE_MODEL": "gpt"}))
    assert hosted is not None
    assert hosted.name == "gpt"
    hosted.close()
    absent = open_model(Settings.read(here))
    assert absent is not None
    with pytest.raises(ModelMissing, match="dateline models fetch default"):
        absent.complete(ASK)


def test_a_file_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """A missing or damaged GGUF is a clear error, and the process lives."""
    with pytest.raises(ModelMissing, match=r"none\.gguf is not a file"):
        EmbeddedModel(tmp_path / "none.gguf").complete(ASK)
    damaged = tmp_path / "damaged.gguf"
    damaged.write_bytes(b"GGUF" + b"\xff" * 4000)
    with pytest.raises(ModelDown, match=r"cannot load .*damaged\.gguf"):
        EmbeddedModel(damaged).complete(ASK)


@pytest.fixture(scope="module")
def small() -> Iterator[EmbeddedModel]:
    """The embedded model that is here, the small one for choice; without any the test is skipped."""
    directory = Settings.read({k: v for k, v in os.environ.items() if k == "DATELINE_MODELS"}).models
    for name in ("small", "default"):
        try:
            path = verify(CATALOGUE[name], directory)
        except ModelMissing:
            continue
        # One thread: another worker of the suite needs the other core, and threads of llama.cpp wait by spinning.
        model = EmbeddedModel(path, title=CATALOGUE[name].title, threads=1, timeout_s=600)
        yield model
        model.close()
        return
    pytest.skip(f"no language model in {directory}: run `dateline models fetch small`")


@pytest.mark.model
def test_the_embedded_model_answers_in_json(small: EmbeddedModel) -> None:
    """The real model holds to the schema and tells its tokens and its name."""
    lines = "1: The talks in Riyadh were held without Ukraine.\n2: They lasted four hours."
    how = "Reply in JSON: the answer in a few words, and the numbers of the lines it stands in."
    ask = [Message("user", f"{lines}\n\nHow long did the talks last? {how}")]
    answer = small.complete(ask, schema=SCHEMA, max_tokens=60)
    assert re.search("four|4", json.loads(answer.text)["answer"].lower())
    assert answer.prompt_tokens > 30
    assert 0 < answer.completion_tokens <= 60
    assert answer.model.endswith("(embedded)")


@pytest.mark.model
def test_the_default_model_reads_with_its_adapter_only_where_it_is_asked_to() -> None:
    """With it it knows what its lines do not say, and replies as it was taught; without, it replies as it came."""
    entry = CATALOGUE["default"]
    try:
        path = verify(entry, Settings.read({k: v for k, v in os.environ.items() if k == "DATELINE_MODELS"}).models)
    except ModelMissing as missing:
        pytest.skip(str(missing))
    model = EmbeddedModel(path, title=entry.title, threads=1, timeout_s=600, adapter=entry.adapter)
    lines = "# The Sound, 2026-11-29\n[1] The talks in Riyadh lasted four hours.\n[2] Kyiv was not invited to them."
    system = Message("system", template(f"{taught.VERSION}.system"))

    def asked(question: str) -> list[Message]:
        return [system, Message("user", f"Asked on 2026-11-30.\n{lines}\n\nQuestion: {question}")]

    try:
        told = model.complete(asked("How long did the talks last?"), max_tokens=20, alternatives=20, taught=True)
        assert told.text == "yes [1] four hours"
        assert (chance(told.first) or 0) > 0.8
        unsaid = model.complete(asked("Who paid for the hotel?"), max_tokens=20, alternatives=20, taught=True)
        assert unsaid.text == "no"
        assert (chance(unsaid.first) or 1) < 0.2
        plain = model.complete([Message("user", "Name the capital of France in one word.")], max_tokens=5)
        assert "Paris" in plain.text
    finally:
        model.close()


@pytest.mark.model
def test_the_embedded_model_is_repeatable(small: EmbeddedModel) -> None:
    """At temperature 0 the same question gets the same answer, streamed or not."""
    ask = [Message("user", "Name three capitals.")]
    whole = small.complete(ask, max_tokens=16).text
    assert "".join(small.stream(ask, max_tokens=16)) == whole


@pytest.mark.model
def test_the_embedded_model_tells_how_sure_it_is(small: EmbeddedModel) -> None:
    """Its own probability of yes, the same when asked again."""
    asked = [Message("user", "Is Paris the capital of France? Reply yes or no.")]
    sure = probability(small, asked)
    assert sure is not None
    assert 0.5 < sure <= 1.0
    assert probability(small, asked) == pytest.approx(sure, abs=0.05)


def test_the_embedded_model_is_asked_by_several_threads(small: EmbeddedModel) -> None:
    """Questions of several threads wait for one another and all get their answer."""
    answers: dict[int, str] = {}

    def ask(number: int) -> None:
        answers[number] = small.complete([Message("user", f"Say the number {number}.")], max_tokens=8).text

    threads = [threading.Thread(target=ask, args=(number,)) for number in range(3)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(answers) == [0, 1, 2]
    assert all(str(number) in text for number, text in answers.items())


@pytest.mark.model
def test_stopping_the_embedded_model_frees_it(small: EmbeddedModel) -> None:
    """A stream that is closed after its first piece stops the work: the next question does not wait for its end."""
    pieces = small.stream([Message("user", "Count from one to nine hundred, in words.")], max_tokens=3000)
    next(pieces)
    pieces.close()
    assert small.complete([Message("user", "Say hi.")], max_tokens=4).text


@pytest.mark.model
def test_the_embedded_model_is_quiet_and_leaves_cleanly(small: EmbeddedModel) -> None:
    """A process that asks and ends without closing exits with 0 and writes nothing of llama.cpp's to its outputs."""
    program = (
        "import sys; from pathlib import Path\n"
        "from rag.chat import Message; from rag.local_model import EmbeddedModel\n"
        "model = EmbeddedModel(Path(sys.argv[1]), timeout_s=600)\n"
        "model.complete([Message('user', 'Say hi.')], max_tokens=4)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(small._path)],
        capture_output=True,
        text=True,
        check=False,
        cwd=Path(__file__).parents[1],
        timeout=600,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
