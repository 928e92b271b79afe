"""Support rate: the share of shown sentences that the system's own check calls supported.

Definition: sentences with support `supported` / sentences, over all questions. It is the system's own word; read it
beside `lexical_support`, which is not.
Source: citation recall of Gao et al. (ALCE), EMNLP 2023, with the system's check as the judge.
Not eligible: questions without an answer.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each


def score(case: Case) -> Score | None:
    """See the module's text."""
    if not case.sentences or not any("support" in sentence for sentence in case.sentences):
        return None
    supported = sum(sentence.get("support") == "supported" for sentence in case.sentences)
    return Score(supported / len(case.sentences), len(case.sentences))


SUPPORT_RATE = Measure(
    name="support_rate", title="Sentences its own check calls supported", group=Group.CITATIONS, scores=each(score)
)
