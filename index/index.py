"""The index: the article store and the two indexes derived from it, kept in step.

A write is one transaction of the store, then a commit of the lexical index, then this process's memory. Whatever is
lost in between is caught up from the store, at the next write or the next start: the store is never behind.

What a search sees is one `_View`: replaced as a whole, never changed but for vectors that are added behind those it
allows. Searches take no lock. Locks are taken in this order: writer, compactor, refresh.
"""

from __future__ import annotations

import datetime as dt
import logging
import shutil
import sqlite3
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import islice
from pathlib import Path

import numpy as np
from filelock import FileLock, Timeout
from numpy.typing import NDArray

from index import manifest as manifests
from index import vectors
from index.article import Article, Draft, Status, revision_name
from index.catalog import NO_FILTERS, Catalog, Filters
from index.chunking import chunk
from index.context import grown, unshown
from index.database import reachable
from index.dates import Clock, utc_now
from index.embedder import Embedder
from index.errors import DamagedIndex, EmbedderMismatch, NewsError, StoreBusy
from index.lexical import LexicalIndex, LexicalRow
from index.lines import Line, Lines
from index.passage import Hit, Passage, Span
from index.rows import Prepared, Progress, Stored, embedding_key
from index.store import Store
from index.vectors import VectorIndex

WRITER_WAIT_S = 60.0
REFRESH_WAIT_S = 0.25  # a question rather goes on with what was there a moment ago
TEND_EVERY_S = 1.0
LEXICAL_BATCH = 20_000
RUNS_AT_ONCE = 32  # the most that are looked up together
LAGGING = 20_000  # vectors outside the base: more than this and half of it, and a start makes a new base first

OnProgress = Callable[[str, int, int], None]  # what, done, of how many
Stamp = tuple[int, int, int] | None

log = logging.getLogger(__name__)


def quiet(_what: str, _done: int, _of: int) -> None:
    """Progress for nobody."""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Passages that one search found: ids (n,) int64 in falling order of score, and their scores (n,) float32."""

    ids: NDArray[np.int64]
    scores: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _View:
    """What a search works on. The two derived indexes hold at least what the catalog allows, once both caught up."""

    catalog: Catalog
    lexical: LexicalIndex
    vectors: VectorIndex
    base: Stamp  # of the manifest that the vectors' base was read by


@dataclass(frozen=True, slots=True)
class Pinned:
    """The store and what is derived from it as of one commit, for as long as somebody looks at it."""

    db: sqlite3.Connection
    catalog: Catalog
    lexical: frozenset[int]  # the passages that the lexical index holds
    vectors: VectorIndex
    lexical_folder: Path
    vectors_folder: Path


class _Stopped(Exception):
    """Work in the background is given up because the index is being closed."""


@dataclass(frozen=True, slots=True)
class Run:
    """A run of lines to be shown: a passage, or several that adjoin, under the id of the best of them."""

    passage: Passage  # its text is read anew from the revision
    score: float
    parts: Mapping[str, float]
    carried_by: tuple[str, ...] = ()


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
        self.repaired: list[str] = []  # what was found damaged, for people
        self._on_progress = on_progress
        self._writer = FileLock(home / "writer.lock", poll_interval=0.01)
        self._compactor = FileLock(home / "compactor.lock", poll_interval=0.05)
        self._write_guard = threading.RLock()  # one writer among this process's threads
        self._base_guard = threading.RLock()  # one that makes or takes over a base among them
        self._refresh_guard = threading.RLock()  # never held for long: searches pass through it
        self._tending = threading.Lock()
        self._tender: threading.Thread | None = None
        self._tended_at = 0.0
        self._closing = threading.Event()
        self.store = Store(home / "articles.db", clock=clock)
        try:
            self._view = self._open()
            if self._lags_far:
                with suppress(StoreBusy):
                    self.compact(wait=0.0)
        except BaseException:
            self.store.close()
            raise

    def close(self) -> None:
        """Give up what is done in the background, and close the files."""
        self._closing.set()
        if self._tender is not None and self._tender is not threading.current_thread():
            self._tender.join()
        with self._write_guard, self._refresh_guard:
            self._view.lexical.close()
            self.store.close()

    @property
    def catalog(self) -> Catalog:
        """What search knows of every passage, as of the last refresh."""
        return self._view.catalog

    @property
    def lexical_index(self) -> LexicalIndex:
        """The words of every passage."""
        return self._view.lexical

    @property
    def vectors(self) -> VectorIndex:
        """The embedding of every passage."""
        return self._view.vectors

    # ---- opening what is derived

    def _open(self) -> _View:
        """Everything derived from the store as it is now, caught up or made anew."""
        self.store.bind_embedder(self.embedder.fingerprint, self.embedder.dimension)
        lineage = self.store.lineage()
        lexical = self._open_lexical(self._folder("lexical", lineage))
        base, opened = self._open_vectors(self._folder("vectors", lineage), lineage)
        catalog = Catalog().refreshed(self.store)
        self._fill(opened)
        if catalog.lineage != lineage:  # restored just now
            return self._open()
        self._sweep(lineage)
        return _View(catalog, lexical, opened, base)

    def _folder(self, kind: str, lineage: str) -> Path:
        # Of its own for each lineage: what another course of commits left there cannot be mistaken for this one's.
        return self.home / kind / lineage

    def _sweep(self, lineage: str) -> None:
        """Remove what was derived from an earlier lineage."""
        left = [held for kind in ("lexical", "vectors") for held in (self.home / kind).glob("*/")]
        if all(held.name == lineage for held in left):
            return
        with suppress(StoreBusy), self._locked(self._writer, 0.0):
            if self.store.lineage() == lineage:  # and stays so, as long as nobody else may write
                for held in left:
                    if held.name != lineage:
                        shutil.rmtree(held, ignore_errors=True)

    def _open_lexical(self, folder: Path) -> LexicalIndex:
        with suppress(DamagedIndex):
            lexical = LexicalIndex.open(folder)
            if not self._disagreement(lexical):
                if lexical.through < self.store.commit_number():
                    with suppress(StoreBusy), self._locked(self._writer, 0.0):  # whoever is writing does it else
                        lexical.refresh()
                        self._replay(lexical)
                return lexical
        with self._locked(self._writer, WRITER_WAIT_S):
            try:
                lexical = LexicalIndex.open(folder)
                found = self._disagreement(lexical)  # another process may have mended it meanwhile
            except DamagedIndex as damage:
                found = str(damage)
            if found:
                self.repaired.append(found)
                lexical = LexicalIndex.fresh(folder)
            self._replay(lexical, anew=bool(found))
            return lexical

    def _disagreement(self, lexical: LexicalIndex) -> str:
        """Why a lexical index that is sound in itself cannot be this store's; empty when it can."""
        with self.store.database.read():
            commit, count = self.store.commit_number(), self.store.passage_span()[0]
        if lexical.through > commit or (lexical.through == commit and lexical.count != count):
            return (
                f"the lexical index holds {lexical.count} passages as of commit {lexical.through}, the article store "
                f"{count} as of {commit}; it is made anew"
            )
        return ""

    def _open_vectors(self, folder: Path, lineage: str) -> tuple[Stamp, VectorIndex]:
        with suppress(DamagedIndex, EmbedderMismatch):
            return self._read_vectors(folder)
        with self._base_guard, self._locked(self._compactor, WRITER_WAIT_S):
            try:
                return self._read_vectors(folder)  # another process may have mended it meanwhile
            except (DamagedIndex, EmbedderMismatch) as damage:
                self.repaired.append(str(damage))
            self._build_base(folder, lineage)
            return self._read_vectors(folder)

    def _read_vectors(self, folder: Path) -> tuple[Stamp, VectorIndex]:
        stamp = _stamp(folder / manifests.NAME)  # before it is read: at worst it is read again
        opened = VectorIndex.open(folder, fingerprint=self.embedder.fingerprint, dimension=self.embedder.dimension)
        if opened.through > self.store.last_passage_id():
            raise DamagedIndex(
                f"{folder} holds passages up to {opened.through}, the article store only gave out ids up to "
                f"{self.store.last_passage_id()}; it is made anew"
            )
        return stamp, opened

    def _fill(self, opened: VectorIndex) -> None:
        """Add the vectors that the store has and the base does not."""
        for ids, matrix in self.store.vectors_after(max(opened.last_id, 0)):
            opened.add(ids, matrix)

    def _keep_up(self) -> None:
        """Bring the lexical index that is searched here to the store's last commit. The writer's lock is held."""
        try:
            self._view.lexical.refresh()
            self._replay(self._view.lexical)
        except DamagedIndex as damage:  # what another process published was damaged since
            self.repaired.append(str(damage))
            self._renew_lexical()

    def _renew_lexical(self) -> None:
        renewed = LexicalIndex.fresh(self._folder("lexical", self._view.catalog.lineage))
        self._replay(renewed, anew=True)
        with self._refresh_guard:
            self._view = replace(self._view, lexical=renewed)

    def _replay(self, lexical: LexicalIndex, *, anew: bool = False) -> None:
        """Give a lexical index what the store has and it has not. The writer's lock is held."""
        total, rows = 0, list[LexicalRow]()
        with reachable(self.home), lexical:  # closed again, so that another process may write
            with self.store.database.read():
                through = self.store.commit_number()
                if lexical.through == through and not anew:
                    return
                total = self.store.count_added(lexical.through)
                for done, (passage_id, title, text) in enumerate(self.store.texts_added(lexical.through), start=1):
                    rows.append(LexicalRow(passage_id, title, text))
                    if len(rows) == LEXICAL_BATCH:
                        lexical.add(rows)
                        rows = []
                        self._on_progress("lexical index", done, total)
                lexical.add(rows)
                lexical.remove(self.store.removed_since(lexical.through))
            lexical.commit(through)
        if total >= LEXICAL_BATCH:
            self._on_progress("lexical index", total, total)

    # ---- locks

    @contextmanager
    def _writing(self, wait: float = WRITER_WAIT_S) -> Iterator[None]:
        """Be the only one who writes, in step with the store."""
        with self._guarded(self._write_guard, wait), self._locked(self._writer, wait):
            if self.store.lineage() != self._view.catalog.lineage:
                self._reopen()
            yield

    @contextmanager
    def _guarded(self, guard: threading.RLock, wait: float) -> Iterator[None]:
        if not guard.acquire(timeout=wait):
            raise StoreBusy(f"{self.home} is being written to: wait for it to finish, then try again.")
        try:
            yield
        finally:
            guard.release()

    @contextmanager
    def _locked(self, lock: FileLock, wait: float) -> Iterator[None]:
        with reachable(self.home):
            try:
                lock.acquire(timeout=wait)
            except Timeout as error:
                raise StoreBusy(
                    f"Another process is writing to {self.home}: wait for it to finish, then try again."
                ) from error
        try:
            yield
        finally:
            lock.release()

    # ---- writing

    def prepare(self, draft: Draft, *, revive: bool = False) -> Prepared:
        """Cut a draft into passages, not yet embedded.

        Nothing where the store already has this revision, or will refuse the article because it was deleted.
        """
        refused = not revive and self.store.is_deleted(draft.article_id)
        if refused or self.store.knows(draft.article_id, revision_name(draft.text)):
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
        progress: Mapping[str, Progress] | None = None,
        revive: bool = False,
        on_embedded: Callable[[int], None] | None = None,
    ) -> list[Stored]:
        """Store drafts and make them searchable: all or none. Returns what each one did, in order.

        `progress` says for each file how far it was read, and is stored with them. `on_embedded` is told how many
        passages were embedded. Raises StoreBusy, StoreFull, UnreadableInput.
        """
        # Embedding takes seconds, so other processes may write meanwhile; what they changed is looked at once more
        # when nobody else can.
        prepared = self._embed([self.prepare(draft, revive=revive) for draft in drafts], on_embedded)
        with self._writing():
            looked = [held if held.spans else self.prepare(held.draft, revive=revive) for held in prepared]
            stored = self.store.put(self._embed(looked, None), progress=progress, revive=revive)
            self._keep_up()
        self.refresh(wait=-1)
        return stored

    def _embed(self, batch: Sequence[Prepared], on_embedded: Callable[[int], None] | None) -> list[Prepared]:
        """The batch with a vector for every key that the store does not hold."""
        made = {key: vector for prepared in batch for key, vector in prepared.vectors.items()}
        missing = self.store.missing_embeddings([key for held in batch for key in held.keys if key not in made])
        texts: dict[bytes, str] = {}
        for prepared in batch:
            if missing.intersection(prepared.keys):
                texts.update(zip(prepared.keys, self._composed(prepared.draft, prepared.spans), strict=True))
        wanted = sorted(missing)
        if wanted:
            matrix = self.embedder.encode_passages([texts[key] for key in wanted], on_progress=on_embedded)
            made.update(zip(wanted, matrix, strict=True))
        return [replace(held, vectors={key: made[key] for key in held.keys if key in made}) for held in batch]

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
            self._keep_up()
        self.refresh(wait=-1)

    # ---- keeping in step

    def refresh(self, *, wait: float = REFRESH_WAIT_S) -> None:
        """See what any process has committed. Cheap when nothing changed.

        When another thread is at it for longer than `wait` seconds, this one goes on with what is there; -1 waits.
        Raises EmbedderMismatch when the articles were embedded anew with another embedder.
        """
        if not self._refresh_guard.acquire(timeout=wait):
            return
        try:
            view = self._view
            catalog = view.catalog.refreshed(self.store)
            replaced = catalog.lineage != view.catalog.lineage
            if not replaced:
                if catalog is not view.catalog:
                    self._fill(view.vectors)
                with suppress(DamagedIndex):  # what is open stays, and is mended in the background
                    view.lexical.refresh()
                self._view = replace(view, catalog=catalog)
        finally:
            self._refresh_guard.release()
        if replaced:
            with self._writing():  # which opens the indexes of the new lineage
                pass
        elif self._neglected and time.monotonic() - self._tended_at > TEND_EVERY_S:
            self._in_background(self._tend)

    def _reopen(self) -> None:
        """Take over a store that was put in the place of the one before. The writer's lock is held."""
        opened = self._open()
        with self._refresh_guard:
            self._view = opened

    @property
    def _neglected(self) -> bool:
        """Whether the lexical index lags, as after a crash of its writer, or there is another base to take over."""
        view = self._view
        if view.lexical.through < view.catalog.through:
            return True
        return _stamp(self._folder("vectors", view.catalog.lineage) / manifests.NAME) != view.base

    def _tend(self) -> None:
        """Do what `_neglected` found. Whoever is writing catches up the lexical index themselves."""
        if self._view.lexical.through < self._view.catalog.through:
            with suppress(StoreBusy), self._writing(wait=0.0):
                self._keep_up()
        lineage = self._view.catalog.lineage
        if _stamp(self._folder("vectors", lineage) / manifests.NAME) != self._view.base:
            self._adopt(lineage)

    def _in_background(self, work: Callable[[], None]) -> bool:
        """Do some work in a thread of its own; whether it was begun: there is never more than one."""
        if self._closing.is_set() or not self._tending.acquire(blocking=False):
            return False

        def run() -> None:
            try:
                work()
            except _Stopped:
                pass
            except NewsError as error:  # searches go on with what is there
                log.warning("%s", error)
            finally:
                self._tended_at = time.monotonic()
                self._tending.release()

        self._tender = threading.Thread(target=run, name="dateline-upkeep", daemon=True)
        self._tender.start()
        return True

    @property
    def compaction_due(self) -> bool:
        """Whether so much was added since the last compaction that searches are slower for it."""
        return self._view.vectors.compaction_due

    @property
    def _lags_far(self) -> bool:
        view = self._view.vectors
        return view.recent_count > max(LAGGING, (view.count - view.recent_count) // 2)

    def compact(self, *, wait: float = WRITER_WAIT_S) -> None:
        """Make a new base of all passages, while searches go on. Raises StoreBusy when another process does."""
        with self._guarded(self._base_guard, wait), self._locked(self._compactor, wait):
            lineage = self._view.catalog.lineage
            self._build_base(self._folder("vectors", lineage), lineage)
            self._adopt(lineage)

    def compact_in_background(self) -> bool:
        """Begin a compaction when one is due and nothing else is done in the background; whether it was begun.

        Searches and writes go on. Other processes take the new base over by themselves.
        """
        return self.compaction_due and self._in_background(lambda: self.compact(wait=0.0))

    def _adopt(self, lineage: str) -> None:
        """Search the newest base from now on, with what came after it; the recent part so far is dropped."""
        with self._base_guard:
            base, opened = self._open_vectors(self._folder("vectors", lineage), lineage)
            self._fill(opened)  # most of it, while searches pass
            with self._refresh_guard:
                if self._view.catalog.lineage == lineage:
                    self._fill(opened)
                    self._view = replace(self._view, vectors=opened, base=base)

    def _build_base(self, folder: Path, lineage: str) -> None:
        with self.store.database.read():
            count, through = self.store.passage_span()
            if self.store.lineage() != lineage:
                raise StoreBusy(f"{self.home} is being restored: try again.")

            def counted() -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
                done = 0
                for ids, matrix in self.store.vectors_after(0):
                    if self._closing.is_set():
                        raise _Stopped
                    yield ids, matrix
                    done += len(ids)
                    self._on_progress("vector index", done, count)

            with reachable(self.home):
                vectors.build(
                    folder,
                    counted(),
                    count=count,
                    fingerprint=self.embedder.fingerprint,
                    dimension=self.embedder.dimension,
                    through=through,
                )

    def rebuild(self) -> None:
        """Make both derived indexes anew from the store, and look for copies where nobody did yet."""
        with self._writing():
            self.store.find_copies(on_progress=self._on_progress)
            self._renew_lexical()
        self.compact()

    @contextmanager
    def pinned(self) -> Iterator[Pinned]:
        """Everything as of one commit. Writers wait until it is pinned, and not after. Raises StoreBusy.

        Nothing is mended in the background meanwhile: what is damaged can be looked at.
        """
        with self._tending, ExitStack() as stack:
            with self._writing():
                self.refresh(wait=-1)
                if self._view.lexical.through < self._view.catalog.through:
                    self._keep_up()
                db = stack.enter_context(self.store.database.read())
                self.store.commit_number()  # the first look is what fixes the view
                view = self._view
                held = frozenset(view.lexical.passage_ids())
            lineage = view.catalog.lineage
            yield Pinned(
                db,
                view.catalog,
                held,
                view.vectors,
                self._folder("lexical", lineage),
                self._folder("vectors", lineage),
            )

    # ---- searching

    def dense(
        self, vector: NDArray[np.float32], count: int, *, as_of: dt.datetime | None, filters: Filters = NO_FILTERS
    ) -> Candidates:
        """The `count` passages nearest in meaning to a unit vector (dim,), best first."""
        view = self._view
        allowed = view.catalog.allowed(as_of=as_of, now=self.clock(), filters=filters)
        return Candidates(*view.vectors.search(vector, count, allowed=allowed))

    def lexical(
        self, words: str, count: int, *, as_of: dt.datetime | None, filters: Filters = NO_FILTERS
    ) -> Candidates:
        """The `count` passages that share most with the words, best first. The words are never query syntax."""
        view = self._view
        allowed = view.catalog.allowed(as_of=as_of, now=self.clock(), filters=filters)
        return Candidates(*view.lexical.search(words, count, allowed=allowed))

    def similarities(self, vector: NDArray[np.float32], ids: NDArray[np.int64]) -> NDArray[np.float32]:
        """Cosines of a unit vector (dim,) and passages (n,), in their order; 0 for one that is not there any more."""
        matrix, there = self._view.vectors.stored(ids)
        cosines = np.zeros(len(ids), np.float32)
        cosines[there] = matrix @ vector
        return cosines

    def hits(self, runs: Iterable[Run], *, limit: int | None = None, characters: int = 0) -> list[Hit]:
        """At most `limit` hits for runs of lines, best first. One removed or withdrawn meanwhile is left out.

        Shorter runs are grown to so many characters by the lines around them. No line is shown twice: what a better
        hit has grown over is no hit of its own any more, or only what is left of it.
        """
        hits: list[Hit] = []
        shown: dict[tuple[str, str], list[Span]] = {}
        texts: dict[tuple[str, str], Lines] = {}
        articles: dict[str, Article] = {}
        with self.store.database.read():
            if self.store.lineage() != self.catalog.lineage:
                return []  # the ids are those of a store that was just replaced
            for run in self._stored(iter(runs), min(limit or RUNS_AT_ONCE, RUNS_AT_ONCE)):
                passage = run.passage
                name, key = passage.article_id, (passage.article_id, passage.revision)
                article = articles.get(name) or articles.setdefault(name, self.store.article(name))
                if not self._may_be_shown(article):
                    continue
                lines = texts.get(key) or texts.setdefault(key, Lines(self.store.text(*key)))
                left = unshown(passage.span, lines, shown.setdefault(key, []))
                if left is None:
                    continue
                span = grown(left, lines, characters, shown[key]) if characters else left
                shown[key].append(span)
                whole = replace(passage, span=span, text=lines.text[span.start : span.end])
                hits.append(
                    Hit(
                        passage=whole,
                        article=article,
                        lines=lines_of(whole, lines),
                        score=run.score,
                        rank=len(hits) + 1,
                        parts=run.parts,
                        carried_by=run.carried_by,
                    )
                )
                if len(hits) == limit:
                    break
        return hits

    def _stored(self, runs: Iterator[Run], at_once: int) -> Iterator[Run]:
        """Those of the runs whose passages are in the store. Made and looked up so many at once: few are needed."""
        while some := list(islice(runs, at_once)):
            there = self.store.held([run.passage.passage_id for run in some])
            yield from (run for run in some if run.passage.passage_id in there)

    def _may_be_shown(self, article: Article) -> bool:
        embargo = article.embargo_until
        return article.status is Status.USABLE and (embargo is None or embargo <= self.clock())


def _stamp(path: Path) -> Stamp:
    """What changes whenever a file is replaced; None when there is none."""
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def lines_of(passage: Passage, lines: Lines) -> tuple[Line, ...]:
    """The lines of a passage, a split line cut to the passage."""
    span = passage.span
    found = []
    for number in range(span.first_line, span.last_line + 1):
        line = lines[number]
        start, end = max(line.start, span.start), min(line.end, span.end)
        found.append(Line(number, start, end, lines.text[start:end]))
    return tuple(found)
