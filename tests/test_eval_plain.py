"""The plain system to compare with."""

from __future__ import annotations

import math

import pytest

from eval.articles import GivenArticles
from eval.case import Case
from eval.errors import AskFailed
from eval.gold import GoldQuestion, Relevant
from eval.plain import K1, B, PlainBM25
from eval.record import graded
from rag.chat import ScriptedModel
from rag.errors import ModelDown

ARTICLES = GivenArticles.of(
    {"a": "Talks end\n\nKyiv was not invited to the talks.", "b": "Weather\nRain is expected in the north."}
)
GOLD = GoldQuestion(
    id="q",
    question="Who was not invited?",
    answer="Kyiv",
    relevant=(Relevant("a", 3, 3),),
    answerable=True,
    kind="single_fact",
)


def asked(plain: PlainBM25) -> Case:
    """The graded answer to the one question."""
    return graded(GOLD, plain.ask(GOLD.question, as_of=None), ARTICLES)


def test_bm25_by_hand() -> None:
    """The best line is the one with the rare words, and its score is Okapi's."""
    plain = PlainBM25(ARTICLES, None)
    assert plain.search("invited talks", 5) == [1, 0]
    assert plain.search("zebra", 5) == []
    # "talks" stands in lines 0 and 1 of four, of 2, 7, 1 and 6 words: line 0 scores by its shortness.
    rarity, mean = math.log(1 + (4 - 2 + 0.5) / (2 + 0.5)), (2 + 7 + 1 + 6) / 4
    scores = [rarity * (K1 + 1) / (1 + K1 * (1 - B + B * length / mean)) for length in (2, 7)]
    assert scores[0] > scores[1]
    assert plain.search("talks", 5) == [0, 1]


def test_without_a_model_it_quotes_the_best_line() -> None:
    """The extractive answer is the best line with a citation that holds; it claims no check and no confidence."""
    case = asked(PlainBM25(ARTICLES, None))
    assert case.correct
    assert case.resolved[0].problem is None
    assert case.confidence is None
    assert "support" not in case.sentences[0]
    assert case.hits is not None
    assert case.hits[0].article == "a"


def test_a_model_is_taken_at_its_word() -> None:
    """The model's markers become citations, a marker that was never given out does not, and a refusal is one."""
    told = asked(PlainBM25(ARTICLES, ScriptedModel(["Kyiv was not invited.[1] So they say.[9]"])))
    assert [r.marker for r in told.resolved] == [1]
    assert told.correct
    assert asked(PlainBM25(ARTICLES, ScriptedModel(["NOT IN THE ARTICLES"]))).refused


def test_a_failing_model_is_an_error_of_the_question() -> None:
    """A model that is down is an error of that question."""
    with pytest.raises(AskFailed, match="down"):
        asked(PlainBM25(ARTICLES, ScriptedModel([ModelDown("it is down")])))


def test_what_nothing_matches_is_refused() -> None:
    """A question without a word of the articles is refused without asking the model."""
    plain = PlainBM25(ARTICLES, ScriptedModel([]))
    assert plain.ask("Zebra?", as_of=None)["outcome"] == "insufficient"
