"""What one question gathers on its way from hits to an answer."""

from __future__ import annotations

import datetime as dt
import time
from dataclasses import dataclass, field
from typing import Any

from index.article import NewsDate
from rag import extractive, taught
from rag.answer import Sentence, Side
from rag.lines import EvidenceLine
from rag.reading import Readings
from rag.short import Vote
from rag.when import TimeReading


@dataclass(slots=True)
class Run:
    """What one question gathers on its way."""

    question: str  # as it stands alone
    as_of: dt.datetime
    reading: TimeReading
    readings: Readings
    original: str  # as it was asked
    foreign: str | None = None  # the language of the question, where it is one that is little understood
    too_old: bool = False  # something answered, but from before the time that was asked about
    outdated: NewsDate | None = None  # of what would have answered, were it not old beside the news
    empty: bool = False  # there is no article to answer from
    hopeless: bool = False  # a model that was taught to read the lines reads no answer in them
    started: float = field(default_factory=time.perf_counter)
    timings: dict[str, int] = field(default_factory=dict)
    steps: dict[str, Any] = field(default_factory=dict)  # the trace
    sentences: list[Sentence] = field(default_factory=list)
    said: list[str] = field(default_factory=list)  # their texts, without dates put in
    withheld: int = 0
    confidence: float = 0.0
    offered: str = ""  # the short answer to look for in the lines: the model's, or where it gave none theirs
    read_off: tuple[Vote, ...] = ()  # those that the lines give by themselves, the likeliest first
    # Whether the first of those says what the model's does; False only where the lines are sure of another.
    agreed: bool | None = None
    short: str | None = None  # the one that stands in what is cited
    failure: str | None = None  # of the model, as the reader is told of it
    premise: int | None = None
    told: taught.Read | None = None  # what a model reads in the lines that was taught to
    pointed: tuple[EvidenceLine, ...] = ()  # those that hold its short answer, as it says and they do
    disagreement: tuple[Side, ...] = ()
    conflicting: bool = False  # what was asked for is disputed, and nothing settles it
    dated: bool = False  # a sentence holds a date that was worked out
    model: str = extractive.NAME
    quoted: extractive.Quoted | None = None  # what quoting would say, once it was looked at
    quotes_first: bool = False  # and that it is sure enough to bind a small model

    @property
    def chooses(self) -> bool:
        """Whether yes or no is asked for, or this or that, and of one thing."""
        return self.readings.whole.asked.chooses and not self.readings.parts

    def took(self, step: str, since: float) -> None:
        """Add the milliseconds since `since` to a step."""
        self.timings[step] = self.timings.get(step, 0) + round((time.perf_counter() - since) * 1000)
