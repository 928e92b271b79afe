"""The lexical index against a plain model: which passages, in which order, seen by whom, and after what."""

import math
import os
import subprocess
import sys
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from index import lexical
from index import manifest as manifests
from index.errors import DamagedIndex, StoreBusy, StoreFull
from index.lexical import LexicalIndex, LexicalRow

# In memory where that is possible: every commit waits for the disk several times.
SHM = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None


@pytest.fixture
def folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=SHM) as name:
        yield Path(name) / "lexical"


def row(passage_id: int, text: str, title: str = "") -> LexicalRow:
    return LexicalRow(passage_id, title, text)


def found(index: LexicalIndex, words: str, k: int = 100, allowed: set[int] | None = None) -> list[int]:
    mask = None
    if allowed is not None:
        mask = np.zeros(max(allowed, default=0) + 1, np.bool_)
        mask[list(allowed)] = True
    ids, scores = index.search(words, k, allowed=mask)
    assert ids.dtype == np.int64
    assert scores.dtype == np.float32
    assert (np.diff(scores) <= 0).all()
    return [int(each) for each in ids]


NAMES = ["ada", "bea", "cyd", "dot", "eve"]
passage_ids = st.integers(1, 25)
added = st.tuples(passage_ids, st.lists(st.sampled_from(NAMES), max_size=4))
steps: st.SearchStrategy[tuple[str, list[Any]]] = st.one_of(
    st.tuples(st.just("add"), st.lists(added, max_size=6)),
    st.tuples(st.just("remove"), st.lists(passage_ids, max_size=4)),
    st.tuples(st.sampled_from(["commit", "close", "reopen"]), st.just([])),
)


@settings(max_examples=40, deadline=None)
@given(st.lists(steps, max_size=20))
@example([("add", [(3, ["ada"]), (3, ["bea"])]), ("commit", []), ("add", [(3, ["cyd"])]), ("remove", [3])])
def test_holds_what_was_committed(sequence: list[tuple[str, list[Any]]]) -> None:
    """After any sequence of adding, replacing, removing, closing and reopening, each word finds its passages."""
    with tempfile.TemporaryDirectory(dir=SHM) as name:
        index = LexicalIndex.open(Path(name))
        other = LexicalIndex.open(Path(name), read_only=True)
        held: dict[int, set[str]] = {}
        committed: dict[int, set[str]] = {}
        through = 0
        for step, argument in [*sequence, ("commit", []), ("close", [])]:
            if step == "add":
                index.add([row(number, " ".join(words)) for number, words in argument])
                held |= {number: set(words) for number, words in argument}
            elif step == "remove":
                index.remove(argument)
                held = {number: words for number, words in held.items() if number not in argument}
            elif step == "commit":
                through += 1
                index.commit(through)
                committed = dict(held)
            else:
                index.close()
                held = dict(committed)
                if step == "reopen":
                    index = LexicalIndex.open(Path(name))
            other.refresh()
            for reader in (index, other):
                assert reader.through == through
                assert reader.count == len(committed)
                assert reader.passage_ids() == set(committed)
                for word in NAMES:
                    assert sorted(found(reader, word)) == sorted(n for n, words in committed.items() if word in words)


def test_scores_are_bm25(folder: Path) -> None:
    """Scores are those of BM25 with k1 = 1.2 and b = 0.75 (Robertson and Zaragoza 2009), worked out here."""
    rng = np.random.default_rng(1)
    texts = [" ".join(rng.choice(NAMES, rng.integers(1, 30))) for _ in range(60)]  # short: lengths are kept exactly
    with LexicalIndex.open(folder) as index:
        index.add(row(number, text) for number, text in enumerate(texts, 1))
        index.commit(1)
        ids, scores = index.search("ada dot", 100)
    bags = [Counter(text.split()) for text in texts]
    mean = sum(bag.total() for bag in bags) / len(bags)

    def bm25(bag: Counter[str]) -> float:
        score = 0.0
        for word in ("ada", "dot"):
            holding = sum(word in each for each in bags)
            idf = math.log(1 + (len(bags) - holding + 0.5) / (holding + 0.5))
            score += idf * bag[word] * 2.2 / (bag[word] + 1.2 * (0.25 + 0.75 * bag.total() / mean))
        return score

    expected = {number: bm25(bag) for number, bag in enumerate(bags, 1) if bag["ada"] or bag["dot"]}
    assert sorted(ids.tolist()) == sorted(expected)
    np.testing.assert_allclose(scores, [expected[number] for number in ids.tolist()], rtol=1e-5)


def test_titles_and_stems_count(folder: Path) -> None:
    """A word of the title finds the passage, in any of its forms, case and accents aside; a weight lifts titles."""
    with LexicalIndex.open(folder) as index:
        index.add([row(1, "Nothing of note.", "São Paulo floods"), row(2, "The flooding went on, and on, and on.")])
        index.commit(1)
        assert found(index, "SAO paulo") == [1]
        assert sorted(found(index, "flooded")) == [1, 2]
        plain, lifted = (
            dict(zip(ids.tolist(), scores.tolist(), strict=True))
            for ids, scores in (index.search("flood", 2), index.search("flood", 2, title_weight=2.0))
        )
        assert lifted[1] > plain[1]
        assert lifted[2] == plain[2]


SYNTAX = [
    'title:ukraine AND "riyadh talks"^3',
    "-ukraine",
    "+(",
    "text:[* TO *]",
    "*",
    "ukraine~2",
    "/.*/",
    "{a TO z}",
    "IN [1 2]",
    "passage_id:1",
    '"unclosed',
    "\\",
    "NOT ukraine",
]


@pytest.mark.parametrize("words", SYNTAX)
def test_no_query_syntax(folder: Path, words: str) -> None:
    """What looks like query syntax is searched for as words."""
    with LexicalIndex.open(folder) as index:
        index.add([row(1, "Ukraine was left out."), row(2, "Talks in Riyadh."), row(3, "A storm.")])
        index.commit(1)
        expected = {1} if "ukraine" in words else set()
        if "riyadh" in words:
            expected.add(2)
        assert set(found(index, words)) == expected


@settings(max_examples=200, deadline=None)
@given(words=st.text(max_size=300), k=st.integers(-2, 5))
def test_any_text_is_fine(words: str, k: int) -> None:
    """No text makes a search fail."""
    ids, scores = SMALL.search(words, k)
    assert len(ids) == len(scores) <= max(k, 0)


def _small() -> LexicalIndex:
    with tempfile.TemporaryDirectory(dir=SHM) as name:  # what is open stays readable when its files are unlinked
        index = LexicalIndex.open(Path(name))
        index.add([row(1, "who is who"), row(2, "café 東京 Киев"), row(3, "a b c 1 2 3 \0 �")])
        index.commit(1)
        index.close()
        return index


SMALL = _small()


def test_odd_questions(folder: Path) -> None:
    """Stop words count when there is nothing else, punctuation finds nothing, other scripts and long texts work."""
    with LexicalIndex.open(folder) as index:
        index.add(
            [
                row(1, "The band is called The Who."),
                row(2, "Переговоры в Эр-Рияде прошли без Киева"),
                row(3, "Riyadh hosts talks"),
                *[row(10 + n, f"filler number{n % 50} " * 5) for n in range(500)],
            ]
        )
        index.commit(1)
        assert found(index, "who is the") == [1]
        assert found(index, "who hosts") == [3]
        assert found(index, "?!… —") == []
        assert found(index, "") == []
        assert found(index, "переговоры") == [2]
        long = " ".join(["filler"] * 9_000 + [f"number{n}" for n in range(50)] + ["riyadh"])
        assert 3 in found(index, long, k=1_000)
        assert found(index, "riyadh " * 100_000) == [3]
        assert found(index, "x" * 1_000_000) == []


def test_filters(folder: Path) -> None:
    """Whatever is allowed, as many allowed passages come back as there are, with unchanged scores."""
    rng = np.random.default_rng(2)
    total = 3_000
    with LexicalIndex.open(folder) as index:
        index.add(row(n, f"talks {' '.join(rng.choice(NAMES, 6))}") for n in range(1, total + 1))
        index.commit(1)
        all_ids, all_scores = index.search("talks ada", total)
        score = dict(zip(all_ids.tolist(), all_scores.tolist(), strict=True))
        assert len(score) == total
        worst = set(all_ids[-700:].tolist())  # as far down the ranking as can be
        for allowed in ({1}, {5, 2_999, total}, set(range(1, 400)), set(range(1, 2_000, 2)), worst, {99_999}, set()):
            for k in (1, 10, 600):
                ids = found(index, "talks ada", k, allowed)
                there = sorted(-score[n] for n in allowed if n in score)
                assert len(ids) == min(k, len(there))
                assert set(ids) <= allowed
                np.testing.assert_allclose(sorted(-score[n] for n in ids), there[: len(ids)], rtol=1e-6)
        assert found(index, "talks", 5, allowed=set(range(1, total + 1, 2)))[0] % 2


def test_a_mask_that_is_too_short_or_too_long(folder: Path) -> None:
    """Ids beyond the mask are not allowed; a mask beyond the ids is fine."""
    with LexicalIndex.open(folder) as index:
        index.add([row(1, "talks"), row(9, "talks")])
        index.commit(1)
        assert index.search("talks", 9, allowed=np.ones(5, np.bool_))[0].tolist() == [1]
        assert index.search("talks", 9, allowed=np.ones(5_000, np.bool_))[0].tolist() == [1, 9]
        assert index.search("talks", 9, allowed=np.ones(0, np.bool_))[0].tolist() == []


READER = """
import sys
from pathlib import Path
from index.lexical import LexicalIndex
index = LexicalIndex.open(Path(sys.argv[1]), read_only=True)
for _ in sys.stdin:
    index.refresh()
    print(index.through, sorted(index.search("talks", 99)[0].tolist()), flush=True)
"""


def test_another_process_sees_commits(folder: Path) -> None:
    """A reader in another process sees what is committed when it refreshes, through many commits and merges."""
    command = [sys.executable, "-c", READER, str(folder)]
    pipe = subprocess.PIPE
    with (
        subprocess.Popen(command, cwd=Path(__file__).parent.parent, stdin=pipe, stdout=pipe, text=True) as reader,
        LexicalIndex.open(folder) as index,
    ):
        assert reader.stdin
        assert reader.stdout
        for number in range(1, 31):
            index.add([row(number, "talks")])
            index.remove([number - 2])
            index.commit(number)
            if number % 5 == 0:
                if number == 30:
                    index.close()
                reader.stdin.write("\n")
                reader.stdin.flush()
                assert reader.stdout.readline().strip() == f"{number} {[number - 1, number]}"
        reader.stdin.close()


def test_readers_and_a_writer(folder: Path) -> None:
    """Threads that search while another commits each see some commit as a whole, never fewer than they saw before."""
    index = LexicalIndex.open(folder)
    index.add([row(0, "talks"), row(1, "talks")])
    index.commit(1)
    problems: list[str] = []
    finished = threading.Event()

    def read() -> None:
        seen = 0
        while not finished.is_set():
            ids = sorted(found(index, "talks who"))
            if ids != list(range(len(ids))) or len(ids) % 2 or len(ids) < seen:
                problems.append(f"{len(ids)} passages after {seen}")
            seen = len(ids)

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for number in range(2, 25):
        index.add([row(2 * number - 2, "talks"), row(2 * number - 1, "talks")])
        index.commit(number)
    finished.set()
    for reader in readers:
        reader.join()
    index.close()
    assert problems == []
    assert len(found(index, "talks")) == 48


def test_one_writer(folder: Path) -> None:
    """A second writer is told that it must wait, and continues from the first one's work when that has closed."""
    one, two = LexicalIndex.open(folder), LexicalIndex.open(folder)
    one.add([row(1, "talks")])
    with pytest.raises(StoreBusy):
        two.add([row(2, "talks")])
    one.commit(1)
    one.close()
    two.add([row(2, "talks")])
    two.commit(2)
    two.close()
    assert one.refresh()
    assert not one.refresh()
    assert found(one, "talks") == [1, 2]
    with pytest.raises(ValueError, match="reading only"):
        LexicalIndex.open(folder, read_only=True).add([])


KILLED = """
import os, sys
from pathlib import Path
from index.lexical import LexicalIndex, LexicalRow
from index import manifest as manifests
index = LexicalIndex.open(Path(sys.argv[1]))
index.add([LexicalRow(2, "", "talks"), LexicalRow(3, "", "talks")])
index.remove([1])
if sys.argv[2] == "before publishing":
    manifests.publish = lambda *a, **k: os._exit(9)
elif sys.argv[2] == "before the manifest":
    real = Path.replace
    Path.replace = lambda self, target: os._exit(9)
index.commit(2)
os._exit(9)
"""


@pytest.mark.parametrize("when", ["before publishing", "before the manifest", "after"])
def test_killed(folder: Path, when: str) -> None:
    """A writer killed around its commit leaves the commit before or after it, and the next goes on from there."""
    with LexicalIndex.open(folder) as index:
        index.add([row(1, "talks")])
        index.commit(1)
    ran = subprocess.run(
        [sys.executable, "-c", KILLED, str(folder), when], cwd=Path(__file__).parent.parent, check=False
    )
    assert ran.returncode == 9
    index = LexicalIndex.open(folder)
    assert (index.through, found(index, "talks")) == ((2, [2, 3]) if when == "after" else (1, [1]))
    with index:
        index.add([row(2, "talks"), row(3, "talks")])
        index.remove([1])
        index.commit(2)
    assert found(LexicalIndex.open(folder), "talks") == [2, 3]
    assert sorted(p.name for p in folder.iterdir() if p.name.startswith(".")) == [".lock"]


FULL = """
import resource, sys
from pathlib import Path
from index.errors import StoreFull
from index.lexical import LexicalIndex, LexicalRow
index = LexicalIndex.open(Path(sys.argv[1]))
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))  # no file may grow beyond this
try:
    index.add(LexicalRow(n, "", " ".join(f"w{n * 50 + i}" for i in range(50))) for n in range(2, 3_000))
    index.commit(2)
except StoreFull as error:
    print(error)
index.close()
"""


def test_a_full_disk(folder: Path) -> None:
    """When the disk refuses, that is said, and the index stays as it was committed last and can be written again."""
    with LexicalIndex.open(folder) as index:
        index.add([row(1, "talks")])
        index.commit(1)
    ran = subprocess.run(
        [sys.executable, "-c", FULL, str(folder)],
        cwd=Path(__file__).parent.parent,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "the disk is full or failing" in ran.stdout
    with LexicalIndex.open(folder) as index:
        assert (index.through, found(index, "talks")) == (1, [1])
        index.add([row(2, "talks")])
        index.commit(2)
        assert found(index, "talks") == [1, 2]


def test_a_full_disk_while_publishing(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same when the disk fills up after tantivy's own commit."""

    def full(_: Path) -> None:
        raise OSError(28, "No space left on device")

    index = LexicalIndex.open(folder)
    index.add([row(1, "talks")])
    index.commit(1)
    index.add([row(2, "talks")])
    with monkeypatch.context() as patch:
        patch.setattr(manifests, "sync", full)
        with pytest.raises(StoreFull, match="No space left"):
            index.commit(2)
    index.close()
    assert (index.through, found(index, "talks")) == (1, [1])


def test_replaced_as_a_whole(folder: Path) -> None:
    """A fresh index over sound, damaged or no files is seen by readers at its first commit, and not before."""
    for content in ("first", "second"):
        fresh = LexicalIndex.fresh(folder)
        reader = LexicalIndex(folder, read_only=True)
        if content == "second":
            reader.refresh()
        fresh.add([row(7, f"talks {content}")])
        assert found(reader, "first") == ([7] if content == "second" else [])
        fresh.commit(3)
        fresh.close()
        reader.refresh()
        assert found(reader, content) == [7]
        assert found(reader, "talks") == [7]
    (folder / manifests.NAME).write_bytes(b"nonsense")
    with pytest.raises(DamagedIndex):
        LexicalIndex.open(folder)
    with LexicalIndex.fresh(folder) as fresh:
        fresh.add([row(1, "third")])
        fresh.commit(4)
    assert found(LexicalIndex.open(folder), "third") == [1]


def test_damage(folder: Path) -> None:
    """A flipped bit in any file is found at opening, and when a running reader refreshes, which keeps what it has."""
    with LexicalIndex.open(folder) as index:
        index.add([row(n, f"talks word{n}") for n in range(50)])
        index.commit(1)
        index.remove([3])
        index.commit(2)
    current = manifests.load(folder)
    assert current
    assert {record.name.rpartition(".")[2] for record in current.files} >= {"term", "idx", "del", "json"}
    rng = np.random.default_rng(3)
    for record in current.files:
        path = folder / current.generation / record.name
        sound = path.read_bytes()
        flipped = bytearray(sound)
        flipped[rng.integers(len(sound))] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        with pytest.raises(DamagedIndex, match=record.name):
            LexicalIndex.open(folder)
        path.write_bytes(sound)
    reader = LexicalIndex.open(folder, read_only=True)
    (folder / manifests.NAME).write_bytes(b"nonsense")
    with pytest.raises(DamagedIndex):
        reader.refresh()
    assert len(found(reader, "talks")) == 49


def test_another_analyser(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An index made with other analysis is not searched: its terms would not be those of the question."""
    with LexicalIndex.open(folder) as index:
        index.add([row(1, "talks")])
        index.commit(1)
    monkeypatch.setattr(lexical, "ANALYSER", "another")
    with pytest.raises(DamagedIndex, match="another version"):
        LexicalIndex.open(folder)


def test_closing_after_every_commit(folder: Path) -> None:
    """Closing and opening the writer around each commit, with merges going on, loses nothing and leaves nothing."""
    index = LexicalIndex.open(folder)
    for number in range(1, 61):
        index.add([row(number, "talks")])
        index.commit(number)
        if number % 2:
            index.add([row(1_000, "never committed")])
        index.close()
    assert index.passage_ids() == set(range(1, 61))
    assert found(index, "never") == []
    current = manifests.load(folder)
    assert current
    assert len(current.files) < 12 * 8
    with LexicalIndex.open(folder) as again:
        again.add([])
        again.commit(61)
    assert [p.name for p in folder.iterdir() if p.name.startswith(".")] == [".lock"]


def test_generations_do_not_pile_up(folder: Path) -> None:
    """Old generations go, and so do the segments that were merged away."""
    with LexicalIndex.open(folder) as index:
        for number in range(1, 41):
            index.add([row(number, "talks")])
            index.commit(number)
    current = manifests.load(folder)
    assert current
    assert len(list(folder.glob("g*"))) <= 6
    assert len(current.files) < 20 * 6
    inodes = {path.stat().st_ino for path in folder.glob("g*/*")}
    assert len(inodes) < 40 * 6
