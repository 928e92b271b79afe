"""nDCG at 10: how well the relevant articles (or proving lines) are placed near the top.

Definition: `nDCG@10` of ir_measures, binary gains, log2 discount.
Source: Järvelin and Kekäläinen, Cumulated gain-based evaluation of IR techniques, TOIS 2002, through ir_measures.
Not eligible: questions without relevant articles (or lines), and systems that do not show what they retrieved.
"""

from __future__ import annotations

from eval.measures.base import Group, Measure
from eval.measures.ranking import by_article, by_ir_measures, by_lines

NDCG = (
    Measure(
        name="nDCG@10",
        title="Proving articles near the top",
        group=Group.RETRIEVAL,
        scores=by_ir_measures("nDCG@10", by_article),
    ),
    Measure(
        name="lines:nDCG@10",
        title="Proving lines near the top",
        group=Group.RETRIEVAL,
        scores=by_ir_measures("nDCG@10", by_lines),
    ),
)
