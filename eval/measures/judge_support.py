"""Judged support: the share of shown sentences that a judge model calls supported, and how often it cannot be read.

Definition: sentences with the verdict `supported` / sentences with a readable verdict; and sentences without a
readable verdict / sentences judged. A sentence without a citation is unsupported.
Source: citation recall of Gao et al. (ALCE), EMNLP 2023, with a chat model in place of an entailment model.
Not eligible: runs without a judge, questions without an answer; for the first, sentences whose verdict cannot be
read.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each


def score(case: Case) -> Score | None:
    """See the module's text."""
    readable = [verdict for verdict in case.judged if verdict != "failed"]
    if not readable:
        return None
    return Score(readable.count("supported") / len(readable), len(readable))


def failures(case: Case) -> Score | None:
    """See the module's text."""
    return Score(case.judged.count("failed") / len(case.judged), len(case.judged)) if case.judged else None


JUDGE_SUPPORT = Measure(
    name="judge_support", title="Sentences a judge model calls supported", group=Group.CITATIONS, scores=each(score)
)
JUDGE_FAILURES = Measure(
    name="judge_failures",
    title="Verdicts of the judge that cannot be read",
    group=Group.EFFORT,
    scores=each(failures),
    higher_is_better=False,
)
