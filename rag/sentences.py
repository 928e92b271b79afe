"""Sentences of a line, each with its place in the canonical text."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, pairwise

from sentencex import segment  # type: ignore[import-untyped]

from index.lines import Line


@dataclass(frozen=True, slots=True)
class Placed:
    """A sentence inside one line: `canonical[start:end] == text`, no white space at either end."""

    start: int
    end: int  # exclusive
    text: str


def split(line: Line, language: str = "en") -> list[Placed]:
    """The sentences of a line, in order. A line without letters or digits has none.

    A line that sentencex cannot split without loss stays whole, so an offset is never wrong. A boundary before a
    lower-case letter ("on Wed. in Paris", "“No way.” and left") is no boundary.
    """
    pieces = segment(language or "en", line.text) if line.text.strip() else []
    if "".join(pieces).rstrip() != line.text.rstrip():
        pieces = [line.text]
    edges = [0, *accumulate(len(piece) for piece in pieces)]
    edges[-1] = min(edges[-1], len(line.text))
    kept = [edge for edge in edges if edge in (0, edges[-1]) or not line.text[edge:].lstrip()[:1].islower()]
    spans = []
    for first, last in pairwise(kept):
        piece = line.text[first:last]
        lead = len(piece) - len(piece.lstrip())
        start, text = line.start + first + lead, piece.strip()
        if any(character.isalnum() for character in text):
            spans.append(Placed(start, start + len(text), text))
    return spans
