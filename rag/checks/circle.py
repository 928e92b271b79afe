"""Circles: "The mayor resigned after the mayor resigned in July" tells neither why nor when."""

from __future__ import annotations

import re

from rag import words
from rag.answer import Support
from rag.checks.claim import Claim, Finding

AGAIN = 0.75  # of what the first half says; a cause shares the name with its effect, seldom more
LEAST = 3  # stems of a half that says something
_JOINT = re.compile(r"\b(?:after|because|when|since|as|before|while|by)\b", re.IGNORECASE)


class Circle:
    """What happened is not told by itself: after, because and when join two things."""

    name = "circle"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding where one half of a sentence says the other again."""
        for joint in _JOINT.finditer(claim.sentence):
            first, second = (
                frozenset(words.content(half))
                for half in (claim.sentence[: joint.start()], claim.sentence[joint.end() :])
            )
            if len(first) >= LEAST and len(first & second) >= AGAIN * len(first):
                return [
                    Finding(
                        self.name, Support.UNSUPPORTED, f"says the same before and after “{joint[0]}”", joint.span()
                    )
                ]
        return []
