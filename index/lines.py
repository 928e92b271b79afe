"""Canonical text and its lines: the ground every citation stands on.

A line ends at LF and at nothing else, so that line n is what `sed -n np` prints; a CR before the LF, a form feed or a
Unicode line separator is part of its line. Offsets are 0-based, end-exclusive, in Unicode code points.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Line:
    """One physical line, without its line end."""

    number: int  # from 1
    start: int
    end: int
    text: str


class Lines:
    """The lines of one canonical text. Line `n` is `text[start:end]`; joined with LF they are the text again."""

    def __init__(self, text: str) -> None:
        self.text = text

    @cached_property
    def starts(self) -> list[int]:
        """Offset of each line's first character, line 1 first."""
        starts, at = [0], self.text.find("\n")
        while at >= 0:
            starts.append(at + 1)
            at = self.text.find("\n", at + 1)
        # A text that ends with LF has no line after it, as for sed and wc.
        if len(starts) > 1 and starts[-1] == len(self.text):
            starts.pop()
        return starts

    def __len__(self) -> int:
        return len(self.starts)

    def __iter__(self) -> Iterator[Line]:
        return (self[number] for number in range(1, len(self) + 1))

    def __getitem__(self, number: int) -> Line:
        """Line `number`, counted from 1. Raises IndexError outside 1…len."""
        starts = self.starts  # once: hundreds of lines are read for a question
        if not 1 <= number <= len(starts):
            raise IndexError(f"line {number} of a text of {len(starts)} lines")
        start = starts[number - 1]
        is_last = number == len(starts)
        end = len(self.text) - self.text.endswith("\n") if is_last else starts[number] - 1
        return Line(number, start, end, self.text[start:end])

    def at(self, offset: int) -> int:
        """The number of the line that holds the character at `offset` (its LF belongs to it)."""
        return bisect_right(self.starts, offset)

    def span(self, first: int, last: int) -> tuple[int, int]:
        """Offsets of the run of lines `first` … `last`, inclusive, without the last line's end."""
        return self[first].start, self[last].end
