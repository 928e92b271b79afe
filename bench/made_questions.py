"""Questions made of the news itself: one article's sentence asks for a name, number or date that another one tells.

Real questions are few, and it takes many to learn to read. Of the articles that a web search found together, a
headline or sentence loses one name, number or date and becomes a question ("Who announced on Friday that …?"); right
are the lines of the other articles that hold what it lost and share its words, wrong the likeliest lines that do not
(Fabbri et al., "Template-based question generation from retrieved sentences for improved unsupervised question
answering", ACL 2020, after Lewis et al., "Unsupervised question answering by cloze translation", ACL 2019). They are
clumsy; what is learned from them is to look for what fits, and the real questions come last.
"""

from __future__ import annotations

import math
import random
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, TypeAlias

from rag import words

Kind: TypeAlias = Literal["name", "number", "date"]

PLACES = 3  # of a sentence that are tried before the next sentence is
TWICE = 2  # questions of a pool with the same answer, at most
COMMON = 30  # lines that hold an answer, at most: what stands everywhere asks for nothing
SHARED = 0.3  # of the question's words, by rarity, that a right line holds at least
REPEATED = 0.75  # of all their words that two sentences share at most: a copy teaches nothing
FEWEST = 3  # words of content in a question
SPOKEN = 12  # words before and after what is asked for, at most
DROPPED = 0.08  # of a question's words, so that none can be relied on
RIGHT, WRONG = 3, 20  # lines beside a question, at most

_NAME = re.compile(r"\b[A-Z][\w’'.-]*\w(?:\s+(?:(?:of|the|de|al|bin|and|for)\s+)?[A-Z][\w’'.-]*\w)*")
_NUMBER = re.compile(
    r"[$£€]?\d[\d,.]*(?:[-\s](?:million|billion|trillion|percent|%|years?|days?|hours?|months?|weeks?|miles?|people"
    r"|points?|degrees|minutes))?%?"
    r"|\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozens|hundreds|thousands)\b"
    r"(?:\s(?:million|billion|years?|days?|hours?|months?|weeks?|people))?"
)
_DATE = re.compile(
    r"\b(?:Jan(?:uary|\.)?|Feb(?:ruary|\.)?|March|April|May|June|July|Aug(?:ust|\.)?|Sept?(?:ember|\.)?|Oct(?:ober|\.)?"
    r"|Nov(?:ember|\.)?|Dec(?:ember|\.)?)\s\d{1,2}\b"
    r"|\b(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day\b|\b(?:19|20)\d\d\b"
)
_PAUSE = re.compile(
    r"[,;:—–]\s| - |\s(?=that\b|who\b|which\b|while\b|after\b|because\b|but\b|when\b)|[“”\"]"
)  # between clauses
_BEFORE_PLACE = re.compile(r"\b(?:in|at|near)$", re.IGNORECASE)
_PREPOSITION = re.compile(r"\b(?:in|at|near|from|to|of|by|on|for|with)$", re.IGNORECASE)
_NO_NAMES = re.compile(
    r"(?:The|A|An|In|On|At|It|He|She|They|But|And|This|That|These|Those|We|I|You|His|Her|Their|Its|As|For|If|When|After"
    r"|Before|While|With|From|By|To|There|What|Who|How|Why|Mr|Mrs|Ms|Dr|Photo|Image|Getty|AP|Reuters|CNN|USA|TODAY|More"
    r"|Read|Related|Watch|See)(?!\S)\s*"
)  # open sentences and captions; a name may stand behind them
_EDGES = ' ,;:—–-“”"'


_YEAR = ("When", "In what year")
_DAY = ("When", "What day", "On what date")
_WHERE = ("Where", "Where", "In which country", "In what place", "Which city")
_WHAT = ("What", "Which", "Who", "Which company", "Which country", "Whose", "What is the name")


@dataclass(frozen=True, slots=True)
class Told:
    """A line of one of the articles that were found together."""

    article: str
    headline: str
    text: str

    @property
    def is_headline(self) -> bool:
        """Whether it is the headline itself."""
        return self.text == self.headline


@dataclass(frozen=True, slots=True)
class Made:
    """A question, the words that answer it, and lines that hold them and that do not, the likeliest first."""

    question: str
    answer: str
    right: Sequence[Told]
    wrong: Sequence[Told]


@dataclass(frozen=True, slots=True)
class Place:
    """Where in a text something stands that can be asked for."""

    start: int
    end: int
    kind: Kind


def made(pool: Sequence[Told], dice: random.Random, most: int) -> list[Made]:
    """At most so many questions of the lines of one pool, of which each text should stand there once."""
    stems = [frozenset(words.content(line.text)) for line in pool]
    counts = Counter(stem for held in stems for stem in held)
    rarity = {stem: math.log(1 + len(pool) / count) for stem, count in counts.items()}
    unknown = math.log(1 + len(pool))
    used: Counter[str] = Counter()
    found: list[Made] = []
    for at in _asking(pool, dice):
        if len(found) == most:
            break
        text = pool[at].text
        tried = list(places(text))
        dice.shuffle(tried)
        for place in tried[:PLACES]:
            answer = text[place.start : place.end]
            question = asked(text, place, dice)
            own = frozenset(words.content(question))
            stands = re.compile(rf"(?<!\w){re.escape(answer)}(?!\w)", re.IGNORECASE)
            if used[answer.casefold()] == TWICE or len(own) < FEWEST or stands.search(question):
                continue
            holding = [other for other, line in enumerate(pool) if stands.search(line.text)]
            if len(holding) > COMMON:
                continue
            whole = sum(rarity.get(stem, unknown) for stem in own)
            shares = [sum(rarity[stem] for stem in own & held) / whole for held in stems]
            right = [
                other
                for other in holding
                if other != at
                and (pool[other].article != pool[at].article or pool[at].is_headline)
                and shares[other] > SHARED
                and len(own & stems[other]) > 1
                and len(stems[at] & stems[other]) < REPEATED * len(stems[at] | stems[other])
            ]
            if not right:
                continue
            wrong = sorted(set(range(len(pool))) - {at, *holding}, key=lambda other: -shares[other])
            right.sort(key=lambda other: -shares[other])
            used[answer.casefold()] += 1
            found.append(
                Made(
                    question,
                    answer,
                    [pool[other] for other in right[:RIGHT]],
                    [pool[other] for other in wrong[:WRONG]],
                )
            )
            break
    return found


def _asking(pool: Sequence[Told], dice: random.Random) -> list[int]:
    """The lines in the order in which they are made questions of: headlines, which say it in other words, first."""
    order = list(range(len(pool)))
    dice.shuffle(order)
    return sorted(order, key=lambda at: not pool[at].is_headline and dice.random() > 0.15)


def places(text: str) -> Iterator[Place]:
    """The dates, names and numbers of a text; none overlaps another."""
    taken: list[tuple[int, int]] = []
    for place in (*_dates(text), *_names(text), *_numbers(text)):
        if all(place.end <= start or end <= place.start for start, end in taken):
            taken.append((place.start, place.end))
            yield place


def _dates(text: str) -> Iterator[Place]:
    for match in _DATE.finditer(text):
        yield Place(match.start(), match.end(), "date")


def _names(text: str) -> Iterator[Place]:
    for match in _NAME.finditer(text):
        start, name = match.start(), match.group()
        while (opening := _NO_NAMES.match(name)) is not None:
            start, name = start + opening.end(), name[opening.end() :]
        name = re.sub(r"[’']s$", "", name.rstrip("."))
        opens = start == 0 and " " not in name  # any word that opens a sentence has a capital
        if len(name) > 2 and not opens:
            yield Place(start, start + len(name), "name")


def _numbers(text: str) -> Iterator[Place]:
    for match in _NUMBER.finditer(text):
        number = match.group().rstrip(".,")
        yield Place(match.start(), match.start() + len(number), "number")


def asked(text: str, place: Place, dice: random.Random) -> str:
    """The question for what stands at a place: a question word and the clause about it, in either order."""
    before, after = _clause(text, place, dice)
    before, after = " ".join(before.split()[-SPOKEN:]), " ".join(after.split()[:SPOKEN])
    word, before = _question_word(text[place.start : place.end], place.kind, before, dice)
    if _NO_NAMES.match(before):
        before = before[0].lower() + before[1:]
    told = f"{after} {before}" if dice.random() < 0.6 else f"{before} {after}"
    return " ".join([word, *(one for one in told.split() if dice.random() > DROPPED)]) + "?"


def _clause(text: str, place: Place, dice: random.Random) -> tuple[str, str]:
    """What stands before and after a place in its clause; with the clauses beside it where that says little."""
    cuts = [0, *(match.end() for match in _PAUSE.finditer(text)), len(text)]
    first = max(at for at, cut in enumerate(cuts) if cut <= place.start)
    last = min(at for at, cut in enumerate(cuts) if cut >= place.end)
    while len(words.content(f"{text[cuts[first] : place.start]} {text[place.end : cuts[last]]}")) <= FEWEST:
        if last < len(cuts) - 1 and (first == 0 or dice.random() < 0.5):
            last += 1
        elif first > 0:
            first -= 1
        else:
            break
    return text[cuts[first] : place.start].strip(_EDGES), text[place.end : cuts[last]].strip(_EDGES + ".")


def _question_word(answer: str, kind: Kind, before: str, dice: random.Random) -> tuple[str, str]:
    """How it is asked for, and what is left of the words before it: "in Kyiv" is where, and not in where."""
    if kind == "number":
        return _amount(answer, dice), before
    if kind == "date":
        return dice.choice(_YEAR if answer.isdigit() else _DAY), _PREPOSITION.sub("", before).rstrip()
    if _BEFORE_PLACE.search(before) and dice.random() < 0.7:
        return dice.choice(_WHERE), _PREPOSITION.sub("", before).rstrip()
    if 2 <= len(answer.split()) <= 3 and dice.random() < 0.7:
        return "Who", before
    return dice.choice(_WHAT), before


def _amount(number: str, dice: random.Random) -> str:
    if number[0] in "$£€":
        return "How much"
    if "%" in number or "percent" in number:
        return dice.choice(("What percentage", "How much"))
    if re.search("year|day|hour|month|week|minute", number):
        return "How long"
    return dice.choice(("How many", "How many", "What number of", "How much"))
