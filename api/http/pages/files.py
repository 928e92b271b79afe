"""The files of pages and widget: a closed list, read once, each with its ETag."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

PAGES = Path(__file__).parent / "static"
BUILT = Path(__file__).parents[2] / "widget" / "built"

SCRIPT, STYLE = "text/javascript; charset=utf-8", "text/css; charset=utf-8"
PLACES = {
    "/static/pages.css": (PAGES / "pages.css", STYLE),
    "/static/icon.svg": (PAGES / "icon.svg", "image/svg+xml"),
    "/widget.js": (BUILT / "widget.js", SCRIPT),
    "/widget/chat.js": (BUILT / "chat.js", SCRIPT),
    "/static/viewer.js": (BUILT / "viewer.js", SCRIPT),
}


@dataclass(frozen=True, slots=True)
class File:
    """One file as it is served."""

    body: bytes
    media_type: str
    etag: str


@lru_cache(maxsize=len(PLACES))
def file(place: str) -> File:
    """The file at an address of `PLACES`."""
    path, media_type = PLACES[place]
    body = path.read_bytes()
    return File(body, media_type, f'"{hashlib.sha256(body).hexdigest()[:16]}"')


def files() -> APIRouter:
    """The routes of `PLACES`. Any page may load them: they hold no secret, and a module needs leave of its server."""
    router = APIRouter()
    for place in PLACES:
        router.add_api_route(place, _serve, methods=["GET", "HEAD"])
    return router


def _serve(request: Request) -> Response:
    found = file(request.scope["route"].path)
    # What is asked for by its own hash never changes.
    lasting = request.query_params.get("v") == found.etag.strip('"')
    headers = {
        "ETag": found.etag,
        "Cache-Control": "public, max-age=31536000, immutable" if lasting else "public, max-age=300",
        "Access-Control-Allow-Origin": "*",
        "Cross-Origin-Resource-Policy": "cross-origin",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    return Response(found.body, media_type=found.media_type, headers=headers)
