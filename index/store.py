"""The article store: the single truth that every citation resolves against.

Everything else in the index directory is derived from this file and can be rebuilt from it.
"""

from __future__ import annotations

import datetime as dt
import json
import secrets
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.article import Article, NewsDate, Revision, Status
from index.commit import Commit, note_progress
from index.database import Database
from index.dates import Clock, utc_now
from index.errors import EmbedderMismatch, StoreError, UnknownArticle, UnreadableInput
from index.passage import Passage, Span
from index.rows import (
    ArticleRow,
    Change,
    PassageRow,
    Prepared,
    Progress,
    Recut,
    RevisionRow,
    Stored,
    article_of,
    moment,
    passage_of,
    revision_of,
    seconds,
)
from index.syndication import VERSION

SPANS_BATCH = 500  # ids bound to one query
COPIES_BATCH = 256  # articles looked at in one transaction


_ARTICLE = """
    SELECT a.*, r.title, r.published_at, r.published_origin, r.updated_at, r.updated_origin
    FROM article a LEFT JOIN revision r ON r.article = a.number AND r.revision = a.revision
"""


class Store:
    """Articles, revisions, passages and embeddings in one SQLite file."""

    def __init__(self, path: Path, *, clock: Clock = utc_now) -> None:
        """Open or create the store. Raises StoreError and its kin."""
        self.database = Database(path)
        self.clock = clock
        try:
            if not self.lineage():
                with self.database.write() as db:
                    db.execute("INSERT OR IGNORE INTO setting VALUES ('lineage', ?)", (secrets.token_hex(8),))
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Close the file."""
        self.database.close()

    # ---- settings that belong to the file

    def setting(self, key: str) -> str | None:
        """A value kept with the store."""
        with self.database.read() as db:
            row = db.execute("SELECT value FROM setting WHERE key = ?", (key,)).fetchone()
        return None if row is None else str(row["value"])

    def bind_embedder(self, fingerprint: str, dimension: int) -> None:
        """Tie the store to the embedder its passages were cut and embedded for.

        Raises EmbedderMismatch if it is already tied to another one.
        """
        wanted = json.dumps({"fingerprint": fingerprint, "dimension": dimension})
        held = self.setting("embedder")
        if held is None:
            with self.database.write() as db:
                db.execute("INSERT OR IGNORE INTO setting VALUES ('embedder', ?)", (wanted,))
            held = self.setting("embedder")
        if held != wanted:
            name = json.loads(held or "{}").get("fingerprint", "unknown")
            raise EmbedderMismatch(
                f"This index was made with the embedder {name}, not {fingerprint}: set that one, or run "
                "`dateline rebuild --embedder` to embed all articles again."
            )

    def lineage(self) -> str:
        """The name of this course of commits, hex; another one after a restore.

        Commit numbers and passage ids of two lineages have nothing to do with each other: what was derived from one
        must not be used with the other.
        """
        return self.setting("lineage") or ""

    def renew_lineage(self) -> None:
        """Begin another lineage: what was derived from this file before is not to be used with it any more."""
        with self.database.write() as db:
            db.execute("INSERT OR REPLACE INTO setting VALUES ('lineage', ?)", (secrets.token_hex(8),))

    # ---- writing

    def is_deleted(self, article_id: str) -> bool:
        """Whether the article was here and was deleted."""
        with self.database.read() as db:
            row = db.execute(
                "SELECT 1 FROM article WHERE article_id = ? AND status = 'deleted'", (article_id,)
            ).fetchone()
        return row is not None

    def knows(self, article_id: str, revision: str) -> bool:
        """Whether this revision's text and passages are stored."""
        with self.database.read() as db:
            row = db.execute(
                "SELECT 1 FROM revision r JOIN article a ON a.number = r.article "
                "WHERE a.article_id = ? AND r.revision = ?",
                (article_id, revision),
            ).fetchone()
        return row is not None

    def missing_embeddings(self, keys: Sequence[bytes]) -> set[bytes]:
        """Those of `keys` for which no embedding is stored."""
        missing = set(keys)
        with self.database.read() as db:
            for key in list(missing):
                if db.execute("SELECT 1 FROM embedding WHERE key = ?", (key,)).fetchone():
                    missing.discard(key)
        return missing

    def put(
        self,
        batch: Sequence[Prepared],
        *,
        progress: Mapping[str, Progress] | None = None,
        revive: bool = False,
    ) -> list[Stored]:
        """Store drafts, all or none, and with them how far their files were read.

        A deleted article is refused unless `revive`. A draft without text only says what became of its article:
        withdrawn (which keeps the text) or deleted. Raises UnreadableInput for text that UTF-8 cannot hold.
        """
        for prepared in batch:
            try:
                prepared.draft.text.encode("utf-8")
            except UnicodeEncodeError as error:
                raise UnreadableInput(
                    f"{prepared.draft.origin or prepared.draft.article_id}: the text holds half of a surrogate pair "
                    f"at character {error.start}: repair the source's encoding."
                ) from error
        with self.database.write() as db:
            commit = Commit(db, self.clock())
            stored = [commit.put(prepared, revive=revive) for prepared in batch]
            for origin, held in (progress or {}).items():
                note_progress(db, origin, held)
            commit.forget_embeddings()
            if all(held.change in (Change.UNCHANGED, Change.REFUSED) for held in stored):
                commit.undo()
        if commit.deleted:
            self.database.scrub()  # the old text must not linger in the write-ahead log either
        return stored

    def withdraw(self, article_id: str) -> None:
        """Keep the article, never retrieve it again. Raises UnknownArticle."""
        self._set_status(article_id, Status.WITHDRAWN)

    def reinstate(self, article_id: str) -> None:
        """Make a withdrawn article usable again. Raises UnknownArticle."""
        self._set_status(article_id, Status.USABLE)

    def _set_status(self, article_id: str, status: Status) -> None:
        with self.database.write() as db:
            commit = Commit(db, self.clock())
            changed = db.execute(
                "UPDATE article SET status = ?, changed = ? WHERE article_id = ? AND status <> 'deleted' "
                "RETURNING number",
                (status, commit.number, article_id),
            ).fetchone()
            if changed is None:
                raise _gone(article_id) if self.is_deleted(article_id) else _unknown(article_id)
            commit.copies.review(changed["number"])

    def delete(self, article_id: str) -> None:
        """Remove the article's text, passages and embeddings for good; its id stays as a tombstone.

        Raises UnknownArticle.
        """
        with self.database.write() as db:
            commit = Commit(db, self.clock())
            row = db.execute(
                "SELECT number FROM article WHERE article_id = ? AND status <> 'deleted'", (article_id,)
            ).fetchone()
            if row is None:
                raise _gone(article_id) if self.is_deleted(article_id) else _unknown(article_id)
            commit.delete(row["number"])
            commit.forget_embeddings()
        self.database.scrub()

    # ---- reading

    def commit_number(self) -> int:
        """The last commit; 0 for an empty store."""
        with self.database.read() as db:
            return int(db.execute("SELECT coalesce(max(number), 0) FROM commits").fetchone()[0])

    def committed_at(self) -> dt.datetime | None:
        """When the last commit was made; None for an empty store."""
        with self.database.read() as db:
            row = db.execute("SELECT at FROM commits ORDER BY number DESC LIMIT 1").fetchone()
        return None if row is None else moment(row["at"])

    def article(self, article_id: str) -> Article:
        """One article. Raises UnknownArticle."""
        with self.database.read() as db:
            row = db.execute(_ARTICLE + " WHERE a.article_id = ?", (article_id,)).fetchone()
        if row is None:
            raise _unknown(article_id)
        return article_of(row)

    def articles(
        self, *, after: str = "", limit: int = 100, status: Status | None = None, source: str | None = None
    ) -> list[Article]:
        """A page of articles in the order of their ids, those after the id `after`."""
        query, values = _ARTICLE + " WHERE a.article_id > ?", [after]
        if status is not None:
            query, values = query + " AND a.status = ?", [*values, status.value]
        if source is not None:
            query, values = query + " AND a.source = ?", [*values, source]
        with self.database.read() as db:
            rows = db.execute(query + " ORDER BY a.article_id LIMIT ?", (*values, limit)).fetchall()
        return [article_of(row) for row in rows]

    def revisions(self, article_id: str) -> list[Revision]:
        """Every state of the article in order of time, the current one last. Raises UnknownArticle."""
        with self.database.read() as db:
            found = db.execute("SELECT number, status FROM article WHERE article_id = ?", (article_id,)).fetchone()
            if found is None:
                raise _unknown(article_id)
            rows = db.execute(
                "SELECT r.*, s.observed_at FROM state s JOIN revision r ON r.number = s.revision "
                "WHERE s.article = ? ORDER BY s.observed_at",
                (found["number"],),
            ).fetchall()
        ends = [*(moment(row["observed_at"]) for row in rows[1:]), None]
        return [revision_of(article_id, row, until) for row, until in zip(rows, ends, strict=False)]

    def revision(self, article_id: str, revision: str | None = None) -> Revision:
        """The named revision, or the current one; a name may be cut to 8 hex digits or more.

        Raises UnknownArticle, which says so where the article was deleted.
        """
        states = self.revisions(article_id)
        if not states:
            raise _gone(article_id)
        if revision is None:
            return states[-1]
        if len(revision) >= 8:
            named = [state for state in states if state.revision.startswith(revision)]
            if named:
                return named[-1]  # where a text came back, its latest time
        raise UnknownArticle(f"The article {article_id} has no revision {revision}: see `dateline articles history`.")

    def passages(self, passage_ids: Sequence[int]) -> dict[int, Passage]:
        """Those of the passages that are stored, by id."""
        found: dict[int, Passage] = {}
        with self.database.read() as db:
            for passage_id in passage_ids:
                row = db.execute(_PASSAGE + " WHERE p.passage_id = ?", (int(passage_id),)).fetchone()
                if row is not None:
                    found[passage_id] = passage_of(row, row["text"][row["start"] : row["end"]])
        return found

    def spans(self, passage_ids: Sequence[int]) -> dict[int, Passage]:
        """Those of the passages that are stored, by id, without their texts: reading those is most of the work."""
        found: dict[int, Passage] = {}
        with self.database.read() as db:
            for start in range(0, len(passage_ids), SPANS_BATCH):
                some = [int(passage_id) for passage_id in passage_ids[start : start + SPANS_BATCH]]
                places = ",".join("?" * len(some))  # only question marks: the ids are bound
                for row in db.execute(f"{_SPAN} WHERE p.passage_id IN ({places})", some):
                    passage_id, article_id, revision, *span = row  # by place: by name takes longer than the query
                    found[passage_id] = Passage(passage_id, article_id, revision, Span(*span), "")
        return found

    def held(self, passage_ids: Sequence[int]) -> frozenset[int]:
        """Those of the passages that are stored."""
        with self.database.read() as db:
            places = ",".join("?" * len(passage_ids))  # only question marks: the ids are bound
            rows = db.execute(f"{_HELD} WHERE passage_id IN ({places})", passage_ids)
            return frozenset(row[0] for row in rows)

    def articles_by_number(self, numbers: Sequence[int]) -> dict[int, Article]:
        """Articles by their row number."""
        found: dict[int, Article] = {}
        with self.database.read() as db:
            for number in numbers:
                row = db.execute(_ARTICLE + " WHERE a.number = ?", (int(number),)).fetchone()
                if row is not None:
                    found[number] = article_of(row)
        return found

    def copy_of(self, article_id: str) -> tuple[str, float] | None:
        """The article that this one is a copy of, and the share of the shorter body that stands in the longer one."""
        with self.database.read() as db:
            row = db.execute(
                "SELECT o.article_id, c.overlap FROM carrier c JOIN article a ON a.number = c.article "
                "JOIN article o ON o.number = c.original WHERE a.article_id = ?",
                (article_id,),
            ).fetchone()
        return None if row is None else (row["article_id"], row["overlap"])

    def carriers_of(self, article_id: str) -> list[str]:
        """The articles that are copies of this one, in the order of their ids."""
        with self.database.read() as db:
            rows = db.execute(
                "SELECT a.article_id FROM carrier c JOIN article a ON a.number = c.article "
                "JOIN article o ON o.number = c.original WHERE o.article_id = ? ORDER BY 1",
                (article_id,),
            ).fetchall()
        return [row["article_id"] for row in rows]

    def find_copies(self, *, on_progress: Callable[[str, int, int], None] = lambda *_: None) -> int:
        """Look for copies among articles that were stored before this was done, or was done in this way.

        Returns how many were looked at; `on_progress` hears of what, done, of how many. May be stopped and called
        again.
        """
        with self.database.read() as db:
            numbers = [
                row[0]
                for row in db.execute(
                    "SELECT a.number FROM article a LEFT JOIN signature s ON s.article = a.number WHERE "
                    "a.status = 'usable' AND (s.article IS NULL OR substr(s.minhash, 1, ?) <> ?) ORDER BY a.number",
                    (len(VERSION), VERSION),
                )
            ]
        for start in range(0, len(numbers), COPIES_BATCH):
            with self.database.write() as db:
                commit = Commit(db, self.clock())
                for number in numbers[start : start + COPIES_BATCH]:
                    commit.copies.review(number)
                if db.execute("SELECT 1 FROM article WHERE changed = ? LIMIT 1", (commit.number,)).fetchone() is None:
                    commit.undo()
            on_progress("copies", min(start + COPIES_BATCH, len(numbers)), len(numbers))
        return len(numbers)

    # ---- what the derived indexes ask for

    def articles_changed(self, since: int) -> list[ArticleRow]:
        """Articles that changed after the commit `since`, in the order of their numbers."""
        with self.database.read() as db:
            rows = db.execute(
                "SELECT a.number, a.article_id, a.status, a.embargo_until, a.source, a.section, a.language, "
                "c.original FROM article a INDEXED BY article_changed LEFT JOIN carrier c ON c.article = a.number "
                "WHERE a.changed > ? ORDER BY a.number",
                (since,),
            ).fetchall()
        return [
            ArticleRow(
                row["number"],
                row["article_id"],
                Status(row["status"]),
                seconds(row["embargo_until"]),
                row["source"],
                row["section"],
                row["language"],
                row["original"],
            )
            for row in rows
        ]

    def passages_changed(self, since: int) -> list[PassageRow]:
        """Every passage of the articles that changed after the commit `since`, in the order of their ids.

        A passage of a text that was current more than once has a row for each time.
        """
        with self.database.read() as db:
            spans = _current_spans(db, since)
            rows = db.execute(
                # CROSS JOIN keeps SQLite to this order: the few articles that changed, then their passages. Left to
                # itself it reads every passage there is.
                "SELECT p.passage_id, p.article, p.revision, r.published_at FROM article a "
                "CROSS JOIN passage p ON p.article = a.number JOIN revision r ON r.number = p.revision "
                "WHERE a.changed > ? ORDER BY p.passage_id",
                (since,),
            ).fetchall()
        days: dict[str | None, float | None] = {}  # few days, many passages
        for published in {row["published_at"] for row in rows}:
            days[published] = None if published is None else NewsDate.parse(published).moment.timestamp()
        return [
            PassageRow(row["passage_id"], row["article"], days[row["published_at"]], start, end)
            for row in rows
            for start, end in spans.get((row["article"], row["revision"]), ())
        ]

    def removed_since(self, since: int) -> list[int]:
        """Ids of passages removed after the commit `since`."""
        with self.database.read() as db:
            rows = db.execute(
                "SELECT passage_id FROM removed WHERE gone > ? ORDER BY +passage_id", (since,)
            ).fetchall()
        return [row[0] for row in rows]

    def texts_added(self, since: int) -> Iterator[tuple[int, str, str]]:
        """`(passage_id, title, text)` of passages added after the commit `since`, in the order of their ids."""
        with self.database.read() as db:
            # Ids first: sorting whole texts would hold all of them.
            ids = db.execute(
                "SELECT passage_id FROM passage WHERE added > ? ORDER BY +passage_id", (since,)
            ).fetchall()
            for (passage_id,) in ids:
                row = db.execute(_PASSAGE + " WHERE p.passage_id = ?", (passage_id,)).fetchone()
                yield passage_id, row["title"], row["text"][row["start"] : row["end"]]

    def count_added(self, since: int) -> int:
        """How many passages were added after the commit `since`."""
        with self.database.read() as db:
            return int(db.execute("SELECT count(*) FROM passage WHERE added > ?", (since,)).fetchone()[0])

    def passage_span(self) -> tuple[int, int]:
        """How many passages there are, and the highest id among them (0 for none)."""
        with self.database.read() as db:
            row = db.execute("SELECT count(*), coalesce(max(passage_id), 0) FROM passage").fetchone()
        return int(row[0]), int(row[1])

    def revision_rows(self) -> Iterator[RevisionRow]:
        """Every revision there is, in the order they came."""
        with self.database.read() as db:
            numbers = [row[0] for row in db.execute("SELECT number FROM revision ORDER BY number")]
        for number in numbers:  # each looked at by itself: a view that lasts for hours would keep the log from ending
            with self.database.read() as db:
                row = db.execute(
                    "SELECT r.article, r.revision, r.title, r.text, a.language FROM revision r "
                    "JOIN article a ON a.number = r.article WHERE r.number = ?",
                    (number,),
                ).fetchone()
            if row is not None:
                yield RevisionRow(*row)

    def recut(
        self,
        cut: Callable[[int, str], Recut],
        vector: Callable[[bytes], bytes],
        *,
        fingerprint: str,
        dimension: int,
    ) -> None:
        """Put other passages and embeddings, made with another embedder, in the place of all that are here.

        `cut` gives the passages of a revision by its article's number and its name, `vector` an embedding in half
        precision by its key. A new lineage begins: what was derived from the former passages is void.
        """
        with self.database.write() as db:
            commit = Commit(db, self.clock())
            for table in ("passage", "embedding", "removed"):
                db.execute(f"DELETE FROM {table}")  # noqa: S608, one of these three
            for number, article, revision in db.execute("SELECT number, article, revision FROM revision").fetchall():
                passages = cut(article, revision)
                for key in {key for _, key in passages}:
                    db.execute("INSERT OR IGNORE INTO embedding VALUES (?, ?)", (key, vector(key)))
                db.executemany(
                    'INSERT INTO passage (article, revision, first_line, last_line, start, "end", key, added) '
                    "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                    [
                        (article, number, held.first_line, held.last_line, held.start, held.end, key, commit.number)
                        for held, key in passages
                    ],
                )
            db.execute("UPDATE article SET changed = ?", (commit.number,))
            db.executemany(
                "INSERT OR REPLACE INTO setting VALUES (?, ?)",
                [
                    ("embedder", json.dumps({"fingerprint": fingerprint, "dimension": dimension})),
                    ("lineage", secrets.token_hex(8)),
                ],
            )

    def last_passage_id(self) -> int:
        """The highest passage id that was ever given out; 0 for none."""
        with self.database.read() as db:
            row = db.execute("SELECT seq FROM sqlite_sequence WHERE name = 'passage'").fetchone()
        return 0 if row is None else int(row[0])

    def text(self, article_id: str, revision: str) -> str:
        """The canonical text of a revision, by its whole name. Raises UnknownArticle."""
        with self.database.read() as db:
            row = db.execute(
                "SELECT r.text FROM revision r JOIN article a ON a.number = r.article "
                "WHERE a.article_id = ? AND r.revision = ?",
                (article_id, revision),
            ).fetchone()
        if row is None:
            raise UnknownArticle(f"The article {article_id} has no revision {revision}.")
        return str(row["text"])

    def vectors_after(
        self, passage_id: int, *, batch: int = 4096
    ) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
        """Ids (n,) and embeddings (n, dim), unit length, of passages above `passage_id`, in the order of ids."""
        with self.database.read() as db:
            rows = db.execute(
                "SELECT p.passage_id, e.vector FROM passage p JOIN embedding e ON e.key = p.key "
                "WHERE p.passage_id > ? ORDER BY p.passage_id",
                (passage_id,),
            )
            while held := rows.fetchmany(batch):
                ids = np.fromiter((row[0] for row in held), dtype=np.int64, count=len(held))
                size = len(held[0][1])
                if not size or any(len(row[1]) != size for row in held):
                    raise self._damaged_embedding([row[0] for row in held if len(row[1]) != size] or ids.tolist())
                vectors = np.frombuffer(b"".join(row[1] for row in held), "<f2").reshape(len(held), -1)
                vectors = vectors.astype(np.float32)
                lengths = np.linalg.norm(vectors, axis=1, keepdims=True)
                sound = np.abs(lengths[:, 0] - 1) < 0.01  # half precision is off by 1e-4; a NaN fails this too
                if not sound.all():
                    raise self._damaged_embedding(ids[~sound].tolist())
                yield ids, vectors / lengths

    def _damaged_embedding(self, passage_ids: Sequence[int]) -> StoreError:
        return StoreError(
            f"{self.database.path}: the embedding of passage {passage_ids[0]} is damaged: run `dateline rebuild "
            "--embedder` to embed all articles again, or `dateline restore BACKUP`."
        )

    def counts(self) -> dict[str, int]:
        """How many articles, revisions, passages and embeddings there are."""
        tables = {
            "articles": "article WHERE status <> 'deleted'",
            "withdrawn": "article WHERE status = 'withdrawn'",
            "deleted": "article WHERE status = 'deleted'",
            "revisions": "revision",
            "passages": "passage",
            "embeddings": "embedding",
            "copies": "carrier",
        }
        with self.database.read() as db:
            # The tables are named here, not by anyone outside.
            return {
                name: int(db.execute(f"SELECT count(*) FROM {table}").fetchone()[0])  # noqa: S608
                for name, table in tables.items()
            }

    def feeds(self) -> dict[str, str]:
        """The record of every feed, by its address, in the order of addresses."""
        with self.database.read() as db:
            return {row["url"]: row["record"] for row in db.execute("SELECT * FROM feed ORDER BY url")}

    def keep_feed(self, url: str, record: str) -> None:
        """Add a feed, or replace the record of one."""
        with self.database.write() as db:
            db.execute("INSERT OR REPLACE INTO feed VALUES (?, ?)", (url, record))

    def forget_feed(self, url: str) -> bool:
        """Remove a feed; whether it was there. Its articles stay."""
        with self.database.write() as db:
            return bool(db.execute("DELETE FROM feed WHERE url = ?", (url,)).rowcount)

    def reached(self) -> list[tuple[str, str, int]]:
        """Every file an earlier run has read: its path, its state then, and how far."""
        with self.database.read() as db:
            return [tuple(row) for row in db.execute("SELECT origin, signature, position FROM progress")]


_SPAN = """
    SELECT p.passage_id, a.article_id, r.revision, p.first_line, p.last_line, p.start, p."end"
    FROM passage p JOIN revision r ON r.number = p.revision JOIN article a ON a.number = p.article
"""
_HELD = "SELECT passage_id FROM passage"
_PASSAGE = """
    SELECT p.*, r.revision AS revision_name, r.text, r.title, a.article_id
    FROM passage p JOIN revision r ON r.number = p.revision JOIN article a ON a.number = p.article
"""


def _current_spans(db: sqlite3.Connection, since: int) -> dict[tuple[int, int], list[tuple[float, float | None]]]:
    """From when until when each revision of the changed articles was current, by article and revision number."""
    rows = db.execute(
        "SELECT s.* FROM article a CROSS JOIN state s ON s.article = a.number WHERE a.changed > ? "
        "ORDER BY s.article, s.observed_at",
        (since,),
    ).fetchall()
    spans: dict[tuple[int, int], list[tuple[float, float | None]]] = {}
    for row, following in zip(rows, [*rows[1:], None], strict=False):
        goes_on = following is not None and following["article"] == row["article"]
        until = moment(following["observed_at"]).timestamp() if following is not None and goes_on else None
        start = moment(row["observed_at"]).timestamp()
        spans.setdefault((row["article"], row["revision"]), []).append((start, until))
    return spans


def _gone(article_id: str) -> UnknownArticle:
    return UnknownArticle(f"The article {article_id} was deleted: its text is gone.")


def _unknown(article_id: str) -> UnknownArticle:
    return UnknownArticle(f"There is no article {article_id}: see `dateline articles list`.")
