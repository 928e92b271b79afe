"""`/healthz` and `/readyz`."""

from __future__ import annotations

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from index.errors import NewsError
from rag.build import Dateline
from rag.wire import moment


def routes(dateline: Dateline) -> APIRouter:
    """The routes that a supervisor asks."""
    router = APIRouter(tags=["operations"])

    @router.get("/healthz")
    def healthz() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    @router.get("/readyz")
    def readyz() -> Response:
        """Whether questions can be answered, from how much, and how old the newest article is. 503 when not."""
        try:
            dateline.index.refresh()
            counts = dateline.index.store.counts()
        except NewsError as error:
            return JSONResponse({"status": "unready", "detail": str(error)}, status_code=503)
        committed = dateline.index.store.committed_at()
        age = None if committed is None else (dateline.index.clock() - committed).total_seconds()
        return JSONResponse(
            {
                "status": "ready",
                "articles": counts["articles"],
                "passages": counts["passages"],
                "model": dateline.model.name if dateline.model else "extractive",
                "index_updated_at": moment(committed) if committed else None,
                "index_age_s": None if age is None else round(age, 1),
            }
        )

    return router
