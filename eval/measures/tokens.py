"""Tokens: prompt and completion tokens per question, as the model's endpoint counted them.

Definition: `usage.prompt_tokens + usage.completion_tokens` (or `input_tokens`, `output_tokens`) of the answer.
Source: the usage object of the OpenAI API.
Not eligible: systems that do not say.
"""

from __future__ import annotations

from collections.abc import Mapping

from eval.case import Case
from eval.measures.base import Group, Measure, each


def used(case: Case) -> tuple[int, int] | None:
    """Prompt and completion tokens, None where the system does not say."""
    usage = (case.answer or {}).get("usage")
    if not isinstance(usage, Mapping):
        return None
    prompt = usage.get("prompt_tokens", usage.get("input_tokens"))
    completion = usage.get("completion_tokens", usage.get("output_tokens"))
    return (prompt, completion) if isinstance(prompt, int) and isinstance(completion, int) else None


def score(case: Case) -> float | None:
    """See the module's text."""
    spent = used(case)
    return None if spent is None else float(sum(spent))


TOKENS = Measure(
    name="tokens",
    title="Tokens per question",
    group=Group.EFFORT,
    scores=each(score),
    higher_is_better=False,
    unit="tokens",
)
