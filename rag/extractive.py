"""Answers without a model: the sentences that best bear the answer, quoted exactly, in a readable order.

The answer-bearing sentence is first .55 of the time and among the first three .90 (40 questions), so up to three are
quoted, the best one first unless they follow each other in one article.
"""

from __future__ import annotations

from collections.abc import Sequence

from rag import words
from rag.evidence import Evidence
from rag.lines import EvidenceLine
from rag.verify import unshowable

NAME = "extractive"
_NEAR_BEST = 0.4  # of the best line's likelihood; below it a sentence is there to fill space


def best(evidence: Evidence, limit: int = 3) -> list[EvidenceLine]:
    """At most `limit` lines to quote, best first; none that a reader's client could render as a link or a tag.

    A line that says the same as a better one (in its own words, nine tenths) is left out.
    """
    ranked = [(sure, line) for sure, line in evidence.ranked() if _quotable(line)]
    kept: list[EvidenceLine] = []
    for sure, line in ranked:
        if sure < _NEAR_BEST * ranked[0][0]:
            break
        stems = frozenset(words.content(line.text))
        if any(len(stems & frozenset(words.content(other.text))) >= 0.9 * len(stems) for other in kept):
            continue
        kept.append(line)
        if len(kept) == limit:
            break
    return kept


def in_order(lines: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """Articles in the order of their best line, each from top to bottom."""
    order = {key: at for at, key in enumerate(dict.fromkeys(line.key[:2] for line in lines))}
    return sorted(lines, key=lambda line: (order[line.key[:2]], line.start))


def _quotable(line: EvidenceLine) -> bool:
    return unshowable(line.text, line.text) is None and len(words.content(line.text)) >= 3
