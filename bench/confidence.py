"""Learn the confidence of answers: a logistic model over `rag.evidence`'s features, by plain gradient descent.

    python -m bench.confidence rows.jsonl

A row is one sentence that the checks let pass: `{"group": question, "features": {…}, "right": true}`. Features
are those of the trace (`sentences[…].judgement.features`, asked with `explain` and `enough` 0, so that nothing is
held back); right means that the sentence answers the gold question. Questions are asked twice, with the articles that
bear the answer and without them. Weights are kept from turning negative: each feature is made so that more is surer,
and a few hundred rows must not unlearn that. Prints the coefficients for `rag.evidence`, the area under the ROC curve
by ten-fold cross-validation over questions, and for each threshold what is shown of the right and of the wrong.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

L2 = 2.0  # keeps a few hundred rows from making strong claims
STEPS = 2_000

Floats = NDArray[np.float64]


def fit(features: Floats, right: Floats, l2: float = L2) -> tuple[Floats, float]:
    """Weights (k,) and bias of a logistic model of `right` (n,) on `features` (n, k)."""
    mean, spread = features.mean(0), features.std(0) + 1e-6
    scaled = (features - mean) / spread
    weights, bias = np.zeros(features.shape[1]), 0.0
    for _ in range(STEPS):
        error = 1 / (1 + np.exp(-(scaled @ weights + bias))) - right
        weights -= 0.3 * (scaled.T @ error + l2 * weights) / len(right)
        weights = np.maximum(weights, 0.0)
        bias -= 0.3 * float(error.mean())
    return weights / spread, bias - float((weights / spread) @ mean)


def predict(features: Floats, weights: Floats, bias: float) -> Floats:
    """Confidence (n,) of each row."""
    return np.asarray(1 / (1 + np.exp(-(features @ weights + bias))))


def cross_validated(features: Floats, right: Floats, groups: NDArray[np.int64], folds: int = 10) -> Floats:
    """Confidence (n,) of each row by a model that did not see its question."""
    found = np.zeros(len(right))
    for fold in range(folds):
        out = groups % folds == fold
        if out.any():
            found[out] = predict(features[out], *fit(features[~out], right[~out]))
    return found


def auc(scores: Floats, right: Floats) -> float:
    """Area under the ROC curve: how often a right row scores above a wrong one (Mann and Whitney 1947)."""
    good, bad = scores[right == 1], scores[right == 0]
    if not len(good) or not len(bad):
        return float("nan")
    return float((good[:, None] > bad).mean() + 0.5 * (good[:, None] == bad).mean())


def main(path: str) -> None:
    """Learn from a file of rows and print what was learned."""
    rows = [json.loads(line) for line in Path(path).read_text(encoding="utf-8").splitlines() if line.strip()]
    names = list(rows[0]["features"])
    features = np.array([[row["features"][name] for name in names] for row in rows])
    right = np.array([float(row["right"]) for row in rows])
    numbers = {group: n for n, group in enumerate(dict.fromkeys(row["group"] for row in rows))}
    groups = np.array([numbers[row["group"]] for row in rows])
    weights, bias = fit(features, right)
    scores = cross_validated(features, right, groups)
    print(f"{len(rows)} rows of {len(numbers)} questions, {right.mean():.2f} right, AUC {auc(scores, right):.3f}")
    for n, name in enumerate(names):
        print(f'    "{name}": {weights[n]:.2f},  # alone: AUC {auc(features[:, n], right):.2f}')
    print(f'    "bias": {bias:.2f},')
    for threshold in np.arange(0.2, 0.8, 0.05):
        shown = scores >= threshold
        good, bad = shown[right == 1].mean(), shown[right == 0].mean()
        print(f"at {threshold:.2f}: shows {good:.2f} of the right and {bad:.2f} of the wrong")


if __name__ == "__main__":
    main(sys.argv[1])
