"""The article store: revisions, their course in time, and what deletion leaves."""

from __future__ import annotations

import datetime as dt
import itertools
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import Draft, NewsDate, Status, revision_name
from index.course import Spell, merge_observation
from index.errors import EmbedderMismatch, StoreError, StoreVersion, UnknownArticle, UnreadableInput
from index.lines import Lines
from index.passage import Span
from index.rows import Change, Prepared, embedding_key
from index.store import Store

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    held = Store(tmp_path / "articles.db", clock=lambda: NOW)
    yield held
    held.close()


def prepared(article_id: str, text: str, **fields: object) -> Prepared:
    """A draft of one passage with a made-up embedding: these tests look at the store, not at search."""
    draft = Draft(article_id=article_id, text=text, title=text.partition("\n")[0], **fields)  # type: ignore[arg-type]
    key = embedding_key(text)
    vector = np.random.default_rng(len(text)).standard_normal(8).astype(np.float32)
    span = Span(1, len(Lines(text)), 0, len(text.rstrip("\n")))
    return Prepared(draft, [span], [key], {key: vector / np.linalg.norm(vector)})


def day(number: int) -> dt.datetime:
    return dt.datetime(2026, 10, number, tzinfo=dt.UTC)


def test_same_text_again_is_unchanged(store: Store) -> None:
    """The same text again changes nothing and is counted as unchanged."""
    first = store.put([prepared("a", "Bridge opens\nThe bridge opened.")])
    again = store.put([prepared("a", "Bridge opens\nThe bridge opened.")])
    assert [first[0].change, again[0].change] == [Change.ADDED, Change.UNCHANGED]
    assert store.counts()["revisions"] == 1


def test_changed_text_is_a_new_revision_and_the_old_one_stays(store: Store) -> None:
    """A changed text becomes the current revision, and the earlier one still resolves byte for byte."""
    old, new = "Storm\nTwo were hurt.", "Storm\nFive were hurt."
    store.put([prepared("a", old, observed_at=day(1))])
    assert store.put([prepared("a", new, observed_at=day(3))])[0].change is Change.UPDATED
    assert store.revision("a").text == new
    held = store.revision("a", revision_name(old))
    assert (held.text, held.superseded_at) == (old, day(3))


def test_an_earlier_observation_does_not_become_current(store: Store) -> None:
    """An old text that arrives late takes its place in the past."""
    store.put([prepared("a", "Storm\nFive were hurt.", observed_at=day(3))])
    store.put([prepared("a", "Storm\nTwo were hurt.", observed_at=day(1))])
    assert [held.text[-14:] for held in store.revisions("a")] == ["Two were hurt.", "ive were hurt."]
    assert store.article("a").revision == revision_name("Storm\nFive were hurt.")


def test_a_text_that_comes_back_is_current_twice(store: Store) -> None:
    """A correction that is taken back makes the first revision current again, without storing it twice."""
    one, two = "Poll\nTurnout was 61%.", "Poll\nTurnout was 16%."
    for text, when in ((one, 1), (two, 3), (one, 5)):
        store.put([prepared("a", text, observed_at=day(when))])
    assert [held.revision for held in store.revisions("a")] == [revision_name(text) for text in (one, two, one)]
    assert store.counts()["revisions"] == 2
    spans = [(row.current_from, row.current_until) for row in store.passages_changed(0) if row.passage_id == 1]
    assert spans == [(day(1).timestamp(), day(3).timestamp()), (day(5).timestamp(), None)]


def test_a_first_text_is_as_old_as_its_article(store: Store) -> None:
    """An archive taken in today can be asked as of the day it was published."""
    store.put([prepared("a", "Vote\nDone.", published_at=NewsDate.parse("2026-10-02"))])
    assert store.revision("a").observed_at == day(2)


def test_an_article_without_any_date_is_known_from_now_on_only(store: Store) -> None:
    """A publication date is never made up: an undated text counts from when it was taken in."""
    store.put([prepared("a", "Vote\nDone.")])
    assert store.article("a").published_at is None
    assert store.revision("a").observed_at == NOW


def test_deleted_text_is_gone_from_the_file_and_the_id_stays(store: Store, tmp_path: Path) -> None:
    """Deletion overwrites the text on disk, keeps a tombstone, and the article does not come back by itself."""
    store.put([prepared("a", "Secret\nThe launch code is heliotrope.", url="https://paper.example/a")])
    store.delete("a")
    assert all(b"heliotrope" not in file.read_bytes() for file in tmp_path.iterdir())
    assert store.article("a").status is Status.DELETED
    with pytest.raises(UnknownArticle, match="was deleted"):
        store.revision("a")
    assert store.put([prepared("a", "Secret\nThe launch code is heliotrope.")])[0].change is Change.REFUSED
    assert store.put([prepared("a", "Secret\nAgain.")], revive=True)[0].change is Change.ADDED
    assert store.removed_since(0) == [1]
    assert [row.passage_id for row in store.passages_changed(0)] == [2]


def test_an_update_does_not_reinstate_a_withdrawn_article(store: Store) -> None:
    """Only a person brings a withdrawn article back."""
    store.put([prepared("a", "Claim\nIt was so.")])
    store.withdraw("a")
    store.put([prepared("a", "Claim\nIt was so indeed.")])
    assert store.article("a").status is Status.WITHDRAWN
    store.reinstate("a")
    assert store.article("a").status is Status.USABLE


def notice(article_id: str, status: Status, **fields: object) -> Prepared:
    """A draft that says what became of an article, without its text."""
    draft = Draft(article_id=article_id, text="", title="", status=status, **fields)  # type: ignore[arg-type]
    return Prepared(draft, (), (), {})


def test_a_notice_of_withdrawal_keeps_the_text(store: Store) -> None:
    """A status without a text withdraws the article, keeps what is stored, and says it only once."""
    text = "Claim\nIt was so."
    store.put([prepared("a", text, url="https://paper.example/a")])
    kill = notice("a", Status.WITHDRAWN, correction="It was not so.")
    assert [store.put([kill])[0].change for _ in range(2)] == [Change.WITHDRAWN, Change.UNCHANGED]
    held = store.article("a")
    assert (held.status, held.correction, held.url) == (Status.WITHDRAWN, "It was not so.", "https://paper.example/a")
    assert (store.revision("a").text, len(store.revisions("a"))) == (text, 1)


def test_a_notice_of_deletion_deletes(store: Store, tmp_path: Path) -> None:
    """A status "deleted", with a text or without, removes a known article as the command does."""
    for sent in (notice("a", Status.DELETED), prepared("b", "Other\nWords.", status=Status.DELETED)):
        article_id = sent.draft.article_id
        store.put([prepared(article_id, f"Secret\nThe launch code of {article_id} is heliotrope.")])
        assert store.put([sent])[0].change is Change.DELETED
        assert store.put([sent])[0].change is Change.UNCHANGED
        assert store.article(article_id).status is Status.DELETED
    assert store.counts() | {"deleted": 2} == dict.fromkeys(store.counts(), 0) | {"deleted": 2}
    assert all(b"heliotrope" not in file.read_bytes() for file in tmp_path.iterdir())


def test_a_deletion_that_arrives_first_keeps_the_article_out(store: Store) -> None:
    """What its source took back before we had it does not come in later."""
    assert store.put([notice("a", Status.DELETED)])[0].change is Change.DELETED
    assert store.put([prepared("a", "Secret\nText.")])[0].change is Change.REFUSED
    assert store.article("a").status is Status.DELETED


def test_an_empty_text_is_refused(store: Store) -> None:
    """Neither an article without text nor the withdrawal of an unknown one is stored."""
    store.put([prepared("a", "Fine\nFine.")])
    for sent in (notice("a", Status.USABLE), notice("b", Status.USABLE), notice("b", Status.WITHDRAWN)):
        assert store.put([sent])[0].change is Change.REFUSED
    assert (store.revision("a").text, store.counts()["articles"], store.commit_number()) == ("Fine\nFine.", 1, 1)


def test_a_copy_keeps_the_embeddings_of_what_its_batch_deletes(store: Store) -> None:
    """An article that shares a passage with one deleted in the same batch still has its embedding."""
    text = "Storm\nTwo were hurt."
    store.put([prepared("a", text)])
    copy = prepared("b", text)
    store.put([notice("a", Status.DELETED), Prepared(copy.draft, copy.spans, copy.keys, {})])
    assert [ids.tolist() for ids, _ in store.vectors_after(0)] == [[2]]


def test_what_a_batch_deletes_it_does_not_bring_back(store: Store) -> None:
    """Deleted and sent again in one batch, an article stays deleted, even where reviving is allowed."""
    store.put([prepared("a", "Storm\nTwo were hurt.")])
    stored = store.put([notice("a", Status.DELETED), prepared("a", "Storm\nTwo were hurt.")], revive=True)
    assert [held.change for held in stored] == [Change.DELETED, Change.REFUSED]
    assert store.counts()["articles"] == 0


def test_a_batch_is_stored_whole_or_not_at_all(store: Store) -> None:
    """One text that cannot be stored leaves nothing of its batch behind."""
    with pytest.raises(UnreadableInput, match="surrogate"):
        store.put(
            [prepared("a", "Fine\nFine."), Prepared(Draft(article_id="b", text="\ud800", title=""), (), (), {})]
        )
    assert store.counts()["articles"] == 0
    assert store.commit_number() == 0


def test_another_embedder_is_named_and_refused(store: Store) -> None:
    """A store made for one embedder says so when it is opened with another."""
    store.bind_embedder("one", 8)
    store.bind_embedder("one", 8)
    with pytest.raises(EmbedderMismatch, match="embedder one, not two"):
        store.bind_embedder("two", 8)


def test_a_file_that_is_not_a_store_is_left_alone(tmp_path: Path) -> None:
    """Neither a text file nor somebody else's database is written to."""
    import sqlite3

    other = tmp_path / "other.db"
    with sqlite3.connect(other) as db:
        db.execute("CREATE TABLE mine (x)")
    db.close()
    with pytest.raises(StoreVersion, match="not an article store"):
        Store(other)
    text = tmp_path / "text.db"
    text.write_text("just words, but long enough to look like something" * 50)
    with pytest.raises(StoreError, match="damaged or not an article store"):
        Store(text)
    assert text.read_text().startswith("just words")


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4)), max_size=12))
def test_the_course_of_revisions_never_repeats_itself(observations: list[tuple[int, int]]) -> None:
    """However observations arrive, the course is in order, no revision follows itself, and all are in it."""
    course: list[Spell] = []
    for when, revision in observations:
        course = merge_observation(course, revision, NOW + dt.timedelta(days=when))
    starts = [spell.start for spell in course]
    assert starts == sorted(set(starts))
    assert all(a.revision != b.revision and a.seen < b.start for a, b in itertools.pairwise(course))
    assert all(spell.start <= spell.seen for spell in course)
    assert {spell.revision for spell in course} == {revision for _, revision in observations}


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(1, 4)), min_size=1, unique_by=lambda seen: seen[0]))
def test_what_was_seen_last_is_current_however_late_the_rest_is_told(observations: list[tuple[int, int]]) -> None:
    """A text that was confirmed on a later day stays current when one of an earlier day comes to light."""
    course: list[Spell] = []
    for day, revision in observations:
        course = merge_observation(course, revision, NOW + dt.timedelta(days=day))
    assert course[-1].revision == max(observations)[1]


def test_an_old_text_between_two_sightings_of_another_parts_them() -> None:
    """Seen on day 1 and 10, with another text on day 5: current again from day 10, and not lost."""
    course: list[Spell] = []
    for day, revision in ((1, 1), (10, 1), (5, 2)):
        course = merge_observation(course, revision, NOW + dt.timedelta(days=day))
    assert [((spell.start - NOW).days, spell.revision) for spell in course] == [(1, 1), (5, 2), (10, 1)]
