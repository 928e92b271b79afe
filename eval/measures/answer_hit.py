"""Answer-hit at k: one of the first k passages contains the answer; answer-article-hit: comes from a proving article.

Definition: `Success@k` of ir_measures over passages that contain the answer or an alias as whole words, and over
proving articles.
Source: top-k retrieval accuracy, Karpukhin et al., Dense Passage Retrieval, EMNLP 2020, through ir_measures.
Not eligible: systems that do not show what they retrieved; for answer-hit also unanswerable questions and those whose
answers all have more than six words; for answer-article-hit also questions without proving articles.
"""

from __future__ import annotations

from eval.measures.base import Group, Measure
from eval.measures.ranking import by_answer, by_article, by_ir_measures

CUTOFFS = (1, 5, 10, 20)

ANSWER_HIT = tuple(
    Measure(
        name=f"answer-hit@{k}",
        title=f"Answer stands in one of the first {k} passages",
        group=Group.RETRIEVAL,
        scores=by_ir_measures(f"Success@{k}", by_answer),
    )
    for k in CUTOFFS
)

ANSWER_ARTICLE_HIT = tuple(
    Measure(
        name=f"answer-article-hit@{k}",
        title=f"A proving article is among the first {k}",
        group=Group.RETRIEVAL,
        scores=by_ir_measures(f"Success@{k}", by_article),
    )
    for k in CUTOFFS
)
