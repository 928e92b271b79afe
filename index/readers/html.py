"""HTML pages: the text through trafilatura, the facts from schema.org JSON-LD where the page states them.

Canonical text: the headline, then one paragraph per line. What the publisher states about the article in JSON-LD
(https://schema.org/NewsArticle) goes before <meta> and <time>, and those before anything inferred.
"""

from __future__ import annotations

import codecs
import html
import re
from collections.abc import Iterator

import lxml.html  # type: ignore[import-untyped]
from lxml import etree

from index.article import DateOrigin, Json
from index.dates import Stated
from index.errors import UnreadableInput
from index.readers.canonical import canonical, paragraphs_of
from index.readers.content import parse_json, whole
from index.readers.description import Description, authors_of, describe, make_draft, yes_or_no
from index.readers.item import Found, Source
from index.readers.markup import join_line_breaks, parse_html

_ARTICLE_TYPES = re.compile(r"(?:\w*NewsArticle|Article|Report|LiveBlogPosting|BlogPosting)$")
_META_PUBLISHED = (
    "article:published_time", "datepublished", "og:article:published_time", "dc.date.issued", "dcterms.created",
    "dc.date", "date", "pubdate", "publish-date", "parsely-pub-date", "sailthru.date",
)  # fmt: skip
_META_UPDATED = ("article:modified_time", "datemodified", "og:updated_time", "dcterms.modified", "last-modified")
_CHARSET = re.compile(rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([\w-]{2,30})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_TABLE_RULE = re.compile(r"[|\s:-]+")
_MOST_ELEMENTS = 200_000
_SHORTEST = 100  # characters of what is left of a page that does not claim to be an article: its menu
_LD_DEPTH = 12


def read_html(source: Source) -> Iterator[Found]:
    """The one article of a page. Raises UnreadableInput when no article is found on it."""
    page = decode_page(whole(source.pieces, source.limits.article_bytes))
    if not page.strip():
        raise UnreadableInput("is empty; save the page again")
    tree = parse_html(page)
    statements = _json_ld(tree)
    depth = source.limits.depth
    side = describe(source.side, depth=depth)
    described = side.over(_from_json_ld(statements)).over(_from_meta(tree)).over(Description(url=source.url))
    paragraphs = _paragraphs(tree)
    stated_body = statements.get("articleBody")
    if isinstance(stated_body, str) and _is_fuller(stated_body, paragraphs):
        paragraphs = paragraphs_of(html.unescape(stated_body))
    claims_to_be_one = bool(statements) or tree.find(".//article") is not None
    if not any(paragraphs) or (not claims_to_be_one and sum(map(len, paragraphs)) < _SHORTEST):
        raise UnreadableInput("has no article on it that can be told from the rest; save the article's own page")
    title, text = canonical(described.title or "", paragraphs)
    yield 1, make_draft(described, text=text, title=title, source=source, origin=source.origin)


def _is_fuller(stated_body: str, paragraphs: list[str]) -> bool:
    """Whether the stated body is the better text: the page is filled in by scripts, or has lost its paragraphs."""
    shown = " ".join(" ".join(paragraphs).split())
    return len(stated_body) > 1.5 * len(shown) or shown == " ".join(stated_body.split())


def decode_page(content: bytes) -> str:
    """A page as text, by its byte order mark, as UTF-8, or by the charset that it declares.

    Raises UnreadableInput when none of these holds, as for mixed encodings.
    """
    for mark, encoding in _MARKS:
        if content.startswith(mark):
            return _decoded(content[len(mark) :], encoding)
    if b"\0" in content:
        raise UnreadableInput("is binary: it has NUL bytes; save the page again as HTML")
    declared = _CHARSET.search(content[:4096])
    name = declared[1].decode("ascii").lower() if declared else "utf-8"
    # WHATWG's Encoding Standard: pages that say Latin-1 or ASCII mean windows-1252.
    name = "windows-1252" if name in {"iso-8859-1", "latin1", "latin-1", "us-ascii", "ascii"} else name
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return _decoded(content, name)


def _decoded(content: bytes, encoding: str) -> str:
    try:
        return content.decode(encoding)
    except (LookupError, UnicodeDecodeError) as error:
        raise UnreadableInput(f"is not {encoding} as it should be ({error}); save the page again as UTF-8") from error


def _paragraphs(tree: lxml.html.HtmlElement) -> list[str]:
    if sum(1 for _ in tree.iter()) > _MOST_ELEMENTS:
        raise UnreadableInput(f"has more than {_MOST_ELEMENTS:,} elements; save its article as text")
    join_line_breaks(tree)
    from trafilatura import bare_extraction  # a quarter of a second to load, which only pages need

    try:
        found = bare_extraction(tree, include_comments=False, with_metadata=False)
    except (RecursionError, ValueError, TypeError, AttributeError, etree.LxmlError) as error:
        kind = type(error).__name__
        raise UnreadableInput(f"its article cannot be told from the rest ({kind}); save it as text") from error
    text = getattr(found, "text", None) or ""
    lines = (line.strip().removeprefix("- ") for line in text.split("\n"))
    return [line.strip("| ") if line.startswith("|") else line for line in lines if not _TABLE_RULE.fullmatch(line)]


# What the page says of itself ----------------------------------------------------------------------------------


def _json_ld(tree: lxml.html.HtmlElement) -> dict[str, Json]:
    """The schema.org statement about the article, empty without one. A broken block does not hide a sound one."""
    for script in tree.xpath("//script[@type='application/ld+json']")[:50]:
        try:
            found = _article_in(parse_json(script.text_content().strip().rstrip(";")), _LD_DEPTH)
        except UnreadableInput:
            continue
        if found:
            return found
    return {}


def _article_in(value: Json, depth: int) -> dict[str, Json] | None:
    if depth <= 0:
        return None
    if isinstance(value, list):
        return next((found for one in value if (found := _article_in(one, depth - 1))), None)
    if not isinstance(value, dict):
        return None
    types = value.get("@type")
    if any(isinstance(one, str) and _ARTICLE_TYPES.search(one) for one in _list(types)):
        return value
    inner = (value.get(key) for key in ("@graph", "mainEntity", "mainEntityOfPage", "itemListElement"))
    return next((found for one in inner if (found := _article_in(one, depth - 1))), None)


def _list(value: Json) -> list[Json]:
    return value if isinstance(value, list) else [value]


def _from_json_ld(said: dict[str, Json]) -> Description:
    section, correction = said.get("articleSection"), said.get("correction")
    if isinstance(section, list):
        section = section[0] if section else None
    if isinstance(correction, dict):  # a CorrectionComment
        correction = correction.get("text")
    named: dict[str, Json] = {
        "title": _text(said.get("headline")) or _text(said.get("name")),
        "url": _address(said),
        "source": _text(_named(said.get("publisher"))),
        "section": _text(section),
        "language": _text(_named(said.get("inLanguage"), "alternateName")),
        "correction": _text(correction),
    }
    plain = describe({key: value for key, value in named.items() if value}, depth=2)
    return Description(
        authors=authors_of(said.get("author")),
        accessible_for_free=yes_or_no(said.get("isAccessibleForFree")),
        published=_stated("datePublished", said.get("datePublished")),
        updated=_stated("dateModified", said.get("dateModified")),
    ).over(plain)


def _from_meta(tree: lxml.html.HtmlElement) -> Description:
    said: dict[str, str] = {}
    for meta in tree.iter("meta"):
        name = str(meta.get("property") or meta.get("name") or meta.get("itemprop") or "").lower()
        content = str(meta.get("content") or "").strip()
        if name and content:
            said.setdefault(name, content)
    canonical_link = next(iter(tree.xpath("//link[@rel='canonical']/@href")), None)
    headings = [" ".join(heading.text_content().split()) for heading in tree.xpath("//h1")[:2]]
    named: dict[str, Json] = {
        "url": canonical_link or said.get("og:url"),
        "title": said.get("og:title") or next(filter(None, headings), None) or tree.findtext(".//title"),
        "source": said.get("og:site_name"),
        "section": said.get("article:section"),
        "language": tree.get("lang") or said.get("og:locale"),
    }
    times = tree.xpath("//article//time[@datetime]/@datetime")[:1]
    authors = [said[name] for name in ("author", "article:author", "parsely-author") if name in said][:1]
    return Description(
        authors=authors_of([one for one in authors if not one.startswith("http")]),
        published=(*(one for name in _META_PUBLISHED for one in _stated(name, said.get(name))),
                   *(one for moment in times for one in _stated("time", str(moment)))),
        updated=tuple(one for name in _META_UPDATED for one in _stated(name, said.get(name))),
    ).over(describe({key: value for key, value in named.items() if value}, depth=2))  # fmt: skip


def _stated(field: str, value: Json) -> tuple[Stated, ...]:
    return (Stated(field, value, DateOrigin.MARKUP),) if value else ()


def _text(value: Json) -> str | None:
    """Text as meant: inside JSON-LD many publishers write HTML entities."""
    return " ".join(html.unescape(value).split()) or None if isinstance(value, str) else None


def _named(value: Json, key: str = "name") -> Json:
    if isinstance(value, list):
        value = value[0] if value else None
    return value.get(key) if isinstance(value, dict) else value


def _address(said: dict[str, Json]) -> str | None:
    page = said.get("mainEntityOfPage")
    for one in (said.get("url"), page.get("@id") if isinstance(page, dict) else page, said.get("@id")):
        if isinstance(one, str) and one.startswith(("http://", "https://")):
            return one.partition("#")[0]
    return None
