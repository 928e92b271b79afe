"""What a text has of what is asked for: anything of its kind, said of the right thing, as done or only to come.

"How many sirens failed?" is answered by a number of sirens, "who" by a name or a group, "why" by a reason.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from rag import places, words
from rag.asked import DATE, GROUPS, Asked, read, wants_statement
from rag.brief import only_names
from rag.checks.names import names

_UNIT_TEXT = {
    "age": r"\b\d{1,3}\b|\byears? old\b|\b(?:twenty|thirty|forty|fifty|sixty|seventy|eighty|ninety)\b",
    "duration": r"\b(?:years?|months?|weeks?|days?|hours?|minutes?|seconds?|decades?|century|centuries|fortnight"
    r"|half[- ]an?[- ]hour)\b|\b\d+:\d\d(?::\d\d)?\b",
    "share": r"%|\bper ?cent\b|\bpercentage\b|\bhalf\b|\bthirds?\b|\bquarters?\b"
    r"|\b(?:one|two|three|four|six|seven|eight|nine|\d+) (?:in|out of)(?: every)?"
    r" (?:two|three|four|five|six|seven|eight|ten|twenty|a hundred|\d+)\b",
    "length": r"\b(?:k|centi|milli)?(?:met(?:re|er)s?|m)\b"
    r"|\b(?:km|cm|mm|feet|foot|ft|inch(?:es)?|miles?|yards?|storeys?|stories|acres?|hectares?|points?|percent|crowns|square)\b|\d",
    "temperature": r"\d\s?(?:°|º|C\b|F\b)|\bdegrees?\b|\bcelsius\b|\bfahrenheit\b",
    "speed": r"\b(?:k|m)ph\b|\bper hour\b|\bkm/h\b|\b\d+:\d\d|\bseconds?\b|\bminutes?\b",
    "money": r"[$€£¥₹]|\b(?:dollars?|euros?|pounds?|crowns?|pesetas?|francs?|yen|yuan|rupees?|roubles?|rubles?|cents?"
    r"|pence|USD|EUR|GBP|percent|per cent|times)\b|%|\b(?:m|b)illion\b|\bfree\b|\bnothing\b|\bnone\b",
    "strength": r"\b(?:k|m)ph\b|\b(?:per|an) hour\b|\bkm/h\b|\bknots\b|\bmagnitude\b|\bcategory\b|\b\d\.\d\b",
    "score": r"\b\d{1,3}\s?[-–—:]\s?\d{1,3}\b|\b(?:goalless|draw|drew)\b",
    "telephone": r"(?<!\d)[+0(]\d[\d ()/.-]{4,}\d\b|\b(?:\d{3}[ .-])?\d{3}[ .-]\d{4}\b"
    r"|\b(?:ring|call|dial|text) \d{2,}\b",
}  # fmt: skip
_UNIT_TEXTS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in _UNIT_TEXT.items()}
# "was first due to reopen on 1 October": a plan, and no reason; "due to travel restrictions" is one.
_DUE_TO_DO = (
    r"due to(?! (?:re)?(?:open|start|begin|come|meet|vote|speak|be|take|arrive|end|finish|run|appear|hold|make|go"
    r"|return|play|publish|announce|decide|resume|leave|visit|expire|give|stand|face|receive|join|sign|travel|launch"
    r"|release|pay|step|retire|close|have|address|testify|present|fly|land|sail|set|serve)\b(?=\W*$|[.,;:]| \d"
    r"| (?-i:[A-Z])| (?:on|in|at|by|to|from|for|with|after|before|until|this|next|the|an?|his|her|its|their|again|up"
    r"|down|into|over)\b))"
)
_REASON = re.compile(
    rf"\b(?:because|since|{_DUE_TO_DO}|owing to|after|over|following|as|so that|in order|in protest|in response"
    r"|caus\w+|blam\w+|reason\w*|sparked|prompted|triggered|led to|result\w*|fault|fear\w*|amid|for|to|led by|out of"
    r"|thanks)\b",
    re.IGNORECASE,
)
_STRONG_REASON = re.compile(
    rf"\b(?:because|{_DUE_TO_DO}|owing to|in order|in protest|in response|caus\w+|blam\w+|reason\w*|prompted"
    r"|triggered|fear\w*|so that|accus\w+|after|over)\b",
    re.IGNORECASE,
)
_PLACE = re.compile(
    r"\b(?:in|at|near|to|from|on|off|outside|inside|under|behind|along|through|across|between)\s+(?:the\s+"
    r"|a\s+)?[^\W\d_]"
)
# "It will not open in November": when it will is not told; "not until December" tells it.
_NOT_THEN = re.compile(
    r"\b(?:(?:will|would|did|does|do|can|could|is|are|was|were) not|\w+n['’]t)\b"
    r"(?![^.;]{0,80}\b(?:until|till|before)\b)[^.;,]{1,40}\b(?:in|on|at|by|this|next)\b[^.;,]{0,20}\b(?:january"
    r"|february|march|april|may|june|july|august|september|october|november|december|\w+day|week|month|year|\d{4})\b",
    re.IGNORECASE,
)
_NEARBY_WORDS = 5  # how far from the number the noun that it counts may stand


def fits(asked: Asked, text: str, kin: Callable[[str, str], float] = words.kin) -> float:
    """How well a text holds something of the kind asked for that the question does not: 0 … 1.

    `kin` tells how sure two words, as written, are the same thing.
    """
    question = asked.question
    if asked.kind == "number":
        return _number(asked, text, kin)
    if asked.kind == "time":
        if not words.answers(question, text):
            return 0.0
        if _HOUR_ASKED.search(question):
            return 1.0 if _HOUR.search(text) else MISPLACED
        if not_then(text):
            return 0.25
        return 1.0 if DATE.search(text) or re.search(r"\d|yesterday|today|tomorrow|tonight", text) else 0.5
    if asked.kind == "person":
        own = [name for name in words.names(text) if not words.covered(name, frozenset(words.tokens(question)))]
        if not own:
            return 0.0
        return 1.0 if _PERSON.search(text) else 0.8
    if (wanted := places.sought(question)) is not None:
        if places.answering(question, text):
            return 1.0
        unknown = 0.5 * words.answers(question, text)  # a small town, whatever country it lies in
        doubtful = wanted.kind == "country" or wanted.countries or wanted.within or not _PLACE.search(text)
        return unknown if doubtful else 2 * UNLISTED * unknown
    if asked.kind == "place":
        return (0.5 if words.answers(question, text) else 0.0) + (0.5 if _PLACE.search(text) else 0.0)
    if asked.kind == "reason":
        return 1.0 if _STRONG_REASON.search(text) else 0.5 if _REASON.search(text) else 0.0
    if asked.kind == "yes_no":
        return 1.0
    if asked.wants_name:
        asked_stems = frozenset(words.tokens(question))
        own = [name for name in words.names(text) if not words.covered(name, asked_stems)]
        return 1.0 if own or re.search(r"[“\"'‘][A-Z]", text) else 0.0
    return 1.0 if words.answers(question, text) else 0.0


_HOUR_ASKED = re.compile(
    r"\b(?:what time|which hour|what hour)\b(?! (?:of|period|zone|frame|span|did it take))", re.IGNORECASE
)
_HOUR = re.compile(
    r"\b\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b|\b\d{1,2}:\d\d\b"
    r"|\b\d{1,2}\.\d\d\b(?!\s?(?:%|per ?cent|million|billion|points))"
    r"|\bo['’]clock\b|\bnoon\b|\bmidnight\b|\bmidday\b|\bdawn\b|\bdusk\b|\bsun(?:rise|set)\b"
    r"|\b\d{4} (?:hours|hrs|local time|(?-i:[A-Z]{2,4})\b)"
    r"|\b(?:at|by|until|from|around|about) (?:\d{1,2}|one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)"
    r"(?= (?:in the|tonight|this|on|each|every|local|sharp)\b|\W*$|[.,;])",
    re.IGNORECASE,
)
UNLISTED = 0.9  # how well a name fits that is of no place known here, behind an "in" or the like
MISPLACED = 0.25  # of the kind asked for by its question word, and yet no such thing


def holds(question: str, text: str) -> bool:
    """Whether a text holds something of the kind asked for: a name, a number, a time; "who" may also be a group."""
    about = read(question)
    if about.kind == "time" and _HOUR_ASKED.search(question):
        return _HOUR.search(text) is not None
    if about.kind == "reason" and _NO_REASON.fullmatch(text) is not None:
        return False
    if words.answers(question, text):
        return True
    known = frozenset(words.tokens(question))
    told = [stem for stem in words.content(text) if not words.covered(stem, known)]
    if about.kind == "person":
        return any(stem in GROUPS for stem in told)
    return about.kind == "thing" and bool(told)


_NO_REASON = re.compile(rf"\W*(?:(?:on|in|by|until) )?(?:{DATE.pattern}|\d+)\W*", re.IGNORECASE)


def says_enough(question: str, short: str) -> bool:
    """Whether a short answer can stand alone: of what somebody said, a name is not what they said."""
    return not wants_statement(question) or len(words.content(short)) >= _STATES


_STATES = 3  # words of content in the least that anybody can be told to have said


def candidates(asked: Asked, text: str) -> list[int] | None:
    """Where, counted in words, a text holds what could be the answer; None where any words could be it."""
    tokens = spoken(text)
    known = frozenset(words.tokens(asked.question))
    if asked.kind == "number":
        return [at for at, token in enumerate(tokens) if words.numbers(token) - words.numbers(asked.question)]
    if asked.kind == "time":
        return [at for at, token in enumerate(tokens) if DATE.search(token) or _DATED.search(token)]
    if places.sought(asked.question) is not None:
        starts = {one.start for one in places.answering(asked.question, text)}
        return [at for at, token in enumerate(_SPOKEN.finditer(text)) if token.start() in starts]
    if asked.kind == "place" or asked.wants_name:
        return [
            at
            for at, token in enumerate(tokens)
            if token[0].isupper() and any(not words.covered(stem, known) for stem in words.names(token))
        ]
    return None


def spoken(text: str) -> list[str]:
    """The words and numbers of a text in order, as written."""
    return _SPOKEN.findall(text)


_SPOKEN = re.compile(r"\d+(?:[.,:]\d+)*|[^\W\d_]+(?:[’'][^\W\d_]+)*")
_DATED = re.compile(
    r"^(?:january|february|march|april|may|june|july|august|september|october|november|december|yesterday|today"
    r"|tomorrow|tonight|week|month|year|morning|noon|midnight|night|evening|afternoon|sept?|oct|nov|dec|jan|feb|mar"
    r"|apr|aug|jul|jun)$",
    re.IGNORECASE,
)
# Two capitalised words, or one behind a title or beside a verb of speech: a person rather than any name.
_PERSON = re.compile(
    r"\b[A-Z][\w’'-]+\s+(?:[A-Z]\.\s+|de\s+|van\s+|von\s+|al-)?[A-Z][\w’'-]+|\b(?:Mr|Mrs|Ms|Dr|Sir|President"
    r"|Minister|Judge)\.?\s+[A-Z]"
)


def _number(asked: Asked, text: str, kin: Callable[[str, str], float]) -> float:
    if not words.answers(asked.question, text) and asked.unit != "score":
        return 0.0
    if asked.unit is not None and (asked.unit != "money" or not asked.focus or "how much" in asked.question.lower()):
        return 1.0 if _UNIT_TEXTS[asked.unit].search(text) else 0.25
    if not asked.focus:
        return 0.75
    written = re.findall(r"[^\W_]+(?:[.,]\d+)*", text)
    known = words.numbers(asked.question)
    for at, token in enumerate(written):
        if not words.numbers(token) - known:
            continue
        near = written[max(0, at - 2) : at] + written[at + 1 : at + 1 + _NEARBY_WORDS]
        if any(
            kin(focus, other.casefold()) >= 0.5 for focus in asked.focus for other in near if not other[0].isdigit()
        ):
            return 1.0
    return 0.4


# Case counts: "May 2024" is no "may".
_AHEAD = re.compile(
    r"\b(?:will|shall|would|(?:is|are|was|were) (?:still |now )?(?:due|expected|to|set to|scheduled|planning"
    r"|preparing)(?! (?:his|her|their|the|a) )|(?:still )?needs the|plans? to|planned|next meets|may|might|hopes? to"
    r"|wants? to|to resume|expects?|until [^.]{0,40} (?:is|are) \w+|has offered to|have offered to)\b"
)
_UNSAID = re.compile(
    r"\b(?:would not|did not|declined to|refused to|wouldn['’]t|didn['’]t) (?:say|name|comment|disclose|give|reveal"
    r"|confirm)\b|\bnot (?:yet )?(?:been )?(?:named|known|disclosed|identified|decided|released|clear)\b|\bno date\b"
    r"|\bunnamed\b|\banonymous\b|\bnot yet\b|\bunclear\b|\bunknown\b",
    re.IGNORECASE,
)


def ahead(text: str) -> bool:
    """Whether a line speaks of what is to come."""
    return _AHEAD.search(text) is not None


# What was so once: "first due on 1 October", "originally put at 62 million".
_FORMER = re.compile(
    r"\b(?:(?:was|were|had been|been)\s+(?:at\s+)?first\s+(?!(?:the|to)\b)\w+"
    r"|\w+ first (?:put|said|estimated|reported|announced|gave)|first (?:estimate|figure|report|date)"
    r"|originally|initially|previously|at first|formerly|until then)\b",
    re.IGNORECASE,
)


def not_then(text: str) -> bool:
    """Whether a line tells a time at which something is not: "It will not open in November after all"."""
    return _NOT_THEN.search(text) is not None


def former(text: str) -> bool:
    """Whether a line tells how something was before it changed."""
    return _FORMER.search(text) is not None


# How it was at another time, told beside how it is: "A year earlier the rate was 5.1 percent".
_EARLIER = re.compile(
    r"\b(?:an?|one|two|three|five|ten) (?:year|month|week|decade)s? (?:(?:earlier|before)\b"
    r"|ago\b[^.;]{0,60}\b(?:was|were|stood at|had been)\b(?!\s\w+ed\b))"
    r"|\bthe previous (?:year|month|quarter)\b",
    re.IGNORECASE,
)


def earlier(about: Asked, text: str) -> bool:
    """Whether it is asked how something is, and a line opens by telling how it was a year or so before."""
    found = _EARLIER.search(text)
    return about.of_now and found is not None and found.start() < _OPENS and _EARLIER.search(about.question) is None


_OPENS = 12  # characters: "In October a year ago"


def stands_as(about: Asked, text: str, short: str) -> bool:
    """Whether a short answer stands in its line as what is asked for: a place behind "in" or by its name, a number
    beside its unit, a reason in a line that gives one.
    """
    wanted = places.sought(about.question)
    if wanted is not None and any(short == one.says for one in places.answering(about.question, text)):
        return True  # "Turkey" of "Turkish officials"
    spans = [found.span() for found in re.finditer(rf"(?<!\w){re.escape(short)}(?!\w)", text)] if short else []
    if not spans:
        return True
    if wanted is not None and not words.answers(about.question, short):
        return False
    if about.kind == "place":
        # What opens a sentence has a capital whatever it is.
        named = places.named(short) or any(
            start <= name.start < end for name in names(text) if name.start for start, end in spans
        )
        led = any(_IN.search(text[max(0, start - _LED) : start]) for start, _ in spans)
        return bool(named or led or _IN_FIRST.match(short))
    if about.kind == "reason":
        if only_names(short) and not _REASON.match(
            short
        ):  # "because of Storm Odile", "Storm Odile caused it", but not whoever spoke
            return any(
                _OWING.search(text[max(0, start - _OWED) : start]) or _CAUSED.match(text, end) for start, end in spans
            )
        return _REASON.search(text) is not None or "citing" in text
    return about.kind != "number" or any(_counts(about, text, start, end) for start, end in spans)


_OWED = 48  # characters before a name: "because he had COVID-19", "blamed last week's Hurricane Maria"
_OWING = re.compile(
    r"\b(?:because|due to|owing to|over|after|from|by|amid|following|citing|against|blam\w+)\W(?:[^\s.;]+\s+){0,3}$",
    re.IGNORECASE,
)
_CAUSED = re.compile(r"[^.;]{0,60}\b(?:caus\w+|led to|prompted|triggered|sparked|provoked|forced)\b", re.IGNORECASE)


def _counts(about: Asked, text: str, start: int, end: int) -> bool:
    """Whether a number in a text may be of what is asked: with the unit asked for, of no day, in no other unit."""
    if any(found.start() <= start and end <= found.end() for found in DATE.finditer(text)):
        return False  # the 26 of "26 October"
    around = text[max(0, start - _LED) : end + _UNIT_NEAR]
    if about.unit in _WITH_UNIT:
        return (
            not any(sign.isdigit() for sign in text[start:end]) or _UNIT_TEXTS[about.unit].search(around) is not None
        )
    if about.unit is not None or not about.focus:
        return True
    units = [
        one["unit"] for one in (_MEASURED.match(text, end), _MEASURED.search(text, start, end)) if one is not None
    ]
    return all(any(words.kin(focus, unit) for focus in about.focus) for unit in units)


# "1.376 billion crowns" are no ships.
_MEASURED = re.compile(
    r"(?:\s(?:hundred|thousand|million|billion))?[\s-](?P<unit>crowns|dollars|euros|pounds|percent|kilomet(?:re|er)s|km|met(?:re|er)s"
    r"|miles|points|hours|minutes|seconds|degrees)\b",
    re.IGNORECASE,
)


_WITH_UNIT = frozenset({"duration", "share", "temperature", "strength"})  # others are told without
_UNIT_NEAR = 24  # characters behind a number: "132 to 140 kilometres per hour"
_LED = 16  # characters before: "a Category 4", "in his own locker"
_IN_WORDS = (
    "in|into|at|near|to|from|on|onto|off|outside|inside|under|beneath|behind|beside|along|through|across|between|within"
    "|above|around|of"
)
_IN = re.compile(rf"\b(?:{_IN_WORDS})(?: (?:the|an?|his|her|its|their|\w+['’]s))?(?: [a-z-]+)? $", re.IGNORECASE)
_IN_FIRST = re.compile(rf"(?:{_IN_WORDS}|there|here|abroad|nowhere|everywhere)\b", re.IGNORECASE)


# Who held an office until now: "Interior Minister Ilse Korvan resigned on Friday".
_LEFT = re.compile(
    r"\b(?:resigns?|resigned|resignation|quits?|stands? down|stood down|steps? down|stepped down|outgoing|ousted"
    r"|sacked|fired|dismissed|left (?:office|the (?:post|job|role|company))|former|ex-\w+)\b",
    re.IGNORECASE,
)
_COMES = re.compile(
    r"\b(?:succe(?:eds?|eded|ssor)|replac\w+|appoint\w*|named|acting|interim|tak(?:es?|en|ing) over|took over|new)\b",
    re.IGNORECASE,
)
_HOLDER = re.compile(r"^\W*(?:and |so |but )*(?:who\b|which \w+ (?:is|leads|heads|runs)\b)", re.IGNORECASE)


def of_holder(about: Asked) -> bool:
    """Whether it is asked who is something now."""
    return about.of_now and _HOLDER.search(about.question) is not None


def left(about: Asked, text: str) -> bool:
    """Whether it is asked who is something, and a line tells of somebody who is so no more, and of no successor."""
    return (
        of_holder(about)
        and _LEFT.search(about.question) is None
        and _LEFT.search(text) is not None
        and _COMES.search(text) is None
    )


def asks(text: str) -> bool:
    """Whether a line is a question itself, a rhetorical one or a headline's."""
    return text.rstrip("”\"'’ ").endswith("?")


def unsaid(text: str) -> bool:
    """Whether a line says that something is not known or not told."""
    return _UNSAID.search(text) is not None
