"""The order of lines: what each feature says, and what the blend makes of them."""

import json
import random
from collections.abc import Sequence
from importlib.resources import files

import numpy as np
import numpy.typing as npt
from hypothesis import given, settings
from hypothesis import strategies as st

from rag.line_ranking import (
    AT_ONCE,
    CLOSE,
    CLOSELY,
    FEATURES,
    SELECTED,
    TOLD,
    Blends,
    agreement,
    at_once,
    closely,
    learned,
    log_odds,
    read_best,
    score,
)
from rag.lines import EvidenceLine, Read
from tests.answers import article as newsroom_article

WORDS = st.lists(
    st.sampled_from(
        ["the", "mayor", "of", "Orle", "Tarn", "Hessel", "closed", "bridge", "12", "1,340", "May?", "said", "who"]
    ),
    max_size=9,
).map(" ".join)


def line(
    text: str, article: str = "a", number: int = 2, rank: int = 1, *, behind: float = 0.0, recent: float = 0.0
) -> EvidenceLine:
    """A line of an article that has nothing but a headline."""
    about = newsroom_article(article, "News of the day\n")
    start = 1_000 * number
    return EvidenceLine(
        label=0,
        article=about,
        revision="r",
        line=number,
        start=start,
        end=start + len(text),
        text=text,
        hit_rank=rank,
        hit_behind=behind,
        hit_recent=recent,
    )


def test_the_weights_that_ship_name_every_feature() -> None:
    """The blends are of the features that are computed, and their record says what they were learned from."""
    assert set(learned().first) == set(AT_ONCE)
    assert set(learned().close) == set(AT_ONCE) | set(CLOSELY)
    assert set(learned().whole) == set(FEATURES)
    held = json.loads(files("rag").joinpath("lines.json").read_text(encoding="utf-8"))
    assert held["learned_from"]["questions"] > 1_000


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), WORDS, st.randoms())
def test_the_order_does_not_depend_on_how_the_pool_was_ordered(
    texts: list[str], question: str, chance: random.Random
) -> None:
    """Lines score the same however they come, and every score is a finite number."""
    pool = [line(text, article=f"a{at % 3}", number=at + 2, rank=at + 1) for at, text in enumerate(texts)]
    shuffled = list(pool)
    chance.shuffle(shuffled)
    one = {found.key: found.score for found in score(question, pool, None)}
    other = {found.key: found.score for found in score(question, shuffled, None)}
    assert one.keys() == other.keys()
    assert np.allclose([one[key] for key in one], [other[key] for key in one])
    assert np.isfinite(list(one.values())).all()


@settings(max_examples=60, deadline=None)
@given(st.lists(WORDS, min_size=1, max_size=12), WORDS)
def test_every_feature_keeps_to_its_range(texts: list[str], question: str) -> None:
    """All but the hit's distance lie between 0 and 1."""
    pool = [line(text, number=at + 2) for at, text in enumerate(texts)]
    found = at_once(question, pool)
    found |= closely(question, pool, np.zeros(len(pool)), None)
    for name, column in found.items():
        if name != "hit":
            assert ((column >= 0) & (column <= 1 + 1e-9)).all(), name


def test_what_several_articles_name_is_agreed_on() -> None:
    """A name that two articles hold has the vote of both, one that an article repeats only that article's."""
    told = [frozenset({"tarn"}), frozenset({"tarn"}), frozenset({"hessel"}), frozenset({"hessel"})]
    assert agreement(["a", "b", "c", "c"], told, np.zeros(4)).tolist() == [1.0, 1.0, 0.5, 0.5]


def test_a_poor_line_has_a_small_vote() -> None:
    """Agreement counts by how good the lines are that agree."""
    told = [frozenset({"tarn"}), frozenset({"hessel"}), frozenset({"hessel"})]
    agreed = agreement(["a", "b", "c"], told, np.array([0.0, -5.0, -5.0]))
    assert agreed[0] == 1.0
    assert agreed[1] < 0.1


def test_numbers_are_what_a_line_tells_where_a_number_is_asked_for() -> None:
    """Names count for nothing in an answer to "how many", and what the question says itself tells nothing."""
    pool = [line("Tarn and Hessel met."), line("In 2026 they counted 1,340 shells.", number=3)]
    told = closely("How many shells were counted in 2026?", pool, np.zeros(2), None)["tells"]
    assert told.tolist() == [0.0, 1 / TOLD]


def test_the_line_before_and_the_headline_are_the_context() -> None:
    """A line that says "it" shares in the words of the sentence before it, and no article in those of another."""
    pool = [line("The bridge at Orle is closed."), line("It has cracks.", number=3), line("It has cracks.", "b")]
    context = at_once("What is wrong with the bridge at Orle?", pool)["context"]
    assert context[0] == context[1] > context[2]


class Counting:
    """An embedder that notes how many texts it was given."""

    def __init__(self) -> None:
        self.seen = 0

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """A vector each."""
        self.seen += len(texts)
        return np.full((len(texts), 2), 0.7071, np.float32)

    def encode_question(self, text: str) -> npt.NDArray[np.float32]:
        """Always the same."""
        return np.array([1.0, 0.0], np.float32)


def test_only_lines_with_prospects_are_looked_at_closely() -> None:
    """Of two hundred lines the best few are encoded; the others are like nothing and tell nothing."""
    pool = [line(f"Line {at} of Tarn", number=at + 2) for at in range(200)]
    embedder = Counting()
    found = closely("Who?", pool, np.arange(200.0), embedder)
    assert embedder.seen == CLOSE
    for column in found.values():
        assert (column[-CLOSE:] > 0).all()
        assert (column[:-CLOSE] == 0).all()


def test_a_nearer_hit_and_a_nearer_date_rank_a_line_higher() -> None:
    """Of the same words in two articles those of the better, newer hit come first."""
    pool = [
        line("The bridge is closed.", "old", behind=2.0, recent=0.1),
        line("The bridge is closed.", "new", behind=0.0, recent=0.9),
    ]
    assert [found.article.article_id for found in score("Is the bridge closed?", pool, None)] == ["new", "old"]


def test_other_weights_make_another_order() -> None:
    """What is handed in is what decides."""
    pool = [line("Is it closed?"), line("It is closed.", number=3)]
    nothing = dict.fromkeys((*AT_ONCE, *CLOSELY), 0.0)
    blends = Blends(dict.fromkeys(AT_ONCE, 0.0), nothing | {"asks": 1.0}, nothing | {"answers": -1.0})
    assert score("Closed?", pool, None, blends=blends)[0].text == "Is it closed?"


class Longest:
    """A selector that takes to long lines: the seam, not a model."""

    def __init__(self) -> None:
        self.seen: list[tuple[str, str]] = []

    def read(self, question: str, lines: Sequence[tuple[str, str]]) -> list[Read]:
        """How long each is, and its first word."""
        del question
        self.seen += lines
        return [Read(len(text), text.split()[0], 0.5) for _, text in lines]


def test_the_lines_with_the_best_prospects_are_read_beside_the_question() -> None:
    """Of two hundred lines the best few are read, under their headlines; the others are worth the least of those."""
    pool = [line(f"Line {at} of Tarn", number=at + 2) for at in range(200)]
    selector = Longest()
    found = log_odds(read_best("Who?", pool, np.arange(200.0), selector), len(pool))
    assert selector.seen == [("News of the day", f"Line {at} of Tarn") for at in reversed(range(200 - SELECTED, 200))]
    assert (found[:-SELECTED] == found[-SELECTED:].min()).all()


def test_a_line_that_answers_better_stands_higher() -> None:
    """Of two lines alike in all else the one that the selector takes to comes first, and its figure can be seen."""
    pool = [line("Tarn won.", number=2), line("Tarn won the cup of Orle that day.", number=3)]
    best = score("Who won?", pool, None, Longest())[0]
    assert best.line == 3
    assert best.parts["answers"] == len(best.text)


def test_nothing_found_is_nothing_ranked() -> None:
    """An empty pool stays empty."""
    assert score("Who?", [], None) == []
