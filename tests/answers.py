"""What the tests of answers share: a small newsroom on paper, hits cut from it, and an embedder of plain words."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt

from index.article import Article, NewsDate, Status, revision_name
from index.catalog import NO_FILTERS, Filters
from index.lines import Line, Lines
from index.passage import Hit, Passage, Span
from rag import words

SEED = Path(__file__).parents[1] / "seeds" / "us-russia-riyadh-talks.txt"
NOW = dt.datetime(2025, 2, 20, tzinfo=dt.UTC)
SPREAD = 20.0  # of scores: what shares few words stands as far behind the best as in a real search


def article(article_id: str, text: str, day: str | None = "2025-02-18", url: str | None = None) -> Article:
    """An article as the store holds it; line 1 of its text is the headline."""
    return Article(
        article_id=article_id,
        revision=revision_name(text),
        title=text.split("\n", 1)[0],
        url=url or f"https://news.example/{article_id}",
        source="news.example",
        authors=(),
        section=None,
        language="en",
        published_at=None if day is None else NewsDate.day(dt.date.fromisoformat(day)),
        updated_at=None,
        ingested_at=NOW,
        accessible_for_free=None,
        embargo_until=None,
        status=Status.USABLE,
        correction=None,
        metadata={},
    )


class WordEmbedder:
    """A hashed bag of content words: alike means sharing words. Enough where meaning is not the point of a test."""

    def encode_passages(self, texts: Sequence[str]) -> npt.NDArray[np.float32]:
        """(n, 256) float32, unit length."""
        return np.stack([self.encode_question(text) for text in texts])

    def encode_question(self, text: str) -> npt.NDArray[np.float32]:
        """(256,) float32, unit length."""
        vector = np.full(256, 1e-3, np.float32)
        for stem in words.content(text):
            vector[int(hashlib.sha256(stem.encode()).hexdigest(), 16) % 256] += 1
        return vector / np.linalg.norm(vector)


@dataclass
class Newsroom:
    """Articles by id, each line a passage; `retrieve` ranks them by shared words."""

    texts: Mapping[str, str]
    days: Mapping[str, str | None] = field(default_factory=dict)  # None: of an unknown day
    embedder: WordEmbedder = field(default_factory=WordEmbedder)

    def lines_of(self, article_id: str, revision: str) -> Lines:
        """The lines of the one revision there is."""
        assert revision == revision_name(self.texts[article_id])
        return Lines(self.texts[article_id])

    def retrieve(self, question: str, *, as_of: dt.datetime, limit: int, filters: Filters = NO_FILTERS) -> list[Hit]:
        """Lines with a word in common with the question, most alike first."""
        found: list[tuple[float, Article, Passage, Line]] = []
        asked = frozenset(words.content(question))
        for article_id, text in self.texts.items():
            about = article(article_id, text, self.days.get(article_id, "2025-02-18"))
            if about.published_at is not None and about.published_at.moment > as_of:
                continue
            for line in Lines(text):
                if not line.text.strip() or not asked & frozenset(words.content(line.text)):
                    continue
                alike = float(self.embedder.encode_question(line.text) @ self.embedder.encode_question(question))
                span = Span(line.number, line.number, line.start, line.end)
                passage = Passage(len(found), article_id, revision_name(text), span, line.text)
                found.append((alike, about, passage, line))
        found.sort(key=lambda item: -item[0])
        return [
            Hit(
                passage=passage, article=about, lines=(line,), score=SPREAD * alike, rank=rank, parts={"dense": alike}
            )
            for rank, (alike, about, passage, line) in enumerate(found[:limit], start=1)
        ]


def seed() -> Newsroom:
    """The seed article alone."""
    return Newsroom({"us-russia-riyadh-talks": SEED.read_text(encoding="utf-8")})


def says(short: str, *sentences: tuple[str, list[int]]) -> str:
    """A model's reply in the shape that was asked for."""
    return json.dumps({"sentences": [{"text": text, "lines": lines} for text, lines in sentences], "answer": short})
