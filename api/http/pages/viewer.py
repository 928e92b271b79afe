"""`/articles/{id}?rev=…#L12-L14`: the place every citation leads to, rendered here so that it needs no JavaScript.

A fragment never reaches the server, so `lines=12-14` says the same to it, and `quote=812-960` which characters of the
canonical text were quoted. The chat widget gives all three.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote as percent

from fastapi import APIRouter
from starlette.responses import HTMLResponse

from api.http.pages.changes import Row, compare
from api.http.pages.render import page
from index.article import Article, DateOrigin, NewsDate, Revision, Status
from index.errors import UnknownArticle
from index.lines import Line, Lines
from index.store import Store
from rag.build import Dateline
from rag.wire import lines_at, quoted_at, web_page

MOST_LINES = 2_000  # on one page
BEFORE = 40  # lines shown before the cited ones where not all are shown
MOST_COPIES = 50  # named as also carrying the article

_RANGE = re.compile(r"L?(\d{1,7})(?:-L?(\d{1,7}))?")
_LANGUAGE = re.compile(r"[A-Za-z]{2,8}(-[A-Za-z0-9]{1,8}){0,3}")
_ORIGINS = {
    DateOrigin.METADATA: "as the publisher states it",
    DateOrigin.MARKUP: "from the page",
    DateOrigin.URL: "from the address",
    DateOrigin.DATELINE: "from the text's dateline",
}


@dataclass(frozen=True, slots=True)
class Span:
    """Cited lines, 1-based and inclusive, and the quoted characters in them, end-exclusive."""

    first: int
    last: int
    start: int
    end: int
    quoted: bool  # whether the characters were asked for, or are just all of the lines

    def __contains__(self, line: Line) -> bool:
        return self.first <= line.number <= self.last


def routes(dateline: Dateline) -> APIRouter:
    """The route of the viewer."""
    router = APIRouter()
    store = dateline.index.store

    @router.api_route("/articles/{article_id:path}", methods=["GET", "HEAD"])
    def article(
        article_id: str,
        rev: str | None = None,
        lines: str | None = None,
        quote: str | None = None,
        diff: str | None = None,
        start: str | None = None,
    ) -> HTMLResponse:
        try:
            held = store.article(article_id)
        except UnknownArticle:
            return _missing(404, "No such article", "There is no article here. The address may have been cut off.")
        if held.status is Status.DELETED:
            return _missing(
                410, "Deleted", "This article was deleted: its text is gone, and no answer is drawn from it."
            )
        now = dateline.index.clock()
        if held.embargo_until is not None and held.embargo_until > now:
            return _missing(404, "Not published yet", "This article is under embargo.")
        states = store.revisions(article_id)
        try:
            shown = store.revision(article_id, rev)
            older = None if diff is None else store.revision(article_id, diff)
        except UnknownArticle:
            return _missing(
                404,
                "No such revision",
                "The article is here, but not in this revision.",
                link=(address(article_id), "Read its current text"),
            )
        common = _common(store, held, shown, states)
        if older is not None:
            return page("changes.html.j2", **common, **_changes(older, shown))
        return page("article.html.j2", **common, **_text(held, shown, lines, quote, start))

    return router


def _missing(status: int, title: str, told: str, *, link: tuple[str, str] | None = None) -> HTMLResponse:
    return page("missing.html.j2", status=status, title=title, told=told, link=link)


def address(article_id: str, **query: str) -> str:
    """Where an article is shown."""
    asked = "&".join(f"{name}={percent(value, safe='')}" for name, value in query.items())
    return f"/articles/{percent(article_id, safe='')}" + (f"?{asked}" if asked else "")


def _common(store: Store, held: Article, shown: Revision, states: Sequence[Revision]) -> dict[str, Any]:
    """What text and comparison have in common."""
    current = states[-1]
    copy = store.copy_of(held.article_id)
    return {
        "id": held.article_id,
        "title": shown.title or held.article_id,
        "source": held.source,
        "section": held.section,
        "authors": list(held.authors),
        "language": held.language if _LANGUAGE.fullmatch(held.language or "") else None,
        "published": stated(shown.published_at),
        "updated": stated(shown.updated_at),
        "seen": _moment(shown.observed_at),
        "subscribers": held.accessible_for_free is False,
        "correction": held.correction,
        "withdrawn": held.status is Status.WITHDRAWN,
        "revision": shown.revision,
        "superseded": None if shown.superseded_at is None else _moment(shown.superseded_at),
        "returned": shown.superseded_at is not None and shown.revision == current.revision,
        "current_address": address(held.article_id),
        "changes_address": address(held.article_id, rev=current.revision, diff=shown.revision),
        "history": _history(held.article_id, shown, states),
        "copies": [_named(store, one) for one in store.carriers_of(held.article_id)[:MOST_COPIES]],
        "copy_of": None if copy is None else _named(store, copy[0]),
    }


def _history(article_id: str, shown: Revision, states: Sequence[Revision]) -> list[dict[str, Any]]:
    """Every state the article was in, the newest first, each with what it changed of the one before."""
    rows = [
        {
            "seen": _moment(state.observed_at),
            "current": state is states[-1],
            "shown": state.revision == shown.revision and state.observed_at == shown.observed_at,
            "name": state.revision[:8],
            "address": address(article_id, rev=state.revision),
            "changes": None if before is None else address(article_id, rev=state.revision, diff=before.revision),
        }
        for before, state in zip([None, *states[:-1]], states, strict=True)
    ]
    return rows[::-1]


def _named(store: Store, article_id: str) -> dict[str, Any]:
    """Another article: outlet, headline and address."""
    other = store.article(article_id)
    return {
        "source": other.source,
        "title": other.title or article_id,
        "published": stated(other.published_at),
        "address": address(article_id),
    }


def _text(
    held: Article, shown: Revision, lines_asked: str | None, quote_asked: str | None, start_asked: str | None
) -> dict[str, Any]:
    """The lines of one revision, with the cited ones marked."""
    lines = Lines(shown.text)
    cited = cited_span(lines, lines_asked, quote_asked)
    wanted = int(start_asked) if start_asked and re.fullmatch(r"\d{1,7}", start_asked) else None
    first = _first_shown(len(lines), cited, wanted)
    last = min(len(lines), first + MOST_LINES - 1)
    pages = {"rev": shown.revision}
    return {
        "lines": [
            {
                "number": number,
                "cited": cited is not None and lines[number] in cited,
                "pieces": _pieces(lines[number], cited),
            }
            for number in range(first, last + 1)
        ],
        "cited": None if cited is None else {"first": cited.first, "last": cited.last},
        "total": len(lines),
        "earlier": address(held.article_id, **pages, start=str(max(1, first - MOST_LINES))) if first > 1 else None,
        "later": address(held.article_id, **pages, start=str(last + 1)) if last < len(lines) else None,
        **_links(held, shown, cited),
    }


def _first_shown(total: int, cited: Span | None, wanted: int | None) -> int:
    if total <= MOST_LINES:
        return 1
    return max(1, min(wanted or (cited.first - BEFORE if cited else 1), total))


def cited_span(lines: Lines, asked: str | None, quoted: str | None = None) -> Span | None:
    """The lines that `12-14` or `L12-L14` names, as far as there are such; None for anything else.

    `quoted`, `812-960`, narrows what is marked to these characters, if they lie in those lines.
    """
    found = _RANGE.fullmatch(asked or "")
    if found is None:
        return None
    first, last = sorted((int(found[1]), int(found[2] or found[1])))
    if first < 1 or first > len(lines):
        return None
    last = min(last, len(lines), first + MOST_LINES - 1)
    start, end = lines.span(first, last)
    characters = re.fullmatch(r"(\d{1,9})-(\d{1,9})", quoted or "")
    if characters and start <= int(characters[1]) < int(characters[2]) <= end:
        return Span(first, last, int(characters[1]), int(characters[2]), quoted=True)
    return Span(first, last, start, end, quoted=False)


def _pieces(line: Line, cited: Span | None) -> list[tuple[str, bool]]:
    """A line cut where the quote begins and ends: text, and whether it is quoted."""
    if cited is None or line not in cited or not cited.quoted:
        return [(line.text, False)]
    start, end = (min(max(at, line.start), line.end) - line.start for at in (cited.start, cited.end))
    cut = [(line.text[:start], False), (line.text[start:end], True), (line.text[end:], False)]
    return [piece for piece in cut if piece[0]]


def _links(held: Article, shown: Revision, cited: Span | None) -> dict[str, str | None]:
    """Where this can be read: here by its lines, and at the publisher with the quote found there."""
    if cited is None:
        return {"here": address(held.article_id, rev=shown.revision), "there": web_page(held.url)}
    return {
        "here": lines_at(held.article_id, shown.revision, cited.first, cited.last),
        "there": quoted_at(held.url, shown.text[cited.start : cited.end]),
    }


def _changes(older: Revision, newer: Revision) -> dict[str, Any]:
    rows: list[Row] | None = compare(older.text, newer.text)
    return {
        "older": {"seen": _moment(older.observed_at), "name": older.revision[:8]},
        "newer": {"seen": _moment(newer.observed_at), "name": newer.revision[:8]},
        "rows": rows,
        "changed": rows is None or any(row.kind in {"added", "removed"} for row in rows),
        "text_address": address(newer.article_id, rev=newer.revision),
    }


def stated(date: NewsDate | None) -> dict[str, str] | None:
    """A date as a source states it, and where it was found."""
    if date is None:
        return None
    day = f"{date.moment.day} {date.moment:%B %Y}"
    return {
        "iso": str(date),
        "words": day if date.day_only else f"{day}, {date.moment:%H:%M} UTC",
        "day": day,
        "origin": _ORIGINS[date.origin],
    }


def _moment(moment: dt.datetime) -> dict[str, str]:
    moment = moment.astimezone(dt.UTC)
    return {
        "iso": moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "words": f"{moment.day} {moment:%B %Y, %H:%M} UTC",
        "day": f"{moment.day} {moment:%B %Y}",
    }
