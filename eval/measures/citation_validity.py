"""Citation validity: the share of citations that resolve byte for byte.

Definition: valid citations / all citations, over all questions; each is read back from the articles (eval.resolve).
Source: the requirement of Rashkin et al., Measuring Attribution in Natural Language Generation Models (AIS), 2023,
that a source be identified, made exact by offsets as in the W3C Web Annotation model.
Not eligible: questions answered without a citation.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each


def score(case: Case) -> Score | None:
    """See the module's text."""
    if not case.answered or not case.resolved:
        return None
    valid = sum(r.problem is None for r in case.resolved)
    return Score(valid / len(case.resolved), len(case.resolved))


CITATION_VALIDITY = Measure(
    name="citation_validity",
    title="Citations that lead to exactly the text they quote",
    group=Group.CITATIONS,
    scores=each(score),
)
