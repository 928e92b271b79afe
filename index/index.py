"""The index: the article store and the two indexes derived from it, kept in step.

A write is one transaction of the store, then a commit of the lexical index, then this process's memory. Whatever is
lost in between is caught up from the store, at the next write or the next start: the store is never behind.
"""

from __future__ import annotations

import datetime as dt
import shutil
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index import vectors
from index.article import Draft, revision_name
from index.catalog import NO_FILTERS, Catalog, Filters
from index.chunking import chunk
from index.embedder import Embedder
from index.errors import DamagedIndex, StoreBusy
from index.lexical import LexicalIndex, LexicalRow
from index.lines import Line, Lines
from index.passage import Hit, Passage, Span
from index.store import Clock, Prepared, Progress, Store, Stored, embedding_key, utc_now
from index.vectors import VectorIndex

WRITER_WAIT_S = 60.0
LEXICAL_BATCH = 20_000

OnProgress = Callable[[str, int, int], None]  # what, done, of how many


def quiet(_what: str, _done: int, _of: int) -> None:
    """Progress for nobody."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages that one search found: ids (n,) int64 in falling order of score, and their scores (n,) float32."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


class Index:
    """Articles in, hits out. One instance a process; any number of threads, one of them writing at a time."""

    def __init__(
        self, home: Path, embedder: Embedder, *, clock: Clock = utc_now, on_progress: OnProgress = quiet
    ) -> None:
        """Open or create the index in `home`. A lagging derived index catches up, a damaged one is rebuilt.

        Raises StoreError, StoreVersion, EmbedderMismatch.
        """
        self.home = home
        self.embedder = embedder
        self.clock = clock
        self.store = Store(home / "articles.db", clock=clock)
        self.store.bind_embedder(embedder.fingerprint, embedder.dimension)
        self.repaired: list[str] = []  # what was found damaged at the start, for people
        self._writer = FileLock(home / "writer.lock")
        self._compactor = FileLock(home / "compactor.lock")
        self._write_guard = threading.RLock()  # one writer among this process's threads
        self._refresh_guard = threading.RLock()  # never held for long: searches pass through it
        self._lexical_path = home / "lexical"
        self._vectors_path = home / "vectors"
        self._on_progress = on_progress
        self._lexical = self._open_lexical()
        self._vectors = self._open_vectors()
        self._vectors_through = self._vectors.through
        self.catalog = Catalog()
        self.refresh()

    def close(self) -> None:
        """Close the files."""
        with self._write_guard, self._refresh_guard:
            self._lexical.close()
            self.store.close()

    # ---- opening what is derived

    def _open_lexical(self) -> LexicalIndex:
        try:
            lexical = LexicalIndex.open(self._lexical_path)
        except DamagedIndex as damage:
            self.repaired.append(str(damage))
            with self._writing():
                shutil.rmtree(self._lexical_path, ignore_errors=True)
                return self._catch_up(LexicalIndex.open(self._lexical_path))
        if lexical.through < self.store.commit_number():
            try:
                with self._writing(wait=0.0):
                    return self._catch_up(lexical)
            except StoreBusy:
                pass  # whoever is writing brings it up to date
        return lexical

    def _open_vectors(self) -> VectorIndex:
        fingerprint, dimension = self.embedder.fingerprint, self.embedder.dimension
        try:
            return VectorIndex.open(self._vectors_path, fingerprint=fingerprint, dimension=dimension)
        except DamagedIndex as damage:
            self.repaired.append(str(damage))
            with self._compacting():
                shutil.rmtree(self._vectors_path, ignore_errors=True)
                self._build_base()
            return VectorIndex.open(self._vectors_path, fingerprint=fingerprint, dimension=dimension)

    def _catch_up(self, lexical: LexicalIndex) -> LexicalIndex:
        """Bring the lexical index to the store's last commit. The writer's lock is held."""
        with self.store.database.read():
            through, removed = self.store.commit_number(), self.store.removed_since(lexical.through)
            total = self.store.count_added(lexical.through)
            rows: list[LexicalRow] = []
            for done, (passage_id, title, text) in enumerate(self.store.texts_added(lexical.through), start=1):
                rows.append(LexicalRow(passage_id, title, text))
                if len(rows) >= LEXICAL_BATCH:
                    lexical.add(rows)
                    rows.clear()
                    self._on_progress("lexical index", done, total)
        with lexical:  # closed again, so that another process may write
            lexical.add(rows)
            lexical.remove(removed)
            lexical.commit(through)
        if total >= LEXICAL_BATCH:
            self._on_progress("lexical index", total, total)
        return lexical

    @contextmanager
    def _writing(self, wait: float = WRITER_WAIT_S) -> Iterator[None]:
        try:
            with self._write_guard, self._writer.acquire(timeout=wait):
                yield
        except Timeout as error:
            raise StoreBusy(
                f"Another process is writing to {self.home}: wait for it to finish, then try again."
            ) from error

    @contextmanager
    def _compacting(self) -> Iterator[None]:
        try:
            with self._compactor.acquire(timeout=WRITER_WAIT_S):
                yield
        except Timeout as error:
            raise StoreBusy(f"Another process is compacting {self.home}: wait for it to finish.") from error

    # ---- writing

    def prepare(self, draft: Draft) -> Prepared:
        """Cut a draft into passages, not yet embedded. Nothing where the store already has this revision."""
        if self.store.knows(draft.article_id, revision_name(draft.text)):
            return Prepared(draft, (), (), {})
        spans = chunk(
            draft.text, self.embedder, budget_tokens=self.embedder.passage_tokens, language=draft.language or "en"
        )
        return Prepared(draft, spans, [embedding_key(text) for text in self._composed(draft, spans)], {})

    def _composed(self, draft: Draft, spans: Sequence[Span]) -> list[str]:
        return [self.embedder.compose(draft.title, draft.text[span.start : span.end]) for span in spans]

    def add(
        self,
        drafts: Sequence[Draft],
        *,
        progress: tuple[str, Progress] | None = None,
        revive: bool = False,
        on_embedded: Callable[[int], None] | None = None,
    ) -> list[Stored]:
        """Store drafts and make them searchable: all or none. Returns what each one did, in order.

        `progress` is stored with them, `on_embedded` is told how many passages were embedded. Raises StoreBusy,
        StoreFull, UnreadableInput.
        """
        # Prepared under the lock: what the store is seen to hold must still be there when the rest is stored.
        with self._writing():
            prepared = self._embed([self.prepare(draft) for draft in drafts], on_embedded)
            stored = self.store.put(prepared, progress=progress, revive=revive)
            self._catch_up(self._lexical)
        self.refresh()
        return stored

    def _embed(self, batch: Sequence[Prepared], on_embedded: Callable[[int], None] | None) -> list[Prepared]:
        texts: dict[bytes, str] = {}
        for prepared in batch:
            texts.update(zip(prepared.keys, self._composed(prepared.draft, prepared.spans), strict=True))
        wanted = sorted(self.store.missing_embeddings(list(texts)))
        matrix = self.embedder.encode_passages([texts[key] for key in wanted], on_progress=on_embedded)
        made = dict(zip(wanted, matrix, strict=True))
        return [
            Prepared(held.draft, held.spans, held.keys, {key: made[key] for key in held.keys if key in made})
            for held in batch
        ]

    def withdraw(self, article_id: str) -> None:
        """Never retrieve the article again, but keep it. Raises UnknownArticle."""
        self._change(lambda: self.store.withdraw(article_id))

    def reinstate(self, article_id: str) -> None:
        """Make a withdrawn article usable again. Raises UnknownArticle."""
        self._change(lambda: self.store.reinstate(article_id))

    def delete(self, article_id: str) -> None:
        """Remove the article's text for good. Raises UnknownArticle."""
        self._change(lambda: self.store.delete(article_id))

    def _change(self, write: Callable[[], None]) -> None:
        with self._writing():
            write()
            self._catch_up(self._lexical)
        self.refresh()

    # ---- keeping in step

    def refresh(self) -> None:
        """See what any process has committed. Cheap when nothing changed."""
        with self._refresh_guard:
            catalog = self.catalog.refreshed(self.store)
            if catalog is self.catalog:
                return
            for ids, matrix in self.store.vectors_after(self._vectors_through):
                self._vectors.add(ids, matrix)
                self._vectors_through = int(ids[-1])
            self._lexical.refresh()
            self.catalog = catalog

    @property
    def compaction_due(self) -> bool:
        """Whether so much was added since the last compaction that searches are slower for it."""
        return self._vectors.compaction_due

    def compact(self) -> None:
        """Make a new base of all passages, while searches go on. Raises StoreBusy when another process does."""
        with self._compacting():
            through = self._build_base()
            opened = VectorIndex.open(
                self._vectors_path, fingerprint=self.embedder.fingerprint, dimension=self.embedder.dimension
            )
            with self._refresh_guard:
                for ids, matrix in self.store.vectors_after(through):
                    opened.add(ids, matrix)
                    through = int(ids[-1])
                self._vectors, self._vectors_through = opened, through

    def _build_base(self) -> int:
        with self.store.database.read():
            count, through = self.store.passage_span()

            def counted() -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
                done = 0
                for ids, matrix in self.store.vectors_after(0):
                    yield ids, matrix
                    done += len(ids)
                    self._on_progress("vector index", done, count)

            vectors.build(
                self._vectors_path,
                counted(),
                count=count,
                fingerprint=self.embedder.fingerprint,
                dimension=self.embedder.dimension,
                through=through,
            )
        return through

    def rebuild(self) -> None:
        """Make both derived indexes anew from the store."""
        with self._writing():
            self._lexical.close()
            shutil.rmtree(self._lexical_path, ignore_errors=True)
            self._lexical = self._catch_up(LexicalIndex.open(self._lexical_path))
        self.compact()

    # ---- searching

    def dense(
        self, vector: NDArray[np.float32], count: int, *, as_of: dt.datetime | None, filters: Filters = NO_FILTERS
    ) -> Candidates:
        """The `count` passages nearest in meaning to a unit vector (dim,), best first."""
        return Candidates(*self._vectors.search(vector, count, allowed=self._allowed(as_of, filters)))

    def lexical(
        self, words: str, count: int, *, as_of: dt.datetime | None, filters: Filters = NO_FILTERS
    ) -> Candidates:
        """The `count` passages that share most with the words, best first. The words are never query syntax."""
        return Candidates(*self._lexical.search(words, count, allowed=self._allowed(as_of, filters)))

    def _allowed(self, as_of: dt.datetime | None, filters: Filters) -> NDArray[np.bool_]:
        return self.catalog.allowed(as_of=as_of, now=self.clock(), filters=filters)

    def hits(
        self,
        ids: NDArray[np.int64],
        scores: NDArray[np.float32],
        parts: Sequence[dict[str, float]],
    ) -> list[Hit]:
        """Hits for passages in order of rank. One that was removed in the meantime is left out."""
        with self.store.database.read():
            passages = self.store.passages(ids.tolist())
            numbers = dict.fromkeys(self.catalog.article_numbers(ids).tolist())
            articles = {a.article_id: a for a in self.store.articles_by_number(list(numbers)).values()}
            revisions = {
                (held.article_id, held.revision): Lines(self.store.text(held.article_id, held.revision))
                for held in passages.values()
            }
        hits: list[Hit] = []
        for passage_id, score, held in zip(ids.tolist(), scores.tolist(), parts, strict=True):
            passage = passages.get(passage_id)
            if passage is None or passage.article_id not in articles:
                continue
            lines = lines_of(passage, revisions[passage.article_id, passage.revision])
            article = articles[passage.article_id]
            hits.append(
                Hit(passage=passage, article=article, lines=lines, score=score, rank=len(hits) + 1, parts=held)
            )
        return hits


def lines_of(passage: Passage, lines: Lines) -> tuple[Line, ...]:
    """The lines of a passage, a split line cut to the passage."""
    span = passage.span
    found = []
    for number in range(span.first_line, span.last_line + 1):
        line = lines[number]
        start, end = max(line.start, span.start), min(line.end, span.end)
        found.append(Line(number, start, end, lines.text[start:end]))
    return tuple(found)
