"""Cited sentences: the share of the answer's sentences that carry a citation at all.

Definition: sentences with at least one citation that is in the answer / sentences, over all questions.
Source: the "cited" half of citation recall in Liu et al., Evaluating Verifiability in Generative Search Engines,
2023.
Not eligible: questions without an answer.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each


def score(case: Case) -> Score | None:
    """See the module's text."""
    if not case.sentences:
        return None
    cited = sum(bool(case.resolved_of(sentence)) for sentence in case.sentences)
    return Score(cited / len(case.sentences), len(case.sentences))


CITED_SENTENCES = Measure(
    name="cited_sentences", title="Sentences with a source", group=Group.CITATIONS, scores=each(score)
)
