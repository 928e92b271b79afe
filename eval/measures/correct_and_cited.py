"""Correct and cited: the share of questions after which a reader was served right, with proof in hand.

Definition: `correct`, and where an answer was given and the gold names proving lines, at least one of them is cited
by a citation that holds. A sentence that names the right word for another reason is caught here, not by `correct`.
Source: correctness and citation taken together, as the joint requirement of Gao et al. (ALCE), EMNLP 2023.
Not eligible: questions of kind `retrieval`, which expect no answer; every other one counts.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.measures.lines import cited


def score(case: Case) -> float | None:
    """See the module's text."""
    if case.question.kind == "retrieval":
        return None
    if not case.correct or not case.answered or not any(entry.lines for entry in case.question.relevant):
        return float(case.correct)
    right = cited(case)[0]
    places = {
        (r.article, n) for r in case.resolved if r.problem is None for n in range(r.first_line, r.last_line + 1)
    }
    return float(bool(places & right))


CORRECT_AND_CITED = Measure(
    name="correct_and_cited",
    title="Questions served right, answers with a line that proves them",
    group=Group.ANSWERS,
    scores=each(score),
)
