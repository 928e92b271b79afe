"""An answer and its parts, as every face shows them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from index.article import NewsDate


class Outcome(StrEnum):
    """How a question ended."""

    ANSWERED = "answered"
    PARTIAL = "partial"
    INSUFFICIENT = "insufficient"


class Reason(StrEnum):
    """Why the articles do not say."""

    NO_COVERAGE = "no_coverage"
    ONLY_OLDER_COVERAGE = "only_older_coverage"
    CONFLICTING = "conflicting"


class Support(StrEnum):
    """What the check said of a sentence against its cited lines."""

    SUPPORTED = "supported"
    PARTIAL = "partial"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class Quote:
    """An exact substring of the cited lines. `text[start:end] == exact`, in code points of the canonical text."""

    exact: str
    prefix: str
    suffix: str
    start: int
    end: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Citation:
    """Article, revision, lines, quote and date: always resolvable, byte for byte."""

    marker: int
    article_id: str
    revision: str
    url: str | None
    title: str
    source: str | None
    published_at: NewsDate | None
    updated_at: NewsDate | None
    first_line: int
    last_line: int
    quote: Quote
    support: Support
    superseded: bool = False  # the article has a newer revision than the cited one
    carried_by: tuple[str, ...] = ()  # ids of syndicated copies, which do not count as confirmation


@dataclass(frozen=True, slots=True)
class Sentence:
    """One verified sentence with the markers of its citations.

    Dates that were worked out from the article's publication date stand in it in square brackets, as in
    "on Tuesday [18 February 2025]": the mark of what is not in the lines.
    """

    text: str
    citations: tuple[int, ...]
    support: Support


class Standing(StrEnum):
    """What a value is worth where sources differ."""

    CURRENT = "current"  # the newest, and alone
    SUPERSEDED = "superseded"  # a later report has another
    DISPUTED = "disputed"  # told at the same time as another


@dataclass(frozen=True, slots=True)
class Side:
    """One of several different values for what was asked, with who tells it and when."""

    value: str  # as the line writes it
    standing: Standing
    source: str | None
    published_at: NewsDate | None
    citation: int  # the marker


class About(StrEnum):
    """What a note is about."""

    AGE = "age"  # how old the evidence is: a reader must know before taking it for today's
    MODEL = "model"  # which failed, or found no words
    LANGUAGE = "language"  # the question's, where little of it is understood
    PREMISE = "premise"  # what the question takes for granted is denied
    DIFFER = "differ"  # different values for what was asked, and what each is worth
    MISSING = "missing"  # a part of the question that nothing was found on
    DATES = "dates"  # where the dates come from
    WHY = "why"  # there is no answer, and what would help


@dataclass(frozen=True, slots=True)
class Note:
    """What an answer says of itself, in a sentence or two for the reader."""

    about: About
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """What a reader gets. `answer` is the sentences' text with markers, ready to show."""

    question: str
    as_of: dt.datetime
    outcome: Outcome
    reason: Reason | None
    confidence: float  # 0…1
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    withheld: int  # sentences left out by the check
    reading: tuple[Citation, ...]  # the nearest lines, when insufficient
    model: str
    newest_evidence: NewsDate | None
    short: str | None = None  # the shortest answer, in words of the cited lines or as the day behind them
    notes: tuple[Note, ...] = ()  # what the answer says of itself, how old it is before all else
    understood: str | None = None  # a follow-up, as it was asked of the articles; None where it stood alone
    premise: int | None = None  # the marker of the line that denies what the question takes for granted
    disagreement: tuple[Side, ...] = ()  # different values for what was asked, the newest first
    unanswered: tuple[str, ...] = ()  # parts of the question that nothing was found on, when partial
    timings_ms: Mapping[str, int] = field(default_factory=dict)
    trace: Mapping[str, Any] | None = None  # what each step did, when asked for; JSON values only

    @property
    def note(self) -> str | None:
        """All that the answer says of itself, as one text."""
        return " ".join(one.text for one in self.notes) or None

    @property
    def answer(self) -> str:
        """The sentences, each followed by its markers: `Ukraine was left out of the talks.[1]`."""
        return " ".join(s.text + "".join(f"[{marker}]" for marker in s.citations) for s in self.sentences)
