"""Curves over the stated confidence: refusal (risk and coverage) and reliability.

Source: the risk–coverage curve of El-Yaniv and Wiener, JMLR 2010; the reliability diagram of DeGroot and Fienberg,
The Statistician, 1983. Not eligible: systems that state no confidence get no curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from eval.case import Case


@dataclass(frozen=True, slots=True)
class CurvePoint:
    """Were only answers of at least this confidence shown: share of questions answered, share of answers wrong."""

    threshold: float
    coverage: float
    wrong: float


@dataclass(frozen=True, slots=True)
class Bin:
    """Answers of about the same confidence: how sure they were, how often they were right."""

    low: float
    high: float
    confidence: float
    correct: float
    n: int


def _stated(cases: Sequence[Case]) -> list[tuple[float, bool]]:
    return [(c.confidence, c.correct) for c in cases if c.answered and c.confidence is not None]


def refusal_curve(cases: Sequence[Case]) -> list[CurvePoint]:
    """One point per distinct confidence, from the strictest threshold to none."""
    stated = _stated(cases)
    points = []
    for threshold in sorted({confidence for confidence, _ in stated}, reverse=True):
        shown = [correct for confidence, correct in stated if confidence >= threshold]
        points.append(CurvePoint(threshold, len(shown) / len(cases), 1 - sum(shown) / len(shown)))
    return points


def reliability(cases: Sequence[Case], bins: int = 10) -> list[Bin]:
    """Equal-width bins of the confidence, the empty ones left out."""
    stated = _stated(cases)
    found = []
    for number in range(bins):
        held = [(c, right) for c, right in stated if min(bins - 1, int(c * bins)) == number]
        if held:
            sure = sum(c for c, _ in held) / len(held)
            right = sum(ok for _, ok in held) / len(held)
            found.append(Bin(number / bins, (number + 1) / bins, sure, right, len(held)))
    return found
