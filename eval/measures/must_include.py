"""Must-include coverage: the share of the required terms that stand in the answer.

Definition: found terms / required terms, whole words; `a|b` is found when either is. A refusal or an error scores 0.
Source: keyword recall, as the "nugget recall" of the TREC question answering tracks (Voorhees, 2003) with literal
nuggets.
Not eligible: unanswerable questions, and questions without required terms.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.text import share_contained


def score(case: Case) -> float | None:
    """See the module's text."""
    if not case.question.answerable or not case.question.must_include:
        return None
    return share_contained(case.text, case.question.must_include)


MUST_INCLUDE = Measure(
    name="must_include", title="Required facts that the answer names", group=Group.ANSWERS, scores=each(score)
)
