"""Questions made of the news: what they ask for stands in the lines that answer them, and in no other."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from bench.made_questions import Told, asked, made, places

WINS = "Tarn wins the cup of Orle after a long night"
POOL = [
    Told("a", WINS, WINS),
    Told("a", WINS, "The winners of the cup got it at midnight from Ada Brandt."),
    Told("b", "Cup final in Orle", "Cup final in Orle"),
    Told("b", "Cup final in Orle", "It was Ada Brandt who gave the winners of the long night their cup."),
    Told("b", "Cup final in Orle", "Some 4,000 fans of the club sang on Sunday."),
    Told("c", "Singing", "On Sunday around 4,000 fans sang for their club until the police came."),
]
TEXT = st.text(st.characters(codec="utf-8"), max_size=200)


def test_what_is_asked_for_is_told_by_another_article() -> None:
    """The mayor that one article's sentence names is asked for, and the other's line with her name is right."""
    found = made(POOL, random.Random(2), 20)
    assert {one.answer for one in found} >= {"Ada Brandt"}
    for one in found:
        assert one.answer not in one.question
        assert one.question.endswith("?")
        assert one.right
        assert all(one.answer in line.text for line in one.right)
        assert not any(one.answer in line.text for line in one.wrong)


def test_no_more_questions_are_made_than_wanted() -> None:
    """Of a pool with several, one is made where one is wanted, and of an empty pool none."""
    assert len(made(POOL, random.Random(2), 1)) == 1
    assert made([], random.Random(2), 5) == []


def test_dates_names_and_numbers_can_be_asked_for() -> None:
    """A word that only opens the sentence is no name, and a title or an article no part of one."""
    text = "Police said Mr Brandt paid $4.5 million on Sunday to The Orle Club, on March 3."
    assert {text[place.start : place.end]: place.kind for place in places(text)} == {
        "Brandt": "name",
        "Orle Club": "name",
        "$4.5 million": "number",
        "Sunday": "date",
        "March 3": "date",
    }


@settings(max_examples=200, deadline=None)
@given(TEXT, st.integers())
def test_any_text_can_be_asked_about(text: str, seed: int) -> None:
    """Whatever stands in an article, places do not overlap and every one makes a question."""
    taken: set[int] = set()
    for place in places(text):
        own = set(range(place.start, place.end))
        assert own
        assert not own & taken
        taken |= own
        assert asked(text, place, random.Random(seed)).endswith("?")
