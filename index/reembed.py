"""Embedding all articles again, with another embedder or because embeddings were damaged.

The new passages and embeddings are made beside the store, while it is in use, in a file that an interrupted run goes
on from. Then one transaction puts them in the place of the old ones, under a new lineage: before it nothing has
changed, after it everything has, and nothing that was derived from the old embeddings is used any more.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout

from index.chunking import chunk
from index.database import reachable, told
from index.dates import Clock, utc_now
from index.embedder import Embedder
from index.errors import StoreBusy
from index.index import WRITER_WAIT_S, OnProgress, quiet
from index.passage import Span
from index.rows import Recut, RevisionRow, embedding_key
from index.store import Store

BATCH_CHARACTERS = 500_000  # between two commits of the file beside the store
STAGED = "reembedding.db"

_TABLES = """
    CREATE TABLE cut (article INTEGER, revision TEXT, PRIMARY KEY (article, revision)) WITHOUT ROWID;
    CREATE TABLE span (article INTEGER NOT NULL, revision TEXT NOT NULL, first_line INTEGER NOT NULL,
        last_line INTEGER NOT NULL, start INTEGER NOT NULL, "end" INTEGER NOT NULL, key BLOB NOT NULL);
    CREATE INDEX span_revision ON span (article, revision);
    CREATE TABLE embedding (key BLOB PRIMARY KEY, vector BLOB NOT NULL) WITHOUT ROWID;
    CREATE TABLE made_with (fingerprint TEXT NOT NULL);
"""


def reembed(home: Path, embedder: Embedder, *, clock: Clock = utc_now, on_progress: OnProgress = quiet) -> int:
    """Cut and embed every revision of the store in `home` again; how many passages there are then.

    Questions and writes with the former embedder go on until the end; a process that is still running then says that
    it needs the new one. Stopped half-way, nothing has changed, and the next call goes on from there. Raises
    StoreBusy when another process is at it or writing, StoreFull when the disk is full.
    """
    with _locked(home, "reembedding.lock", 0.0), closing(Store(home / "articles.db", clock=clock)) as store:
        staged = _Staged(home / STAGED, embedder)
        try:
            staged.take(
                store.revision_rows(), lambda done: on_progress("embedding", done, store.counts()["revisions"])
            )
            with _locked(home, "writer.lock", WRITER_WAIT_S), _locked(home, "compactor.lock", WRITER_WAIT_S):
                staged.take(store.revision_rows(), lambda _: None)  # what was written meanwhile
                store.recut(staged.cut, staged.vector, fingerprint=embedder.fingerprint, dimension=embedder.dimension)
        finally:
            staged.close()
        staged.remove()
        return store.passage_span()[0]


@contextmanager
def _locked(home: Path, name: str, wait: float) -> Iterator[None]:
    with reachable(home):
        home.mkdir(parents=True, exist_ok=True)
        lock = FileLock(home / name)
        try:
            lock.acquire(timeout=wait)
        except Timeout as error:
            raise StoreBusy(
                f"Another process is writing to {home}: wait for it to finish, then try again."
            ) from error
    try:
        yield
    finally:
        lock.release()


class _Staged:
    """New passages and embeddings, beside the store."""

    def __init__(self, path: Path, embedder: Embedder) -> None:
        self.path = path
        self._embedder = embedder
        with told(path):
            self._db = sqlite3.connect(path, isolation_level=None)
            if self._made_with() != embedder.fingerprint:
                self._db.close()
                self.remove()
                self._db = sqlite3.connect(path, isolation_level=None)
                self._db.executescript(f"BEGIN; {_TABLES} COMMIT")
                self._db.execute("INSERT INTO made_with VALUES (?)", (embedder.fingerprint,))

    def _made_with(self) -> str | None:
        try:
            row = self._db.execute("SELECT fingerprint FROM made_with").fetchone()
        except sqlite3.DatabaseError:  # new, or not finished, or damaged: made anew
            return None
        return None if row is None else str(row[0])

    def close(self) -> None:
        self._db.close()

    def remove(self) -> None:
        for end in ("", "-journal"):
            self.path.with_name(self.path.name + end).unlink(missing_ok=True)

    def take(self, rows: Iterator[RevisionRow], on_done: Callable[[int], None]) -> None:
        """Cut and embed those revisions that are not here yet."""
        batch: list[RevisionRow] = []
        done = 0
        for done, row in enumerate(rows, start=1):
            if not self._has(row):
                batch.append(row)
            if sum(len(held.text) for held in batch) >= BATCH_CHARACTERS:
                self._store(batch)
                batch = []
                on_done(done)
        self._store(batch)
        on_done(done)

    def _has(self, row: RevisionRow) -> bool:
        found = self._db.execute("SELECT 1 FROM cut WHERE article = ? AND revision = ?", (row.article, row.revision))
        return found.fetchone() is not None

    def _store(self, batch: Sequence[RevisionRow]) -> None:
        embedder = self._embedder
        cuts: list[tuple[RevisionRow, list[Span], list[bytes]]] = []
        texts: dict[bytes, str] = {}
        for row in batch:
            spans = chunk(row.text, embedder, budget_tokens=embedder.passage_tokens, language=row.language or "en")
            composed = [embedder.compose(row.title, row.text[span.start : span.end]) for span in spans]
            keys = [embedding_key(text) for text in composed]
            texts.update(zip(keys, composed, strict=True))
            cuts.append((row, spans, keys))
        held = {key for key in texts if self._db.execute("SELECT 1 FROM embedding WHERE key = ?", (key,)).fetchone()}
        wanted = sorted(set(texts) - held)
        matrix = embedder.encode_passages([texts[key] for key in wanted])
        with told(self.path):
            self._db.execute("BEGIN")
            try:
                self._db.executemany(
                    "INSERT INTO embedding VALUES (?, ?)",
                    [(key, np.asarray(row, "<f2").tobytes()) for key, row in zip(wanted, matrix, strict=True)],
                )
                for revision, spans, keys in cuts:
                    self._db.execute("INSERT INTO cut VALUES (?, ?)", (revision.article, revision.revision))
                    self._db.executemany(
                        "INSERT INTO span VALUES (?, ?, ?, ?, ?, ?, ?)",
                        [
                            (revision.article, revision.revision, s.first_line, s.last_line, s.start, s.end, key)
                            for s, key in zip(spans, keys, strict=True)
                        ],
                    )
                self._db.execute("COMMIT")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("ROLLBACK")
                raise

    def cut(self, article: int, revision: str) -> Recut:
        """The passages of a revision, and the keys of their embeddings."""
        rows = self._db.execute(
            'SELECT first_line, last_line, start, "end", key FROM span '
            "WHERE article = ? AND revision = ? ORDER BY rowid",
            (article, revision),
        ).fetchall()
        return [(Span(*row[:4]), row[4]) for row in rows]

    def vector(self, key: bytes) -> bytes:
        """An embedding in half precision."""
        return bytes(self._db.execute("SELECT vector FROM embedding WHERE key = ?", (key,)).fetchone()[0])
