"""Where the graded citations are read back: the text of an article's revision, line by line.

The resolver is a protocol, so that a citation of any system can be checked against the store, a plain folder, or a
running Dateline. What answers the questions is never asked whether its own citations are right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from eval.errors import UnknownLines
from index.article import revision_name
from index.lines import Lines


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One revision's canonical text with its dates, as far as they are known."""

    article: str
    revision: str  # SHA-256 of the text, hex
    text: str
    published_at: dt.datetime | None = None
    current_from: dt.datetime | None = None  # when this text was first current; unknown means: always


class Articles(Protocol):
    """The articles that citations are checked against."""

    def text(self, article: str, revision: str | None = None) -> Text:
        """That revision, by its whole name or its first digits; the current one without.

        Raises UnknownLines for an article or a revision that is not there.
        """
        ...

    def at(self, article: str, as_of: dt.datetime) -> Text | None:
        """The revision that was current at a moment; None where there was none yet. Raises UnknownLines."""
        ...


class GivenArticles:
    """Articles held in memory, each with its revisions, oldest first."""

    def __init__(self, articles: Mapping[str, Sequence[Text]]) -> None:
        self._articles = {article: tuple(texts) for article, texts in articles.items()}

    @classmethod
    def of(cls, texts: Mapping[str, str]) -> GivenArticles:
        """Articles of one revision each, by id."""
        return cls(
            {
                article: [Text(article=article, revision=revision_name(text), text=text)]
                for article, text in texts.items()
            }
        )

    def _revisions(self, article: str) -> tuple[Text, ...]:
        try:
            return self._articles[article]
        except KeyError:
            raise UnknownLines(f"no article `{article}` in the corpus: check its id, or ingest it first") from None

    def text(self, article: str, revision: str | None = None) -> Text:
        """See Articles.text."""
        revisions = self._revisions(article)
        if revision is None:
            return revisions[-1]
        for text in reversed(revisions):
            if revision and text.revision.startswith(revision):
                return text
        raise UnknownLines(f"article `{article}` has no revision {revision[:12]}: it was never ingested here")

    def at(self, article: str, as_of: dt.datetime) -> Text | None:
        """See Articles.at."""
        current = [t for t in self._revisions(article) if t.current_from is None or t.current_from <= as_of]
        return current[-1] if current else None


class CorpusLines:
    """The gold checks' view of articles: just lines."""

    def __init__(self, articles: Articles) -> None:
        self._articles = articles

    def lines(self, article: str, revision: str | None = None) -> Sequence[str]:
        """See eval.gold.Corpus."""
        return [line.text for line in Lines(self._articles.text(article, revision).text)]
