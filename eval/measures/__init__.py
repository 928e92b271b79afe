"""The measures, one short file each. `ALL` is what a run computes, in the order of the report."""

from __future__ import annotations

from eval.measures.alias_coverage import ALIAS_COVERAGE
from eval.measures.answer_hit import ANSWER_ARTICLE_HIT, ANSWER_HIT
from eval.measures.answer_rate import ANSWER_RATE
from eval.measures.attribution import ATTRIBUTION
from eval.measures.base import Group, Measure, Score, Scores, Statistic
from eval.measures.brier import BRIER
from eval.measures.choice_accuracy import CHOICE_ACCURACY
from eval.measures.citation_validity import CITATION_VALIDITY
from eval.measures.cited_sentences import CITED_SENTENCES
from eval.measures.conflicts_shown import CONFLICTS_SHOWN
from eval.measures.correct import CORRECT
from eval.measures.correct_and_cited import CORRECT_AND_CITED
from eval.measures.exact_match import EXACT_MATCH
from eval.measures.failures import FAILURES
from eval.measures.fallbacks import FALLBACKS
from eval.measures.judge_support import JUDGE_FAILURES, JUDGE_SUPPORT
from eval.measures.latency import LATENCY
from eval.measures.lexical_support import LEXICAL_SUPPORT
from eval.measures.line_f1 import LINE_F1
from eval.measures.line_precision import LINE_PRECISION
from eval.measures.line_recall import LINE_RECALL
from eval.measures.must_include import MUST_INCLUDE
from eval.measures.must_not_include import MUST_NOT_INCLUDE
from eval.measures.ndcg import NDCG
from eval.measures.no_future import NO_FUTURE
from eval.measures.quote_exactness import QUOTE_EXACTNESS
from eval.measures.recall import RECALL
from eval.measures.reciprocal_rank import RECIPROCAL_RANK
from eval.measures.refusal_f1 import REFUSAL_F1
from eval.measures.refusal_precision import REFUSAL_PRECISION
from eval.measures.refusal_recall import REFUSAL_RECALL
from eval.measures.right_reason import RIGHT_REASON
from eval.measures.right_revision import RIGHT_REVISION
from eval.measures.staleness import STALENESS
from eval.measures.support_rate import SUPPORT_RATE
from eval.measures.token_f1 import TOKEN_F1
from eval.measures.tokens import TOKENS
from eval.measures.wrong_answers import WRONG_ANSWERS

ALL: tuple[Measure, ...] = (
    CORRECT,
    CORRECT_AND_CITED,
    MUST_INCLUDE,
    ALIAS_COVERAGE,
    EXACT_MATCH,
    TOKEN_F1,
    MUST_NOT_INCLUDE,
    CHOICE_ACCURACY,
    ATTRIBUTION,
    CONFLICTS_SHOWN,
    CITATION_VALIDITY,
    QUOTE_EXACTNESS,
    LINE_PRECISION,
    LINE_RECALL,
    LINE_F1,
    CITED_SENTENCES,
    SUPPORT_RATE,
    LEXICAL_SUPPORT,
    JUDGE_SUPPORT,
    REFUSAL_PRECISION,
    REFUSAL_RECALL,
    REFUSAL_F1,
    RIGHT_REASON,
    ANSWER_RATE,
    WRONG_ANSWERS,
    BRIER,
    RIGHT_REVISION,
    NO_FUTURE,
    STALENESS,
    *NDCG,
    *RECIPROCAL_RANK,
    *RECALL,
    *ANSWER_HIT,
    *ANSWER_ARTICLE_HIT,
    FAILURES,
    FALLBACKS,
    JUDGE_FAILURES,
    *LATENCY,
    TOKENS,
)

__all__ = ["ALL", "Group", "Measure", "Score", "Scores", "Statistic"]
