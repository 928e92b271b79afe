"""Reciprocal rank at 10: one over the place of the first relevant article (or proving lines), 0 beyond the tenth.

Definition: `RR@10` of ir_measures; its mean over questions is the MRR.
Source: Kantor and Voorhees, The TREC-5 Confusion Track, 2000, through ir_measures.
Not eligible: questions without relevant articles (or lines), and systems that do not show what they retrieved.
"""

from __future__ import annotations

from eval.measures.base import Group, Measure
from eval.measures.ranking import by_article, by_ir_measures, by_lines

RECIPROCAL_RANK = (
    Measure(
        name="RR@10",
        title="How high the first proving article stands",
        group=Group.RETRIEVAL,
        scores=by_ir_measures("RR@10", by_article),
    ),
    Measure(
        name="lines:RR@10",
        title="How high the first proving lines stand",
        group=Group.RETRIEVAL,
        scores=by_ir_measures("RR@10", by_lines),
    ),
)
