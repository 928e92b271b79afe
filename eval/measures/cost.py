"""Cost: what a question costs at stated prices per million tokens.

Definition: prompt tokens · price in + completion tokens · price out, in USD.
Source: list prices of the endpoint that was used, given on the command line and recorded in the run.
Not eligible: systems that do not state their tokens. Without prices the measure is not in the run.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each
from eval.measures.tokens import used


def cost(price_in: float, price_out: float) -> Measure:
    """The measure at these prices, USD per million tokens."""

    def score(case: Case) -> float | None:
        spent = used(case)
        return None if spent is None else (spent[0] * price_in + spent[1] * price_out) / 1e6

    return Measure(
        name="cost_usd",
        title="Price of a question",
        group=Group.EFFORT,
        scores=each(score),
        higher_is_better=False,
        unit="USD",
    )
