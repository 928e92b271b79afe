"""Vectors of lines that are kept between questions."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from bench.stand_in import WordsEmbedder
from index.embedder import Embedder
from rag.line_vectors import LineVectors


class Counting:
    """Counts what an embedder is asked for."""

    def __init__(self) -> None:
        self.inner = WordsEmbedder()
        self.asked: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return self.inner.encode_passages(texts)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        return self.inner.encode_question(text)


LINES = st.lists(st.sampled_from([f"line {number} of the news" for number in range(12)]), max_size=9)


@given(st.lists(LINES, min_size=1, max_size=8), st.integers(1, 12))
def test_kept_vectors_are_those_that_would_be_made(rounds: list[list[str]], most: int) -> None:
    """Whatever is asked, in whatever order, and however little is kept: the vectors are the embedder's, in order."""
    counting = Counting()
    kept = LineVectors(counting, most=most)
    for lines in rounds:
        found = kept.encode_passages(lines)
        assert found.shape[0] == len(lines)
        if lines:
            np.testing.assert_allclose(found, counting.inner.encode_passages(lines), atol=2e-3)


def test_no_line_is_encoded_twice() -> None:
    """The second question over the same lines encodes only the new one."""
    counting = Counting()
    kept = LineVectors(counting)
    first = kept.encode_passages(["a storm", "a flood", "a storm"])
    again = kept.encode_passages(["a flood", "a strike", "a storm"])
    assert counting.asked == ["a storm", "a flood", "a strike"]
    np.testing.assert_array_equal(again[[2, 0]], first[:2])


def test_the_real_embedder_gives_unit_vectors_through_it(real_embedder: Embedder) -> None:
    """Half precision in between leaves unit vectors, and a cosine of one with the embedder's own."""
    lines = ["Ukraine was excluded from the talks.", "The talks lasted over four hours."]
    kept = LineVectors(real_embedder).encode_passages(lines)
    np.testing.assert_allclose(np.linalg.norm(kept, axis=1), 1, atol=1e-6)
    np.testing.assert_allclose((kept * real_embedder.encode_passages(lines)).sum(axis=1), 1, atol=1e-4)
