"""The time of a question, and relative dates of articles."""

from __future__ import annotations

import datetime as dt
import json
import re
import subprocess
import sys
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.article import NewsDate
from rag.dates.find import DateSpan, Impossible, find_dates
from rag.when import TimeKind, read_time, resolve_relative

AS_OF = dt.datetime(2025, 2, 19, 10, tzinfo=dt.UTC)  # a Wednesday
CASES = [json.loads(line) for line in Path(__file__).with_name("when_cases.jsonl").read_text("utf-8").splitlines()]


def moment(text: str | None) -> dt.datetime | None:
    return NewsDate.parse(text).moment if text else None


def read(case: dict[str, Any]) -> Any:
    return read_time(
        case["question"],
        moment(case.get("as_of")) or AS_OF,
        languages=case.get("languages", ("en",)),
        day_first=case.get("day_first", False),
    )


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["question"][:60] or "empty")
def test_table(case: dict[str, Any]) -> None:
    """Each question of the table is read as the table says."""
    reading = read(case)
    assert (reading.kind, reading.since, reading.until, reading.anchor) == (
        case["kind"],
        moment(case.get("since")),
        moment(case.get("until")),
        case.get("anchor"),
    ), reading.explained
    assert (reading.note is not None) == case.get("note", False), reading.note


def test_the_table_is_large_and_its_questions_differ() -> None:
    """The table holds at least 170 different cases."""
    assert len({json.dumps(case, sort_keys=True) for case in CASES}) == len(CASES) >= 170


def same(question: str, as_of: dt.datetime) -> bool:
    return read_time(question, as_of) == read_time(question, as_of)


WORDS = st.sampled_from(
    re.findall(
        r"\S+",
        """since before after by until from to between and in on the last next this past two 48 days hours weeks ago
        Tuesday weekend March May 31 February 2024 18 1999 2025-02-30 Q2 spring early end of latest now first today
        yesterday 9999 years decade century said election 10 - – ? , . 00 0 ٣ ²""",
    )
)
MOMENTS = st.datetimes(timezones=st.just(dt.UTC))


@given(text=st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=14).map(" ".join)), as_of=MOMENTS)
@settings(max_examples=400, deadline=None)
def test_any_text_at_any_moment(text: str, as_of: dt.datetime) -> None:
    """Any text at any moment gives an ordered reading whose phrase lies in the question, and the same one again."""
    reading = read_time(text, as_of)
    if reading.since and reading.until:
        assert reading.since <= reading.until
    if reading.phrase:
        start, end = reading.phrase
        assert 0 <= start < end <= len(text)
    assert all(one is None or one.tzinfo is not None for one in (reading.since, reading.until))
    assert (reading.kind is TimeKind.NONE) or reading.note is None
    assert same(text, as_of)


@given(weeks=st.integers(-500, 500))
@settings(max_examples=60, deadline=None)
def test_relative_readings_move_with_as_of(weeks: int) -> None:
    """Shifting the moment of asking by whole weeks shifts what is counted from it by as much."""
    shift = dt.timedelta(weeks=weeks)
    for question in (
        "What happened yesterday?",
        "Who resigned last week?",
        "What happened on Tuesday?",
        "What has happened in the past 48 hours?",
        "Who will speak next Monday?",
        "What happened two days ago?",
        "Who won over the weekend?",
    ):
        here, there = read_time(question, AS_OF), read_time(question, AS_OF + shift)
        assert here.since is not None
        assert here.until is not None
        assert (there.since, there.until) == (here.since + shift, here.until + shift)


@given(as_of=st.integers(-100, 100).map(lambda years: AS_OF.replace(year=2025 + years)))
@settings(max_examples=60, deadline=None)
def test_explicit_readings_stay_where_they_are(as_of: dt.datetime) -> None:
    """A full date is the same whenever it is asked about."""
    reading = read_time("What happened on 18 February 2025?", as_of)
    assert reading.since == dt.datetime(2025, 2, 18, tzinfo=dt.UTC)
    assert reading.until == dt.datetime(2025, 2, 19, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    "case", [case for case in CASES if case.get("since") and not case.get("anchor")][::3], ids=str
)
def test_the_phrase_holds_the_date(case: dict[str, Any]) -> None:
    """What was read lies within the phrase that is pointed at."""
    reading = read(case)
    start, end = reading.phrase
    again = find_dates(case["question"], moment(case.get("as_of")) or AS_OF)
    assert case.get("languages") or any(one.start < end and start < one.end for one in again)


def test_a_question_of_ten_thousand_words_is_read_up_to_its_bound() -> None:
    """Ten thousand words are read up to a bound and change nothing before it."""
    assert read_time("What happened last week? " + "word " * 10_000, AS_OF).kind is TimeKind.AT
    assert read_time("word " * 10_000 + "last week", AS_OF).kind is TimeKind.NONE


def test_a_moment_without_a_zone_is_refused() -> None:
    """A naive `as_of` is an error that says what to do."""
    with pytest.raises(ValueError, match="convert it to UTC"):
        read_time("x", AS_OF.replace(tzinfo=None))


def test_as_of_in_another_zone_counts_in_utc() -> None:
    """Half past midnight in Kyiv is still the day before in UTC."""
    kyiv = dt.timezone(dt.timedelta(hours=2))
    reading = read_time("What happened yesterday?", dt.datetime(2025, 2, 19, 0, 30, tzinfo=kyiv))
    assert reading.since == dt.datetime(2025, 2, 17, tzinfo=dt.UTC)


def test_a_question_without_time_never_imports_the_date_parser() -> None:
    """The slow import is paid only by questions that hold a date."""
    code = (
        "import sys, datetime as dt; from rag.when import read_time; "
        "now = dt.datetime(2025, 2, 19, tzinfo=dt.UTC); "
        "[read_time(q, now) for q in ('Who excluded Ukraine from the talks?', 'Who is prime minister now?', "
        "'What happened last week?')]; "
        "assert 'dateparser' not in sys.modules; read_time('What happened on 18 February 2025?', now); "
        "assert 'dateparser' in sys.modules"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60, cwd=Path(__file__).parents[1])


@given(st.text(alphabet="0123456789 -/.–toMarchFebinsc,", max_size=120))
@settings(max_examples=300, deadline=None)
def test_dates_found_never_overlap(text: str) -> None:
    """Dates found in any text are in order, do not overlap and are not empty."""
    found = find_dates(text, AS_OF)
    for one in found:
        assert 0 <= one.start < one.end <= len(text)
        assert isinstance(one, Impossible) or one.since <= one.until
    assert all(a.end <= b.start for a, b in pairwise(found))


WEDNESDAY = NewsDate.parse("2025-02-19")
LINES = [
    ("Rubio met Lavrov in Riyadh on Tuesday.", [("Tuesday", "18 February 2025")]),
    ("The two will meet on Monday, officials said.", [("Monday", "24 February 2025")]),
    (
        "The talks, which are due to resume next Monday, lasted over four hours.",
        [("next Monday", "24 February 2025")],
    ),
    ("He was sentenced last month.", [("last month", "January 2025")]),
    ("She won the seat last year and lost it yesterday.", [("last year", "2024"), ("yesterday", "18 February 2025")]),
    ("Two days earlier he had resigned; the next day he left.", []),
    ("Shots were fired that Tuesday, and every Monday since.", []),
    ("The ship sank on 3 March 2014.", []),
    ("The vote took place on February 3.", [("February 3", "3 February 2025")]),
    ("He was arrested in December.", [("December", "December 2024")]),
    ("The court ruled last week.", [("last week", "10–16 February 2025")]),
    ("Three people died over the weekend.", [("the weekend", "15–16 February 2025")]),
    ("He will step down, he said on Tuesday.", [("Tuesday", "18 February 2025")]),
    ("A few days ago nobody knew; over the past 48 hours everyone does.", []),
    ("It began two weeks ago.", [("two weeks ago", "3–9 February 2025")]),
    ("He left on Wednesday.", [("Wednesday", "19 February 2025")]),
    ("Black Friday sales fell, the Sunday Times reported.", []),
    ("Fighting began 12 hours ago.", []),
    ("", []),
]


@pytest.mark.parametrize(("line", "expected"), LINES, ids=[line[:40] for line, _ in LINES])
def test_relative_dates_of_a_line(line: str, expected: list[tuple[str, str]]) -> None:
    """A line's relative dates are worked out from its publication, or left alone where that does not tell."""
    found = resolve_relative(line, WEDNESDAY)
    assert [(one.phrase, one.date) for one in found] == expected
    assert all(line[one.start : one.end] == one.phrase for one in found)


def test_a_weekday_that_may_already_be_today_elsewhere_is_left_alone() -> None:
    """Published at 20:00 UTC on Tuesday, "on Wednesday" may be today in Sydney or six days ago in London."""
    late = NewsDate.parse("2025-02-18T20:00:00Z")
    assert resolve_relative("He left on Wednesday.", late) == []
    assert [one.date for one in resolve_relative("He left on Tuesday.", late)] == ["18 February 2025"]


@given(text=st.one_of(st.text(max_size=200), st.lists(WORDS, max_size=14).map(" ".join)), moment=MOMENTS)
@settings(max_examples=200, deadline=None)
def test_any_line_can_be_resolved(text: str, moment: dt.datetime) -> None:
    """Any line at any moment of publication gives dates in order, inside the line."""
    for one in resolve_relative(text, NewsDate(moment)):
        assert text[one.start : one.end] == one.phrase
        assert one.first <= one.last
        assert one.date


def test_spans_know_their_source() -> None:
    """A found date says whether it is counted from the day of speaking and whether its year was given."""
    spans = [one for one in find_dates("on Tuesday and 3 March and 4 May 2024", AS_OF) if isinstance(one, DateSpan)]
    assert [(one.relative, one.year_given) for one in spans] == [(True, False), (False, False), (False, True)]
