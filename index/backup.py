"""Copies of the article store, made while it is in use. What is derived from it is made anew after a restore."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from filelock import FileLock, Timeout

from index.database import Database, told
from index.errors import StoreBusy, StoreError
from index.index import OnProgress, quiet
from index.manifest import sync
from index.store import Store

PAGES = 4096  # copied between two looks at the progress; writers get their turn in between


def backup(store: Store, target: Path, *, on_progress: OnProgress = quiet) -> int:
    """Write one consistent copy of the store to `target`, a new file; returns its size in bytes.

    Raises StoreError when the file is already there, StoreFull when the disk is full.
    """
    if target.exists():
        raise StoreError(f"{target} is already there: name a new file.")
    partial = target.with_name(target.name + ".partial")
    with told(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        partial.unlink(missing_ok=True)
        copy = sqlite3.connect(partial)
        try:
            store.database.connection.backup(
                copy, pages=PAGES, progress=lambda _status, left, total: on_progress("backup", total - left, total)
            )
            copy.execute("PRAGMA journal_mode = DELETE")  # one file that stands alone
        finally:
            copy.close()
        sync(partial)
        partial.replace(target)
        sync(target.parent)
    return target.stat().st_size


def restore(source: Path, home: Path) -> None:
    """Put a backup in the place of the store in `home`; the old one stays as `articles.db.before-restore`.

    The backup is checked first. Raises StoreError when it is not a sound store, StoreBusy while `home` is written to.
    """
    if not source.is_file():
        raise StoreError(f"There is no backup at {source}: name the file that `dateline backup` wrote.")
    home.mkdir(parents=True, exist_ok=True)
    partial = home / "articles.db.restoring"
    with told(source):
        shutil.copyfile(source, partial)
        held = Database(partial)  # raises StoreVersion for anything that is not a store
        try:
            found = held.connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
            held.connection.execute("PRAGMA journal_mode = DELETE")
        finally:
            held.close()
        if found != "ok":
            partial.unlink()
            raise StoreError(f"{source} is damaged ({found}): restore another backup.")
    sync(partial)
    try:
        with FileLock(home / "writer.lock").acquire(timeout=5):
            store = home / "articles.db"
            if store.exists():
                # Whatever the old log holds belongs into the old store.
                old = Database(store)
                old.connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
                old.close()
                kept = home / "articles.db.before-restore"
                kept.unlink(missing_ok=True)
                kept.hardlink_to(store)  # so that there is a store at every moment
            for leftover in ("articles.db-wal", "articles.db-shm"):
                (home / leftover).unlink(missing_ok=True)
            partial.replace(store)
            sync(home)
            for derived in ("lexical", "vectors"):
                shutil.rmtree(home / derived, ignore_errors=True)
    except Timeout as error:
        raise StoreBusy(f"Another process is writing to {home}: stop it, then restore.") from error
