"""Follow-up questions, rewritten to stand alone: without a model, by what the conversation has named.

"And in Europe?" repeats the question before with another place; "Why?" asks it of the answer before; "How long
did they
last?" means what was named last. A question that stands alone stays as it is.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from rag import words
from rag.answer import Answer

LOOKED_BACK = 4  # turns

_NAME = re.compile(r"\b[A-Z][\w’'-]*[\w](?:\s+(?:of\s+(?:the\s+)?)?[A-Z][\w’'-]*[\w])*")
_TITLED = re.compile(
    r"^(?:Who|What|When|Where|Why|How|Which|Whose|Did|Does|Do|Is|Are|Was|Were|Has|Have|Will|Can|The|A|An|In|On"
    r"|At|And|But|Name|List|Tell|Yes|No|It|He|She|They|This|That|His|Her|Their|Its)\b\s*"
)
_PERSONAL = re.compile(r"\b(?:he|him|she)\b", re.IGNORECASE)
_THEIRS = re.compile(r"\b(?:his|her|its|their)\b(?=\s+\w)", re.IGNORECASE)
_THINGS = re.compile(
    r"\b(?:it|they|them|those|these|both|that|this)\b(?!\s+(?:\w+\s+)?(?:that|which|who)\b)", re.IGNORECASE
)
_EXPLETIVE = re.compile(
    r"\b(?:is|was|does|did|will|would|has) it (?:true|likely|possible|known|clear|rain|take|matter|mean that)\b",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(
    r"^(?:and|but|so|also|or|what about|how about|and what about)\b[\s,]*(?P<rest>.*?)[?.!\s]*$", re.IGNORECASE
)
_BARE = re.compile(
    r"^(?:and\s+|but\s+)?(?P<word>why|when|where|how|who|how come|since when|by whom|how many|how much"
    r"|how long)(?:\s+(?:is that|was that|so|exactly|not))?\s*[?.!]*$",
    re.IGNORECASE,
)
_PLACE = re.compile(r"^(?:in|at|on|for|from|to|by|with|about|of|under|after|before|since|during)\b", re.IGNORECASE)
_ASKS = re.compile(
    r"^(?:who|whom|whose|what|which|when|where|why|how|is|are|was|were|did|does|do|has|have|had|will|would|can"
    r"|could|name|list|tell|give)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Turn:
    """One earlier exchange of the conversation."""

    question: str
    answer: Answer


def condense(question: str, history: Sequence[Turn]) -> str:
    """The question as it would be asked without the conversation."""
    turns = [turn for turn in history[-LOOKED_BACK:] if turn.question.strip()]
    if not turns:
        return question
    before = turns[-1]
    bare = _BARE.match(question.strip())
    if bare:
        return _asked_again(bare["word"], before)
    ellipsis = _ELLIPSIS.match(question.strip())
    if ellipsis and ellipsis["rest"]:
        rest = ellipsis["rest"].strip()
        question = f"{rest[0].upper()}{rest[1:]}?" if _ASKS.match(rest) else _with_other(before.question, rest)
        if not _ASKS.match(rest):
            return question
    return _named(question, turns)


def next_marker(history: Sequence[Turn]) -> int:
    """The first marker that no answer of the conversation has used, whether it came whole or as text."""
    used = [c.marker for turn in history for c in turn.answer.citations]
    texts = (sentence.text for turn in history for sentence in turn.answer.sentences)
    used += [int(digits) for text in texts for digits in re.findall(r"\[(\d{1,4})\]", text)]
    return max(used, default=0) + 1


def _asked_again(word: str, before: Turn) -> str:
    """What was said before, asked with the bare word: why, when, where."""
    said = re.sub(r"\[[^\]]*\]", "", before.answer.sentences[0].text).strip(" .!?") if before.answer.sentences else ""
    about = said or _statement(before.question)
    return f"{word[0].upper()}{word[1:].lower()}: {about}?"


def _statement(question: str) -> str:
    """A question without its question word."""
    return re.sub(r"^(?:why|when|where|how|who|what|which)\s+", "", question.strip(" ?"), flags=re.IGNORECASE)


_TIME = re.compile(
    r"\b(?:january|february|march|april|may|june|july|august|september|october|november|december|\w+day|week"
    r"|month|year"
    r"|yesterday|today|tomorrow|now|(?:19|20)\d\d|before|after)\b",
    re.IGNORECASE,
)


def _with_other(question: str, rest: str) -> str:
    """The question before with another place, name or time in the place of its own."""
    question = question.strip()
    names = [m for m in _NAME.finditer(question) if m.start() > 0]
    if _TIME.search(rest):
        return f"{question.rstrip('?. ')} {rest}?"
    if _PLACE.match(rest):
        word = rest.split()[0]
        same = re.search(
            rf"\b{re.escape(word)}\s+(?:the\s+)?(?:[A-Z][\w’'-]*(?:\s+[A-Z][\w’'-]*)*|\d[\w ]*|\w+day)", question
        )
        if same:
            return f"{question[: same.start()]}{rest}{question[same.end() :]}"
        return f"{question.rstrip('?. ')} {rest}?"
    if names and rest[:1].isupper():
        last = names[-1] if len(names) == 1 else names[0]
        other = rest
        ending = re.match(r"['’]s\b", question[last.end() :])
        kept = question[last.end() :]
        if last.group().endswith(("'s", "’s")) and not ending and not other.endswith(("'s", "’s")):
            other += "'s"
        return f"{question[: last.start()]}{other}{kept}"
    return f"{question.rstrip('?. ')} {rest}?" if not rest[:1].isupper() else f"{question.rstrip('?. ')}, {rest}?"


def _named(question: str, turns: Sequence[Turn]) -> str:
    """Pronouns replaced by what they mean, where the question has no name of its own for them."""
    own = names_of(question)
    needs_person = bool(_PERSONAL.search(question))
    needs_owner = bool(_THEIRS.search(question))
    needs_thing = bool(_THINGS.search(question)) and not _EXPLETIVE.search(question)
    if not (needs_person or needs_owner or needs_thing):
        # A short question that names nothing ("How long did the talks last?") belongs to the story before.
        if not own and len(words.content(question)) <= 4 and not _self_contained(question):
            story = _story(turns)
            return f"{question.rstrip('?. ')} ({story})?" if story else question
        return question
    people, things = _referents(turns)
    if needs_person and people:
        question = _PERSONAL.sub(people, question, count=1)
        question = _PERSONAL.sub(people, question)
    referent = people or things
    if needs_owner and referent and not (needs_person and people):
        question = _THEIRS.sub(lambda _: f"{referent}'s", question, count=1)
    if needs_thing and things:
        question = _THINGS.sub(lambda _: things, question, count=1)
    story = _story(turns)
    if story and not (frozenset(words.content(story)) & frozenset(words.content(question))):
        question = f"{question.rstrip('?. ')} ({story})?"
    return question


def _self_contained(question: str) -> bool:
    return bool(re.search(r"\d{4}", question))


def _referents(turns: Sequence[Turn]) -> tuple[str, str]:
    """The person and the thing that were named last: in the short answer, the question, then the answer's
    sentences.
    """
    person = thing = ""
    for turn in reversed(turns):
        texts = [turn.answer.short or "", turn.question, *(s.text for s in turn.answer.sentences[:2])]
        for text in texts:
            for name in names_of(text):
                if not person and len(name.split()) >= 2 and not name.endswith(("Party", "Union", "Prize", "Bridge")):
                    person = name
                if not thing:
                    thing = name
        noun = _topic(turn.question)
        if noun:
            thing = noun
        if person and thing:
            break
    return person or thing, thing or person


_TOPIC = re.compile(
    r"\b(?:the|this|that)\s+((?:[A-Z][\w’'-]+\s+)*(?:[a-z]+\s+)?[a-z]{3,})\b(?=\s*(?:[?.,]|last|start|begin|end"
    r"|go|take|in|on|at|of|was|were|is|$))"
)


def _topic(question: str) -> str:
    """The thing that a question is about: "the Riyadh talks"."""
    found = _TOPIC.findall(question)
    return f"the {found[-1]}" if found else ""


def _story(turns: Sequence[Turn]) -> str:
    """The names of the question before, which a follow-up leaves unsaid."""
    for turn in reversed(turns):
        names = names_of(turn.question)
        topic = _topic(turn.question)
        if topic and any(name in topic for name in names):
            return topic.removeprefix("the ")
        if names:
            return ", ".join(names[:2])
    return ""


def names_of(text: str) -> list[str]:
    """The names of a text in order, without the words that only open a sentence."""
    found = []
    for match in _NAME.finditer(text):
        name = match.group()
        if match.start() == 0 or text[: match.start()].rstrip().endswith((".", "?", "!")):
            name = _TITLED.sub("", name).strip()
        name = re.sub(r"['’]s$", "", name)
        if (
            name
            and not _TITLED.fullmatch(name)
            and (
                match.start() > 0
                or " " in name
                or name != match.group().split()[0]
                or text[match.end() : match.end() + 2] in {"'s", "’s"}
            )
        ):
            found.append(name)
    return found
