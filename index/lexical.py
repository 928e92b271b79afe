"""The lexical index: BM25 over passages, in tantivy.

tantivy works in `.writing-…/`, where it merges its segments whenever it sees fit. Every commit is published as a
generation (see `index.manifest`): a folder of hard links to the segment files of that commit, which tantivy never
changes once written, with tantivy's meta.json beside them. So what a reader opens is immutable, every byte of it has
a SHA-256, and the last store commit it holds is recorded in the same rename that makes it current. A crash at any
moment leaves the last published generation; whatever the writing folder held beyond it is thrown away, and the
store, which knows more, adds it again.

What a person types is never query syntax: it goes through the analyser that the passages went through, and each term
that comes out becomes one term query.
"""

import json
import math
import os
import secrets
import shutil
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self

import numpy as np
import tantivy
from numpy.typing import NDArray

from index import manifest as manifests
from index.errors import DamagedIndex
from index.manifest import FileRecord, Manifest

Ids = NDArray[np.int64]
Scores = NDArray[np.float32]
Mask = NDArray[np.bool_]

KIND: Final = "lexical/tantivy"
ANALYSER: Final = "simple, at most 40 bytes, lower case, ASCII folding, English stems; 1"
TITLE_WEIGHT: Final = 0.0  # the title counts as part of the text; more did not help (docs/indexes.md)

_TOKENIZER: Final = "news"
_WRITING: Final = ".writing-"
_HEAP: Final = 128 * 2**20  # bytes of unwritten postings; beyond it tantivy writes a segment
_BATCH: Final = 1_000  # passages added or removed in one go
_KEEP: Final = 4  # generations behind the current one: opening a large one takes longer than a small commit
_MOST_CHARACTERS: Final = 100_000  # of a question; more says nothing more about what is asked
_MOST_TERMS: Final = 32  # of a question, the rarest
_REMOVALS: Final = 50  # tries, ten milliseconds apart; what is left then is removed by the next writer
_HITS_PER_ID: Final = 15  # giving tantivy the id of one allowed passage costs as much as filtering so many hits
_SEGMENT_FILES: Final = frozenset({"fast", "fieldnorm", "idx", "pos", "store", "term"})

# Words that say nothing about what is asked. Not here, because in news they often do: us, may, will, can, it, march.
_STOP_WORDS: Final = """
a about after all also am an and any are as at be because been before being between both but by could did do does
doing during each for from further had has have having he her here hers herself him himself his how i if in into is
its itself just me more most my myself no nor not of off on once only or other our ours ourselves out over own s same
she should so some such t than that the their theirs them themselves then there these they this those through to too
under until up very was we were what when where which while who whom why with would you your yours yourself
"""


@dataclass(frozen=True, slots=True)
class LexicalRow:
    """What the lexical index keeps of one passage."""

    passage_id: int
    title: str
    text: str


@dataclass(frozen=True, slots=True)
class _View:
    """One published generation, open for search."""

    manifest: Manifest
    index: Any
    searcher: Any
    schema: Any


def _analyser() -> Any:
    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for each in (
        tantivy.Filter.remove_long(40),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(each)
    return builder.build()


def _schema() -> Any:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("passage_id", indexed=True, fast=True)
    builder.add_text_field("title", tokenizer_name=_TOKENIZER, index_option="freq")
    builder.add_text_field("text", tokenizer_name=_TOKENIZER, index_option="freq")
    return builder.build()


class LexicalIndex:
    """BM25 over the titles and texts of passages. One process writes at a time; any number read."""

    def __init__(self, directory: Path, *, read_only: bool, heap: int = _HEAP) -> None:
        self._directory = directory
        self._read_only = read_only
        self._heap = heap
        self._analyser = _analyser()
        self._stop_terms = frozenset(self._analyser.analyze(_STOP_WORDS))
        self._verified: dict[str, tuple[FileRecord, tuple[int, int, int]]] = {}
        self._stamp: tuple[int, int, int] | None = None
        self._view: _View | None = None
        self._writer: _Writer | None = None
        self._fresh = False  # whether what is on disk is to be replaced, not continued

    @classmethod
    def open(cls, directory: Path, *, read_only: bool = False, heap: int = _HEAP) -> Self:
        """Open the current generation of a folder; an empty index when there is none yet.

        `heap` bounds the writer's memory, in bytes (at least 15 MB). Raises DamagedIndex when a file is not what the
        manifest says.
        """
        index = cls(Path(directory), read_only=read_only, heap=heap)
        index.refresh()
        return index

    @classmethod
    def fresh(cls, directory: Path, *, heap: int = _HEAP) -> Self:
        """Open an empty index over whatever the folder holds, sound or damaged; the first commit replaces it whole.

        Other processes go on searching what they have open until then.
        """
        index = cls(Path(directory), read_only=False, heap=heap)
        index._fresh = True
        return index

    # --- reading ---------------------------------------------------------------------------------------------

    @property
    def through(self) -> int:
        """The last commit of the article store that the current view holds; 0 when there is none."""
        return self._view.manifest.through if self._view else 0

    @property
    def count(self) -> int:
        """Passages in the current view."""
        return self._view.manifest.count if self._view else 0

    def refresh(self) -> bool:
        """See what was committed since, here or in another process. Costs one stat when nothing was.

        Raises DamagedIndex when the new generation is damaged; the view stays as it was then.
        """
        stamp = _stamp(self._directory / manifests.NAME)
        if stamp == self._stamp and stamp is not None:
            return False
        view = manifests.open_current(self._directory, self._open)
        if view is None:
            return False  # never built, or just being rebuilt from nothing: what is open stays
        changed = self._view is None or view.manifest != self._view.manifest
        self._view = view
        self._stamp = stamp  # taken before reading: at worst the next refresh reads the same manifest again
        return changed

    def _open(self, folder: Path, manifest: Manifest) -> _View:
        if (manifest.kind, manifest.fingerprint) != (KIND, ANALYSER):
            raise _damaged(folder, "was made by another version of the lexical index")
        verified = {}
        for record in manifest.files:
            # Segment files are never changed, so one that is the same file as before needs no second look.
            stamp = _stamp(folder / record.name)
            if stamp is None or self._verified.get(record.name) != (record, stamp):
                manifests.verify_file(folder, record)
                stamp = stamp or (0, 0, 0)
            verified[record.name] = (record, stamp)
        self._verified = verified
        try:
            index = tantivy.Index.open(str(folder))
            index.register_tokenizer(_TOKENIZER, self._analyser)
            index.config_reader("Manual")
            index.reload()
            return _View(manifest, index, index.searcher(), index.schema)
        except (ValueError, OSError, RuntimeError) as error:
            raise _damaged(folder, f"cannot be opened ({str(error)[:200]})") from error

    def search(
        self, words: str, k: int, *, allowed: Mask | None = None, title_weight: float = TITLE_WEIGHT
    ) -> tuple[Ids, Scores]:
        """Return the ids (≤ k,) and BM25 scores (≤ k,) of the passages that fit the words best, best first.

        Any text is fine. Terms are alternatives; stop words count only when there is nothing else, and of a very
        long text the rarest terms. `allowed[passage_id]` says whether a passage may be returned; ids beyond its
        length may not. Equal scores are in order of id.
        """
        view = self._view
        query = self._query(view, words, title_weight) if view and k > 0 else None
        if view is None or query is None:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        limit = k
        if allowed is not None:
            allowing = int(np.count_nonzero(allowed))
            if not allowing:
                return np.empty(0, np.int64), np.empty(0, np.float32)
            # As many hits as hold k allowed ones when those are spread evenly; more below if they are not.
            limit = min(math.ceil(1.5 * k * max(1.0, view.manifest.count / allowing)) + 16, view.manifest.count)
            if allowing * _HITS_PER_ID < limit:
                query = _only(view.schema, query, np.flatnonzero(allowed).tolist())
                limit = k
        while True:
            hits = view.searcher.search(query, limit, count=False).hits
            ids = np.array(view.searcher.fast_field_values("passage_id", [at for _, at in hits]), np.int64)
            scores = np.array([score for score, _ in hits], np.float32)
            if allowed is not None:
                inside = ids < len(allowed)
                keep = np.zeros(len(ids), np.bool_)
                keep[inside] = allowed[ids[inside]]
                ids, scores = ids[keep], scores[keep]
            if len(ids) >= k or len(hits) < limit:
                best = np.lexsort((ids, -scores))[:k]
                return ids[best], scores[best]
            limit *= 8

    def passage_ids(self) -> set[int]:
        """Return the ids of all passages of the current view."""
        if self._view is None or not self.count:
            return set()
        searcher = self._view.searcher
        hits = searcher.search(tantivy.Query.all_query(), self.count, count=False).hits
        return set(searcher.fast_field_values("passage_id", [at for _, at in hits]))

    def terms(self, words: str) -> list[str]:
        """Return the distinct terms that a search for these words looks for, before their rarity is considered."""
        terms = list(dict.fromkeys(self._analyser.analyze(words[:_MOST_CHARACTERS])))
        return [term for term in terms if term not in self._stop_terms] or terms

    def _query(self, view: _View, words: str, title_weight: float) -> Any:
        counted = []
        for term in self.terms(words):
            in_text = view.searcher.doc_freq("text", term)
            in_title = view.searcher.doc_freq("title", term) if title_weight else 0
            if in_text or in_title:
                counted.append((in_text + in_title, term, in_text, in_title))
        clauses = []
        for _, term, in_text, in_title in sorted(counted)[:_MOST_TERMS]:
            if in_text:
                clauses.append(tantivy.Query.term_query(view.schema, "text", term, "freq"))
            if in_title:
                title = tantivy.Query.term_query(view.schema, "title", term, "freq")
                clauses.append(title if title_weight == 1 else tantivy.Query.boost_query(title, title_weight))
        return tantivy.Query.boolean_query([(tantivy.Occur.Should, each) for each in clauses]) if clauses else None

    # --- writing ---------------------------------------------------------------------------------------------

    def add(self, rows: Iterable[LexicalRow]) -> None:
        """Add passages, in place of those of the same id. Nothing is seen before `commit`.

        Raises StoreBusy when another process is writing, StoreFull when the disk is full or failing; then close the
        index, and open it again to go on from its last commit.
        """
        self._writing().add(rows)

    def remove(self, passage_ids: Iterable[int]) -> None:
        """Remove passages. Ids that are not there are fine. Nothing is seen before `commit`. Raises as `add` does."""
        self._writing().remove(passage_ids)

    def commit(self, through: int) -> None:
        """Publish what was added and removed, as being all of the store up to its commit `through`.

        Raises as `add` does.
        """
        self._writing().commit(through)
        self._fresh = False
        self.refresh()

    def close(self) -> None:
        """Let go of the writer, so that another process may write. What was not committed is dropped."""
        if self._writer:
            writer, self._writer = self._writer, None
            writer.close()
            self.refresh()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _writing(self) -> "_Writer":
        if self._read_only:
            raise ValueError("this lexical index was opened for reading only")
        if self._writer is None:
            # The writer goes on from the current generation, which another process may have made since.
            with ExitStack() as lock:
                lock.enter_context(manifests.exclusive(self._directory))
                if not self._fresh:
                    self.refresh()
                self._writer = _Writer(self._directory, self._view, self._analyser, self._heap, lock.pop_all())
        return self._writer


def _only(schema: Any, query: Any, passage_ids: list[int]) -> Any:
    """Narrow a query to some passages, without a change to its scores."""
    among = tantivy.Query.const_score_query(tantivy.Query.term_set_query(schema, "passage_id", passage_ids), 0.0)
    return tantivy.Query.boolean_query([(tantivy.Occur.Must, query), (tantivy.Occur.Must, among)])


def _discard(folder: Path) -> None:
    """Remove a writing folder, for all that tantivy's last thread may still be tidying up in it."""
    if not folder.is_dir() or folder.is_symlink():
        folder.unlink(missing_ok=True)
    for _ in range(_REMOVALS):
        shutil.rmtree(folder, ignore_errors=True)
        if not os.path.lexists(folder):
            return
        time.sleep(0.01)


class _Writer:
    """tantivy's writer in a folder of its own, and the publishing of what it commits. Holds the folder's lock."""

    def __init__(self, directory: Path, view: _View | None, analyser: Any, heap: int, lock: ExitStack) -> None:
        self._directory = directory
        # A name of its own: tantivy's threads may still be tidying up for a moment when the writer is closed already.
        self._folder = directory / f"{_WRITING}{secrets.token_hex(8)}"
        self._through = view.manifest.through if view else 0
        self._last_id = view.manifest.parameters.get("last_id", 0) if view else -1
        self._known = {record.name: record for record in view.manifest.files} if view else {}
        self._known.pop("meta.json", None)
        self._broken = False
        self._pending = False
        with lock, self._guarded():  # should this fail, the lock is let go
            for left in directory.glob(f"{_WRITING}*"):
                _discard(left)
            self._folder.mkdir(parents=True)
            if view:
                index = self._continued(directory / view.manifest.generation)
            else:
                index = tantivy.Index(_schema(), path=str(self._folder))
            index.register_tokenizer(_TOKENIZER, analyser)
            self._schema = index.schema
            self._published = (self._folder / "meta.json").read_bytes()
            self._tantivy = index.writer(heap, 1)  # one thread: one segment a commit, and its heap is the bound
            self._lock = lock.pop_all()

    def _continued(self, current: Path) -> Any:
        for name in self._known:
            _link(current / name, self._folder / name)
        shutil.copyfile(current / "meta.json", self._folder / "meta.json")
        # tantivy removes only files that it finds listed as its own.
        managed = json.dumps([*sorted(self._known), "meta.json"])
        (self._folder / ".managed.json").write_text(managed, encoding="ascii")
        return tantivy.Index.open(str(self._folder))

    @contextmanager
    def _guarded(self) -> Iterator[None]:
        """Note after an error that what tantivy holds is not to be trusted. It reports a full disk as ValueError."""
        try:
            with manifests.disk_trouble(self._directory):
                try:
                    yield
                except (ValueError, RuntimeError) as error:
                    raise OSError(str(error)[:200]) from error
        except BaseException:
            self._broken = True
            raise

    def add(self, rows: Iterable[LexicalRow]) -> None:
        remaining = iter(rows)
        while batch := {row.passage_id: row for row in islice(remaining, _BATCH)}:
            # Only ids up to the highest one so far can be there already.
            self.remove(passage_id for passage_id in batch if passage_id <= self._last_id)
            self._pending = True
            if min(batch) < 0:
                raise ValueError(f"passage id {min(batch)} is negative")
            self._last_id = max(self._last_id, *batch)
            with self._guarded():
                for row in batch.values():
                    document = tantivy.Document()
                    document.add_unsigned("passage_id", row.passage_id)
                    document.add_text("title", row.title)
                    document.add_text("text", f"{row.title}\n{row.text}")
                    self._tantivy.add_document(document)

    def remove(self, passage_ids: Iterable[int]) -> None:
        remaining = (passage_id for passage_id in passage_ids if 0 <= passage_id <= self._last_id)
        while batch := list(islice(remaining, _BATCH)):
            self._pending = True
            with self._guarded():
                # By query: tantivy-py's delete_documents_by_term takes an int for signed, which matches nothing here.
                among = tantivy.Query.term_set_query(self._schema, "passage_id", batch)
                self._tantivy.delete_documents_by_query(among)

    def commit(self, through: int) -> None:
        with self._guarded():
            self._tantivy.commit()
            self._pending = False
            self._through = through
            self._publish()

    def close(self) -> None:
        try:
            if not self._broken:
                with self._guarded():
                    if self._pending:
                        self._tantivy.rollback()
                    self._tantivy.wait_merging_threads()
                    if (self._folder / "meta.json").read_bytes() != self._published and self._through:
                        self._publish()  # merges ended since the last commit: the same passages in fewer segments
        finally:
            del self._tantivy
            _discard(self._folder)
            self._lock.close()

    def _publish(self) -> None:
        with manifests.building(self._directory) as folder:
            meta, count = self._snapshot(folder)
            manifest = manifests.publish(
                folder,
                kind=KIND,
                fingerprint=ANALYSER,
                dimension=0,
                count=count,
                through=self._through,
                parameters={"last_id": max(self._last_id, 0)},
                known=self._known,
                synced=True,
                keep=_KEEP,
            )
        self._known = {record.name: record for record in manifest.files if record.name != "meta.json"}
        self._published = meta

    def _snapshot(self, folder: Path) -> tuple[bytes, int]:
        """Link the files of tantivy's last commit into a folder; return its meta.json and the number of passages."""
        while True:
            meta = (self._folder / "meta.json").read_bytes()
            try:
                count = self._link_all(meta, folder)
            except FileNotFoundError:
                if (self._folder / "meta.json").read_bytes() == meta:
                    raise
                # A merge ended meanwhile and its sources are gone: look again.
                for path in folder.iterdir():
                    path.unlink()
                continue
            (folder / "meta.json").write_bytes(meta)
            manifests.sync(folder / "meta.json")
            return meta, count

    def _link_all(self, meta: bytes, folder: Path) -> int:
        count = 0
        for segment in json.loads(meta)["segments"]:
            endings = set(_SEGMENT_FILES)
            count += segment["max_doc"]
            if deletes := segment["deletes"]:
                endings.add(f"{deletes['opstamp']}.del")
                count -= deletes["num_deleted_docs"]
            for ending in endings:
                name = f"{segment['segment_id'].replace('-', '')}.{ending}"
                _link(self._folder / name, folder / name)
        return count


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileNotFoundError:
        raise
    except OSError:  # a file system without hard links
        shutil.copyfile(source, target)
        manifests.sync(target)


def _stamp(path: Path) -> tuple[int, int, int] | None:
    try:
        status = path.stat(follow_symlinks=False)
    except OSError:
        return None
    return status.st_ino, status.st_size, status.st_mtime_ns


def _damaged(path: Path, what: str) -> DamagedIndex:
    return DamagedIndex(f"{path}: {what}; rebuild the index from the articles with `dateline rebuild`")
