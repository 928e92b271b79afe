"""`/`, the chat page; `/demo`, a newspaper with the widget in it; and `GET /v1/suggestions`."""

from __future__ import annotations

import datetime as dt
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.http.pages.files import file
from api.http.pages.render import page
from api.http.pages.suggestions import Suggestions
from api.http.pages.viewer import address, stated
from index.article import Article
from index.newest import freshness, newest
from rag.build import Dateline

STORIES = 13  # headlines on the newspaper's page
LEAD_LINES = 9  # of the first story's text
MOST_LINE = 600  # characters of one of them


def routes(dateline: Dateline) -> APIRouter:
    """The two pages, and the questions they suggest."""
    router = APIRouter()
    store, clock = dateline.index.store, dateline.index.clock
    suggestions = Suggestions(dateline)
    key = dateline.settings.page_key

    @router.get("/v1/suggestions", tags=["ask"])
    def suggested() -> Response:
        """Questions that the articles answer, each with the line that does: checked by asking it without a model."""
        found = suggestions.current()
        return JSONResponse(
            {
                "suggestions": [
                    {
                        "question": one.question,
                        "article": {"id": one.article_id, "revision": one.revision},
                        "lines": {"first": one.line, "last": one.line},
                    }
                    for one in found
                ]
            },
            headers={"Cache-Control": "private, max-age=60"},
        )

    @router.get("/", include_in_schema=False)
    def chat() -> HTMLResponse:
        now = clock()
        fresh = freshness(store, now)
        return page(
            "chat.html.j2",
            key=key,
            script=_script("/widget/chat.js"),
            articles=fresh.articles,
            newest=stated(fresh.newest),
            updated=None if fresh.updated is None else ago(now - fresh.updated),
            updated_iso=None if fresh.updated is None else fresh.updated.strftime("%Y-%m-%dT%H:%M:%SZ"),
            model=dateline.model.name if dateline.model else None,
        )

    @router.get("/demo", include_in_schema=False)
    def demo() -> HTMLResponse:
        now = clock()
        stories = newest(store, now, STORIES)
        return page(
            "demo.html.j2",
            key=key,
            today=f"{now:%A}, {now.day} {now:%B %Y}",
            lead=_lead(dateline, stories[0]) if stories else None,
            stories=[_story(one) for one in stories[1:]],
        )

    return router


def _script(place: str) -> str:
    return f"{place}?v={file(place).etag.strip(chr(34))}"


def _story(article: Article) -> dict[str, Any]:
    return {
        "title": article.title or article.article_id,
        "source": article.source,
        "section": article.section,
        "published": stated(article.published_at),
        "address": address(article.article_id),
        "language": article.language if (article.language or "").isalpha() else None,
    }


def _lead(dateline: Dateline, article: Article) -> dict[str, Any]:
    lines = dateline.lines_of(article.article_id, article.revision or "")
    text = [lines[number].text for number in range(2, min(len(lines), 1 + LEAD_LINES) + 1)]
    return _story(article) | {
        "lines": [one if len(one) <= MOST_LINE else one[:MOST_LINE] + "…" for one in text if one.strip()]
    }


def ago(age: dt.timedelta) -> str:
    """How long ago, in the largest unit that fits: `3 minutes ago`."""
    seconds = max(0, int(age.total_seconds()))
    for size, unit in ((86_400, "day"), (3_600, "hour"), (60, "minute")):
        if seconds >= size:
            count = seconds // size
            return f"{count} {unit}{'' if count == 1 else 's'} ago"
    return "just now"
