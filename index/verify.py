"""Every derived record against the truth it was derived from.

Within the article store: a revision against its name, a passage against its lines, an embedding against its text, an
article's course against its revisions. Beside it: the lexical index, the vector index and the catalog against the
store. The checks work the expected values out anew, and share no query with what they check.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from index import manifest as manifests
from index import syndication
from index.article import DateOrigin, NewsDate, Status, revision_name
from index.errors import DamagedIndex
from index.index import Index, Pinned, quiet
from index.lines import Lines
from index.rows import embedding_key

FAULTS_MOST = 100  # a damaged store would otherwise report every passage
SAME = 0.9999  # cosine of two half-precision copies of one vector; another passage's is far below
LIKE = 0.99  # of one text embedded twice: batches and engines round differently

OnProgress = Callable[[str, int, int], None]


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what does not agree. Sound when `faults` is empty."""

    checked: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)
    more: int = 0  # faults beyond those that are listed

    @property
    def sound(self) -> bool:
        """Whether everything agrees."""
        return not self.faults

    def fault(self, message: str) -> None:
        """Note one; those beyond the first hundred are only counted."""
        if len(self.faults) < FAULTS_MOST:
            self.faults.append(message)
        else:
            self.more += 1


def verify(index: Index, *, sample: int = 0, on_progress: OnProgress = quiet) -> Verdict:
    """Check the store, and what is derived from it. Reads everything; mends nothing that it finds.

    With `sample`, that many passages, evenly spread, are also embedded again. Writers wait for a moment at the start
    only. Raises StoreBusy when one does not end in a minute.
    """
    verdict = Verdict()
    with index.pinned() as pinned:
        checking = _Checking(index, pinned, verdict, on_progress)
        checking.file()
        try:
            checking.articles()
            checking.texts()
            checking.embeddings(sample)
            checking.copies()
            checking.derived()
        except sqlite3.DatabaseError as error:  # a page that cannot be read
            verdict.fault(f"store: {error}")
        checking.files()
    return verdict


@dataclass(slots=True)
class _Checking:
    """One run: a view of the store, what was derived from it at that moment, and what was found so far."""

    index: Index
    pinned: Pinned
    verdict: Verdict
    on_progress: OnProgress
    expected: dict[int, int] = field(default_factory=dict)  # passage id → its place in order of id

    @property
    def db(self) -> sqlite3.Connection:
        return self.pinned.db

    def fault(self, message: str) -> None:
        self.verdict.fault(message)

    def one(self, query: str) -> int:
        return int(self.db.execute(query).fetchone()[0])

    # ---- the store

    def file(self) -> None:
        """SQLite's own checks."""
        with suppress(sqlite3.DatabaseError):  # said once more by whoever reads that page
            for row in self.db.execute("PRAGMA integrity_check(10)"):
                if row[0] != "ok":
                    self.fault(f"store: {row[0]}")
            for row in self.db.execute("PRAGMA foreign_key_check"):
                self.fault(f"store: a row of {row[0]} points at nothing in {row[2]}")

    def articles(self) -> None:
        """What is said of an article can be read, and its course of revisions ends with its current one."""
        rows = self.db.execute(
            "SELECT a.*, (SELECT r.revision FROM state s JOIN revision r ON r.number = s.revision "
            "WHERE s.article = a.number ORDER BY s.observed_at DESC LIMIT 1) AS last, "
            "(SELECT count(*) FROM revision WHERE article = a.number) AS texts FROM article a"
        ).fetchall()
        last = self.one("SELECT coalesce(max(number), 0) FROM commits")
        for row in rows:
            name = row["article_id"]
            if row["status"] == Status.DELETED and (row["texts"] or row["revision"]):
                self.fault(f"store: {name} is deleted but has text")
            elif row["status"] != Status.DELETED and row["revision"] is None:
                self.fault(f"store: {name} has no current revision")
            elif row["revision"] != row["last"]:
                self.fault(f"store: the current revision of {name} is not its last one")
            if not 0 < row["changed"] <= last:
                self.fault(f"store: {name} changed in commit {row['changed']}, which never was")
            for what in ("authors", "metadata"):
                if not _readable(json.loads, row[what]):
                    self.fault(f"store: the {what} of {name} cannot be read")
            if row["embargo_until"] is not None and not _readable(_moment, row["embargo_until"]):
                self.fault(f"store: the embargo of {name} cannot be read")
        self._courses()
        self.verdict.checked["articles"] = len(rows)
        for query, what in (
            ("SELECT count(*) FROM removed JOIN passage USING (passage_id)", "passages are there though removed"),
            (
                "SELECT count(*) FROM revision r WHERE NOT EXISTS (SELECT 1 FROM state WHERE revision = r.number)",
                "revisions were never current",
            ),
            (
                "SELECT count(*) FROM passage WHERE passage_id > (SELECT seq FROM sqlite_sequence "
                "WHERE name = 'passage')",
                "passages have an id that may be given out again",
            ),
        ):
            if count := self.one(query):
                self.fault(f"store: {count} {what}")

    def _courses(self) -> None:
        before: sqlite3.Row | None = None
        for row in self.db.execute(
            "SELECT s.*, a.article_id, r.article AS owner FROM state s JOIN article a ON a.number = s.article "
            "LEFT JOIN revision r ON r.number = s.revision ORDER BY s.article, s.observed_at"
        ):
            name = row["article_id"]
            if row["owner"] != row["article"]:
                self.fault(f"store: the course of {name} names a revision of another article")
            seen = row["confirmed_at"] or row["observed_at"]
            if not (_readable(_moment, row["observed_at"]) and _readable(_moment, seen)):
                self.fault(f"store: a moment in the course of {name} cannot be read")
            elif _moment(seen) < _moment(row["observed_at"]):
                self.fault(f"store: in the course of {name} a text was last seen before it began")
            if before is not None and (before["article"], before["revision"]) == (row["article"], row["revision"]):
                self.fault(f"store: in the course of {name} a revision follows itself")
            before = row

    def texts(self) -> None:
        """Revisions are what their names say, and their passages are whole lines of them that leave nothing out."""
        total = self.one("SELECT count(*) FROM revision")
        passages = 0
        for done, row in enumerate(
            self.db.execute("SELECT r.*, a.article_id FROM revision r JOIN article a ON a.number = r.article"),
            start=1,
        ):
            name = f"{row['article_id']} {row['revision'][:12]}"
            if revision_name(row["text"]) != row["revision"]:
                self.fault(f"store: the text of {name} is not the one it was stored with")
            for what in ("published", "updated"):
                if row[f"{what}_at"] is not None and not (
                    _readable(NewsDate.parse, row[f"{what}_at"]) and _readable(DateOrigin, row[f"{what}_origin"])
                ):
                    self.fault(f"store: the date {name} was {what} cannot be read")
            passages += self._passages(row, name)
            if done % 100 == 0 or done == total:
                self.on_progress("texts", done, total)
        if passages != (held := self.one("SELECT count(*) FROM passage")):
            self.fault(f"store: {held - passages} passages belong to no revision")
        self.verdict.checked |= {"revisions": total, "passages": passages}

    def _passages(self, revision: sqlite3.Row, name: str) -> int:
        text = revision["text"]
        lines, uncovered, covered, count = Lines(text), 0, 0, 0
        for row in self.db.execute("SELECT * FROM passage WHERE revision = ? ORDER BY start", (revision["number"],)):
            count += 1
            which = f"passage {row['passage_id']} of {name}"
            if row["article"] != revision["article"]:
                self.fault(f"store: {which} is said to be of another article")
            start, end = row["start"], row["end"]
            if not 0 <= start < end <= len(text):
                self.fault(f"store: {which} is not within its text")
                continue
            if (row["first_line"], row["last_line"]) != (lines.at(start), lines.at(end - 1)):
                self.fault(f"store: {which} is not on the lines it names")
            composed = self.index.embedder.compose(revision["title"], text[start:end])
            if embedding_key(composed) != row["key"]:
                self.fault(f"store: {which} has another text's embedding")
            uncovered += bool(text[covered:start].strip())
            covered = max(covered, end)
        if uncovered or text[covered:].strip():
            self.fault(f"store: parts of the text of {name} are in no passage")
        return count

    def embeddings(self, sample: int) -> None:
        """Every passage has an embedding: a unit vector, and for those of the sample the one that its text gives."""
        if missing := self.one(
            "SELECT count(*) FROM passage p LEFT JOIN embedding e ON e.key = p.key WHERE e.key IS NULL"
        ):
            self.fault(f"store: {missing} passages have no embedding")
        if orphans := self.one(
            "SELECT count(*) FROM embedding e WHERE NOT EXISTS (SELECT 1 FROM passage WHERE key = e.key)"
        ):
            self.fault(f"store: {orphans} embeddings belong to no passage")
        total = self.one("SELECT count(*) FROM passage")
        step = max(1, total // sample) if sample else 0
        texts: list[str] = []
        held: list[np.ndarray[tuple[int], np.dtype[np.float32]]] = []
        for at, row in enumerate(
            self.db.execute(
                "SELECT p.passage_id, p.start, p.end, e.vector, p.revision FROM passage p "
                "JOIN embedding e ON e.key = p.key ORDER BY p.passage_id"
            )
        ):
            self.expected[row["passage_id"]] = at
            vector = _vector(row["vector"], self.index.embedder.dimension)
            if vector is None:
                self.fault(f"store: the embedding of passage {row['passage_id']} is not a unit vector")
            elif step and at % step == 0 and len(texts) < sample:
                revision = self.db.execute(
                    "SELECT title, text FROM revision WHERE number = ?", (row["revision"],)
                ).fetchone()
                passage = revision["text"][row["start"] : row["end"]]
                texts.append(self.index.embedder.compose(revision["title"], passage))
                held.append(vector)
        again = self.index.embedder.encode_passages(texts, on_progress=self._embedded(len(texts)))
        for text, vector, fresh in zip(texts, held, again, strict=True):
            if float(vector @ fresh) < LIKE:
                self.fault(f"store: the embedding of {text[:60]!r} is not the one its text gives")
        if sample:
            self.verdict.checked["embedded again"] = len(texts)

    def _embedded(self, total: int) -> Callable[[int], None]:
        return lambda done: self.on_progress("embedding again", done, total)

    def copies(self) -> None:
        """What is entered as a copy is one of an original that is there, and every signature is its text's."""
        for message in syndication.faults(self.db):
            self.fault(message)

    # ---- what is derived

    def derived(self) -> None:
        """The lexical index, the vector index and the catalog hold the store's passages, no more, no less."""
        self._vectors()
        lexical, expected = self.pinned.lexical, set(self.expected)
        for passage_id in _some(expected - lexical):
            self.fault(f"lexical index: passage {passage_id} is missing")
        for passage_id in _some(lexical - expected):
            self.fault(f"lexical index: passage {passage_id} is not in the store")
        self._catalog()
        self.verdict.checked |= {"vectors": len(expected), "lexical": len(lexical)}

    def _vectors(self) -> None:
        ids = np.array(sorted(self.expected), np.int64)
        for start in range(0, len(ids), 4096):
            some = ids[start : start + 4096]
            held, there = self.pinned.vectors.stored(some)
            held /= np.linalg.norm(held, axis=1, keepdims=True)
            for passage_id in some[~there].tolist():
                self.fault(f"vector index: passage {passage_id} is missing")
            places = {passage_id: at for at, passage_id in enumerate(some[there].tolist())}
            for row in self.db.execute(
                "SELECT p.passage_id, e.vector FROM passage p JOIN embedding e ON e.key = p.key "
                "WHERE p.passage_id BETWEEN ? AND ?",
                (int(some[0]), int(some[-1])),
            ):
                at = places.get(row["passage_id"])
                vector = _vector(row["vector"], self.index.embedder.dimension)
                if at is not None and vector is not None and float(vector @ held[at]) < SAME:
                    self.fault(f"vector index: passage {row['passage_id']} has another vector than the store")
            self.on_progress("vectors", start + len(some), len(ids))

    def _catalog(self) -> None:
        """What may be retrieved now is what the store says is current, usable and past its embargo."""
        now = self.index.clock()
        embargoed = {
            row["number"]
            for row in self.db.execute("SELECT number, embargo_until FROM article WHERE embargo_until IS NOT NULL")
            if _readable(_moment, row["embargo_until"]) and _moment(row["embargo_until"]) > now.timestamp()
        }
        current = {
            row["passage_id"]
            for row in self.db.execute(
                "SELECT p.passage_id, p.article FROM passage p JOIN revision r ON r.number = p.revision "
                "JOIN article a ON a.number = p.article WHERE a.status = 'usable' AND a.revision = r.revision"
            )
            if row["article"] not in embargoed
        }
        allowed = set(np.flatnonzero(self.pinned.catalog.allowed(as_of=None, now=now)).tolist())
        for passage_id in _some(allowed - current):
            self.fault(f"catalog: passage {passage_id} could be retrieved, and must not be")
        for passage_id in _some(current - allowed):
            self.fault(f"catalog: passage {passage_id} could not be retrieved")
        self.verdict.checked["retrievable"] = len(allowed)

    def files(self) -> None:
        """What lies on disk is still what was read."""
        for what, folder in (
            ("lexical index", self.pinned.lexical_folder),
            ("vector index", self.pinned.vectors_folder),
        ):
            self._folder(what, folder)

    def _folder(self, what: str, folder: Path) -> None:
        try:
            manifests.check(folder)
        except DamagedIndex as damage:
            self.fault(f"{what}: {damage}")


def _vector(blob: bytes, dimension: int) -> np.ndarray[tuple[int], np.dtype[np.float32]] | None:
    """The unit vector of a stored embedding, (dimension,) float32; None when it is not one."""
    if len(blob) != 2 * dimension:
        return None
    vector = np.frombuffer(blob, "<f2").astype(np.float32)
    length = float(np.linalg.norm(vector))
    return vector / length if abs(length - 1) < 0.01 else None


def _moment(text: str) -> float:
    return NewsDate.parse(text).moment.timestamp()


def _readable(read: Callable[[str], object], text: str) -> bool:
    try:
        read(text)
    except (ValueError, TypeError):
        return False
    return True


def _some(ids: set[int] | frozenset[int]) -> Sequence[int]:
    return sorted(ids)
