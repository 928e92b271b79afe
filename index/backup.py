"""Copies of the article store, made while it is in use. What is derived from it is made anew after a restore."""

from __future__ import annotations

import contextlib
import fcntl
import os
import secrets
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from index.database import Database, reachable, told
from index.errors import StoreBusy, StoreError
from index.index import OnProgress, quiet
from index.manifest import sync
from index.store import Store

PAGES = 4096  # copied between two looks at the progress
WAIT_S = 5.0  # for a writer to end
BESIDE = ("-wal", "-shm", "-journal")  # what SQLite keeps next to a file


def backup(store: Store, target: Path, *, on_progress: OnProgress = quiet) -> int:
    """Write one consistent copy of the store to `target`, a new file; returns its size in bytes.

    It is the state of one moment, however much is written meanwhile, and writers do not wait for it. Raises
    StoreError when the file is already there, StoreFull when the disk is full.
    """
    with reachable(target):
        if os.path.lexists(target):
            raise StoreError(f"{target} is already there: name a new file.")
        target.parent.mkdir(parents=True, exist_ok=True)
        with _partial(target) as partial, told(target):
            _copy(store, partial, on_progress)
            sync(partial)
            try:
                target.hardlink_to(partial)  # unlike a rename, this never replaces what came to be there meanwhile
            except FileExistsError as error:
                raise StoreError(f"{target} is already there: name a new file.") from error
            except OSError:  # a file system without hard links
                partial.rename(target)
        sync(target.parent)
        return target.stat().st_size


def _copy(store: Store, partial: Path, on_progress: OnProgress) -> None:
    copy = sqlite3.connect(partial)
    try:
        copy.execute("PRAGMA journal_mode = OFF")  # a copy that fails is removed, and one that does not is synced
        copy.execute("PRAGMA synchronous = OFF")
        # Inside one view, or every write to the store would make the copy start over.
        with store.database.read() as db:
            db.execute("SELECT count(*) FROM sqlite_master").fetchone()
            db.backup(
                copy, pages=PAGES, progress=lambda _status, left, total: on_progress("backup", total - left, total)
            )
        copy.execute("PRAGMA journal_mode = DELETE")  # one file that stands alone
    finally:
        copy.close()


@contextmanager
def _partial(target: Path) -> Iterator[Path]:
    """A file beside `target` to write to, removed at the end. What a killed run left is removed now."""
    for left in target.parent.iterdir():
        if not (left.name.startswith(f".{target.name}.") and left.name.endswith(".partial")):
            continue
        with left.open("rb") as file, contextlib.suppress(BlockingIOError):
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)  # held as long as its maker lives
            left.unlink()
    partial = target.with_name(f".{target.name}.{secrets.token_hex(4)}.partial")
    with partial.open("xb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        try:
            yield partial
        finally:
            for name in (partial, *(partial.with_name(partial.name + end) for end in BESIDE)):
                name.unlink(missing_ok=True)


def restore(source: Path, home: Path) -> None:
    """Put a backup in the place of the store in `home`; the old one stays as `articles.db.before-restore`.

    The backup is checked first. There is a whole store at every moment, and a running Dateline takes the new one
    over. Raises StoreError when the backup is not a sound store, StoreBusy while `home` is written to.
    """
    if not source.is_file():
        raise StoreError(f"There is no backup at {source}: name the file that `dateline backup` wrote.")
    store = home / "articles.db"
    with reachable(home):
        home.mkdir(parents=True, exist_ok=True)
        with _partial(store) as partial:
            _checked_copy(source, partial)
            try:
                with FileLock(home / "writer.lock", WAIT_S), FileLock(home / "compactor.lock", WAIT_S):
                    _exchange(store, partial)
            except Timeout as error:
                raise StoreBusy(f"Another process is writing to {home}: stop it, then restore.") from error


def _checked_copy(source: Path, partial: Path) -> None:
    with told(source):
        shutil.copyfile(source, partial)
        held = Store(partial)  # raises StoreVersion for anything that is not a store
        try:
            with held.database.read() as db:
                found = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            if found != "ok":
                raise StoreError(f"{source} is damaged ({found}): restore another backup.")
            # Nothing that was derived from the store before, on disk or in a process, may be used with this one.
            held.renew_lineage()
        finally:
            held.close()  # the last to close a file also empties its log
    sync(partial)


def _exchange(store: Path, partial: Path) -> None:
    """Put the copy in the place of the store. Nobody else writes."""
    if store.exists():
        with contextlib.suppress(StoreError):  # a damaged one is kept as it is
            old = Database(store)
            old.scrub()  # what the log holds belongs into the old store
            old.close()
        kept = store.with_name(store.name + ".before-restore")
        fresh = store.with_name(store.name + ".before-restore.new")
        fresh.unlink(missing_ok=True)
        fresh.hardlink_to(store)  # so that there is a store at every moment
        fresh.replace(kept)
    for end in BESIDE:
        store.with_name(store.name + end).unlink(missing_ok=True)
    partial.rename(store)
    sync(store.parent)
