"""The catalog: which passages may be retrieved, against the rule written out plainly."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Status
from index.catalog import NO_FILTERS, Catalog, Filters
from index.rows import ArticleRow, PassageRow
from index.store import Store

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def hour(number: int) -> dt.datetime:
    return NOW + dt.timedelta(hours=number)


def at(number: int) -> float:
    return hour(number).timestamp()


hours = st.integers(-20, 20)
article = st.builds(
    ArticleRow,
    article=st.just(0),
    article_id=st.just(""),
    status=st.sampled_from(Status),
    embargo_until=st.none() | hours.map(at),
    source=st.sampled_from([None, "Courier", "Post"]),
    section=st.sampled_from([None, "world"]),
    language=st.sampled_from([None, "en", "de"]),
    original=st.none(),
)
course = st.tuples(st.none() | hours.map(at), st.lists(hours, min_size=1, max_size=4, unique=True).map(sorted))


def catalog_of(
    rows: Sequence[tuple[ArticleRow, tuple[float | None, list[int]]]],
) -> tuple[Catalog, list[ArticleRow], list[PassageRow]]:
    """Article n has a passage for each revision of its course."""
    articles = [
        ArticleRow(n, f"a{n}", row.status, row.embargo_until, row.source, row.section, row.language, None)
        for n, (row, _) in enumerate(rows, start=1)
    ]
    passages: list[PassageRow] = []
    for n, (_, (published, starts)) in enumerate(rows, start=1):
        for start, end in zip(starts, [*starts[1:], None], strict=True):
            passages.append(PassageRow(len(passages) + 1, n, published, at(start), None if end is None else at(end)))
    return Catalog()._with("lineage", 1, articles, passages), articles, passages


@given(
    st.lists(st.tuples(article, course), max_size=6),
    st.none() | hours,
    st.builds(
        Filters,
        since=st.none() | hours.map(hour),
        until=st.none() | hours.map(hour),
        sources=st.sets(st.sampled_from(["Courier", "Post"])).map(frozenset),
        languages=st.sets(st.sampled_from(["en", "de"])).map(frozenset),
        articles=st.sets(st.sampled_from(["a1", "a2", "nobody"])).map(frozenset),
    ),
)
def test_what_may_be_retrieved(
    rows: list[tuple[ArticleRow, tuple[float | None, list[int]]]], as_of: int | None, filters: Filters
) -> None:
    """A passage is allowed exactly when its article is usable, past its embargo, current then, not filtered out."""
    catalog, articles, passages = catalog_of(rows)
    then = None if as_of is None else hour(as_of)
    mask = catalog.allowed(as_of=then, now=NOW, filters=filters)
    moment = min(then or NOW, NOW).timestamp()
    for row in passages:
        held = articles[row.article - 1]
        expected = held.status is Status.USABLE and (held.embargo_until is None or held.embargo_until <= moment)
        if then is None:
            expected &= row.current_until is None
        else:
            expected &= row.current_from <= then.timestamp()
            expected &= row.current_until is None or then.timestamp() < row.current_until
            expected &= row.published is None or row.published <= then.timestamp()
        for wanted, value in (
            (filters.sources, held.source),
            (filters.languages, held.language),
            (filters.articles, held.article_id),
        ):
            expected &= not wanted or value in wanted
        if filters.since is not None:
            expected &= row.published is not None and row.published >= filters.since.timestamp()
        if filters.until is not None:
            expected &= row.published is not None and row.published < filters.until.timestamp()
        assert mask[row.passage_id] == expected


@given(st.lists(st.tuples(article, course), min_size=1, max_size=5), st.data())
def test_taking_in_changes_is_the_same_as_starting_anew(
    rows: list[tuple[ArticleRow, tuple[float | None, list[int]]]], data: st.DataObject
) -> None:
    """A catalog that took in articles one after the other, some twice, allows what a fresh one allows."""
    whole, articles, passages = catalog_of(rows)
    grown = Catalog()
    for n in data.draw(st.permutations([*range(len(articles)), *range(len(articles))])):
        mine = [row for row in passages if row.article == n + 1]
        grown = grown._with("lineage", grown.through + 1, [articles[n]], mine)
    for as_of in (None, NOW, hour(-5)):
        expected = np.flatnonzero(whole.allowed(as_of=as_of, now=NOW))
        assert np.flatnonzero(grown.allowed(as_of=as_of, now=NOW)).tolist() == expected.tolist()


@given(hours, st.lists(hours, min_size=1, max_size=6))
def test_a_kept_mask_ends_with_the_embargo(embargo: int, clock: list[int]) -> None:
    """However the clock goes, also backwards, the embargo holds at every moment before its end and none after."""
    held = ArticleRow(1, "a", Status.USABLE, at(embargo), None, None, None, None)
    catalog = Catalog()._with("lineage", 1, [held], [PassageRow(1, 1, None, at(-99), None)])
    for now in clock:
        assert catalog.allowed(as_of=None, now=hour(now))[1] == (now >= embargo)


@given(
    st.lists(st.tuples(article, course), min_size=1, max_size=5),
    st.lists(st.tuples(st.none() | hours, hours), min_size=1, max_size=12),
)
def test_a_kept_mask_holds_for_other_moments_only_while_nothing_changes(
    rows: list[tuple[ArticleRow, tuple[float | None, list[int]]]], asked: list[tuple[int | None, int]]
) -> None:
    """Whatever was asked before, about whatever moment and when, a question gets what a fresh catalog allows."""
    kept, articles, passages = catalog_of(rows)
    for as_of, now in asked:
        then = None if as_of is None else hour(as_of)
        fresh = Catalog()._with("lineage", 1, articles, passages).allowed(as_of=then, now=hour(now))
        assert kept.allowed(as_of=then, now=hour(now)).tolist() == fresh.tolist()


def test_questions_of_one_time_share_a_mask() -> None:
    """A moment later, with nothing published between, the mask is not made anew."""
    catalog, _, _ = catalog_of([])
    second = dt.timedelta(seconds=1)
    assert catalog.allowed(as_of=NOW, now=NOW) is catalog.allowed(as_of=NOW + second, now=NOW + 2 * second)


def test_a_mask_cannot_be_written_to() -> None:
    """Searches share a mask, so none of them may change it."""
    catalog, _, _ = catalog_of([])
    with pytest.raises(ValueError, match="read-only"):
        catalog.allowed(as_of=None, now=NOW)[0] = True


def test_ids_of_passages_that_went_can_still_be_asked_about() -> None:
    """A search under way may hold the highest id just as its article is deleted."""
    held = ArticleRow(1, "a", Status.USABLE, None, None, None, None, None)
    catalog = Catalog()._with("lineage", 1, [held], [PassageRow(7, 1, at(0), at(0), None)])
    gone = ArticleRow(1, "a", Status.DELETED, None, None, None, None, None)
    after = catalog._with("lineage", 2, [gone], [])
    assert np.isnan(after.published(np.array([7]))).all()
    assert after.originals(np.array([7])).tolist() == [0]
    assert not after.allowed(as_of=None, now=NOW)[7]


def test_no_filter_narrows_nothing() -> None:
    """The empty filter is known as such."""
    assert not NO_FILTERS.narrows
    assert not Filters().narrows
    assert Filters(sources=frozenset({"Post"})).narrows


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    held = Store(tmp_path / "articles.db", clock=lambda: NOW)
    yield held
    held.close()


def test_a_catalog_of_another_lineage_is_made_anew(store: Store) -> None:
    """After a restore nothing of the former catalog is left."""
    catalog = Catalog().refreshed(store)
    assert catalog.refreshed(store) is catalog
    store.renew_lineage()
    after = catalog.refreshed(store)
    assert after is not catalog
    assert after.lineage == store.lineage()


def test_catching_up_reads_only_what_changed(store: Store) -> None:
    """No query that follows the commits goes through a whole table, however large the store is."""
    asked: list[str] = []
    connection = store.database._connection()
    connection.set_trace_callback(asked.append)
    Catalog().refreshed(store)
    list(store.texts_added(7))
    store.count_added(7)
    store.removed_since(7)
    list(store.vectors_after(7))
    store.commit_number()
    connection.set_trace_callback(None)
    queries = [query for query in asked if query.startswith("SELECT")]
    assert len(queries) >= 8
    for query in queries:
        plan = [row["detail"] for row in connection.execute(f"EXPLAIN QUERY PLAN {query}")]
        assert not [step for step in plan if step.startswith("SCAN") and "commits" not in query], (query, plan)
