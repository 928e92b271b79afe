"""Learning the order of lines, from the gold of the seed article and its real index."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

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
    assert found.shape == (len(one.pool), len(FEATURES))
    alike = closely(one.question, one.pool, one.first.sum(axis=1), one.alike)["alike"]
    assert np.allclose(found[:, FEATURES.index("alike")], alike)
    assert alike.max() > 0.2


def test_what_is_learned_beats_chance_on_questions_held_out(examples: list[Example]) -> None:
    """Of some twenty lines a right one is among the first three most of the time, where chance has one in seven."""
    learned = fit(examples)
    assert np.isfinite(learned.first).all()
    assert np.isfinite(learned.whole).all()
    told = held_out([replace(one, group=one.question) for one in examples])["gold"]
    assert told["questions"] == len(examples)
    assert told["@8"] >= told["@3"] > 0.5
