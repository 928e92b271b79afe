"""From candidates to an order: relevance and time, normalised apart, then blended by learned weights.

Relevance comes from both searches. A passage that only one of them found gets the other's score as well where it can
be had (a cosine always can), so that what is compared is like with like; BM25 is divided by the best score of the
question, since its size says more about the question than about the passage. An article that many candidates come
from speaks for each of them.

The weights are those of a linear model, learned by `eval/learn_ranking.py` and kept in `ranking.json` with the data
they were learned from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Column = NDArray[np.float64]

RELEVANCE = (
    "dense",  # cosine of question and passage
    "lexical",  # BM25 over the best of this question
    "dense_rank",  # 1 / (10 + rank) · 10; 0 where that search did not find it
    "lexical_rank",
    "article_dense",  # the best cosine of the article's candidates
    "article_lexical",  # the best BM25 of the article's candidates
    "article_share",  # how much of the candidates' weight is this article's
)
FEATURES = (*RELEVANCE, "recent_7", "recent_30", "recent_365", "week", "after", "near")


@dataclass(frozen=True, slots=True)
class Weights:
    """One weight a feature; those that are not named are 0."""

    values: Mapping[str, float]

    def score(self, features: Mapping[str, Column]) -> Column:
        """The blend, (n,)."""
        size = len(next(iter(features.values())))
        total = np.zeros(size)
        for name, weight in self.values.items():
            total += weight * features[name]
        return total


@cache
def learned(mode: str = "time") -> Weights:
    """The weights that ship: `time` for the blend, `relevance` for the same without dates."""
    stored = json.loads(Path(__file__).with_name("ranking.json").read_text("utf-8"))
    return Weights(stored["weights"][mode])


def relevance_features(
    dense: Column,
    lexical: Column,
    dense_rank: NDArray[np.int64],
    lexical_rank: NDArray[np.int64],
    article: NDArray[np.int64],
) -> dict[str, Column]:
    """Features of n candidates but for time.

    `dense` cosines, `lexical` BM25 scores (0 where not found); ranks from 1, 0 where not found; `article` (n,) says
    which candidates are of one article.
    """
    best = lexical.max(initial=0.0) or 1.0
    share = lexical / best
    features = {
        "dense": dense.astype(np.float64),
        "lexical": share,
        "dense_rank": _of_rank(dense_rank),
        "lexical_rank": _of_rank(lexical_rank),
    }
    _, place = np.unique(article, return_inverse=True)
    groups = int(place.max(initial=-1)) + 1
    best_dense, best_lexical, weight = np.zeros(groups), np.zeros(groups), np.zeros(groups)
    np.maximum.at(best_dense, place, features["dense"])
    np.maximum.at(best_lexical, place, share)
    np.add.at(weight, place, features["dense_rank"] + features["lexical_rank"])
    features["article_dense"] = best_dense[place]
    features["article_lexical"] = best_lexical[place]
    features["article_share"] = weight[place] / (weight.sum() or 1.0)
    return features


def _of_rank(rank: NDArray[np.int64]) -> Column:
    return np.where(rank > 0, 10.0 / (10.0 + rank), 0.0)
