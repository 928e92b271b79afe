"""Quote exactness: the share of quotes that stand in their cited lines, character for character.

Definition: exact quotes / all citations; offsets and neighbours do not count here, as they do for
`citation_validity`.
Source: Menick et al., Teaching language models to support answers with verified quotes, 2022.
Not eligible: questions answered without a citation.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each


def score(case: Case) -> Score | None:
    """See the module's text."""
    if not case.answered or not case.resolved:
        return None
    return Score(sum(r.exact for r in case.resolved) / len(case.resolved), len(case.resolved))


QUOTE_EXACTNESS = Measure(
    name="quote_exactness", title="Quotes that are exact", group=Group.CITATIONS, scores=each(score)
)
