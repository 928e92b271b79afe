"""`POST /v1/ask`, `POST /v1/search` and `POST /v1/feedback`."""

from __future__ import annotations

import json
import logging
from collections.abc import AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.http import problems
from api.http.conversations import Said
from api.http.schemas import EXAMPLES, AnswerBody, HitsBody, Judgement, Question, Sought
from api.http.service import Asking, Service, TookTooLong, Unanswered, answer_id, say, turn_of, who_asks
from api.http.work import Work
from api.moments import moment
from api.wire import hit_json
from index.errors import NewsError
from rag import wire
from rag.answer import Answer
from rag.ask import Done, Event, Retrieved, Spoken, Status
from rag.errors import BadQuestion, RagError
from rag.retrieve import Trace

SSE = "text/event-stream"
STREAM_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # proxies pass each event on at once
TOO_LONG = "the answer took too long, so it was given up: ask something narrower, or again later"
_EVENTS = (
    'event: status\ndata: {"step": "retrieve"}\n\n'
    'event: retrieval\ndata: {"hits": []}\n\n'
    'event: sentence\ndata: {"text": "Ukraine was excluded.", "citations": [1], "support": "supported", '
    '"new_citations": [{"marker": 1}]}\n\n'
    ": still here\n\n"
    'event: done\ndata: {"answer_id": "ans_4f2a", "outcome": "answered"}\n\n'
)

log = logging.getLogger(__name__)


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
            frames = _frames(service, work, asking, request, finished)
            return StreamingResponse(frames, media_type=SSE, headers=STREAM_HEADERS)
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


async def _frames(
    service: Service, work: Work, asking: Asking, request: Request, finished: Any
) -> AsyncIterator[bytes]:
    """Events as `text/event-stream`; an error that comes after the start is the last of them."""
    events = service.events(
        work,
        asking,
        turn=turn_of(request),
        left=request.is_disconnected,
        heartbeat_s=service.settings.heartbeat_s,
    )
    try:
        async with aclosing(events) as running:  # type: ignore[type-var]
            async for event in running:
                if event is None:
                    yield b": still here\n\n"
                else:
                    yield frame(*_named(event, finished))
    except TookTooLong:
        yield frame("error", problem_json(504, TOO_LONG))
    except (RagError, NewsError) as error:
        log.warning("%s in a stream: %s", type(error).__name__, error)
        yield frame("error", problem_json(problems.status_of(error), problems.detail_of(error)))
    except Exception as error:  # the status is sent: this is the only way left to tell of it
        log.exception("a stream failed")
        yield frame("error", problem_json(500, problems.detail_of(error)))


def frame(name: str, data: dict[str, Any]) -> bytes:
    """One event."""
    return f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode("utf-8", "replace")


def problem_json(status: int, detail: str) -> dict[str, Any]:
    """A problem document for within a stream."""
    body: dict[str, Any] = json.loads(bytes(problems.problem(status, detail).body))
    return body


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
