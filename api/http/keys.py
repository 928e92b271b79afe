"""Keys of the HTTP API, and what was used of the day's budget: one small SQLite file, `access.db`, under home.

A secret key opens everything. A publishable one may stand in a web page: it asks, searches and reads, and only from
pages of the origins it was made for. Only the SHA-256 of a key is kept (a key is 256 random bits, so a slow hash
would add nothing), and a key is shown once, when it is made.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import re
import secrets
import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from urllib.parse import urlsplit

from api.http.small import SmallFile
from index.dates import Clock, utc_now
from rag.errors import BadSettings

FILE = "access.db"
MAX_KEYS = 10_000
_SCHEMA = """
CREATE TABLE IF NOT EXISTS key (
  id TEXT PRIMARY KEY, kind TEXT NOT NULL, name TEXT NOT NULL, digest BLOB NOT NULL UNIQUE,
  origins TEXT NOT NULL, per_minute INTEGER, created_at TEXT NOT NULL, revoked_at TEXT
) STRICT;
CREATE TABLE IF NOT EXISTS used (
  day TEXT NOT NULL, key TEXT NOT NULL, questions INTEGER NOT NULL, tokens_in INTEGER NOT NULL,
  tokens_out INTEGER NOT NULL, PRIMARY KEY (day, key)
) STRICT, WITHOUT ROWID;
"""
_ORIGIN = re.compile(r"https?://(?:[a-z0-9](?:[a-z0-9.-]{0,251}[a-z0-9])?|\[[0-9a-f:.]+\])(?::[0-9]{1,5})?")


class Kind(StrEnum):
    """What a key is for."""

    PUBLISHABLE = "publishable"
    SECRET = "secret"  # noqa: S105  a word, not a secret


@dataclass(frozen=True, slots=True, kw_only=True)
class Key:
    """A key as it is kept: everything but itself."""

    key_id: str
    kind: Kind
    name: str
    origins: frozenset[str]  # pages that may use it; a secret key has none unless it was given one
    per_minute: int | None  # questions, all addresses together; None takes the setting
    created_at: str
    revoked_at: str | None = None


@dataclass(frozen=True, slots=True)
class Used:
    """What one key, or all of them, used on one day (UTC)."""

    questions: int = 0
    tokens_in: int = 0
    tokens_out: int = 0

    @property
    def tokens(self) -> int:
        """Tokens of prompts and replies together."""
        return self.tokens_in + self.tokens_out


def digest(key: str) -> bytes:
    """What is kept of a key: 32 bytes."""
    return hashlib.sha256(key.encode("utf-8", "surrogatepass")).digest()


def origin(text: str) -> str:
    """An origin as browsers send it: scheme, host in lower case, port if it is not the scheme's own.

    Raises BadSettings for anything else: a path, a wildcard, `null`.
    """
    parts = urlsplit(text.strip())
    try:
        port = parts.port
    except ValueError:
        port = -1
    host = (parts.hostname or "").encode("idna").decode() if parts.hostname and not parts.hostname.isascii() else None
    host = host or (f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname or "")
    default = {"http": 80, "https": 443}.get(parts.scheme)
    plain = f"{parts.scheme}://{host.lower()}" + ("" if port in (None, default) else f":{port}")
    extra = parts.path not in {"", "/"} or parts.query or parts.fragment or parts.username is not None
    if extra or port == -1 or not _ORIGIN.fullmatch(plain):
        raise BadSettings(
            f"{text[:200]!r} is not an origin: give the scheme, the host and, if it is unusual, the port of the "
            "page, e.g. https://news.example"
        )
    return plain


class Keys:
    """The keys of one home. Safe to share between threads; other processes' changes are seen at once."""

    def __init__(self, home: Path, *, clock: Clock = utc_now) -> None:
        """Open or create the file, readable by its owner only. Raises StoreError."""
        self.clock = clock
        self._file = SmallFile(home / FILE, _SCHEMA)
        self._seen = -1  # of PRAGMA data_version, which changes when another connection commits
        self._by_digest: dict[bytes, Key] = {}
        self._any = False
        self._origins: frozenset[str] = frozenset()

    def close(self) -> None:
        """Close the file."""
        self._file.close()

    def create(
        self, kind: Kind, name: str, *, origins: Iterable[str] = (), per_minute: int | None = None
    ) -> tuple[Key, str]:
        """Make a key: what is kept of it, and the key itself, which nobody can tell again.

        Raises BadSettings for an origin that is none, or a publishable key without one.
        """
        allowed = frozenset(map(origin, origins))
        if kind is Kind.PUBLISHABLE and not allowed:
            raise BadSettings(
                "a publishable key needs the origin of the page it is for: add --origin https://news.example"
            )
        shown = f"{'pk' if kind is Kind.PUBLISHABLE else 'sk'}_{secrets.token_urlsafe(32)}"
        key = Key(
            key_id=f"key_{secrets.token_hex(6)}",
            kind=kind,
            name=name.strip()[:200],
            origins=allowed,
            per_minute=per_minute,
            created_at=self.clock().strftime("%Y-%m-%dT%H:%M:%SZ"),
        )
        with self._writing() as db:
            if db.execute("SELECT count(*) FROM key").fetchone()[0] >= MAX_KEYS:
                raise BadSettings(f"there are {MAX_KEYS:,} keys already: use fewer, with more origins each")
            db.execute(
                "INSERT INTO key VALUES (?, ?, ?, ?, ?, ?, ?, NULL)",
                (
                    key.key_id,
                    kind.value,
                    key.name,
                    digest(shown),
                    json.dumps(sorted(allowed)),
                    per_minute,
                    key.created_at,
                ),
            )
        return key, shown

    def revoke(self, key_id: str) -> Key:
        """Never accept this key again. Raises BadSettings for one that there is not."""
        with self._writing() as db:
            db.execute(
                "UPDATE key SET revoked_at = ? WHERE id = ? AND revoked_at IS NULL",
                (self.clock().strftime("%Y-%m-%dT%H:%M:%SZ"), key_id),
            )
        for key in self.all():
            if key.key_id == key_id:
                return key
        raise BadSettings(f"there is no key {key_id[:80]}: `dateline keys list` shows those there are")

    def all(self) -> list[Key]:
        """Every key there ever was, oldest first."""
        with self._file.reading() as db:
            rows = db.execute(
                "SELECT id, kind, name, origins, per_minute, created_at, revoked_at FROM key ORDER BY rowid"
            ).fetchall()
        return [_key(row) for row in rows]

    def find(self, shown: str) -> Key | None:
        """The live key that this is, if it is one."""
        self._refresh()
        return self._by_digest.get(digest(shown))

    @property
    def any(self) -> bool:
        """Whether a key was ever made. Revoking the last one closes the door, it does not take it off its hinges."""
        self._refresh()
        return self._any

    @property
    def origins(self) -> frozenset[str]:
        """Every origin that some live key is for: those whose pages may read a refusal."""
        self._refresh()
        return self._origins

    @property
    def publishes(self) -> bool:
        """Whether some live key is publishable, so that readers are expected."""
        self._refresh()
        return any(key.kind is Kind.PUBLISHABLE for key in self._by_digest.values())

    # ---- what was used

    def count(self, key_id: str, *, questions: int = 0, tokens_in: int = 0, tokens_out: int = 0) -> None:
        """Add to what a key used today."""
        with self._writing() as db:
            db.execute(
                "INSERT INTO used VALUES (?1, ?2, ?3, ?4, ?5) ON CONFLICT DO UPDATE SET "
                "questions = questions + ?3, tokens_in = tokens_in + ?4, tokens_out = tokens_out + ?5",
                (self._today(), key_id, questions, tokens_in, tokens_out),
            )

    def used(self, key_id: str | None = None) -> Used:
        """What a key used today, or all of them together."""
        with self._file.reading() as db:
            row = db.execute(
                "SELECT coalesce(sum(questions), 0), coalesce(sum(tokens_in), 0), coalesce(sum(tokens_out), 0) "
                "FROM used WHERE day = ?1 AND (?2 IS NULL OR key = ?2)",
                (self._today(), key_id),
            ).fetchone()
        return Used(*row)

    def _today(self) -> str:
        return self.clock().astimezone(dt.UTC).strftime("%Y-%m-%d")

    # ----

    @contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        with self._file.writing() as db:
            yield db
        self._seen = -1  # our own commits do not change data_version

    def _refresh(self) -> None:
        with self._file.reading() as db:
            seen = db.execute("PRAGMA data_version").fetchone()[0]
            if seen == self._seen:
                return
            rows = db.execute(
                "SELECT id, kind, name, origins, per_minute, created_at, revoked_at, digest FROM key"
            ).fetchall()
            live = {row[7]: _key(row[:7]) for row in rows if row[6] is None}
            self._any, self._by_digest = bool(rows), live
            self._origins = frozenset(one for key in live.values() for one in key.origins)
            self._seen = seen


def _key(row: tuple[str, str, str, str, int | None, str, str | None]) -> Key:
    key_id, kind, name, origins, per_minute, created_at, revoked_at = row
    return Key(
        key_id=key_id,
        kind=Kind(kind),
        name=name,
        origins=frozenset(json.loads(origins)),
        per_minute=per_minute,
        created_at=created_at,
        revoked_at=revoked_at,
    )
