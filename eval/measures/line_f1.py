"""Line F1: the harmonic mean of line precision and line recall, per question.

Definition: 2PR / (P + R), 0 where either is 0. A refusal or an error scores 0.
Source: van Rijsbergen, Information Retrieval, 1979, over the lines of ALCE's citation precision and recall.
Not eligible: unanswerable questions, and questions whose gold names no lines.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures import line_precision, line_recall
from eval.measures.base import Group, Measure, each


def score(case: Case) -> float | None:
    """See the module's text."""
    recall = line_recall.score(case)
    if recall is None:
        return None
    precision = line_precision.score(case) or 0.0
    return 2 * precision * recall / (precision + recall) if precision and recall else 0.0


LINE_F1 = Measure(
    name="line_f1",
    title="Cited the right lines, all of them and no others",
    group=Group.CITATIONS,
    scores=each(score),
)
