"""Multiple choice: which choice an answer comes down to."""

from __future__ import annotations

import pytest

from eval.case import Case
from eval.choices import NONE, named, picked
from eval.gold import GoldQuestion
from eval.measures.choice_accuracy import score
from eval.scripted import answer_of

CHOICES = ("Europe", "Eastern Europe", "North America", "Asia")


def case(text: str, *, short: str | None = None, choices: tuple[str, ...] = CHOICES, answer: str = "Europe") -> Case:
    """An answer to a question with choices; a refusal where the text is empty."""
    gold = GoldQuestion(
        id="q", question="Where?", answer=answer, choices=choices, answerable=True, kind="multiple_choice"
    )
    return Case(question=gold, answer=answer_of("Where?", text, [], short=short))


@pytest.mark.parametrize(
    ("text", "short", "choice"),
    [
        ("It was in Europe.", None, "Europe"),
        ("It was in Eastern Europe.", None, "Eastern Europe"),  # the part of a longer choice is not another one
        ("In Europe, not in Asia.", None, None),
        ("In Europe, not in Asia.", "Europe", "Europe"),  # the short answer decides
        ("It was in Europe.", "over there", "Europe"),  # which names none
        ("It was in Africa.", None, None),
        ("", None, None),
    ],
)
def test_the_choice_that_is_named(text: str, short: str | None, choice: str | None) -> None:
    """An answer comes down to the one choice it names, in its short form or else in whole."""
    assert picked(case(text, short=short)) == choice
    assert score(case(text, short=short)) == float(choice == "Europe")


@pytest.mark.parametrize(("text", "choice"), [("", NONE), ("In Africa.", NONE), (NONE, NONE), ("In Asia.", "Asia")])
def test_none_of_the_above(text: str, choice: str) -> None:
    """Where it is a choice, a refusal and an answer that names no choice say "none of the above"."""
    assert picked(case(text, choices=("Asia", NONE), answer=NONE)) == choice


def test_an_error_is_no_choice() -> None:
    """A question that could not be asked has no choice, not even none of the above."""
    failed = Case(question=case("", choices=("Asia", NONE), answer=NONE).question, answer=None, error="down")
    assert picked(failed) is None
    assert score(failed) == 0


def test_named_are_whole_words() -> None:
    """A choice inside another word is not named."""
    assert named("The Asian market", ["Asia"]) == []
    assert named("“Squid Game” is back", ["“Squid Game”", "Game"]) == ["“Squid Game”"]
