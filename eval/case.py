"""A case: one gold question with what a system answered. What every measure looks at."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from eval.gold import GoldQuestion
from eval.resolve import Resolved
from eval.text import contains_any, squad, without_markers, words


@dataclass(frozen=True, slots=True, kw_only=True)
class Retrieved:
    """A passage a system retrieved, best first: article, lines and its text."""

    article: str
    first_line: int
    last_line: int
    text: str = ""


@dataclass(frozen=True, kw_only=True)  # no slots: cached properties
class Case:
    """A question, the answer on the wire (None when asking failed), its citations read back, and what it took."""

    question: GoldQuestion
    answer: Mapping[str, Any] | None
    error: str | None = None
    seconds: float = 0.0
    resolved: tuple[Resolved, ...] = ()
    proving_dates: tuple[dt.datetime, ...] = ()  # of each thing to prove, the oldest article that is enough
    judged: tuple[str, ...] = ()  # a judge's verdict for each sentence, `failed` where it cannot be read
    hits: tuple[Retrieved, ...] | None = None  # None where the system does not show them

    @cached_property
    def outcome(self) -> str:
        """`answered`, `partial`, `insufficient`; empty when asking failed."""
        return str((self.answer or {}).get("outcome") or "")

    @property
    def answered(self) -> bool:
        """Whether the reader got an answer, in whole or in part."""
        return self.outcome in {"answered", "partial"}

    @property
    def refused(self) -> bool:
        """Whether the system said that the articles do not say. An error is not a refusal."""
        return self.outcome == "insufficient"

    @cached_property
    def text(self) -> str:
        """The answer without citation markers; empty when refused or failed."""
        if not self.answered or self.answer is None:
            return ""
        return without_markers(str(self.answer.get("answer") or ""))

    @property
    def short(self) -> str:
        """The shortest answer where the system gives one, else the whole text; empty when refused or failed."""
        given = (self.answer or {}).get("short") if self.answered else None
        return given if isinstance(given, str) and given.strip() else self.text

    @cached_property
    def words(self) -> list[str]:
        """The answer's words, for whole-word search."""
        return words(self.text)

    @cached_property
    def sentences(self) -> Sequence[Mapping[str, Any]]:
        """The sentences of the wire; none when refused or failed."""
        found = (self.answer or {}).get("sentences") if self.answered else None
        return [s for s in found if isinstance(s, Mapping)] if isinstance(found, list) else []

    @cached_property
    def confidence(self) -> float | None:
        """0…1, or None where the system does not say."""
        value = (self.answer or {}).get("confidence")
        return min(1.0, max(0.0, float(value))) if isinstance(value, int | float) else None

    def resolved_of(self, sentence: Mapping[str, Any]) -> list[Resolved]:
        """The read-back citations of one sentence."""
        markers = sentence.get("citations")
        return [r for r in self.resolved if r.marker in markers] if isinstance(markers, list) else []

    @cached_property
    def says_enough(self) -> bool:
        """Whether the answer says what it must and nothing it must not.

        It is the expected answer or an alias and no more ("No."), or contains every required term, or, where none is
        required, contains the expected answer or an alias.
        """
        if not self.answered or any(contains_any(self.words, term) for term in self.question.must_not_include):
            return False
        if any(squad(self.text) == squad(answer) for answer in self.question.answers):
            return True
        if self.question.must_include:
            return all(contains_any(self.words, term) for term in self.question.must_include)
        return any(contains_any(self.words, answer.replace("|", " ")) for answer in self.question.answers)

    @cached_property
    def correct(self) -> bool:
        """Whether a reader was served right: a right answer, or a refusal where there is none to give."""
        if self.error is not None or self.answer is None:
            return False
        if self.question.answerable:
            return self.says_enough
        return self.refused or (self.question.correctable and self.says_enough)
