"""Quotation marks: where an article puts a word or two between them it leaves them to somebody else."""

from __future__ import annotations

import re

from rag import words
from rag.answer import Support
from rag.checks.attribution import attributions
from rag.checks.claim import Claim, Finding
from rag.normal import fold

MOST = 4  # words: what is longer is a quotation, which `attribution` looks at
# A name of a work begins with a capital and stays itself without the marks.
_FEW = re.compile(r"[“\"]([a-z][^“”\"]{1,40}?)[,.]?[”\"]")


class Quotation:
    """Somebody's words stay between their marks, or are told as somebody's."""

    name = "quotation"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding where a sentence says a line's marked words as its own: "out of spite"."""
        said = fold(claim.sentence)
        for line in claim.lines:
            for found in _FEW.finditer(line):
                phrase = fold(found[1])
                elsewhere = fold(line[: found.start()] + " " + line[found.end() :] + " " + claim.question)
                if len(phrase.split()) > MOST or phrase in elsewhere or not words.content(phrase):
                    continue
                bare = re.search(rf"(?<![\w“\"]){re.escape(phrase)}(?![\w”\"])", said)
                if bare is not None and not attributions(claim.sentence):
                    return [Finding(self.name, Support.UNSUPPORTED, f"“{found[1]}” without its marks", bare.span())]
        return []
