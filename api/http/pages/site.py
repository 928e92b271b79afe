"""`/`, the chat page; `/demo`, a newspaper with the widget in it; and `GET /v1/suggestions`."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter
from starlette.responses import HTMLResponse, JSONResponse, Response

from api.http.pages.files import file
from api.http.pages.render import page
from api.http.pages.suggestions import Suggestions
from api.http.pages.viewer import address, stated
from index.article import Article
from index.newest import Freshness, freshness, newest
from rag.build import Dateline

KEPT = dt.timedelta(minutes=1)
STORIES = 13  # headlines on the newspaper's page
LEAD_LINES = 9  # of the first story's text
MOST_LINE = 600  # characters of one of them


@dataclass(frozen=True, slots=True)
class Look:
    """What there was to show at one moment."""

    commit: int
    at: dt.datetime
    fresh: Freshness
    stories: tuple[Article, ...]


class Front:
    """The newest articles: looked up again when some came in, or after a minute, since all dates are read for it."""

    def __init__(self, dateline: Dateline) -> None:
        self._store = dateline.index.store
        self._last: Look | None = None

    def look(self, now: dt.datetime) -> Look:
        """What there is to show now."""
        commit, last = self._store.commit_number(), self._last
        if last is not None and last.commit == commit and abs(now - last.at) < KEPT:
            return last
        stories = tuple(newest(self._store, now, STORIES))
        self._last = Look(commit, now, freshness(self._store, stories), stories)
        return self._last


def routes(dateline: Dateline) -> APIRouter:
    """The two pages, and the questions they suggest."""
    router = APIRouter()
    clock = dateline.index.clock
    front = Front(dateline)
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

    @router.api_route("/", methods=["GET", "HEAD"], include_in_schema=False)
    def chat() -> HTMLResponse:
        now = clock()
        fresh = front.look(now).fresh
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

    @router.api_route("/demo", methods=["GET", "HEAD"], include_in_schema=False)
    def demo() -> HTMLResponse:
        now = clock()
        stories = front.look(now).stories
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
