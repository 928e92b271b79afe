"""Words in the forms in which they are compared."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag import words


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Kyiv", "Ukrainian"),
        ("the United States", "U.S."),
        ("Moscow", "Russians"),
        ("1,200", "1200"),
        ("four", "4"),
        ("talks", "talk"),
        ("agreed", "agree"),
        ("stopped", "stop"),
        ("Zelensky’s", "Zelensky"),
    ],
)
def test_spellings_of_one_thing_compare_equal(one: str, other: str) -> None:
    """Names of a country, forms of a number and endings of a word do not part two texts."""
    assert words.content(one) == words.content(other)


def test_us_the_pronoun_is_not_the_country() -> None:
    """Case tells "US" from "us"."""
    assert words.content("US") == ("usa",)
    assert words.content("tell us") == ()


@pytest.mark.parametrize(("one", "other"), [("exclud", "exclus"), ("president", "presidential")])
def test_kin_share_a_long_beginning(one: str, other: str) -> None:
    """Two stems with a long common beginning are probably one word."""
    assert words.kin(one, other) == 0.8


@pytest.mark.parametrize(("one", "other"), [("elect", "electricity"), ("talk", "table"), ("war", "warsaw")])
def test_a_short_common_beginning_is_chance(one: str, other: str) -> None:
    """Different words that begin alike stay different."""
    assert words.kin(one, other) == 0.0


def test_names_and_numbers_of_a_question_are_told_apart() -> None:
    """What must stand in the lines as it is, and what may stand there in other words."""
    found = {
        t.text: (t.is_name, t.is_number) for t in words.terms("How many of the 12 envoys left Riyadh last week?")
    }
    assert found["Riyadh"] == (True, False)
    assert found["12"] == (False, True)
    assert found["envoys"] == (False, False)
    assert next(t for t in words.terms("What happened last week?") if t.text == "week").is_kind


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("How many people died?", "number"),
        ("When did they meet?", "time"),
        ("Who won?", "person"),
        ("In which city was it?", "place"),
        ("Did he resign?", "yes_no"),
        ("Why did he resign?", "reason"),
        ("What was agreed?", "thing"),
    ],
)
def test_the_question_word_names_the_kind(question: str, kind: str) -> None:
    """What is asked for decides what can be an answer."""
    assert words.answer_kind(question) == kind


@given(st.text(max_size=200))
def test_no_text_breaks_the_words(text: str) -> None:
    """Any text has words, terms and names, if only none; content words are among the words."""
    assert set(words.content(text)) <= set(words.tokens(text))
    assert all(term.stem for term in words.terms(text))
    assert all(0.0 <= words.covered(stem, words.names(text)) <= 1.0 for stem in words.content(text))


SPELT = st.sampled_from(
    ["U.S.", "the United States of America", "America", "Kyiv", "Ukrainians", "O’Ukraine", "us", "E.U.", "E", "North"]
)


@given(st.lists(st.one_of(SPELT, st.text(max_size=6), st.sampled_from([" ", "-", ".", "_", "’"])), max_size=12))
def test_no_spelling_is_overlooked_by_looking_at_words_first(pieces: list[str]) -> None:
    """Whether a text is searched for spellings is decided by its words, and changes nothing of what is found."""
    text = unicodedata.normalize("NFKC", "".join(pieces))
    assert words.unify(text) == words._SPELLING.sub(lambda found: f" {found.lastgroup} ", text)


@given(
    st.lists(st.one_of(SPELT, st.text(max_size=6), st.sampled_from([" ", "\u00a0", "'s", "1,200", "’"])), max_size=12)
)
def test_words_are_those_of_the_whole_text(pieces: list[str]) -> None:
    """A text taken apart at its white space first has the words that it has as a whole."""
    text = "".join(pieces)
    assert list(words.written(text)) == words._TOKEN.findall(words.unify(text))
    meant = [form for token in words.written(text) if words._means(token) and (form := words._form(token))]
    assert list(words.content(text)) == meant
