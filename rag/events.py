"""What a question's run tells as it goes: the steps, what was found, each verified sentence, the whole answer."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from index.passage import Hit
from rag.answer import Answer, Citation, Sentence


@dataclass(frozen=True, slots=True)
class Status:
    """A step begins: `retrieve`, `read`, `generate`, `verify`."""

    step: str


@dataclass(frozen=True, slots=True)
class Retrieved:
    """What was found, before anything is said."""

    hits: Sequence[Hit]


@dataclass(frozen=True, slots=True)
class Spoken:
    """One verified sentence, and the citations it uses for the first time."""

    sentence: Sentence
    citations: tuple[Citation, ...]


@dataclass(frozen=True, slots=True)
class Done:
    """The whole answer."""

    answer: Answer


Event: TypeAlias = Status | Retrieved | Spoken | Done
