"""`/v1/articles`: what every citation points at."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse, Response

from api.wire import article_json, lines_json, revision_json
from rag.build import Dateline

MOST_LINES = 2_000  # in one reply

RevisionName = Annotated[str | None, Query(description="A revision: its first 8 digits or more. Default: current.")]


def routes(dateline: Dateline) -> APIRouter:
    """The routes that show articles."""
    router = APIRouter(prefix="/v1/articles", tags=["articles"])
    store = dateline.index.store

    @router.get("")
    def list_(
        after: str = "", limit: Annotated[int, Query(ge=1, le=1000)] = 50, source: str | None = None
    ) -> Response:
        """A page of articles in the order of their ids; `next` is the `after` of the next one."""
        found = store.articles(after=after, limit=limit, source=source)
        following = found[-1].article_id if len(found) == limit else None
        return JSONResponse({"articles": [article_json(held) for held in found], "next": following})

    # Ids may hold slashes (they can be addresses), so the longer routes come first.
    @router.get("/{article_id:path}/lines")
    def lines(
        article_id: str,
        rev: RevisionName = None,
        first: Annotated[int, Query(ge=1)] = 1,
        last: Annotated[int | None, Query(ge=1)] = None,
    ) -> Response:
        """Numbered lines of a revision, at most 2,000 at a time."""
        most = first + MOST_LINES - 1
        return JSONResponse(lines_json(store.revision(article_id, rev), first, min(last or most, most)))

    @router.get("/{article_id:path}/revisions")
    def revisions(article_id: str) -> Response:
        """Every state the article has been in, in order of time."""
        return JSONResponse({"id": article_id, "revisions": [revision_json(r) for r in store.revisions(article_id)]})

    @router.get("/{article_id:path}")
    def one(article_id: str) -> Response:
        """What is known of one article."""
        return JSONResponse(article_json(store.article(article_id)))

    return router
