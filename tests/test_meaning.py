"""Words that are near in meaning."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from rag.meaning import MOST, Meaning
from tests.answers import WordEmbedder


def test_a_word_is_nearest_to_itself() -> None:
    """The same word is as near as words come, another one is not near."""
    meaning = Meaning(WordEmbedder())
    found = meaning.likeness(["salary"], ["salary", "bridge"])["salary"]
    assert abs(found["salary"] - MOST) < 1e-5
    assert found["bridge"] == 0
    assert meaning.likeness(["salary"], []) == {"salary": {}}


@given(st.lists(st.text(min_size=1, max_size=12), min_size=1, max_size=6), st.lists(st.text(max_size=12), max_size=6))
def test_likeness_is_a_share(wanted: list[str], others: list[str]) -> None:
    """For every wanted word each other has a likeness between 0 and the most there is."""
    found = Meaning(WordEmbedder()).likeness(wanted, others)
    assert set(found) == set(wanted)
    assert all(0 <= value <= MOST + 1e-6 for row in found.values() for value in row.values())
    assert np.isfinite([value for row in found.values() for value in row.values()]).all()
