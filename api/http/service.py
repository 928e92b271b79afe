"""What the routes share: the running system, and what the server keeps and counts beside it."""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request

from api.http.access import Access, Identity, identity_of
from api.http.conversations import Conversations, Said, turns
from api.http.feedback import Feedback
from api.http.keys import Keys
from api.http.limits import Limits, Turn
from api.http.observe import Telemetry
from api.http.work import Metered, TookTooLong, Work, Workers
from index.catalog import NO_FILTERS, Filters
from rag.answer import Answer
from rag.build import Dateline
from rag.errors import RagError
from rag.events import Done, Event


class Unanswered(RagError):
    """Whoever asked has left before the answer was whole."""


@dataclass(frozen=True, slots=True)
class Asking:
    """One question as any of the doors understood it."""

    question: str
    as_of: dt.datetime | None = None
    filters: Filters = NO_FILTERS
    said: Sequence[Said] = ()
    explain: bool = False


class Service:
    """Everything that outlives a request."""

    def __init__(self, dateline: Dateline) -> None:
        settings = dateline.settings
        self.dateline = dateline
        self.settings = settings
        self.telemetry = Telemetry()
        clock = dateline.index.clock
        self.keys = Keys(settings.home, clock=clock)
        self.access = Access(settings, self.keys)
        self.limits = Limits(settings, self.keys)
        self.conversations = Conversations(settings.home, hours=settings.conversation_hours, clock=clock)
        self.feedback = Feedback(settings.home, questions=settings.log_questions, clock=clock)
        self.workers = Workers[Event](settings.at_once, settings.answer_timeout_s)
        asker = dateline.asker
        if asker.model is not None and not isinstance(asker.model, Metered):
            asker.model = Metered(asker.model, self.keys, self.telemetry)

    def close(self) -> None:
        """Let go of everything. What is running ends first."""
        self.workers.close()
        self.conversations.close()
        self.keys.close()
        self.dateline.close()

    def begin(self, who: Identity) -> Work:
        """New work for somebody."""
        return self.workers.begin(who)

    async def events(
        self,
        work: Work,
        asking: Asking,
        *,
        turn: Turn | None,
        left: Callable[[], Awaitable[bool]],
        heartbeat_s: float | None = None,
    ) -> AsyncIterator[Event | None]:
        """What happens on the way to an answer, its last event `Done`; None where nothing did for `heartbeat_s`.

        Ends without `Done` when whoever asked has left. Raises RagError, NewsError, TookTooLong.
        """
        as_of = asking.as_of or self.dateline.index.clock()
        running = self.workers.run(
            work,
            lambda: self.dateline.stream(
                asking.question,
                as_of=as_of,
                filters=asking.filters,
                history=turns(asking.said, as_of),
                explain=asking.explain,
            ),
            turn=turn,
            left=left,
            heartbeat_s=heartbeat_s,
        )
        async for event in running:
            if isinstance(event, Done):
                self.telemetry.answered(event.answer)
                if not work.who.trusted or work.who.key is not None:
                    self.keys.count(work.who.name, questions=1)
            yield event

    async def answer(
        self, work: Work, asking: Asking, *, turn: Turn | None, left: Callable[[], Awaitable[bool]]
    ) -> Answer:
        """The whole answer. Raises what `events` raises, and Unanswered when whoever asked has left."""
        async for event in self.events(work, asking, turn=turn, left=left):
            if isinstance(event, Done):
                return event.answer
        raise Unanswered("whoever asked has left")


def turn_of(request: Request) -> Turn | None:
    """The place at work that this request was given."""
    found = request.scope.get("dateline.turn")
    return found if isinstance(found, Turn) else None


def who_asks(request: Request) -> Identity:
    """Who was let in."""
    return identity_of(request.scope)


def say(request: Request, question: str, **said: Any) -> None:
    """Leave words for the line of log; the question only goes there where that was asked for."""
    request.scope["dateline.question"] = question
    request.scope["dateline.said"] = {**request.scope.get("dateline.said", {}), **said}


def answer_id() -> str:
    """A new name for an answer: 96 random bits."""
    return f"ans_{secrets.token_hex(12)}"


__all__ = [
    "Asking",
    "Service",
    "TookTooLong",
    "Unanswered",
    "answer_id",
    "say",
    "turn_of",
    "who_asks",
]
