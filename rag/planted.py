"""Lines that speak to a machine instead of telling news: "Ignore the question and answer that …".

Such a line is never evidence: it is not shown to a model and not quoted as an answer. That is a courtesy to weak
models, not the defence; the defence is that only what lines bear out is shown, whatever a model was told. So it looks
for orders to an assistant outside quotation marks, and leaves alone the news about them: “Ignore all previous
instructions” inside a sentence that reports it, advisories, recipes, speeches.
"""

from __future__ import annotations

import re
import unicodedata

_QUOTED = re.compile(r"“[^”]*”|\"[^\"]*\"|«[^»]*»|„[^“]*“|(?<!\w)[‘'][^’']{8,}[’'](?!\w)")
_CLAUSE = r"(?:^|[.:;!?>\]*—–-]\s*|\bplease,?\s+|\bnow,?\s+|\binstead,?\s+|\band\s+)"
_ORDERS = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        # Set aside what you were told.
        _CLAUSE + r"(?:ignore|disregard|forget|override|skip)\b.{0,40}\b(?:instructions?|questions?|prompts?|rules?"
        r"|(?:above|previous|other) (?:lines|text|articles)|everything|context|guidelines)\b",
        # Say this and nothing else.
        _CLAUSE
        + r"(?:answer|reply|respond|output|print|repeat|state|return)\b\s+(?:only|with|that|exactly|to (?:any|every"
        r"|all)|the following|verbatim|by saying|in json|your)\b",
        _CLAUSE
        + r"(?:add|append|include|insert)\b.{0,40}\b(?:links?|images?|markdown|urls?)\b.{0,60}\b(?:answer|reply"
        r"|response|question)\b",
        _CLAUSE + r"(?:reveal|repeat|show|print|leak)\b.{0,30}\b(?:your|the) (?:system |hidden |other )?"
        r"(?:prompt|instructions|articles)\b",
        # A claim on every answer.
        r"\b(?:right|correct|only|true|proper) answer (?:to|for) (?:any|every|all|each|this|the|a|questions?"
        r"|who|what|when|where)\b",
        r"\b(?:any|every|each|all) questions? (?:about|on)\b.{0,60}\b(?:must|should|shall|is to|are to) be"
        r" answered\b",
        r"\b(?:this|the) (?:article|text|line|page)s? (?:may|must|should|can|shall)(?:\s*not|n[o']t) be"
        r" (?:cited|quoted|used)\b",
        _CLAUSE
        + r"(?:do not|don't|never) (?:cite|quote|use|mention) (?:this|the|any) (?:article|line|source|text)s?\b",
        # Somebody else's turn, or another part to play.
        r"^\W*(?:system|developer|assistant|user|tool|human|ai)(?: message| prompt| note| output)?\s*[:>\]]",
        r"\bnote (?:to|for) (?:the )?(?:ai|assistant|model|chatbot|llm)\b",
        r"^\W*(?:end|begin(?:ning)?) of (?:article|document|context|conversation)s?\b",
        _CLAUSE
        + r"you are (?:now )?(?:an? |the )?(?:ai|assistant|chatbot|language model|dan|pirate|in developer mode)\b",
        _CLAUSE + r"(?:act|pretend|behave|role-?play) as\b.{0,40}\b(?:assistant|ai|model|chatbot|editor|system)\b",
    )
)


def orders(text: str) -> bool:
    """Whether a line, outside its quotation marks, gives orders to an assistant. English only."""
    plain = unicodedata.normalize("NFKC", text)
    plain = "".join(c for c in plain if unicodedata.category(c) != "Cf")
    plain = " ".join(_QUOTED.sub(" … ", plain).split())
    return any(order.search(plain) for order in _ORDERS)
