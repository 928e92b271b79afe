"""Who or what something is, where that is asked."""

import datetime as dt

import pytest

from rag.answer import Outcome
from rag.ask import Asker
from rag.definition import defined, defines
from tests.answers import Newsroom

NOW = dt.datetime(2025, 2, 20, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("What is monkeypox?", "monkeypox"),
        ("Who is Ketanji Brown Jackson?", "Ketanji Brown Jackson"),
        ("What is Threads?", "Threads"),
        ("So who's Boris Johnson?", "Boris Johnson"),
        ("What is the Amber Heron?", "Amber Heron"),
        ("What are microplastics?", "microplastics"),
        ("What is the capital of France?", None),
        ("What is the price?", None),
        ("What is the Amber Heron worth?", None),
        ("What is Casper Wendel's wife called?", None),
        ("Who is the mayor?", None),
        ("Who is leading?", None),
        ("Who is it?", None),
        ("How long did the talks last?", None),
    ],
)
def test_a_question_for_what_something_is_is_known_by_its_words(question: str, name: str | None) -> None:
    """A name and nothing of it; one word without a capital is a name of its kind."""
    assert defined(question) == name


@pytest.mark.parametrize(
    ("name", "text", "tells"),
    [
        ("monkeypox", "Monkeypox is a rare disease caused by a virus.", True),
        ("monkeypox", "Testing for monkeypox, a crucial part of the response, was slow.", False),
        ("Ilse Korvan", "Ilse Korvan, 52, was the interior minister.", True),
        ("Ilse Korvan", "Interior Minister Ilse Korvan resigned on Friday.", True),
        ("Ilse Korvan", "Ilse Korvan resigned on Friday.", False),
        ("Truth Social", "Truth Social is a social media platform.", True),
        ("Threads", "She learned to use threads, a single strand of cotton.", False),
        ("C++ (x", "C++ (x is a language of no name.", True),
    ],
)
def test_a_line_says_what_something_is_beside_its_name(name: str, text: str, tells: bool) -> None:
    """As a predicate, behind a comma, or as an office before the name; a name has its capitals."""
    assert defines(name, text) is tells


ROOM = Newsroom(
    {
        "a": "Korvan resigns\nIlse Korvan resigned on Friday over a memo.\nIlse Korvan, the interior minister, had "
        "been in office for two years.\nIlse Korvan said that she was sorry.",
        "b": "Thread by thread\nShe learned to remove hair with threads of cotton.\nThe threads are a craft.",
    }
)


def test_the_line_that_says_it_stands_first() -> None:
    """What else is told of her stands behind."""
    answer = Asker(ROOM, None, ROOM.embedder, ROOM.lines_of).ask("Who is Ilse Korvan?", as_of=NOW)
    assert answer.sentences[0].text.startswith("Ilse Korvan, the interior minister")


def test_of_what_no_line_names_nothing_is_known() -> None:
    """Lines about thread do not tell what Threads is."""
    answer = Asker(ROOM, None, ROOM.embedder, ROOM.lines_of).ask("What is Threads?", as_of=NOW)
    assert answer.outcome is Outcome.INSUFFICIENT
    assert "“Threads”" in (answer.note or "")
