"""Lists and tables: a line that opens one ("The shortlist:") says nothing without its items, nor they without it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from index.lines import Line, Lines
from rag.lines import EvidenceLine, LinesOf

MOST = 8  # items of one list that are shown

_BULLET = re.compile(r"\s*(?:[-*•–—·]|\d{1,2}[.)])\s+\S")
_SENTENCE = re.compile(r"[.!?…][\"”’')]*\s*$")


def block(line: EvidenceLine, lines_of: LinesOf) -> list[EvidenceLine]:
    """The line that opens the list in which a line stands, and the items; the line alone where there is no list."""
    lines = lines_of(line.article.article_id, line.revision)
    head = _head(lines, line.line)
    if head is None:
        return [line]
    items = []
    for number in range(head + 1, min(len(lines), head + MOST) + 1):
        item = lines[number]
        if not is_item(item.text):
            break
        items.append(item)
    if not items:
        return [line]
    return [_placed(line, lines[head]), *(_placed(line, item) for item in items)]


def _head(lines: Lines, number: int) -> int | None:
    """The number of the line that opens the list around a line."""
    if number <= len(lines) and opens(lines[number].text):
        return number
    for before in range(number, max(0, number - MOST - 1), -1):
        text = lines[before].text
        if opens(text):
            return before
        if not is_item(text):
            return None
    return None


def opens(text: str) -> bool:
    """Whether a line announces what the next ones list."""
    return text.rstrip().endswith(":")


def is_item(text: str) -> bool:
    """Whether a line reads as an item: behind a bullet or a number, or short and no sentence."""
    if not text.strip():
        return False
    return bool(_BULLET.match(text)) or (not _SENTENCE.search(text) and not opens(text) and len(text.split()) <= 20)


def _placed(line: EvidenceLine, physical: Line) -> EvidenceLine:
    if physical.number == line.line:
        lead = len(physical.text) - len(physical.text.lstrip())
        start = physical.start + lead
        return replace(line, start=start, end=start + len(physical.text.strip()), text=physical.text.strip())
    lead = len(physical.text) - len(physical.text.lstrip())
    text = physical.text.strip()
    start = physical.start + lead
    return replace(line, line=physical.number, start=start, end=start + len(text), text=text)


def with_items(lines: Sequence[EvidenceLine], lines_of: LinesOf) -> list[EvidenceLine]:
    """The lines, each list among them whole, each line once."""
    found: dict[tuple[str, str, int, int], EvidenceLine] = {}
    for line in lines:
        for one in block(line, lines_of):
            found.setdefault(one.key, one)
    return list(found.values())
