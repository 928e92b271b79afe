"""Lexical support: the share of sentences whose own cited lines bear them out, by a check of our own.

Definition: a sentence is borne out when every number and every capitalised word in it stands in the text of its cited
lines (small words such as "the" aside), and at least half of its other content words do, compared by their first five
letters. Over all sentences. It shares no code with the system's check and needs no model, so the two can disagree; it
is coarse: it sees neither negation nor who did what to whom, and takes paraphrase for a fault.
Source: the extractive-fragment coverage of Grusky et al., Newsroom, NAACL 2018, made strict for numbers and names.
Not eligible: questions without an answer. A sentence without a citation is not borne out.
"""

from __future__ import annotations

import re

from eval.case import Case
from eval.measures.base import Group, Measure, Score, each
from eval.text import words

_NAME = re.compile(r"\b[A-Z][\w’'-]+")
_STOP = frozenset(
    """
    a about after also an and any are as at be been before being between but by can could did do does for from
    had has have he her his how if in into is it its may more most no not of on one only or other over said say
    says she should so some such than that the their them then there these they this those to under was we were
    what when where which while who whom whose why will with would you
    """.split()  # noqa: SIM905 - words read better than a list of them
)
_ENOUGH = 0.5
# "on Tuesday [18 February 2025]": marked as not in the lines
_WORKED_OUT = re.compile(r"\s\[[^\]]*\b(?:1[89]|20)\d\d\]")


def bears_out(cited: str, sentence: str) -> bool:
    """Whether `sentence` follows, word by word, from the text of its cited lines."""
    source = words(cited)
    said = set(source)
    stems = {word[:5] for word in source}
    sentence = _WORKED_OUT.sub("", sentence)
    spoken = words(sentence)
    numbers = {word for word in spoken if word[0].isdigit()}
    names = {part for name in _NAME.findall(sentence) for part in words(name)} - _STOP
    if not numbers <= said or any(name[:5] not in stems for name in names):
        return False
    content = {word for word in spoken if word not in _STOP} - numbers - names
    return not content or sum(word[:5] in stems for word in content) >= _ENOUGH * len(content)


def score(case: Case) -> Score | None:
    """See the module's text."""
    if not case.sentences:
        return None
    borne = sum(
        bears_out("\n".join(r.cited for r in case.resolved_of(sentence)), str(sentence.get("text") or ""))
        for sentence in case.sentences
    )
    return Score(borne / len(case.sentences), len(case.sentences))


LEXICAL_SUPPORT = Measure(
    name="lexical_support",
    title="Sentences whose numbers, names and words stand in the cited lines",
    group=Group.CITATIONS,
    scores=each(score),
)
