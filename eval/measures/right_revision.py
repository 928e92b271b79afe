"""Right revision: the share of citations to the revision that was current as of the question's moment.

Definition: citations whose revision is the expected one / citations, over all questions. Without an `as_of`, the
expected one is the article's current revision; a revision that the gold pins is right as well, as where a question is
about an earlier text.
Source: document-time faithfulness in time-sensitive question answering, Chen et al., A Dataset for Answering
Time-Sensitive Questions, NeurIPS 2021, applied to revisions.
Not eligible: answers without a citation that names an article of the corpus.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each
from eval.resolve import Resolved


def score(case: Case) -> Score | None:
    """See the module's text."""
    known = [r for r in case.resolved if r.cited]
    if not case.answered or not known:
        return None
    return Score(sum(is_right(case, r) for r in known) / len(known), len(known))


def is_right(case: Case, citation: Resolved) -> bool:
    """Whether a citation is to the revision that was current then, or to one that the gold pins."""
    pinned = [e.revision for e in case.question.relevant if e.article == citation.article and e.revision]
    return citation.revision == citation.expected_revision or any(citation.revision.startswith(p) for p in pinned)


RIGHT_REVISION = Measure(
    name="right_revision",
    title="Citations to the version that was current then",
    group=Group.TIME,
    scores=each(score),
)
