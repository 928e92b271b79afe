"""Bytes to text: whole files, or line by line, within bounds, with an error that says what the file really is."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator

from index.article import Json
from index.errors import UnreadableInput
from index.paths import size_of

_OTHER_KINDS = (
    (b"%PDF", "a PDF", "export its text, for instance with pdftotext"),
    (b"PK\x03\x04", "a ZIP archive or an Office document", "unpack it, or save it as plain text"),
    (b"\xd0\xcf\x11\xe0", "an old Office document", "save it as plain text"),
    (b"{\\rtf", "RTF", "save it as plain text"),
    (b"\x1f\x8b", "gzip", "give its name the ending .gz"),
    (b"\xff\xfe", "UTF-16", "save it as UTF-8, for instance with: iconv -f UTF-16 -t UTF-8"),
    (b"\xfe\xff", "UTF-16", "save it as UTF-8, for instance with: iconv -f UTF-16 -t UTF-8"),
)


def whole(pieces: Iterable[bytes], max_bytes: int) -> bytes:
    """All of it. Raises UnreadableInput when it is empty or larger than `max_bytes`."""
    content = bytearray()
    for piece in pieces:
        content += piece
        if len(content) > max_bytes:
            raise UnreadableInput(f"is larger than the {size_of(max_bytes)} allowed; split it, or raise the limit")
    if not content:
        raise UnreadableInput("is empty; put the article in it, or remove it")
    return bytes(content)


def decode(content: bytes) -> str:
    """UTF-8 as it stands, a byte order mark included. Raises UnreadableInput saying what it is instead."""
    for start, kind, advice in _OTHER_KINDS:
        if content.startswith(start):
            raise UnreadableInput(f"is {kind}, not text; {advice}")
    if (at := content.find(b"\0")) >= 0:
        raise UnreadableInput(f"is binary: it has a NUL byte at offset {at}; export it as plain text")
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise UnreadableInput(
            f"is not UTF-8 from line {line} on (byte 0x{content[error.start]:02x} at offset {error.start}); "
            "convert it, for instance with: iconv -f WINDOWS-1252 -t UTF-8"
        ) from error


def lines_of(pieces: Iterable[bytes], max_bytes: int) -> Iterator[tuple[int, bytes | None]]:
    """(line number from 1, the line without its end), lazily; None for a line longer than `max_bytes`, never held."""
    number = 1
    kept: list[bytes] = []
    size = 0
    for piece in pieces:
        *ended, rest = piece.split(b"\n")
        for part in ended:
            too_long = size + len(part) > max_bytes
            yield number, None if too_long else b"".join((*kept, part)) if kept else part
            number += 1
            kept, size = [], 0
        size += len(rest)
        if size > max_bytes:
            kept = []
        elif rest:
            kept.append(rest)
    if size > max_bytes:
        yield number, None
    elif kept:
        yield number, b"".join(kept)


def parse_json(content: bytes | str) -> Json:
    """JSON (RFC 8259) of any shape; NaN and infinities become null. Raises UnreadableInput, saying where."""
    try:
        value: Json = json.loads(content, parse_constant=lambda _: None)
    except RecursionError as error:
        raise UnreadableInput("its JSON is nested too deep; flatten it") from error
    except UnicodeDecodeError as error:
        raise UnreadableInput(
            f"is not UTF-8 (byte 0x{error.object[error.start]:02x}); convert it to UTF-8"
        ) from error
    except json.JSONDecodeError as error:
        raise UnreadableInput(f"is not JSON ({error.msg} at character {error.pos + 1}); mend or remove it") from error
    except ValueError as error:  # a whole number of more than 4,300 digits
        raise UnreadableInput(f"is not JSON that can be read ({error}); mend or remove it") from error
    return value
