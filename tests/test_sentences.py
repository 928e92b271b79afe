"""Sentences keep their place."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from index.lines import Line, Lines
from rag.sentences import split


def _line(text: str, start: int = 0) -> Line:
    return Line(1, start, start + len(text), text)


def test_abbreviations_do_not_end_a_sentence() -> None:
    """A title, a month or a weekday with a full stop is inside its sentence."""
    text = "Gen. Smith met U.S. officials on Wed. in Paris. He left on Feb. 3."
    assert [s.text for s in split(_line(text))] == [
        "Gen. Smith met U.S. officials on Wed. in Paris.",
        "He left on Feb. 3.",
    ]


def test_offsets_count_code_points_of_the_canonical_text() -> None:
    """A sentence of the second line, behind an emoji, is cut from the canonical text by its own offsets."""
    text = "Head 😀 line\n  😀 One thing happened. Then another did.  "
    line = Lines(text)[2]
    spans = split(line)
    assert [text[s.start : s.end] for s in spans] == ["😀 One thing happened.", "Then another did."]


def test_a_line_of_signs_has_no_sentence() -> None:
    """A rule of dashes or an empty line bears nothing."""
    assert split(_line("— — —")) == []
    assert split(_line("   ")) == []


@given(
    st.text(alphabet=st.characters(exclude_characters="\n", exclude_categories=["Cs"]), max_size=300),
    st.integers(0, 9),
)
def test_every_sentence_is_cut_exactly_and_none_overlap(text: str, start: int) -> None:
    """Whatever the line, each sentence is the text at its offsets, none overlaps another, and no word is lost."""
    spans = split(_line(text, start))
    padded = "x" * start + text
    assert all(padded[s.start : s.end] == s.text == s.text.strip() for s in spans)
    assert all(one.end <= other.start for one, other in pairwise(spans))
    kept = {i for s in spans for i in range(s.start, s.end)}
    assert all(i in kept for i in range(start, len(padded)) if padded[i].isalnum())
