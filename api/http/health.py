"""`/healthz`, `/readyz` and `/metrics`."""

from __future__ import annotations

import logging

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from api.http import observe, problems
from api.http.service import Service
from index.errors import NewsError
from rag.wire import moment

log = logging.getLogger(__name__)


def routes(service: Service) -> APIRouter:
    """The routes that a supervisor asks."""
    router = APIRouter(tags=["operations"])
    dateline = service.dateline

    def age_s() -> float | None:
        committed = dateline.index.store.committed_at()
        return None if committed is None else round((dateline.index.clock() - committed).total_seconds(), 1)

    @router.get("/healthz")
    async def healthz() -> dict[str, str]:
        """Whether the process answers at all."""
        return {"status": "ok"}

    @router.get("/readyz", responses={503: {}})
    def readyz() -> Response:
        """Whether questions can be answered, from how much, and how old the newest article is. 503 when not."""
        try:
            dateline.index.refresh()
            counts = dateline.index.store.counts()
            committed = dateline.index.store.committed_at()
        except NewsError as error:
            log.warning("not ready: %s", error)
            return JSONResponse({"status": "unready", "detail": problems.detail_of(error)}, status_code=503)
        return JSONResponse(
            {
                "status": "ready",
                "articles": counts["articles"],
                "passages": counts["passages"],
                "model": dateline.model.name if dateline.model else "extractive",
                "index_updated_at": moment(committed) if committed else None,
                "index_age_s": age_s(),
            }
        )

    @router.get("/metrics", responses={200: {"content": {"text/plain": {}}}, 501: {}})
    def metrics() -> Response:
        """Numbers for Prometheus."""
        if not service.telemetry.measuring:
            return problems.problem(501, "metrics need one more library: pip install 'dateline[metrics]'")
        asking = service.limits.asking
        service.telemetry.turns(asking.busy, asking.waiting)
        counts = dateline.index.store.counts()
        held = {name: counts[name] for name in ("articles", "passages")}
        return Response(service.telemetry.exposition(held=held, age_s=age_s()), media_type=observe.PLAIN)

    return router
