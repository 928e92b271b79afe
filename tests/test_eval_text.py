"""How texts are compared."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from eval.text import contains, contains_any, share_contained, spoken, squad, without_markers, words


@pytest.mark.parametrize(
    ("text", "normal"),
    [
        ("The Tony Awards", "tony awards"),
        ("“Squid Game”", "squid game"),
        ("$5", "5"),
        ("An apple, a day.", "apple day"),
        ("Theatre", "theatre"),
    ],
)
def test_squad_normalisation(text: str, normal: str) -> None:
    """Case, punctuation, articles and extra blanks do not count; words that begin like an article stay whole."""
    assert squad(text) == normal


@pytest.mark.parametrize(
    ("text", "phrase", "found"),
    [
        ("Kyiv’s exclusion was condemned", "Kyiv", True),
        ("It was excluded", "not", False),
        ("The US hasn't presented a plan", "not", True),
        ("They cannot attend", "not", True),
        ("The U.S. said so", "US", True),
        ("1,200 people", "1200", True),
        ("grew by 3.5%", "35%", False),
        ("grew by 3.5%", "3.5%", True),
        ("Nothing notable", "not", False),
        ("Türkiye", "Turkiye", True),
        ("over four hours", "four hours", True),
        ("four long hours", "four hours", False),
        ("anything", "", False),
        ("anything", "!!", False),
    ],
)
def test_whole_words_are_found(text: str, phrase: str, found: bool) -> None:
    """A phrase is found by its words, next to each other, whatever the case, accents and punctuation."""
    assert contains(text, phrase) is found


def test_alternatives() -> None:
    """`a|b` is found when either is."""
    assert contains_any("Left out: Kyiv.", "Ukraine|Kyiv")
    assert not contains_any("Left out: Warsaw.", "Ukraine|Kyiv")


def test_share_contained_is_a_fraction() -> None:
    """One of three terms is a third; no terms is an error, not a zero."""
    assert share_contained("Rubio met Lavrov", ["Rubio", "Putin", "Erdogan|Zelensky"]) == 1 / 3
    with pytest.raises(ValueError, match="no terms"):
        share_contained("x", [])


def test_markers_are_not_part_of_the_answer() -> None:
    """Citation markers are taken out of an answer before it is compared."""
    assert without_markers("Left out.[1][2] Twice. [3]") == "Left out. Twice."


@given(st.text(max_size=200), st.lists(st.text(max_size=20), max_size=4))
def test_a_text_contains_its_own_words(text: str, around: list[str]) -> None:
    """Every run of a text's words is found in it, and nothing raises on any input."""
    found = words(text)
    if found:
        assert contains(text, " ".join(found[: len(found) // 2 + 1]))
    for phrase in around:
        contains_any(text, phrase)


def test_a_term_is_told_to_readers() -> None:
    """The ways to say a term are told, of many the first few."""
    assert spoken("Riyadh") == "Riyadh"
    assert spoken("Kyiv|Ukraine") == "Kyiv or Ukraine"
    assert spoken("2 May|May 2|2nd May|2.5.") == "2 May or May 2 or 2nd May, or the like"
