"""The short answer that the lines give by themselves: of the words that each is likeliest to answer with, those that
most of the good lines agree on (as in Dumais et al., "Web question answering: is more always better?", SIGIR 2002).

`rag.selector` reads them off; a line counts by its place in the order of lines and by how sure its words are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from rag import words
from rag.lines import EvidenceLine


def agree(one: str, other: str) -> bool:
    """Whether two short answers say the same, or one of them a part of the other."""
    first, second = frozenset(words.content(one)), frozenset(words.content(other))
    return _within(first, second) or _within(second, first)


def _within(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and all(words.covered(stem, other) for stem in one)


@dataclass(frozen=True, slots=True)
class Vote:
    """A short answer, and its share of all votes."""

    share: float  # 0 … 1
    short: str


def votes(question: str, lines: Sequence[EvidenceLine]) -> list[Vote]:
    """The short answers of lines that were read, most votes first; none that only repeats the question."""
    read = [(line.score, line.read) for line in lines if line.read is not None]
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
        own = frozenset(words.content(one.short))
        if all(words.covered(stem, asked) for stem in own):
            continue
        weights[own] += weight * one.sure
        forms[own] = max(forms.get(own, (0.0, "")), (weight * one.sure, one.short))
    found = [Vote(weight / whole, forms[own][1]) for own, weight in weights.items()]
    return sorted(found, key=lambda vote: -vote.share)
