"""RSS and Atom feeds, through feedparser: an article for each entry, its guid the id."""

from __future__ import annotations

import io
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urljoin

import feedparser

from index.article import Json
from index.errors import UnreadableInput
from index.readers.content import whole
from index.readers.description import outlet_of
from index.readers.item import Found, Skipped, Source
from index.readers.jsonl import Seen, read_record
from index.readers.markup import html_paragraphs, html_text

_TEXT_TYPES = ("html", "plain")


def read_feed(source: Source) -> Iterator[Found]:
    """The articles of a feed, in its order. A feed that breaks off gives those before the break, and says so.

    Raises UnreadableInput when it is no feed at all.
    """
    content = whole(source.pieces, source.limits.feed_bytes)
    # Only ever as a stream: a string would be taken for an address or a file name, and opened.
    # Without its address, against which it would resolve guids too: the same entry must have one id from everywhere.
    feed = feedparser.parse(io.BytesIO(content))
    entries = feed.entries
    if not feed.version and not entries:
        raise UnreadableInput("is not an RSS or Atom feed; give the address or file of the feed itself")
    seen = Seen("entry")
    number = 0
    for number, entry in enumerate(entries[: source.limits.feed_entries], start=1):
        name = f"{source.origin}, entry {number}"
        try:
            yield number, seen.check(read_record(_record(entry, feed.feed, source.url), source, name), number)
        except UnreadableInput as error:
            yield number, Skipped(name, str(error))
    if len(entries) > source.limits.feed_entries:
        reason = f"has {len(entries):,} entries; only the first {source.limits.feed_entries:,} are read"
        yield number + 1, Skipped(source.origin, reason)
    elif feed.bozo and isinstance(feed.bozo_exception, Exception) and not _harmless(feed.bozo_exception):
        read = f"{len(entries)} entries were read"
        reason = f"is not sound XML ({_one_line(feed.bozo_exception)}); {read}, ask its owner to mend it"
        yield number + 1, Skipped(source.origin, reason)


def _harmless(problem: Exception) -> bool:
    return isinstance(problem, feedparser.CharacterEncodingOverride | feedparser.NonXMLContentType)


def _one_line(problem: Exception) -> str:
    return " ".join(str(problem).split())[:120]


def _record(entry: Mapping[str, Any], feed: Mapping[str, Any], feed_url: str | None) -> dict[str, Json]:
    """An entry under the names of docs/readers.md."""
    link = _joined(feed_url, _get(entry, "link"))
    body, whole_text = _body(entry)
    origin = _get(entry, "source") or {}
    record: dict[str, Json] = {
        "id": _get(entry, "id") or link,
        "url": link,
        "title": html_text(str(_get(entry, "title") or "")),
        "paragraphs": list(body),
        "authors": _names(entry),
        "source": _get(origin, "title") or (outlet_of(link) if link else None) or _get(feed, "title"),
        "language": _get(entry, "language") or _get(feed, "language"),
        # As written, to keep a bare day a day; then as feedparser reads it, which knows stranger forms.
        "published_at": _get(entry, "published"),
        "published": _utc(_get(entry, "published_parsed")),
        "updated_at": _get(entry, "updated"),
        "updated": _utc(_get(entry, "updated_parsed")),
    }
    tags: list[Json] = [str(tag["term"]) for tag in _get(entry, "tags") or [] if _get(tag, "term")]
    if tags:
        record["tags"] = tags
    if body and not whole_text:
        record["summary_only"] = True
    return record


def _joined(feed_url: str | None, link: str | None) -> str | None:
    try:
        return urljoin(feed_url or "", link) if link else None
    except ValueError:  # half an IPv6 address
        return None


def _get(entry: Mapping[str, Any], key: str) -> Any:
    # Not entry.get: feedparser answers `updated` with `published`, and warns.
    return dict.get(entry, key) if isinstance(entry, dict) else None


def _body(entry: Mapping[str, Any]) -> tuple[list[str], bool]:
    """(paragraphs, whether they are the content and not just a summary)."""
    contents = [one for one in _get(entry, "content") or [] if str(_get(one, "type")).endswith(_TEXT_TYPES)]
    longest = max((str(_get(one, "value") or "") for one in contents), key=len, default="")
    if longest.strip():
        return html_paragraphs(longest), True
    summary = _get(entry, "summary")
    return (html_paragraphs(summary), False) if isinstance(summary, str) and summary.strip() else ([], False)


def _names(entry: Mapping[str, Any]) -> list[Json]:
    people = [_get(one, "name") for one in _get(entry, "authors") or []]
    return [str(one) for one in people or [_get(entry, "author")] if one]


def _utc(parsed: time.struct_time | None) -> str | None:
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", parsed) if parsed else None
