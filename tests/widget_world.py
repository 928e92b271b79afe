"""What the browser tests stand on: an API that says what it is told to, a page of another origin, and a browser."""

from __future__ import annotations

import asyncio
import html
import json
import os
import random
import re
import shutil
import socket
import threading
from collections.abc import AsyncIterator, Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import uvicorn
from playwright.sync_api import Page
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response, StreamingResponse
from starlette.routing import Route
from starlette.types import ASGIApp

BUILT = Path(__file__).parents[1] / "api" / "widget" / "built"
AXE = Path(__file__).parents[1] / "api" / "widget" / "node_modules" / "axe-core" / "axe.min.js"
PICTURES = Path(__file__).parents[1] / "out" / "screenshots"
KEY = "pk_test_0123456789abcdef0123"


def chromium() -> str | None:
    """The system's Chromium; DATELINE_CHROMIUM is not a setting, so only the usual names are looked for."""
    return next(
        (found for name in ("chromium", "chromium-browser", "google-chrome") if (found := shutil.which(name))), None
    )


FLAGS = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
    *(("--no-sandbox",) if hasattr(os, "geteuid") and os.geteuid() == 0 else ()),
)


def keep_picture(page: Page, name: str) -> Path:
    """How a page looks now, kept for people to look through after the tests."""
    file = PICTURES / f"{re.sub(r'[^a-z0-9]+', '-', name.lower()).strip('-')}.png"
    page.screenshot(path=file, animations="disabled")  # what moves is taken at its end
    return file


class Served:
    """An application on a port of loopback, in a thread. It can be stopped and started again on the same port."""

    def __init__(self, app: ASGIApp, port: int = 0) -> None:
        self.app = app
        self.port = port
        self.start()

    @property
    def origin(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def start(self) -> None:
        listening = socket.socket()
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(("127.0.0.1", self.port))
        self.port = listening.getsockname()[1]
        config = uvicorn.Config(self.app, log_level="critical", lifespan="off", timeout_graceful_shutdown=1)
        self._server = uvicorn.Server(config)
        ready = threading.Event()
        startup = self._server.startup

        async def started(sockets: list[socket.socket] | None = None) -> None:
            await startup(sockets=sockets)
            ready.set()

        self._server.startup = started  # type: ignore[method-assign]
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [listening]}, daemon=True)
        self._thread.start()
        assert ready.wait(10), "the test's server did not start"
        self._socket = listening

    def stop(self) -> None:
        """Stop at once, whatever is under way."""
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        self._socket.close()


def free_port() -> int:
    """A port of loopback that nobody listens on just now.

    It lies below those that systems give to whoever names none, and each worker of pytest-xdist looks in a range of
    its own: so nobody else is given it before it is listened on.
    """
    first = 20_000 + 1_000 * int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))
    for port in random.sample(range(first, first + 1_000), 100):
        with socket.socket() as held, suppress(OSError):
            held.bind(("127.0.0.1", port))
            return port
    raise AssertionError("none of a hundred ports is free")


@contextmanager
def served(app: ASGIApp, port: int = 0) -> Iterator[Served]:
    """An application while it is needed."""
    running = Served(app, port)
    try:
        yield running
    finally:
        running.stop()


# ---- an API that says what it is told to


def citation(marker: int, **changed: Any) -> dict[str, Any]:
    """A citation of design §4."""
    given: dict[str, Any] = {
        "marker": marker,
        "article": {
            "id": f"article-{marker}",
            "revision": "9f2c" * 16,
            "url": f"https://news.example/{marker}",
            "title": f"Headline number {marker}",
            "source": "The Courier",
            "published_at": "2025-02-18",
            "updated_at": None,
        },
        "lines": {"first": 12, "last": 14} if marker == 1 else {"first": 6, "last": 6},
        "quote": {
            "exact": f"the quoted words {marker}",
            "prefix": "before ",
            "suffix": " after",
            "start": 812,
            "end": 960,
        },
        "permalink": f"/articles/article-{marker}?rev={'9f2c' * 16}#L12-L14",
        "source_link": f"https://news.example/{marker}#:~:text=the%20quoted%20words",
        "support": "supported",
    }
    return given | changed


def sentence(text: str, *markers: int, **more: Any) -> dict[str, Any]:
    """A sentence of design §4."""
    return {"text": text, "citations": list(markers), "support": "supported", **more}


def answer(
    sentences: list[dict[str, Any]], citations: list[dict[str, Any]], outcome: str = "answered", **more: Any
) -> dict[str, Any]:
    """An answer of design §4."""
    return {
        "answer_id": "ans_0123456789abcdef01234567",
        "question": "",
        "as_of": "2025-02-20T00:00:00Z",
        "outcome": outcome,
        "reason": None,
        "confidence": 0.9,
        "answer": "",
        "sentences": sentences,
        "citations": citations,
        "withheld": 0,
        "reading": [],
        "model": "scripted",
        "newest_evidence": "2025-02-18",
        "timings_ms": {},
        **more,
    }


TALKS = answer(
    [sentence("Ukraine was left out of the talks.", 1), sentence("They lasted over four hours.", 1, 2)],
    [citation(1), citation(2), citation(3)],
)
TWICE = answer(
    [sentence("They met in Riyadh.", 1), sentence("They lasted over four hours.", 2)],
    [citation(1), citation(2, article=citation(1)["article"])],
)
NOTHING = answer(
    [],
    [],
    "insufficient",
    reason="no_coverage",
    notes=[{"about": "why", "text": "Nothing in the articles mentions the cup."}],
    reading=[citation(1)],
    withheld=1,
)
DIFFER = answer(
    [
        sentence("Seven people died.", 1),
        sentence("Nine people died, the hospital says.", 2),
        sentence("The river rose at dawn.", 2, support="partial"),
    ],
    [citation(1, superseded=True), citation(2, carried_by=["echo-1", "echo-2"]), citation(3)],
    "partial",
    notes=[{"about": "premise", "text": "Two outlets disagree: see [2]."}],
    understood="How many people died in the flood?",
    unanswered=["who is missing"],
    disagreement=[
        {"value": "Twelve", "standing": "current", "source": "The Wire", "published_at": "2025-02-19", "citation": 3},
        {"value": "Nine", "standing": "disputed", "source": None, "published_at": None, "citation": 2},
        {
            "value": "Seven",
            "standing": "superseded",
            "source": "The Courier",
            "published_at": "2025-02-18",
            "citation": 1,
        },
    ],
)
# One outlet's figure, and the one that took its place.
RISEN = answer(
    [sentence("Nineteen people died.", 2), sentence("Seven people died.", 1)],
    [citation(1), citation(2)],
    disagreement=[
        {"value": "19", "standing": "current", "source": "The Wire", "published_at": "2025-02-19", "citation": 2},
        {"value": "7", "standing": "superseded", "source": "The Wire", "published_at": "2025-02-18", "citation": 1},
    ],
)


@dataclass
class Newsdesk:
    """The API's replies, by question, and what was asked of it."""

    answers: dict[str, dict[str, Any]] = field(
        default_factory=lambda: {"talks": TALKS, "twice": TWICE, "nothing": NOTHING, "differ": DIFFER, "toll": RISEN}
    )
    asked: list[dict[str, Any]] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    judged: list[dict[str, Any]] = field(default_factory=list)
    left: threading.Event = field(default_factory=threading.Event)  # a client went away before it had its answer
    go: threading.Event = field(default_factory=threading.Event)  # lets "slow" go on
    refusals: dict[str, list[tuple[int, dict[str, str]]]] = field(default_factory=dict)  # once each, then the answer
    suggestions: list[str] = field(default_factory=lambda: ["talks"])

    def app(self, origin: str = "*") -> ASGIApp:
        """The application, for pages of `origin`."""
        return Starlette(
            routes=[
                Route("/v1/ask", self._ask, methods=["POST"]),
                Route("/v1/feedback", self._feedback, methods=["POST"]),
                Route("/v1/suggestions", self._suggestions),
                Route("/widget.js", _file("widget.js")),
                Route("/widget/chat.js", _file("chat.js")),
                Route("/articles/{id:path}", self._article),
            ],
            middleware=[
                Middleware(
                    CORSMiddleware,
                    allow_origins=[origin],
                    allow_methods=["GET", "POST"],
                    allow_headers=["Authorization", "Content-Type"],
                    expose_headers=["Retry-After"],
                )
            ],
        )

    async def _ask(self, request: Request) -> Response:
        body = await request.json()
        self.asked.append(body)
        self.keys.append(request.headers.get("authorization", ""))
        question = body["question"]
        if self.refusals.get(question):
            status, headers = self.refusals[question].pop(0)
            told = {"type": "about:blank", "title": "No", "status": status, "detail": "the reason why"}
            return JSONResponse(told, status, headers=headers, media_type="application/problem+json")
        return StreamingResponse(self._events(question), media_type="text/event-stream")

    async def _events(self, question: str) -> AsyncIterator[str]:
        given = self.answers.get(question.partition("|")[0], TALKS) | {"question": question}
        yield _event("status", {"step": "retrieve"})
        if question == "silent":
            await self._until(self.go)
        told: set[int] = set()
        for at, one in enumerate(given["sentences"]):
            new = [c for c in given["citations"] if c["marker"] in one["citations"] and c["marker"] not in told]
            told |= {c["marker"] for c in new}
            yield _event("sentence", {**one, "new_citations": new})
            if at == 0 and question in {"slow", "never", "restart"}:
                await self._until(self.go)
            if at == 0 and question == "broken":
                await asyncio.sleep(0.2)  # so that what was said is on its way
                raise ConnectionResetError
        yield _event("done", given)

    async def _until(self, event: threading.Event) -> None:
        try:
            while not event.is_set():
                await asyncio.sleep(0.02)
        except asyncio.CancelledError:
            self.left.set()
            raise

    async def _feedback(self, request: Request) -> Response:
        self.judged.append(await request.json())
        return JSONResponse({"status": "kept"}, 202)

    async def _suggestions(self, _: Request) -> Response:
        return JSONResponse({"suggestions": [{"question": one} for one in self.suggestions]})

    async def _article(self, request: Request) -> Response:
        return HTMLResponse(f"<title>{html.escape(request.path_params['id'])}</title><p>the article")


def _event(name: str, data: Mapping[str, Any]) -> str:
    return f"event: {name}\ndata: {json.dumps(data)}\n\n"


def _file(name: str) -> Callable[[Request], Response]:
    def serve(_: Request) -> Response:
        return Response((BUILT / name).read_bytes(), media_type="text/javascript")

    return serve


# ---- a page of another origin


def newspaper(api: Callable[[], str]) -> ASGIApp:
    """Pages that embed the widget. `?name=value` becomes `data-name`; `/own` serves the widget itself, `/theirs` not.

    Both forbid everything inline, as a careful publisher does; `/careless` forbids nothing.
    """

    def page(request: Request) -> Response:
        data = {"key": KEY, **dict(request.query_params)}
        direction, language = data.pop("html-dir", "ltr"), data.pop("html-lang", "en")
        attributes = "".join(f' data-{name}="{html.escape(value)}"' for name, value in data.items())
        own = request.url.path == "/own"
        script = f'<script src="/widget.js" data-api="{api()}"{attributes} async></script>'
        if not own:
            script = f'<script src="{api()}/widget.js"{attributes} async></script>'
        from_where = "'self'" if own else api()
        policy = (
            f"default-src 'none'; script-src {from_where}; style-src 'self'; connect-src {api()}; base-uri 'none'; "
            "require-trusted-types-for 'script'; trusted-types 'none'"
        )
        body = (
            f'<!doctype html><html lang="{html.escape(language)}" dir="{html.escape(direction)}"><title>Paper</title>'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f'{script}<main><h1>The Paper</h1><p><a href="#x" id="before">A story</a></p></main>'
        )
        headers = {} if request.url.path == "/careless" else {"Content-Security-Policy": policy}
        return HTMLResponse(body, headers=headers)

    pages = [Route(path, page) for path in ("/own", "/theirs", "/careless")]
    return Starlette(
        routes=[*pages, Route("/widget.js", _file("widget.js")), Route("/widget/chat.js", _file("chat.js"))]
    )
