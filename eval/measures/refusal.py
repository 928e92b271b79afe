"""Who refused, and who should have: the counts that refusal precision, recall and F1 are made of.

A question is to be refused when it is unanswerable. One whose false premise was put right, as the gold allows, was
handled well without a refusal and is left out of all three. An error is not a refusal.
"""

from __future__ import annotations

from eval.case import Case


def counts(case: Case) -> tuple[bool, bool] | None:
    """Refused, should be refused; None where the case is left out."""
    if case.question.correctable and case.answered and case.correct:
        return None
    return case.refused, not case.question.answerable
