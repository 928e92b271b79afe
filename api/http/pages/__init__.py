"""What people open in a browser: the article viewer, the chat page, and the widget's files."""

from __future__ import annotations

from fastapi import APIRouter

from api.http.pages import site, viewer
from api.http.pages.files import files
from rag.build import Dateline


def routes(dateline: Dateline) -> APIRouter:
    """Every page, and the files that pages and widget need. They are public: none asks for a key."""
    router = APIRouter()
    router.include_router(site.routes(dateline))
    router.include_router(viewer.routes(dateline), include_in_schema=False)
    router.include_router(files(), include_in_schema=False)
    return router
