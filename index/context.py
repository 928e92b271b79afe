"""A hit with the lines around it: found by a small passage, read in a larger one.

A small passage is found more exactly, and says less: of what answers a question much stands a paragraph before or
after the lines that its words led to. So a hit is grown by whole lines of its own revision, in turn after and before.
"""

from __future__ import annotations

from collections.abc import Sequence

from index.lines import Lines
from index.passage import Span


def grown(span: Span, lines: Lines, characters: int, taken: Sequence[Span] = ()) -> Span:
    """The span with the lines around it, as many as fit into so many characters.

    It never takes a line that stands in one of `taken`, and never less than the span itself. A span that is a part of
    a long line becomes the whole line first, where that fits.
    """
    first, last = span.first_line, span.last_line
    start, end = lines.span(first, last)
    part_of_a_line = first == last and any(other.first_line == other.last_line == first for other in taken)
    if part_of_a_line or end - start > characters:
        return span
    held = {number for other in taken for number in range(other.first_line, other.last_line + 1)}
    after = before = True
    while after or before:
        if after:
            after = last < len(lines) and last + 1 not in held and lines[last + 1].end - start <= characters
            last += after
            end = lines[last].end
        if before:
            before = first > 1 and first - 1 not in held and end - lines[first - 1].start <= characters
            first -= before
            start = lines[first].start
    return Span(first, last, start, end)


def unshown(span: Span, lines: Lines, shown: Sequence[Span]) -> Span | None:
    """What of a span stands in none of those that are shown already; None where all of it does.

    Parts of one long line are told apart by their characters, all else by whole lines. Of what is shown on both sides
    the middle is left; of what is shown in the middle, what stands before it.
    """
    for other in shown:
        if span.end <= other.start or other.end <= span.start:
            continue
        if other.start <= span.start and span.end <= other.end:
            return None
        first, last = span.first_line, span.last_line
        if span.start < other.start:
            last = other.first_line - 1
        else:
            first = other.last_line + 1
        if first > last:
            return None
        start = span.start if first == span.first_line else lines[first].start
        end = span.end if last == span.last_line else lines[last].end
        span = Span(first, last, start, end)
    return span if lines.text[span.start : span.end].strip() else None
