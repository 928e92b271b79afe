"""`/v1/articles`: what every citation points at, and how articles come in and go.

To readers (a publishable key) an embargoed article does not exist yet and a withdrawn one no longer does. The house
itself (a secret key, or no key where none is needed) sees both.
"""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Annotated, Any

from fastapi import APIRouter, Body, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.http import problems
from api.http.access import Identity
from api.http.schemas import (
    ADDED,
    ArticleBody,
    ArticlesBody,
    ChangedBody,
    DiffBody,
    LinesBody,
    RevisionsBody,
    StoredBody,
    TakenBody,
)
from api.http.service import Service, who_asks
from api.wire import article_json, lines_json, revision_json
from index.article import Article, Draft, Revision, Status
from index.diff import Kind, diff
from index.errors import UnknownArticle, UnreadableInput
from index.ingest import batches
from index.language import language_of
from index.lines import Lines
from index.readers.item import Item, Position, Skipped, Source
from index.readers.jsonl import read_json, read_jsonl
from index.rows import Change, Stored

MOST_LINES = 2_000  # in one reply
MOST_COMPARED = 2_000  # lines of each text; comparing takes time with the square of them
MOST_TOLD = 1_000  # lines that were not taken, each with its reason

RevisionName = Annotated[
    str | None,
    Query(pattern="^[0-9a-f]{8,64}$", description="A revision: its first 8 digits or more. Default: current."),
]
MANY = {"requestBody": {"required": True, "content": {"application/x-ndjson": {"schema": {"type": "string"}}}}}


def routes(service: Service) -> APIRouter:
    """The routes of articles."""
    router = APIRouter(prefix="/v1/articles", tags=["articles"])
    index = service.dateline.index
    store = index.store

    def shown(article_id: str, who: Identity) -> Article:
        """The article, if this one may see it. Raises UnknownArticle."""
        if not article_id.isprintable():
            raise UnknownArticle("There is no such article.")  # half a surrogate pair, for one
        article = store.article(article_id)
        if who.trusted:
            return article
        if article.embargo_until is not None and article.embargo_until > index.clock():
            raise UnknownArticle(f"There is no article {article_id}: see `dateline articles list`.")
        if article.status is not Status.USABLE:
            raise UnknownArticle(f"The article {article_id} was withdrawn or deleted.")
        return article

    @router.get("", response_model=ArticlesBody)
    def list_(
        request: Request,
        after: Annotated[str, Query(max_length=1_000, description="`next` of the page before.")] = "",
        limit: Annotated[int, Query(ge=1, le=1000)] = 50,
        source: Annotated[str | None, Query(max_length=500, description="Only this outlet.")] = None,
        status: Annotated[Status | None, Query(description="Only this status. Readers see usable ones.")] = None,
    ) -> Response:
        """A page of articles in the order of their ids; `next` is the `after` of the next one."""
        trusted, now = who_asks(request).trusted, index.clock()
        if not trusted and status not in {None, Status.USABLE}:
            return _json(request, {"articles": [], "next": None})
        if not (after + (source or "")).isprintable():
            return _json(request, {"articles": [], "next": None})
        wanted = status if trusted else Status.USABLE
        found = store.articles(after=after, limit=limit + 1, status=wanted, source=source)
        following = found[limit - 1].article_id if len(found) > limit else None
        visible = [
            held for held in found[:limit] if trusted or held.embargo_until is None or held.embargo_until <= now
        ]
        return _json(request, {"articles": [article_json(held) for held in visible], "next": following})

    # Ids may hold slashes in an address, so the longer routes come first.
    @router.get("/{article_id:path}/lines", response_model=LinesBody)
    def lines(
        request: Request,
        article_id: str,
        rev: RevisionName = None,
        first: Annotated[int, Query(ge=1)] = 1,
        last: Annotated[int | None, Query(ge=1)] = None,
    ) -> Response:
        """Numbered lines of a revision, at most 2,000 at a time."""
        shown(article_id, who_asks(request))
        most = first + MOST_LINES - 1
        return _json(request, lines_json(store.revision(article_id, rev), first, min(last or most, most)))

    @router.get("/{article_id:path}/revisions", response_model=RevisionsBody)
    def revisions(request: Request, article_id: str) -> Response:
        """Every state the article has been in, in order of time."""
        shown(article_id, who_asks(request))
        told = [revision_json(held) for held in store.revisions(article_id)]
        return _json(request, {"id": article_id, "revisions": told})

    @router.get("/{article_id:path}/diff", response_model=DiffBody)
    def compared(
        request: Request,
        article_id: str,
        old: RevisionName = None,
        new: RevisionName = None,
        whole: Annotated[bool, Query(description="Unchanged lines too.")] = False,
    ) -> Response:
        """What changed between two revisions: by default the current one and the one before it."""
        shown(article_id, who_asks(request))
        after = store.revision(article_id, new)
        before = store.revision(article_id, old) if old else _previous(store.revisions(article_id), after)
        if max(len(Lines(before.text)), len(Lines(after.text))) > MOST_COMPARED:
            return problems.problem(
                422, f"more than {MOST_COMPARED:,} lines are not compared here: get the lines of both revisions"
            )
        changed = [line for line in diff(before.text, after.text) if whole or line.kind is not Kind.SAME]
        told = [{"kind": line.kind, "old": line.old, "new": line.new, "text": line.text} for line in changed]
        return _json(
            request,
            {"id": article_id, "old": revision_json(before), "new": revision_json(after), "lines": told},
        )

    @router.get("/{article_id:path}", response_model=ArticleBody)
    def one(request: Request, article_id: str) -> Response:
        """What is known of one article."""
        return _json(request, article_json(shown(article_id, who_asks(request))))

    # ---- what changes them

    @router.post("", response_model=StoredBody, responses={201: {"model": StoredBody}, 409: {}})
    async def add(
        article: Annotated[dict[str, Any], Body(openapi_examples={"article": {"value": ADDED}})],
        revive: Annotated[bool, Query(description="Also where the article was deleted.")] = False,
    ) -> Response:
        """Add an article, or a new revision of one: an object in the fields of docs/readers.md, or IPTC ninjs."""
        body = json.dumps(article).encode()
        stored = await run_in_threadpool(_add_one, service, body, revive=revive)
        if stored.change is Change.REFUSED:
            return problems.problem(
                409, f"the article {stored.article_id} was deleted; add `?revive=true` to take it back"
            )
        status = 201 if stored.change is Change.ADDED else 200
        where = {"Location": f"/v1/articles/{stored.article_id}"}
        return JSONResponse(_stored_json(stored), status_code=status, headers=where)

    @router.post("/bulk", response_model=TakenBody, openapi_extra=MANY)
    async def add_many(request: Request, revive: bool = False) -> Response:
        """Add many: NDJSON, one article a line, in the same fields. Lines that cannot be taken are told, with why."""
        body = await request.body()
        return JSONResponse(await run_in_threadpool(_add_many, service, body, revive=revive))

    def changed(article_id: str, done: str, change: Callable[[str], None]) -> Response:
        if not article_id.isprintable():
            raise UnknownArticle("There is no such article.")
        change(article_id)
        return JSONResponse({"id": article_id, "done": done})

    @router.post("/{article_id:path}/withdraw", response_model=ChangedBody)
    def withdraw(article_id: str) -> Response:
        """Keep an article but never answer from it again."""
        return changed(article_id, "withdrawn", index.withdraw)

    @router.post("/{article_id:path}/reinstate", response_model=ChangedBody)
    def reinstate(article_id: str) -> Response:
        """Answer from a withdrawn article again."""
        return changed(article_id, "reinstated", index.reinstate)

    @router.delete("/{article_id:path}", response_model=ChangedBody)
    def delete(article_id: str) -> Response:
        """Remove an article's text for good. Its id stays, so that it does not come back with the next ingest."""
        return changed(article_id, "deleted", index.delete)

    return router


def _json(request: Request, body: dict[str, Any]) -> Response:
    """A reply with its ETag; 304 where the client has this very one. Asked for each time: articles are withdrawn."""
    reply = JSONResponse(body)
    etag = f'"{hashlib.sha256(bytes(reply.body)).hexdigest()[:32]}"'
    headers = {"ETag": etag, "Cache-Control": "private, no-cache"}
    held = {one.strip().removeprefix("W/") for one in request.headers.get("if-none-match", "").split(",")}
    if etag in held or "*" in held:
        return problems.plain(304, headers=headers)
    reply.headers.update(headers)
    return reply


def _previous(states: list[Revision], after: Revision) -> Revision:
    at = max(place for place, held in enumerate(states) if held.revision == after.revision)
    if at == 0:
        raise UnknownArticle(f"{after.article_id} has had one revision only: there is nothing to compare it with.")
    return states[at - 1]


def _source(service: Service, body: bytes) -> Source:
    return Source(
        origin="the request",
        name="request",
        pieces=iter([body]),
        now=service.dateline.index.clock(),
        language_of=language_of,
    )


def _sound(found: Draft | Skipped) -> Draft | Skipped:
    """The draft, skipped where its text is one that UTF-8 cannot hold."""
    if isinstance(found, Draft):
        try:
            json.dumps([found.text, found.title, found.article_id, found.source], ensure_ascii=False).encode()
        except UnicodeEncodeError:
            return Skipped(found.origin, "holds half of a surrogate pair; repair the source's encoding")
    return found


def _add_one(service: Service, body: bytes, *, revive: bool) -> Stored:
    entries = list(read_json(_source(service, body)))
    if len(entries) != 1:
        raise UnreadableInput("There is more than one article in it: send them as NDJSON to /v1/articles/bulk.")
    found = _sound(entries[0][1])
    if isinstance(found, Skipped):
        raise UnreadableInput(f"The article {found.reason}.")
    (stored,) = service.dateline.index.add([found], revive=revive)
    service.dateline.index.compact_in_background()
    return stored


def _add_many(service: Service, body: bytes, *, revive: bool) -> dict[str, Any]:
    counts: Counter[str] = Counter()
    results: list[dict[str, Any]] = []

    def items() -> Iterator[Item]:
        for number, each in read_jsonl(_source(service, body)):
            found, at = _sound(each), Position("the request", "", number)
            yield Item(position=at, **({"skipped": found} if isinstance(found, Skipped) else {"draft": found}))

    for batch in batches(items()):
        drafts = [item.draft for item in batch if item.draft is not None]
        stored = iter(service.dateline.index.add(drafts, revive=revive))
        for item in batch:
            line = item.position.entry
            if item.skipped is not None:
                counts["skipped"] += 1
                if len(results) < MOST_TOLD:
                    results.append({"line": line, "skipped": item.skipped.reason})
                continue
            done = next(stored)
            counts[done.change.value] += 1
            if done.change is Change.REFUSED and len(results) < MOST_TOLD:
                results.append({"line": line, "id": done.article_id, "skipped": "was deleted; add ?revive=true"})
    service.dateline.index.compact_in_background()
    return {"counts": dict(counts), "results": results}


def _stored_json(stored: Stored) -> dict[str, Any]:
    return {"id": stored.article_id, "change": stored.change.value, "revision": stored.revision}
