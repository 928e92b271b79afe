"""`POST /v1/chat/completions` and `GET /v1/models`."""

from __future__ import annotations

import logging
import secrets
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.http import problems
from api.http.ask import SSE, STREAM_HEADERS, TOO_LONG
from api.http.service import Asking, Service, TookTooLong, Unanswered, answer_id, say, turn_of, who_asks
from api.http.work import Work
from api.openai.rendering import Speaking, base_of, data, notes_of, text_of, usage_chat
from api.openai.schemas import NAME, ChatRequest, conversation
from index.errors import NewsError
from rag import wire
from rag.answer import Answer
from rag.ask import Done
from rag.errors import RagError

log = logging.getLogger(__name__)


def routes(service: Service) -> APIRouter:
    """The routes."""
    router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])
    started = int(service.dateline.index.clock().timestamp())
    model = {"id": NAME, "object": "model", "created": started, "owned_by": NAME}

    @router.get("/models")
    async def models() -> dict[str, Any]:
        """The one model there is. Any other name that a client sends is taken for it."""
        return {"object": "list", "data": [model]}

    @router.get("/models/{name}")
    async def one_model(name: str) -> Response:
        """The one model there is."""
        if name != NAME:
            return problems.openai_problem(404, f"there is one model, {NAME}", code="model_not_found", headers=None)
        return JSONResponse(model)

    @router.post("/chat/completions")
    async def chat(asked: ChatRequest, request: Request) -> Response:
        """Answer the last message of a chat, in OpenAI's shape; streamed where `stream` is true."""
        asked.check()
        question, said = conversation(asked.messages)
        asking = asked.asking(service.dateline.asker.checked(question), said)
        say(request, asking.question)
        work = service.begin(who_asks(request))
        head = {"id": f"chatcmpl-{secrets.token_hex(14)}", "created": _now(service), "model": NAME}
        if asked.stream:
            with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
            frames = _chunks(service, work, asking, request, head, with_usage=with_usage)
            return StreamingResponse(frames, media_type=SSE, headers=STREAM_HEADERS)
        try:
            answer = await service.answer(work, asking, turn=turn_of(request), left=request.is_disconnected)
        except TookTooLong:
            return problems.openai_problem(504, TOO_LONG, headers=None)
        except Unanswered:
            return problems.plain(499)
        message = {
            "role": "assistant",
            "content": text_of(answer),
            "refusal": None,
            "annotations": _nested(notes_of(answer, base_of(service, request))),
        }
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return JSONResponse(
            {
                **head,
                "object": "chat.completion",
                "choices": [choice],
                "usage": usage_chat(work),
                "dateline": _extension(service, answer),
            }
        )

    return router


def _nested(notes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Annotations as chat completions have them; the Responses API has the same ones flat."""
    kind = "url_citation"
    return [{"type": kind, kind: {name: held for name, held in note.items() if name != "type"}} for note in notes]


def _now(service: Service) -> int:
    return int(service.dateline.index.clock().timestamp())


def _extension(service: Service, answer: Answer) -> dict[str, Any]:
    """The whole answer, which feedback may be given on."""
    shown = {**wire.answer(answer), "answer_id": answer_id()}
    service.feedback.remember(shown["answer_id"], shown)
    return shown


async def _chunks(
    service: Service, work: Work, asking: Asking, request: Request, head: dict[str, Any], *, with_usage: bool
) -> AsyncIterator[bytes]:
    """The answer in pieces, one for each verified sentence; annotations and the whole answer with the last."""

    def chunk(delta: dict[str, Any], *, finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        usage = {"usage": None} if with_usage else {}
        return data({**head, "object": "chat.completion.chunk", "choices": [choice], **usage, **more})

    speaking = Speaking()
    heartbeat = service.settings.heartbeat_s
    events = service.events(work, asking, turn=turn_of(request), left=request.is_disconnected, heartbeat_s=heartbeat)
    yield chunk({"role": "assistant", "content": "", "refusal": None})
    try:
        async with aclosing(events) as running:  # type: ignore[type-var]
            async for event in running:
                if event is None:
                    yield b": still here\n\n"
                if piece := speaking.hear(event):
                    yield chunk({"content": piece})
                if isinstance(event, Done):
                    notes = _nested(notes_of(event.answer, base_of(service, request)))
                    extension = _extension(service, event.answer)
                    yield chunk({"annotations": notes}, finish="stop", dateline=extension)
                    if with_usage:
                        whole = {**head, "object": "chat.completion.chunk", "choices": []}
                        yield data({**whole, "usage": usage_chat(work)})
                    yield b"data: [DONE]\n\n"
    except TookTooLong:
        yield _failed(504, TOO_LONG)
    except (RagError, NewsError) as error:
        yield _failed(problems.status_of(error), problems.detail_of(error))
    except Exception as error:  # the status is sent: this is the only way left to tell of it
        log.exception("a stream failed")
        yield _failed(500, problems.detail_of(error))


def _failed(status: int, detail: str) -> bytes:
    return b"data: " + bytes(problems.openai_problem(status, detail, headers=None).body) + b"\n\n"
