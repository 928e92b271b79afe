"""What is seen of the server from outside: request ids, a line of log for each request, metrics, spans.

Nothing here holds what readers ask, unless DATELINE_LOG_QUESTIONS says so. Metrics need the extra `metrics`
(prometheus-client), spans the extra `otel`; without them nothing is measured and nothing fails.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import re
import secrets
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.http import problems
from api.http.access import identity_of
from api.http.limits import address_of
from rag.answer import Answer

PLAIN = "text/plain; version=0.0.4; charset=utf-8"
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
_SECONDS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 30.0, 60.0, 120.0, 300.0)
_FIELDS = "dateline_fields"  # of a log record, for the formatter

log = logging.getLogger("dateline.http")


class JsonLines(logging.Formatter):
    """One JSON object a record."""

    def format(self, record: logging.LogRecord) -> str:
        """The record's line."""
        line: dict[str, Any] = {
            "at": time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z",
            "level": record.levelname.lower(),
            "process": record.process,  # with several workers: which of them
            "logger": record.name,
            "message": record.getMessage(),
            **getattr(record, _FIELDS, {}),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False, default=str)


def log_to_stderr(level: str) -> None:
    """Send the records of this process to stderr, one JSON object a line; each request's line from `info` on."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonLines())
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())


class Spans:
    """OpenTelemetry spans by its semantic conventions for HTTP and for generative AI; none without the library."""

    class Chat:
        """The span of one question to a language model."""

        def __init__(self, span: Any) -> None:
            self._span = span

        def used(self, tokens_in: int, tokens_out: int) -> None:
            """How many tokens it took."""
            if self._span is not None:
                self._span.set_attribute("gen_ai.usage.input_tokens", tokens_in)
                self._span.set_attribute("gen_ai.usage.output_tokens", tokens_out)

    def __init__(self) -> None:
        self._trace = _optional("opentelemetry.trace")
        self._tracer = self._trace.get_tracer("dateline") if self._trace else None

    @contextmanager
    def request(self, method: str, headers: Mapping[str, str]) -> Iterator[Any]:
        """The span of one HTTP request, a child of the caller's where it sent `traceparent`."""
        if self._tracer is None or self._trace is None:
            yield None
            return
        context = importlib.import_module("opentelemetry.propagate").extract(headers)
        with self._tracer.start_as_current_span(method, context=context, kind=self._trace.SpanKind.SERVER) as span:
            span.set_attribute("http.request.method", method)
            yield span

    @contextmanager
    def chat(self, model: str, max_tokens: int) -> Iterator[Chat]:
        """The span of one question to a language model."""
        if self._tracer is None or self._trace is None:
            yield Spans.Chat(None)
            return
        # Not made current: a generator is left and entered again, and the context would not follow it.
        span = self._tracer.start_span(f"chat {model}", kind=self._trace.SpanKind.CLIENT)
        span.set_attribute("gen_ai.operation.name", "chat")
        span.set_attribute("gen_ai.provider.name", "dateline")
        span.set_attribute("gen_ai.request.model", model)
        span.set_attribute("gen_ai.request.max_tokens", max_tokens)
        try:
            yield Spans.Chat(span)
        except Exception as error:
            span.set_attribute("error.type", type(error).__name__)
            raise
        finally:
            span.end()


def export_spans() -> None:
    """Send spans where OTEL_EXPORTER_OTLP_ENDPOINT says, if it says and the extra `otel` is here."""
    if not os.environ.get("OTEL_EXPORTER_OTLP_ENDPOINT"):
        return
    sdk = _optional("opentelemetry.sdk.trace")
    exporter = _optional("opentelemetry.exporter.otlp.proto.http.trace_exporter")
    if sdk is None or exporter is None:
        log.warning("OTEL_EXPORTER_OTLP_ENDPOINT is set, but nothing can send there: pip install 'dateline[otel]'")
        return
    resource = importlib.import_module("opentelemetry.sdk.resources").Resource.create({"service.name": "dateline"})
    provider = sdk.TracerProvider(resource=resource)
    batch = importlib.import_module("opentelemetry.sdk.trace.export").BatchSpanProcessor
    provider.add_span_processor(batch(exporter.OTLPSpanExporter()))
    importlib.import_module("opentelemetry.trace").set_tracer_provider(provider)


class Telemetry:
    """Numbers and spans of one application."""

    def __init__(self) -> None:
        self.spans = Spans()
        self._prometheus = _optional("prometheus_client")
        if self._prometheus is None:
            return
        made, registry = self._prometheus, self._prometheus.CollectorRegistry()
        self._registry = registry
        self._requests = made.Counter(
            "dateline_requests_total", "Requests.", ("method", "route", "status"), registry=registry
        )
        self._request_s = made.Histogram(
            "dateline_request_seconds", "From request to reply.", ("route",), buckets=_SECONDS, registry=registry
        )
        self._shed = made.Counter("dateline_turned_away_total", "Requests turned away.", ("why",), registry=registry)
        self._answers = made.Counter(
            "dateline_answers_total", "Answers.", ("outcome", "reason", "model"), registry=registry
        )
        self._withheld = made.Counter(
            "dateline_sentences_withheld_total", "Sentences the check left out.", registry=registry
        )
        self._step_s = made.Histogram(
            "dateline_step_seconds", "Steps of an answer.", ("step",), buckets=_SECONDS, registry=registry
        )
        self._tokens = made.Counter("dateline_model_tokens_total", "Tokens.", ("direction",), registry=registry)
        mode = {"multiprocess_mode": "livesum"}
        self._busy = made.Gauge("dateline_busy", "Questions worked on.", registry=registry, **mode)
        self._waiting = made.Gauge("dateline_waiting", "Questions waiting.", registry=registry, **mode)
        mode = {"multiprocess_mode": "mostrecent"}
        self._held = made.Gauge("dateline_held", "What the index holds.", ("what",), registry=registry, **mode)
        self._age = made.Gauge("dateline_index_age_seconds", "Since the last change.", registry=registry, **mode)

    @property
    def measuring(self) -> bool:
        """Whether there are metrics."""
        return self._prometheus is not None

    def request(self, method: str, route: str, status: int, seconds: float) -> None:
        """One request is done."""
        if self.measuring:
            self._requests.labels(method, route, str(status)).inc()
            self._request_s.labels(route).observe(seconds)

    def turned_away(self, why: str) -> None:
        """One was turned away."""
        if self.measuring:
            self._shed.labels(why).inc()

    def answered(self, answer: Answer) -> None:
        """One answer is whole."""
        if self.measuring:
            self._answers.labels(str(answer.outcome), str(answer.reason or "none"), answer.model).inc()
            self._withheld.inc(answer.withheld)
            for step, took_ms in answer.timings_ms.items():
                self._step_s.labels(step).observe(took_ms / 1000)

    def tokens(self, tokens_in: int, tokens_out: int) -> None:
        """A model was asked."""
        if self.measuring:
            self._tokens.labels("in").inc(tokens_in)
            self._tokens.labels("out").inc(tokens_out)

    def turns(self, busy: int, waiting: int) -> None:
        """How many are worked on and how many wait."""
        if self.measuring:
            self._busy.set(busy)
            self._waiting.set(waiting)

    def exposition(self, *, held: Mapping[str, int], age_s: float | None) -> bytes:
        """Everything in Prometheus' text format."""
        for what, number in held.items():
            self._held.labels(what).set(number)
        if age_s is not None:
            self._age.set(age_s)
        assert self._prometheus is not None
        registry = self._registry
        if "PROMETHEUS_MULTIPROC_DIR" in os.environ:  # several workers, whose numbers are put together
            registry = self._prometheus.CollectorRegistry()
            importlib.import_module("prometheus_client.multiprocess").MultiProcessCollector(registry)
        text: bytes = self._prometheus.generate_latest(registry)
        return text


class Observer:
    """The ASGI side, outermost: an id for each request, one line of log, its numbers and span; no error gets past."""

    def __init__(self, app: ASGIApp, telemetry: Telemetry, *, questions: bool) -> None:
        self.app = app
        self.telemetry = telemetry
        self.questions = questions

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        request_id = given if _ID.fullmatch(given) else secrets.token_hex(12)
        scope["dateline.request_id"] = request_id
        status, started = 0, time.perf_counter()

        async def told(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                MutableHeaders(scope=message)["X-Request-Id"] = request_id
            await send(message)

        with self.telemetry.spans.request(scope["method"], headers) as span:
            failed: Exception | None = None
            try:
                await self.app(scope, receive, told)
            except Exception as error:
                failed = error
                if not status:
                    detail = "the server failed; its log says why, under the x-request-id of this reply"
                    await problems.error(scope, 500, detail)(scope, receive, told)
            seconds = time.perf_counter() - started
            route = (
                str(getattr(scope.get("route"), "path", "")) or "none"
            )  # never the path itself: anybody makes those
            if span is not None:
                span.update_name(f"{scope['method']} {route}")
                span.set_attribute("http.route", route)
                span.set_attribute("http.response.status_code", status)
        method = scope["method"] if scope["method"] in _METHODS else "OTHER"
        self.telemetry.request(method, route, status, seconds)
        if "dateline.shed" in scope:
            self.telemetry.turned_away(scope["dateline.shed"])
        line = {
            "request_id": request_id,
            "method": method,
            "route": route,
            "status": status,
            "ms": round(seconds * 1000, 1),
            "key": identity_of(scope).name,
            "address": address_of(scope),
            **scope.get("dateline.said", {}),
        }
        if "dateline.shed" in scope:
            line["turned_away"] = scope["dateline.shed"]
        if self.questions and "dateline.question" in scope:
            line["question"] = scope["dateline.question"]
        log.log(
            logging.ERROR if failed else logging.INFO,
            "failed" if failed else "request",
            exc_info=failed,
            extra={_FIELDS: line},
        )


_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


def _optional(name: str) -> Any:
    """A module of an extra, or None."""
    try:
        return importlib.import_module(name)
    except ImportError:
        return None
