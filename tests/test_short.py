"""The short answer that lines give by themselves: what most of the good ones agree on."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.lines import EvidenceLine, Read
from rag.short import votes
from tests.answers import article

NEWS = article("news", "News\n\nTarn beat Orle on Sunday.")


def line(read: Read | None) -> EvidenceLine:
    """A line of which a selector has made this, and that scores by that alone."""
    text = "Tarn beat Orle on Sunday."
    return EvidenceLine(
        label=0,
        article=NEWS,
        revision="r",
        line=3,
        start=6,
        end=31,
        text=text,
        hit_rank=1,
        read=read,
        score=0.0 if read is None else read.answers,
    )


def test_what_several_good_lines_answer_has_most_votes() -> None:
    """Two lines outvote a third that is as good; an article before a name and its case do not count."""
    lines = [line(Read(2.0, short, 0.5)) for short in ("Orle", "the tarn", "Tarn")]
    first, second = votes("Who won?", lines)
    assert first.share == pytest.approx(1 / 3)
    assert first.short in {"the tarn", "Tarn"}
    assert second.short == "Orle"
    assert second.share == pytest.approx(1 / 6)


def test_a_poor_line_hardly_votes() -> None:
    """One that answers is worth more than three that do not."""
    lines = [line(Read(-3.0, "Orle", 1.0))] * 3 + [line(Read(3.0, "Tarn", 0.6))]
    assert votes("Who won?", lines)[0].short == "Tarn"


def test_what_the_question_says_is_no_answer_to_it() -> None:
    """Nor is nothing, nor what a line that nobody read says."""
    lines = [line(Read(3.0, "Tarn", 1.0)), line(Read(3.0, "", 1.0)), line(None)]
    assert votes("Whom did Tarn beat?", lines) == []
    assert votes("Who won?", []) == []


@given(st.lists(st.builds(Read, st.floats(-20, 20), st.text(max_size=12), st.floats(0, 1))))
def test_shares_are_those_of_one_vote_a_line(read: list[Read]) -> None:
    """They come in order, and together are no more than all there is."""
    found = votes("Who won?", [line(one) for one in read])
    shares = [one.share for one in found]
    assert shares == sorted(shares, reverse=True)
    assert math.fsum(shares) <= 1 + 1e-9
