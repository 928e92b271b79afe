"""The short answer that the lines give by themselves.

Each line votes for the words that it is likeliest to answer with, and lines with the same words vote together (as in
Dumais et al., "Web question answering: is more always better?", SIGIR 2002). `rag.selector` reads the words off; a
line counts by its place in the order of lines and by how sure its words are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from rag import words
from rag.brief import became, whole_name
from rag.checks.patient import acts_upon, of_patient, of_the_other
from rag.checks.tables import NEGATORS
from rag.lines import EvidenceLine


def agree(one: str, other: str) -> bool:
    """Whether two short answers say the same, or one of them a part of the other: the same figures, both or neither
    with a "not".
    """
    first, second = _said(one), _said(other)
    numbers = words.numbers(one), words.numbers(other)
    if (first ^ second) & NEGATORS or (all(numbers) and numbers[0] != numbers[1]):
        return False
    return bool(first and second) and (first <= second or second <= first)


def _said(short: str) -> frozenset[str]:
    """Its stems of content, and every "not"."""
    plain = {word.replace("’", "'") for word in short.casefold().split()}
    return frozenset(words.content(short)) | (plain & NEGATORS)


@dataclass(frozen=True, slots=True)
class Vote:
    """A short answer, and its share of all votes."""

    share: float  # 0 … 1
    short: str


def votes(question: str, lines: Sequence[EvidenceLine]) -> list[Vote]:
    """The short answers of lines that were read, most votes first; none that only repeats the question."""
    # The same words twice (syndicated copies) have one vote.
    once = {line.text: line for line in reversed(lines)}
    read = [
        (line.score, replace(line.read, short=short))
        for line in once.values()
        if line.read is not None and (short := _told(question, line.text, line.read.short)) is not None
    ]
    if not read:
        return []
    best = max(score for score, _ in read)
    asked = frozenset(words.tokens(question))
    whole = 0.0
    weights: dict[frozenset[str], float] = defaultdict(float)
    forms: dict[frozenset[str], tuple[float, str]] = {}  # as the line wrote it that has most of the votes
    for score, one in read:
        weight = math.exp(score - best)
        whole += weight
        own = _said(one.short)
        if all(words.covered(stem, asked) for stem in own):
            continue
        weights[own] += weight * one.sure
        forms[own] = max(forms.get(own, (0.0, "")), (weight * one.sure, one.short))
    found = [Vote(weight / whole, forms[own][1]) for own, weight in weights.items()]
    return sorted(found, key=lambda vote: -vote.share)


def _told(question: str, text: str, short: str) -> str | None:
    """What a line gives for an answer: what was read off it, put right; None where it says that of nobody."""
    short = of_patient(question, text, short)
    if acts_upon(question, text, short) or of_the_other(question, text, short):
        return None
    return whole_name(question, text, became(question, text, short))
