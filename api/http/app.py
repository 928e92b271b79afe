"""The application, built from its parts."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from importlib import import_module
from importlib.metadata import version
from importlib.util import find_spec
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from starlette.routing import Route

from api.http import articles, ask, health, pages, problems
from api.http.access import Door
from api.http.limits import Counter
from api.http.observe import Observer
from api.http.schemas import OpenAIErrorBody, ProblemBody
from api.http.service import Service
from api.openai import chat, responses
from rag.build import Dateline

_PROBLEM = {"description": "Not done; `detail` says why and what to do.", "model": ProblemBody}
_REFUSALS: dict[int | str, dict[str, Any]] = dict.fromkeys((400, 401, 403, 404, 408, 413, 422, 429, 503), _PROBLEM)
_OPENAI_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"description": "Not done; `error.message` says why.", "model": OpenAIErrorBody}
    for status in (*_REFUSALS, 504)
}


def build_app(dateline: Dateline) -> FastAPI:
    """The HTTP application over a running system, which it closes when it shuts down.

    From outside to inside: an id and a line of log for each request, the door, the limits, the routes.
    """
    service = Service(dateline)

    tools = _mcp(service)

    @asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as stack:
            stack.callback(service.close)
            if tools is not None:
                await stack.enter_async_context(tools.run())
            yield

    app = FastAPI(
        title="Dateline",
        version=version("dateline"),
        summary="Answers questions from the news, every sentence tied to the lines that support it.",
        lifespan=lifespan,
        # Their pages load scripts from elsewhere; the description itself is at /openapi.json.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
    )
    app.state.service = service
    problems.install(app)
    for part in (ask, articles, health):
        app.include_router(part.routes(service), responses=_REFUSALS)
    for compatible in (chat, responses):
        app.include_router(compatible.routes(service), responses=_OPENAI_REFUSALS)
    app.include_router(pages.routes(dateline))
    if tools is not None:
        app.router.routes.append(Route("/mcp", tools.asgi_app, methods=["POST", "DELETE"]))
    app.openapi = lambda: _described(app)  # type: ignore[method-assign]
    # The last added is the outermost.
    app.add_middleware(Counter, limits=service.limits)
    app.add_middleware(Door, access=service.access, guesses=service.limits)
    app.add_middleware(Observer, telemetry=service.telemetry, questions=service.settings.log_questions)
    return app


def _mcp(service: Service) -> Any:
    """What serves MCP over HTTP; None without the extra `mcp`."""
    if find_spec("mcp") is None:
        return None
    return import_module("api.mcp").http_manager(service)


def _described(app: FastAPI) -> dict[str, Any]:
    """The OpenAPI description: errors as problem+json, and the key that routes ask for."""
    if app.openapi_schema is None:
        described = get_openapi(title=app.title, version=app.version, summary=app.summary, routes=app.routes)
        described.setdefault("components", {})["securitySchemes"] = {
            "key": {"type": "http", "scheme": "bearer", "description": "`dateline keys create` makes one."}
        }
        described["security"] = [{"key": []}, {}]
        for path, operations in described["paths"].items():
            if problems.speaks_openai(path):
                continue
            for operation in operations.values():
                for status, reply in operation["responses"].items():
                    content = reply.get("content", {})
                    if status[0] in "45" and "application/json" in content:
                        content[problems.MEDIA_TYPE] = content.pop("application/json")
                    if status[0] in "45":
                        reply.setdefault("content", {}).setdefault(problems.MEDIA_TYPE, {})
        app.openapi_schema = described
    return app.openapi_schema
