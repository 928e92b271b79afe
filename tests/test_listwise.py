"""Linear models that order lists."""

import numpy as np
import pytest

from eval.errors import BadRecord
from eval.listwise import List, fit


def lists(count: int, weight: float = 1.0, column: int = 1) -> list[List]:
    """Lists of eight in which the largest of one column is right."""
    rng = np.random.default_rng(3)
    found = []
    for _ in range(count):
        features = rng.normal(size=(8, 3))
        found.append(List(features, features[:, column] == features[:, column].max(), weight))
    return found


def test_the_feature_that_tells_gets_the_weight() -> None:
    """Where the largest of the second column is always right, that column weighs most, and upwards."""
    weights = fit(lists(60), 0.001)
    assert weights[1] > 5 * max(abs(weights[0]), abs(weights[2]))


def test_a_list_without_anything_right_teaches_nothing() -> None:
    """Weights are the same with such lists and without."""
    empty = [List(one.features, np.zeros(8, bool)) for one in lists(5)]
    assert np.allclose(fit([*lists(30), *empty], 0.01), fit(lists(30), 0.01))


def test_heavier_lists_decide() -> None:
    """Of two kinds of list that disagree the heavier ones are followed."""
    found = fit([*lists(30, 10.0, column=0), *lists(30, 0.1, column=2)], 0.01)
    assert found[0] > 3 * abs(found[2])


def test_nothing_to_learn_from_is_said() -> None:
    """Without anything right in any list there are no weights."""
    with pytest.raises(BadRecord, match="nothing to learn from"):
        fit([List(np.zeros((3, 2)), np.zeros(3, bool))], 0.01)
