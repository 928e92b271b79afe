"""`POST /v1/responses`."""

from __future__ import annotations

import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.http.conversations import Conversations, Said
from api.http.service import Service, who_asks
from api.http.streaming import STREAMED
from api.openai.answering import Told, answered
from api.openai.rendering import data, usage_responses
from api.openai.schemas import NAME, ResponsesRequest, conversation
from rag.answer import Answer


def routes(service: Service) -> APIRouter:
    """The route."""
    router = APIRouter(prefix="/v1", tags=["OpenAI-compatible"])

    @router.post("/responses", responses=STREAMED)
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
        response = _Response(f"resp_{secrets.token_hex(16)}", service.dateline.index.clock().timestamp(), asked)

        def keep(answer: Answer) -> None:
            if asked.store is not False:
                kept = Said(asking.question, answer.answer)
                service.conversations.keep(response.response_id, kept_in, who.name, kept, said)

        return await answered(service, request, asking, response, stream=bool(asked.stream), keep=keep)

    return router


@dataclass(slots=True)
class _Response:
    """One response and the ids of its parts."""

    response_id: str
    created_at: float
    asked: ResponsesRequest
    item_id: str = field(default_factory=lambda: f"msg_{secrets.token_hex(16)}")

    number: int = -1  # of the last event of a stream

    def whole(self, told: Told) -> dict[str, Any]:
        """See Form."""
        output = [self._item("completed", [self._part(told.text, told.notes)])]
        return {
            **self._head("completed", output),
            "usage": usage_responses(told.work),
            "dateline": told.extension,
        }

    def begun(self) -> Iterator[bytes]:
        """See Form."""
        yield self._event("response.created", response=self._head("in_progress", []))
        yield self._event("response.in_progress", response=self._head("in_progress", []))
        yield self._event("response.output_item.added", output_index=0, item=self._item("in_progress", []))
        yield self._event("response.content_part.added", **self._place(), part=self._part("", []))

    def piece(self, text: str) -> bytes:
        """See Form."""
        return self._event("response.output_text.delta", **self._place(), delta=text, logprobs=[])

    def ended(self, told: Told) -> Iterator[bytes]:
        """See Form."""
        place = self._place()
        for index, note in enumerate(told.notes):
            kind = "response.output_text.annotation.added"
            yield self._event(kind, **place, annotation_index=index, annotation=note)
        whole = self.whole(told)
        yield self._event("response.output_text.done", **place, text=told.text, logprobs=[])
        yield self._event("response.content_part.done", **place, part=self._part(told.text, told.notes))
        yield self._event("response.output_item.done", output_index=0, item=whole["output"][0])
        yield self._event("response.completed", response=whole)

    def failed(self, status: int, detail: str) -> bytes:
        """See Form."""
        code = "timeout" if status == 504 else "server_error"
        return self._event("error", code=code, message=detail, param=None)

    def _event(self, kind: str, **more: Any) -> bytes:
        self.number += 1
        return data({"type": kind, "sequence_number": self.number, **more}, event=kind)

    def _place(self) -> dict[str, Any]:
        return {"item_id": self.item_id, "output_index": 0, "content_index": 0}

    def _head(self, status: str, output: list[dict[str, Any]]) -> dict[str, Any]:
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

    def _part(self, text: str, notes: list[dict[str, Any]]) -> dict[str, Any]:
        return {"type": "output_text", "text": text, "annotations": notes, "logprobs": []}

    def _item(self, status: str, content: list[dict[str, Any]]) -> dict[str, Any]:
        return {
            "id": self.item_id,
            "type": "message",
            "role": "assistant",
            "status": status,
            "content": content,
        }
