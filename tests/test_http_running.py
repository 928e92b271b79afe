"""The server in earnest, over real TCP: leaving, waiting, shedding, stopping, limits, logs and numbers."""

from __future__ import annotations

import asyncio
import http.client
import json
import logging
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi import FastAPI
from hypothesis import example, given
from hypothesis import strategies as st
from opentelemetry import trace
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from starlette.testclient import TestClient

from api.http.access import Identity, Rule, Standing, rule_for
from api.http.app import build_app
from api.http.keys import Kind
from api.http.limits import Limits, Rates, TooMany, Turns, address_of
from api.http.observe import JsonLines, Spans
from api.http.service import Service
from bench.stand_in import WordsEmbedder
from index.index import Index
from index.ingest import Ingest
from rag.build import Dateline
from rag.settings import Settings
from tests.running import CONNECTIONS, PATIENCE_S, QUESTION, SlowModel, listening, until

SEEDS = Path(__file__).parent.parent / "seeds"


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Index]:
    held = Index(tmp_path_factory.mktemp("home"), WordsEmbedder())
    Ingest(held, timer=lambda: 0.0).run([SEEDS])
    yield held
    held.close()


def application(index: Index, model: Any = None, **settings: Any) -> FastAPI:
    """An application over the shared index, with a home of its own for keys; any answer is sure enough."""
    home = index.home / f"server-{time.monotonic_ns()}"
    home.mkdir()
    dateline = Dateline(Settings(home=home, model="extractive", **settings), index, model)
    dateline.asker.hopeless = -1.0
    dateline.index.close = lambda: None  # type: ignore[method-assign]  # the other tests go on with it
    app = build_app(dateline)
    app.state.service.limits.rates = Rates(lambda: 0.0)  # a minute that does not pass
    return app


def ask(port: int, *, stream: bool = True) -> http.client.HTTPConnection:
    """A connection on which a question was asked and nothing read yet."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    CONNECTIONS.append(connection)
    headers = {"Content-Type": "application/json"} | ({"Accept": "text/event-stream"} if stream else {})
    connection.request("POST", "/v1/ask", json.dumps({"question": QUESTION}), headers)
    return connection


def leave(connection: http.client.HTTPConnection) -> None:
    """Hang up."""
    assert connection.sock is not None
    connection.sock.close()
    connection.close()


@pytest.mark.parametrize("stream", [True, False])
def test_a_client_that_leaves_stops_the_model(index: Index, stream: bool) -> None:
    """Streamed or not: when the client hangs up, the model is stopped in mid-reply and the place is free again."""
    model = SlowModel()
    app = application(index, model, at_once=1, queue=0)
    with listening(app) as (_, port):
        connection = ask(port, stream=stream)
        until(lambda: model.running)
        leave(connection)
        until(lambda: model.left)
        service: Service = app.state.service
        until(lambda: not service.limits.asking.busy)
        assert model.running == 0


def test_who_waits_gets_a_turn_and_who_is_too_many_is_sent_away(index: Index) -> None:
    """One at work, one waiting; the third gets 503 with Retry-After; one who leaves the queue frees its place."""
    model = SlowModel()
    app = application(index, model, at_once=1, queue=1)
    turns = app.state.service.limits.asking
    with listening(app) as (_, port):
        first = ask(port)
        until(lambda: model.running)
        second = ask(port)
        until(lambda: turns.waiting == 1)
        third = ask(port).getresponse()
        assert third.status == 503
        assert int(third.headers["Retry-After"]) >= 1
        assert third.headers["Content-Type"] == "application/problem+json"
        assert "busy" in json.loads(third.read())["detail"]
        leave(second)
        until(lambda: turns.waiting == 0)
        fourth = ask(port)
        until(lambda: turns.waiting == 1)
        model.go_on.set()
        assert b"event: done" in first.getresponse().read()
        assert b"event: done" in fourth.getresponse().read()
        assert (model.asked, model.most) == (2, 1)
        until(lambda: turns.busy == 0)


def test_stopping_the_server_lets_streams_finish(index: Index) -> None:
    """After the signal to stop, a running stream still ends with its answer, and nobody new gets in."""
    model = SlowModel()
    with listening(application(index, model)) as (server, port):
        stream = ask(port).getresponse()
        assert stream.readline().startswith(b"event: status")
        until(lambda: model.running)
        server.should_exit = True
        until(lambda: not any(listener.is_serving() for listener in server.servers))
        model.go_on.set()
        assert b"event: done" in stream.read()
    assert (model.asked, model.left) == (1, 0)


def test_a_silent_stream_says_that_it_lives(index: Index) -> None:
    """While the model thinks, comments come, which clients pass over; then the answer."""
    model = SlowModel()
    with listening(application(index, model, heartbeat_s=0.05)) as (_, port):
        stream = ask(port).getresponse()
        while stream.readline() != b": still here\n":
            assert not stream.closed
        model.go_on.set()
        assert b"event: done" in stream.read()


def test_an_answer_that_takes_too_long_is_given_up(index: Index) -> None:
    """At the time limit an error is the last event, or the reply; and the model is stopped."""
    model = SlowModel()
    with listening(application(index, model, answer_timeout_s=1.0)) as (_, port):
        told = ask(port).getresponse().read().decode()
        late = ask(port, stream=False).getresponse()
        assert (late.status, json.loads(late.read())["status"]) == (504, 504)
        until(lambda: not model.running)
        assert model.left == model.asked
    last = told.strip().split("\n\n")[-1]
    assert last.startswith("event: error")
    assert json.loads(last.partition("data: ")[2])["status"] == 504


@pytest.mark.parametrize(
    ("body", "headers", "status"),
    [
        (b"x" * 2_000, {}, 413),
        (b"", {"Content-Length": "999999999999999999999999"}, 413),
        (b'{"question": "a"', {}, 422),
        (b"\xff\xfe\x00", {}, 400),
        (b'{"question": ' + b"[" * 900 + b"]" * 900 + b"}", {}, 413),
    ],
)
def test_bodies_are_bounded(index: Index, body: bytes, headers: dict[str, str], status: int) -> None:
    """Too large is 413 before it is read whole; what is no JSON is 422, what is no text 400."""
    client = TestClient(application(index, max_body_kb=1))
    reply = client.post("/v1/ask", content=body, headers={"Content-Type": "application/json", **headers})
    assert reply.status_code == status
    assert reply.headers["content-type"] == "application/problem+json"


def keyed(app: FastAPI, kind: Kind = Kind.SECRET, **more: Any) -> tuple[dict[str, str], str]:
    """Headers with a new key, and its id."""
    key, shown = app.state.service.keys.create(kind, "k", **more)
    headers = {"Authorization": f"Bearer {shown}"}
    if key.origins:
        headers["Origin"] = min(key.origins)
    return headers, key.key_id


def test_rates_are_told_and_kept(index: Index) -> None:
    """The RateLimit fields count down; beyond them 429 with Retry-After; another key has its own count."""
    app = application(index)
    client = TestClient(app)
    sent, _ = keyed(app, per_minute=2)
    body = {"question": QUESTION}
    first, second, third = (client.post("/v1/search", json=body, headers=sent) for _ in range(3))
    assert [one.status_code for one in (first, second, third)] == [200, 200, 429]
    assert first.headers["ratelimit-policy"] == '"key-asks";q=2;w=60'
    assert [one.headers["ratelimit"].split(";")[1] for one in (first, second)] == ["r=1", "r=0"]
    assert 1 <= int(third.headers["retry-after"]) <= 60
    other, _ = keyed(app)
    assert client.post("/v1/search", json=body, headers=other).status_code == 200


def test_addresses_are_counted_across_publishable_keys(index: Index) -> None:
    """One address cannot ask more by using two keys; reading is counted apart from asking."""
    app = application(index, asks_per_minute=2, reads_per_minute=1)
    client = TestClient(app)
    keys = [keyed(app, Kind.PUBLISHABLE, origins=[f"https://{name}.example"])[0] for name in "ab"]
    body = {"question": QUESTION}
    told = [client.post("/v1/search", json=body, headers=keys[n % 2]).status_code for n in range(3)]
    assert told == [200, 200, 429]
    assert [client.get("/v1/articles", headers=keys[0]).status_code for _ in range(2)] == [200, 429]


def test_guessing_keys_is_slowed(index: Index) -> None:
    """After thirty keys that are none, an address is told to wait."""
    app = application(index)
    keyed(app)
    client = TestClient(app)
    told = [client.get("/v1/articles", headers={"Authorization": f"Bearer sk_{n}"}).status_code for n in range(35)]
    assert told == [401] * 30 + [429] * 5


def test_the_day_has_a_budget(index: Index) -> None:
    """Tokens of one key, and the cost of all, are counted over the day; beyond it 429 until midnight (UTC)."""
    model = SlowModel()
    model.go_on.set()
    app = application(index, model, tokens_per_day=100)
    client = TestClient(app)
    sent, key_id = keyed(app)
    assert client.post("/v1/ask", json={"question": QUESTION}, headers=sent).status_code == 200
    used = app.state.service.keys.used(key_id)
    assert used.questions == 1
    assert used.tokens_in > 100
    assert used.tokens_out > 5
    late = client.post("/v1/ask", json={"question": QUESTION}, headers=sent)
    assert late.status_code == 429
    assert 0 < int(late.headers["retry-after"]) <= 86_400
    other, _ = keyed(app)
    assert client.post("/v1/ask", json={"question": QUESTION}, headers=other).status_code == 200
    app = application(index, model, spend_per_day=0.001, price_prompt=10.0)
    client = TestClient(app)
    told = [client.post("/v1/ask", json={"question": QUESTION}, headers=keyed(app)[0]).status_code for _ in range(2)]
    assert told == [200, 429]


def test_every_reply_has_an_id_that_the_log_has_too(index: Index, caplog: pytest.LogCaptureFixture) -> None:
    """A sound id of the client's is kept, any other replaced; the log line has it, and not the question."""
    caplog.set_level(logging.INFO, "dateline.http")
    client = TestClient(application(index))
    sent = {"X-Request-Id": "abc-1"}
    assert client.post("/v1/ask", json={"question": QUESTION}, headers=sent).headers["x-request-id"] == "abc-1"
    lines = [JsonLines().format(record) for record in caplog.records if record.name == "dateline.http"]
    line = json.loads(lines[-1])
    assert line["request_id"] == "abc-1"
    assert (line["route"], line["status"], line["key"]) == ("/v1/ask", 200, "open")
    assert QUESTION not in "".join(lines)
    for bad in ("a\tb", "x" * 65, "ä", ""):
        given = client.get("/healthz", headers={b"X-Request-Id": bad.encode()}).headers["x-request-id"]
        assert given not in {bad, ""}
        assert len(given) <= 64


def test_questions_are_logged_only_when_asked_for(index: Index, caplog: pytest.LogCaptureFixture) -> None:
    """DATELINE_LOG_QUESTIONS adds the question to the line."""
    caplog.set_level(logging.INFO, "dateline.http")
    TestClient(application(index, log_questions=True)).post("/v1/search", json={"question": QUESTION})
    (line,) = [record for record in caplog.records if record.name == "dateline.http"]
    assert json.loads(JsonLines().format(line))["question"] == QUESTION


def test_a_failure_is_logged_and_not_shown(index: Index, caplog: pytest.LogCaptureFixture) -> None:
    """What breaks inside is 500 with an id; its words, which may name files, go to the log."""
    app = application(index)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("/home/somebody/secret broke")

    app.state.service.dateline.retriever.retrieve = broken
    reply = TestClient(app, raise_server_exceptions=False).post("/v1/search", json={"question": QUESTION})
    assert reply.status_code == 500
    assert "secret" not in reply.text
    assert reply.headers["x-request-id"]
    assert "secret broke" in caplog.text


@pytest.mark.parametrize("path", ["/v1/ask", "/v1/chat/completions", "/v1/responses"])
def test_a_failure_in_a_stream_is_its_last_event(index: Index, path: str) -> None:
    """When the status is sent already, an error event tells of it, without its words."""
    app = application(index)

    def broken(*_: Any, **__: Any) -> Any:
        raise RuntimeError("/home/somebody/secret broke")

    app.state.service.dateline.retriever.retrieve = broken
    body = {"question": QUESTION} if path == "/v1/ask" else {"input": QUESTION, "stream": True}
    if path.endswith("completions"):
        body = {"messages": [{"role": "user", "content": QUESTION}], "stream": True}
    told = TestClient(app).post(path, json=body, headers={"Accept": "text/event-stream"}).text
    last = told.strip().split("\n\n")[-1]
    assert "error" in last
    assert "the server failed" in last
    assert "secret" not in told


def test_metrics_count_requests_answers_and_refusals(index: Index) -> None:
    """Prometheus gets requests by route, answers by outcome, tokens, and what the index holds."""
    model = SlowModel()
    model.go_on.set()
    client = TestClient(application(index, model))
    client.post("/v1/ask", json={"question": QUESTION})
    client.get("/v1/articles/nowhere-at-all")
    text = client.get("/metrics").text
    for wanted in (
        'dateline_requests_total{method="POST",route="/v1/ask",status="200"} 1.0',
        'route="/v1/articles/{article_id:path}",status="404"} 1.0',
        'dateline_model_tokens_total{direction="out"}',
        'dateline_held{what="articles"} 1.0',
        "dateline_answers_total{",
        'dateline_step_seconds_bucket{le="0.005",step="retrieve"}',
    ):
        assert wanted in text
    assert "nowhere-at-all" not in text
    assert QUESTION not in text


def test_spans_follow_the_conventions(index: Index) -> None:
    """A request is a server span; the model call in it has the GenAI attributes and no text."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    model = SlowModel()
    model.go_on.set()
    app = application(index, model)
    service: Service = app.state.service
    service.telemetry.spans._tracer = provider.get_tracer("test")
    parent = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    TestClient(app).post("/v1/ask", json={"question": QUESTION}, headers={"traceparent": parent})
    spans = {span.name: span for span in exporter.get_finished_spans()}
    request, chat = spans["POST /v1/ask"], spans["chat slow"]
    assert request.kind is trace.SpanKind.SERVER
    assert request.context is not None
    assert chat.parent is not None
    assert chat.parent.span_id == request.context.span_id
    assert f"{request.context.trace_id:032x}" == parent.split("-")[1]
    said = dict(chat.attributes or {})
    assert said["gen_ai.operation.name"] == "chat"
    assert int(str(said["gen_ai.usage.input_tokens"])) > 100
    assert QUESTION not in str(spans)
    provider.shutdown()


def test_without_the_libraries_nothing_is_measured_and_nothing_fails(
    index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The extras are extra: /metrics says which to install, everything else works."""
    monkeypatch.setattr("api.http.observe._optional", lambda _: None)
    client = TestClient(application(index))
    assert client.post("/v1/ask", json={"question": QUESTION}).status_code == 200
    reply = client.get("/metrics")
    assert (reply.status_code, "dateline[metrics]" in reply.text) == (501, True)
    with Spans().chat("m", 1) as span:
        span.used(1, 1)


@given(st.lists(st.floats(0, 20), min_size=1, max_size=60), st.integers(1, 12))
@example([0.0, 1e-13], 1)
def test_no_minute_holds_more_than_allowed(pauses: list[float], most: int) -> None:
    """However requests come, no minute holds more than a whole burst and what comes back within the minute."""
    now = [0.0]
    rates, let_in = Rates(lambda: now[0]), list[float]()
    for pause in pauses:
        now[0] += pause
        try:
            left = rates.take("p", "who", most)
        except TooMany as no:
            wait = int(no.headers["Retry-After"])
            assert 1 <= wait <= 60
            continue
        assert 0 <= left.left < most
        let_in.append(now[0])
    for start in let_in:
        inside = sum(start <= at < start + 60 for at in let_in)
        assert inside <= 2 * most
    burst = Rates(lambda: 0.0)
    for _ in range(most):
        burst.take("p", "who", most)
    with pytest.raises(TooMany):
        burst.take("p", "who", most)


@given(st.lists(st.integers(0, 3), min_size=1, max_size=40))
def test_never_more_at_work_than_allowed(steps: list[int]) -> None:
    """Whoever comes, waits, leaves or is cancelled: at most two at work, and in the end nobody."""

    async def run() -> int:
        turns, most, at_work = Turns(2, 3, 5.0), 0, 0
        tasks: list[asyncio.Task[None]] = []

        async def one() -> None:
            nonlocal most, at_work
            try:
                async with turns.one():
                    at_work += 1
                    most = max(most, at_work)
                    try:
                        await asyncio.sleep(0)
                        await asyncio.sleep(0)
                    finally:
                        at_work -= 1
            except TooMany:
                pass

        for step in steps:
            if step == 3 and tasks:
                tasks[len(tasks) // 2].cancel()
            else:
                tasks.append(asyncio.create_task(one()))
            for _ in range(step):
                await asyncio.sleep(0)
        await asyncio.gather(*tasks, return_exceptions=True)
        await asyncio.sleep(0)
        assert (turns.busy, turns.waiting) == (0, 0)
        return most

    assert asyncio.run(run()) <= 2


@pytest.mark.parametrize(
    ("client", "counted"),
    [
        (("192.0.2.7", 1), "192.0.2.7"),
        (("2001:db8:1:2:aaaa::1", 1), "2001:db8:1:2::/64"),
        (("2001:db8:1:2:ffff:ffff:ffff:ffff", 1), "2001:db8:1:2::/64"),
        (("::ffff:192.0.2.7", 1), "192.0.2.7"),
        (("fe80::1%eth0", 1), "fe80::/64"),
        (("testclient", 1), "testclient"),
        (None, ""),
    ],
)
def test_an_address_is_one_subscriber(client: tuple[str, int] | None, counted: str) -> None:
    """A whole /64 is one: its owner may use any address in it."""
    assert address_of({"client": client}) == counted


def test_the_own_machine_is_not_rationed(index: Index) -> None:
    """Where no key is needed, nothing is counted."""
    service: Service = application(index, asks_per_minute=1).state.service
    limits: Limits = service.limits
    rule: Rule = rule_for("POST", "/v1/ask")
    assert [limits.take(rule, Identity(Standing.OPEN), "127.0.0.1") for _ in range(3)] == [[], [], []]
