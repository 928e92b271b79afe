"""Passages: runs of whole lines of one revision, the unit of retrieval; and hits, passages that were found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from index.article import Article
from index.lines import Line


@dataclass(frozen=True, slots=True)
class Span:
    """Where a passage lies in its canonical text.

    A line longer than a passage is split at sentence ends: then `first_line == last_line` and `start`, `end` lie
    inside that line.
    """

    first_line: int
    last_line: int
    start: int
    end: int  # exclusive


@dataclass(frozen=True, slots=True)
class Passage:
    """A stored passage. `passage_id` is never used again, not even after deletion."""

    passage_id: int
    article_id: str
    revision: str
    span: Span
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Hit:
    """A passage with its score and rank, and the scores it was made of."""

    passage: Passage
    article: Article
    lines: tuple[Line, ...]  # the passage's lines, cut to the passage where a line was split
    score: float
    rank: int  # from 1
    parts: Mapping[str, float] = field(default_factory=dict)  # dense, lexical, time, … as they were blended
    carried_by: tuple[str, ...] = ()  # article ids of syndicated copies that this hit stands for
