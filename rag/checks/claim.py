"""What a check is given and what it says."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from index.article import NewsDate
from rag.answer import Support


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """A sentence of an answer and what it is held against.

    `lines` are the texts of its cited lines. `context` is the headline and the neighbouring lines of the same
    article: what stands only there makes the support partial, since who follows the citation will not see it.
    """

    sentence: str
    lines: tuple[str, ...]
    published_at: NewsDate | None = None
    context: tuple[str, ...] = ()
    question: str = ""  # for the trace; a claim's name that stands only in the question is not supported by it


@dataclass(frozen=True, slots=True)
class Finding:
    """A fault of a sentence: what the check makes of it, and why in words for a reader of the trace."""

    check: str
    verdict: Support
    reason: str
    at: tuple[int, int] | None = None  # offsets in the sentence


class Check(Protocol):
    """One way in which a sentence can say more than its lines. No finding means no fault of this kind."""

    @property
    def name(self) -> str:
        """For the trace."""
        ...

    def __call__(self, claim: Claim) -> Sequence[Finding]:
        """Look at one claim. Deterministic; raises nothing on any text."""
        ...
