"""Compare two runs by the same questions, and say whether the second may pass.

A measure fails the gate only where the 95 % interval of its paired difference excludes zero *and* it got worse by
more than a stated minimum: a difference that other questions could have undone is noise, and one that is tiny does no
harm.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.bootstrap import RESAMPLES, SEED, Difference, paired
from eval.case import Case
from eval.errors import BadRun
from eval.measures import ALL, Measure, Score
from eval.summary import by_question

MIN_DROP = 0.02

# What a change is held to. Figures of effort depend on the machine, those of single ranks say the same thing often.
GATED = (
    "correct",
    "correct_and_cited",
    "must_include",
    "must_not_violations",
    "attribution",
    "conflicts_shown",
    "citation_validity",
    "quote_exactness",
    "line_precision",
    "line_recall",
    "line_f1",
    "cited_sentences",
    "lexical_support",
    "refusal_precision",
    "refusal_recall",
    "refusal_f1",
    "wrong_answers",
    "right_revision",
    "no_future",
    "nDCG@10",
    "lines:nDCG@10",
    "failures",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One measure in both runs."""

    measure: str
    difference: Difference
    worse: float  # by how much B is worse than A, negative where it is better
    verdict: str  # "same", "better", "worse" (both beyond noise), "failed" (worse, and by too much)


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two runs compared on the questions they share."""

    questions: int
    only_a: tuple[str, ...]
    only_b: tuple[str, ...]
    lines: tuple[Line, ...]
    lost: tuple[str, ...]  # measures of A for which no question of B is eligible, as when nothing is cited any more

    @property
    def failed(self) -> tuple[str, ...]:
        """The measures that got worse beyond noise and by more than the minimum."""
        return tuple(line.measure for line in self.lines if line.verdict == "failed")

    @property
    def passed(self) -> bool:
        """Whether B may pass."""
        return not self.failed

    def as_json(self, min_drop: float) -> dict[str, Any]:
        """For `--json`."""
        return {
            "passed": self.passed,
            "failed": list(self.failed),
            "min_drop": min_drop,
            "questions": self.questions,
            "lost": list(self.lost),
            "only_a": list(self.only_a),
            "only_b": list(self.only_b),
            "measures": {
                line.measure: {**dataclasses.asdict(line.difference), "worse": line.worse, "verdict": line.verdict}
                for line in self.lines
            },
        }


@dataclass(frozen=True, slots=True)
class Scored:
    """A run as its scores: all that a comparison needs, and all that a committed baseline keeps."""

    questions: tuple[str, ...]  # ids, in the order of the suite
    scores: Mapping[str, Mapping[str, Score]]  # by measure, then by question; a question not there is not eligible

    @classmethod
    def of(cls, cases: Sequence[Case], measures: Sequence[Measure] = ALL) -> Scored:
        """The scores of a run by today's measures."""
        held = {measure.name: by_question(cases, measure) for measure in measures}
        return cls(
            tuple(dict.fromkeys(case.question.id for case in cases)),
            {name: {q: score for q, score in scores.items() if score is not None} for name, scores in held.items()},
        )


def compare(
    a: Scored,
    b: Scored,
    *,
    min_drop: float = MIN_DROP,
    gated: Iterable[str] = GATED,
    measures: Sequence[Measure] = ALL,
    resamples: int = RESAMPLES,
    seed: int = SEED,
) -> Comparison:
    """Compare B with A, question by question, in the measures that both have.

    Raises BadRun when the runs share no question.
    """
    both = set(a.questions) & set(b.questions)
    shared = [question for question in a.questions if question in both]
    if not shared:
        raise BadRun("the two runs share no question: compare runs of the same suite")
    held_to = set(gated)
    lines, lost = [], []
    for measure in measures:
        before, after = (side.scores.get(measure.name, {}) for side in (a, b))
        difference = paired(
            [before.get(question) for question in shared],
            [after.get(question) for question in shared],
            measure.statistic,
            resamples=resamples,
            seed=seed,
        )
        if difference is None:
            if both & set(before):
                lost.append(measure.name)
            continue
        worse = -difference.change if measure.higher_is_better else difference.change
        verdict = _verdict(difference, worse, min_drop, gated=measure.name in held_to)
        lines.append(Line(measure.name, difference, worse, verdict))
    return Comparison(
        questions=len(shared),
        only_a=tuple(sorted(set(a.questions) - both)),
        only_b=tuple(sorted(set(b.questions) - both)),
        lines=tuple(lines),
        lost=tuple(lost),
    )


def _verdict(difference: Difference, worse: float, min_drop: float, *, gated: bool) -> str:
    if difference.low <= 0.0 <= difference.high:
        return "same"
    if worse <= 0:
        return "better"
    return "failed" if gated and worse > min_drop else "worse"
