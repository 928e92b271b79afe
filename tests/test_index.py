"""The index: what may be retrieved, seen by every thread and process, through change, compaction and restart."""

from __future__ import annotations

import datetime as dt
import itertools
import multiprocessing
import os
import shutil
import tempfile
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, precondition, rule

from bench.stand_in import WordsEmbedder
from index.article import Draft, NewsDate, Status, revision_name
from index.backup import backup, restore
from index.embedder import load_embedder
from index.errors import EmbedderMismatch, EmbedderMissing, StoreBusy, StoreError, UnknownArticle
from index.index import Candidates, Index, Run
from index.rows import Change
from index.verify import verify

NOW = dt.datetime(2026, 11, 20, 12, tzinfo=dt.UTC)
EXAMPLES = int(os.environ.get("DATELINE_EXAMPLES", "10"))
MEMORY = Path("/dev/shm")  # a folder in memory, where there is one: these tests are about order, not about disks


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder) / "home"


@pytest.fixture
def index(home: Path) -> Iterator[Index]:
    held = Index(home, WordsEmbedder())
    yield held
    held.close()


def draft(article_id: str, body: str = "It rained.", **fields: object) -> Draft:
    title = f"News of {article_id}"
    return Draft(article_id=article_id, text=f"{title}\n\n{body}\n", title=title, **fields)  # type: ignore[arg-type]


def everything(
    index: Index, *, as_of: dt.datetime | None = None
) -> tuple[set[tuple[str, str]], set[tuple[str, str]]]:
    """The articles and revisions that the dense and the lexical search can find, whatever is asked."""
    vector = index.embedder.encode_question("news")
    return (
        _named(index, index.dense(vector, 10_000, as_of=as_of)),
        _named(index, index.lexical("news", 10_000, as_of=as_of)),
    )


def _named(index: Index, found: Candidates) -> set[tuple[str, str]]:
    return {(hit.article.article_id, hit.passage.revision) for hit in index.hits(runs(index, found))}


def runs(index: Index, found: Candidates) -> list[Run]:
    """Each passage by itself, in the order it was found."""
    passages = index.store.passages(found.ids.tolist())
    return [Run(passages[at], 1.0, {}) for at in found.ids.tolist() if at in passages]


def found(index: Index, words: str, count: int = 3) -> list[str]:
    """The articles that a dense search for some words finds, best first."""
    index.refresh()
    candidates = index.dense(index.embedder.encode_question(words), count, as_of=None)
    return [hit.article.article_id for hit in index.hits(runs(index, candidates))]


# ---- the property: what is gone is never found, what is current always is


@dataclass
class Known:
    """One article as the test understands it."""

    # In order of time: from when on a text was current, and when it was last seen in that time.
    course: list[tuple[dt.datetime, str, dt.datetime]] = field(default_factory=list)
    status: Status = Status.USABLE
    embargo: dt.datetime | None = None

    def at(self, moment: dt.datetime) -> str | None:
        before = [text for when, text, _ in self.course if when <= moment]
        return before[-1] if before else None

    def observe(self, when: dt.datetime, text: str) -> None:
        seen = {(moment, held) for start, held, last in self.course for moment in (start, last)}
        while any(moment == when and held != text for moment, held in seen):
            when += dt.timedelta(seconds=1)
        runs = [list(run) for _, run in itertools.groupby(sorted({*seen, (when, text)}), key=lambda point: point[1])]
        self.course = [(run[0][0], run[0][1], run[-1][0]) for run in runs]


class Newsroom(RuleBasedStateMachine):
    """Two processes' views of one home, against a plain model of what must be found."""

    IDS = st.sampled_from(["a", "b", "c", "d"])
    BODIES = st.sampled_from(
        ["It rained.", "It snowed.", "Nothing fell.", "It rained.\n\n" + "Drop by drop it fell. " * 30]
    )
    HOURS = st.integers(0, 30)
    SIDE = st.integers(0, 1)

    @initialize()
    def begin(self) -> None:
        self.folder = tempfile.mkdtemp(dir=MEMORY if MEMORY.is_dir() else None)
        self.home = Path(self.folder) / "home"
        self.now = NOW
        self.known: dict[str, Known] = {}
        self.cited: dict[tuple[str, str], str] = {}
        self.sides = [self.open(), self.open()]

    def open(self) -> Index:
        return Index(self.home, WordsEmbedder(8), clock=lambda: self.now)

    def teardown(self) -> None:
        for side in getattr(self, "sides", []):
            side.close()
        shutil.rmtree(self.folder)

    @rule(
        article_id=IDS, body=BODIES, side=SIDE, ago=st.none() | HOURS, embargo=st.none() | HOURS, revive=st.booleans()
    )
    def add(self, article_id: str, body: str, side: int, ago: int | None, embargo: int | None, revive: bool) -> None:
        observed = None if ago is None else self.now - dt.timedelta(hours=ago)
        until = None if embargo is None else self.now + dt.timedelta(hours=embargo)
        given = draft(article_id, body, observed_at=observed, embargo_until=until)
        stored = self.sides[side].add([given], revive=revive)[0]
        held = self.known.setdefault(article_id, Known())
        if held.status is Status.DELETED:
            if not revive:
                assert stored.change is Change.REFUSED
                return
            self.known[article_id] = held = Known()
        held.observe(observed or self.now, given.text)
        if held.course[-1][1] == given.text:
            held.embargo = until
        self.cited[article_id, given.text] = revision_name(given.text)

    @rule(article_id=IDS, side=SIDE)
    def withdraw(self, article_id: str, side: int) -> None:
        self.change(side, "withdraw", article_id, Status.WITHDRAWN)

    @rule(article_id=IDS, side=SIDE)
    def reinstate(self, article_id: str, side: int) -> None:
        self.change(side, "reinstate", article_id, Status.USABLE)

    @rule(article_id=IDS, side=SIDE)
    def delete(self, article_id: str, side: int) -> None:
        self.change(side, "delete", article_id, Status.DELETED)
        self.cited = {key: name for key, name in self.cited.items() if key[0] != article_id}

    def change(self, side: int, what: str, article_id: str, status: Status) -> None:
        held = self.known.get(article_id)
        if held is None or held.status is Status.DELETED:
            with pytest.raises(UnknownArticle):
                getattr(self.sides[side], what)(article_id)
        else:
            getattr(self.sides[side], what)(article_id)
            held.status = status

    @rule(hours=HOURS)
    def time_passes(self, hours: int) -> None:
        self.now += dt.timedelta(hours=hours)

    @rule(side=SIDE)
    def compact(self, side: int) -> None:
        self.sides[side].compact()
        other = self.sides[1 - side]
        other._tend()  # in a running process a thread does this, soon after a refresh noticed
        assert other.vectors.recent_count == 0

    @rule(side=SIDE)
    def restart(self, side: int) -> None:
        self.sides[side].close()
        self.sides[side] = self.open()

    @rule(side=SIDE)
    def rebuild(self, side: int) -> None:
        self.sides[side].rebuild()

    @precondition(lambda self: self.known)
    @rule(side=SIDE, ago=HOURS)
    def search(self, side: int, ago: int) -> None:
        index, then = self.sides[side], self.now - dt.timedelta(hours=ago)
        index.refresh()
        current = {
            (article_id, revision_name(held.course[-1][1]))
            for article_id, held in self.known.items()
            if held.status is Status.USABLE and (held.embargo is None or held.embargo <= self.now)
        }
        assert everything(index) == (current, current)
        past = {
            (article_id, revision_name(text))
            for article_id, held in self.known.items()
            if held.status is Status.USABLE and (held.embargo is None or held.embargo <= then)
            if (text := held.at(then)) is not None
        }
        assert everything(index, as_of=then) == (past, past)

    @rule(side=SIDE)
    def resolve(self, side: int) -> None:
        store = self.sides[side].store
        for (article_id, text), name in self.cited.items():
            revision = store.revision(article_id, name)
            assert revision.text == text
            assert (revision.superseded_at is None) == (self.known[article_id].course[-1][1] == text)
        for article_id, held in self.known.items():
            if held.status is Status.DELETED:
                with pytest.raises(UnknownArticle, match="was deleted"):
                    store.revision(article_id)

    @rule(side=SIDE)
    def everything_agrees(self, side: int) -> None:
        assert verify(self.sides[side]).faults == []


class TestNewsroom(Newsroom.TestCase):  # type: ignore[misc,valid-type]
    """Deleted, withdrawn, embargoed and superseded texts are never found, current ones always, in any process."""

    settings = settings(
        max_examples=EXAMPLES, stateful_step_count=20, suppress_health_check=list(HealthCheck), deadline=None
    )


# ---- change


def test_only_passages_whose_text_changed_are_embedded_again(index: Index) -> None:
    """Of a long article with one changed line, only the passages that hold that line are embedded."""
    assert isinstance(index.embedder, WordsEmbedder)
    lines = [
        f"Line {number} says " + " ".join(f"word{number}x{at}" for at in range(25)) + "." for number in range(12)
    ]
    index.add([draft("a", "\n\n".join(lines))])
    whole = len(index.embedder.asked)
    index.embedder.asked.clear()
    changed = [*lines[:6], lines[6].replace("says", "said"), *lines[7:]]
    assert index.add([draft("a", "\n\n".join(changed))])[0].change is Change.UPDATED
    assert 1 <= len(index.embedder.asked) <= 2 < whole
    assert all("Line 6 said" in text for text in index.embedder.asked)


def test_nothing_is_embedded_for_what_is_known_or_refused(index: Index) -> None:
    """The same text again, a text that comes back, and a deleted article cost no embedding."""
    assert isinstance(index.embedder, WordsEmbedder)
    index.add([draft("a", "One."), draft("b", "Other.")])
    index.add([draft("a", "Two.")])
    index.delete("b")
    index.embedder.asked.clear()
    before = index.store.commit_number()
    changes = [held.change for held in index.add([draft("a", "Two."), draft("b", "Third.")])]
    assert changes == [Change.UNCHANGED, Change.REFUSED]
    assert index.store.commit_number() == before
    assert index.add([draft("a", "One.")])[0].change is Change.UPDATED
    assert index.embedder.asked == []


def test_a_text_is_whole_though_its_revision_was_deleted_while_it_was_embedded(home: Path, index: Index) -> None:
    """What another process deleted between the embedding of a batch and its storing is embedded after all."""
    index.add([draft("a", "One."), draft("b", "One.")])
    other = Index(home, WordsEmbedder())
    embedder = index.embedder
    assert isinstance(embedder, WordsEmbedder)
    encode = embedder.encode_passages

    def meanwhile(texts: Sequence[str], **more: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        if any("Fresh" in text for text in texts):
            other.delete("a")
        return encode(texts, **more)  # type: ignore[arg-type]

    embedder.encode_passages = meanwhile  # type: ignore[method-assign]
    index.add([draft("a", "One."), draft("c", "Fresh.")], revive=True)
    other.close()
    assert found(index, "a one")[0] == "a"
    assert verify(index).faults == []


def test_a_source_that_withdraws_an_unchanged_text_is_obeyed(index: Index) -> None:
    """A withdrawal is not lost because the text is the same as before."""
    index.add([draft("a")])
    assert index.add([draft("a", status=Status.WITHDRAWN)])[0].change is Change.UPDATED
    assert everything(index) == (set(), set())


def test_as_of_leaves_out_what_was_published_later(index: Index) -> None:
    """An article seen early but dated later is not evidence for a question about the time before."""
    early = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
    index.add([draft("a", published_at=NewsDate.parse("2026-11-10"), observed_at=early)])
    assert everything(index, as_of=dt.datetime(2026, 11, 5, tzinfo=dt.UTC)) == (set(), set())
    assert {name for name, _ in everything(index, as_of=dt.datetime(2026, 11, 10, tzinfo=dt.UTC))[0]} == {"a"}


def test_what_is_withdrawn_between_search_and_showing_is_left_out(home: Path, index: Index) -> None:
    """Between finding a passage and showing it another process may withdraw, embargo or delete its article."""
    index.add([draft(name) for name in "abcd"])
    candidates = index.dense(index.embedder.encode_question("news"), 10, as_of=None)
    shown = runs(index, candidates)
    assert len(index.hits(shown)) == 4
    other = Index(home, WordsEmbedder())
    other.withdraw("a")
    other.delete("d")
    other.add([draft("b", embargo_until=index.clock() + dt.timedelta(hours=1))])
    other.close()
    assert [hit.article.article_id for hit in index.hits(shown)] == ["c"]
    index.refresh()  # the highest passage is gone; what a search holds of it must not hurt
    assert [hit.article.article_id for hit in index.hits(shown)] == ["c"]
    assert index.catalog.published(candidates.ids).shape == candidates.ids.shape


def test_with_the_real_embedder(home: Path) -> None:
    """With the model that is used in earnest: found by meaning, corrected, withdrawn, and every record agrees."""
    try:
        embedder = load_embedder(threads=2)
    except EmbedderMissing as missing:
        pytest.skip(str(missing))
    index = Index(home, embedder)
    index.add(
        [
            draft("quake", "Two people were killed when an earthquake struck the coast at dawn."),
            draft("cup", "The striker scored twice and the home side won the final."),
            draft("bank", "The central bank raised interest rates by half a point."),
        ]
    )
    index.compact()
    assert found(index, "How many died in the tremor?", 1) == ["quake"]
    index.add([draft("quake", "Five people were killed when an earthquake struck the coast at dawn.")])
    candidates = index.dense(embedder.encode_question("How many died in the tremor?"), 5, as_of=None)
    texts = [passage.text for passage in index.store.passages(candidates.ids.tolist()).values()]
    assert any("Five people" in text for text in texts)
    assert not any("Two people" in text for text in texts)
    index.withdraw("quake")
    assert "quake" not in found(index, "How many died in the tremor?")
    assert verify(index, sample=10).faults == []
    index.close()


# ---- several threads and processes


def _write(home: Path, count: int, ready: multiprocessing.synchronize.Event) -> None:
    index = Index(home, WordsEmbedder())
    ready.wait()
    for number in range(count):
        index.add([draft(f"n{number}", f"Only here: term{number}.")])
        if number == count // 2:
            index.compact()
    index.close()


def _read(
    home: Path,
    count: int,
    ready: multiprocessing.synchronize.Event,
    done: multiprocessing.synchronize.Event,
    results: multiprocessing.Queue[tuple[int, str]],
) -> None:
    index = Index(home, WordsEmbedder())
    ready.set()
    seen, trouble = 0, ""
    while seen < count and not trouble:
        over = done.is_set()
        index.refresh()
        dense, lexical = everything(index)
        if len(dense) < seen:
            trouble = f"{seen} articles were there, then {len(dense)}"
        if over and (len(dense), len(lexical)) != (count, count):
            trouble = f"{len(dense)} and {len(lexical)} articles after the writer was done"
        seen = len(dense) if len(dense) == len(lexical) else seen
    results.put((seen, trouble))
    index.close()


def test_processes_read_while_one_writes(home: Path) -> None:
    """Two processes that were there before see every article of a third, in both searches, without a restart."""
    count = 8
    context = multiprocessing.get_context("spawn")
    ready, done = context.Event(), context.Event()
    results: multiprocessing.Queue[tuple[int, str]] = context.Queue()
    Index(home, WordsEmbedder()).close()
    readers = [context.Process(target=_read, args=(home, count, ready, done, results)) for _ in range(2)]
    writer = context.Process(target=_write, args=(home, count, ready))
    for process in (*readers, writer):
        process.start()
    writer.join(60)
    done.set()
    outcomes = [results.get(timeout=60) for _ in readers]
    for process in readers:
        process.join(60)
    assert outcomes == [(count, "")] * 2
    assert writer.exitcode == 0


def test_questions_go_on_during_a_compaction(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """While a base is made in the background, searches, refreshes and writes do not wait for it."""
    index.add([draft(f"n{number}") for number in range(30)])
    from index import vectors

    build, begun, go_on = vectors.build, threading.Event(), threading.Event()

    def slow(*args: object, **more: object) -> object:
        begun.set()
        assert go_on.wait(60)
        return build(*args, **more)  # type: ignore[arg-type]

    monkeypatch.setattr(vectors, "build", slow)
    monkeypatch.setattr(type(index.vectors), "compaction_due", True)
    assert index.compact_in_background()
    assert not index.compact_in_background()
    assert begun.wait(60)
    index.add([draft("late", "A comet.")])
    assert found(index, "comet late")[0] == "late"
    assert index.vectors.recent_count == 31
    go_on.set()
    assert index._tender is not None
    index._tender.join(60)
    assert (index.vectors.recent_count, index.vectors.count) == (1, 31)
    assert found(index, "comet late")[0] == "late"


def test_another_process_takes_over_a_new_base(home: Path, index: Index) -> None:
    """After a compaction elsewhere a reader uses the new base and lets go of its recent part, by itself."""
    index.add([draft(f"n{number}") for number in range(5)])
    other = Index(home, WordsEmbedder())
    assert other.vectors.recent_count == 5
    index.compact()
    other._tended_at = -1e9
    other.refresh()
    assert other._tender is not None
    other._tender.join(60)
    assert (other.vectors.recent_count, other.vectors.generation) == (0, index.vectors.generation)
    assert everything(other) == everything(index)
    other.close()


def test_closing_gives_up_a_compaction(index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index can be closed while it compacts; the base stays as it was."""
    index.add([draft("a")])
    begun = threading.Event()
    after = index.store.vectors_after

    def waiting(passage_id: int) -> Iterator[tuple[np.ndarray, np.ndarray]]:
        begun.set()
        index._closing.wait(60)
        yield from after(passage_id)

    monkeypatch.setattr(type(index.vectors), "compaction_due", True)
    monkeypatch.setattr(index.store, "vectors_after", waiting)
    assert index.compact_in_background()
    assert begun.wait(60)
    index.close()
    assert index.vectors.generation == ""


def test_a_reader_catches_up_for_a_writer_that_died(
    home: Path, index: Index, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A commit whose writer died before the lexical index had it is caught up by whoever notices."""
    other = Index(home, WordsEmbedder())
    monkeypatch.setattr(type(index), "_keep_up", lambda self: None)
    with index._tending:  # the writer does nothing more
        index.add([draft("a", "A comet.")])
    monkeypatch.undo()
    other.refresh()
    assert other._tender is not None
    other._tender.join(60)
    other.refresh()
    assert len(other.lexical("comet", 5, as_of=None).ids) == 1
    other.close()


def test_a_refresh_that_another_thread_is_at_is_not_waited_for(index: Index) -> None:
    """A question goes on with what was there a moment ago rather than wait for a slow refresh."""
    index.add([draft("a")])
    with index._refresh_guard:
        thread = threading.Thread(target=index.refresh)
        thread.start()
        thread.join(60)
        assert not thread.is_alive()


def test_two_writers_take_turns(home: Path, index: Index) -> None:
    """A second writer waits for the first, and says so when it has waited long enough."""
    other = Index(home, WordsEmbedder())
    with index._writing(), pytest.raises(StoreBusy, match="Another process is writing"), other._writing(wait=0.05):
        pass
    assert other.add([draft("a")])[0].change is Change.ADDED
    other.close()


# ---- damage, restore, another embedder


@pytest.mark.parametrize("kind", ["lexical", "vectors"])
def test_a_damaged_derived_index_is_made_anew_at_the_start(home: Path, kind: str) -> None:
    """Damage of either derived index is found, said, and mended from the store."""
    index = Index(home, WordsEmbedder())
    index.add([draft(name) for name in "abc"])
    index.compact()
    before = everything(index)
    index.close()
    largest = max((home / kind).rglob("*.*"), key=lambda path: path.stat().st_size if path.is_file() else 0)
    raw = bytearray(largest.read_bytes())
    raw[len(raw) // 2] ^= 4
    largest.write_bytes(raw)
    index = Index(home, WordsEmbedder())
    assert len(index.repaired) == 1
    assert str(largest.name) in index.repaired[0]
    assert everything(index) == before
    assert verify(index).faults == []
    index.close()
    again = Index(home, WordsEmbedder())
    assert again.repaired == []
    again.close()


def test_a_lexical_index_damaged_while_it_is_open_is_mended_by_the_next_write(home: Path, index: Index) -> None:
    """A writer that finds the published lexical index damaged makes it anew, and loses nothing."""
    other = Index(home, WordsEmbedder())
    index.add([draft("a", "A comet.")])
    for manifest in (home / "lexical").rglob("manifest.json"):
        manifest.write_bytes(b"{}")
    assert other.add([draft("b", "A comet too.")])[0].change is Change.ADDED
    assert len(other.lexical("comet", 5, as_of=None).ids) == 2
    assert len(other.repaired) == 1
    index.refresh()
    assert len(index.lexical("comet", 5, as_of=None).ids) == 2
    other.close()


def test_derived_indexes_of_other_articles_are_not_believed(home: Path, index: Index) -> None:
    """Indexes that are sound in themselves but hold another count, or later commits, than the store are rebuilt."""
    index.add([draft(name) for name in "abc"])
    index.compact()
    index.close()
    import sqlite3

    with sqlite3.connect(home / "articles.db") as db:
        db.execute("DELETE FROM passage WHERE passage_id = 3")
        db.execute("UPDATE sqlite_sequence SET seq = 2 WHERE name = 'passage'")
    db.close()
    again = Index(home, WordsEmbedder())
    assert len(again.repaired) == 2
    assert {name for name, _ in everything(again)[0]} == {name for name, _ in everything(again)[1]} == {"a", "b"}
    again.close()


def test_a_rebuild_finds_the_copies_of_older_stores(home: Path, index: Index) -> None:
    """Where nobody looked for copies yet, a rebuild does, and the copy is no hit of its own any more."""
    body = " ".join(f"word{number}" for number in range(120))
    index.add([draft("a", body, source="one"), draft("b", body, source="two")])
    assert index.store.counts()["copies"] == 1
    index.close()
    import sqlite3

    with sqlite3.connect(home / "articles.db") as db:
        for table in ("carrier", "band", "signature"):
            db.execute(f"DELETE FROM {table}")
    db.close()
    again = Index(home, WordsEmbedder())
    again.rebuild()
    assert again.store.counts()["copies"] == 1
    assert again.catalog.originals(np.array([1, 2])).tolist() == [1, 1]
    assert verify(again).faults == []
    again.close()


def test_a_restored_store_is_taken_over_by_a_running_process(home: Path, index: Index) -> None:
    """After a restore a process that was running finds the restored articles, none of the later ones, and writes."""
    index.add([draft("a", "A comet.")])
    backup(index.store, home / "kept.db")
    index.add([draft("b", "A bridge.")])
    index.compact()
    restore(home / "kept.db", home)
    assert found(index, "comet bridge") == ["a"]
    assert index.add([draft("c", "A court.")])[0].change is Change.ADDED
    assert set(found(index, "news")) == {"a", "c"}
    assert verify(index).faults == []
    assert [path.name for path in (home / "lexical").iterdir()] == [index.store.lineage()]
    fresh = Index(home, WordsEmbedder())
    assert everything(fresh) == everything(index)
    fresh.close()


def test_hits_of_a_store_that_was_replaced_are_not_shown(home: Path, index: Index) -> None:
    """Passage ids found before a restore are not looked up in the store after it."""
    index.add([draft("b")])
    backup(index.store, home / "kept.db")
    found_before = runs(index, index.dense(index.embedder.encode_question("news"), 3, as_of=None))
    assert len(index.hits(found_before)) == 1
    restore(home / "kept.db", home)
    assert index.hits(found_before) == []


def test_a_store_that_is_gone_is_said_to_be(home: Path, index: Index) -> None:
    """A home that was removed under a running process is an error, not an empty index."""
    index.add([draft("a")])
    shutil.rmtree(home)
    with pytest.raises(StoreError, match="is gone"):
        index.refresh()


def test_another_embedder_is_refused_at_the_start(home: Path, index: Index) -> None:
    """An index is not searched with another embedder than the one it was made with."""
    index.add([draft("a")])
    with pytest.raises(EmbedderMismatch, match="rebuild --embedder"):
        Index(home, WordsEmbedder(salt="another"))


def test_a_home_that_cannot_be_one_is_said_to_be(tmp_path: Path) -> None:
    """A file in the place of the home, or of a folder in it, is named."""
    (tmp_path / "file").write_text("x")
    with pytest.raises(StoreError, match="in the way"):
        Index(tmp_path / "file", WordsEmbedder())
    with pytest.raises(StoreError, match="in the way"):
        Index(tmp_path / "file" / "below", WordsEmbedder())
    (tmp_path / "home").mkdir()
    (tmp_path / "home" / "vectors").write_text("x")
    index = Index(tmp_path / "home", WordsEmbedder())
    index.add([draft("a")])
    with pytest.raises(StoreError, match="in the way"):
        index.compact()
    index.close()
