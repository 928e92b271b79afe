"""Line recall: the share of the needed proving lines that are cited.

Definition: needed lines cited / lines needed, per question; of entries that prove the same thing one is needed. A
refusal or an error cites nothing and scores 0.
Source: citation recall of Gao et al. (ALCE), EMNLP 2023, with gold lines in place of an entailment model.
Not eligible: unanswerable questions, and questions whose gold names no lines.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.measures.lines import cited, gradable, needed


def score(case: Case) -> float | None:
    """See the module's text."""
    if not gradable(case.question):
        return None
    if not case.answered:
        return 0.0
    found, wanted = needed(case.question, cited(case)[0])
    return found / wanted


LINE_RECALL = Measure(
    name="line_recall", title="Proving lines that are cited", group=Group.CITATIONS, scores=each(score)
)
