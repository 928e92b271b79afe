"""To whom it was done: whom a line names as excluded, sued or elected where a question asks "who was excluded?".

The order of the words tells it, and a line that names somebody there names nobody else: in "Zelensky condemned the
exclusion of Kyiv" it is Kyiv that was excluded, however much "who" asks for a person. A patient is what linguistics
calls the one to whom a deed is done (Fillmore, "The case for case", 1968).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.checks.clauses import is_past
from rag.checks.names import Name, names, same_name
from rag.normal import STOP, Word, fold, is_english, listed, stem, words

_BEING = r"(?:is|are|was|were|be|been|being|gets?|got)"
_HELPING = rf"(?:{_BEING}|has|have|had|will|not|never|also|all|[a-z]+ly)"
# "… was recently excluded", "Kyiv, its capital, excluded from"
_BEFORE = re.compile(rf"(?:,[^,;.]{{1,60}},)?\s+(?P<being>(?:{_HELPING}\s+)*)", re.IGNORECASE)
_HELPED = re.compile(rf"\b{_BEING}\b", re.IGNORECASE)
# Behind a participle without "was": whatever it is done to stands before it.
_NO_OBJECT = re.compile(
    r"\s+(?:from|by|in|at|on|after|as|amid|during|out|because|despite|off)\b|\s*(?:[.,;:!?—–)”\"]|$)",
    re.IGNORECASE,
)
_UNDER = re.compile(r"\b(?:in|of|at|from|to|on|by|with|for|near|over|after|against)\s+(?:the\s+)?$", re.IGNORECASE)
_OF = re.compile(r"\s+of\s+(?:[\w’'-]+\s+){0,3}")  # the exclusion of Ukraine's President X
_OBJECT = re.compile(r"\s+(?:(?:the|former)\s+)*(?:[A-Z]\S*\s+){0,3}")
_JOINED = re.compile(r"\s*(?:,?\s*(?P<and>and|&)|,)\s+(?:the\s+)?", re.IGNORECASE)
_DEED_NOUN = re.compile(r"(?:[st]ion|ment|al|ing|ance|ence|ure)s?$")
_NOT = re.compile(rf"(?:\b(?:not|never)|n[’']t)\s+(?:{_HELPING}\s+)*$", re.IGNORECASE)
_REACH = 40  # characters
_SHORTEST_ROOT = 4  # letters that a noun must share with the verb: "exclu-sion" and "exclu-de"


class Patient:
    """What a sentence says was done to somebody, its lines do not say was done to somebody else alone."""

    name = "patient"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding where every name that the lines have there is another."""
        if not is_english(claim.lines):
            return []
        found, people = words(claim.sentence), names(claim.sentence)
        for at, word in enumerate(found):
            helped = any(_HELPED.fullmatch(one.lower) for one in found[max(0, at - 2) : at])
            of_whom = _before(claim.sentence, word, people) if helped else []
            denied = _denied(claim.sentence, word)
            told = [name for line in claim.lines for name in patients(word.stem, line, denied)] if of_whom else []
            if told and not any(same_name(one, other) for one in of_whom for other in told):
                why = f"in the lines “{word.text}” goes with {told[0].text}, not {of_whom[0].text}"
                return [Finding(self.name, Support.UNSUPPORTED, why, (of_whom[0].start, word.end))]
        return []


def asked_of(question: str) -> Word | None:
    """What was done to the one asked for: "excluded" of "Who was excluded from the talks?"."""
    found = _ASKS.match(question)
    if found is None or _HELPED.search(found["who"] or found["which"] or "") is None:
        return None
    return _deed(question, found)


def acts_upon(question: str, text: str, short: str) -> bool:
    """Whether a line says of a short answer that it acts upon the deed that is asked for, and so did not do it.

    "Thane accepted the resignation" tells of nobody who resigned, "Zelensky condemned the exclusion" of nobody who
    was excluded; "announced her resignation" and "led the attack" do tell it.
    """
    found, at = _ASKS.match(question), text.find(short)
    deed = _deed(question, found) if found is not None else None
    if deed is None or not short or at < 0:
        return False
    behind = [word for word in words(text) if word.start >= at + len(short)][: _UPON + 1]
    if not behind or behind[0].stem in _DOES_IT or not is_past(behind[0]):
        return False
    for number, word in enumerate(behind[1:], start=1):
        if _is_noun_of(word, deed.stem):
            return behind[number - 1].lower == "the"
    return False


def _deed(question: str, found: re.Match[str]) -> Word | None:
    verb = next((word for word in words(question) if word.start >= found.end()), None)
    return verb if verb is not None and is_past(verb) else None


_ASKS = re.compile(
    rf"\W*(?:whom?\s+(?P<who>(?:{_HELPING}\s+)*)|(?:what|which)(?:\s+[\w’'-]+){{0,4}}?\s+(?P<which>(?:{_HELPING}\s+)+))",
    re.IGNORECASE,
)
_UPON = 3  # words behind one who acts, among which is what they act upon
_DOES_IT = frozenset(
    stem(word)
    for word in listed("made announced carried led launched staged committed gave began conducted issued held called")
)


def of_patient(question: str, text: str, short: str) -> str:
    """The short answer that was read off a line, or the one whom the line says it was done to if that is another."""
    verb = asked_of(question)
    told = patients(verb.stem, text, _denied(question, verb)) if verb is not None else ()
    own = frozenset(fold(word.text) for word in words(short))
    known = frozenset(fold(word.text) for word in words(question))
    if not told or any(own & set(name.parts) or known & set(name.parts) or not name.parts for name in told):
        return short
    if any(same_name(one, other) for one in names(short)[-1:] for other in told):  # of "Ukrainian President X", X
        return short
    if re.search(rf"{re.escape(short)}\W*$", text[: told[0].start]):
        return short  # "Madonna, Live Nation sued by fans"
    return text[told[0].start : told[-1].end] if len(told) > 1 else told[0].text


@lru_cache(maxsize=1024)
def patients(verb: str, text: str, denied: bool = False) -> tuple[Name, ...]:
    """The names to whom a text says that a deed, by its stem, was done; none where it does not tell by a name.

    With `denied` those to whom it says it was not done.
    """
    told: list[Name] = []
    for word in words(text):
        if (word.stem != verb and not _is_noun_of(word, verb)) or _denied(text, word) != denied:
            continue
        # In a headline the deed has a capital too, and would be a part of the name: "Kyiv Excluded from Talks".
        people = names(text[: word.start] + word.text.lower() + text[word.end :])
        if word.stem == verb:
            told += _before(text, word, people) or _behind(text, word, people, _OBJECT)
        told += _behind(text, word, people, _OF)
    return tuple(dict.fromkeys(told))


def _denied(text: str, word: Word) -> bool:
    """Whether a "not" stands right before a word, helping words between them left aside."""
    return _NOT.search(text[max(0, word.start - _REACH) : word.start]) is not None


def _is_noun_of(word: Word, verb: str) -> bool:
    root = max(_SHORTEST_ROOT, len(verb) - 2)
    return _DEED_NOUN.search(word.lower) is not None and word.lower[:root] == verb[:root]


def _before(text: str, word: Word, people: Sequence[Name]) -> list[Name]:
    """Those before a passive: "Kyiv and Brussels were excluded", and in a headline "Kyiv excluded from talks"."""
    if not is_past(word):
        return []
    for last in (name for name in reversed(people) if name.end <= word.start):
        gap = _BEFORE.fullmatch(text[last.end : word.start])
        if gap is None:
            return []
        if _UNDER.search(text[: last.start]):
            return []  # "a flight from Honolulu was turned back"
        helped = _HELPED.search(gap["being"]) is not None
        if not helped and _NO_OBJECT.match(text[word.end :]) is None:
            return []
        return _with_joined(text, people[people.index(last) :: -1])
    return []


def _behind(text: str, word: Word, people: Sequence[Name], gap: re.Pattern[str]) -> list[Name]:
    """Those right behind: "excluded Kyiv", "the exclusion of Kyiv"."""
    first = next((name for name in people if name.start >= word.end), None)
    if first is None or gap.fullmatch(text[word.end : first.start]) is None:
        return []
    following = next((other for other in words(text) if other.start >= first.end), None)
    if (
        following is not None
        and text[first.end : following.start] == " "
        and following.lower not in STOP
        and not is_past(following)
    ):
        return []  # "recalled Baloian Farms cucumbers": not the farms
    return _with_joined(text, people[people.index(first) :])


def _with_joined(text: str, row: Sequence[Name]) -> list[Name]:
    """The first of a row of names and those that are named in one breath with it: "A, B and C"."""
    joined, anded = [row[0]], False
    for name in row[1:]:
        one, other = sorted((joined[-1], name), key=lambda name: name.start)
        found = _JOINED.fullmatch(text[one.end : other.start])
        if found is None:
            break
        anded = anded or found["and"] is not None
        joined.append(name)
    return joined if anded else joined[:1]  # a comma alone parts as often as it joins
