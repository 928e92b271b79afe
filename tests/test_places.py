"""Countries, states and cities: when one is asked for, and where a text names one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import fitting, places, words
from rag.asked import read


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Which country halted all trade with Israel?", "country"),
        ("In addition to the US, which country said it will send tanks?", "country"),
        ("The prime minister of which country was suspended?", "country"),
        ("What is the world’s happiest country?", "country"),
        ("Which Eastern European country saw protests?", "country"),
        ("Which of the countries left the pact?", None),
        ("Which two countries signed the treaty?", None),
        ("Which state’s top court ruled that embryos are children?", "state"),
        ("What US state was struck by 32 tornadoes?", "state"),
        ("Which Indian state was flooded?", None),
        ("Which head of state came to Ankara?", None),
        ("Which state official resigned?", None),
        ("What city council voted against the plan?", None),
        ("In which Turkish city did they meet?", "city"),
        ("Which coastal city was evacuated?", "city"),
        ("What was the name of the country music festival?", None),
        ("What did the country decide?", None),
        ("Who runs the country?", None),
        ("Where did they meet?", None),
        ("Which storm hit the country?", None),
        ("What is the country's inflation rate?", None),
        ("When will it be announced which country will host the games?", None),
        ("Which member state vetoed the budget?", None),
        ("Which Gulf Coast state was hit?", "state"),
        ("Which Kansas City player scored?", None),
        ("Which country singer died?", None),
        ("Which city bus crashed?", None),
    ],
)
def test_a_question_asks_for_one_place_of_a_kind(question: str, kind: str | None) -> None:
    """Only where the kind is what is asked for, and one of it."""
    wanted = places.sought(question)
    assert (wanted.kind if wanted is not None else None) == kind


@pytest.mark.parametrize(
    ("question", "text", "told"),
    [
        ("Which country halted trade?", "Turkish officials met the Emir of Qatar in Doha.", ["Turkey", "Qatar"]),
        ("Which country halted trade with Israel?", "Israel’s neighbour Egypt halted it.", ["Egypt"]),
        ("Which country was it?", "South Korean and American Airlines jets, said Mr Jordan.", ["South Korea"]),
        ("Which country was it?", "He swam in the Gulf of Mexico with Michael Jordan.", []),
        ("Which country was it?", "The Latin American voters of New Mexico stayed at home.", []),
        ("Which Asian country was it?", "Thailand and France agreed.", ["Thailand"]),
        ("Which Southeast Asian country was it?", "Japan and Vietnam agreed.", ["Vietnam"]),
        ("Which country in Southeast Asia was first?", "Japan and Vietnam agreed.", ["Vietnam"]),
        ("Which city in Texas was it?", "From Houston they flew to Denver.", ["Houston"]),
        ("Which European city was it?", "From Kyoto they flew to Athens.", ["Athens"]),
        ("Which state was it?", "Washington heard of it; Georgia’s Fulton County did not.", ["Georgia"]),
        ("Which state was it?", "It began in Vancouver, Washington, on Friday.", ["Washington"]),
        ("Which state was it?", "Lawmakers of Washington state met in Washington.", ["Washington"]),
        ("Which state was it?", "The New York Times moved to New Jersey.", ["New Jersey"]),
        ("Which Turkish city was it?", "They met in Istanbul, then in London.", ["Istanbul"]),
        ("Which US city was it?", "A box burnt in Vancouver, Washington, on Friday.", ["Vancouver"]),
        ("Which Texas city was it?", "From Houston they flew to Denver.", ["Houston"]),
        ("Which city was it?", "Paris Hilton came to Paris.", ["Paris"]),
        ("Which Georgia city was hit?", "It hit Savannah and Batumi, not Boston.", ["Savannah", "Batumi"]),
        ("Which city in New York state was flooded?", "New York City was flooded.", ["New York City"]),
        ("Which city in Russia hosted it?", "It was held in St. Petersburg.", ["St. Petersburg"]),
        ("Which country won it?", "Palestine and Antigua and Barbuda won it.", ["Palestine", "Antigua and Barbuda"]),
        ("Which state was it?", "She moved out West. Virginia officials followed.", ["Virginia"]),
        ("Which country was it?", "The New England Patriots met U.S. forces.", ["U.S."]),
        ("Who was it?", "They met in Istanbul.", []),
    ],
)
def test_a_text_names_the_places_asked_for(question: str, text: str, told: list[str]) -> None:
    """Of the kind, in the region, and not those that the question names; a people stands for its country."""
    assert [one.says for one in places.answering(question, text)] == told


@given(st.text(max_size=200))
def test_places_stand_where_they_are_said_to(text: str) -> None:
    """Any text has its places in order, without overlap, inside it."""
    found = places.named(text)
    ends = [0, *(edge for one in found for edge in (one.start, one.end)), len(text)]
    assert ends == sorted(ends)
    assert all(one.places for one in found)


@pytest.mark.parametrize(
    ("question", "text", "led"),
    [
        ("In which city did they meet?", "They met in Riyadh.", True),
        ("In which city did they meet?", "They condemned the exclusion of Riyadh.", False),
        ("He was killed while in which city?", "He died in Riyadh.", True),
        ("Which city hosted them?", "Soon Riyadh hosted them.", True),
    ],
)
def test_in_which_city_is_told_behind_an_in(question: str, text: str, led: bool) -> None:
    """Where it is asked "in which", a city that is spoken of otherwise is less likely meant."""
    assert places.led(question, text, text.index("Riyadh")) is led


def test_all_countries_of_a_region_are_known() -> None:
    """No code of a region is of a country that the table does not have."""
    known = {place.country for spellings in places._table().by_first.values() for _, place, _ in spellings}
    assert {code for codes in places._REGIONS.values() for code in codes.split()} <= known


def test_peoples_are_compared_as_their_countries() -> None:
    """Thai officials are Thailand's, in a question and in a line."""
    assert words.tokens("Thai officials")[0] == words.tokens("Thailand")[0]
    assert words.names("Swedish voters") == words.names("Sweden votes")
    assert words.terms("Who won the Italian vote?")[1].stem in words.tokens("Italy voted")


@pytest.mark.parametrize(
    ("question", "text", "fits"),
    [
        ("Which country was it?", "Officials met in Boston on Friday.", 0.0),
        ("Which country was it?", "The help was sent by Westria.", 0.5),
        ("Which US state was it?", "The help was sent by Westria.", 0.0),
        ("Which country was it?", "Peruvian officials met.", 1.0),
        ("Which city was it?", "They met in Aldern.", 0.9),
        ("Which city was it?", "It was a cold evening, said Aldern.", 0.5),
        ("Which Turkish city was it?", "They met in Aldern.", 0.5),
        ("Which Turkish city was it?", "They met in Geneva.", 0.0),
    ],
)
def test_a_line_without_any_such_place_does_not_fit(question: str, text: str, fits: float) -> None:
    """All American states are known; of a city or country that is not, the name may be it, which fits less."""
    assert fitting.fits(read(question), text) == fits


def test_turkey_stands_in_a_line_on_turkish_officials() -> None:
    """A country is the short answer of a line that names its people; another short answer of that line is not."""
    about = read("Which country halted trade?")
    line = "Turkish officials halted all trade on Friday."
    assert fitting.stands_as(about, line, "Turkey")
    assert not fitting.stands_as(about, line, "Friday")
