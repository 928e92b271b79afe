"""Errors as RFC 9457 `application/problem+json`: what went wrong, and what to do."""

from __future__ import annotations

from collections.abc import Mapping
from http import HTTPStatus

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse

from index.errors import NewsError, StoreBusy, StoreFull, UnknownArticle, UnreadableInput
from rag.errors import BadQuestion, RagError

MEDIA_TYPE = "application/problem+json"

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


def problem(status: int, detail: str, *, headers: Mapping[str, str] | None = None) -> JSONResponse:
    """One problem document."""
    return JSONResponse(
        {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail},
        status_code=status,
        headers=dict(headers or {}),
        media_type=MEDIA_TYPE,
    )


def status_of(error: Exception) -> int:
    """The status that tells this error."""
    return next((status for kind, status in _STATUS if isinstance(error, kind)), 500)


def install(app: FastAPI) -> None:
    """Make every error of this application a problem document."""

    def known(_: Request, error: Exception) -> JSONResponse:
        status = status_of(error)
        return problem(status, str(error), headers={"Retry-After": "5"} if status == 503 else None)

    def invalid(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, RequestValidationError)
        told = [f"{'.'.join(str(part) for part in one['loc'][1:]) or 'body'}: {one['msg']}" for one in error.errors()]
        return problem(422, "; ".join(told)[:2000])

    def http(_: Request, error: Exception) -> JSONResponse:
        assert isinstance(error, HTTPException)
        return problem(error.status_code, str(error.detail), headers=error.headers)

    app.add_exception_handler(NewsError, known)
    app.add_exception_handler(RagError, known)
    app.add_exception_handler(RequestValidationError, invalid)
    app.add_exception_handler(HTTPException, http)
