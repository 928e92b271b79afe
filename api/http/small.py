"""Small SQLite files of the server's own beside the article store: keys, conversations. One connection, one lock."""

from __future__ import annotations

import os
import sqlite3
import threading
import weakref
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.database import reachable, told


class SmallFile:
    """A SQLite file that its owner alone may read. Safe to share between threads and processes."""

    def __init__(self, path: Path, schema: str) -> None:
        """Open or create it. Raises StoreError."""
        self.path = path
        self._lock = threading.Lock()
        with reachable(path), told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            os.close(os.open(path, os.O_CREAT | os.O_RDWR, 0o600))
            self._db = sqlite3.connect(path, check_same_thread=False, timeout=30, isolation_level=None)
            weakref.finalize(self, self._db.close)  # an application that was only tried out closes nothing itself
            self._db.execute("PRAGMA journal_mode = WAL")
            self._db.execute("PRAGMA secure_delete = ON")  # what is forgotten is gone
            self._db.executescript(schema)

    def close(self) -> None:
        """Close it."""
        with self._lock:
            self._db.close()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one look. Raises StoreError."""
        with self._lock, told(self.path):
            yield self._db

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """The connection, for one change: all of it or none. Raises StoreError."""
        with self._lock, told(self.path):
            self._db.execute("BEGIN IMMEDIATE")
            try:
                yield self._db
            except BaseException:
                self._db.execute("ROLLBACK")
                raise
            self._db.execute("COMMIT")
