"""The dates that sentences leave out."""

import pytest

from rag.lines import candidates
from rag.worked_out import day_of, with_dates
from tests.answers import NOW, Newsroom


@pytest.mark.parametrize(
    ("told", "shown"),
    [
        ("The talks were on Tuesday.", "The talks were on Tuesday [18 February 2025]."),
        ("They will be top by the end of the month.", "They will be top by the end of the month [28 February 2025]."),
        ("Three weeks ago they promised it.", "Three weeks ago they promised it."),
        ("The vote was on Sunday 16 February.", "The vote was on Sunday 16 February."),
        ("It ended last month.", "It ended last month [January 2025]."),
        ("Markets buckled up for a session on Wednesday.", "Markets buckled up for a session on Wednesday."),
        ("It was due to start on Monday but did not.", "It was due to start on Monday but did not."),
        ("Later they named Jeff Saturday, a legend.", "Later they named Jeff Saturday, a legend."),
        ("Later Ted Cruz Monday said so.", "Later Ted Cruz Monday [17 February 2025] said so."),
    ],
)
def test_a_date_is_worked_out_where_the_words_name_one(told: str, shown: str) -> None:
    """A weekday gets its day and a deadline its last day; round weeks name no day, and a date needs none."""
    room = Newsroom({"a": f"News\n{told}"}, {"a": "2025-02-18"})
    lines = [line for line in candidates(room.retrieve(told, as_of=NOW, limit=5), room.lines_of) if line.line == 2]
    assert with_dates(told, lines) == shown


@pytest.mark.parametrize(
    ("short", "told", "day"),
    [
        ("Friday", "She resigned on Friday [16 October 2026], two days later.", "16 October 2026"),
        ("on Friday", "She resigned on Friday [16 October 2026].", "16 October 2026"),
        ("until Friday", "It is open until Friday [16 October 2026].", "until Friday"),
        ("9pm on Friday", "It starts at 9pm on Friday [16 October 2026].", "9pm on Friday"),
        ("Friday", "It was on Friday [the day of the vote].", "Friday"),
        ("Friday", "She resigned on Friday's [16 October 2026] vote.", "16 October 2026"),
        ("day", "She resigned on Friday [16 October 2026].", "day"),
        ("16 October", "She resigned on 16 October.", "16 October"),
        ("Friday", "Friday is the day.", "Friday"),
        ("", "She resigned on Friday [16 October 2026].", ""),
    ],
)
def test_a_short_answer_is_the_day_behind_a_weekday(short: str, told: str, day: str) -> None:
    """As the sentence that holds it tells the date; whatever has none beside it stays."""
    assert day_of(short, [told]) == day
