"""False premises: what a question takes for granted and the lines deny is named and put right from them.

"Why did the dam crack?" takes for granted that it did. Where a line that speaks of just that denies it ("inspectors
found no crack"), that line is the answer, and the reader is told that the premise does not hold. Only questions that
presuppose something can have a false premise: "did the dam crack?" asks. Deterministic, and careful: the denial must
stand at the very words that the question takes for granted.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from rag import words
from rag.asked import Asked
from rag.evidence import Evidence
from rag.lines import EvidenceLine

REACH = 5  # words between a denial and what it denies
_TOKEN = re.compile(r"[^\W_]+(?:[’'][^\W_]+)*")
_DENIES = frozenset(
    """no not never none nobody nothing neither nor without cannot didn't wasn't weren't isn't aren't doesn't "
    "won't hasn't
    haven't hadn't wouldn't denied denies deny denial denying false untrue wrong cleared acquitted excluded rejected
    withdrawn withdraw withdrew goalless refused refuses ruled unrelated""".split()  # noqa: SIM905
)
_BEHIND = frozenset(
    ("denied", "false", "untrue", "wrong", "excluded", "withdrawn", "withdraw", "goalless", "unrelated")
)
_ASKS = re.compile(
    r"\b(?:not|no|never|n['’]t|deny|denied|without|refus\w+|reject\w*|excluded?|oppos\w+)\b", re.IGNORECASE
)
_PRESUPPOSES = re.compile(
    r"^(?:why|when|where|how|who|whom|what|which|on|in|at|by|from|to|for|of|tell)\b", re.IGNORECASE
)


def denial(asked: Asked, evidence: Evidence, lines: Sequence[EvidenceLine]) -> EvidenceLine | None:
    """The first of the lines that denies what the question takes for granted; None where none does.

    A question that itself says no, or asks whether, has no such premise.
    """
    if asked.kind == "yes_no" or _ASKS.search(asked.question) or not _PRESUPPOSES.match(asked.question.strip()):
        return None
    for line in lines:
        if evidence.features(line)["names_article"] >= 0.5 and _denies(asked, evidence, line):
            return line
    return None


def _denies(asked: Asked, evidence: Evidence, line: EvidenceLine) -> bool:
    """Whether a word of denial stands close to a word of what is presupposed."""
    spoken = [token.casefold().replace("’", "'") for token in _TOKEN.findall(line.text)]
    at = [i for i, token in enumerate(spoken) if token in _DENIES]
    if not at:
        return False
    presupposed = [term for term in asked.relation if len(term.text) > 2]
    if not presupposed:
        return False
    stems = [words.stem(token) for token in spoken]
    for i in at:
        before = stems[max(0, i - REACH) : i] if spoken[i] in _BEHIND else []
        near = [*before, *stems[i + 1 : i + 1 + REACH]]
        for term in presupposed:
            if any(words.kin(term.stem, stem) for stem in near):
                rest = [other for other in presupposed if other is not term]
                around = frozenset(words.content(line.text)) | frozenset(words.content(line.article.title))
                if (
                    not rest
                    or evidence.features(line)["relation"] >= 0.5
                    or any(words.covered(r.stem, around) for r in rest)
                ):
                    return True
    return False
