"""Follow-up questions."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rag.answer import Answer, Outcome, Sentence, Support
from rag.ask import Asker
from rag.conversation import Turn, condense, next_marker
from tests.answers import NOW, Newsroom, seed


def _turn(question: str, said: str = "", short: str | None = None) -> Turn:
    sentences = (Sentence(said, (), Support.SUPPORTED),) if said else ()
    return Turn(
        question,
        Answer(
            question=question, as_of=NOW, outcome=Outcome.ANSWERED, reason=None, confidence=0.9, sentences=sentences,
            citations=(), withheld=0, reading=(), model="", newest_evidence=None, short=short,
        ),
    )  # fmt: skip


TALKS = _turn("Who was excluded from the Riyadh talks?", "Kyiv was excluded from the talks.[1]", "Kyiv")
KORVAN = _turn("Who resigned as interior minister?", "Ilse Korvan resigned on Friday.[3]", "Ilse Korvan")
RATE = _turn("How high was unemployment in Corrin?", "In Corrin it was 6.9 percent.")


@pytest.mark.parametrize(
    ("before", "question", "alone"),
    [
        (TALKS, "How long did they last?", "How long did the Riyadh talks last?"),
        (TALKS, "Why?", "Why: Kyiv was excluded from the talks?"),
        (TALKS, "What did Zelensky say about it?", "What did Zelensky say about the Riyadh talks?"),
        (KORVAN, "Why did she resign?", "Why did Ilse Korvan resign?"),
        (KORVAN, "Who is her deputy?", "Who is Ilse Korvan's deputy?"),
        (RATE, "And in Saltmarsh?", "How high was unemployment in Saltmarsh?"),
        (RATE, "And in August?", "How high was unemployment in Corrin in August?"),
        (RATE, "What about Sellmark?", "How high was unemployment in Sellmark?"),
        (TALKS, "Who won the 2024 US presidential election?", "Who won the 2024 US presidential election?"),
    ],
)
def test_a_follow_up_is_rewritten_to_stand_alone(before: Turn, question: str, alone: str) -> None:
    """Pronouns, ellipsis, a bare question word; what stands alone stays."""
    assert condense(question, [before]) == alone


def test_without_a_conversation_nothing_changes() -> None:
    """The first question is taken as it is."""
    assert condense("Why did she resign?", []) == "Why did she resign?"


def test_markers_go_on_where_the_conversation_stopped() -> None:
    """A number never points at something else later, also where the answers came back as text."""
    assert next_marker([]) == 1
    assert next_marker([TALKS, KORVAN]) == 4


def test_a_follow_up_is_answered_and_cites_with_new_numbers_or_the_same_for_the_same_line() -> None:
    """Asked after the talks, "how long did they last?" is answered; the same question again keeps its numbers."""
    room = seed()
    asker = Asker(room, None, room.embedder, room.lines_of, enough=0.3)
    first = asker.ask("Who was excluded from the Riyadh talks?", as_of=NOW)
    turn = Turn(first.question, first)
    after = asker.ask("How long did they last?", as_of=NOW, history=[turn])
    assert after.question == "How long did they last?"
    assert after.understood == "How long did the Riyadh talks last?"
    assert "over four hours" in after.answer
    lines = {(c.article_id, c.quote.start): c.marker for c in first.citations}
    for cited in after.citations:
        known = lines.get((cited.article_id, cited.quote.start))
        assert cited.marker == known if known else cited.marker > len(first.citations)
    again = asker.ask("Who was excluded from the Riyadh talks?", as_of=NOW, history=[turn])
    assert [c.marker for c in again.citations] == [c.marker for c in first.citations]


@given(st.text(max_size=200), st.text(max_size=200), st.text(max_size=200))
def test_any_conversation_can_be_condensed(question: str, before: str, said: str) -> None:
    """Whatever was said, there is a question again."""
    assert isinstance(condense(question, [_turn(before, said)]), str)


def test_an_empty_newsroom_takes_a_history() -> None:
    """Nothing found is nothing answered, with a history too."""
    room = Newsroom({})
    answer = Asker(room, None, room.embedder, room.lines_of).ask("And why?", as_of=NOW, history=[TALKS])
    assert answer.outcome is Outcome.INSUFFICIENT
