"""A question that came by either of OpenAI's APIs, answered whole or as a stream. How they put it is their `Form`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Protocol

from fastapi import Request
from starlette.responses import JSONResponse, Response

from api.http import problems
from api.http.service import Asking, Service, TookTooLong, Unanswered, answer_id, say, turn_of, who_asks
from api.http.streaming import TOO_LONG, streamed
from api.http.work import Work
from api.openai.rendering import Speaking, base_of, notes_of, text_of
from rag import wire
from rag.answer import Answer
from rag.events import Done, Event


@dataclass(frozen=True, slots=True)
class Told:
    """A whole answer, ready to be put: its text, its annotations, the answer of design §4, and what it took."""

    text: str
    notes: list[dict[str, Any]]
    extension: dict[str, Any]
    work: Work


class Form(Protocol):
    """How one of the APIs puts an answer."""

    def whole(self, told: Told) -> dict[str, Any]:
        """The reply, where it is not streamed."""

    def begun(self) -> Iterable[bytes]:
        """The frames of a stream before anything is known."""

    def piece(self, text: str) -> bytes:
        """The frame of some more text."""

    def ended(self, told: Told) -> Iterable[bytes]:
        """The frames that end a stream: annotations, the whole answer, what it took."""

    def failed(self, status: int, detail: str) -> bytes:
        """The frame that ends a stream which cannot go on."""


async def answered(
    service: Service,
    request: Request,
    asking: Asking,
    form: Form,
    *,
    stream: bool,
    keep: Callable[[Answer], None] = lambda _: None,
) -> Response:
    """The reply to a question; `keep` is called with the answer before it is told."""
    say(request, asking.question)
    work = service.begin(who_asks(request))

    def told(answer: Answer, text: str) -> Told:
        keep(answer)
        shown = {**wire.answer(answer), "answer_id": answer_id()}
        service.feedback.remember(shown["answer_id"], shown)
        say(request, asking.question, outcome=shown["outcome"], tokens=work.tokens_in + work.tokens_out)
        return Told(text, notes_of(answer, base_of(service, request)), shown, work)

    if stream:
        speaking = Speaking()

        def frames(event: Event) -> Iterator[bytes]:
            if piece := speaking.hear(event):
                yield form.piece(piece)
            if isinstance(event, Done):
                yield from form.ended(told(event.answer, speaking.text))

        events = service.events(
            work,
            asking,
            turn=turn_of(request),
            left=request.is_disconnected,
            heartbeat_s=service.settings.heartbeat_s,
        )
        return streamed(events, frames, form.failed, form.begun())
    try:
        answer = await service.answer(work, asking, turn=turn_of(request), left=request.is_disconnected)
    except TookTooLong:
        return problems.openai_problem(504, TOO_LONG, headers=None)
    except Unanswered:
        return problems.plain(499)  # nobody reads it
    return JSONResponse(form.whole(told(answer, text_of(answer))))
