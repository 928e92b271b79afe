"""Canonical text: the headline, then one paragraph per line; and what no article's text may hold."""

from __future__ import annotations

import re
from collections.abc import Iterable

from index.errors import UnreadableInput
from index.paths import size_of
from index.readers.limits import Limits

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_INNER_BREAK = re.compile(r"[^\S\n]*[\n\v\f\x1c-\x1e\x85\u2028\u2029]\s*")
_SURROGATE = re.compile(r"[\ud800-\udfff]")
# Kept, because the text must stay what its source wrote, but named, because they can deceive.
_FLAGS = {
    "control characters": r"\x01-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f",
    "bidirectional overrides": r"\u202a-\u202e\u2066-\u2069",
    "invisible tag characters": r"\U000e0000-\U000e007f",
    "replacement characters": r"\ufffd",
}
_ANY_FLAG = re.compile(f"[{''.join(_FLAGS.values())}]")
_TITLE = 300  # characters of a headline that was only inferred


def paragraphs_of(text: str) -> list[str]:
    """The paragraphs of plain text: separated by blank lines, or, in a text without any, one per line."""
    text = text.replace("\r\n", "\n").replace("\r", "\n").strip()
    return _BLANK_LINE.split(text) if _BLANK_LINE.search(text) else text.split("\n")


def canonical(title: str, paragraphs: Iterable[str]) -> tuple[str, str]:
    """(title, canonical text): the headline, then one paragraph per line.

    Line breaks inside a paragraph become one space; blank paragraphs go, and so does a first paragraph that repeats
    the headline. Without a title the first paragraph is line 1. Raises UnreadableInput when nothing is left.
    """
    lines = [line for line in map(_fold, paragraphs) if line]
    headline = _fold(title)
    if headline and lines and _same(lines[0], headline):
        lines[0] = headline
    elif headline:
        lines.insert(0, headline)
    if not lines:
        raise UnreadableInput("it has no text; give it a title and a text")
    return headline or lines[0][:_TITLE], "\n".join(lines)


def check_text(text: str, limits: Limits) -> list[str]:
    """What is odd about `text` without being wrong. Raises UnreadableInput for what no article can be."""
    if "\0" in text:
        raise UnreadableInput("it has NUL characters, as binary files do; export it as plain text")
    if not text.isascii():
        if broken := _SURROGATE.search(text):
            raise UnreadableInput(f"character {broken.start()} is half of a surrogate pair; mend its escapes")
        size = len(text.encode("utf-8"))
    else:
        size = len(text)
    if size > limits.article_bytes:
        raise UnreadableInput(
            f"its text of {size_of(size)} is larger than the {size_of(limits.article_bytes)} of an article; "
            "split it, or raise the limit"
        )
    if (count := text.count("\n")) > limits.article_lines:
        raise UnreadableInput(
            f"it has {count:,} lines, more than the {limits.article_lines:,} of an article; split it"
        )
    if not _ANY_FLAG.search(text):
        return []
    return [name for name, characters in _FLAGS.items() if re.search(f"[{characters}]", text)]


def _fold(paragraph: str) -> str:
    paragraph = paragraph.strip()
    return _INNER_BREAK.sub(" ", paragraph.replace("\r", "\n")) if not paragraph.isprintable() else paragraph


def _same(one: str, other: str) -> bool:
    return one == other or " ".join(one.split()).casefold() == " ".join(other.split()).casefold()
