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
_NOT = re.compile(
    r"\b(?:no|none|nobody|never|nothing|neither|without|cannot|unhurt|safely|empty|all|every)\b", re.IGNORECASE
)


# The whole against a part of it: in the sentence, in the lines.
_WHOLE = (
    (re.compile(r"\b(?:unanimous(?:ly)?|united|in unison|without dissent)\b", re.IGNORECASE),
     re.compile(r"\b(?:\w+ (?:votes? )?to \w+|voted against|against it|dissent\w*|split|opposed)\b", re.IGNORECASE)),
    (re.compile(r"\b(?:whole|entire|completely|entirely)\b", re.IGNORECASE),
     re.compile(r"\b(?:part of|partly|partial(?:ly)?|half of|some of)\b", re.IGNORECASE)),
    (re.compile(r"\bboth\b", re.IGNORECASE), re.compile(r"\b(?:one of|neither|only one|the other)\b", re.IGNORECASE)),
    (re.compile(r"\b(?:in the|the) world\b|\bworldwide\b", re.IGNORECASE),
     re.compile(r"\b(?:country['’]s|national|since \d{4}|local|regional|in the country)\b", re.IGNORECASE)),
    (re.compile(r"\b(?:permanent(?:ly)?|for good|for ever|forever)\b", re.IGNORECASE),
     re.compile(r"\b(?:until|interim|temporar\w+|for now|caretaker|acting)\b", re.IGNORECASE)),
    (re.compile(r"\bat all\b|\bwhatever happens\b|\bin any case\b", re.IGNORECASE),
     re.compile(r"\b(?:unless|if|except|between|until|only)\b", re.IGNORECASE)),
)  # fmt: skip


# "Came first in the vote" is not yet "was elected": who won must be said.
_WON = re.compile(
    r"\b(?:(?:re-?)?elected|(?:has|have|had) won|won the (?:\w+ )?(?:election|vote|run-off|seat))\b", re.IGNORECASE
)
_OUTCOME = re.compile(
    r"\b(?:(?:re-?)?elected|w[io]ns?|winn\w+|victor\w*|defeat\w*|beat(?:s|en|ing)?|sworn|succeed\w*|the next"
    r"|becomes?|became|secur\w+|clinch\w*|takes?|took|landslide|triumph\w*)\b|-elect\b",
    re.IGNORECASE,
)


class Scope:
    """Words for the whole, for none and for the greater part have their like in the lines."""

    name = "scope"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for "all", "none" or "most" that the lines do not say; against a part in the lines it fails."""
        if not is_english(claim.lines):
            return []
        lines = "\n".join(claim.lines)
        findings = []
        for whole, part in _WHOLE:
            m, theirs = whole.search(claim.sentence), part.search(lines)
            if m is not None and theirs is not None and not whole.search(lines):
                why = f"“{m[0]}”, but the lines say “{theirs[0]}”"
                findings.append(Finding(self.name, Support.UNSUPPORTED, why, m.span()))
        won = _WON.search(claim.sentence)
        if won is not None and not _OUTCOME.search(lines):
            why = f"“{won[0]}”: the lines do not say who won"
            findings.append(Finding(self.name, Support.UNSUPPORTED, why, won.span()))
        if widened := _widened(claim.sentence, lines):
            why = "the lines say so of one kind only"
            findings.append(Finding(self.name, Support.UNSUPPORTED, why, widened))
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
                verdict = Support.UNSUPPORTED if pattern is _NONE and m.start() == 0 else Support.PARTIAL
            findings.append(Finding(self.name, verdict, f"the lines do not say “{m[0]}”", m.span()))
        return findings


_LIMITED = re.compile(r"\s+(?:that|who|which are|built|with|without|over|under|outside|except)\b")
_ALL_OF_A_KIND = re.compile(r"\ball\s+(?:the\s+)?(\w+)\s+(\w+)", re.IGNORECASE)


def _widened(sentence: str, lines: str) -> tuple[int, int] | None:
    """Where "all schools" is said and the lines have all of one kind of them, "all primary schools"."""
    for m in re.finditer(r"\ball\s+(?:the\s+|its\s+|their\s+)?(\w+)\b", sentence, re.IGNORECASE):
        if any(other[2].lower() == m[1].lower() and other[1].lower() not in sentence.lower() for other in
               _ALL_OF_A_KIND.finditer(lines)):  # fmt: skip
            return m.span()
    return None


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
                if _SOME.search(text[start : word.start]) or _LIMITED.match(text, word.end):
                    return True
    return False if named else None
