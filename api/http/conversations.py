"""Conversations: what was asked and answered before, so that "and who paid for it?" can be understood.

Either a client sends the earlier turns itself, or it lets the server keep them under an id, in `conversations.db`
under home, for DATELINE_CONVERSATION_HOURS. An id is 128 random bits and opens nothing to another key.
Kept are questions and answers' texts; what they cited is found anew when it matters.
"""

from __future__ import annotations

import datetime as dt
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from api.http.small import SmallFile
from index.dates import Clock, utc_now
from rag.answer import Answer, Outcome, Sentence, Support
from rag.conversation import Turn
from rag.errors import BadQuestion

FILE = "conversations.db"
MOST_TURNS = 20  # of a conversation, the latest
MOST_KEPT = 100_000  # turns altogether; beyond, the oldest go
MOST_ANSWER = 8_000  # characters of an answer that are kept
_SCHEMA = """
CREATE TABLE IF NOT EXISTS turn (
  number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, conversation TEXT NOT NULL, owner TEXT NOT NULL,
  at TEXT NOT NULL, question TEXT NOT NULL, answer TEXT NOT NULL
) STRICT;
CREATE INDEX IF NOT EXISTS turn_conversation ON turn (conversation, number);
CREATE INDEX IF NOT EXISTS turn_at ON turn (at);
"""


@dataclass(frozen=True, slots=True)
class Said:
    """One earlier exchange, as text."""

    question: str
    answer: str


def turns(said: Sequence[Said], as_of: dt.datetime) -> list[Turn]:
    """The same for the asker. Nothing in them is taken for verified: they only say what is being talked about."""
    return [Turn(one.question, _answer(one, as_of)) for one in said[-MOST_TURNS:]]


def _answer(said: Said, as_of: dt.datetime) -> Answer:
    sentences = (Sentence(said.answer, (), Support.UNSUPPORTED),) if said.answer.strip() else ()
    return Answer(
        question=said.question,
        as_of=as_of,
        outcome=Outcome.ANSWERED if sentences else Outcome.INSUFFICIENT,
        reason=None,
        confidence=0.0,
        sentences=sentences,
        citations=(),
        withheld=0,
        reading=(),
        model="",
        newest_evidence=None,
    )


class Conversations:
    """What is kept of conversations. Safe to share between threads and processes."""

    def __init__(self, home: Path, *, hours: int, clock: Clock = utc_now) -> None:
        """Open or create the file. Raises StoreError."""
        self._file = SmallFile(home / FILE, _SCHEMA)
        self._hours = hours
        self._clock = clock

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    @staticmethod
    def begin() -> str:
        """The id of a conversation that nothing was said in yet."""
        return f"conv_{secrets.token_hex(16)}"

    def said(self, conversation: str, owner: str) -> list[Said]:
        """The latest turns, oldest first. Raises BadQuestion for a conversation that there is not (any more)."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT question, answer FROM turn WHERE conversation = ? AND owner = ? AND at >= ? "
                "ORDER BY number DESC LIMIT ?",
                (conversation, owner, self._oldest(), MOST_TURNS),
            ).fetchall()
        if not rows:
            raise BadQuestion(
                f"there is no conversation {conversation[:60]} (any more): begin one with conversation_id `new`"
            )
        return [Said(*row) for row in reversed(rows)]

    def said_until(self, turn: str, owner: str) -> tuple[str, list[Said]]:
        """The conversation that this turn belongs to, and what was said until then. Raises BadQuestion."""
        with self._file.reading() as db:
            found = db.execute(
                "SELECT conversation, number FROM turn WHERE id = ? AND owner = ? AND at >= ?",
                (turn, owner, self._oldest()),
            ).fetchone()
            if found is None:
                raise BadQuestion(f"there is no response {turn[:80]!r} (any more): send the earlier turns as input")
            rows = db.execute(
                "SELECT question, answer FROM turn WHERE conversation = ? AND number <= ? "
                "ORDER BY number DESC LIMIT ?",
                (found[0], found[1], MOST_TURNS),
            ).fetchall()
        return found[0], [Said(*row) for row in reversed(rows)]

    def keep(self, turn: str, conversation: str, owner: str, said: Said, before: Sequence[Said] = ()) -> None:
        """Keep one turn; `before` are earlier ones that are not kept in this conversation yet."""
        at = self._clock().strftime("%Y-%m-%dT%H:%M:%SZ")
        entered = [(f"{turn}-{number}", held) for number, held in enumerate(before)] + [(turn, said)]
        with self._file.writing() as db:
            db.execute("DELETE FROM turn WHERE at < ?", (self._oldest(),))
            db.executemany(
                "INSERT OR IGNORE INTO turn (id, conversation, owner, at, question, answer) "
                "VALUES (?, ?, ?, ?, ?, ?)",
                [(key, conversation, owner, at, held.question, held.answer[:MOST_ANSWER]) for key, held in entered],
            )
            db.execute(
                "DELETE FROM turn WHERE number <= (SELECT number FROM turn ORDER BY number DESC LIMIT 1 OFFSET ?)",
                (MOST_KEPT,),
            )

    def is_last(self, turn: str, conversation: str) -> bool:
        """Whether nothing was said after this turn."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT id FROM turn WHERE conversation = ? ORDER BY number DESC LIMIT 1", (conversation,)
            ).fetchone()
        return row is not None and row[0] == turn

    def _oldest(self) -> str:
        return (self._clock() - dt.timedelta(hours=self._hours)).strftime("%Y-%m-%dT%H:%M:%SZ")
