"""The figure of a line that is of what is asked: which of its numbers, and what of the question stands beside it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from rag import fitting, words
from rag.asked import Asked
from rag.evidence import Evidence
from rag.normal import stem
from rag.quantities import Quantity, quantities

BESIDE = 100  # characters of its clause before and behind a figure that tell what it is of


@dataclass(frozen=True, slots=True)
class Figure:
    """A figure, as the line writes it, and the words of the question in its clause."""

    quantity: Quantity
    written: str
    beside: frozenset[str] = frozenset()

    @classmethod
    def read(cls, quantity: Quantity, text: str, beside: frozenset[str] = frozenset()) -> Figure:
        """The figure at its place in a text."""
        return cls(quantity, text[quantity.start : quantity.end].strip(), beside)


def of(asked: Asked, evidence: Evidence, text: str) -> Figure | None:
    """The one figure of a line that is of what was asked; None where there is none, or more than one could be it."""
    if asked.unit is not None and fitting.fits(asked, text) < 1.0:
        return None
    known = words.numbers(asked.question)
    wanted = said_of(asked)
    counted = [*asked.focus, *(term.text.casefold() for term in asked.relation)]
    if _OF_PEOPLE.search(asked.question):
        counted.append("people")
    of_people = asked.unit is None and any(word in _PERSONS or stem(word) in WHO for word in counted)
    near: list[Figure] = []
    for found in quantities(text):
        if found.ordinal or found.is_year or found.high is not None:
            continue
        if words.numbers(text[found.start : found.end]) & known:
            continue
        if _of_no_whole(found, text) or (found.dimension is None and asked.unit in _WITH_DIMENSION):
            continue
        if found.dimension is not None and of_people:
            continue  # eight weeks are no people
        if found.noun is not None and not any(_counts(word, found.noun, evidence) for word in counted):
            continue  # 600 beds are no people
        beside = _beside(wanted, evidence, text, found)
        if beside:
            near.append(Figure.read(found, text, beside))
    last = _last_of_them(text, counted) if of_people and _of_deaths(evidence, counted) else None
    if last is not None and (beside := _beside(wanted, evidence, text, last.quantity)):
        near.append(replace(last, beside=beside))
    near = [one for one in near if of_the_noun(asked, one)] or near
    rarity = [sum(evidence.weights[wanted[word]] for word in one.beside) for one in near]
    closest = [one for one, weight in zip(near, rarity, strict=True) if weight == max(rarity)]
    return closest[0] if len({one.quantity.base for one in closest}) == 1 else None


def _beside(wanted: Mapping[str, str], evidence: Evidence, text: str, found: Quantity) -> frozenset[str]:
    """The words of the question that stand in the clause of a quantity, as themselves or by meaning.

    "Mill Road" is no mill: names of several words say none of them, but for a headline in capitals.
    """
    around = clause(text, found)
    plain = _NAME.sub(" ", around)
    told = words.plain(plain if len(plain.split()) >= _LEAST else around)
    return frozenset(word for word in wanted if any(evidence.kin(word, other) >= 0.5 for other in told))


def _of_deaths(evidence: Evidence, counted: Sequence[str]) -> bool:
    """Whether the dead are counted."""
    return any(evidence.kin(word, "died") >= 0.5 or evidence.kin(word, "killed") >= 0.5 for word in counted)


def _last_of_them(text: str, counted: Sequence[str]) -> Figure | None:
    """Three, of "A third worker has died": how many of those who are counted there are by now."""
    stems = {stem(word) for word in counted}
    for told in _ONE_MORE.finditer(text):
        who = told["who"].lower()
        if stem(who) in stems or ((stem(who) in WHO or who in _PERSONS) and not _PERSONS.isdisjoint(counted)):
            nth = told["nth"].lower()
            value = int(nth[:-2]) if nth[0].isdigit() else _NTH.index(nth)
            written = _CARDINALS[value] if value < len(_CARDINALS) else str(value)
            return Figure(Quantity(float(value), *told.span("nth"), ordinal=True), written)
    return None


def _counts(word: str, noun: str, evidence: Evidence) -> bool:
    """Whether a word of the question is what a number counts; `noun` is a stem as `rag.quantities` tells it."""
    if word in _PERSONS and (noun == "person" or noun in WHO):
        return True
    return words.stem(word) == noun or evidence.kin(word, noun) >= 0.5


def said_of(asked: Asked) -> Mapping[str, str]:
    """The words of a question, as written, that say what a figure is of, and their stems."""
    return {term.text.casefold(): term.stem for term in asked.relation if term.stem not in _COUNTED}


def heads(asked: Asked, evidence: Evidence, figure: Figure) -> frozenset[str]:
    """The words that no figure of the same thing can lack: the noun asked for, or else the rarest word beside it."""
    wanted = said_of(asked)
    nouns = figure.beside.intersection(asked.focus)
    return nouns or frozenset({max(sorted(figure.beside), key=lambda word: evidence.weights[wanted[word]])})


def of_the_noun(asked: Asked, figure: Figure) -> bool:
    """Whether the noun that is asked for stands beside a figure."""
    return not figure.beside.isdisjoint(asked.focus)


def same(one: Quantity, other: Quantity) -> bool:
    """Whether two figures are the same value of the same kind."""
    return one.dimension == other.dimension and one.base == other.base


def clause(text: str, found: Quantity) -> str:
    """What stands around a figure in its own clause."""
    before = _EDGE.split(text[max(0, found.start - BESIDE) : found.start])[-1]
    behind = _EDGE.split(text[found.end : found.end + BESIDE])[0]
    return f"{before} {behind}"


def _of_no_whole(found: Quantity, text: str) -> bool:
    """Whether a number is part of a date, what a newer one is set against, a difference, or a part."""
    before = (max(0, found.start - 30), found.start)
    if found.dimension is None and (_OF_A_DATE.search(text, *before) or _MONTH.match(text, found.end)):
        return True  # "at five", "Oct 1", "1 October"
    return _NOWHOLE_BEFORE.search(text, *before) is not None or _NOWHOLE_BEHIND.match(text, found.end) is not None


_NAME = re.compile(r"\b[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)+")
_LEAST = 4  # words that are left of a clause without its names
_EDGE = re.compile(r"[;:()–—]|,\s|\b(?:and|while|but|as|with)\b")
# "How many were hurt?", "How many died?": people, where nothing is named that they could be.
_OF_PEOPLE = re.compile(r"\bhow many (?:more )?(?:were|are|have|had|got|[a-z]{2,}ed)\b", re.IGNORECASE)
_PERSONS = frozenset({"people", "persons", "person", "men", "women", "children", "residents", "victims"})
# Whom the news counts, as stems of `rag.normal`: some of the people, where people are asked for.
WHO = frozenset(
    stem(word)
    for word in """man woman child worker officer firefighter soldier civilian student pupil teacher passenger migrant
    refugee tourist patient nurse doctor miner sailor boy girl adult resident villager protester demonstrator prisoner
    inmate hostage hiker climber cyclist pedestrian driver farmer fan spectator customer shopper employee journalist
    fisherman pilgrim victim rescuer guest visitor baby teenager""".split()  # noqa: SIM905
)
_NTH = ("", "first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth", "eleventh",
        "twelfth")  # fmt: skip
_CARDINALS = ("", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve")
_ONE_MORE = re.compile(
    rf"\b(?P<nth>{'|'.join(_NTH[2:])}|\d{{1,3}}(?:st|nd|rd|th))\s+(?:[a-z]+\s+)??(?P<who>[a-z]+)\s+(?:(?:has|have|had)\s+)?"
    r"(?:now\s+|also\s+)?(?:dies|died|(?:is|was|been)\s+(?:killed|found dead|confirmed dead))\b",
    re.IGNORECASE,
)
_WITH_DIMENSION = frozenset({"money", "length", "speed", "share", "duration"})  # figures of these have one
# What is counted says little of what the figure is of: 900 people ill, 900 people without water.
_COUNTED = frozenset(
    words.stem(word)
    for word in """people persons victims residents years months weeks days hours crowns dollars euros pounds percent
    number figure many much took part toll count""".split()  # noqa: SIM905
)
_MONTHS = r"(?:jan|feb|mar|apr|may|jun|jul|aug|sept?|oct|nov|dec)[a-z]*\.?"
_OF_A_DATE = re.compile(rf"\b(?:at|{_MONTHS})\s+$", re.IGNORECASE)
_MONTH = re.compile(rf"\s+{_MONTHS}(?!\w)|\s*[ap]\.?m\b", re.IGNORECASE)


# No figure of the whole: what a newer one is set against ("up from the 240 million", "16, not 17", "the 13,400 it
# first gave"), a difference ("eight more than"), an addition ("another seven"), a part ("seven of them").
_NOWHOLE_BEFORE = re.compile(
    r"\b(?:from|not|instead of|rather than|compared (?:with|to)|against"
    r"|(?:first|earlier|last|previous) (?:\w+ )?(?:of|at)|another|an additional|a further)"
    r"\s+(?:(?:the|an?|some|about|earlier|first|previous|initial)\s+){0,2}$",
    re.IGNORECASE,
)
_NOWHOLE_BEHIND = re.compile(
    r"\s+(?:\w+\s+){0,2}(?:first|originally|initially|previously)\s+[a-z]+ed\b"
    r"|\s+(?:more|fewer|less|higher|lower) than\b|\s+(?:more|other|further)\b"
    r"|\s+of (?:them|whom|those|these|the (?:dead|missing|injured|wounded|victims))\b",
    re.IGNORECASE,
)
