"""The short answer that lines give by themselves: what most of the good ones agree on."""

import itertools
import math
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer, Outcome
from rag.ask import Asker
from rag.chat import ScriptedModel
from rag.lines import EvidenceLine, Read
from rag.short import agree, votes
from tests.answers import NOW, article, says, seed

ROOM = seed()
PAPERS = itertools.count()
NEWS = article("news", "News\n\nTarn beat Orle on Sunday.")


def line(read: Read | None) -> EvidenceLine:
    """A line of which a selector has made this, and that scores by that alone; no two have one text."""
    text = f"Tarn beat Orle on Sunday, says paper {next(PAPERS)}."
    return EvidenceLine(
        label=0,
        article=NEWS,
        revision="r",
        line=3,
        start=6,
        end=31,
        text=text,
        hit_rank=1,
        read=read,
        score=0.0 if read is None else read.answers,
    )


def test_what_several_good_lines_answer_has_most_votes() -> None:
    """Two lines outvote a third that is as good; an article before a name and its case do not count."""
    lines = [line(Read(2.0, short, 0.5)) for short in ("Orle", "the tarn", "Tarn")]
    first, second = votes("Who won?", lines)
    assert first.share == pytest.approx(1 / 3)
    assert first.short in {"the tarn", "Tarn"}
    assert second.short == "Orle"
    assert second.share == pytest.approx(1 / 6)


def test_a_poor_line_hardly_votes() -> None:
    """One that answers is worth more than three that do not."""
    lines = [line(Read(-3.0, "Orle", 1.0))] * 3 + [line(Read(3.0, "Tarn", 0.6))]
    assert votes("Who won?", lines)[0].short == "Tarn"


def test_what_the_question_says_is_no_answer_to_it() -> None:
    """Nor is nothing, nor what a line that nobody read says."""
    lines = [line(Read(3.0, "Tarn", 1.0)), line(Read(3.0, "", 1.0)), line(None)]
    assert votes("Whom did Tarn beat?", lines) == []
    assert votes("Who won?", []) == []


@given(st.lists(st.builds(Read, st.floats(-20, 20), st.text(max_size=12), st.floats(0, 1))))
def test_shares_are_those_of_one_vote_a_line(read: list[Read]) -> None:
    """They come in order, and together are no more than all there is."""
    found = votes("Who won?", [line(one) for one in read])
    shares = [one.share for one in found]
    assert shares == sorted(shares, reverse=True)
    assert math.fsum(shares) <= 1 + 1e-9


class Reads:
    """A selector that reads these words off every line that has them, or off every line: the seam, not a model."""

    def __init__(self, short: str, sure: float = 1.0, answers: float = 1.0, *, everywhere: bool = False) -> None:
        self.short, self.found, self.everywhere = short, Read(answers, short, sure), everywhere

    def read(self, question: str, lines: Sequence[tuple[str, str]]) -> list[Read]:
        """Those words, or none."""
        del question
        return [self.found if self.everywhere or self.short in text else Read(0.0, "", 0.0) for _, text in lines]


def ask(question: str, selector: Reads) -> Answer:
    """The answer by quoting alone."""
    return Asker(ROOM, None, ROOM.embedder, ROOM.lines_of, enough=0.3, selector=selector).ask(question, as_of=NOW)


def test_without_a_model_the_lines_give_the_short_answer() -> None:
    """It stands in what is quoted, which begins with the line that has it."""
    answer = ask("Where did the talks take place?", Reads("Riyadh"))
    assert answer.short == "Riyadh"
    assert "Riyadh" in answer.sentences[0].text


@pytest.mark.parametrize(
    ("question", "selector"),
    [
        ("Did the talks take place in Riyadh?", Reads("Riyadh")),
        ("Where did the talks take place?", Reads("Riyadh", sure=0.01)),
        ("Where did the talks take place?", Reads("Norway")),
        ("How long did the talks last?", Reads("Riyadh")),
    ],
    ids=["yes or no", "too few votes", "in no line", "not of the kind"],
)
def test_no_short_answer_is_told_that_is_none(question: str, selector: Reads) -> None:
    """The lines are quoted all the same."""
    answer = ask(question, selector)
    assert answer.outcome is Outcome.ANSWERED
    assert answer.short is None


def test_a_model_that_offers_nothing_that_stands_leaves_it_to_the_lines() -> None:
    """Its own short answer stands in none of the lines that are quoted; the lines' does."""
    model = ScriptedModel([says("Norway", ("Somebody sadly says so, unfortunately.", [1]))])
    asker = Asker(ROOM, model, ROOM.embedder, ROOM.lines_of, enough=0.2, quote_first=True, selector=Reads("Riyadh"))
    assert asker.ask("Where did the talks take place?", as_of=NOW).short == "Riyadh"


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ("Cosby", "Bill Cosby", True),
        ("the talks in Riyadh", "Riyadh", True),
        ("four hours", "4 hours", True),
        ("Riyadh", "Norway", False),
        ("guilty", "not guilty", False),
        ("Niger", "Nigeria", False),
        ("2 million", "3 million", False),
        ("four hours", "five hours", False),
        ("", "Riyadh", False),
        ("", "", False),
    ],
)
def test_answers_agree_where_one_is_a_part_of_the_other(one: str, other: str, same: bool) -> None:
    """Whichever is which; nothing agrees with nothing."""
    assert agree(one, other) is same
    assert agree(other, one) is same


def _told(short: str, selector: Reads | None, *, quote_first: bool = True) -> Answer:
    model = ScriptedModel([says(short, ("Somebody sadly says so, unfortunately.", [1]))])
    asker = Asker(ROOM, model, ROOM.embedder, ROOM.lines_of, enough=0.05, quote_first=quote_first, selector=selector)
    return asker.ask("Where did the talks take place?", as_of=NOW)


def test_a_small_model_is_believed_less_where_the_lines_give_another_answer() -> None:
    """And more where they give the same; a line that says neither changes nothing."""
    # So that only what the words are counts, not how well a line answers.
    with_it = _told("Riyadh", Reads("Riyadh", answers=0.0))
    against_it = _told("Turkey", Reads("Riyadh", answers=0.0, everywhere=True))
    assert with_it.confidence > _told("Riyadh", Reads("Norway")).confidence
    assert against_it.confidence < _told("Turkey", Reads("Norway")).confidence


def test_a_model_that_answers_by_itself_is_not_held_against_what_is_read_off() -> None:
    """One that is larger than what reads lines knows better."""
    same, other = (_told("Riyadh", Reads(short), quote_first=False) for short in ("Riyadh", "Ukraine"))
    assert same.confidence == pytest.approx(other.confidence)


def test_lines_that_are_sure_overrule_a_small_model() -> None:
    """Its sentence, which stands in a line, gives way to the line with the answer that the lines agree on."""
    line = "In addition to the talks between the US and Russia, diplomatic efforts continue in Europe and Turkey."
    model = ScriptedModel([says("Turkey", (line, [1]))])
    asker = Asker(
        ROOM,
        model,
        ROOM.embedder,
        ROOM.lines_of,
        enough=0.05,
        quote_first=True,
        selector=Reads("Riyadh", answers=9.0),
    )
    answer = asker.ask("Where did the talks take place?", as_of=NOW, explain=True)
    assert answer.short == "Riyadh"
    assert "Riyadh" in answer.sentences[0].text
    assert answer.withheld == 1
    assert answer.trace is not None
    assert answer.trace["sentences"][0]["how"] == "another answer than the lines give"


def test_copies_of_a_line_have_one_vote() -> None:
    """What five outlets print alike is no surer for it."""
    one, other = line(Read(1.0, "Tarn", 1.0)), line(Read(1.0, "Orle", 1.0))
    other = replace(other, text="Others say that Orle did.")
    assert votes("Who won?", [one, other]) == votes("Who won?", [one, one, one, other])


def test_who_condemns_an_exclusion_is_put_right_into_who_was_excluded() -> None:
    """The vote of such a line is for the one it names as excluded, and not lost; asked who was not, it has none."""
    text = "Ukrainian President Volodymyr Zelensky condemned the exclusion of Kyiv from the talks."
    read = [replace(line(Read(3.0, "Ukrainian President Volodymyr Zelensky", 0.8)), text=text)]
    assert [vote.short for vote in votes("Who was excluded from the Riyadh talks?", read)] == ["Kyiv"]
    assert votes("Who was not excluded from the Riyadh talks?", read) == []
