"""A server over real TCP, a model that speaks when it is told to, and waiting for what must happen."""

from __future__ import annotations

import asyncio
import http.client
import json
import threading
import time
from collections.abc import AsyncIterator, Callable, Generator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import uvicorn
from fastapi import FastAPI
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route

from rag.errors import ModelRefused
from tests.answers import says

QUESTION = "Who was excluded from the Riyadh talks?"
REPLY = says("Kyiv", ("Kyiv was excluded from the talks.", [1]))
STEP_S = 0.02
CONNECTIONS: list[http.client.HTTPConnection] = []  # closed when the server stops
PATIENCE_S = 120.0  # until something that must happen has happened; a test that passes never waits so long


@dataclass
class SlowModel:
    """Speaks a piece, then waits until it may go on, and notes what became of it."""

    name: str = "slow"
    taught = False
    go_on: threading.Event = field(default_factory=threading.Event)
    asked: int = 0
    running: int = 0
    most: int = 0
    left: int = 0  # streams that were ended before their end
    lock: threading.Lock = field(default_factory=threading.Lock)

    def stream(self, messages: Sequence[Any], **_: Any) -> Generator[str, None, None]:
        """The reply, in small pieces."""
        with self.lock:
            self.asked += 1
            self.running += 1
            self.most = max(self.most, self.running)
        whole = False
        try:
            yield REPLY[:10]
            while not self.go_on.wait(STEP_S):
                yield ""
            yield REPLY[10:]
            whole = True
        finally:
            with self.lock:
                self.running -= 1
                self.left += not whole

    def complete(self, messages: Sequence[Any], **_: Any) -> Any:
        """It tells no probabilities, and is asked for nothing else."""
        raise ModelRefused("the slow model tells no probabilities")

    def close(self) -> None:
        """Nothing is held."""


class Endpoint:
    """A language model somewhere else, which goes on speaking until it may end or whoever asked hangs up."""

    def __init__(self) -> None:
        self.asked = 0
        self.left = 0
        self.go_on = threading.Event()

    def app(self) -> Starlette:
        """Its one route, in OpenAI's shape."""
        return Starlette(routes=[Route("/v1/chat/completions", self._chat, methods=["POST"])])

    async def _chat(self, _: Request) -> Response:
        return StreamingResponse(self._pieces(), media_type="text/event-stream")

    async def _pieces(self) -> AsyncIterator[str]:
        self.asked += 1
        try:
            while not self.go_on.is_set():
                yield self._piece(" ")
                await asyncio.sleep(STEP_S)
        except asyncio.CancelledError:
            self.left += 1
            raise
        yield self._piece(REPLY)
        yield "data: [DONE]\n\n"

    @staticmethod
    def _piece(text: str) -> str:
        choice = {"index": 0, "delta": {"content": text}, "finish_reason": None}
        told = {"id": "1", "object": "chat.completion.chunk", "created": 1, "model": "slow", "choices": [choice]}
        return f"data: {json.dumps(told)}\n\n"


@contextmanager
def listening(app: FastAPI) -> Iterator[tuple[uvicorn.Server, int]]:
    """The application on a port of its own, in a thread."""
    server = uvicorn.Server(
        uvicorn.Config(app, port=0, log_config=None, access_log=False, timeout_graceful_shutdown=30)
    )
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        until(lambda: server.started)
        yield server, server.servers[0].sockets[0].getsockname()[1]
    finally:
        while CONNECTIONS:
            CONNECTIONS.pop().close()
        server.should_exit = True
        thread.join(PATIENCE_S)


def until(true: Callable[[], object]) -> None:
    """Wait until it is true."""
    end = time.monotonic() + PATIENCE_S
    while not true():
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.01)
