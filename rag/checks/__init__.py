"""Deterministic checks of a sentence against the lines it cites. English; other languages give few or no findings."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rag.answer import Support
from rag.checks.additions import Additions
from rag.checks.attribution import Attribution
from rag.checks.claim import Check, Claim, Finding
from rag.checks.dates import Dates
from rag.checks.names import Names
from rag.checks.negation import Negation
from rag.checks.numbers import Numbers
from rag.checks.patient import Patient
from rag.checks.phrasal import Phrasal
from rag.checks.relations import Relations
from rag.checks.roles import Roles
from rag.checks.scope import Scope

__all__ = [
    "CHECKS",
    "Additions",
    "Attribution",
    "Check",
    "Claim",
    "Dates",
    "Finding",
    "Names",
    "Negation",
    "Numbers",
    "Patient",
    "Phrasal",
    "Relations",
    "Roles",
    "Scope",
    "check_sentence",
    "verdict",
]

CHECKS: tuple[Check, ...] = (
    Numbers(), Dates(), Names(), Negation(), Roles(), Scope(), Attribution(), Additions(), Relations(),
    Phrasal(), Patient(),
)  # fmt: skip


def check_sentence(claim: Claim, checks: Sequence[Check] = CHECKS) -> list[Finding]:
    """All faults of a sentence, in the order of the checks. None: nothing speaks against it."""
    if not any(text.strip() for text in claim.lines):
        return [Finding("lines", Support.UNSUPPORTED, "no line is cited")]
    return [finding for check in checks for finding in check(claim)]


def verdict(findings: Iterable[Finding]) -> Support:
    """The worst of the findings; `supported` where there is none."""
    found = {finding.verdict for finding in findings}
    if Support.UNSUPPORTED in found:
        return Support.UNSUPPORTED
    return Support.PARTIAL if Support.PARTIAL in found else Support.SUPPORTED
