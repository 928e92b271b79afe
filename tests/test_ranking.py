"""The blend of relevance and time, and what a reader gets of a ranked list."""

from __future__ import annotations

import datetime as dt

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.index import Index
from index.passage import Passage, Span
from rag.diversity import Ranked, collapse, spread
from rag.ranking import FEATURES, Weights, learned, relevance_features
from rag.retrieve import Retriever
from rag.time_prior import newest_relevant, time_scores
from rag.when import TimeKind, TimeReading, read_time

AS_OF = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)


def published(*days_before: float) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    return np.array([AS_OF.timestamp() - 86_400 * days for days in days_before])


def test_recency_halves_with_each_half_life() -> None:
    """An article as old as the half-life has half the score of a new one."""
    scores = time_scores(published(0, 7, 30, 60), AS_OF, TimeReading())
    np.testing.assert_allclose(scores["recent_7"][:2], [1, 1 / 2])
    np.testing.assert_allclose(scores["recent_30"][[0, 2, 3]], [1, 1 / 2, 1 / 4])


def test_an_unknown_date_speaks_for_nothing() -> None:
    """An article without a date gets no score of time, and no error."""
    scores = time_scores(np.array([np.nan]), AS_OF, read_time("in September 2026", AS_OF))
    assert {float(score[0]) for score in scores.values()} == {0.0}
    assert set(scores) <= set(FEATURES)


def test_a_named_time_prefers_what_was_reported_then() -> None:
    """For a question about a past month, that month's articles are nearer than newer and older ones."""
    reading = read_time("What was the toll in September 2026?", AS_OF)
    inside, after, before = time_scores(published(45, 3, 90), AS_OF, reading)["near"]
    assert inside == 1
    assert inside > after > before


def test_a_past_time_that_is_named_is_what_recency_is_measured_from() -> None:
    """Asked about a month two years ago, a report of that month is recent, and one of today is not."""
    reading = read_time("What was the toll in September 2024?", AS_OF)
    today, then = time_scores(published(0, 400), AS_OF, reading), time_scores(published(770, 765), AS_OF, reading)
    assert then["recent_30"].min() == then["week"].min() == 1
    assert today["recent_30"].max() < 0.01
    assert not today["week"].any()


def test_first_reports_gain_nothing_by_being_new() -> None:
    """Asked for the first report, newness does not count."""
    scores = time_scores(published(1, 100), AS_OF, TimeReading(kind=TimeKind.FIRST))
    assert not scores["recent_7"].any()


@given(
    st.lists(
        st.tuples(st.floats(-1, 1), st.floats(0, 50), st.integers(0, 200), st.integers(0, 200), st.integers(1, 5)),
        max_size=30,
    )
)
def test_features_are_finite_and_bounded(rows: list[tuple[float, float, int, int, int]]) -> None:
    """Whatever the searches found, every feature is finite and at most 1."""
    columns = [np.array(column) for column in zip(*rows, strict=True)] or [np.empty(0)] * 5
    features = relevance_features(
        columns[0], columns[1], columns[2].astype(np.int64), columns[3].astype(np.int64), columns[4].astype(np.int64)
    )
    for column in features.values():
        assert np.isfinite(column).all()
        assert (column <= 1 + 1e-9).all()


def test_the_shipped_weights_name_known_features_only() -> None:
    """Every weight belongs to a feature, and without dates the relevance weights use none of time."""
    assert set(learned("time").values) <= set(FEATURES)
    assert not any(name.startswith("recent") or name == "near" for name in learned("relevance").values)


def test_the_blend_is_the_weighted_sum() -> None:
    """Scores are the sum of weight times feature."""
    features = {"dense": np.array([1.0, 0.0]), "lexical": np.array([0.0, 1.0])}
    np.testing.assert_array_equal(Weights({"dense": 2.0, "lexical": 3.0}).score(features), [2.0, 3.0])


def ranked(place: int, article: int, first: int, last: int, original: int | None = None) -> Ranked:
    passage = Passage(place + 1, f"a{article}", "r", Span(first, last, first * 100, last * 100 + 99), "")
    return Ranked(passage, 1.0 - place / 10, place, original or article, article)


def test_copies_stand_behind_the_one_that_ranks_best() -> None:
    """A syndicated copy adds a carrier, never a hit."""
    groups = collapse([ranked(0, 1, 1, 3), ranked(1, 2, 1, 3, original=1), ranked(2, 3, 1, 2)])
    assert [(group.best.article, group.carried_by) for group in groups] == [(1, [2]), (3, [])]


def test_neighbours_become_one_run_of_lines() -> None:
    """Overlapping and touching passages of a revision are one hit, at the better rank; distant ones are not."""
    groups = collapse([ranked(0, 1, 4, 6), ranked(1, 1, 1, 4), ranked(2, 1, 7, 9), ranked(3, 1, 20, 22)])
    spans = [(group.passage.span.first_line, group.passage.span.last_line) for group in groups]
    assert spans == [(1, 9), (20, 22)]
    assert groups[0].best.place == 0


def test_no_article_crowds_out_the_rest() -> None:
    """The fourth run of one article waits until others had their turn, and is not lost."""
    groups = collapse([*(ranked(n, 1, 100 * n + 1, 100 * n + 2) for n in range(4)), ranked(4, 2, 1, 2)])
    assert [group.best.place for group in spread(groups, 10)] == [0, 1, 2, 4, 3]
    assert len(spread(groups, 2)) == 2


@given(st.lists(st.tuples(st.integers(1, 3), st.integers(1, 30), st.integers(0, 5)), max_size=20))
def test_collapsing_loses_no_line(rows: list[tuple[int, int, int]]) -> None:
    """Without copies, every line of every passage stands in exactly the runs of its article."""
    listed = [ranked(place, article, first, first + more) for place, (article, first, more) in enumerate(rows)]
    groups = collapse(listed)
    for held in listed:
        span = held.passage.span
        assert any(
            group.best.article == held.article
            and group.passage.span.first_line <= span.first_line
            and span.last_line <= group.passage.span.last_line
            for group in groups
        )


@pytest.mark.parametrize(
    "question", ["of the and", "?!…", "東京で何が起きたか", "title:x AND (y OR *)", "storm " * 2_000]
)
def test_odd_questions_find_something_or_nothing_but_never_fail(question: str, newsroom_index: Index) -> None:
    """Stop words, punctuation, other scripts, query syntax and endless questions: a list, never an error."""
    hits = Retriever(newsroom_index).retrieve(question)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))


def test_of_an_old_archive_the_newest_that_is_relevant_is_what_stands() -> None:
    """Nothing is fresh: nearness is counted from the newest report of the matter, not from today."""
    dates, relevance = published(4_000, 400, 390, 300), np.array([10.0, 9.0, 8.5, 2.0])
    newest = newest_relevant(dates, relevance, AS_OF)
    assert newest is not None
    assert (AS_OF - newest).days == 390
    today, then = (time_scores(dates, AS_OF, TimeReading(), since)["recent_30"] for since in (None, newest))
    assert today.max() < 0.01
    assert then[2] == pytest.approx(1.0)
    assert then[2] > then[1] > then[0]


def test_where_something_is_fresh_nearness_is_counted_from_today() -> None:
    """A live newsroom's own news decides, whatever is most relevant."""
    assert newest_relevant(published(400, 20), np.array([10.0, 1.0]), AS_OF) is None
    assert newest_relevant(np.array([np.nan]), np.array([1.0]), AS_OF) is None
    assert newest_relevant(np.empty(0), np.empty(0), AS_OF) is None
