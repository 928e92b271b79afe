"""`POST /v1/responses`."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.http import problems
from api.http.ask import SSE, STREAM_HEADERS, TOO_LONG
from api.http.conversations import Conversations, Said
from api.http.service import Asking, Service, TookTooLong, Unanswered, answer_id, say, turn_of, who_asks
from api.http.work import Work
from api.openai.rendering import Speaking, base_of, data, notes_of, text_of, usage_responses
from api.openai.schemas import NAME, ResponsesRequest, conversation
from index.errors import NewsError
from rag import wire
from rag.answer import Answer
from rag.ask import Done
from rag.errors import RagError

log = logging.getLogger(__name__)


def routes(service: Service) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

    @router.post("/responses")
    async def respond(asked: ResponsesRequest, request: Request) -> Response:
        """Answer, in the shape of OpenAI's Responses API; streamed where `stream` is true.

        Unless `store` is false, question and answer are kept for `previous_response_id`.
        """
        asked.check()
        who = who_asks(request)
        question, said = conversation(asked.messages())
        kept_in, before = Conversations.begin(), said
        if asked.previous_response_id is not None:
            kept_in, earlier = service.conversations.said_until(asked.previous_response_id, who.name)
            before = [*earlier, *said]
            if not service.conversations.is_last(asked.previous_response_id, kept_in):
                kept_in, said = Conversations.begin(), before  # another way on from an earlier turn
        asking = asked.asking(service.dateline.asker.checked(question), before)
        say(request, asking.question)
        response = _Response(f"resp_{secrets.token_hex(16)}", service.dateline.index.clock().timestamp(), asked)

        def finished(answer: Answer) -> dict[str, Any]:
            if asked.store is not False:
                kept = Said(asking.question, answer.answer)
                service.conversations.keep(response.response_id, kept_in, who.name, kept, said)
            shown = {**wire.answer(answer), "answer_id": answer_id()}
            service.feedback.remember(shown["answer_id"], shown)
            return shown

        work = service.begin(who)
        if asked.stream:
            frames = _events(service, work, asking, request, response, finished)
            return StreamingResponse(frames, media_type=SSE, headers=STREAM_HEADERS)
        try:
            answer = await service.answer(work, asking, turn=turn_of(request), left=request.is_disconnected)
        except TookTooLong:
            return problems.openai_problem(504, TOO_LONG, headers=None)
        except Unanswered:
            return problems.plain(499)
        notes = notes_of(answer, base_of(service, request))
        return JSONResponse(response.whole(text_of(answer), notes, work, finished(answer)))

    return router


@dataclass(slots=True)
class _Response:
    """One response and the ids of its parts."""

    response_id: str
    created_at: float
    asked: ResponsesRequest
    item_id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(16)}")

    def head(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
        """The response object, as far as it is settled."""
        return {
            "id": self.response_id,
            "object": "response",
            "created_at": int(self.created_at),
            "status": status,
            "background": False,
            "error": None,
            "incomplete_details": None,
            "instructions": None,
            "max_output_tokens": None,
            "metadata": self.asked.metadata or {},
            "model": NAME,
            "output": output,
            "parallel_tool_calls": False,
            "previous_response_id": self.asked.previous_response_id,
            "store": self.asked.store is not False,
            "temperature": None,
            "text": {"format": {"type": "text"}},
            "tool_choice": "none",
            "tools": [],
            "top_p": None,
            "truncation": "disabled",
            "usage": None,
        }

    def part(self, text: str, notes: list[dict[str, Any]]) -> dict[str, Any]:
        """The one part of the message."""
        return {"type": "output_text", "text": text, "annotations": notes, "logprobs": []}

    def item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        """The message."""
        return {
            "id": self.item_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }

    def whole(self, text: str, notes: list[dict[str, Any]], work: Work, extension: dict[str, Any]) -> dict[str, Any]:
        """The response when all is said."""
        output = [self.item("completed", [self.part(text, notes)])]
        return {
            **self.head("completed", output),
            "usage": usage_responses(work),
            "dateline": extension,
        }


async def _events(
    service: Service,
    work: Work,
    asking: Asking,
    request: Request,
    response: _Response,
    finished: Callable[[Answer], dict[str, Any]],
) -> AsyncIterator[bytes]:
    number = -1
    place = {"item_id": response.item_id, "output_index": 0, "content_index": 0}

    def event(kind: str, **more: Any) -> bytes:
        nonlocal number
        number += 1
        return data({"type": kind, "sequence_number": number, **more}, event=kind)

    speaking = Speaking()
    yield event("response.created", response=response.head("in_progress", []))
    yield event("response.in_progress", response=response.head("in_progress", []))
    yield event("response.output_item.added", output_index=0, item=response.item("in_progress", []))
    yield event("response.content_part.added", **place, part=response.part("", []))
    heartbeat = service.settings.heartbeat_s
    events = service.events(work, asking, turn=turn_of(request), left=request.is_disconnected, heartbeat_s=heartbeat)
    try:
        async with aclosing(events) as running:  # type: ignore[type-var]
            async for heard in running:
                if heard is None:
                    yield b": still here\n\n"
                if piece := speaking.hear(heard):
                    yield event("response.output_text.delta", **place, delta=piece, logprobs=[])
                if not isinstance(heard, Done):
                    continue
                notes = notes_of(heard.answer, base_of(service, request))
                for index, note in enumerate(notes):
                    yield event(
                        "response.output_text.annotation.added", **place, annotation_index=index, annotation=note
                    )
                text = speaking.text
                whole = response.whole(text, notes, work, finished(heard.answer))
                yield event("response.output_text.done", **place, text=text, logprobs=[])
                yield event("response.content_part.done", **place, part=response.part(text, notes))
                yield event("response.output_item.done", output_index=0, item=whole["output"][0])
                yield event("response.completed", response=whole)
    except TookTooLong:
        yield event("error", code="timeout", message=TOO_LONG, param=None)
    except (RagError, NewsError) as error:
        yield event("error", code="server_error", message=problems.detail_of(error), param=None)
    except Exception as error:  # the status is sent: this is the only way left to tell of it
        log.exception("a stream failed")
        yield event("error", code="server_error", message=problems.detail_of(error), param=None)
