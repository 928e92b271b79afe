"""Line precision: the share of the cited lines that are proving lines.

Definition: proving lines cited / lines cited, per question (eval.measures.lines says which lines count).
Source: citation precision of Gao et al., Enabling Large Language Models to Generate Text with Citations (ALCE), EMNLP
2023, with gold lines in place of an entailment model.
Not eligible: unanswerable questions, questions whose gold names no lines, and answers without a citation.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.measures.lines import cited, gradable


def score(case: Case) -> float | None:
    """See the module's text."""
    if not gradable(case.question) or not case.answered or not case.resolved:
        return None
    right, wrong = cited(case)
    return len(right) / (len(right) + len(wrong)) if right or wrong else 0.0


LINE_PRECISION = Measure(
    name="line_precision", title="Cited lines that prove the answer", group=Group.CITATIONS, scores=each(score)
)
