"""The store's file: opened, migrated, and its failures told in words that help.

One connection a thread for reading and one for writing; WAL, so that a reader never waits for the writer.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import StoreBusy, StoreError, StoreFull, StoreVersion
from index.schema import APPLICATION_ID, MIGRATIONS

BUSY_TIMEOUT_S = 30.0

# Extended result codes share their low byte: SQLITE_FULL, SQLITE_IOERR, SQLITE_BUSY, SQLITE_LOCKED, …
_FULL, _IOERR, _BUSY, _LOCKED, _READONLY, _CORRUPT, _NOTADB, _CANTOPEN = 13, 10, 5, 6, 8, 11, 26, 14


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into the family's, each with what to do next."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (_BUSY, _LOCKED):
            raise StoreBusy(f"{path} is being written by another process: wait for it, then try again.") from error
        if code in (_FULL, _IOERR):
            raise StoreFull(
                f"{path} could not be written ({error}): free some disk space and run the command again; "
                "everything acknowledged before is safe."
            ) from error
        if code in (_CORRUPT, _NOTADB):
            raise StoreError(
                f"{path} is damaged or not an article store ({error}): restore it with `dateline restore BACKUP`."
            ) from error
        if code in (_READONLY, _CANTOPEN):
            raise StoreError(f"{path} cannot be opened ({error}): check that the folder is writable.") from error
        raise StoreError(f"{path}: {error}") from error


class Database:
    """One SQLite file. Safe to share between threads; each gets its own connection."""

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring it to the newest version.

        Raises StoreVersion for a file that is not ours or was made by a newer Dateline, StoreError otherwise.
        """
        self.path = path
        self._local = threading.local()
        self._all: list[sqlite3.Connection] = []
        self._guard = threading.Lock()
        with told(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            self._migrate(self.connection)

    @property
    def connection(self) -> sqlite3.Connection:
        """The connection of the calling thread."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            # check_same_thread is off only so that close() may close every thread's connection.
            found = sqlite3.connect(self.path, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False)
            found.row_factory = sqlite3.Row
            found.execute("PRAGMA foreign_keys = ON")
            found.execute("PRAGMA synchronous = FULL")  # acknowledged means on disk, even if the power fails
            found.execute("PRAGMA secure_delete = ON")  # deleted means overwritten
            found.execute("PRAGMA trusted_schema = OFF")
            found.execute("PRAGMA temp_store = MEMORY")
            with self._guard:
                self._all.append(found)
            self._local.connection = found
        return found

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the store for as long as the block lasts."""
        with told(self.path):
            connection = self.connection
            if connection.in_transaction:  # already inside a view
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the block is stored, or none of it."""
        with told(self.path):
            connection = self.connection
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise

    def _migrate(self, connection: sqlite3.Connection) -> None:
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        if not empty and application != APPLICATION_ID:
            raise StoreVersion(f"{self.path} is not an article store: name another folder with --home.")
        if version > len(MIGRATIONS):
            raise StoreVersion(
                f"{self.path} has version {version}, this Dateline knows up to {len(MIGRATIONS)}: upgrade Dateline."
            )
        connection.execute("PRAGMA journal_mode = WAL")
        if version == len(MIGRATIONS):
            return
        connection.execute("BEGIN IMMEDIATE")
        try:
            # Another process may have migrated while this one waited.
            version = connection.execute("PRAGMA user_version").fetchone()[0]
            for script in MIGRATIONS[version:]:
                for statement in _statements(script):
                    connection.execute(statement)
            connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
            connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise

    def close(self) -> None:
        """Close every thread's connection."""
        with self._guard:
            for connection in self._all:
                connection.close()
            self._all.clear()
        self._local = threading.local()


def _statements(script: str) -> Iterator[str]:
    """The statements of a script; `executescript` would commit the transaction they must be part of."""
    statement = ""
    for line in script.splitlines():
        statement += line + "\n"
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
