"""Answers as `text/event-stream`: the one place where a stream begins, stays alive, fails and ends."""

from __future__ import annotations

import logging
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from typing import Any, cast

from starlette.responses import StreamingResponse

from api.http import problems
from api.http.service import TookTooLong
from index.errors import NewsError
from rag.errors import RagError
from rag.events import Event

SSE = "text/event-stream"
# What a route that may stream adds to its description.
STREAMED: dict[int | str, dict[str, Any]] = {
    200: {"description": "Streamed where `stream` is true.", "content": {SSE: {"schema": {"type": "string"}}}}
}
TOO_LONG = "the answer took too long, so it was given up: ask something narrower, or again later"
_HEADERS = {"Cache-Control": "no-store", "X-Accel-Buffering": "no"}  # proxies pass each event on at once
_ALIVE = b": still here\n\n"  # a comment, which clients pass over

log = logging.getLogger(__name__)


def streamed(
    events: AsyncIterator[Event | None],
    told: Callable[[Event], Iterable[bytes]],
    failed: Callable[[int, str], bytes],
    begun: Iterable[bytes] = (),
) -> StreamingResponse:
    """Events as frames, after those of `begun`; an error that comes after the start is the last of them.

    `events` are those of `Service.events`, `told` puts one of them in frames, `failed` an HTTP status and its detail.
    """

    async def frames() -> AsyncIterator[bytes]:
        for frame in begun:
            yield frame
        try:
            async with aclosing(cast("AsyncGenerator[Event | None]", events)) as running:
                async for event in running:
                    if event is None:
                        yield _ALIVE
                        continue
                    for frame in told(event):
                        yield frame
        except TookTooLong:
            yield failed(504, TOO_LONG)
        except (RagError, NewsError) as error:
            log.warning("%s in a stream: %s", type(error).__name__, error)
            yield failed(problems.status_of(error), problems.detail_of(error))
        except Exception as error:  # the status is sent: this is the only way left to tell of it
            log.exception("a stream failed")
            yield failed(500, problems.detail_of(error))

    return StreamingResponse(frames(), media_type=SSE, headers=_HEADERS)
