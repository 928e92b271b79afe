"""From cases to figures: every measure over all questions, and by kind."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from eval.bootstrap import RESAMPLES, SEED, Estimate, estimate
from eval.case import Case
from eval.measures import ALL, Measure, Score
from eval.measures.curves import refusal_curve, reliability


def by_question(cases: Sequence[Case], measure: Measure) -> dict[str, Score | None]:
    """A measure's score of each question, in the order of the cases; the mean over its repeats, if there are any.

    A question that is eligible in some repeats only counts with those.
    """
    held: dict[str, list[Score]] = {}
    asked: dict[str, int] = {}
    for case, score in zip(cases, measure.scores(cases), strict=True):
        held.setdefault(case.question.id, [])
        asked[case.question.id] = asked.get(case.question.id, 0) + 1
        if score is not None:
            held[case.question.id].append(score)
    found: dict[str, Score | None] = {}
    for question, scores in held.items():
        weight = sum(s.weight for s in scores)
        found[question] = (
            Score(sum(s.value * s.weight for s in scores) / weight, weight / asked[question]) if weight else None
        )
    return found


def figures(
    cases: Sequence[Case],
    measures: Iterable[Measure] = ALL,
    *,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> dict[str, Estimate]:
    """Every measure for which some question is eligible, with its interval."""
    found = {}
    for measure in measures:
        value = estimate(
            list(by_question(cases, measure).values()), measure.statistic, resamples=resamples, seed=seed
        )
        if value is not None:
            found[measure.name] = value
    return found


def grouped(cases: Iterable[Case], key: Callable[[Case], Iterable[str]]) -> dict[str, list[Case]]:
    """Cases by the names that `key` gives each."""
    groups: dict[str, list[Case]] = {}
    for case in cases:
        for name in key(case):
            groups.setdefault(name, []).append(case)
    return dict(sorted(groups.items()))


def agreement(cases: Sequence[Case]) -> float | None:
    """The share of repeated questions whose repeats all had the same outcome and were all right or all wrong."""
    groups = [held for held in grouped(cases, lambda case: [case.question.id]).values() if len(held) > 1]
    if not groups:
        return None
    return sum(len({(case.outcome, case.correct) for case in held}) == 1 for held in groups) / len(groups)


def summarise(cases: Sequence[Case], measures: Sequence[Measure] = ALL, *, seed: int = SEED) -> dict[str, Any]:
    """`summary`, `by_kind`, `curves` and `agreement` of run.json."""

    def told(values: Mapping[str, Estimate]) -> dict[str, Any]:
        return {name: dataclasses.asdict(value) for name, value in values.items()}

    kinds = grouped(cases, lambda case: [case.question.kind])
    return {
        "summary": told(figures(cases, measures, seed=seed)),
        "by_kind": {kind: told(figures(held, measures, resamples=1000, seed=seed)) for kind, held in kinds.items()},
        "curves": {
            "refusal": [dataclasses.asdict(point) for point in refusal_curve(cases)],
            "reliability": [dataclasses.asdict(held) for held in reliability(cases)],
        },
        "agreement": agreement(cases),
    }
