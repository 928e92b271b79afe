"""Questions for several things, taken apart."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.decompose import MOST, asking, decompose


@pytest.mark.parametrize(
    ("question", "parts"),
    [
        (
            "How much was Wendel accused of taking, and how much did the court find proven?",
            ("How much was Wendel accused of taking?", "how much did the court find proven (Wendel)?"),
        ),
        (
            "How many people were in shelters on 9 October and 18 October?",
            ("How many people were in shelters on 9 October?", "How many people were in shelters on 18 October?"),
        ),
        (
            "Compare the gusts forecast for Odile with those measured at landfall.",
            ("the gusts forecast for Odile?", "the gusts measured at landfall (Odile)?"),
        ),
        (
            "How did Wendel's term compare with what the prosecution wanted?",
            ("Wendel's term?", "what the prosecution wanted (Wendel)?"),
        ),
        ("Compare inflation in Orle and Brann.", ("inflation in Orle?", "inflation in Brann?")),
        ("Compare inflation in the UK with the US.", ("inflation in the UK?", "inflation in the US?")),
        ("Compare Thane's age with Tull's.", ("Thane's age?", "Tull's age?")),
        ("Compare Apple's profit with that of Castellane.", ("Apple's profit?", "the profit of Castellane?")),
        (
            "How high did the Ilder stand: 30 September, 1 October?",
            ("How high did the Ilder stand: on 30 September?", "How high did the Ilder stand: on 1 October?"),
        ),
        (
            "What was the main interest rate before 8 October and after?",
            ("What was the main interest rate before 8 October?", "What was the main interest rate after?"),
        ),
        (
            "How many flood victims were in shelters on 9 October, and how many on 18 October?",
            (
                "How many flood victims were in shelters on 9 October?",
                "How many flood victims were in shelters on 18 October?",
            ),
        ),
        (
            "What did Dannick say about the dam on Thursday and what after the inspection?",
            (
                "What did Dannick say about the dam on Thursday?",
                "What did Dannick say about the dam after the inspection?",
            ),
        ),
        (
            "Name the man who led the rescue and the woman who leads the inquiry.",
            ("Who led the rescue?", "Who leads the inquiry?"),
        ),
        (
            "How many witnesses did the two sides announce, and how many were heard?",
            (
                "How many witnesses did the two sides announce?",
                "how many witnesses were heard: How many witnesses did the two sides announce?",
            ),
        ),
    ],
)
def test_each_part_is_a_question_of_its_own(question: str, parts: tuple[str, ...]) -> None:
    """Clauses, days, comparisons, before and after."""
    assert decompose(question).questions == parts


@pytest.mark.parametrize(
    "question",
    [
        "Who was excluded from the Riyadh talks?",
        "What did Rubio and Lavrov agree on?",
        "On which date, and at what hour, was the memo stamped?",
        "How long did the talks last?",
    ],
)
def test_a_plain_question_is_its_only_part(question: str) -> None:
    """An "and" between names splits nothing."""
    assert decompose(question).questions == (question,)
    assert not decompose(question).course


def test_a_course_of_events_is_recognised() -> None:
    """What changed is told by several articles in the order of their dates."""
    assert decompose("How has the price of the bridge repair moved?").course
    assert decompose("Trace the ministry's estimates of the damage.").course
    assert not decompose("Which town has a history of floods?").course


@given(st.text(max_size=300))
def test_any_text_comes_apart(text: str) -> None:
    """Whatever is asked, there is at least one part and never more than are looked for."""
    assert 1 <= len(decompose(text).questions) <= MOST


def test_a_side_of_a_comparison_asks_what_it_is() -> None:
    """A noun is no question by itself; what is one stays as it is."""
    assert asking("inflation in Orle?") == "What is inflation in Orle?"
    for part in ("How long did the talks last?", "Illness in Orle: give the count on 2 October."):
        assert asking(part) == part
