"""Questions that ask for several things, taken apart so that each can be looked for by itself. Deterministic.

"How much was he accused of taking, and how much did the court find proven?" is two questions, and each may be told in
another article. "How has the price moved?" is one, but asks for what several articles say, in the order of their
dates.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from rag import words

MOST = 3  # parts looked for; more would be a list of questions

_ASKING = r"(?:who|whom|whose|what|which|when|where|why|how)\b"
_SPLIT = re.compile(
    rf"(?:,|;|\?|\.)?\s+and\s+(?:in |on |for |at |to |by |of |from |with )?(?={_ASKING})|\?\s+(?=\w)"
    rf"|;\s+(?={_ASKING})",
    re.IGNORECASE,
)
_STARTS = re.compile(
    rf"^(?:in |on |for |at |to |by |of |from |with )?{_ASKING}|^(?:is|are|was|were|did|does|do|has|have|name|list)\b",
    re.IGNORECASE,
)
_MONTH = r"(?:january|february|march|april|may|june|july|august|september|october|november|december)"
_DAY = rf"\d{{1,2}}(?:st|nd|rd|th)?(?: {_MONTH})?"
_DAYS = re.compile(
    rf"\b(?:on|between|from)?\s*({_DAY}(?:\s*,\s*{_DAY})*(?:\s*,?\s+(?:and|to|or)\s+|\s*,\s*){_DAY})\b", re.IGNORECASE
)
_TURN = re.compile(
    r"^how (?:has|have|had|did|does)\b.{3,90}\b(?:chang\w+|move[ds]?|develop\w*|evolv\w*|shift\w*"
    r"|vote on the first)\b"
    r"|^(?:trace|chart|follow)\b|\bin order\b|\bover time\b|(?<!\ba )\bhistory of\b|\brise or fall\b|\b(?:all|each"
    r"|every one) of\b"
    r"|\bbefore and after\b|\bdates has\b|\bwhat happened in between\b|\bat first\b",
    re.IGNORECASE,
)
_VERSUS = re.compile(
    r"\bcompare (?P<a>.+?) (?:with|to|and) (?P<b>.+?)[?.]?$"
    r"|^(?P<c>.+?)[:,]? (?P<d>[^:,]+?) (?:versus|vs\.?|compared (?:with|to)) (?P<e>[^:,?]+)\??$"
    r"|^how (?:does|do|did) (?P<f>.+?) compare (?:with|to) (?P<g>.+?)\?$",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Parts:
    """What a question asks for: `questions` to look for one by one (one: itself), and whether it asks for a
    course.
    """

    questions: tuple[str, ...]
    course: bool  # what several articles say, by date: "how has … changed"


def decompose(question: str) -> Parts:
    """Take a question apart; a plain one comes back as its only part."""
    course = bool(_TURN.search(question))
    parts = (
        _by_day(question) or _versus(question) or _by_turn(question) or _by_person(question) or _by_clause(question)
    )
    if len(parts) > MOST or len(parts) < 2:
        parts = [question]
    return Parts(tuple(parts), course)


def _by_clause(question: str) -> list[str]:
    pieces = [piece.strip(" ,;.?") for piece in _SPLIT.split(question.strip())]
    pieces = [piece for piece in pieces if len(piece.split()) >= 1]
    if len(pieces) < 2 or len(pieces[0].split()) < 4:
        return [question]
    first = pieces[0]
    if not _STARTS.match(first):  # "An MP was booed. What had he claimed?": the question is about the statement
        return [question]
    found = [f"{first}?"]
    for piece in pieces[1:]:
        if not _STARTS.match(piece):
            continue  # "… I want the figure."
        again = _again(first, piece)
        if again is not None:
            found.append(again)
            continue
        piece = _with_noun(first, piece)
        if len(words.content(piece)) < 3:  # says too little alone
            said = " ".join(_DATES.sub(" ", first).split())
            found.append(f"{piece}: {said}?" if said not in piece else f"{piece}?")
            continue
        story = ", ".join(name for name in _NAMES.findall(first[1:]) if name not in piece)
        found.append(f"{piece} ({story})?" if story else f"{piece}?")
    return found


_WHEN_ELSE = re.compile(
    rf"^{_ASKING}(?: (?:many|much|full|high|low|long|far|old|large|big|strong|fast))?\s+"
    r"(?P<when>(?:on|in|at|by|after|before|under)\s.+)$",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(r"^how (?:many|much)\s+", re.IGNORECASE)
_AUXILIARY = r"(?:is|are|was|were|do|does|did|has|have|had|will|would|can|could)\b"


def _again(first: str, piece: str) -> str | None:
    """The first question at the other time that a piece names: `How many …, and how many on 18 October`."""
    found = _WHEN_ELSE.match(piece)
    if found is None or len(words.content(found["when"])) > 4:
        return None
    date = _WHEN.search(first)
    if date is None:
        return f"{first} {found['when']}?"
    return " ".join(f"{first[: date.start()]} {found['when']} {first[date.end() :]}?".split()).replace(" ?", "?")


def _with_noun(first: str, piece: str) -> str:
    """A piece with what it leaves out: `How many witnesses were called, and how many were heard`."""
    counted = re.match(rf"(?:how (?:many|much))\s+(?P<noun>.+?)\s+{_AUXILIARY}", first, re.IGNORECASE)
    bare = _HOW_MANY.match(piece)
    if counted is None or bare is None or not re.match(_AUXILIARY, piece[bare.end() :], re.IGNORECASE):
        return piece
    return f"{bare[0].rstrip()} {counted['noun']} {piece[bare.end() :]}"


_NAMES = re.compile(r"\b[A-Z][\w’'-]+(?:\s+[A-Z][\w’'-]+)*")
_WHEN = re.compile(
    rf"\b(?:on|in|at|by|of)?\s*\b(?:{_DAY}|(?:mon|tues|wednes|thurs|fri|satur|sun)day)\b", re.IGNORECASE
)
_DATES = re.compile(rf"\b(?:on|in|at|by)?\s*{_DAY}\b", re.IGNORECASE)


def _by_day(question: str) -> list[str]:
    """Take `on 9 October, and how many on 18 October`, or `on 2, 12 and 17 October`: the question for each day."""
    found = _DAYS.search(question)
    if found is None:
        return []
    listed = re.findall(_DAY, found[1], re.IGNORECASE)
    month = next((m[0] for day in reversed(listed) if (m := re.search(_MONTH, day, re.IGNORECASE))), None)
    if month is None:
        return []
    days = [day if re.search(_MONTH, day, re.IGNORECASE) else f"{day} {month}" for day in listed]
    asked = (" ".join(f"{question[: found.start()]} on {day} {question[found.end() :]}".split()) for day in days)
    return [re.sub(r"\s+(?=[.?]$)", "", one) for one in asked]


_BEFORE_AFTER = re.compile(
    r"^(?P<stem>.{12,}?)\s+(?P<one>(?:at first|before(?: it was)?|when it first|initially|originally)\b[^,]*?),? and"
    r"(?: again)? (?P<two>after(?:wards)?\b[^?]*|later\b[^?]*|in the end\b[^?]*|now\b[^?]*"
    r"|(?:a day|a week) later[^?]*)\??$",
    re.IGNORECASE,
)


def _by_turn(question: str) -> list[str]:
    """What stood before something, and what after it."""
    found = _BEFORE_AFTER.search(question.strip())
    if found is None or re.search(rf"\band {_ASKING}", question, re.IGNORECASE):
        return []
    return [f"{found['stem']} {found['one']}?", f"{found['stem']} {found['two']}?"]


_PEOPLE = re.compile(
    r"^(?:name|(?:give|tell) (?:me |us )?the names? of|who (?:is|are|was|were))\s+the\s+[a-z]+ who (?P<did>.{4,80}?)"
    r",? and the [a-z]+ who (?P<does>.{4,80}?)[?.]?$",
    re.IGNORECASE,
)


def _by_person(question: str) -> list[str]:
    """Take `name the man who led the rescue and the woman who leads the inquiry`: who is the one, who the other."""
    found = _PEOPLE.search(question.strip())
    return [f"Who {found['did']}?", f"Who {found['does']}?"] if found is not None else []


# "Those", "his share": what one side of a comparison leaves to the other.
_LEFT = re.compile(r"^(?:those|that|the (?:ones?|same))\b", re.IGNORECASE)
_ONLY_A_NAME = re.compile(r"(?:the )?[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*")
_HEAD = re.compile(r"^(?:(?:the|a|an|\w+['’]s)\s+)?[\w-]+")


def _versus(question: str) -> list[str]:
    found = _VERSUS.search(question.strip())
    if found is None:
        return []
    if found["a"] or found["f"]:
        one, other = (found["a"] or found["f"]).strip(), (found["b"] or found["g"]).strip()
        return [f"{one}?", f"{_filled(one, other)}?"]
    return [f"{found['c']} {found['d']}?", f"{found['c']} {found['e']}?"]


def asking(part: str) -> str:
    """A part as a question: a side of a comparison, "inflation in Orle?", asks what it is."""
    return part if _STARTS.match(part) or ":" in part else f"What is {part}"


def _filled(one: str, other: str) -> str:
    """The other side of a comparison with what it leaves out.

    "The gusts forecast for Odile" and "those measured" are "the gusts measured (Odile)"; "inflation in Orle" and
    "Brann" is "inflation in Brann", "Thane's age" and "Tull's" is "Tull's age".
    """
    if _ONLY_A_NAME.fullmatch(other):
        whose = "'s" in other or "’s" in other
        named = [name for name in _NAMES.finditer(one) if ("'s" in name[0] or "’s" in name[0]) == whose]
        if not named:
            return other
        start = named[-1].start() - 4 * one.startswith("the ", max(0, named[-1].start() - 4))
        return f"{one[:start]}{other}{one[named[-1].end() :]}"
    head = _HEAD.match(one)
    if head is not None:
        other = _LEFT.sub(re.sub(r"^\w+['’]s\b", "the", head[0]), other)
    if _NAMES.search(other):
        return other
    story = ", ".join(re.sub(r"['’]s$", "", name) for name in _NAMES.findall(one))
    return f"{other} ({story})" if story else other
