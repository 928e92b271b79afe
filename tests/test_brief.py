"""The form of a short answer."""

from __future__ import annotations

import pytest

from rag.asked import read
from rag.brief import bare_number, became, whole_name


@pytest.mark.parametrize(
    ("question", "short", "bare"),
    [
        ("How many seats were needed?", "218 seats", "218"),
        ("How many seats were needed?", "218", "218"),
        ("What was the magnitude of the quake?", "magnitude 5.9", "5.9"),
        ("How many people live on Earth?", "8 billion people", "8 billion"),
        ("How many people came?", "more than 300 people", "more than 300"),
        ("For how many hours did they talk?", "over four hours", "over four hours"),
        ("How long did they talk?", "over four hours", "over four hours"),
        ("How many ships has it?", "14 ferries", "14 ferries"),
        ("How much did it cost?", "$360 million", "$360 million"),
        ("How many people were hurt?", "up to 500 people", "up to 500 people"),
        ("Which flight disappeared?", "Flight 370", "Flight 370"),
        ("Who has 218 seats?", "218 seats", "218 seats"),
    ],
)
def test_what_is_counted_is_not_said_twice(question: str, short: str, bare: str) -> None:
    """The number stands alone where the question names what it counts."""
    assert bare_number(question, short) == bare


@pytest.mark.parametrize(
    ("question", "text", "short", "now"),
    [
        (
            "The clock was set to how many seconds?",
            "It went from 100 seconds to midnight to 90 seconds.",
            "100",
            "90",
        ),
        ("How much is it?", "It rose from $3 to $5 in a year.", "$3", "$5"),
        ("How much was it before?", "It rose from $3 to $5 in a year.", "$3", "$3"),
        ("How much is it?", "It rose from $3 to $5 in a year.", "$5", "$5"),
        ("How much is it worth?", "It grew from $3 million to $5 million.", "$3 million", "$5 million"),
        ("How many people were hurt?", "From 10 to 20 people were hurt.", "10", "10"),
        ("How many people came?", "From 30 towns 400 came to the fair.", "400", "400"),
        ("Who came?", "It rose from 3 to 5.", "3", "3"),
    ],
)
def test_a_figure_that_changed_is_the_later_one(question: str, text: str, short: str, now: str) -> None:
    """Unless it is asked what it was."""
    assert became(question, text, short) == now


@pytest.mark.parametrize(
    ("question", "text", "short", "whole"),
    [
        ("Which university will ban it?", "The University of Pennsylvania has agreed.", "Pennsylvania",
         "University of Pennsylvania"),
        ("Which national park will charge?", "Great Smoky Mountains National Park will charge.",
         "Great Smoky Mountains", "Great Smoky Mountains National Park"),
        ("Which state is it?", "The University of Pennsylvania has agreed.", "Pennsylvania", "Pennsylvania"),
        ("Which state's top court was it?", "The Montana Supreme Court ruled.", "Montana", "Montana"),
        ("Which justice wrote it?", "Chief Justice John Roberts wrote it.", "John Roberts", "John Roberts"),
        ("Who was it?", "Michael Jordan came.", "Jordan", "Jordan"),
    ],
)  # fmt: skip
def test_a_name_is_whole_where_the_rest_is_asked_for(question: str, text: str, short: str, whole: str) -> None:
    """Which university: not the state that it is called after."""
    assert whole_name(question, text, short) == whole


@pytest.mark.parametrize(
    ("question", "chooses"),
    [
        ("Standing on one leg for how many seconds may predict living or dying?", False),
        ("It covers an area larger than which city?", False),
        ("Which firm will buy it: Tesla or Google?", True),
        ("Which party, Labour or the Tories, won?", True),
        ("Which is bigger, the dam or the lake?", True),
        ("Was it steel or gas?", True),
        ("Steel or gas?", True),
        ("Which of them is larger than the other?", True),
    ],
)
def test_a_question_offers_a_choice_or_not(question: str, chooses: bool) -> None:
    """An "or" or a "than" in a question for something else offers nothing."""
    assert bool(read(question).chooses) is chooses
