"""IPTC ninjs, the wire agencies' JSON (versions 1.x to 3.x): its fields under the names that all readers share.

Source: https://iptc.org/std/ninjs/ . `pubstatus` withheld or canceled means that an item must not be used,
`embargoed` that it must not be used yet.
"""

from __future__ import annotations

from collections.abc import Mapping

from index.article import Json
from index.errors import UnreadableInput
from index.readers.canonical import paragraphs_of
from index.readers.markup import html_paragraphs

_SIGNS = {"versioncreated", "pubstatus", "headlines", "bodies", "body_text", "body_xhtml", "body_html"}
_LEFT_OUT = {"renditions", "associations", "bodies", "headlines", "standard", "$schema"}  # not text, or read already
_READ = {
    "uri", "guid", "headline", "byline", "by", "language", "firstcreated", "contentcreated", "versioncreated",
    "embargoed", "pubstatus", "url", "copyrightholder", "infosource", "infosources",
}  # fmt: skip


def is_ninjs(record: Mapping[str, Json]) -> bool:
    """Whether a JSON object is a ninjs item and not one in this project's own fields."""
    return ("uri" in record or "guid" in record) and "text" not in record and bool(_SIGNS & record.keys())


def from_ninjs(item: Mapping[str, Json]) -> dict[str, Json]:
    """The item under the names of docs/readers.md. Raises UnreadableInput when it is not text."""
    kind = item.get("type")
    paragraphs = _paragraphs(item)
    status = item.get("pubstatus")
    if not paragraphs and status in (None, "usable"):
        if kind not in (None, "text", "composite"):
            raise UnreadableInput(f"is a {str(kind)[:20]}, not a text; nothing to do")
        raise UnreadableInput("has no text in its body; ask the agency for items with body_text or bodies")
    first, version = item.get("firstcreated") or item.get("contentcreated"), item.get("versioncreated")
    rest = {key: value for key, value in item.items() if key not in _LEFT_OUT | _READ and not key.startswith("body_")}
    return {
        **rest,
        "id": item.get("uri") or item.get("guid"),
        "url": item.get("url"),
        "title": item.get("headline") or _main(item.get("headlines")) or item.get("title"),
        "paragraphs": list(paragraphs),
        "authors": item.get("byline") or item.get("by"),
        "language": item.get("language"),
        "source": _provider(item),
        "published_at": first or version,
        "updated_at": version if first else None,
        "embargo_until": item.get("embargoed"),
        "status": status,
    }


def _paragraphs(item: Mapping[str, Json]) -> list[str]:
    plain, markup = item.get("body_text"), item.get("body_xhtml") or item.get("body_html")
    bodies = item.get("bodies")
    for body in bodies if isinstance(bodies, list) else []:
        if isinstance(body, dict) and isinstance(body.get("value"), str):
            if "html" in str(body.get("contenttype") or body.get("contentType")).lower():
                markup = markup or body["value"]
            else:
                plain = plain or body["value"]
    # Markup first: it says where paragraphs end, plain text often only where lines do.
    if isinstance(markup, str) and markup.strip():
        return [one for one in html_paragraphs(markup) if one]
    if isinstance(plain, str):
        return [one for one in paragraphs_of(plain) if one.strip()]
    return []


def _main(headlines: Json) -> Json:
    values = [one for one in headlines if isinstance(one, dict)] if isinstance(headlines, list) else []
    main = [one for one in values if one.get("role") == "main"]
    return next((one.get("value") for one in (*main, *values)), None)


def _provider(item: Mapping[str, Json]) -> Json:
    sources = item.get("infosources") or item.get("infosource")
    for one in sources if isinstance(sources, list) else []:
        if isinstance(one, dict) and isinstance(one.get("name"), str):
            return one["name"]
    return item.get("copyrightholder")
