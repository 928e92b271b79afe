"""`POST /v1/ask`, `POST /v1/search` and `POST /v1/feedback`."""

from __future__ import annotations

import json
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from starlette.responses import JSONResponse, Response

from api.http import problems
from api.http.conversations import Said
from api.http.schemas import EXAMPLES, AnswerBody, HitsBody, Judgement, Question, Sought
from api.http.service import Asking, Service, TookTooLong, Unanswered, answer_id, say, turn_of, who_asks
from api.http.streaming import SSE, TOO_LONG, streamed
from api.moments import moment
from api.wire import hit_json
from rag import wire
from rag.answer import Answer
from rag.errors import BadQuestion
from rag.events import Done, Event, Retrieved, Spoken, Status
from rag.retrieve import Trace

_EVENTS = (
    'event: status\ndata: {"step": "retrieve"}\n\n'
    'event: retrieval\ndata: {"hits": []}\n\n'
    'event: sentence\ndata: {"text": "Ukraine was excluded.", "citations": [1], "support": "supported", '
    '"new_citations": [{"marker": 1}]}\n\n'
    ": still here\n\n"
    'event: done\ndata: {"answer_id": "ans_4f2a", "outcome": "answered"}\n\n'
)


def routes(service: Service) -> APIRouter:
    """The routes that answer."""
    router = APIRouter(prefix="/v1", tags=["ask"])
    dateline = service.dateline

    @router.post(
        "/ask",
        response_model=AnswerBody,
        responses={
            200: {
                "description": "With `Accept: text/event-stream`, as events, each sentence once it is verified.",
                "content": {SSE: {"schema": {"type": "string"}, "example": _EVENTS}},
            }
        },
    )
    async def ask(asked: Annotated[Question, Body(openapi_examples=EXAMPLES)], request: Request) -> Response:
        """Answer a question. With `Accept: text/event-stream`, as events, each sentence once it is verified."""
        who = who_asks(request)
        if asked.explain and not who.trusted:
            return problems.problem(403, "`explain` shows the prompt and every line looked at: it needs a secret key")
        conversation, said = _before(service, asked, who.name)
        asking = Asking(
            dateline.asker.checked(asked.question),
            moment(asked.as_of, name="as_of", end_of_day=True),
            asked.filters.filters(),
            said,
            asked.explain,
        )
        say(request, asking.question)
        work = service.begin(who)

        def finished(answer: Answer) -> dict[str, Any]:
            shown = wire.answer(answer)
            shown["answer_id"] = answer_id()
            if conversation is not None:
                shown["conversation_id"] = conversation
                kept = Said(asking.question, answer.answer)
                service.conversations.keep(shown["answer_id"], conversation, who.name, kept)
            service.feedback.remember(shown["answer_id"], shown)
            say(request, asking.question, outcome=shown["outcome"], tokens=work.tokens_in + work.tokens_out)
            return shown

        if SSE in request.headers.get("accept", ""):
            events = service.events(
                work,
                asking,
                turn=turn_of(request),
                left=request.is_disconnected,
                heartbeat_s=service.settings.heartbeat_s,
            )
            return streamed(events, lambda event: [_frame(*_named(event, finished))], _failed)
        try:
            answer = await service.answer(work, asking, turn=turn_of(request), left=request.is_disconnected)
        except TookTooLong:
            return problems.problem(504, TOO_LONG)
        except Unanswered:
            return problems.plain(499)  # nobody reads it
        return JSONResponse(finished(answer))

    # A plain function: it runs in a thread of the pool, and the event loop stays free.
    @router.post("/search", response_model=HitsBody)
    def search(
        asked: Annotated[Sought, Body(openapi_examples={k: EXAMPLES[k] for k in ("question", "as_of")})],
        request: Request,
        limit: Annotated[int, Query(ge=1, le=100)] = 10,
    ) -> Response:
        """Find the passages nearest to a question."""
        trace = Trace()
        question = dateline.asker.checked(asked.question)
        say(request, question)
        hits = dateline.retriever.retrieve(
            question,
            as_of=moment(asked.as_of, name="as_of", end_of_day=True),
            limit=limit,
            filters=asked.filters.filters(),
            trace=trace,
        )
        return JSONResponse(
            {"question": question, "hits": [hit_json(hit) for hit in hits], "timings_ms": trace.timings_ms}
        )

    @router.post("/feedback", status_code=202, tags=["feedback"])
    def feedback(judgement: Judgement, request: Request) -> dict[str, str]:
        """Say whether an answer, one of its sentences or one of its citations is right."""
        service.feedback.keep(judgement.model_dump(), who_asks(request).name)
        return {"status": "kept"}

    return router


def _before(service: Service, asked: Question, owner: str) -> tuple[str | None, list[Said]]:
    """The conversation that is kept, if one is, and what was said before."""
    if asked.conversation_id is None:
        return None, [turn.said() for turn in asked.history]
    if asked.history:
        raise BadQuestion("send either `history` or `conversation_id`: both would say what was said before")
    if asked.conversation_id == "new":
        return service.conversations.begin(), []
    return asked.conversation_id, service.conversations.said(asked.conversation_id, owner)


def _failed(status: int, detail: str) -> bytes:
    body: dict[str, Any] = json.loads(bytes(problems.problem(status, detail).body))
    return _frame("error", body)


def _frame(name: str, data: dict[str, Any]) -> bytes:
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


def _named(event: Event, finished: Any) -> tuple[str, dict[str, Any]]:
    match event:
        case Status(step):
            return "status", {"step": step}
        case Retrieved(hits):
            return "retrieval", {"hits": [hit_json(hit) for hit in hits]}
        case Spoken(sentence, citations):
            return "sentence", {
                "text": sentence.text,
                "citations": list(sentence.citations),
                "support": str(sentence.support),
                "new_citations": [wire.citation(citation) for citation in citations],
            }
        case Done(answer):
            return "done", finished(answer)
