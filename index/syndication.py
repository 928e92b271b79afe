"""Copies: which articles carry the text of another one, so that they are not taken for its confirmation.

Articles with similar bodies are found by MinHash (Broder, "On the resemblance and containment of documents", 1997)
and locality-sensitive hashing: one indexed query gives those that share a band of the signature. What counts is then
measured on the texts themselves: how much of the shorter one stands in the longer, and whether both begin alike. A
news story is rewritten from its beginning, so a later version of a story (which must not be hidden behind the earlier
one) begins anew over old background, while a copy keeps the beginning and is cut or added to at its end. The bounds
were chosen on labelled pairs of real articles, see docs/syndication.md.

The originals of a set of articles do not depend on the order in which they arrived. In the order of publication each
article is a copy of the earliest original that it agrees with, or else an original itself. So when an article comes,
changes or goes, only later ones that agree with it can change, and they are looked at in that order.
"""

from __future__ import annotations

import datetime as dt
import re
import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from heapq import heappop, heappush

import numpy as np
from datasketch import MinHash
from numpy.typing import NDArray

from index.article import NewsDate

WORDS = 5  # in a shingle
LEAD = 100  # shingles that count as an article's beginning
MOST_CHARACTERS = 150_000  # of a body that are looked at; the longest of 26,575 articles has 0.1 MB
FEWEST_SHINGLES = 40  # a shorter body is a teaser, and any two teasers of a series are alike

OVERLAP = 0.80  # of the shorter body's shingles are in the longer one
LEAD_OVERLAP = 0.60  # of each one's beginning is in the other
MOST_DAYS_APART = 10.0  # what comes back later is a template with new facts

BANDS, ROWS = 32, 3  # finds 97% of pairs with a Jaccard similarity of 0.47, 69% at 0.33, 3% at 0.1
VERSION = b"\x01"  # of the signatures: another one when anything above that shapes them changes

MOST_IN_BUCKET = 32  # articles looked at in one bucket: boilerplate fills one without end
MOST_CANDIDATES = 16  # texts compared with one article
MOST_REVIEWED = 64  # articles looked at again because of one
MOST_HELD = 512  # bodies in memory

_WORD = re.compile(r"\w+")
_FACTOR = np.uint64(0x9E3779B97F4A7C15)  # odd, so that no bit of a word's hash is lost


@dataclass(frozen=True)
class Body:
    """An article's text without its headline, as shingles: hashes of five words in a row."""

    shingles: NDArray[np.uint64]  # (n,) in the order of the text

    @classmethod
    def of(cls, text: str) -> Body:
        """The body of a canonical text. Case and punctuation do not count."""
        found = _WORD.findall(text.partition("\n")[2][:MOST_CHARACTERS].casefold())
        words = [zlib.crc32(word.encode("utf-8")) for word in found]
        count = max(0, len(words) - WORDS + 1)
        hashed, made = np.array(words, np.uint64), np.zeros(count, np.uint64)
        for at in range(WORDS):
            made = made * _FACTOR + hashed[at : at + count]
        return cls(made)

    @cached_property
    def distinct(self) -> NDArray[np.uint64]:
        """Each shingle once, in order of value."""
        return np.unique(self.shingles)

    def signature(self) -> bytes:
        """What is kept to find similar bodies by; the version alone for one that is too short to tell."""
        if len(self.distinct) < FEWEST_SHINGLES:
            return VERSION
        sketch = _empty_sketch().copy()
        sketch.update_batch((self.distinct >> np.uint64(32)).tolist())
        return VERSION + np.asarray(sketch.hashvalues, "<u4").tobytes()


@lru_cache(maxsize=1)
def _empty_sketch() -> MinHash:
    return MinHash(num_perm=BANDS * ROWS, seed=1, hashfunc=int, scheme="affine32")


def bands(signature: bytes) -> list[int]:
    """One hash a band, signed 64 bit; none for a body that is too short."""
    if len(signature) == len(VERSION):
        return []
    rows = np.frombuffer(signature[len(VERSION) :], "<u4").reshape(BANDS, ROWS).astype(np.uint64)
    mixed = np.zeros(BANDS, np.uint64)
    for at in range(ROWS):
        mixed = (mixed + rows[:, at]) * _FACTOR
        mixed ^= mixed >> np.uint64(29)
    return [int(value) for value in mixed.view(np.int64)]


@dataclass(frozen=True)
class Piece:
    """What decides whether one article is a copy of another. Moments are in seconds since 1970 UTC."""

    number: int
    body: Body
    title: str
    source: str | None
    published: float | None
    ingested: float

    @property
    def order(self) -> tuple[float, int]:
        """Earliest first; without a date of publication, by when it was taken in."""
        return (self.ingested if self.published is None else self.published, self.number)


def overlap(one: Piece, other: Piece) -> float | None:
    """How much of the shorter body is in the longer one, 0 … 1; None when neither is a copy of the other."""
    if min(len(one.body.distinct), len(other.body.distinct)) < FEWEST_SHINGLES:
        return None
    if _apart(one.published, other.published) > MOST_DAYS_APART * 86400:
        return None
    shared = len(np.intersect1d(one.body.distinct, other.body.distinct, assume_unique=True))
    share = shared / min(len(one.body.distinct), len(other.body.distinct))
    if share < OVERLAP:
        return None
    lead = min(
        float(np.isin(a.body.shingles[:LEAD], b.body.distinct).mean()) for a, b in ((one, other), (other, one))
    )
    if lead < LEAD_OVERLAP:
        return None
    if one.source is not None and one.source == other.source and not _same_headline(one.title, other.title):
        return None
    return share


def _apart(one: float | None, other: float | None) -> float:
    return 0.0 if one is None or other is None else abs(one - other)


def _same_headline(one: str, other: str) -> bool:
    """Whether two headlines of one outlet may stand over one story.

    An outlet's boilerplate (a subscription notice where the page could not be read) is the same under every headline;
    a story that it runs twice keeps a word of its headline. Other outlets write their own.
    """
    first, second = _headline_words(one), _headline_words(other)
    return not first or not second or bool(first & second)


def _headline_words(title: str) -> set[str]:
    story = re.split(r" [|–—-] ", title)[0]  # "Headline | Outlet"
    return {word for word in _WORD.findall(story.casefold()) if len(word) > 3}


class Copies:
    """Keeps the tables `signature`, `band` and `carrier` true within one commit of the store."""

    def __init__(self, db: sqlite3.Connection, commit: int) -> None:
        self._db = db
        self._commit = commit
        self._pieces: dict[int, Piece | None] = {}

    def review(self, article: int) -> None:
        """Look again at an article that was added, changed, withdrawn or reinstated, and at what depends on it."""
        self._pieces.pop(article, None)
        if len(self._pieces) > MOST_HELD:
            self._pieces.clear()
        self._sign(article)
        carriers = self._carriers(article) if self._piece(article) else self._release(article)
        self._settle([article, *carriers])

    def forget(self, article: int) -> None:
        """Take out an article that is deleted; its copies stand for themselves, or for the earliest of them."""
        self._pieces[article] = None
        carriers = self._release(article)
        for statement in (
            "DELETE FROM signature WHERE article = ?",
            "DELETE FROM band WHERE article = ?",
            "DELETE FROM carrier WHERE article = ?",
        ):
            self._db.execute(statement, (article,))
        self._settle(carriers)

    def _release(self, article: int) -> list[int]:
        """Make the copies of an article stand for themselves. Returns them."""
        carriers = self._carriers(article)
        for carrier in carriers:
            self._enter(carrier, None, 0.0)
        return carriers

    def _sign(self, article: int) -> None:
        piece = self._piece(article)
        signature = None if piece is None else piece.body.signature()
        held = self._db.execute("SELECT minhash FROM signature WHERE article = ?", (article,)).fetchone()
        if signature == (None if held is None else held[0]):
            return
        self._db.execute("DELETE FROM signature WHERE article = ?", (article,))
        self._db.execute("DELETE FROM band WHERE article = ?", (article,))
        if signature is not None:
            self._db.execute("INSERT INTO signature VALUES (?, ?)", (article, signature))
            self._db.executemany(
                "INSERT INTO band VALUES (?, ?, ?)",
                [(band, value, article) for band, value in enumerate(bands(signature))],
            )

    def _settle(self, articles: Sequence[int]) -> None:
        """Decide for each of the articles, in the order of publication, and for those that follow from it."""
        changed = set(articles)
        waiting: list[tuple[tuple[float, int], int]] = []
        seen: set[int] = set()

        def wait(article: int) -> None:
            piece = self._piece(article)
            if article not in seen:
                seen.add(article)
                heappush(waiting, (piece.order if piece else (float("-inf"), article), article))

        for article in articles:
            wait(article)
        for _ in range(MOST_REVIEWED):
            if not waiting:
                return
            article = heappop(waiting)[1]
            was = self._original_of(article)
            now = self._decide(article)
            if now is None and (was is not None or article in changed):  # later ones may be copies of it
                for candidate in self._later(article):
                    wait(candidate)
            elif now is not None and was is None:  # it is no original any more
                for carrier in self._carriers(article):
                    wait(carrier)
        for _, article in waiting:  # too many: at least none of them is left a copy of a copy
            original = self._original_of(article)
            if original is not None and self._original_of(original) is not None:
                self._enter(article, None, 0.0)

    def _decide(self, article: int) -> int | None:
        """Enter what an article is a copy of: the earliest original before it that it agrees with. None for none."""
        piece = self._piece(article)
        before = [] if piece is None else self._candidates(article)
        for other in sorted((held for held in before if piece and held.order < piece.order), key=_order):
            if piece is None or self._original_of(other.number) is not None:
                continue
            share = overlap(other, piece)
            if share is not None:
                self._enter(article, other.number, share)
                return other.number
        self._enter(article, None, 0.0)
        return None

    def _enter(self, article: int, original: int | None, share: float) -> None:
        held = self._db.execute("SELECT original, overlap FROM carrier WHERE article = ?", (article,)).fetchone()
        if (original, share) == ((None, 0.0) if held is None else tuple(held)):
            return
        self._db.execute("DELETE FROM carrier WHERE article = ?", (article,))
        if original is not None:
            self._db.execute("INSERT INTO carrier VALUES (?, ?, ?)", (article, original, share))
        # So that every catalog hears of it.
        self._db.execute("UPDATE article SET changed = ? WHERE number = ?", (self._commit, article))

    def _original_of(self, article: int) -> int | None:
        row = self._db.execute("SELECT original FROM carrier WHERE article = ?", (article,)).fetchone()
        return None if row is None else int(row[0])

    def _carriers(self, article: int) -> list[int]:
        rows = self._db.execute("SELECT article FROM carrier WHERE original = ? ORDER BY 1", (article,))
        return [int(row[0]) for row in rows]

    def _later(self, article: int) -> list[int]:
        piece = self._piece(article)
        return (
            [] if piece is None else [held.number for held in self._candidates(article) if held.order > piece.order]
        )

    def _candidates(self, article: int) -> list[Piece]:
        """Articles that may share their text with this one: those that share most bands of its signature."""
        row = self._db.execute("SELECT minhash FROM signature WHERE article = ?", (article,)).fetchone()
        hashes = [] if row is None else bands(row[0])
        if not hashes:
            return []
        buckets = [value for band, held in enumerate(hashes) for value in (band, held, MOST_IN_BUCKET)]
        rows = self._db.execute(_SHARED_BANDS, (*buckets, article, MOST_CANDIDATES)).fetchall()
        return [piece for row in rows if (piece := self._piece(row[0])) is not None]

    def _piece(self, article: int) -> Piece | None:
        """An article that takes part; None for one that is withdrawn or deleted."""
        if article not in self._pieces:
            row = self._db.execute(_CURRENT, (article,)).fetchone()
            self._pieces[article] = None if row is None else _piece(row)
        return self._pieces[article]


def faults(db: sqlite3.Connection) -> Iterator[str]:
    """What of the kept copies does not agree with the articles, for people. Reads every current text."""
    for row in db.execute(
        "SELECT a.article_id FROM carrier c JOIN article a ON a.number = c.article WHERE a.status <> 'usable' OR "
        "EXISTS (SELECT 1 FROM carrier o WHERE o.article = c.original) OR NOT EXISTS "
        "(SELECT 1 FROM article o WHERE o.number = c.original AND o.status = 'usable')"
    ):
        yield f"copies: {row['article_id']} is entered as a copy of what is no original"
    for row in db.execute(
        "SELECT count(*) AS n FROM (SELECT article FROM band UNION SELECT article FROM signature) "
        "WHERE article NOT IN (SELECT number FROM article WHERE status = 'usable')"
    ):
        if row["n"]:
            yield f"copies: {row['n']} articles that are not usable have a signature"
    for row in db.execute(
        "SELECT a.number, a.article_id, r.text, s.minhash FROM signature s JOIN article a ON a.number = s.article "
        "JOIN revision r ON r.article = a.number AND r.revision = a.revision"
    ):
        held = row["minhash"]
        if held[: len(VERSION)] != VERSION:
            continue  # to be looked at again, see Store.find_copies
        if held != Body.of(row["text"]).signature():
            yield f"copies: the signature of {row['article_id']} is another text's"
            continue
        entered = db.execute("SELECT band, hash FROM band WHERE article = ? ORDER BY band", (row["number"],))
        if [tuple(band) for band in entered] != list(enumerate(bands(held))):
            yield f"copies: {row['article_id']} is not entered under its own bands"


def _order(piece: Piece) -> tuple[float, int]:
    return piece.order


def _piece(row: sqlite3.Row) -> Piece:
    published = row["published_at"]
    return Piece(
        number=row["number"],
        body=Body.of(row["text"]),
        title=row["title"],
        source=row["source"],
        published=None if published is None else NewsDate.parse(published).moment.timestamp(),
        ingested=dt.datetime.fromisoformat(row["ingested_at"]).timestamp(),
    )


_CURRENT = (
    "SELECT a.number, a.source, a.ingested_at, r.text, r.title, r.published_at FROM article a "
    "JOIN revision r ON r.article = a.number AND r.revision = a.revision WHERE a.number = ? AND a.status = 'usable'"
)

# A bucket gives its first articles, which are the likeliest originals.
_BUCKET = "SELECT * FROM (SELECT article FROM band WHERE band = ? AND hash = ? LIMIT ?)"
_SHARED_BANDS = (
    "SELECT article FROM ("  # noqa: S608 - nothing in it comes from outside
    + " UNION ALL ".join([_BUCKET] * BANDS)
    + ") WHERE article <> ? GROUP BY 1 ORDER BY count(*) DESC, article LIMIT ?"
)
