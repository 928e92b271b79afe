"""The application, built from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from fastapi import FastAPI

from api.http import articles, ask, health, pages, problems
from rag.build import Dateline


def build_app(dateline: Dateline) -> FastAPI:
    """The HTTP application over a running system, which it closes when it shuts down."""

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        yield
        dateline.close()

    app = FastAPI(
        title="Dateline",
        version=version("dateline"),
        summary="Answers questions from the news, every sentence tied to the lines that support it.",
        lifespan=lifespan,
    )
    problems.install(app)
    for part in (ask, articles, health, pages):
        app.include_router(part.routes(dateline))
    return app
