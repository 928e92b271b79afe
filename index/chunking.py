"""From a canonical text to its passages: runs of whole lines that fit the embedder.

Consecutive passages share one line, where it is short enough and fits. Blank lines between the lines of a passage
belong to it; at its edges they are left out, so a passage neither starts nor ends with one, and is never blank. The
headline, line 1, is part of the first passage.

A line longer than a passage is split: at sentence ends, a sentence that is too long at word ends, a word that is too
long anywhere. Each piece is a passage of its own that keeps the line's number.

Time is linear in the text, and what is held at once is bounded but for the text and its passages.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Protocol

from sentencex import get_sentence_boundaries  # type: ignore[import-untyped]

from index.lines import Lines
from index.passage import Span

MIN_BUDGET = 32  # tokens; below, a single odd character may not fit
_CHARACTERS_PER_TOKEN = 16  # a passage is also bounded in characters, for text that hardly makes tokens
_BLOCK = 1 << 15  # characters tokenized at once


class Tokens(Protocol):
    """What measures text; an `index.embedder.Embedder` does."""

    def token_ends(self, text: str) -> list[int]:
        """Offset (code points, exclusive, ascending) of the end of each token of `text`."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """A line that is not blank. `tokens` is None when it is too long to be worth counting."""

    number: int
    start: int
    end: int
    tokens: int | None


def chunk(
    text: str, tokens: Tokens, *, budget_tokens: int, overlap_tokens: int | None = None, language: str = "en"
) -> list[Span]:
    """The passages of `text`, in order; none for a blank text.

    budget_tokens: the most tokens of a passage, special ones and title not counted (`Embedder.passage_tokens`).
    overlap_tokens: the longest line that two consecutive passages share; by default half the budget; 0 for none.
    language: BCP 47, for where sentences end.
    """
    if budget_tokens < MIN_BUDGET:
        raise ValueError(f"a budget of {budget_tokens} tokens; at least {MIN_BUDGET}")
    overlap = budget_tokens // 2 if overlap_tokens is None else overlap_tokens
    characters = budget_tokens * _CHARACTERS_PER_TOKEN
    spans: list[Span] = []
    run: list[_Measured] = []  # the passage being filled
    fresh = False  # whether it holds a line that no passage has yet
    used = 0  # its tokens

    def close() -> None:
        if fresh:
            spans.append(Span(run[0].number, run[-1].number, run[0].start, run[-1].end))

    for line in _measure(text, tokens, characters):
        if line.tokens is None or line.tokens > budget_tokens:
            close()
            run, used, fresh = [], 0, False
            pieces = _split(text, line.start, line.end, tokens, budget_tokens, language)
            spans.extend(Span(line.number, line.number, start, end) for start, end in pieces)
            continue
        if run and (used + line.tokens > budget_tokens or line.end - run[0].start > characters):
            close()
            last = run[-1]
            shared = last.tokens or 0
            fits = shared + line.tokens <= budget_tokens and line.end - last.start <= characters
            run, used, fresh = ([last], shared, False) if fits and 0 < shared <= overlap else ([], 0, False)
        run.append(line)
        used += line.tokens
        fresh = True
    close()
    return spans


def _measure(text: str, tokens: Tokens, characters: int) -> Iterator[_Measured]:
    """The lines that are not blank, tokenized many at a time."""
    block: list[tuple[int, int, int]] = []  # number, start, end

    def flush() -> Iterator[_Measured]:
        if not block:
            return
        first = block[0][1]
        ends = tokens.token_ends(text[first : block[-1][2]])
        before = 0
        for number, start, end in block:
            upto = bisect_right(ends, end - first, lo=before)
            yield _Measured(number, start, end, upto - before)
            before = upto
        block.clear()

    for line in Lines(text):
        if line.text == "" or line.text.isspace():
            continue
        if line.end - line.start > characters:
            yield from flush()
            yield _Measured(line.number, line.start, line.end, None)
            continue
        if block and line.end - block[0][1] > _BLOCK:
            yield from flush()
        block.append((line.number, line.start, line.end))
    yield from flush()


def _split(text: str, start: int, end: int, tokens: Tokens, budget: int, language: str) -> Iterator[tuple[int, int]]:
    """Pieces of one long line, as offsets into the text."""
    most = budget * _CHARACTERS_PER_TOKEN
    window = most
    while start < end:
        part = text[start : min(end, start + window)]
        bare = part.lstrip()
        if len(bare) < len(part):
            start += len(part) - len(bare)
            continue
        ends = tokens.token_ends(part)
        if len(ends) <= budget:
            if start + len(part) == end:
                yield start, start + len(part.rstrip())
                return
            if window < most:
                window = min(most, window * 2)
                continue
        limit = min(ends[budget - 1], len(part)) if len(ends) > budget else len(part)
        limit = max(1, limit)
        # Twice what fitted: enough to see past the cut, and no text is tokenized more than a few times.
        window = min(most, limit * 2)
        size = (
            _sentence_end(part, limit, language) or _word_end(part, limit) or _anywhere(part, limit, tokens, budget)
        )
        yield start, start + size
        start += size


def _sentence_end(part: str, limit: int, language: str) -> int:
    """Where the last sentence that ends by `limit` ends; 0 if none does."""
    found = 0
    for boundary in get_sentence_boundaries(language, part):
        stop = boundary["start_index"] + len(boundary["text"].rstrip())
        if stop > limit or boundary["end_index"] >= len(part):
            break
        found = stop
    return found


def _word_end(part: str, limit: int) -> int:
    """Where the last word that ends by `limit` ends; 0 if none does."""
    if limit < len(part) and part[limit].isspace():
        return len(part[:limit].rstrip())
    head = part[:limit].rsplit(None, 1)
    return len(head[0]) if len(head) == 2 else 0


def _anywhere(part: str, limit: int, tokens: Tokens, budget: int) -> int:
    """A cut inside a word. A piece of a word may make more tokens than its share of the word did."""
    while limit > 1:
        ends = tokens.token_ends(part[:limit])
        if len(ends) <= budget:
            break
        limit = ends[budget - 1] if ends[budget - 1] < limit else limit // 2
    return limit
