"""Scope: "all" is not "most", "never" is not "not yet", "most" is not "some"."""

from __future__ import annotations

import re

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.normal import STOP, is_english, words
from rag.words import kin

_ALL = re.compile(
    r"\b(?:all|every|everyone|everybody|always|unanimous(?:ly)?)\b"
    r"(?! (?:over|about|along|but|the same|else|time|star|year|night|day|of a sudden|\d[\d,.]*|other)\b)",
    re.IGNORECASE,
)
_EACH = re.compile(r"\b(?:per|each|apiece)\b", re.IGNORECASE)
_NONE = re.compile(r"\b(?:none|nobody|no one|no-one|never|nothing)\b", re.IGNORECASE)
_MOST = re.compile(r"\b(?:most(?= (?:of|people|were|are))|mostly|majority)\b", re.IGNORECASE)
_SOME = re.compile(
    r"\b(?:most|mostly|some|many|several|half|few|partly|part of|majority|except|apart from|other than|still|"
    r"remaining|\w+ of (?:the|them|its|their|his|her)|percent|per cent)\b|%|"
    r"\b(?:one|two|three|four|five|six|seven|eight|nine|ten|\d[\d,.]*)\b",
    re.IGNORECASE,
)
_NOT = re.compile(r"\b(?:no|not|none|nobody|never|nothing|neither|without|cannot)\b|n['’]t\b", re.IGNORECASE)


class Scope:
    """Words for the whole, for none and for the greater part have their like in the lines."""

    name = "scope"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for "all", "none" or "most" that the lines do not say; against a part in the lines it fails."""
        if not is_english(claim.lines):
            return []
        lines = "\n".join(claim.lines)
        findings = []
        for pattern, like, opposed in ((_ALL, _ALL, True), (_NONE, _NOT, False), (_MOST, _MOST, False)):
            m = pattern.search(claim.sentence)
            if (
                m is None
                or (
                    like.search(lines) or (opposed and _EACH.search(lines)) or (pattern is _NONE and "first" in lines)
                )
                or (pattern is not _ALL and _NOT.search(lines) and pattern is _NONE)
            ):
                continue
            if opposed:
                found = _counted(claim.sentence, m.end(), claim.lines)
                if found is None:
                    continue  # what it is all of is not in the lines: other checks see that
                verdict = Support.UNSUPPORTED if found else Support.PARTIAL
            else:
                verdict = Support.PARTIAL
            findings.append(Finding(self.name, verdict, f"the lines do not say “{m[0]}”", m.span()))
        return findings


def _counted(sentence: str, end: int, lines: tuple[str, ...]) -> bool | None:
    """Whether the lines count or limit what the sentence means all of; None where they do not name it."""
    after = [word.stem for word in words(sentence[end:]) if word.lower not in STOP][:2]
    named = False
    for text in lines:
        its = words(text)
        for i, word in enumerate(its):
            if any(word.stem == one or kin(word.stem, one) for one in after):
                named = True
                start = its[max(0, i - 4)].start
                if _SOME.search(text[start : word.start]):
                    return True
    return False if named else None
