"""Right reason: a right refusal also says rightly why.

Definition: 1 when the reason on the wire is one of those that the gold's tags name (`reason:no_coverage`,
`reason:only_older_coverage`, `reason:conflicting`), else 0.
Source: fine-grained abstention as in Wen et al., Know Your Limits: A Survey of Abstention in LLMs, TACL 2025.
Not eligible: questions without such a tag, answerable ones, and those that were not refused.
"""

from __future__ import annotations

from eval.case import Case
from eval.measures.base import Group, Measure, each

_TAG = "reason:"


def score(case: Case) -> float | None:
    """See the module's text."""
    wanted = {tag.removeprefix(_TAG) for tag in case.question.tags if tag.startswith(_TAG)}
    if not wanted or case.question.answerable or not case.refused or case.answer is None:
        return None
    return float(case.answer.get("reason") in wanted)


RIGHT_REASON = Measure(
    name="right_reason", title="Refusals that say rightly why", group=Group.REFUSAL, scores=each(score)
)
