"""Work for one question: done in a thread, heard of in the event loop, stopped when nobody waits for it any more.

The thread goes through the asker's events; between them, and between the pieces of a model's reply, it looks whether
it should stop. So a client that leaves frees the model within a token.

Many questions may wait for a language model at once, but one at a time computes in a process: threads that take turns
at the interpreter push each other out of the processor's caches, and eight at once took 116 ms of processor for an
answer that one at a time takes 82 for.
"""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Generator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from typing import Generic, TypeVar, Unpack

from api.http.access import Identity, Standing
from api.http.keys import Keys
from api.http.limits import Turn
from api.http.observe import Spans, Telemetry
from rag.budget import count
from rag.chat import UNLESS_SAID, ChatModel, Completion, Message, Wanted

TICK_S = 0.25  # how soon it is noticed that a client has left
COMPUTING = 1  # questions of one process that compute at a time; those that wait for a model are not among them

E = TypeVar("E")


class Stopped(Exception):
    """Nobody waits any more. No error of ours: it goes past everything that takes over when a model fails."""


class TookTooLong(Exception):
    """The time for an answer is over."""


@dataclass(slots=True)
class Work:
    """What is known of one question while it is worked on."""

    who: Identity
    deadline: float  # time.monotonic()
    stopped: bool = False
    tokens_in: int = 0
    tokens_out: int = 0
    computes: threading.Semaphore | None = None  # held while it computes

    def compute(self, places: threading.Semaphore) -> None:
        """Wait for a place to compute in. Raises Stopped when the time is over before there is one."""
        if not places.acquire(timeout=max(0.0, self.deadline - time.monotonic())):
            raise Stopped
        self.computes = places
        self.check()

    def rest(self) -> None:
        """Leave the place to another, as one who waits for a language model does; for good."""
        places, self.computes = self.computes, None
        if places is not None:
            places.release()

    def check(self) -> None:
        """Raises Stopped when there is no more reason to go on."""
        if self.stopped or time.monotonic() > self.deadline:
            raise Stopped


current: ContextVar[Work | None] = ContextVar("dateline_work", default=None)


def _rest() -> None:
    work = current.get()
    if work is not None:
        work.rest()


def _most(wanted: Wanted) -> int:
    return wanted.get("max_tokens", UNLESS_SAID["max_tokens"])


class Metered:
    """A language model whose tokens are counted and whose replies end when nobody waits for them."""

    def __init__(self, model: ChatModel, keys: Keys, telemetry: Telemetry) -> None:
        self.inner = model
        self._keys = keys
        self._telemetry = telemetry

    @property
    def name(self) -> str:
        """The model's own."""
        return self.inner.name

    @property
    def taught(self) -> bool:
        """The model's own."""
        return self.inner.taught

    def complete(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Completion:
        """See ChatModel."""
        asked = sum(count(message.content) for message in messages)
        _rest()
        with self._telemetry.spans.chat(self.name, _most(wanted)) as span:
            done = self.inner.complete(messages, **wanted)
            self._count(span, done.prompt_tokens or asked, done.completion_tokens or count(done.text))
        return done

    def stream(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Generator[str, None, None]:
        """See ChatModel."""
        work = current.get()
        asked = sum(count(message.content) for message in messages)
        said: list[str] = []
        _rest()
        with (
            self._telemetry.spans.chat(self.name, _most(wanted)) as span,
            closing(self.inner.stream(messages, **wanted)) as pieces,
        ):
            try:
                for piece in pieces:
                    if work is not None:
                        work.check()
                    said.append(piece)
                    yield piece
            finally:
                self._count(span, asked, count("".join(said)))

    def close(self) -> None:
        """See ChatModel."""
        self.inner.close()

    def _count(self, span: Spans.Chat, tokens_in: int, tokens_out: int) -> None:
        span.used(tokens_in, tokens_out)
        self._telemetry.tokens(tokens_in, tokens_out)
        work = current.get()
        if work is None:
            return
        work.tokens_in += tokens_in
        work.tokens_out += tokens_out
        if work.who.standing is not Standing.OPEN:
            self._keys.count(work.who.name, tokens_in=tokens_in, tokens_out=tokens_out)


@dataclass(slots=True)
class Workers(Generic[E]):
    """The threads that questions are worked on in: as many as may be worked on at once, and no more."""

    at_once: int
    timeout_s: float
    _threads: ThreadPoolExecutor = field(init=False)
    _places: threading.Semaphore = field(init=False)

    def __post_init__(self) -> None:
        """Start none yet."""
        self._threads = ThreadPoolExecutor(self.at_once, thread_name_prefix="dateline-ask")
        self._places = threading.Semaphore(COMPUTING)

    def close(self) -> None:
        """Wait for what is running."""
        self._threads.shutdown()

    def begin(self, who: Identity) -> Work:
        """New work for somebody."""
        return Work(who, time.monotonic() + self.timeout_s)

    async def run(
        self,
        work: Work,
        events: Callable[[], Generator[E, None, None]],
        *,
        turn: Turn | None,
        left: Callable[[], Awaitable[bool]],
        heartbeat_s: float | None = None,
    ) -> AsyncIterator[E | None]:
        """The events of a generator that runs in a thread; None where nothing came for `heartbeat_s`.

        Ends early when whoever asked has left. Raises what the generator raises, and TookTooLong.
        """
        loop = asyncio.get_running_loop()
        told: asyncio.Queue[E | BaseException | None] = asyncio.Queue()

        def tell(what: E | BaseException | None) -> None:
            loop.call_soon_threadsafe(told.put_nowait, what)

        def go() -> None:
            current.set(work)
            try:
                work.compute(self._places)
                with closing(events()) as running:
                    for event in running:
                        tell(event)
                        work.check()
            except Stopped:
                tell(None)
            except BaseException as error:
                tell(error)
            else:
                tell(None)
            finally:
                work.rest()

        context = copy_context()
        future = loop.run_in_executor(self._threads, lambda: context.run(go))
        if turn is not None:
            turn.running.append(future)
        heard = time.monotonic()
        try:
            while True:
                try:
                    event = await asyncio.wait_for(told.get(), TICK_S)
                except TimeoutError:
                    now = time.monotonic()
                    if now > work.deadline:
                        raise TookTooLong from None
                    if await left():
                        return
                    if heartbeat_s is not None and now - heard >= heartbeat_s:
                        heard = now
                        yield None
                    continue
                heard = time.monotonic()
                if event is None:
                    if heard > work.deadline:
                        raise TookTooLong
                    return
                if isinstance(event, BaseException):
                    raise event
                yield event
        finally:
            work.stopped = True
