"""Where the graded citations are read back: the text of an article's revision, line by line.

The resolver is a protocol, so that a citation of any system can be checked against the store, a plain folder, or a
running Dateline. What answers the questions is never asked whether its own citations are right.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from eval.errors import BadRecord, UnknownLines
from eval.gold import Relevant
from index.article import Draft, revision_name
from index.lines import Lines
from index.readers import read_path


@dataclass(frozen=True, slots=True, kw_only=True)
class Text:
    """One revision's canonical text with its dates, as far as they are known."""

    article: str
    revision: str  # SHA-256 of the text, hex
    text: str
    published_at: dt.datetime | None = None  # when last updated, where that is known
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

    @property
    def ids(self) -> tuple[str, ...]:
        """Every article's id."""
        return tuple(self._articles)

    @classmethod
    def read(cls, paths: Iterable[Path]) -> GivenArticles:
        """The articles of files and folders, by the project's readers; revisions in the order of observation.

        Raises BadRecord where a path holds no article.
        """
        drafts: dict[str, list[Draft]] = {}
        for path in paths:
            count = len(drafts)
            reasons = []
            for item in read_path(path):
                if item.draft is not None:
                    drafts.setdefault(item.draft.article_id, []).append(item.draft)
                elif item.skipped is not None:
                    reasons.append(item.skipped.reason)
            if len(drafts) == count:
                raise BadRecord(f"{path} holds no article{': ' + reasons[0] if reasons else ''}: check the path")
        never = dt.datetime.min.replace(tzinfo=dt.UTC)
        found: dict[str, list[Text]] = {}
        for article, held in drafts.items():
            for draft in sorted(held, key=lambda draft: draft.observed_at or never):
                date = draft.updated_at or draft.published_at
                found.setdefault(article, []).append(
                    Text(
                        article=article,
                        revision=revision_name(draft.text),
                        text=draft.text,
                        published_at=date.moment if date else None,
                        current_from=draft.observed_at,
                    )
                )
        return cls(found)

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
        if current:
            return current[-1]
        # Seen late, yet published before: the first text that was seen is the one there was.
        first = self._revisions(article)[0]
        return first if first.published_at is not None and first.published_at <= as_of else None


def meant(articles: Articles, entry: Relevant, as_of: dt.datetime | None) -> Text:
    """The revision that an entry of the gold speaks of: the pinned one, else the one current then, else the current.

    Raises UnknownLines.
    """
    if entry.revision is not None:
        return articles.text(entry.article, entry.revision)
    current = articles.at(entry.article, as_of) if as_of is not None else None
    return current or articles.text(entry.article)


class CorpusLines:
    """The gold checks' view of articles: just lines."""

    def __init__(self, articles: Articles) -> None:
        self._articles = articles

    def lines(self, entry: Relevant, as_of: dt.datetime | None) -> Sequence[str]:
        """See eval.gold.Corpus."""
        return [line.text for line in Lines(meant(self._articles, entry, as_of).text)]
