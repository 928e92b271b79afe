"""What a measure is: a score for each question that is eligible, and one figure over them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TypeAlias

from eval.case import Case


class Group(StrEnum):
    """Where a measure stands in the report."""

    ANSWERS = "answers"
    CITATIONS = "citations"
    REFUSAL = "refusal"
    TIME = "time"
    RETRIEVAL = "retrieval"
    EFFORT = "effort"


class Statistic(StrEnum):
    """How the questions' scores become one figure."""

    MEAN = "mean"  # weighted by Score.weight
    P50 = "p50"
    P95 = "p95"


@dataclass(frozen=True, slots=True)
class Score:
    """One question's score. The figure is Σ value·weight / Σ weight, so that a ratio of counts is a mean too."""

    value: float
    weight: float = 1.0


Scores: TypeAlias = list[Score | None]  # in the order of the cases; None: not eligible


@dataclass(frozen=True, slots=True, kw_only=True)
class Measure:
    """A named measure. `scores` maps all cases at once, since some measures are computed in one go."""

    name: str  # the key in `summary`, as in the literature
    title: str  # what it says, for a reader who knows no measures
    group: Group
    scores: Callable[[Sequence[Case]], Scores]
    higher_is_better: bool = True
    unit: str = "share"  # share (0…1), days, ms, tokens, USD
    statistic: Statistic = Statistic.MEAN


def each(score: Callable[[Case], float | Score | None]) -> Callable[[Sequence[Case]], Scores]:
    """Lift a score of one case to all cases."""

    def scores(cases: Sequence[Case]) -> Scores:
        found = (score(case) for case in cases)
        return [Score(float(value)) if isinstance(value, int | float) else value for value in found]

    return scores
