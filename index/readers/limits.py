"""How much a reader takes in before it refuses: every bound in one place, each configurable."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds on what is read, in bytes unless said otherwise.

    The longest of the 26,575 articles that this was tried on has 0.1 MB of text, in 1,611 paragraphs.
    """

    article_bytes: int = 10_000_000  # one article's canonical text, in UTF-8; and a file that holds one article
    article_lines: int = 200_000
    record_bytes: int = 32_000_000  # one line of JSONL: the text may be escaped to three times its size
    feed_bytes: int = 50_000_000  # one feed, or one JSON document, which are held in memory whole
    feed_entries: int = 10_000  # articles in one feed
    file_bytes: int = 20_000_000_000  # one JSONL file as it lies
    unpacked_bytes: int = 50_000_000_000  # one .gz, unpacked
    unpacked_ratio: float = 200.0  # unpacked size over packed size; news packs 3 to 10 times
    depth: int = 64  # nesting of JSON
