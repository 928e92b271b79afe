"""Which reader reads what: by the file's ending, or, for a file named directly, by how it begins."""

from __future__ import annotations

from collections.abc import Iterator
from enum import Enum
from itertools import chain

from index.readers.item import Found, Source
from index.readers.jsonl import read_json, read_jsonl
from index.readers.limits import Limits
from index.readers.text import read_text


class Format(Enum):
    """A kind of file that holds articles."""

    TEXT = "text"
    JSONL = "jsonl"
    JSON = "json"

    @property
    def holds_one(self) -> bool:
        """Whether it is always a single article."""
        return self is Format.TEXT

    def largest(self, limits: Limits) -> int:
        """The largest file of this kind, in bytes."""
        if self is Format.JSONL:
            return limits.file_bytes
        return limits.article_bytes if self.holds_one else limits.feed_bytes

    def read(self, source: Source) -> Iterator[Found]:
        """The articles of `source`. Raises UnreadableInput where the rest cannot be read."""
        return _READERS[self](source)


_READERS = {Format.TEXT: read_text, Format.JSONL: read_jsonl, Format.JSON: read_json}

_ENDINGS = {
    ".txt": Format.TEXT, ".text": Format.TEXT,
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
    start = first[:1024].removeprefix(b"\xef\xbb\xbf").lstrip().lower()
    whole = chain((first,) if first else (), pieces)
    if start.startswith(b"{"):
        return Format.JSONL if b"\n{" in first.strip() else Format.JSON, whole
    if start.startswith(b"["):
        return Format.JSON, whole
    return Format.TEXT, whole
