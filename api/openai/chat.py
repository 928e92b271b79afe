"""`POST /v1/chat/completions` and `GET /v1/models`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response

from api.http import problems
from api.http.service import Service
from api.http.streaming import STREAMED
from api.openai.answering import Told, answered
from api.openai.rendering import data, usage_chat
from api.openai.schemas import NAME, ChatRequest, conversation


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

    @router.post("/chat/completions", responses=STREAMED)
    async def chat(asked: ChatRequest, request: Request) -> Response:
        """Answer the last message of a chat, in OpenAI's shape; streamed where `stream` is true."""
        asked.check()
        question, said = conversation(asked.messages)
        asking = asked.asking(service.dateline.asker.checked(question), said)
        with_usage = bool(asked.stream_options and asked.stream_options.include_usage)
        form = _Completion(int(service.dateline.index.clock().timestamp()), with_usage)
        return await answered(service, request, asking, form, stream=bool(asked.stream))

    return router


def _nested(notes: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Annotations as chat completions have them; the Responses API has the same ones flat."""
    kind = "url_citation"
    return [{"type": kind, kind: {name: held for name, held in note.items() if name != "type"}} for note in notes]


@dataclass(frozen=True, slots=True)
class _Completion:
    """One chat completion: whole, or a chunk for each verified sentence, annotations and all else with the last."""

    created: int
    with_usage: bool
    completion_id: str = field(default_factory=lambda: f"chatcmpl-{secrets.token_hex(14)}")

    def whole(self, told: Told) -> dict[str, Any]:
        """See Form."""
        message = {"role": "assistant", "content": told.text, "refusal": None, "annotations": _nested(told.notes)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
        return {
            **self._head("chat.completion"),
            "choices": [choice],
            "usage": usage_chat(told.work),
            "dateline": told.extension,
        }

    def begun(self) -> Iterator[bytes]:
        """See Form."""
        yield self._chunk({"role": "assistant", "content": "", "refusal": None})

    def piece(self, text: str) -> bytes:
        """See Form."""
        return self._chunk({"content": text})

    def ended(self, told: Told) -> Iterator[bytes]:
        """See Form."""
        yield self._chunk({"annotations": _nested(told.notes)}, finish="stop", dateline=told.extension)
        if self.with_usage:
            yield data({**self._head("chat.completion.chunk"), "choices": [], "usage": usage_chat(told.work)})
        yield b"data: [DONE]\n\n"

    def failed(self, status: int, detail: str) -> bytes:
        """See Form."""
        return b"data: " + bytes(problems.openai_problem(status, detail, headers=None).body) + b"\n\n"

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.completion_id, "object": kind, "created": self.created, "model": NAME}

    def _chunk(self, delta: dict[str, Any], *, finish: str | None = None, **more: Any) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        usage = {"usage": None} if self.with_usage else {}
        return data({**self._head("chat.completion.chunk"), "choices": [choice], **usage, **more})
