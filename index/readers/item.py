"""What every reader gives: articles, or the reason why something is not one, each at a place to go on from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import TypeAlias

from index.article import Draft, Json
from index.readers.limits import Limits


@dataclass(frozen=True, slots=True)
class Skipped:
    """Something that did not become an article, and why, with what to do about it. Reads as `origin: reason`."""

    origin: str
    reason: str


@dataclass(frozen=True, slots=True)
class Position:
    """A place in a run of reading. Equal positions are the same entry of the same state of the same file.

    Store the last one whose article is safe, one per `file`; hand them back to `read_path(after=…)`.
    """

    file: str  # the path, absolute, links resolved
    stamp: str  # size and time of modification: a changed file is read from its beginning
    entry: int  # line number of a JSONL file, number of the entry of a feed, else 1; all from 1


@dataclass(frozen=True, slots=True, kw_only=True)
class Item:
    """One outcome of reading: exactly one of `draft` and `skipped` is there."""

    position: Position
    draft: Draft | None = None
    skipped: Skipped | None = None

    def __post_init__(self) -> None:
        if (self.draft is None) == (self.skipped is None):
            raise ValueError("an item is either a draft or skipped")


LanguageOf: TypeAlias = Callable[[str], str | None]  # a text → BCP 47, or None when it cannot be told
Found: TypeAlias = tuple[int, Draft | Skipped]  # entry number from 1, what it is


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """What a format's reader is handed: bytes and what is known about where they came from. No path, no network."""

    origin: str  # for messages
    name: str  # what an article without id or address is called
    pieces: Iterator[bytes]
    now: dt.datetime
    limits: Limits = field(default_factory=Limits)
    side: Mapping[str, Json] = field(default_factory=dict)  # the side file's fields
    url: str | None = None  # where it was fetched from
    language_of: LanguageOf | None = None  # asked when an article does not say
