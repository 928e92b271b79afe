"""How the suite asks: one protocol, whoever answers."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from eval.case import Retrieved
from index.catalog import NO_FILTERS, Filters

GIVEN = "given the right articles"  # what a system is called whose searches are narrowed to those

Narrowed: TypeAlias = Mapping[str, Filters]  # a question's text → what its search is narrowed to; else nothing


class Asker(Protocol):
    """A system that is graded."""

    @property
    def name(self) -> str:
        """What the report calls it."""
        ...

    @property
    def fingerprint(self) -> str:
        """Names exactly what answers: answers are only ever reused under the same fingerprint."""
        ...

    @property
    def exact(self) -> bool:
        """Whether the fingerprint covers everything that decides an answer, so that reuse needs no asking."""
        ...

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """The answer on the wire (design §4). Raises AskFailed."""
        ...


def filters_of(narrowed: Narrowed, question: str) -> Filters:
    """What the search for a question is narrowed to; the choices that it may offer are none of its text."""
    return narrowed.get(question.partition("\n")[0], NO_FILTERS)


def told(narrowed: Narrowed) -> list[str]:
    """The same in words, one for each question in their order: for a fingerprint."""
    return [
        f"{question}\0{sorted(filters.articles)}\0{sorted(filters.without)}"
        for question, filters in sorted(narrowed.items(), key=lambda item: item[0])
    ]


def retrieved(answer: Mapping[str, Any] | None) -> tuple[Retrieved, ...] | None:
    """What was retrieved, best first, from the answer's trace; None where the system does not show it."""
    trace = (answer or {}).get("trace")
    steps = trace.get("retrieve") if isinstance(trace, Mapping) else None
    if not isinstance(steps, list):
        return None
    hits = []
    for step in steps:
        lines = step.get("lines") if isinstance(step, Mapping) else None
        if not isinstance(lines, list) or len(lines) != 2 or not all(isinstance(line, int) for line in lines):
            return None
        hits.append(Retrieved(article=str(step.get("article_id") or ""), first_line=lines[0], last_line=lines[1]))
    return tuple(hits)


def fell_back(answer: Mapping[str, Any] | None) -> bool:
    """Whether the language model failed and something simpler answered in its place, as the trace tells."""
    trace = (answer or {}).get("trace")
    return isinstance(trace, Mapping) and "model_error" in trace
