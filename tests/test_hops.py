"""Questions that must be asked twice."""

import pytest

from rag.answer import Outcome
from rag.ask import Asker
from rag.hops import hop
from tests.answers import NOW, Newsroom, WordEmbedder

MARCH = "An MP was booed at the Sellmark march. What had he claimed about Harrow Dam?"


@pytest.mark.parametrize(
    ("question", "told", "asks"),
    [
        (MARCH, "An MP was booed at the Sellmark march", "What had he claimed about Harrow Dam (Rolf Dannick)?"),
        (
            "The baker who heard no siren: what part did she play at the service?",
            "The baker who heard no siren",
            "what part did she play at the service (Rolf Dannick)?",
        ),
        (
            "The marathon had to avoid a closed bridge. When is that bridge supposed to open?",
            "The marathon had to avoid a closed bridge",
            "When is that bridge supposed to open (Rolf Dannick)?",
        ),
    ],
)
def test_who_is_meant_is_looked_for_first(question: str, told: str, asks: str) -> None:
    """The statement tells of whom; with the name, the question can be looked for."""
    found = hop(question)
    assert found is not None
    assert (found.told, found.of("Rolf Dannick")) == (told, asks)


@pytest.mark.parametrize(
    "question",
    [
        "Who was booed at the march?",
        "Rolf Dannick was booed at the march. What had he claimed about the dam?",
        "A diner on vacation discovered a rare treasure. What was it?",
        "A man won the race this week. What is his name?",
        "The Kessel Bridge was closed. When will that bridge open?",
    ],
)
def test_what_names_whom_it_means_is_asked_once(question: str) -> None:
    """Nor is a question for the name itself, or for what a statement is about, asked twice."""
    assert hop(question) is None


def test_the_name_found_in_one_article_answers_in_another() -> None:
    """The MP who was booed is named by one article, what he claimed is told by the other; both are cited."""
    room = Newsroom(
        {
            "march": "Thousands march in Sellmark\nMP Rolf Dannick was booed at the Sellmark march.\nIt rained.",
            "dam": "MP says Harrow Dam cracked\nRolf Dannick claimed that the wall of Harrow Dam had cracked.",
            "other": "Dam full\nThe mayor claimed that Harrow Dam was full.",
        }
    )
    answer = Asker(room, None, WordEmbedder(), room.lines_of).ask(MARCH, as_of=NOW)
    assert answer.outcome is Outcome.ANSWERED
    assert {citation.article_id for citation in answer.citations} >= {"march", "dam"}
    assert "cracked" in answer.answer
