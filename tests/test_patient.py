"""To whom a line says that something was done."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Support
from rag.checks.claim import Claim
from rag.checks.patient import Patient, acts_upon, asked_of, of_patient, of_the_other, patients, presumes_other

ASKED = "Who was excluded from the Riyadh talks?"
CONDEMNED = "Ukrainian President Volodymyr Zelensky condemned the exclusion of Kyiv from the talks."
HEADLINE = "US and Russia Agree to Set Up Negotiating Teams Amid Ukraine War, Kyiv Excluded from Talks"


@pytest.mark.parametrize(
    ("question", "verb"),
    [
        (ASKED, "exclud"),
        ("Which British pop star was recently diagnosed with scurvy?", "diagnos"),
        ("Who has been named the new editor?", "nam"),
        ("Who excluded Kyiv from the talks?", None),
        ("Which company has launched six tourists to space?", None),
        ("Who is the mayor of Tolvane?", None),
        ("When was Kyiv excluded?", None),
    ],
)
def test_a_passive_question_asks_for_its_patient(question: str, verb: str | None) -> None:
    """Whoever something was done to is asked for where the question says "was" and a participle, and nowhere else."""
    found = asked_of(question)
    assert (found and found.stem) == verb


@pytest.mark.parametrize(
    ("verb", "text", "told"),
    [
        ("exclud", CONDEMNED, ["Kyiv"]),
        ("exclud", HEADLINE, ["Kyiv"]),
        ("exclud", "The US and Russia excluded Kyiv and Brussels from the talks.", ["Kyiv", "Brussels"]),
        ("elect", "Pal Renner, a former clerk, was elected mayor.", ["Pal Renner"]),
        ("elect", "The election of Pal Renner surprised many.", ["Pal Renner"]),
        ("recall", "The recalled Baloian Farms cucumbers were sold in 18 states.", []),
        ("divert", "A flight from Honolulu was diverted on Friday.", []),
        ("develop", "Nintendo is developing a film.", []),
        ("exclud", "Zelensky, who was excluded, said so.", []),
        ("arrest", "A man suspected of killing Charlie Kirk has been arrested in Utah.", []),
        ("reject", "The court rejected Trump's appeal.", []),
        ("sentenc", "A judge sentenced Hadi Matar, the man who stabbed Salman Rushdie.", []),
        ("exclud", "Zelensky said Kyiv and Brussels were excluded.", ["Kyiv", "Brussels"]),
    ],
)
def test_whom_a_line_says_it_was_done_to(verb: str, text: str, told: list[str]) -> None:
    """Passive, active, noun and headline tell it; where the order of words does not, nobody is named."""
    assert [name.text for name in patients(verb, text).names] == told


def test_another_one_is_read_off_than_the_patient() -> None:
    """Who condemned the exclusion was not excluded; whom the line does not speak of stays as read."""
    assert of_patient(ASKED, CONDEMNED, "Ukrainian President Volodymyr Zelensky") == "Kyiv"
    assert of_patient(ASKED, CONDEMNED, "Ukraine") == "Ukraine"
    assert of_patient(ASKED, "Brussels was not at the table.", "Brussels") == "Brussels"
    assert of_patient(ASKED, "Zelensky said Kyiv and Brussels were excluded.", "Zelensky") == "Kyiv and Brussels"
    expected = "What is expected at the summit?", "Keir Starmer is expected to announce a fund.", "a fund"
    assert of_patient(*expected) == "a fund"
    assert of_patient("Who was invited?", "Kyiv was not invited, Zelensky said.", "Zelensky") == "Zelensky"
    assert of_patient("Who was not invited?", "Kyiv was not invited, Zelensky said.", "Zelensky") == "Kyiv"
    assert of_patient("Who condemned it?", CONDEMNED, "Zelensky") == "Zelensky"
    assert of_patient("Which star was sued?", "Madonna, Live Nation sued by fans", "Madonna") == "Madonna"


@pytest.mark.parametrize(
    ("question", "text", "short", "upon"),
    [
        ("Who resigned?", "Prime Minister Oskar Thane accepted the resignation.", "Prime Minister Oskar Thane", True),
        (ASKED, CONDEMNED, "Volodymyr Zelensky", True),
        ("Who resigned?", "Ilse Korvan announced her resignation.", "Ilse Korvan", False),
        ("Who attacked the village?", "Hask led the attack.", "Hask", False),
        ("Who was elected mayor?", "Pal Renner won the election.", "Pal Renner", False),
        ("Who was nominated?", "Smith accepted the nomination.", "Smith", False),
        ("Who was nominated?", "Smith accepted the nomination.", "", False),
        ("Who condemned the exclusion?", CONDEMNED, "Volodymyr Zelensky", False),
    ],
)
def test_who_acts_upon_a_deed_did_not_do_it(question: str, text: str, short: str, upon: bool) -> None:
    """Whoever accepts a resignation did not resign; whoever announces their own did."""
    assert acts_upon(question, text, short) is upon


@pytest.mark.parametrize(
    ("question", "presumes"),
    [
        ("Why was Marco Rubio excluded from the talks?", True),
        ("Why was Kyiv excluded from the talks?", False),
        ("When was Ukraine excluded?", False),
        ("Why was Marco Rubio praised?", False),
        ("Who was excluded from the talks?", False),
    ],
)
def test_what_is_told_of_another_is_presumed(question: str, presumes: bool) -> None:
    """A question why somebody was excluded presumes that; where lines say it of another alone it is in doubt."""
    assert presumes_other(question, [CONDEMNED, HEADLINE]) is presumes


def test_the_opposite_of_what_is_asked_is_no_answer() -> None:
    """Whoever was excluded is not who was not."""
    assert of_the_other("Who was not excluded from the talks?", HEADLINE, "Kyiv")
    assert not of_the_other(ASKED, HEADLINE, "Kyiv")
    assert of_the_other("Who was invited?", "Kyiv was not invited.", "Kyiv")


@pytest.mark.parametrize(
    ("sentence", "faulty"),
    [
        ("Marco Rubio was excluded from the talks.", True),
        ("Kyiv was excluded from the talks.", False),
        ("Ukraine was excluded from the talks.", False),
        ("Marco Rubio was praised in the talks.", False),
        ("Marco Rubio is United States secretary of state.", False),
    ],
)
def test_a_deed_stays_with_whom_it_was_done_to(sentence: str, faulty: bool) -> None:
    """A sentence that says it of another than its lines do has a fault, however many lines have its words."""
    lines = (CONDEMNED, HEADLINE, "The talks between Marco Rubio and Sergei Lavrov were held in Riyadh.")
    found = Patient()(Claim(sentence=sentence, lines=lines))
    assert [finding.verdict for finding in found] == ([Support.UNSUPPORTED] if faulty else [])


@pytest.mark.parametrize(
    ("sentence", "line"),
    [
        ("Nihon Hidankyo was awarded the Peace Prize.", "The Peace Prize was awarded to Nihon Hidankyo."),
        (
            "Smith was jailed for two years.",
            "Smith was found guilty and was jailed, while Jones was jailed for three.",
        ),
        ("Zelensky was excluded.", "Zelensky said he had been excluded, as the US excluded Brussels."),
        ("Wayne Orr is accused of theft.", "Wayne Orr was in court; he is accused of robbing Sarah Everard."),
        ("Hungary is opposed to Ukraine's membership.", "Hungary has long opposed Ukraine's membership."),
        (
            "The man who stabbed Salman Rushdie was sentenced.",
            "A judge sentenced Hadi Matar, the man who stabbed him.",
        ),
        (
            "Keir Starmer was elected in July.",
            "Keir Starmer (62) was elected in July, before Americans elected Trump.",
        ),
    ],
)
def test_where_the_order_may_mislead_nothing_is_found(sentence: str, line: str) -> None:
    """Two objects, a pronoun, a possessive, a clause in between: a true sentence is not withheld for them."""
    assert Patient()(Claim(sentence=sentence, lines=(line,))) == []


@given(st.text(max_size=120), st.text(max_size=120))
def test_any_text_is_read(question: str, text: str) -> None:
    """No text is an error, and what is read off stands in the text or was read before."""
    short = of_patient(question, text, "Kyiv")
    assert short
    assert short == "Kyiv" or short in text
