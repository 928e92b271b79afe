"""Dates: read where they are certain, left out with a reason where they are not, never invented."""

from __future__ import annotations

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import DateOrigin, NewsDate
from index.dates import Stated, UnusableDate, date_in_text, date_in_url, find_dates, read_date

NOW = dt.datetime(2025, 3, 1, 12, tzinfo=dt.UTC)


@pytest.mark.parametrize(
    ("stated", "read"),
    [
        ("2025-02-18", "2025-02-18"),
        ("20250218", "2025-02-18"),
        ("2025/02/18", "2025-02-18"),
        ("2025-2-8", "2025-02-08"),
        ("  2025-02-18\n", "2025-02-18"),
        ("2025-02-18T10:30:00Z", "2025-02-18T10:30:00Z"),
        ("2025-02-18T10:30:00+03:00", "2025-02-18T07:30:00Z"),
        ("2025-02-18T23:30:00-0500", "2025-02-19T04:30:00Z"),
        ("2025-02-18T10:30:00.123456789Z", "2025-02-18T10:30:00Z"),
        ("2025-02-18 10:30:00", "2025-02-18T10:30:00Z"),
        ("2025-02-18T10:30", "2025-02-18T10:30:00Z"),
        ("2025-02-18T00:00:00", "2025-02-18"),
        ("2025-02-18T00:00:00Z", "2025-02-18T00:00:00Z"),
        ("2025-02-18 10:30:00 UTC", "2025-02-18T10:30:00Z"),
        ("2025-02-18 10:30:00 +0300", "2025-02-18T07:30:00Z"),
        ("20250218T103000Z", "2025-02-18T10:30:00Z"),
        ("Tue, 18 Feb 2025 10:30:00 GMT", "2025-02-18T10:30:00Z"),
        ("Tue, 18 Feb 2025 10:30:00 +0300", "2025-02-18T07:30:00Z"),
        ("Tue, 18 Feb 2025 10:30:00 EST", "2025-02-18T15:30:00Z"),
        ("18 Feb 2025 10:30:00 CET", "2025-02-18T09:30:00Z"),
        ("Tue, 18 Feb 2025 10:30:00 IST", "2025-02-18"),  # India, Israel or Ireland: only the day is certain
        ("Feb. 18, 2025", "2025-02-18"),
        ("February 18, 2025 at 10:30 a.m. EST", "2025-02-18T15:30:00Z"),
        ("February 18, 2025, 12:05 AM GMT", "2025-02-18T00:05:00Z"),
        ("Sept. 1st, 2024", "2024-09-01"),
        ("Tuesday, 18 February 2025", "2025-02-18"),
        ("18-Feb-2025", "2025-02-18"),
        ("18.02.2025", "2025-02-18"),
        ("18/02/2025", "2025-02-18"),
        ("02/18/2025", "2025-02-18"),
        ("02/02/2025", "2025-02-02"),
        ("18/02/2025 10:30", "2025-02-18T10:30:00Z"),
        (1739874600, "2025-02-18T10:30:00Z"),
        (1739874600.9, "2025-02-18T10:30:00Z"),
        (1739874600123, "2025-02-18T10:30:00Z"),
        ("1739874600", "2025-02-18T10:30:00Z"),
        ("18 février 2025", "2025-02-18"),
        ("18 de febrero de 2025", "2025-02-18"),
        ("18. Februar 2025", "2025-02-18"),
    ],
)
def test_a_date_is_read_as_it_is_meant(stated: str | float, read: str) -> None:
    """ISO 8601, RFC 2822, epochs and words; a day stays a day, a time of day is in UTC."""
    assert str(read_date(stated)) == read


@pytest.mark.parametrize(
    ("stated", "why"),
    [
        ("03/02/2025", "ambiguous"),
        ("18/02/25", "ambiguous"),
        ("12345", "ambiguous"),
        ("2025-02-30", "not a"),
        ("31/04/2025", "calendar"),
        ("February 30, 2025", "calendar"),
        ("2025-13-01", "not a"),
        ("2025-02-18T25:00:00Z", "not a"),
        ("2025", "ambiguous"),
        ("2025-02", "not a"),
        ("yesterday", "not a full date"),
        ("today", "not a full date"),
        ("2 hours ago", "not a full date"),
        ("now", "not a full date"),
        ("Updated in 2025", "not a"),
        ("1970-01-01T00:00:00Z", "stands for unknown"),
        (0, "stands for unknown"),
        ("0001-01-01T00:00:00Z", "before there were newspapers"),
        ("9999-12-31T23:59:59-14:00", "calendar"),
        (True, "not a date"),
        (["2025-02-18"], "not a date"),
        (1e300, "not a date"),
        (float("nan"), "not a date"),
        (-5, "not a date"),
        ("2025-02-18 " + "x" * 200, "too long"),
        ("x" * 90 + " 2025", "not a"),
    ],
)
def test_a_date_that_is_not_certain_is_not_read(stated: object, why: str) -> None:
    """Ambiguous, impossible, relative and default dates are refused with the reason."""
    with pytest.raises(UnusableDate, match=why):
        read_date(stated)  # type: ignore[arg-type]


@given(st.integers(-8_000_000_000, 8_000_000_000), st.integers(-14 * 60, 14 * 60))
def test_a_moment_survives_being_written_and_read(seconds: int, offset: int) -> None:
    """Any moment in ISO 8601, at any offset from UTC, comes back as the same moment."""
    moment = dt.datetime.fromtimestamp(seconds or 1, dt.UTC)
    assert read_date(moment.astimezone(dt.timezone(dt.timedelta(minutes=offset))).isoformat()).moment == moment


FORMS = ["%Y-%m-%d", "%d %B %Y", "%B %d, %Y", "%Y%m%d", "%d.%m.%Y"]


@given(st.dates(min_value=dt.date(1700, 1, 1)), st.sampled_from(FORMS))
def test_a_day_survives_being_written_and_read(day: dt.date, form: str) -> None:
    """Any day in each of the usual forms comes back as that day, and only a day."""
    if day == dt.date(1970, 1, 1):
        return
    assert read_date(day.strftime(form)) == NewsDate.day(day)


@given(st.text(max_size=60) | st.floats() | st.integers())
def test_anything_is_a_date_or_refused(value: str | float) -> None:
    """No value breaks the reader."""
    try:
        found = read_date(value)
    except UnusableDate:
        return
    assert 1600 <= found.moment.year <= 9999


@pytest.mark.parametrize(
    ("url", "day"),
    [
        ("https://a.example/world/2025/02/18/riyadh-talks", "2025-02-18"),
        ("https://a.example/world/2025/2/8/", "2025-02-08"),
        ("https://a.example/world/2025/feb/18/talks", "2025-02-18"),
        ("https://a.example/talks-2025-02-18.html", "2025-02-18"),
        ("https://a.example/talks_2025_02_18", "2025-02-18"),
        ("https://a.example/20250218-talks", "2025-02-18"),
        ("https://a.example/story/2012/11/01/a-dress/1674443/", "2012-11-01"),
        ("https://a.example/2025/02/18/what-happened-on-2024-02-20", "2025-02-18"),
        ("https://a.example/2006/09/14/18651881/75721668/", "2006-09-14"),
        ("https://a.example/2025/02/", None),
        ("https://a.example/2025/02/30/x", None),
        ("https://a.example/article-20259999", None),
        ("https://a.example/120250218", None),
        ("https://a.example/x?date=2025-02-18", None),
        ("https://a.example/2025/xyz/18/", None),
        ("http://[bad", None),
        ("", None),
    ],
)
def test_the_day_in_an_address(url: str, day: str | None) -> None:
    """Only a whole day in the path counts."""
    found = date_in_url(url)
    assert (str(found) if found else None) == day
    assert found is None or found.origin is DateOrigin.URL


def test_two_days_in_an_address_are_too_many() -> None:
    """Two different days in the same form are ambiguous."""
    with pytest.raises(UnusableDate, match="2 different dates"):
        date_in_url("https://a.example/from-2025-02-18-to-2025-02-20")


@pytest.mark.parametrize(
    ("line", "day"),
    [
        ("RIYADH, Feb. 18, 2025 — Talks were held.", "2025-02-18"),
        ("RIYADH, Saudi Arabia, Feb. 18, 2025 (AP) — Talks were held.", "2025-02-18"),
        ("RIYADH (Wire) 18 February 2025 - Talks were held.", "2025-02-18"),
        ("NEW YORK, Feb. 18, 2025 /QuayWire/ -- Talks were held.", "2025-02-18"),
        ("Jan 25, 2005 — The day before.", None),
        ("RIYADH, Feb. 18 (AP) — Talks were held.", None),
        ("Riyadh, Feb. 18, 2025 was the day of the talks.", None),
        ("The talks of Feb. 18, 2025 — the first — failed.", None),
        ("The UN said on Feb. 18, 2025 - again - that it would help.", None),
        ("Feb. 18, 2025 was cold.", None),
    ],
)
def test_the_dateline_of_a_text(line: str, day: str | None) -> None:
    """Only a dateline with a year counts, not a date in running text."""
    found = date_in_text(f"Talks end\n\n{line}\nMore.")
    assert (str(found) if found else None) == day
    assert found is None or found.origin is DateOrigin.DATELINE


def test_a_dateline_is_at_the_top() -> None:
    """The headline and what stands far down are not looked at."""
    assert date_in_text("RIYADH, Feb. 18, 2025 — a headline\nText.") is None
    assert date_in_text("Talks\n" + "Text.\n" * 9 + "RIYADH, Feb. 18, 2025 — Talks.") is None


def test_an_impossible_dateline_is_named() -> None:
    """A dateline with a day that does not exist is refused with the reason."""
    with pytest.raises(UnusableDate, match=r"Feb\. 30, 2025 is not a day"):
        date_in_text("Talks\nRIYADH, Feb. 30, 2025 — Talks.")


URL = "https://a.example/2025/02/17/x"
TEXT = "Talks\nRIYADH, Feb. 16, 2025 — Talks."


def test_the_surest_date_wins() -> None:
    """Metadata before markup before the address before the dateline, each with where it came from."""
    metadata = Stated("published_at", "2025-02-19")
    markup = Stated("datePublished", "2025-02-18", DateOrigin.MARKUP)
    found = [
        find_dates(published=published, url=url, text=TEXT, now=NOW).published_at
        for published, url in (((metadata, markup), URL), ((markup,), URL), ((), URL), ((), None))
    ]
    assert [(str(one), one.origin) for one in found if one] == [
        ("2025-02-19", DateOrigin.METADATA),
        ("2025-02-18", DateOrigin.MARKUP),
        ("2025-02-17", DateOrigin.URL),
        ("2025-02-16", DateOrigin.DATELINE),
    ]


def test_without_any_date_the_day_stays_unknown() -> None:
    """Nothing is filled in, least of all today."""
    dates = find_dates(url="https://a.example/x", text="Talks\nThey met on Tuesday.", now=NOW)
    assert (dates.published_at, dates.updated_at, dates.in_future, dates.ignored) == (None, None, False, ())


def test_an_unusable_date_gives_way_to_the_next_and_is_reported() -> None:
    """The reason names the field."""
    stated = (Stated("published_at", "03/04/2025"), Stated("date", ""), Stated("published", "2025-02-18"))
    dates = find_dates(published=stated, now=NOW)
    assert str(dates.published_at) == "2025-02-18"
    assert len(dates.ignored) == 1
    assert dates.ignored[0].startswith("published_at: '03/04/2025' is ambiguous")


def test_a_stated_date_in_the_future_is_kept_and_flagged() -> None:
    """A day is in the future only when it has begun nowhere on earth."""
    for stated, flagged in (
        ("2025-03-01T12:00:01Z", True),
        ("2025-03-01T12:00:00Z", False),
        ("2025-03-02", False),  # NOW is 12:00 UTC: it is 2 March already at UTC+14
        ("2025-03-03", True),
        ("2031-01-01", True),
    ):
        dates = find_dates(published=(Stated("published_at", stated),), now=NOW)
        assert (str(dates.published_at), dates.in_future) == (stated, flagged)
    assert find_dates(updated=(Stated("updated_at", "2031-01-01"),), now=NOW).in_future


def test_an_inferred_date_in_the_future_is_left_out() -> None:
    """An address with a day to come is about that day, and the dateline is asked next."""
    dates = find_dates(url="https://a.example/events/2026/01/01/", text=TEXT, now=NOW)
    assert str(dates.published_at) == "2025-02-16"
    assert dates.ignored == ("url date 2026-01-01 is in the future",)


def test_an_update_before_the_publication_is_left_out() -> None:
    """Unless it is the same day, which time zones explain."""
    published = (Stated("published_at", "2025-02-18T10:00:00Z"),)
    wrong = find_dates(published=published, updated=(Stated("updated_at", "2025-02-17T10:00:00Z"),), now=NOW)
    assert wrong.updated_at is None
    assert "before published" in wrong.ignored[0]
    close = find_dates(published=published, updated=(Stated("updated_at", "2025-02-18T09:00:00Z"),), now=NOW)
    assert str(close.updated_at) == "2025-02-18T09:00:00Z"
