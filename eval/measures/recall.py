"""Recall at k: the share of the relevant articles (or proving lines) among the first k.

Definition: `R@k` of ir_measures; a question without hits scores 0.
Source: trec_eval's recall_k, through ir_measures (MacAvaney et al., ECIR 2022).
Not eligible: questions without relevant articles (or lines), and systems that do not show what they retrieved.
"""

from __future__ import annotations

from eval.measures.base import Group, Measure
from eval.measures.ranking import by_article, by_ir_measures, by_lines

CUTOFFS = (1, 5, 10, 20)

RECALL = tuple(
    Measure(
        name=f"R@{k}",
        title=f"Proving articles among the first {k}",
        group=Group.RETRIEVAL,
        scores=by_ir_measures(f"R@{k}", by_article),
    )
    for k in CUTOFFS
) + tuple(
    Measure(
        name=f"lines:R@{k}",
        title=f"Proving lines among the first {k} passages",
        group=Group.RETRIEVAL,
        scores=by_ir_measures(f"R@{k}", by_lines),
    )
    for k in CUTOFFS
)
