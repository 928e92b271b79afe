"""The articles of a store, to read citations back from."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from eval.articles import Text
from eval.errors import UnknownLines
from index.article import Revision
from index.errors import UnknownArticle
from index.store import Store


class StoreArticles:
    """Articles of a store; withdrawn ones too, for a citation of one must still resolve."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def text(self, article: str, revision: str | None = None) -> Text:
        """See Articles.text."""
        return self._found(lambda: self._store.revision(article, revision))

    def at(self, article: str, as_of: dt.datetime) -> Text | None:
        """See Articles.at."""
        try:
            states = self._store.revisions(article)
        except UnknownArticle as error:
            raise UnknownLines(str(error)) from error
        then = [s for s in states if s.observed_at <= as_of]
        if not then:
            then = [s for s in states[:1] if s.published_at is not None and s.published_at.moment <= as_of]
        return self._found(lambda: then[-1]) if then else None

    def _found(self, look: Callable[[], Revision]) -> Text:
        try:
            found = look()
        except UnknownArticle as error:
            raise UnknownLines(str(error)) from error
        date = found.updated_at or found.published_at
        return Text(
            article=found.article_id,
            revision=found.revision,
            text=found.text,
            published_at=date.moment if date else None,
            current_from=found.observed_at,
        )
