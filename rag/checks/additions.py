"""Additions: a part of the sentence, or a "because", that the lines do not have at all."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise

from rag.answer import Support
from rag.checks.align import shared
from rag.checks.claim import Claim, Finding
from rag.checks.tables import CAUSES, LIGHT
from rag.normal import Word, content, is_english, words
from rag.number_words import is_number
from rag.quantities import quantities

_PARTS = re.compile(
    r",\s+(?:and\s+|but\s+|while\s+|which\s+|who\s+|where\s+|with\s+|most\s+of\s+)?|"
    r"\s+(?:and|but|because|where|while|with|after|before|so that|which|who|though|although|despite|"
    r"due to|thanks to)\s+",
    re.IGNORECASE,
)
_BECAUSE = re.compile(
    r"\b(?:because(?: of)?|due to|owing to|thanks to|as a result of|caused by|in response to|so that)\b",
    re.IGNORECASE,
)
_LEAD = re.compile(r"\b(?:because|because of|due to|most of)\s+(?:them\s+|of\s+)?$", re.IGNORECASE)
_KNOWN = 0.67  # share of a reason's words that must stand in lines that join nothing by "because"
_UNRELATED = 0.2  # below this share of its words a sentence is about something else


class Additions:
    """Every part of the sentence has something in its lines to stand on."""

    name = "additions"

    def __call__(self, claim: Claim) -> list[Finding]:
        """Findings for a part without a word in the lines, a made-up cause, and a sentence about something else."""
        if not is_english(claim.lines) or not is_english((claim.sentence,)):
            return []
        stand = frozenset(word.stem for text in claim.lines for word in words(text))
        said = _telling(words(claim.sentence))
        stems = [word.stem for word in said]
        values = {one.value for one in quantities(claim.sentence)}
        told = any(one.value in values for text in claim.lines for one in quantities(text))
        if len(stems) >= 3 and not told and shared(stems, stand) < _UNRELATED:
            return [Finding(self.name, Support.UNSUPPORTED, "the lines speak of something else")]
        findings = []
        reason = _BECAUSE.search(claim.sentence)
        if reason and not CAUSES & stand:
            behind = [word.stem for word in said if word.start >= reason.end()]
            if behind and shared(behind, stand) < _KNOWN:
                at = (reason.start(), len(claim.sentence))
                findings.append(Finding(self.name, Support.UNSUPPORTED, "the lines give no such cause", at))
        if findings:
            return findings
        for low, high in _parts(claim.sentence):
            part = [word for word in said if low <= word.start < high and not word.is_capital]
            named = [word for word in said if low <= word.start < high and word.is_capital]
            # One word may be a synonym; after "because" and "most of" it is the claim itself.
            enough = len(part) >= 2 or _LEAD.search(claim.sentence, max(0, low - 12), low) is not None
            if part and enough and not named and shared([word.stem for word in part], stand) == 0:
                why = f"“{claim.sentence[part[0].start : part[-1].end]}” is not in the lines"
                findings.append(Finding(self.name, Support.PARTIAL, why, (part[0].start, part[-1].end)))
        return findings


def _telling(found: Sequence[Word]) -> list[Word]:
    """The words that say something: no function words, no light verbs, no numbers (they have their own check)."""
    return [word for word in content(found) if word.stem not in LIGHT and not is_number(word)]


def _parts(sentence: str) -> Iterator[tuple[int, int]]:
    """The parts of a sentence at its commas and conjunctions; one that is the whole sentence is none."""
    cuts = [0, *(m.end() for m in _PARTS.finditer(sentence)), len(sentence)]
    if len(cuts) > 2:
        yield from pairwise(cuts)
