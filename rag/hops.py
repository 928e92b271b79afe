"""Questions that must be asked twice: who or what is meant stands in one article, what is asked of it in another.

"An MP was booed at the march. What had he claimed about the dam?" names nobody; a line on the march names the MP, and
with the name his claim can be looked for. Deterministic: a statement about somebody unnamed, then a question that
says he, she or "that bridge". (Multi-hop questions as in Yang et al. 2018, HotpotQA, of the kind with a bridge.)
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag import words
from rag.checks.names import gazetteer, names
from rag.lines import EvidenceLine
from rag.reading import Reading

LOOKED_AT = 3  # lines, as many as are quoted

_ASKING = r"(?:(?:in|on|for|at|to|by|of|from|with) )?(?:who|whom|whose|what|which|when|where|why|how)\b"
_HE = re.compile(r"\b(?:he|she|him|her|his)\b", re.IGNORECASE)
_THAT = re.compile(r"\bthat\s+(?P<noun>(?!(?:time|year|month|week|day)\b)[a-z]{3,})\b", re.IGNORECASE)
_HOP = re.compile(
    rf"^\W*(?P<told>(?:An?|One|Some(?:one|body)|The)\s[^?.:]{{8,}})(?:\.\s+|:\s*)(?P<asks>{_ASKING}[^?]+)\?\s*$",
    re.IGNORECASE,
)
_RELATIVE = re.compile(r"^the [a-z]+(?: [a-z]+)? (?:who|that|which)\b", re.IGNORECASE)
# What is asked for is the name itself, which no second question is needed for.
_IDENTITY = re.compile(
    r"\b(?:names?|called|known as|who (?:is|was|are|were) (?:he|she|it|they)|whose|which)\b", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Hop:
    """The two questions of one."""

    told: str  # what tells who or what is meant
    asks: str  # what is asked of it, without the name
    noun: str | None  # "bridge" of "that bridge"; None for a person

    def of(self, name: str) -> str:
        """The second question, with the name that the first one found."""
        return f"{self.asks} ({name})?"


def hop(question: str) -> Hop | None:
    """The two questions of one; None for one that needs no other."""
    found = _HOP.search(question)
    if found is None or _IDENTITY.search(found["asks"]):
        return None
    told = found["told"].strip()
    if any(word[0].isupper() and not word.isupper() for word in told.split()[1:4]):
        return None  # "The Kessel Bridge was closed. When will it open?" names what is meant
    if question[found.end("told")] == ":" and not _RELATIVE.match(told):
        return None
    he, that = _HE.search(found["asks"]), _THAT.search(found["asks"])
    if he is None and that is None:
        return None  # "What was it?" asks for what the statement is about
    return Hop(told, found["asks"].strip(), that["noun"] if that is not None and he is None else None)


def named(step: Hop, reading: Reading) -> tuple[str, EvidenceLine] | None:
    """The name that the best lines for the first question give, and the line that gives it; None where none does."""
    known = frozenset(words.tokens(step.told))
    for _, line in reading.ranked[:LOOKED_AT]:
        for name in names(line.text):
            if len(name.parts) < 2 or " ".join(name.parts) in gazetteer():
                continue
            if all(words.covered(words.stem(part), known) for part in name.parts):
                continue
            if step.noun is None or step.noun.lower() in name.parts:
                return name.text, line
    return None
