"""What a model's short answer is worth where no sentence of it stood."""

import pytest

from rag.answer import Answer, Outcome
from rag.ask import Asker
from rag.chat import ScriptedModel
from tests.answers import NOW, Newsroom, says, seed

WHERE = "Where did the talks take place?"  # by quoting .47 sure: enough here, and not with a doubt
ROOM = seed()


def _offered(short: str, question: str = WHERE) -> Answer:
    """The answer where a model gives a short answer, and a sentence that no line bears out."""
    model = ScriptedModel([says(short, ("Somebody sadly says so, unfortunately.", [1]))])
    return Asker(ROOM, model, ROOM.embedder, ROOM.lines_of, enough=0.35, quote_first=True).ask(question, as_of=NOW)


def _quoted() -> Answer:
    return Asker(ROOM, None, ROOM.embedder, ROOM.lines_of, enough=0.35).ask(WHERE, as_of=NOW)


def test_the_line_that_holds_the_short_answer_is_quoted_first() -> None:
    """Although it is not among the three that would be quoted without it; of those it takes the last one's place."""
    answer, without = _offered("Turkey"), _quoted()
    assert not any("Turkey" in sentence.text for sentence in without.sentences)
    assert "efforts continue in Europe and Turkey" in answer.sentences[0].text
    assert [s.text for s in answer.sentences[1:]] == [s.text for s in without.sentences][: len(answer.sentences) - 1]
    assert len(answer.sentences) <= len(without.sentences) == 3
    assert answer.short == "Turkey"
    assert answer.confidence == without.confidence


def test_a_short_answer_that_is_quoted_anyway_changes_no_more_than_the_order() -> None:
    """The same lines, the one that holds it first."""
    answer, without = _offered("Europe"), _quoted()
    assert "Europe" not in without.sentences[0].text
    assert "Europe" in answer.sentences[0].text
    told, quoted = [s.text for s in answer.sentences], [s.text for s in without.sentences]
    assert told[1:] == [text for text in quoted if text != told[0]]  # nothing lost, the others in their order
    assert told[0] in quoted
    assert (answer.short, without.short) == ("Europe", None)


def test_a_short_answer_of_the_surest_line_shortens_what_is_quoted_to_that_line() -> None:
    """The model and the lines agree: nothing else needs to be quoted."""
    answer, without = _offered("Riyadh"), _quoted()
    assert [s.text for s in answer.sentences] == [without.sentences[0].text]
    assert (answer.short, without.short) == ("Riyadh", None)


@pytest.mark.parametrize("short", ["Norway", "the old harbour of Oslo"])
def test_a_short_answer_that_no_likely_line_holds_speaks_against_the_lines(short: str) -> None:
    """The model reads something else in them; what was sure enough by a little is so no more."""
    assert _quoted().outcome is Outcome.ANSWERED
    assert _offered(short).outcome is Outcome.INSUFFICIENT


@pytest.mark.parametrize(
    "told",
    [
        "Thane or Tull will be named minister of Orle on Monday.",
        "Tull is expected to become minister of Orle next year.",
        "The minister of Orle, Tull, resigned on Monday.",
    ],
)
def test_a_line_of_another_time_or_of_one_of_two_holds_no_short_answer(told: str) -> None:
    """Asked who is minister, it is not quoted for the name that the model gave."""
    room = Newsroom({"a": f"Ministers of Orle\nThe minister of Orle opened a bridge.\n{told}"})
    model = ScriptedModel([says("Tull", ("Somebody sadly says so, unfortunately.", [1]))])
    asker = Asker(room, model, room.embedder, room.lines_of, enough=0.01, quote_first=True)
    assert asker.ask("Who is the minister of Orle?", as_of=NOW).short != "Tull"


@pytest.mark.parametrize("short", ["", "No.", "yes", "<b>Oslo</b>"])
def test_a_short_answer_that_cannot_be_looked_for_says_nothing(short: str) -> None:
    """Neither for the lines nor against them."""
    answer = _offered(short)
    assert (answer.outcome, answer.short) == (Outcome.ANSWERED, None)
    assert answer.confidence == _quoted().confidence
