"""Sentences that circle, and words that lose their quotation marks."""

from datetime import UTC, datetime

import pytest

from index.article import NewsDate
from rag.answer import Support
from rag.checks.circle import Circle
from rag.checks.claim import Claim
from rag.checks.quotation import Quotation
from rag.lines import candidates
from rag.verify import Verifier
from rag.worked_out import with_dates
from tests.answers import NOW, Newsroom


def _claim(sentence: str, line: str, question: str = "") -> Claim:
    return Claim(sentence=sentence, lines=(line,), question=question)


LEARNERS = 'Orle saw a 200% spike in users learning Velian "out of spite" on Monday.'


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Orle saw a 200% spike in users learning Velian out of spite.", True),
        ('Orle saw a 200% spike in users learning Velian "out of spite".', False),
        ("Orle saw a 200% spike in users learning Velian “out of spite”.", False),
        ("The ministry said users learned Velian out of spite.", False),
        ("Orle saw a 200% spike in users learning Velian.", False),
        ("Orle saw users despite the rain.", False),
    ],
)
def test_a_few_marked_words_keep_their_marks_or_their_speaker(sentence: str, fault: bool) -> None:
    """What an article leaves to somebody else is not told as a fact."""
    assert bool(Quotation()(_claim(sentence, LEARNERS))) is fault


def test_words_that_a_line_also_says_without_marks_or_that_are_asked_for_need_none() -> None:
    """Nor do the names of works, which begin with a capital."""
    plain = 'The port is "clean": inspectors found it clean.'
    assert not Quotation()(_claim("The port is clean.", plain))
    marked = 'The port is "clean" again.'
    assert Quotation()(_claim("The port is clean.", marked))
    assert not Quotation()(_claim("The port is clean.", marked, "Is the port clean?"))
    assert not Quotation()(_claim("Rain Again won the prize.", 'The film "Rain Again" won the prize.'))


@pytest.mark.parametrize(
    ("sentence", "fault"),
    [
        ("Mayor Sorley left the race after Sorley left the race in July following a poor debate.", True),
        ("Mayor Sorley left the race after a poor debate in July.", False),
        ("The dam was closed because the dam had cracked.", False),
        ("When Sorley left the race, Adair joined the race.", False),
        ("He left because he left.", False),
    ],
)
def test_nothing_is_told_by_itself(sentence: str, fault: bool) -> None:
    """A half that says the other again is no reason and no time; two halves may share a name."""
    assert bool(Circle()(_claim(sentence, "Any line."))) is fault


def test_a_circle_is_not_shown_although_every_word_stands_in_the_line() -> None:
    """It decides by itself: no weighing of the other checks outweighs it."""
    room = Newsroom({"a": "Race\nAdair won after Mayor Sorley left the race in July following a poor debate."})
    question = "Sorley left the race after what happened?"
    pool = candidates(room.retrieve(question, as_of=NOW, limit=5), room.lines_of)
    circle = "Mayor Sorley left the race after Mayor Sorley left the race in July following a poor debate."
    assert Verifier(room.embedder).best(circle, question, pool, pool).support is Support.UNSUPPORTED


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("Two gates were opened at 10.20 on Tuesday evening.", False),
        ("Two gates were opened on Tuesday.", True),
        ("The council meets on Tuesday evening.", True),
    ],
)
def test_an_evening_that_was_over_is_not_that_of_the_day_of_publication(text: str, told: bool) -> None:
    """Of a Tuesday, "on Tuesday evening" is today's or last week's where it is told as past."""
    room = Newsroom({"a": f"Gates\n{text}"}, {"a": "2025-02-18"})
    line = candidates(room.retrieve("gates Tuesday council", as_of=NOW, limit=5), room.lines_of)[-1]
    assert line.article.published_at == NewsDate.day(datetime(2025, 2, 18, tzinfo=UTC).date())
    assert ("[18 February 2025]" in with_dates(line.text, [line])) is told
