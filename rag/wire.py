"""Answers and citations as JSON: the one shape of design §4, everywhere the same.

The keys of the design are always there, in its order. Whatever else may be told (`short`, `note`, `notes`,
`understood`, `premise`, `disagreement`, `unanswered`, `trace`; of a citation `superseded`, `carried_by`) appears
after them, and only when there is something to tell.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Any
from urllib.parse import quote as percent
from urllib.parse import urlsplit

from rag.answer import Answer, Citation

WHOLE = 120  # characters up to which a text fragment holds the whole quote; beyond, its first and last words


def permalink(citation: Citation) -> str:
    """Where this very revision can be read, with the cited lines marked: `/articles/…?rev=9f2c…#L12-L14`."""
    return lines_at(citation.article_id, citation.revision, citation.first_line, citation.last_line)


def lines_at(article_id: str, revision: str, first: int, last: int) -> str:
    """The viewer's address of some lines of a revision."""
    lines = f"L{first}" if first == last else f"L{first}-L{last}"
    return f"/articles/{percent(article_id, safe='')}?rev={revision}#{lines}"


def source_link(citation: Citation) -> str | None:
    """The publisher's page, opened at the quote; None without a web address."""
    return quoted_at(citation.url, citation.quote.exact)


def quoted_at(url: str | None, exact: str) -> str | None:
    """A page of the web with a text fragment (WICG scroll-to-text) for a quote; None where the address is none."""
    page = web_page(url)
    return None if page is None else f"{page}#:~:text={_fragment(exact)}"


def web_page(url: str | None) -> str | None:
    """The address without its fragment; None where it is not one of the web, as an article may say anything."""
    try:
        parts = urlsplit(url or "")
    except ValueError:  # such as http://[
        return None
    if url is None or parts.scheme not in {"http", "https"} or not parts.hostname:
        return None
    return url.partition("#")[0]


def _fragment(exact: str) -> str:
    exact = re.sub(r"\s+", " ", exact).strip()
    pieces = exact.split(" ")
    if len(exact) <= WHOLE or len(pieces) < 10:
        return _escape(exact)
    return f"{_escape(' '.join(pieces[:5]))},{_escape(' '.join(pieces[-5:]))}"


def _escape(text: str) -> str:
    # A fragment's own syntax uses comma, ampersand and hyphen; percent() leaves the hyphen alone.
    return percent(text, safe="").replace("-", "%2D")


def citation(given: Citation) -> dict[str, Any]:
    """The citation object."""
    quote = given.quote
    shown: dict[str, Any] = {
        "marker": given.marker,
        "article": {
            "id": given.article_id,
            "revision": given.revision,
            "url": given.url,
            "title": given.title,
            "source": given.source,
            "published_at": None if given.published_at is None else str(given.published_at),
            "updated_at": None if given.updated_at is None else str(given.updated_at),
        },
        "lines": {"first": given.first_line, "last": given.last_line},
        "quote": {
            "exact": quote.exact,
            "prefix": quote.prefix,
            "suffix": quote.suffix,
            "start": quote.start,
            "end": quote.end,
        },
        "permalink": permalink(given),
        "source_link": source_link(given),
        "support": str(given.support),
    }
    if given.superseded:
        shown["superseded"] = True
    if given.carried_by:
        shown["carried_by"] = list(given.carried_by)
    return shown


def moment(given: dt.datetime) -> str:
    """ISO 8601 in UTC: `2025-02-20T00:00:00Z`."""
    return given.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def answer(given: Answer) -> dict[str, Any]:
    """The answer object."""
    shown: dict[str, Any] = {
        "question": given.question,
        "as_of": moment(given.as_of),
        "outcome": str(given.outcome),
        "reason": None if given.reason is None else str(given.reason),
        "confidence": round(given.confidence, 3),
        "answer": given.answer,
        "sentences": [
            {"text": s.text, "citations": list(s.citations), "support": str(s.support)} for s in given.sentences
        ],
        "citations": [citation(c) for c in given.citations],
        "withheld": given.withheld,
        "reading": [citation(c) for c in given.reading],
        "model": given.model,
        "newest_evidence": None if given.newest_evidence is None else str(given.newest_evidence),
        "timings_ms": dict(given.timings_ms),
    }
    if given.short:
        shown["short"] = given.short
    if given.notes:
        shown["note"] = given.note
        shown["notes"] = [{"about": str(one.about), "text": one.text} for one in given.notes]
    if given.understood:
        shown["understood"] = given.understood
    if given.premise is not None:
        shown["premise"] = given.premise
    if given.disagreement:
        shown["disagreement"] = [
            {
                "value": side.value,
                "standing": str(side.standing),
                "source": side.source,
                "published_at": None if side.published_at is None else str(side.published_at),
                "citation": side.citation,
            }
            for side in given.disagreement
        ]
    if given.unanswered:
        shown["unanswered"] = list(given.unanswered)
    if given.trace is not None:
        shown["trace"] = given.trace
    return shown
