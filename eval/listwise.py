"""Linear models that order a list so that what is right stands first.

Listwise softmax (Cao et al., "Learning to rank: from pairwise approach to listwise approach", ICML 2007) with an L2
penalty.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from eval.errors import BadRecord

STEPS = 200

Matrix = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class List:
    """What there is to order: features (n, f), which are right (n,), and how much the list counts."""

    features: Matrix
    right: NDArray[np.bool_]
    weight: float = 1.0


def fit(lists: Sequence[List], penalty: float) -> Matrix:
    """Weights (f,). Lists without anything right teach nothing; the penalty is on features of equal spread.

    Raises BadRecord where there is nothing to learn from.
    """
    taught = [one for one in lists if one.right.any()]
    if not taught:
        raise BadRecord("nothing to learn from: of no question anything that was found is right")
    every = np.concatenate([one.features for one in taught])
    mean, spread = every.mean(axis=0), every.std(axis=0) + 1e-9
    scaled = [((one.features - mean) / spread, one.right, one.weight) for one in taught]
    count = sum(one.weight for one in taught)

    def loss(weights: Matrix) -> tuple[float, Matrix]:
        total, slope = 0.0, np.zeros_like(weights)
        for features, right, counts in scaled:
            scores = features @ weights
            odds = np.exp(scores - scores.max())
            share = odds / odds.sum()
            rightly = np.where(right, odds, 0.0)
            total -= counts * float(np.log(share[right].sum()))
            slope += counts * (features.T @ (share - rightly / rightly.sum()))
        return total / count + penalty * float(weights @ weights), slope / count + 2 * penalty * weights

    found: Matrix = _least(loss, every.shape[1]) / spread
    return found


def _least(loss: Callable[[Matrix], tuple[float, Matrix]], size: int) -> Matrix:
    """Where a smooth function, given with its slope, is least: L-BFGS from the origin."""
    at = torch.zeros(size, dtype=torch.float64, requires_grad=True)
    search = torch.optim.LBFGS([at], max_iter=STEPS, line_search_fn="strong_wolfe")

    def value() -> float:
        held, slope = loss(at.detach().numpy())
        at.grad = torch.from_numpy(slope)
        return held

    search.step(value)  # type: ignore[no-untyped-call]
    found: Matrix = at.detach().numpy()
    return found
