"""Phrasal verbs: "takes over as coach" is a deed of its own, though "take" and "over" say nothing by themselves."""

from __future__ import annotations

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.normal import Word, is_english, listed, stem, words
from rag.words import kin

SAME = 0.8  # how near two stems are that are forms of one word
APART = 3  # words between verb and particle: "took the club over"

# Verb and particle, and the verbs and nouns of which any tells the same.
_TOLD = {
    "take over": """succeed successor replace replacement acquire acquisition buy purchase appoint appointment named
        takeover lead head run acting interim inherit seize control promote become""",
    "step in": "replace replacement succeed successor deputise deputy intervene acting interim run",
    "step down": "resign resignation quit leave retire departure",
    "stand down": "resign resignation quit leave retire departure withdraw",
    "set up": "establish create form found launch build open start plan",
    "give up": "surrender cede quit abandon drop relinquish concede renounce stop end yield",
    "call off": "cancel cancellation scrap postpone suspend end avert",
    "put off": "postpone delay defer push move",
    "turn down": "reject rejection refuse decline deny dismiss",
    "hand over": "give deliver surrender transfer pass return",
    "pull out": "withdraw withdrawal leave quit exit drop",
    "break out": "escape start begin erupt flee",
    "break down": "collapse fail failure stall end",
    "break up": "split divide separate end disperse",
    "shut down": "close closure halt stop end",
    "close down": "close closure shut halt stop end",
    "back down": "yield concede retreat relent withdraw drop",
    "blow up": "explode explosion destroy blast bomb",
    "bring down": "topple lower cut reduce fell fall shoot crash",
}
_LIKE = {
    (stem(phrase.split()[0]), phrase.split()[1]): frozenset(stem(word) for word in listed(same))
    for phrase, same in _TOLD.items()
}


class Phrasal:
    """What a verb and its particle say together is told by the lines, in those words or in others."""

    name = "relations"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding for the first phrasal verb that no line tells in any form."""
        if not is_english(claim.lines) or not is_english((claim.sentence,)):
            return []
        told = [words(text) for text in claim.lines]
        for verb, particle in _phrases(words(claim.sentence)):
            phrase = (verb.stem, particle.lower)
            if any((one.stem, other.lower) == phrase for line in told for one, other in _phrases(line)):
                continue
            if any(kin(word.stem, same) >= SAME for line in told for word in line for same in _LIKE[phrase]):
                continue
            why = f"“{verb.text} {particle.text}” is not in the lines"
            return [Finding(self.name, Support.UNSUPPORTED, why, (verb.start, particle.end))]
        return []


def _phrases(text: list[Word] | tuple[Word, ...]) -> list[tuple[Word, Word]]:
    """The phrasal verbs that are known, as verb and particle."""
    return [
        (word, other)
        for at, word in enumerate(text)
        for other in text[at + 1 : at + 2 + APART]
        if (word.stem, other.lower) in _LIKE
    ]
