"""Plain text: the file is the canonical text, character for character, so line n is what `sed -n np` prints.

A byte order mark therefore stays where it is, as the first character of line 1, and a CR before LF stays in its line.
"""

from __future__ import annotations

from collections.abc import Iterator

from index.errors import UnreadableInput
from index.readers.content import decode, whole
from index.readers.description import describe, make_draft
from index.readers.item import Found, Source

BYTE_ORDER_MARK = "\ufeff"


def read_text(source: Source) -> Iterator[Found]:
    """The one article of a plain text file. Line 1 is the headline, whatever title the side file gives."""
    text = decode(whole(source.pieces, source.limits.article_bytes))
    described = describe(source.side, depth=source.limits.depth)
    title = described.title or first_line(text)
    yield 1, make_draft(described, text=text, title=title, source=source, origin=source.origin)


def first_line(text: str) -> str:
    """The first line that says something, trimmed. Raises UnreadableInput when none does."""
    start = text.removeprefix(BYTE_ORDER_MARK).lstrip()
    if not start:
        raise UnreadableInput("has no words in it; put the article in it, or remove it")
    return start.partition("\n")[0].strip()[:300]
