"""Passages: whole lines, within the budget, nothing lost."""

from __future__ import annotations

import itertools
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.chunking import MIN_BUDGET, chunk
from index.embedder import default_folder
from index.encoders.model import ModelFolder, Words
from index.lines import Lines
from index.passage import Span


class _Tokens:
    """The default embedder's tokenizer without its model."""

    def __init__(self) -> None:
        self._words: Words = ModelFolder.read(default_folder(), name="default").words

    def token_ends(self, text: str) -> list[int]:
        return self._words.ends(text)


@cache
def tokens() -> _Tokens:
    return _Tokens()


def parts(text: str, budget: int = MIN_BUDGET, overlap: int | None = None) -> list[str]:
    return [text[s.start : s.end] for s in chunk(text, tokens(), budget_tokens=budget, overlap_tokens=overlap)]


_WORDS = st.sampled_from(
    [
        "Kyiv",
        "talks.",
        "\u201cfair\u201d",
        "Mr.",
        "2025",
        "é",
        "e\u0301",
        "北京",
        "\u200b",
        "\x0b",
        "x" * 130,
        "a" * 700,
    ]
)
_LINE = st.lists(_WORDS, max_size=60).map(" ".join)
_TEXT = st.lists(_LINE | st.sampled_from(["", " ", "\t", "\r", "\x85"]) | st.text(max_size=80), max_size=25).map(
    "\n".join
)


@given(text=_TEXT, budget=st.integers(MIN_BUDGET, 80), overlap=st.integers(0, 40))
@settings(max_examples=150, deadline=None)
def test_passages_are_runs_of_lines_that_fit(text: str, budget: int, overlap: int) -> None:
    """Every passage slices its lines exactly, fits the budget, and no character but blanks is lost."""
    lines = Lines(text)
    covered = bytearray(len(text))
    last = Span(0, 0, -1, 0)
    for span in chunk(text, tokens(), budget_tokens=budget, overlap_tokens=overlap):
        passage = text[span.start : span.end]
        assert passage.strip()
        assert len(tokens().token_ends(passage)) <= budget
        first_start, last_end = lines.span(span.first_line, span.last_line)
        if span.first_line < span.last_line:
            assert (span.start, span.end) == (first_start, last_end)
        else:
            assert first_start <= span.start < span.end <= last_end
        assert span.start > last.start
        assert span.end > last.end
        # At most one line is shared.
        assert span.first_line >= last.last_line
        covered[span.start : span.end] = b"\x01" * (span.end - span.start)
        last = span
    assert all(seen or char.isspace() for seen, char in zip(covered, text, strict=True))


@given(text=_TEXT)
@settings(max_examples=50, deadline=None)
def test_without_overlap_passages_are_disjoint(text: str) -> None:
    """With no overlap no character stands in two passages."""
    spans = chunk(text, tokens(), budget_tokens=MIN_BUDGET, overlap_tokens=0)
    assert all(a.end <= b.start for a, b in itertools.pairwise(spans))


def test_lines_are_whole_and_overlap_by_one() -> None:
    """Short lines are packed to the budget, and each passage begins with the line the one before ended with."""
    text = "\n".join(f"Line {n} tells of ten more words in the morning." for n in range(1, 13))
    spans = chunk(text, tokens(), budget_tokens=48)
    assert spans[0].first_line == 1
    assert spans[-1].last_line == 12
    assert all(b.first_line == a.last_line for a, b in itertools.pairwise(spans))
    assert all(span.last_line > span.first_line for span in spans)


def test_a_line_too_long_to_share_is_not_shared() -> None:
    """The overlap is dropped where it would not fit beside the next line."""
    text = "\n".join(["one " * 30, "two " * 30, "three " * 30])
    assert [p.split()[0] for p in parts(text, budget=40)] == ["one", "two", "three"]


def test_headline_and_blank_line_belong_to_the_first_passage() -> None:
    """A plain-text article's headline and the blank line below it stand in its first passage."""
    assert parts("Headline\n\nBody of it.\n") == ["Headline\n\nBody of it."]


def test_a_long_line_is_split_at_sentence_ends() -> None:
    """Each piece of a long line ends with a sentence, abbreviations do not end one, and the number is kept."""
    sentence = "Mr. Rubio met Mr. Lavrov on Wed. in Riyadh for talks."
    text = "Title\n" + " ".join([sentence] * 12) + "\nEnd."
    spans = chunk(text, tokens(), budget_tokens=40)
    middle = [s for s in spans if s.first_line == 2]
    assert len(middle) > 3
    for span in middle:
        piece = text[span.start : span.end]
        assert span.last_line == 2
        assert piece.startswith("Mr. Rubio")
        assert piece.endswith("talks.")


def test_a_long_sentence_is_split_at_word_ends() -> None:
    """A sentence longer than a passage is cut between words, and all its words are there in order."""
    text = "negotiation " * 200
    assert " ".join(parts(text)).split() == text.split()


@pytest.mark.parametrize("text", ["", "\n", " \n\t\n", "\n" * 1_000_000, " " * 1_000_000])
def test_a_blank_text_has_no_passages(text: str) -> None:
    """Nothing but blanks, however many, makes no passage."""
    assert chunk(text, tokens(), budget_tokens=200) == []


@pytest.mark.parametrize(
    "text", ["a" * 300_000, "北京" * 40_000, "\u200b" * 300_000, "a" + "\n" * 300_000 + "b", "x. " * 60_000]
)
def test_odd_long_texts_are_cut_to_bounded_passages(text: str) -> None:
    """Text without spaces, without tokens or with a gulf of blanks still makes passages of bounded size."""
    pieces = parts(text, budget=200, overlap=0)
    assert all(len(piece) <= 200 * 16 for piece in pieces)
    assert sum(len("".join(piece.split())) for piece in pieces) == len("".join(text.split()))


def test_a_budget_too_small_to_hold_a_word_is_refused() -> None:
    """A budget below the minimum is a mistake of the caller's."""
    with pytest.raises(ValueError, match="at least"):
        chunk("x", tokens(), budget_tokens=MIN_BUDGET - 1)
