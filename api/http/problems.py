"""Errors as RFC 9457 `application/problem+json`: what went wrong, and what to do.

On the OpenAI-compatible routes the same is told in OpenAI's error object, which its clients read.
"""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.types import Scope

from index.errors import NewsError, StoreBusy, StoreFull, UnknownArticle, UnreadableInput
from rag.errors import BadQuestion, RagError

MEDIA_TYPE = "application/problem+json"
RETRY_S = "5"  # for a store that is being written to

# The most particular first: a class stands for its kin too.
_STATUS: tuple[tuple[type[Exception], int], ...] = (
    (BadQuestion, 422),
    (UnknownArticle, 404),
    (UnreadableInput, 422),
    (StoreBusy, 503),
    (StoreFull, 507),
    (NewsError, 500),
    (RagError, 500),
)
# What a server's own trouble says names its files and folders: that is for its log.
_TOLD = {
    500: "the server failed; its log says why, under the x-request-id of this reply",
    503: "the articles are being written to: try again in a moment",
    507: "the server's disk is full: nothing was stored; its log says more",
}
_OPENAI_KINDS = {401: "authentication_error", 403: "permission_error", 429: "rate_limit_error"}

log = logging.getLogger(__name__)


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """One problem document."""
    return JSONResponse(
        {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail},
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def openai_problem(
    status: int, detail: str, *, param: str | None = None, code: str | None = None, headers: Mapping[str, str] | None
) -> JSONResponse:
    """The same as OpenAI's error object."""
    kind = _OPENAI_KINDS.get(status, "server_error" if status >= 500 else "invalid_request_error")
    body: dict[str, Any] = {"error": {"message": detail, "type": kind, "param": param, "code": code}}
    return JSONResponse(body, status_code=status, headers=dict(headers or {}))


def speaks_openai(path: str) -> bool:
    """Whether the route is one of the OpenAI-compatible ones."""
    return path.startswith(("/v1/chat/", "/v1/responses", "/v1/models"))


def error(scope: Scope, status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """An error in the words that the route asked for speaks."""
    if speaks_openai(scope["path"]):
        return openai_problem(400 if status == 422 else status, detail, headers=headers)
    return problem(status, detail, headers=headers)


def plain(status: int, *, headers: Mapping[str, str] | None = None) -> Response:
    """A reply without a body."""
    return Response(status_code=status, headers=dict(headers or {}))


def status_of(error: Exception) -> int:
    """The status that tells this error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def detail_of(error: Exception) -> str:
    """What may be told of this error to whoever asked."""
    return _TOLD.get(status_of(error), str(error))


def install(app: FastAPI) -> None:
    """Make every error of this application a problem document."""

    def known(request: Request, raised: Exception) -> JSONResponse:
        status = status_of(raised)
        if status >= 500:
            log.error("%s: %s", type(raised).__name__, raised)
        headers = {"Retry-After": RETRY_S} if status == 503 else None
        return error(request.scope, status, detail_of(raised), headers=headers)

    def invalid(request: Request, raised: Exception) -> JSONResponse:
        assert isinstance(raised, RequestValidationError)
        told = [
            f"{'.'.join(str(part) for part in one['loc'][1:]) or 'body'}: {one['msg']}" for one in raised.errors()
        ]
        return error(request.scope, 422, "; ".join(told)[:2000])

    def http(request: Request, raised: Exception) -> JSONResponse:
        assert isinstance(raised, HTTPException)
        return error(request.scope, raised.status_code, str(raised.detail), headers=raised.headers)

    app.add_exception_handler(NewsError, known)
    app.add_exception_handler(RagError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
