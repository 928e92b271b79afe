"""The store's file: opened, migrated, and its failures told in words that help.

One connection a thread for reading and one for writing; WAL, so that a reader never waits for the writer.
"""

from __future__ import annotations

import errno
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

from index.errors import StoreBusy, StoreError, StoreFull, StoreVersion
from index.schema import APPLICATION_ID, MIGRATIONS

BUSY_TIMEOUT_S = 30.0
SCRUB_WAIT_S = 1.0

# Extended result codes share their low byte: SQLITE_FULL, SQLITE_IOERR, SQLITE_BUSY, SQLITE_LOCKED, …
_FULL, _IOERR, _BUSY, _LOCKED, _PROTOCOL, _READONLY, _CORRUPT, _NOTADB, _CANTOPEN = 13, 10, 5, 6, 15, 8, 11, 26, 14
_FULL_DISK = {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}


@contextmanager
def told(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into the family's, each with what to do next."""
    try:
        yield
    except sqlite3.DatabaseError as error:
        code = getattr(error, "sqlite_errorcode", 0) & 0xFF
        if code in (_BUSY, _LOCKED, _PROTOCOL):
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


Identity: TypeAlias = tuple[int, int]  # of a file, whatever it is called


@contextmanager
def reachable(path: Path) -> Iterator[None]:
    """Turn the operating system's refusals into the family's, each with what to do next."""
    try:
        yield
    except (FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        raise StoreError(
            f"{error.filename or path} is in the way: a file where a folder is needed, or the reverse. "
            "Name another folder with --home."
        ) from error
    except OSError as error:
        if error.errno in _FULL_DISK:
            raise StoreFull(
                f"{path} could not be written ({error.strerror}): free some disk space and run the command again; "
                "everything acknowledged before is safe."
            ) from error
        raise StoreError(
            f"{error.filename or path} cannot be used ({error.strerror or error}): check that it is there and that "
            "the folder is writable, or name another folder with --home."
        ) from error


class Database:
    """One SQLite file. Safe to share between threads; each gets its own connection.

    The file may be replaced while it is open, by `dateline restore` for one: the next block works on the new one.
    """

    def __init__(self, path: Path) -> None:
        """Open or create the file and bring it to the newest version.

        Raises StoreVersion for a file that is not ours or was made by a newer Dateline, StoreError otherwise.
        """
        self.path = path
        self._local = threading.local()
        self._all: dict[threading.Thread, sqlite3.Connection] = {}
        self._guard = threading.Lock()
        self._scrub_owed = False
        with reachable(path):
            path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with told(path):
                self._connect(create=True)
        except BaseException:
            self.close()
            raise

    def _connection(self) -> sqlite3.Connection:
        """The connection of the calling thread, to the file that is there now."""
        found: sqlite3.Connection | None = getattr(self._local, "connection", None)
        if found is None:
            return self._connect()
        if found.in_transaction or self._local.identity == self._identity():
            return found
        self._local.connection = None
        found.close()
        return self._connect()

    def _identity(self) -> Identity:
        try:
            status = self.path.stat()
        except OSError as error:
            raise StoreError(
                f"{self.path} is gone ({error.strerror}): put it back, or restore it with `dateline restore BACKUP`."
            ) from error
        return status.st_dev, status.st_ino

    def _connect(self, *, create: bool = False) -> sqlite3.Connection:
        while True:
            before = self._identity() if self.path.exists() or not create else None
            # check_same_thread is off only so that close() may close every thread's connection.
            made = sqlite3.connect(
                f"{self.path.absolute().as_uri()}?mode={'rwc' if create else 'rw'}",
                uri=True,
                timeout=BUSY_TIMEOUT_S,
                isolation_level=None,
                check_same_thread=False,
            )
            identity = self._identity()
            if before in (None, identity):
                break
            made.close()  # replaced between the two looks: it is not known which one was opened
        try:
            made.row_factory = sqlite3.Row
            made.execute("PRAGMA foreign_keys = ON")
            made.execute("PRAGMA synchronous = FULL")  # acknowledged means on disk, even if the power fails
            made.execute("PRAGMA secure_delete = ON")  # deleted means overwritten
            made.execute("PRAGMA trusted_schema = OFF")
            made.execute("PRAGMA temp_store = MEMORY")
            self._migrate(made)
        except BaseException:
            made.close()
            raise
        with self._guard:
            for thread in [held for held in self._all if not held.is_alive()]:
                self._all.pop(thread).close()  # a pool's threads come and go
            self._all[threading.current_thread()] = made
        self._local.connection, self._local.identity = made, identity
        return made

    @contextmanager
    def read(self) -> Iterator[sqlite3.Connection]:
        """One consistent view of the store for as long as the block lasts."""
        with told(self.path):
            connection = self._connection()
            if connection.in_transaction:  # already inside a view
                yield connection
                return
            connection.execute("BEGIN")
            try:
                yield connection
            finally:
                if connection.in_transaction:  # a failed read may have ended it
                    connection.execute("ROLLBACK")

    @contextmanager
    def write(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of the block is stored, or none of it."""
        with told(self.path):
            connection = self._connection()
            connection.execute("BEGIN IMMEDIATE")
            try:
                yield connection
                connection.execute("COMMIT")
            except BaseException:
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
                raise
        if self._scrub_owed:
            self.scrub(wait_s=0.0)

    def scrub(self, *, wait_s: float = SCRUB_WAIT_S) -> bool:
        """Move what the write-ahead log holds into the file and overwrite it there; whether that could be done.

        It cannot while somebody reads an older state. Then it is tried again after each write and at the end, so that
        a deletion never waits for a long read.
        """
        with told(self.path):
            connection = self._connection()
            connection.execute(f"PRAGMA busy_timeout = {int(wait_s * 1000)}")
            try:
                self._scrub_owed = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0] != 0
            finally:
                connection.execute(f"PRAGMA busy_timeout = {int(BUSY_TIMEOUT_S * 1000)}")
        return not self._scrub_owed

    def _migrate(self, connection: sqlite3.Connection) -> None:
        connection.execute("BEGIN")  # one look: another process may be creating the file just now
        application = connection.execute("PRAGMA application_id").fetchone()[0]
        version = connection.execute("PRAGMA user_version").fetchone()[0]
        empty = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()[0] == 0
        connection.execute("ROLLBACK")
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
        if self._scrub_owed:
            with suppress(StoreError):
                self.scrub(wait_s=0.0)
        with self._guard:
            for connection in self._all.values():
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
