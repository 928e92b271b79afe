"""`POST /v1/ask` and `POST /v1/search`."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from contextlib import closing
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from api.http.schemas import Question
from api.moments import moment
from api.wire import hit_json
from rag import wire
from rag.ask import Done, Event, Retrieved, Spoken, Status
from rag.build import Dateline
from rag.retrieve import Trace

SSE = "text/event-stream"


def routes(dateline: Dateline) -> APIRouter:
    """The routes that answer."""
    router = APIRouter(prefix="/v1", tags=["ask"])

    # Plain functions: they run in a thread of the pool, and the event loop stays free.
    @router.post("/ask", responses={200: {"content": {SSE: {}}}})
    def ask(asked: Question, request: Request) -> Response:
        """Answer a question. With `Accept: text/event-stream`, as events, each sentence once it is verified."""
        as_of = moment(asked.as_of, name="as_of", end_of_day=True)
        filters = asked.filters.filters()
        question = dateline.asker.checked(asked.question)
        if SSE in request.headers.get("accept", ""):
            events = dateline.stream(question, as_of=as_of, filters=filters, explain=asked.explain)
            return StreamingResponse(frames(events), media_type=SSE, headers={"Cache-Control": "no-store"})
        answer = dateline.ask(question, as_of=as_of, filters=filters, explain=asked.explain)
        return JSONResponse(wire.answer(answer))

    @router.post("/search")
    def search(asked: Question, limit: int = 10) -> Response:
        """Find the passages nearest to a question."""
        trace = Trace()
        hits = dateline.retriever.retrieve(
            dateline.asker.checked(asked.question),
            as_of=moment(asked.as_of, name="as_of", end_of_day=True),
            limit=max(1, min(limit, 100)),
            filters=asked.filters.filters(),
            trace=trace,
        )
        return JSONResponse(
            {"question": asked.question, "hits": [hit_json(hit) for hit in hits], "timings_ms": trace.timings_ms}
        )

    return router


def frames(events: Generator[Event, None, None]) -> Iterator[bytes]:
    """Events as `text/event-stream`. Closing the iterator stops the work."""
    with closing(events):
        for event in events:
            name, data = _named(event)
            yield f"event: {name}\ndata: {json.dumps(data, ensure_ascii=False)}\n\n".encode()


def _named(event: Event) -> tuple[str, dict[str, Any]]:
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
            return "done", wire.answer(answer)
