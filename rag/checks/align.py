"""Which sentence of the lines speaks of the same thing as a sentence of the answer."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from index.lines import Line
from rag.normal import Word, content, words
from rag.sentences import split
from rag.words import kin

_QUOTED = re.compile(r"“[^“”]{12,}”|\"[^\"]{12,}\"")


@dataclass(frozen=True, slots=True)
class Source:
    """One sentence of the cited lines."""

    text: str
    words: tuple[Word, ...]
    stems: frozenset[str]  # of its content words
    quoted: tuple[tuple[int, int], ...] = ()  # what of it stands inside quotation marks of its line

    @property
    def every(self) -> frozenset[str]:
        """The stems of all its words."""
        return frozenset(word.stem for word in self.words)


@lru_cache(maxsize=256)
def sources(lines: tuple[str, ...]) -> tuple[Source, ...]:
    """The sentences of the lines, in order."""
    found = []
    for text in lines:
        for span in split(Line(1, 0, len(text), text)):
            its = words(span.text)
            quoted = tuple(
                (max(0, m.start() - span.start), min(len(span.text), m.end() - span.start))
                for m in _QUOTED.finditer(text)
                if m.start() < span.end and span.start < m.end()
            )
            found.append(Source(span.text, its, frozenset(word.stem for word in content(its)), quoted))
    return tuple(found)


def shared(stems: Sequence[str] | frozenset[str], others: frozenset[str]) -> float:
    """The share of `stems` that stand among the others, near forms counted."""
    if not stems:
        return 0.0
    return sum(_in(stem, others) for stem in stems) / len(stems)


@lru_cache(maxsize=100_000)
def _kin(one: str, other: str) -> float:
    return kin(one, other)


def _in(stem: str, others: frozenset[str]) -> float:
    return 1.0 if stem in others else max((_kin(stem, other) for other in others), default=0.0)


def closest(sentence: Sequence[Word], lines: tuple[str, ...]) -> list[tuple[float, Source]]:
    """The sentences of the lines, the one that shares most with `sentence` first, each with the share."""
    stems = frozenset(word.stem for word in content(sentence))
    ranked = [(shared(stems, source.stems), source) for source in sources(lines)]
    return sorted(ranked, key=lambda pair: -pair[0])
