"""Verify finds every kind of disagreement, one row at a time, and nothing where all is well."""

from __future__ import annotations

import datetime as dt
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from bench.stand_in import WordsEmbedder
from index.article import Draft, NewsDate
from index.errors import StoreError
from index.index import Index
from index.lexical import LexicalRow
from index.vectors import VectorIndex
from index.verify import FAULTS_MOST, verify

MEMORY = Path("/dev/shm")  # a folder in memory, where there is one
NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)


def draft(article_id: str, body: str, **fields: object) -> Draft:
    title = f"News of {article_id}"
    return Draft(article_id=article_id, text=f"{title}\n\n{body}\n", title=title, **fields)  # type: ignore[arg-type]


def long(word: str) -> str:
    return "\n\n".join(f"Line {at} of {word}. " + f"{word}{at} " * 30 for at in range(4))


@pytest.fixture(scope="module")
def made() -> Iterator[Path]:
    """A home with a bit of everything, half of it in the base of the vectors and half not."""
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield make(Path(folder) / "made")


def make(home: Path) -> Path:
    index = Index(home, WordsEmbedder(), clock=lambda: NOW)
    index.add([draft("a", long("rain"), published_at=NewsDate.parse("2026-11-02")), draft("b", "Two were hurt.")])
    index.compact()
    index.add(
        [
            draft("b", "Five were hurt.", updated_at=NewsDate.parse("2026-11-03")),
            draft("c", "Embargoed.", embargo_until=NOW + dt.timedelta(days=1)),
            draft("d", "Deleted."),
            draft("e", "Withdrawn."),
            draft("f", " "),
        ]
    )
    index.delete("d")
    index.withdraw("e")
    index.close()
    return home


@pytest.fixture
def home(made: Path) -> Iterator[Path]:
    """A copy of it to break."""
    copy = made.with_name("copy")
    shutil.copytree(made, copy)
    yield copy
    shutil.rmtree(copy)


@pytest.fixture
def index(home: Path) -> Iterator[Index]:
    held = Index(home, WordsEmbedder(), clock=lambda: NOW)
    yield held
    held.close()


def corrupt(index: Index, statement: str, *values: object) -> None:
    """Change the store behind everybody's back."""
    with sqlite3.connect(index.home / "articles.db") as db:
        db.execute("PRAGMA foreign_keys = OFF")
        assert db.execute(statement, values).rowcount > 0
    db.close()


def test_a_sound_home_has_no_faults(index: Index) -> None:
    """Where everything agrees nothing is reported, and it is said how much was looked at."""
    verdict = verify(index, sample=3)
    assert verdict.faults == []
    assert verdict.sound
    assert verdict.checked["articles"] == 6
    assert verdict.checked["passages"] == verdict.checked["vectors"] == verdict.checked["lexical"] > 6
    assert verdict.checked["embedded again"] == 3


def halves(vector: np.ndarray[tuple[int], np.dtype[np.float32]]) -> bytes:
    return np.asarray(vector, "<f2").tobytes()


UNIT = np.eye(1, 64, dtype=np.float32)[0]

FIRST = "key = (SELECT key FROM passage WHERE passage_id = 1)"

# What is changed, with which value, and what verify must say of it.
ROWS: dict[str, tuple[str, bytes | None, str]] = {
    "text": (
        "UPDATE revision SET text = replace(text, 'Two', 'Ten')",
        None,
        "is not the one it was stored with",
    ),
    "name of a revision": (
        "UPDATE revision SET revision = hex(zeroblob(32)) WHERE number = 1",
        None,
        "not the one it was stored",
    ),
    "date": (
        "UPDATE revision SET updated_at = 'soon' WHERE updated_at NOT NULL",
        None,
        "was updated cannot be read",
    ),
    "origin of a date": (
        "UPDATE revision SET updated_origin = 'hearsay' WHERE updated_at NOT NULL",
        None,
        "cannot be read",
    ),
    "start": (
        "UPDATE passage SET start = start + 1 WHERE passage_id = 2",
        None,
        "another text's embedding",
    ),
    "end": (
        'UPDATE passage SET "end" = 99999 WHERE passage_id = 2',
        None,
        "not within its text",
    ),
    "first line": (
        "UPDATE passage SET first_line = first_line + 1 WHERE passage_id = 2",
        None,
        "not on the lines it names",
    ),
    "last line": (
        "UPDATE passage SET last_line = last_line + 1 WHERE passage_id = 2",
        None,
        "not on the lines it names",
    ),
    "key": (
        "UPDATE passage SET key = (SELECT key FROM passage WHERE passage_id = 1) WHERE passage_id = 2",
        None,
        "another text's embedding",
    ),
    "article of a passage": (
        "UPDATE passage SET article = 2 WHERE passage_id = 1",
        None,
        "of another article",
    ),
    "passage gone": (
        "DELETE FROM passage WHERE passage_id = 2",
        None,
        "in no passage",
    ),
    "passage of nothing": (
        "UPDATE passage SET revision = 77 WHERE passage_id = 2",
        None,
        "points at nothing",
    ),
    "embedding gone": (
        f"DELETE FROM embedding WHERE {FIRST}",
        None,
        "have no embedding",
    ),
    "embedding cut": (
        f"UPDATE embedding SET vector = substr(vector, 1, 10) WHERE {FIRST}",
        None,
        "passage 1 is not a unit vector",
    ),
    "embedding of zeros": (
        f"UPDATE embedding SET vector = zeroblob(128) WHERE {FIRST}",
        None,
        "passage 1 is not a unit vector",
    ),
    "embedding of NaN": (
        f"UPDATE embedding SET vector = ? WHERE {FIRST}",
        halves(UNIT * np.nan),
        "passage 1 is not a unit vector",
    ),
    "another embedding": (
        f"UPDATE embedding SET vector = ? WHERE {FIRST}",
        halves(UNIT),
        "passage 1 has another vector",
    ),
    "embedding of nothing": (
        "INSERT INTO embedding VALUES (x'00', ?)",
        halves(UNIT),
        "belong to no passage",
    ),
    "current revision": (
        "UPDATE article SET revision = (SELECT revision FROM revision WHERE number = 2) WHERE article_id = 'b'",
        None,
        "is not its last one",
    ),
    "no current revision": (
        "UPDATE article SET revision = NULL WHERE article_id = 'b'",
        None,
        "has no current revision",
    ),
    "state gone": (
        "DELETE FROM state WHERE revision = 2",
        None,
        "were never current",
    ),
    "state of another": (
        "UPDATE state SET article = 1 WHERE revision = 2",
        None,
        "a revision of another article",
    ),
    "state repeated": (
        "INSERT INTO state SELECT article, '2026-12-30T00:00:00.000000Z', revision, NULL "
        "FROM state WHERE revision = 1",
        None,
        "follows itself",
    ),
    "moment of a state": (
        "UPDATE state SET observed_at = 'then' WHERE revision = 1",
        None,
        "a moment in the course of a",
    ),
    "deleted with text": (
        "UPDATE article SET status = 'deleted' WHERE article_id = 'a'",
        None,
        "is deleted but has text",
    ),
    "authors": (
        "UPDATE article SET authors = '[' WHERE article_id = 'a'",
        None,
        "authors of a cannot be read",
    ),
    "embargo": (
        "UPDATE article SET embargo_until = 'later' WHERE article_id = 'c'",
        None,
        "embargo of c cannot be read",
    ),
    "embargo lifted unseen": (
        "UPDATE article SET embargo_until = NULL WHERE article_id = 'c'",
        None,
        "could not be retrieved",
    ),
    "embargo set unseen": (
        "UPDATE article SET embargo_until = '2027-01-01T00:00:00.000000Z' WHERE article_id = 'a'",
        None,
        "could be retrieved, and must not be",
    ),
    "withdrawn unseen": (
        "UPDATE article SET status = 'withdrawn' WHERE article_id = 'a'",
        None,
        "could be retrieved, and must not be",
    ),
    "seen before it began": (
        "UPDATE state SET confirmed_at = '1999-01-01T00:00:00.000000Z' WHERE revision = 1",
        None,
        "last seen before it began",
    ),
    "commit": (
        "UPDATE article SET changed = 9999 WHERE article_id = 'a'",
        None,
        "changed in commit 9999",
    ),
    "removed and there": (
        "INSERT INTO removed VALUES (1, 1)",
        None,
        "there though removed",
    ),
    "ids given out again": (
        "UPDATE sqlite_sequence SET seq = 3 WHERE name = 'passage'",
        None,
        "may be given out again",
    ),
    "copy of a copy": (
        "INSERT INTO carrier VALUES (1, 2, 1.0), (2, 3, 1.0)",
        None,
        "entered as a copy of what is no original",
    ),
    "copy of a deleted article": (
        "INSERT INTO carrier VALUES (1, 4, 1.0)",
        None,
        "entered as a copy of what is no original",
    ),
    "bands of another text": (
        "INSERT INTO band VALUES (99, 1, 1)",
        None,
        "is not entered under its own bands",
    ),
}


@pytest.mark.parametrize("row", ROWS)
def test_a_changed_row_is_found(index: Index, row: str) -> None:
    """A row of the store that is changed behind everybody's back is named."""
    statement, value, named = ROWS[row]
    corrupt(index, statement, *([] if value is None else [value]))
    assert any(named in fault for fault in verify(index).faults)


@pytest.mark.parametrize("row", ["embedding of zeros", "embedding cut", "text", "key"])
def test_a_changed_row_is_still_found_after_a_start(home: Path, row: str) -> None:
    """A home with a changed row can be opened, so that it can be looked at."""
    statement, _, named = ROWS[row]
    index = Index(home, WordsEmbedder(), clock=lambda: NOW)
    corrupt(index, statement)
    index.close()
    index = Index(home, WordsEmbedder(), clock=lambda: NOW)
    assert any(named in fault for fault in verify(index).faults)
    index.close()


def test_swapped_embeddings_are_found_by_embedding_again(home: Path) -> None:
    """Two embeddings that changed places before both indexes were made agree everywhere, but not with their texts."""
    index = Index(home, WordsEmbedder(), clock=lambda: NOW)
    one, two = (
        index.store.database._connection()
        .execute("SELECT e.* FROM embedding e JOIN passage p ON p.key = e.key WHERE passage_id = ?", (number,))
        .fetchone()
        for number in (1, 3)
    )
    corrupt(index, "UPDATE embedding SET vector = ? WHERE key = ?", two["vector"], one["key"])
    corrupt(index, "UPDATE embedding SET vector = ? WHERE key = ?", one["vector"], two["key"])
    index.rebuild()
    assert verify(index).sound
    faults = verify(index, sample=100).faults
    assert len(faults) == 2
    assert all("is not the one its text gives" in fault for fault in faults)
    index.close()


Damage = Callable[[Index], None]


def lexical_missing(index: Index) -> None:
    with index.lexical_index as lexical:
        lexical.remove([1])
        lexical.commit(index.store.commit_number())


def lexical_surplus(index: Index) -> None:
    with index.lexical_index as lexical:
        lexical.add([LexicalRow(999, "Ghost", "A ghost.")])
        lexical.commit(index.store.commit_number())


def vector_missing(index: Index) -> None:
    put_vectors(index, lambda ids, matrix: (ids[1:], matrix[1:]))


def vectors_swapped(index: Index) -> None:
    put_vectors(index, lambda ids, matrix: (ids, np.concatenate([matrix[1::-1], matrix[2:]])))


def put_vectors(index: Index, change: Callable[..., tuple[np.ndarray, np.ndarray]]) -> None:
    import dataclasses

    made = VectorIndex(fingerprint=index.embedder.fingerprint, dimension=index.embedder.dimension)
    for ids, matrix in index.store.vectors_after(0):
        made.add(*change(ids, matrix))
    index._view = dataclasses.replace(index._view, vectors=made)


@pytest.mark.parametrize(
    ("damage", "fault"),
    [
        (lexical_missing, "lexical index: passage 1 is missing"),
        (lexical_surplus, "lexical index: passage 999 is not in the store"),
        (vector_missing, "vector index: passage 1 is missing"),
        (vectors_swapped, "vector index: passage 1 has another vector than the store"),
    ],
)
def test_a_derived_index_that_disagrees_is_found(index: Index, damage: Damage, fault: str) -> None:
    """A passage that a derived index lacks, has too much of, or has under another's vector is named."""
    damage(index)
    assert fault in verify(index).faults
    index.rebuild()
    assert verify(index).faults == []


@pytest.mark.parametrize("kind", ["lexical", "vectors"])
def test_damage_on_disk_after_the_start_is_found(index: Index, kind: str) -> None:
    """Files that were damaged since they were read are named."""
    path = next((index.home / kind).rglob("manifest.json"))
    path.write_bytes(path.read_bytes().replace(b'"count":', b'"count":1'))
    assert any("manifest" in fault for fault in verify(index).faults)


def test_many_faults_are_counted_not_listed(index: Index) -> None:
    """A store that is wrong everywhere gives a hundred faults and the number of the others."""
    with sqlite3.connect(index.home / "articles.db") as db:
        db.executemany(
            'INSERT INTO passage (article, revision, first_line, last_line, start, "end", key, added) '
            "VALUES (1, 1, 1, 1, 0, 4, ?, 1)",
            [(bytes([number]),) for number in range(150)],
        )
    db.close()
    verdict = verify(index)
    assert len(verdict.faults) == FAULTS_MOST
    assert verdict.more > 0


def test_a_page_that_cannot_be_read_is_said_at_the_start(home: Path) -> None:
    """Zeros in the middle of the store's file are a clear error with what to do."""
    index = Index(home, WordsEmbedder(), clock=lambda: NOW)
    root = index.store.database._connection().execute("SELECT rootpage FROM sqlite_master WHERE name = 'revision'")
    page = root.fetchone()[0]
    index.close()
    path = home / "articles.db"
    raw = bytearray(path.read_bytes())
    raw[(page - 1) * 4096 : page * 4096] = bytes(4096)
    path.write_bytes(raw)
    with pytest.raises(StoreError, match="database disk image is malformed"):
        Index(home, WordsEmbedder(), clock=lambda: NOW)
