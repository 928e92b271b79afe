"""What a question asks for: the kind of answer, the noun it is counted in or named by, and what must be said of it.

"How many sirens failed in Aldern?" asks for a number of sirens; of Aldern, a name; that they failed, the relation.
A line about Aldern's sirens that says nothing of failing does not answer it, however alike the two are.
"""

# ruff: noqa: SIM905  (word lists are easier to read as text)

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from rag import places, words
from rag.when import TimeKind, TimeReading
from rag.words import HOW_STRONG, AnswerKind, Term

_VERBS = frozenset(
    """is are was were be been do does did has have had will would can could should may might must shall 's 're
    of in on at for to from by with about and or that who which what when where how why a an the its their his her
    many much there""".split()
)
_FOCUS = re.compile(
    r"\b(?:which|what|how many|how much|name the|list(?: the)?|whose)\s+(?P<rest>[^?,;:.]*)", re.IGNORECASE
)
_TIME_KIND = frozenset("day date month year time week".split())


@dataclass(frozen=True, slots=True)
class Asked:
    """A question taken apart. Stems are those of `rag.words`."""

    question: str
    kind: AnswerKind
    unit: (
        str | None
    )  # of a number: money, length, temperature, duration, age, share, score, speed, strength, telephone
    focus: tuple[str, ...]  # words of the noun asked for, as written: "which novel", "how many sirens"
    relation: tuple[Term, ...]  # neither names nor dates nor the noun asked for: what is to be said
    names: tuple[Term, ...]
    dates: tuple[tuple[int, int], ...]  # offsets of the dates in the question
    happened: bool  # asks what came of something, so that a line about what is to come says nothing
    wants_name: bool  # who, or what something is called
    role: str | None  # what the one asked for is: "which adviser", "which Kremlin aide"
    parts: tuple[tuple[str, ...], tuple[str, ...]] | None = None  # stems of "the capital" "of the moon"
    subject: tuple[str, ...] = ()  # of whom by name it is asked what they did: stems of "did Lavrov respond"
    task: str | None = None  # stem of what somebody is to do: "lead" of "who will lead the team"
    choices: tuple[str, ...] = ()  # stems of the answers that are offered: "steel, oil or gas"
    of_now: bool = False  # asks how things are: "Who is in charge?", "How many people are in shelters?"

    @property
    def chooses(self) -> bool:
        """Whether it asks for yes or no, this or that, or to hold things against each other.

        An "or" offers nothing where something else is asked for: "how many seconds may predict living or dying?"
        """
        if self.kind == "yes_no" or self.choices or _COMPARES.search(self.question) is not None:
            return True
        if re.search(r"\bor\b", self.question, re.IGNORECASE) is None:
            return False
        return _WH.search(self.question) is None or _EITHER.search(self.question) is not None

    @property
    def terms(self) -> tuple[Term, ...]:
        """All words that a line about it would hold; dates are compared as dates."""
        return (*self.names, *self.relation)


# "More than 65,000 homes" and "each year" hold nothing against anything.
_WH = re.compile(r"\b(?:who|whom|whose|when|where|why|which|what|how)\b", re.IGNORECASE)
# "Which party, Labour or the Tories, won?", "which is bigger, A or B?", "Tesla or Google".
_EITHER = re.compile(r",\s[^,?]{1,80}\bor\b|\b[A-Z]\w* or (?:the |a )?[A-Z]")
_COMPARES = re.compile(
    r"\b(?:than(?!\s+(?:\W?\d|(?:an?|half|one|two|three|ten|which|what|how)\b))|both|each(?!\s+(?:day|week|month|year)\b)"
    r"|compare[ds]?|compari\w+|differ\w*)\b",
    re.IGNORECASE,
)
_UNITS: tuple[tuple[str, str], ...] = (
    (
        r"phone number|number\b(?! of)[^?]*\b(?:ring|call|dial|phone|text)\b|number (?:of|for) the (?:help|hot)line",
        "telephone",
    ),
    (r"how old|what age|at what age", "age"),
    (r"how long|how many (?:years|months|weeks|days|hours|minutes)|for how (?:long|many)", "duration"),
    (r"what (?:percentage|percent|share|proportion)|(?:by|which) percentage|how many percent|how full", "share"),
    (r"how (?:hot|cold|warm)|temperature", "temperature"),
    (r"how (?:tall|wide|deep|far|high|big|large)", "length"),
    (r"how (?:fast|quick)", "speed"),
    (HOW_STRONG, "strength"),
    (
        r"how (?:much|expensive)|what (?:price|fee|sum)|(?:cost|price|worth|earn|paid|pay|salary|profit|bid)\b",
        "money",
    ),
    (r"\b(?:score|scoreline)\b", "score"),
)
_UNIT_ASKED = tuple((re.compile(pattern, re.IGNORECASE), unit) for pattern, unit in _UNITS)

DATE = re.compile(
    r"\b(?:(?:mon|tues|wednes|thurs|fri|satur|sun)day\s*,?\s*)?(?:the\s+)?\d{1,2}(?:st|nd|rd|th)?\s+(?:of\s+)?"
    r"(?:january|february|march|april|may|june|july|august|september|october|november|december)(?:\s+\d{4})?\b"
    r"|\b(?:january|february|march|april|may|june|july|august|september|october|november|december)\s+\d{1,2}"
    r"(?:st|nd|rd|th)?\b(?:,?\s+\d{4})?"
    r"|\b(?:january|february|april|june|july|august|september|october|november|december)(?:\s+\d{4})?\b"
    r"|\b(?:(?<=in )|(?<=since )|(?<=last )|(?<=of ))(?:may|march)\b|\b(?:may|march) \d{4}\b|\b(?:mon|tues"
    r"|wednes|thurs|fri|satur|sun)day\b|\b(?:19|20)\d\d\b"
    r"|\b\d{4}-\d\d-\d\d\b",
    re.IGNORECASE,
)

# Words of a question about the answer itself, not about the world.
_ASKING = frozenset(
    words.stem(word)
    for word in """name names give list tell article articles report reported reports reporting described describe
    mention mentioned mentions according exactly please know known say says said called compare compared comparison
    trace state stated put find finds work long short answer true false yes no one two three each both
    different differ difference fact order first far so going really actually finally part account true
    actual established neutral independent independently definitive definitively conclusively figure estimate
    latest newest recent recently current currently moment information still now today
    """.split()
)

# The first word of a question has a capital whatever it is; a name there has an "'s" or another name behind it.
_OPENER = re.compile(r"^\W*([^\W\d_]+)(?!['’]s)\s+(?![A-Z])")
_CALLED = re.compile(
    r"\b(?:called|named|(?:the|whose) names?|what (?:is|was|are|were) the names?)\b(?! (?:for|off|on)\b)|^name\b",
    re.IGNORECASE,
)

_HAPPENED = re.compile(
    r"\b(?:did|was|were|had|has|have)\b|\bwhat does the (?:final|outside|official|first|second)? ?(?:report"
    r"|review|inquiry|ruling|study) \w+|\bwho (?:\w+ly )?\w+(?:ed|on|ew|ost|ame|ave|ook|old|ent|an|it)\b",
    re.IGNORECASE,
)
_AHEAD_ASKED = re.compile(
    r"\b(?:will|going to|next|due|expected|planned|plans?|supposed|would|should|can|may|might|promis\w+|predict\w+"
    r"|forecast\w*|propos\w+|offer\w*|want\w*|demand\w*|expect\w*|claim\w*|accus\w+|asked? for|said|say|says"
    r"|told|think)\b",
    re.IGNORECASE,
)


@lru_cache(maxsize=2_000)
def read(question: str) -> Asked:
    """Take a question apart. Never fails; what nothing tells stays empty."""
    kind = words.answer_kind(question)
    if kind == "place" and _SOURCE.search(question):
        kind = "thing"
    unit = next((u for pattern, u in _UNIT_ASKED if pattern.search(question)), None)
    if unit is not None and kind == "thing":
        kind = "number"
    dates = tuple(m.span() for m in DATE.finditer(question))
    offered = _alternatives(question)
    bare = _without(question, (*dates, *offered))
    all_terms = words.terms(bare)
    focus = _focus(bare)
    if kind in {"thing", "person", "number"} and unit is None and _CALLED.search(question):
        kind = "person" if kind == "person" else "thing"
        wants_name = True
    else:
        wants_name = kind == "person" or (kind == "thing" and _NAMED.search(bare) is not None)
    opener = _OPENER.match(question)
    aside = _ASIDE.search(bare)
    told_aside = frozenset(words.tokens(aside[0])) - frozenset(words.tokens(bare[: aside.start()])) if aside else ()
    names = tuple(
        t
        for t in all_terms
        if (t.is_name and not (opener and t.text == opener[1])) or (t.is_number and t.text[0].isdigit())
    )
    relation = tuple(
        t
        for t in all_terms
        if t not in names and not t.is_kind and not t.is_number and t.stem not in _ASKING and t.stem not in _TIME_KIND
    )
    heavy = tuple(t for t in relation if t.stem not in _LIGHT)
    relation = heavy or relation
    relation = tuple(t for t in relation if t.stem not in told_aside) or relation
    if places.sought(question) is not None:  # a line that names the country need not say that it is one
        relation = tuple(t for t in relation if t.stem not in _PLACE_KINDS) or relation
    if kind == "reason" and not _WHY.search(question):  # "what caused the collapse": of that a line must tell
        relation = tuple(t for t in relation if t.stem not in _CAUSING) or relation
    happened = bool(_HAPPENED.search(question)) and not _AHEAD_ASKED.search(question)
    return Asked(
        question,
        kind,
        unit,
        focus,
        relation,
        names,
        dates,
        happened,
        wants_name,
        _role(bare, focus),
        _parts(question),
        _subject(question),
        _task(question),
        tuple(stem for start, end in offered for stem in words.content(question[start:end])),
        _of_now(question, dated=bool(dates)),
    )


# "How many people are in shelters (Ilder flood)?": which story it is of, not what is to be said.
_ASIDE = re.compile(r"\([^()]*\)(?=\W*$)")
_PRESENT = re.compile(
    r"\b(?:is|are|isn['’]t|aren['’]t|does|do|doesn['’]t|don['’]t|has|have|hasn['’]t|haven['’]t)\b"
    r"|^\W*(?:who|what|where|how)['’]s\b|^\W*who\s+[a-z]+[^s\W]s\b",
    re.IGNORECASE,
)
_NOT_PRESENT = re.compile(
    r"\b(?:did|didn['’]t|was|were|wasn['’]t|weren['’]t|had|will|won['’]t|would|going to|expected to|due to)\b",
    re.IGNORECASE,
)


def _of_now(question: str, *, dated: bool) -> bool:
    """Whether a question is in the present, or of what has come about, and names no date."""
    return not dated and _PRESENT.search(question) is not None and _NOT_PRESENT.search(question) is None


def of_now(question: str, reading: TimeReading) -> bool:
    """Whether a question asks how things are: for the latest, for what is current, or in the present, undated."""
    if reading.kind is TimeKind.NONE:
        return read(question).of_now
    return reading.kind in {TimeKind.LATEST, TimeKind.CURRENT}


# What goes by a name: "Which airline …" is answered by one, not by "the airline".
_NAMED = re.compile(
    rf"\b(?:which|what|whose)\s+(?:(?!(?:{words.NO_NOUN}|the)\b)[\w’'-]+\s+){{0,3}}?(?:airline|company|firm|brand|bank|team|club|party"
    r"|singer|actor|actress|band|rapper|musician|film|movie|show|series|song|album|book|novel|network|platform|app"
    r"|website|newspaper|magazine|university|college|hospital|retailer|supermarket|chain|carmaker"
    r"|manufacturer|celebrity|star|senator|governor|player|athlete|golfer|driver|swimmer|artist|author"
    r"|writer|director|billionaire|island|province|region|volcano|river|airport|stadium|museum|festival|tournament"
    r"|publisher|service|streamer|drugmaker|tech giant|rocket|spacecraft|ship|storm|hurricane|typhoon)\b",
    re.IGNORECASE,
)
# Verbs that say little of what was done: "were held", "took place", "put forward".
_LIGHT = frozenset(
    words.stem(word) for word in "hold take make have give get put set go come happen occur place involve use".split()
)
_PLACE_KINDS = frozenset(words.stem(word) for word in "country nation state city town".split())
_WHY = re.compile(r"\bwhy\b|\bhow come\b", re.IGNORECASE)  # "why did she lead?" asks of her leading
_CAUSING = frozenset(
    words.stem(word) for word in "caused cause led lead prompted triggered sparked provoked behind reason".split()
)
# Where something told came from is somebody, not a place.
_SOURCE = re.compile(
    r"\bwhere\b.*\b(?:ideas?|story|stories|figures?|claims?|phrase|name|information|reports?|rumou?rs?|news|money|term"
    r"|quote|estimate|proposal|numbers?)\b.*\bfrom\W*$",
    re.IGNORECASE,
)
# "What is the capital of the moon?": the one must be told of the other.
_OF = re.compile(
    r"^\W*(?:and\s+)?(?:what|which|who)(?:\s+(?:is|was|are|were)|['’]s)\s+(?:the\s+)?(?P<what>[^,;?]{2,40}?)\s+of\s+"
    r"(?P<whose>[^,;?]{2,50})",
    re.IGNORECASE,
)


def _parts(question: str) -> tuple[tuple[str, ...], tuple[str, ...]] | None:
    found = _OF.search(question)
    if found is None or any(character.isdigit() for character in found["whose"]):
        return None
    what, whose = words.content(found["what"])[-1:], words.content(found["whose"])
    return (what, whose) if what and whose and what[0] not in _ASKING else None


# Not behind "the": of "the Riyadh talks" the talks are the subject, which has no capital.
_SUBJECT = re.compile(
    r"\b(?i:how|what|when|where|why|which|who|whom)\b[^?.,;]*?\b(?:did|does|do|has|have|had|will|would|is|was|were|are)"
    r"\s+(?P<who>[A-Z][\w’'-]+(?:\s+(?:of\s+|the\s+)?[A-Z][\w’'-]+)*)(?=\s+[a-z])"
)


def _subject(question: str) -> tuple[str, ...]:
    found = _SUBJECT.search(question)
    return words.content(found["who"]) if found is not None else ()


_TASK = re.compile(r"\bwho(?:\s+will|['’]ll|\s+is\s+(?:going\s+)?to)\s+(?P<task>[a-z]{3,})\b", re.IGNORECASE)


def _task(question: str) -> str | None:
    found = _TASK.search(question)
    stem = words.stem(found["task"].lower()) if found is not None else None
    return None if stem in _LIGHT else stem


# "Which firm will buy it: Tesla, Google or Amazon?": two of the three need not stand anywhere.
_ALTERNATIVES = re.compile(
    r"(?:[:?–—]\s*|(?<=[a-z]),\s+)(?!(?:and|but|so|or|is|are|was|were|did|does|do|has|have|had|will)\b)"
    r"(?P<all>[^:?;–—]{1,200}?\bor\b[^:?;,–—]{1,80})\??\s*$"
)


def _alternatives(question: str) -> tuple[tuple[int, int], ...]:
    """Where answers to choose from stand at the end of a question that asks which."""
    found = _ALTERNATIVES.search(question)
    if found is None or not re.search(
        r"\b(?:which|what|who|where|when|how)\b", question[: found.start()], re.IGNORECASE
    ):
        return ()
    return (found.span("all"),)


def _without(text: str, spans: tuple[tuple[int, int], ...]) -> str:
    """The text with blanks where the spans were, so that the rest keeps its place."""
    for start, end in spans:
        text = text[:start] + " " * (end - start) + text[end:]
    return text


# What a person is, by its ending or by name; a city or an office is seldom called one in the line that names it.
_ROLE = re.compile(
    r"(?:[a-z]{3,}(?:iser|isor|ist|ian)|aide|minister|coach|mayor|judge|guard|spokesman|spokeswoman|envoy)s?$"
)


def _role(question: str, focus: tuple[str, ...]) -> str | None:
    """The role that the question asks the holder of, where it asks "which" of them."""
    if not re.search(r"\b(?:which|what|whose)\b", question, re.IGNORECASE):
        return None
    return next((word for word in reversed(focus) if _ROLE.search(word)), None)


# "the ministry's latest figure for the damage": the damage is what the figure is of.
_FIGURE = re.compile(
    r"\b(?:figure|estimate|tally|count|total)s?\s+(?:for|of|on)\s+(?:the\s+)?(?P<rest>[^?,;:.]*)", re.IGNORECASE
)


def _focus(question: str) -> tuple[str, ...]:
    found = _FIGURE.search(question) or _FOCUS.search(question)
    if found is None:
        return ()
    nouns: list[str] = []
    for token in re.findall(r"[^\W_]+(?:[’'-][^\W_]+)*", found["rest"])[:5]:
        if token.casefold() in _VERBS:
            if nouns:
                break
            continue
        nouns.extend(words.plain(token))
        if len(nouns) >= 3:
            break
    return tuple(dict.fromkeys(nouns))


# Who acts without a name in the news.
GROUPS = frozenset(
    words.stem(word)
    for word in """official officer police union organiser organizer ministry company firm board court government
    council resident family worker staff leader expert scientist researcher doctor prosecutor lawyer detective
    inspector analyst economist critic campaigner farmer grower insurer forecaster association federation chamber
    museum hospital university institute authority agency committee jury judge fan supporter voter lawmaker senator
    spokesman spokeswoman neighbour neighbor witness rebel troop soldier army party minister mayor president source
    driver teacher parent student pupil nurse firefighter guard""".split()
)


def seeks_somebody(about: Asked) -> bool:
    """Whether a person or a body is asked for: "who", "which analyst"."""
    return about.kind == "person" or about.role is not None or any(words.stem(word) in GROUPS for word in about.focus)


_STATEMENT = re.compile(
    r"\bwhat\b.*\b(?:say|says|said|tell|told|think|thinks|thought|argue|argues|argued|warn|warns|warned|claim|claims"
    r"|claimed|(?:position|view|opinion|reaction|response)(?: of| on| to)?)\b",
    re.IGNORECASE,
)


def wants_statement(question: str) -> bool:
    """Whether it is asked what somebody said or thinks."""
    return _STATEMENT.search(question) is not None
