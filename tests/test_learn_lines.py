"""Learning the order of lines, from the gold of the seed article and its real index."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from eval.errors import BadRecord
from eval.learn_lines import Example, features, fit, held_out, of_gold
from rag.line_ranking import AT_ONCE, FEATURES, closely

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="module")
def examples() -> list[Example]:
    """The answerable questions of the seed's gold, with their lines."""
    return of_gold([ROOT / "eval" / "gold" / "seeds.jsonl"], [ROOT / "seeds"])


def test_every_question_has_its_lines_and_knows_the_right_ones(examples: list[Example]) -> None:
    """Each question that the gold proves by a line has that line among those that are ranked."""
    assert len(examples) > 30
    for one in examples:
        assert one.first.shape == (len(one.pool), len(AT_ONCE))
        assert one.right.any()
        assert not one.right.all()


def test_likeness_that_is_known_is_what_the_search_would_find(examples: list[Example]) -> None:
    """The features that are learned from are those of the lines that are looked at closely, and no others."""
    one = examples[0]
    found = features(one, np.ones(len(AT_ONCE)))
    assert found.shape == (len(one.pool), len(FEATURES) - 1)  # nobody has read them
    alike = closely(one.question, one.pool, one.first.sum(axis=1), one.alike)["alike"]
    assert np.allclose(found[:, FEATURES.index("alike")], alike)
    assert alike.max() > 0.2


def test_what_is_learned_beats_chance_on_questions_held_out(examples: list[Example]) -> None:
    """Of some twenty lines a right one is among the first three most of the time, where chance has one in seven."""
    unseen = [
        replace(one, group=one.question, unseen=True, answers=np.where(one.right, 1.0, -1.0)) for one in examples
    ]
    learned = fit(unseen)
    for weights in (learned.first, learned.close, learned.whole):
        assert np.isfinite(weights).all()
    found = held_out(unseen)
    assert found["gold, unread"]["questions"] == found["gold"]["questions"] == len(examples)
    assert found["gold, unread"]["@8"] >= found["gold, unread"]["@3"] > 0.5
    assert found["gold"]["@1"] == 1.0  # what was said of the lines tells right from wrong, and that was learned


def test_what_the_selector_has_seen_teaches_nothing_of_it(examples: list[Example]) -> None:
    """Of the gold it has seen nothing; without questions of that kind there is no last blend to learn."""
    assert all(one.unseen for one in examples)
    assert not any((one.answers == 0).all() for one in examples)
    with pytest.raises(BadRecord):
        fit([replace(one, unseen=False) for one in examples])
