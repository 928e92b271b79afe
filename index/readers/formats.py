"""Which reader reads what: by the file's ending, or, for a file named directly, by how it begins."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import chain

from index.readers.feed import read_feed
from index.readers.html import read_html
from index.readers.item import Found, Source
from index.readers.jsonl import read_json, read_jsonl
from index.readers.limits import Limits
from index.readers.markdown import read_markdown
from index.readers.text import read_text


class Format(Enum):
    """A kind of file that holds articles."""

    TEXT = "text"
    MARKDOWN = "markdown"
    HTML = "html"
    FEED = "feed"
    JSONL = "jsonl"
    JSON = "json"

    @property
    def holds_one(self) -> bool:
        """Whether it is always a single article."""
        return self in {Format.TEXT, Format.MARKDOWN, Format.HTML}

    def largest(self, limits: Limits) -> int:
        """The largest file of this kind, in bytes."""
        if self is Format.JSONL:
            return limits.file_bytes
        return limits.article_bytes if self.holds_one else limits.feed_bytes

    def read(self, source: Source) -> Iterator[Found]:
        """The articles of `source`. Raises UnreadableInput where the rest cannot be read."""
        return _READERS[self](source)


_READERS = {
    Format.TEXT: read_text,
    Format.MARKDOWN: read_markdown,
    Format.HTML: read_html,
    Format.FEED: read_feed,
    Format.JSONL: read_jsonl,
    Format.JSON: read_json,
}

_ENDINGS = {
    ".txt": Format.TEXT, ".text": Format.TEXT,
    ".md": Format.MARKDOWN, ".markdown": Format.MARKDOWN,
    ".html": Format.HTML, ".htm": Format.HTML, ".xhtml": Format.HTML,
    ".rss": Format.FEED, ".atom": Format.FEED, ".xml": Format.FEED, ".rdf": Format.FEED,
    ".jsonl": Format.JSONL, ".ndjson": Format.JSONL,
    ".json": Format.JSON,
}  # fmt: skip


def format_of(name: str) -> Format | None:
    """The format by the ending of a file's name, `.gz` left aside; None for an ending that is not known."""
    name = name.lower().removesuffix(".gz")
    return _ENDINGS.get(name[name.rfind(".") :]) if "." in name else None


def sniff(pieces: Iterator[bytes]) -> tuple[Format, Iterator[bytes]]:
    """The format by how the content begins, and the content, from its beginning."""
    first = next(pieces, b"")
    start = first[:4096].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    content = chain((first,) if first else (), pieces)
    if start.startswith(b"{"):
        return Format.JSONL if b"\n{" in first.strip() else Format.JSON, content
    if start.startswith(b"["):
        return Format.JSON, content
    if start.startswith(b"<"):
        feed = any(sign in start for sign in (b"<rss", b"<feed", b"<rdf:rdf"))
        return Format.FEED if feed else Format.HTML, content
    return Format.TEXT, content
