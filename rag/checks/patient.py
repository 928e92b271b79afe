"""To whom it was done: whom a line names as excluded, sued or elected where a question asks "who was excluded?".

The order of the words tells it, and a line that names somebody there names nobody else: in "Zelensky condemned the
exclusion of Kyiv" it is Kyiv that was excluded, however much "who" asks for a person. A patient is what linguistics
calls the one to whom a deed is done (Fillmore, "The case for case", 1968). Where the order may mislead (a clause put
in between, a possessive, two objects) nobody is named: silence contradicts nothing.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise

from rag.answer import Support
from rag.checks.claim import Claim, Finding
from rag.checks.clauses import is_past
from rag.checks.names import Name, names, same_name
from rag.normal import STOP, Word, is_english, listed, stem, words

MOST_DEEDS = 6  # of one verb in a text that are looked at
LONGEST = 1_000  # characters of a text that is looked at

_BEING = r"(?:is|are|was|were|be|been|being|gets?|got)"
_HELPING = rf"(?:{_BEING}|has|have|had|will|not|never|also|all|[a-z]+ly)"
# "… was recently excluded", "Kyiv, its capital, excluded from"
_BEFORE = re.compile(rf"(?:,[^,;.]{{1,60}},)?\s(?P<being>(?:{_HELPING}\s){{0,5}})", re.IGNORECASE)
_HELPED = re.compile(rf"\b{_BEING}\b", re.IGNORECASE)
# Behind a participle without "was": whatever it is done to stands before it.
_NO_OBJECT = re.compile(
    r"\s(?:from|by|in|at|on|after|as|amid|during|out|because|despite|off)\b|\s?(?:[.,;:!?—–)”\"]|$)", re.IGNORECASE
)
# What the name before it may hang on instead: "a flight from Honolulu", "a man suspected of killing X".
_UNDER = re.compile(
    r"\b(?:in|of|at|from|to|on|by|with|for|near|over|after|against|than)\s(?:the\s)?$"
    r"|\b(?:who|whom|whose|that|which|where|when|while|accused|suspected|convicted|\w+ing)\b[^,;.]*$",
    re.IGNORECASE,
)
_OF = re.compile(r"\sof\s(?:[\w’'-]+\s){0,3}")  # the exclusion of Ukraine's President X
_OBJECT = re.compile(r"\s(?:(?:the|former)\s){0,2}(?:[A-Z]\S{0,30}\s){0,3}")
_JOINED = re.compile(r"(?:,? (?P<and>and|&)|,) (?:the )?", re.IGNORECASE)
_POSSESSIVE = re.compile(r"['’]s?\b|['’](?!\w)")
_IN_BETWEEN = re.compile(r",?\s(?:who|which|that|the (?:man|woman|one))\b")  # "Hadi Matar, the man who stabbed …"
_DEED_NOUN = re.compile(r"(?:[st]ion|ment|al|ing|ance|ence|ure)s?$")
_NOT = re.compile(rf"(?:\b(?:not|never)|n[’']t)\s(?:{_HELPING}\s){{0,3}}$", re.IGNORECASE)
_REACH = 40  # characters
_SHORTEST_ROOT = 4  # letters that a noun must share with the verb: "exclu-sion" and "exclu-de"
# Of these the one named first may be who gets it or what they get, and of the last who feels it.
_TWO_OBJECTS = frozenset(
    stem(word)
    for word in listed(
        "awarded given granted offered handed paid sent shown taught told asked sold lent promised denied owed"
        " married opposed accused united engaged interested concerned worried known called based expected set due"
        " scheduled"
    )
)


@dataclass(frozen=True, slots=True)
class Told:
    """Whom a text names where it tells a deed, occurrence by occurrence."""

    groups: tuple[tuple[Name, ...], ...] = ()  # those of one deed, in the order of the text
    unread: bool = field(default=False)  # it tells the deed once more, without a name that could be read

    @property
    def names(self) -> tuple[Name, ...]:
        """All of them."""
        return tuple(name for group in self.groups for name in group)


class Patient:
    """What a sentence says was done to somebody, its lines do not say was done to somebody else alone."""

    name = "patient"

    def __call__(self, claim: Claim) -> list[Finding]:
        """A finding where every name that the lines have there is another, and there are no others to be read."""
        if not is_english(claim.lines):
            return []
        sentence = claim.sentence[:LONGEST]
        found, people = words(sentence), names(sentence)
        for at, word in enumerate(found):
            helped = any(_HELPED.fullmatch(one.lower) for one in found[max(0, at - 2) : at])
            if not helped or not is_past(word) or word.stem in _TWO_OBJECTS or _in_name(found, at):
                continue
            of_whom = _before(sentence, word, people)
            denied = _denied(sentence, word)
            told = [patients(word.stem, line, denied) for line in claim.lines] if of_whom else []
            others = [name for one in told for name in one.names]
            if not others or any(one.unread for one in told):
                continue
            if not any(same_name(one, other) for one in of_whom for other in others):
                why = f"in the lines “{word.text}” goes with {others[0].text}, not {of_whom[0].text}"
                return [Finding(self.name, Support.UNSUPPORTED, why, (of_whom[0].start, word.end))]
        return []


def asked_of(question: str) -> Word | None:
    """What was done to the one asked for: "excluded" of "Who was excluded from the talks?"."""
    found = _ASKS.match(question)
    if found is None or _HELPED.search(found["who"] or found["which"] or "") is None:
        return None
    return _deed(question, found)


def acts_upon(question: str, text: str, short: str) -> bool:
    """Whether a line says of a short answer that it judges or takes note of the deed that is asked for.

    "Thane accepted the resignation" tells of nobody who resigned, "Zelensky condemned the exclusion" of nobody who
    was excluded; "announced her resignation" and "won the election" do tell it.
    """
    found, at = _ASKS.match(question), text.find(short) if short else -1
    deed = _deed(question, found) if found is not None else None
    if deed is None or at < 0:
        return False
    behind = [word for word in words(text) if word.start >= at + len(short)][: _UPON + 1]
    if not behind:
        return False
    accepted = behind[0].stem == _ACCEPT and deed.stem in _ACCEPTED
    if not accepted and behind[0].stem not in _JUDGING:
        return False
    return any(_is_noun_of(word, deed.stem) and before.lower == "the" for before, word in pairwise(behind))


def of_the_other(question: str, text: str, short: str) -> bool:
    """Whether a line says of a short answer the opposite of what is asked: "not excluded" of whom was excluded."""
    verb, own = asked_of(question), names(short)
    if verb is None or not own:
        return False
    told = patients(verb.stem, text, not _denied(question, verb))
    return any(same_name(own[-1], name) for name in told.names)


def presumes_other(question: str, texts: Sequence[str]) -> bool:
    """Whether a question takes for granted that something was done to one of whom no text says it, though some say it
    of others: "Why was Marco Rubio excluded?" where Kyiv was.
    """
    found = _PRESUMES.match(question)
    verb = next((word for word in words(question) if word.start >= found.end()), None) if found is not None else None
    of_whom = names(found["whom"]) if found is not None else ()
    if verb is None or not of_whom or not is_past(verb) or verb.stem in _TWO_OBJECTS:
        return False
    told = [patients(verb.stem, text) for text in texts]
    others = [name for one in told for name in one.names]
    unread = any(one.unread for one in told)
    return bool(others) and not unread and not any(same_name(one, other) for one in of_whom for other in others)


_PRESUMES = re.compile(
    rf"\W*(?:[Ww]hy|[Ww]hen|[Ww]here|[Hh]ow) {_BEING} "
    r"(?P<whom>(?:the )?[A-Z][\w’'.-]*(?: [A-Z][\w’'.-]*){0,3}) (?=[a-z])"
)


def _deed(question: str, found: re.Match[str]) -> Word | None:
    verb = next((word for word in words(question) if word.start >= found.end()), None)
    return verb if verb is not None and is_past(verb) else None


_ASKS = re.compile(
    rf"\W*(?:whom?\s+(?P<who>(?:{_HELPING}\s+)*)|which(?:\s+[\w’'-]+){{0,4}}?\s+(?P<which>(?:{_HELPING}\s+)+))",
    re.IGNORECASE,
)
_UPON = 3  # words behind one who acts, among which is what they act upon
_JUDGING = frozenset(
    stem(word)
    for word in listed(
        "condemned criticised criticized praised protested welcomed mourned denounced regretted deplored lamented"
        " decried slammed blasted opposed defended applauded hailed"
    )
)
_ACCEPT = stem("accepted")
_ACCEPTED = frozenset(stem(word) for word in listed("resigned surrendered apologised apologized"))


def of_patient(question: str, text: str, short: str) -> str:
    """The short answer that was read off a line, or the one whom the line says it was done to if that is another.

    Only a name is put right, and only by one that the question has not.
    """
    verb = asked_of(question)
    if verb is None or verb.stem in _TWO_OBJECTS or not (own := names(short)):
        return short
    told = patients(verb.stem, text, _denied(question, verb))
    parts = {part for name in (*own, *names(question)) for part in name.parts}
    if any(parts & set(name.parts) or not name.parts for name in told.names) or any(
        same_name(own[-1], other)
        for other in told.names  # of "Ukrainian President X", X
    ):
        return short
    if not told.groups or re.search(rf"{re.escape(short)}\W{{0,3}}$", text[: told.groups[0][0].start]):
        return short  # "Madonna, Live Nation sued by fans"
    return text[told.groups[0][0].start : told.groups[0][-1].end] or short


@lru_cache(maxsize=1024)
def patients(verb: str, text: str, denied: bool = False) -> Told:
    """Whom a text says that a deed, by its stem, was done to; with `denied` those to whom it says it was not."""
    text = text[:LONGEST]
    found = words(text)
    groups: list[tuple[Name, ...]] = []
    unread = False
    for at in [at for at, word in enumerate(found) if word.stem == verb or _is_noun_of(word, verb)][:MOST_DEEDS]:
        word = found[at]
        if _denied(text, word) != denied or _in_name(found, at):
            unread = True
            continue
        # In a headline the deed has a capital too, and would be a part of the name: "Kyiv Excluded from Talks".
        people = names(text[: word.start] + word.text.lower() + text[word.end :])
        is_noun = word.stem != verb or not is_past(word)
        group = (_behind(text, word, people, _OF) if is_noun else _before(text, word, people)) or (
            _behind(text, word, people, _OBJECT) if word.stem == verb else []
        )
        unread = unread or not group
        groups += [tuple(group)] if group else []
    return Told(tuple(groups), unread)


def _in_name(found: Sequence[Word], at: int) -> bool:
    """Whether a word is a part of a name: the "United" of "United States"."""
    following = found[at + 1] if at + 1 < len(found) else None
    adjacent = following is not None and following.is_capital and following.start == found[at].end + 1
    return found[at].is_capital and adjacent


def _denied(text: str, word: Word) -> bool:
    """Whether a "not" stands right before a word, helping words between them left aside."""
    return _NOT.search(text[max(0, word.start - _REACH) : word.start]) is not None


def _is_noun_of(word: Word, verb: str) -> bool:
    root = max(_SHORTEST_ROOT, len(verb) - 2)
    return _DEED_NOUN.search(word.lower) is not None and word.lower[:root] == verb[:root]


def _before(text: str, word: Word, people: Sequence[Name]) -> list[Name]:
    """Those before a passive: "Kyiv and Brussels were excluded", and in a headline "Kyiv excluded from talks"."""
    last = next((name for name in reversed(people) if name.end <= word.start), None)
    if last is None or word.start - last.end > 2 * _REACH or not is_past(word):
        return []
    gap = _BEFORE.fullmatch(text[last.end : word.start])
    if gap is None or _UNDER.search(text[: last.start]):
        return []
    if _HELPED.search(gap["being"]) is None and _NO_OBJECT.match(text[word.end :]) is None:
        return []
    return _with_joined(text, people[people.index(last) :: -1])


def _behind(text: str, word: Word, people: Sequence[Name], gap: re.Pattern[str]) -> list[Name]:
    """Those right behind: "excluded Kyiv", "the exclusion of Kyiv"."""
    first = next((name for name in people if name.start >= word.end), None)
    if first is None or first.start - word.end > 2 * _REACH or gap.fullmatch(text[word.end : first.start]) is None:
        return []
    rest = text[first.end : first.end + _REACH]
    following = next((other for other in words(rest) if other.start <= 1), None)
    if following is not None and rest[:1] == " " and following.lower not in STOP and not is_past(following):
        return []  # "recalled Baloian Farms cucumbers": not the farms
    if _POSSESSIVE.match(rest) or _IN_BETWEEN.match(rest):
        return []
    return _with_joined(text, people[people.index(first) :])


def _with_joined(text: str, row: Sequence[Name]) -> list[Name]:
    """The first of a row of names and those that are named in one breath with it, in the order of the text."""
    joined, anded = [row[0]], False
    for name in row[1:]:
        one, other = sorted((joined[-1], name), key=lambda name: name.start)
        found = _JOINED.fullmatch(text[one.end : min(other.start, one.end + _REACH)])
        if found is None:
            break
        anded = anded or found["and"] is not None
        joined.append(name)
    # A comma alone parts as often as it joins.
    return sorted(joined if anded else joined[:1], key=lambda name: name.start)
