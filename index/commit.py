"""One numbered write to the article store: what storing a draft or deleting an article does to its tables."""

from __future__ import annotations

import datetime as dt
import json
import sqlite3

import numpy as np

from index.article import Draft, Status, revision_name
from index.course import Spell, merge_observation
from index.rows import Change, FeedProgress, Prepared, Progress, Stored, draft_dates, iso, moment
from index.syndication import Copies

# The columns of an article that a draft sets.
_DRAFTED = ("url", "source", "authors", "section", "language", "free", "embargo_until", "correction", "metadata")


class Commit:
    """One numbered write, within a transaction that is open."""

    def __init__(self, db: sqlite3.Connection, now: dt.datetime) -> None:
        """Take the next number."""
        self.db = db
        self.now = now
        self.deleted: set[int] = set()  # articles, by number
        self._left: set[bytes] = set()  # keys of embeddings whose passages went
        self.number = int(
            db.execute("INSERT INTO commits (at) VALUES (?) RETURNING number", (iso(now),)).fetchone()[0]
        )
        self.copies = Copies(db, self.number)

    def undo(self) -> None:
        """Nothing changed: no derived index has anything to catch up. The number is not used again."""
        self.db.execute("DELETE FROM commits WHERE number = ?", (self.number,))

    def put(self, prepared: Prepared, *, revive: bool) -> Stored:
        """Store one draft; a deleted article is refused unless `revive`."""
        draft, name = prepared.draft, revision_name(prepared.draft.text)
        held = self.db.execute("SELECT * FROM article WHERE article_id = ?", (draft.article_id,)).fetchone()
        if draft.status is Status.DELETED or not draft.text.strip():
            return Stored(draft.article_id, self._put_status(draft, held), name)
        # One that was deleted in this very batch was prepared as if it still had its passages.
        if held is not None and held["status"] == Status.DELETED and (not revive or held["number"] in self.deleted):
            return Stored(draft.article_id, Change.REFUSED, name)
        article = held["number"] if held is not None else self._new_article(draft)
        revision, is_new = self._revision(article, name, prepared)
        moved = self._observe(article, revision, self._observed(draft, held))
        current = self._current(article)
        is_current = current == name
        before = None if held is None else tuple(held[column] for column in _DRAFTED)
        if is_current:
            self._describe(article, draft)
            dates_moved = self._redate(revision, draft)
        else:
            dates_moved = False
        after = tuple(
            self.db.execute("SELECT * FROM article WHERE number = ?", (article,)).fetchone()[column]
            for column in _DRAFTED
        )
        status = draft.status if held is None or held["status"] == Status.DELETED else Status(held["status"])
        if draft.status is Status.WITHDRAWN:
            status = Status.WITHDRAWN  # the source withdrew it; only a person reinstates
        if held is not None and held["status"] != Status.DELETED:
            if not is_new and not moved and not dates_moved and before == after and status == held["status"]:
                return Stored(draft.article_id, Change.UNCHANGED, name)
            change = Change.UPDATED
        else:
            change = Change.ADDED
        self.db.execute(
            "UPDATE article SET revision = ?, status = ?, changed = ? WHERE number = ?",
            (current, status, self.number, article),
        )
        self.copies.review(article)
        return Stored(draft.article_id, change, name)

    def _put_status(self, draft: Draft, held: sqlite3.Row | None) -> Change:
        """Do what a draft says that has no text to store, only a status."""
        if draft.status is Status.DELETED:
            # Of an article that was never here too: what its source took back must not come in later, out of order.
            article = self._new_article(draft) if held is None else held["number"]
            if held is not None and held["status"] == Status.DELETED:
                return Change.UNCHANGED
            self.delete(article)
            return Change.DELETED
        if draft.status is not Status.WITHDRAWN or held is None or held["status"] == Status.DELETED:
            return Change.REFUSED
        correction = draft.correction or held["correction"]
        if held["status"] == Status.WITHDRAWN and correction == held["correction"]:
            return Change.UNCHANGED
        self.db.execute(
            "UPDATE article SET status = 'withdrawn', correction = ?, changed = ? WHERE number = ?",
            (correction, self.number, held["number"]),
        )
        self.copies.review(held["number"])
        return Change.WITHDRAWN

    def _new_article(self, draft: Draft) -> int:
        return int(
            self.db.execute(
                "INSERT INTO article (article_id, status, ingested_at, changed) VALUES (?, 'usable', ?, ?) "
                "RETURNING number",
                (draft.article_id, iso(self.now), self.number),
            ).fetchone()[0]
        )

    def _revision(self, article: int, name: str, prepared: Prepared) -> tuple[int, bool]:
        found = self.db.execute(
            "SELECT number FROM revision WHERE article = ? AND revision = ?", (article, name)
        ).fetchone()
        if found is not None:
            return found["number"], False
        draft = prepared.draft
        number = int(
            self.db.execute(
                "INSERT INTO revision (article, revision, text, title, published_at, published_origin, updated_at, "
                "updated_origin, ingested_at) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) RETURNING number",
                (article, name, draft.text, draft.title, *draft_dates(draft), iso(self.now)),
            ).fetchone()[0]
        )
        for key, vector in prepared.vectors.items():
            self.db.execute(
                "INSERT OR IGNORE INTO embedding VALUES (?, ?)", (key, np.asarray(vector, dtype="<f2").tobytes())
            )
        self.db.executemany(
            'INSERT INTO passage (article, revision, first_line, last_line, start, "end", key, added) '
            "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
            [
                (article, number, span.first_line, span.last_line, span.start, span.end, key, self.number)
                for span, key in zip(prepared.spans, prepared.keys, strict=True)
            ],
        )
        return number, True

    def _observed(self, draft: Draft, held: sqlite3.Row | None) -> dt.datetime:
        """From when on this text was there.

        Where the source does not say, an article's first text is as old as the article, and a later one as its
        update, if that is later than the text it replaces; otherwise it is known from now on only.
        """
        if draft.observed_at is not None:
            return draft.observed_at
        stated = draft.updated_at or draft.published_at
        if held is None or held["revision"] is None:
            return min(stated.moment, self.now) if stated is not None else self.now
        last = self.db.execute(
            "SELECT max(coalesce(confirmed_at, observed_at)) FROM state WHERE article = ?", (held["number"],)
        ).fetchone()[0]
        if draft.updated_at is not None and moment(last) < draft.updated_at.moment < self.now:
            return draft.updated_at.moment
        return self.now

    def _observe(self, article: int, revision: int, observed: dt.datetime) -> bool:
        """Enter the observation into the article's course of time; whether that changed the course."""
        course = [
            Spell(moment(row["observed_at"]), row["revision"], moment(row["confirmed_at"] or row["observed_at"]))
            for row in self.db.execute(
                "SELECT observed_at, revision, confirmed_at FROM state WHERE article = ? ORDER BY observed_at",
                (article,),
            )
        ]
        merged = merge_observation(course, revision, observed)
        if merged == course:
            return False
        self.db.execute("DELETE FROM state WHERE article = ?", (article,))
        self.db.executemany(
            "INSERT INTO state (article, observed_at, revision, confirmed_at) VALUES (?, ?, ?, ?)",
            [(article, iso(held.start), held.revision, iso(held.seen)) for held in merged],
        )
        # Seen once more and nothing else: what is current, and since when, stays as it was.
        return [held[:2] for held in merged] != [held[:2] for held in course]

    def _current(self, article: int) -> str:
        row = self.db.execute(
            "SELECT r.revision FROM state s JOIN revision r ON r.number = s.revision WHERE s.article = ? "
            "ORDER BY s.observed_at DESC LIMIT 1",
            (article,),
        ).fetchone()
        return str(row["revision"])

    def _describe(self, article: int, draft: Draft) -> None:
        embargo = None if draft.embargo_until is None else iso(draft.embargo_until)
        self.db.execute(
            "UPDATE article SET url = ?, source = ?, authors = ?, section = ?, language = ?, free = ?, "
            "embargo_until = ?, correction = ?, metadata = ? WHERE number = ?",
            (
                draft.url,
                draft.source,
                json.dumps(draft.authors, ensure_ascii=False),
                draft.section,
                draft.language,
                draft.accessible_for_free,
                embargo,
                draft.correction,
                json.dumps(dict(draft.metadata), ensure_ascii=False, sort_keys=True),
                article,
            ),
        )

    def _redate(self, revision: int, draft: Draft) -> bool:
        """Take over the dates of a text that came again; whether they differ."""
        columns = ("published_at", "published_origin", "updated_at", "updated_origin")
        held = self.db.execute("SELECT * FROM revision WHERE number = ?", (revision,)).fetchone()
        if tuple(held[column] for column in columns) == draft_dates(draft):
            return False
        self.db.execute(
            "UPDATE revision SET published_at = ?, published_origin = ?, updated_at = ?, updated_origin = ? "
            "WHERE number = ?",
            (*draft_dates(draft), revision),
        )
        return True

    def delete(self, article: int) -> None:
        """Remove the texts, passages and copies of an article, by its number; its row stays as a tombstone."""
        self.deleted.add(article)
        self._left.update(row[0] for row in self.db.execute("SELECT key FROM passage WHERE article = ?", (article,)))
        self.db.execute(
            "INSERT INTO removed SELECT passage_id, ? FROM passage WHERE article = ?", (self.number, article)
        )
        self.copies.forget(article)
        for statement in (
            "DELETE FROM passage WHERE article = ?",
            "DELETE FROM state WHERE article = ?",
            "DELETE FROM revision WHERE article = ?",
        ):
            self.db.execute(statement, (article,))
        self.db.execute(
            "UPDATE article SET revision = NULL, status = 'deleted', url = NULL, source = NULL, authors = '[]', "
            "section = NULL, language = NULL, correction = NULL, metadata = '{}', changed = ? WHERE number = ?",
            (self.number, article),
        )

    def forget_embeddings(self) -> None:
        """Remove the embeddings of what was deleted. Last of all: another draft of the batch may use them."""
        self.db.executemany(
            "DELETE FROM embedding WHERE key = ?1 AND NOT EXISTS (SELECT 1 FROM passage WHERE key = ?1)",
            [(key,) for key in sorted(self._left)],
        )


def note_progress(db: sqlite3.Connection, origin: str, held: Progress) -> None:
    """Keep how far a file or a feed was read."""
    if isinstance(held, FeedProgress):
        # Only where it is still there: whoever removed it while it was asked does not want it back.
        db.execute(
            "UPDATE OR REPLACE feed SET url = ?, record = ? WHERE url = ?", (held.url or origin, held.record, origin)
        )
    else:
        db.execute("INSERT OR REPLACE INTO progress VALUES (?, ?, ?)", (origin, held.signature, held.position))
