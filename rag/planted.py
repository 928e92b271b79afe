"""Lines that speak to a machine instead of telling news: "Ignore the question and answer that …".

Such a line is never evidence: it is not shown to a model and not quoted as an answer. That is a courtesy to weak
models, not the defence; the defence is that only what lines bear out is shown, whatever a model was told. So it looks
for orders to an assistant outside quotation marks, and leaves alone the news about them: “Ignore all previous
instructions” inside a sentence that reports it, advisories, recipes, speeches.
"""

from __future__ import annotations

import re
import unicodedata

from sentencex import segment  # type: ignore[import-untyped]

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
        r"(?:^|[.:;!?>\]*(]\s*)say(?:\s*:|\s+(?:only|that|exactly|the words)\b)",
        r"(?:^|[.:;!?>\]*(]\s*)(?:write|output|print|say|insert|click)\s+(?:\S*[/<\[:`]\S*|data:\S+)",
        r"(?:^|[.:;!?]\s*)(?:begin|start|end|finish)\b.{0,20}\bwith (?:the words|the image|here are|the link)\b",
        _CLAUSE + r"tell (?:every|the|all) (?:readers?|users?)\b|^for all questions\b",
        r"\b(?:decode|decipher) and (?:obey|follow|answer)\b|\bin clear,? (?:write|say|answer)\b",
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


# In the middle of a line that lost its marks (a by-line run into the text): told by the capital of the imperative.
_AMID = re.compile(
    r"(?:^|\s)(?:Ignore|Disregard|Forget)\b(?: \w+){0,3} (?:instructions?|questions?|articles?|lines?|prompts?)\b"
)
# German and Spanish, accents folded.
_FOREIGN = tuple(
    re.compile(pattern, re.IGNORECASE)
    for pattern in (
        r"\b(?:ignoriere|vergiss|missachte)\b.{0,40}\b(?:fragen?|anweisung(?:en)?|zeilen|artikel)\b",
        r"(?:^|[.:;!?]\s*)(?:antworte|wiederhole|schreibe|sage?|fuge)\b.{0,60}(?::|\b(?:antwort|anweisungen|immer|nur)\b)",
        r"\brichtige antwort auf (?:jede|alle|die|eine)\b|\bdarf nicht zitiert werden\b|^systemnachricht\b",
        r"\bignora\b.{0,40}\b(?:preguntas?|instrucciones|lineas|articulos?)\b",
        r"(?:^|[.:;!?]\s*)(?:responde|contesta|escribe|repite|anade)\b.{0,60}(?::|\b(?:que|siempre|instrucciones|respuesta)\b)",
        r"\brespuesta correcta a (?:cualquier|toda|cada)\b|\bno puede citarse\b",
        r"\bsolo debes decir\b|^nuevo sistema\b",
    )
)
# Letters of other alphabets that look like Latin ones, which hide a word from a search and from no reader.
_LOOKALIKES = str.maketrans("аеорсухіјѕԁӏАВЕКМНОРСТХΑΒΕΗΙΚΜΝΟΡΤΧο", "aeopcyxijsdlABEKMHOPCTXABEHIKMNOPTXo")


# Bidirectional overrides (Unicode Annex 9) make a line read otherwise than it is; no newsroom's text has them.
_OVERRIDES = frozenset("\u202d\u202e")
# Signs that most lines of news hold, and that stay as they are when letters are laid bare.
_USUAL = re.compile(r"[\x00-\x7f“”‘’–—€£]*")


# What must stand in a line, as a word of its own, for the pattern at that place to match. Most lines of news have
# none of these, and to search 300 lines of a question for every pattern took longer than to find the lines.
_NEEDED = (
    "ignore disregard forget override skip",
    "answer reply respond output print repeat state return",
    "add append include insert",
    "reveal repeat show print leak",
    "say",
    "write output print say insert click",
    "begin start end finish",
    "tell questions",
    "decode decipher clear",
    "answer",
    "question questions",
    "cited quoted used",
    "cite quote use mention",
    "system developer assistant user tool human ai",
    "note",
    "end begin beginning",
    "ai assistant chatbot language dan pirate developer",
    "act pretend behave role roleplay",
    "ignoriere vergiss missachte",
    "antworte wiederhole schreibe sag sage fuge",
    "antwort zitiert systemnachricht",
    "ignora",
    "responde contesta escribe repite anade",
    "respuesta citarse",
    "decir sistema",
    "ignore disregard forget",
)
_PATTERNS = (*_ORDERS, *_FOREIGN, _AMID)
_PLACES: dict[str, set[int]] = {}
for _at, _needed in enumerate(_NEEDED):
    for _word in _needed.split():
        _PLACES.setdefault(_word, set()).add(_at)
_SPOKEN = frozenset(_PLACES)
_RUN = re.compile(r"\w+")
# Of ASCII its words in lower case, all else white space: what `_RUN` finds in it, in a fifth of the time.
_WORDS = {code: chr(code).lower() if _RUN.match(chr(code)) else " " for code in range(128)}


def orders(text: str) -> bool:
    """Whether a line, outside its quotation marks, gives orders to an assistant. English, German and Spanish."""
    usual = _USUAL.fullmatch(text) is not None
    if not usual and not _OVERRIDES.isdisjoint(text):
        return True
    plain = text if usual else _bare(text)
    places = _places(plain)
    if not places:
        return False
    plain = " ".join(_QUOTED.sub(" … ", plain).split())
    return any(_PATTERNS[at].search(plain) for at in sorted(places))


def question_in(text: str) -> str:
    """What a reader asks beside orders to an assistant: the sentences that give none; the whole text where all do.

    The orders are not obeyed in any case; left in, their words would count as asked for, and no line has them.
    """
    kept = [sentence.strip() for sentence in segment("en", text) if not orders(sentence.strip())]
    asked = " ".join(sentence for sentence in kept if sentence)
    return asked if any(character.isalnum() for character in asked) else text


def _bare(text: str) -> str:
    """Letters without marks, none invisible, none of another alphabet that looks Latin."""
    plain = unicodedata.normalize("NFKD", text).translate(_LOOKALIKES)
    hidden = [c for c in set(plain) if not c.isascii() and unicodedata.category(c) in {"Cf", "Mn"}]
    return plain.translate(dict.fromkeys(map(ord, hidden))) if hidden else plain


def _places(plain: str) -> set[int]:
    """Of the patterns that could match. `ı` counts as `i`, as it does where case does not."""
    spoken = plain.translate(_WORDS).split() if plain.isascii() else _RUN.findall(plain.lower().replace("ı", "i"))
    if _SPOKEN.isdisjoint(spoken):
        return set()
    return {at for word in _SPOKEN.intersection(spoken) for at in _PLACES[word]}
