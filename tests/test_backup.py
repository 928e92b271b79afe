"""Backups are one moment of a store in use; a restore is whole or does not happen."""

from __future__ import annotations

import datetime as dt
import sqlite3
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from filelock import FileLock

from index.article import Draft
from index.backup import backup, restore
from index.errors import StoreBusy, StoreError, StoreFull, StoreVersion
from index.rows import Prepared
from index.store import Store

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    held = Store(tmp_path / "home" / "articles.db", clock=lambda: NOW)
    put(held, "a", "The first.")
    yield held
    held.close()


def put(store: Store, article_id: str, text: str) -> None:
    store.put([Prepared(Draft(article_id=article_id, text=text, title=text), (), (), {})])


def ids(path: Path) -> list[str]:
    with sqlite3.connect(path) as db:
        found = [row[0] for row in db.execute("SELECT article_id FROM article ORDER BY 1")]
    db.close()
    return found


def test_a_backup_is_one_file_with_everything(store: Store, tmp_path: Path) -> None:
    """The copy stands alone: no log beside it, nothing missing, nothing left over."""
    size = backup(store, tmp_path / "copies" / "one.db")
    assert [path.name for path in (tmp_path / "copies").iterdir()] == ["one.db"]
    assert (tmp_path / "copies" / "one.db").stat().st_size == size
    assert ids(tmp_path / "copies" / "one.db") == ["a"]


def test_a_backup_during_writes_is_of_one_moment(
    store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A writer that never rests neither waits for a backup nor makes it start over."""
    monkeypatch.setattr("index.backup.PAGES", 60)
    for number in range(5):
        put(store, f"b{number}", "x" * 100_000)
    steps: list[tuple[int, int]] = []

    def meanwhile(_: str, done: int, of: int) -> None:
        steps.append((done, of))
        writer = threading.Thread(target=put, args=(store, f"late{len(steps)}", "y"))
        writer.start()
        writer.join(60)

    backup(store, tmp_path / "one.db", on_progress=meanwhile)
    assert ids(tmp_path / "one.db") == ["a", "b0", "b1", "b2", "b3", "b4"]
    assert [done for done, _ in steps] == sorted(done for done, _ in steps)
    assert len(store.articles(limit=1000)) == 6 + len(steps)


def test_a_backup_replaces_nothing(store: Store, tmp_path: Path) -> None:
    """A file that is there already stays as it is, whatever it is."""
    (tmp_path / "one.db").write_text("mine")
    with pytest.raises(StoreError, match="already there"):
        backup(store, tmp_path / "one.db")
    assert (tmp_path / "one.db").read_text() == "mine"


def test_what_a_killed_backup_left_is_removed_by_the_next(store: Store, tmp_path: Path) -> None:
    """Half a copy is not kept, but one that is being made is."""
    left = tmp_path / ".one.db.0123abcd.partial"
    left.write_bytes(b"half")
    backup(store, tmp_path / "one.db")
    assert not left.exists()


def test_a_backup_that_fails_leaves_nothing(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full no file is there, and the error says what to do."""

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("index.backup.sync", full)
    with pytest.raises(StoreFull, match="free some disk space"):
        backup(store, tmp_path / "copies" / "one.db")
    assert list((tmp_path / "copies").iterdir()) == []


def test_a_restore_brings_back_the_moment_and_keeps_what_was(store: Store, tmp_path: Path) -> None:
    """The store is as it was at the backup, under another lineage; the one before lies beside it."""
    backup(store, tmp_path / "one.db")
    put(store, "late", "Later.")
    before = store.lineage()
    restore(tmp_path / "one.db", tmp_path / "home")
    assert [held.article_id for held in store.articles()] == ["a"]
    assert store.lineage() != before
    assert ids(tmp_path / "home" / "articles.db.before-restore") == ["a", "late"]
    put(store, "b", "After.")
    again = Store(tmp_path / "home" / "articles.db")
    assert [held.article_id for held in again.articles()] == ["a", "b"]
    again.close()


def test_a_restore_into_a_new_home(store: Store, tmp_path: Path) -> None:
    """A backup is enough to begin elsewhere."""
    backup(store, tmp_path / "one.db")
    restore(tmp_path / "one.db", tmp_path / "elsewhere")
    assert ids(tmp_path / "elsewhere" / "articles.db") == ["a"]


def test_a_damaged_store_can_be_restored(store: Store, tmp_path: Path) -> None:
    """What a restore is for: the damaged file is kept, the backup takes its place."""
    backup(store, tmp_path / "one.db")
    store.close()
    path = tmp_path / "home" / "articles.db"
    path.write_bytes(b"\0" * 8192)
    restore(tmp_path / "one.db", tmp_path / "home")
    assert ids(path) == ["a"]
    assert (tmp_path / "home" / "articles.db.before-restore").read_bytes() == b"\0" * 8192


@pytest.mark.parametrize("what", ["text", "database", "cut", "missing"])
def test_only_a_sound_store_is_restored(store: Store, tmp_path: Path, what: str) -> None:
    """Anything else is refused, and the store stays as it was."""
    source = tmp_path / "source.db"
    if what == "text":
        source.write_text("just words, long enough to look like something " * 50)
    elif what == "database":
        with sqlite3.connect(source) as db:
            db.execute("CREATE TABLE mine (x)")
        db.close()
    elif what == "cut":
        backup(store, source)
        source.write_bytes(source.read_bytes()[:-4096])
    with pytest.raises((StoreError, StoreVersion)):
        restore(source, tmp_path / "home")
    assert [held.article_id for held in store.articles()] == ["a"]
    assert not list((tmp_path / "home").glob("*.partial*"))
    assert not list((tmp_path / "home").glob(".*.partial*"))


def test_a_restore_waits_for_no_writer(store: Store, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """While another process writes, a restore is refused."""
    monkeypatch.setattr("index.backup.WAIT_S", 0.1)
    backup(store, tmp_path / "one.db")
    with FileLock(tmp_path / "home" / "writer.lock"), pytest.raises(StoreBusy, match="stop it"):
        restore(tmp_path / "one.db", tmp_path / "home")
