"""What changed between two revisions, line by line."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from index.lines import Lines


class Kind(StrEnum):
    """What became of a line."""

    SAME = "same"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class DiffLine:
    """One line of a comparison, with its number in the old text, the new one, or both."""

    kind: Kind
    old: int | None
    new: int | None
    text: str


def diff(old: str, new: str) -> Iterator[DiffLine]:
    """The lines of both texts in reading order: what was removed stands before what took its place."""
    before, after = [line.text for line in Lines(old)], [line.text for line in Lines(new)]
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, before, after, autojunk=False).get_opcodes():
        if tag == "equal":
            for offset in range(i2 - i1):
                yield DiffLine(Kind.SAME, i1 + offset + 1, j1 + offset + 1, before[i1 + offset])
            continue
        for number in range(i1, i2):
            yield DiffLine(Kind.REMOVED, number + 1, None, before[number])
        for number in range(j1, j2):
            yield DiffLine(Kind.ADDED, None, number + 1, after[number])
