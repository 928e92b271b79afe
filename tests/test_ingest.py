"""Ingest: interrupted, starved of disk or of its turn, it loses nothing and goes on."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from bench.stand_in import WordsEmbedder
from index.errors import StoreBusy, StoreError, StoreFull
from index.index import Index
from index.ingest import Ingest, Outcome
from index.verify import verify

ROOT = Path(__file__).resolve().parent.parent
MEMORY = Path("/dev/shm")  # a folder in memory, where there is one


@pytest.fixture
def tmp_path() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        yield Path(folder)


def write(path: Path, count: int, *, words: int = 40) -> Path:
    """A JSONL file of some articles."""
    path.write_text(
        "".join(
            json.dumps({"id": f"{path.stem}-{n}", "title": f"News {n}", "text": f"It was day {n}." + " rain" * words})
            + "\n"
            for n in range(count)
        )
    )
    return path


@pytest.fixture
def index(tmp_path: Path) -> Iterator[Index]:
    held = Index(tmp_path / "home", WordsEmbedder())
    yield held
    held.close()


def take(index: Index, *paths: Path, again: bool = False) -> Counter[str]:
    return Ingest(index, timer=time.perf_counter).run(paths, again=again).counts


def test_a_second_run_reads_nothing_again(index: Index, tmp_path: Path) -> None:
    """What was taken in from a file that has not changed is not even read again; a line that was added is."""
    path = write(tmp_path / "news.jsonl", 5)
    assert take(index, path) == {"added": 5}
    assert take(index, path) == {}
    assert take(index, path, again=True) == {"unchanged": 5}
    write(path, 6)
    assert take(index, path) == {"unchanged": 5, "added": 1}


def test_files_of_a_folder_share_a_commit(index: Index, tmp_path: Path) -> None:
    """A folder of small files does not cost a commit each, and every file is known to have been read."""
    for n in range(9):
        (tmp_path / "in").mkdir(exist_ok=True)
        (tmp_path / "in" / f"{n}.txt").write_text(f"News {n}\n\nIt was day {n}.\n")
    assert take(index, tmp_path / "in") == {"added": 9}
    assert index.store.commit_number() == 1
    assert len(index.store.reached()) == 9
    assert take(index, tmp_path / "in") == {}


def test_interrupted_at_any_place_it_goes_on(index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C after any batch: the next run takes in the rest, each article once."""
    monkeypatch.setattr("index.ingest.BATCH_ARTICLES", 4)
    path = write(tmp_path / "news.jsonl", 14)
    total: Counter[str] = Counter()
    for stop in (1, 2, 1):
        told: list[Outcome] = []

        def interrupt(outcome: Outcome, told: list[Outcome] = told, stop: int = stop) -> None:
            told.append(outcome)
            if len(told) == 4 * stop:
                raise KeyboardInterrupt

        run = Ingest(index, on_outcome=interrupt, timer=time.perf_counter)
        if sum(total.values()) + 4 * stop <= 12:
            with pytest.raises(KeyboardInterrupt):
                run.run([path])
        else:
            run.run([path])
        assert run.summary.seconds > 0
        total += run.summary.counts
    assert total == {"added": 14}
    assert index.store.counts()["articles"] == 14
    assert verify(index).faults == []


def test_one_text_that_cannot_be_stored_does_not_stop_the_others(index: Index, tmp_path: Path) -> None:
    """Half of a surrogate pair in one article leaves its neighbours alone, and is told."""
    path = tmp_path / "news.jsonl"
    lines = [
        {"id": "a", "title": "A", "text": "Fine."},
        {"id": "b", "title": "B", "text": "\ud800"},
        {"id": "c", "title": "C", "text": "Fine."},
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    counts = take(index, path)
    assert counts["added"] >= 2
    assert {held.article_id for held in index.store.articles()} >= {"a", "c"}


CHILD = """
import sys, time
from pathlib import Path
from bench.stand_in import WordsEmbedder
from index.index import Index
from index.ingest import Ingest
index = Index(Path(sys.argv[1]), WordsEmbedder())
print("open", flush=True)
print(dict(Ingest(index, timer=time.perf_counter).run([Path(sys.argv[2])]).counts))
"""


def test_two_processes_take_in_at_once(tmp_path: Path) -> None:
    """They take turns: both end well, and everything of both is there."""
    home = tmp_path / "home"
    files = [write(tmp_path / f"news{n}.jsonl", 100) for n in range(2)]
    running = [
        subprocess.Popen([sys.executable, "-c", CHILD, str(home), str(file)], cwd=ROOT, stdout=subprocess.PIPE)
        for file in files
    ]
    assert [b"'added': 100" in process.communicate(timeout=120)[0] for process in running] == [True, True]
    index = Index(home, WordsEmbedder())
    assert index.store.counts()["articles"] == 200
    assert verify(index).faults == []
    index.close()


def test_a_writer_that_does_not_end_is_said_to_be_there(
    index: Index, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When another process keeps its turn for too long, the error says so, and the next run takes everything in."""
    other = Index(index.home, WordsEmbedder())
    path = write(tmp_path / "news.jsonl", 3)
    monkeypatch.setattr(other, "_writing", lambda: Index._writing(other, wait=0.1))
    with index._writing(), pytest.raises(StoreBusy, match="wait for it"):
        take(other, path)
    assert take(other, path) == {"added": 3}
    other.close()


# ---- disks


@contextmanager
def tiny_disk(folder: Path, size: str) -> Iterator[Path]:
    """A disk of some size, in memory."""
    folder.mkdir()
    if os.geteuid() != 0:
        pytest.skip("only root may mount a disk")
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], capture_output=True
    )
    if mounted.returncode:
        pytest.skip(f"a disk cannot be mounted here: {mounted.stderr.decode().strip()}")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_said_and_nothing_is_lost(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the disk is full ingest stops with a clear error; with room again it goes on where it stopped."""
    monkeypatch.setattr("index.ingest.BATCH_ARTICLES", 8)
    path = write(tmp_path / "news.jsonl", 200, words=800)
    with tiny_disk(tmp_path / "disk", "3m") as disk:
        index = Index(disk / "home", WordsEmbedder())
        first = Ingest(index, timer=time.perf_counter)
        with pytest.raises(StoreFull, match="free some"):
            first.run([path])
        index.close()
        held = first.summary.counts["added"]
        assert 0 < held < 200
        subprocess.run(["mount", "-o", "remount,size=64m", str(disk)], check=True)
        index = Index(disk / "home", WordsEmbedder())
        assert verify(index).faults == []
        # The batch that failed may be in the store already: then the run goes on behind it.
        assert held <= index.store.counts()["articles"] <= held + 8
        rest = take(index, path)
        assert set(rest) == {"added"}
        assert index.store.counts()["articles"] == 200
        assert verify(index).faults == []
        index.close()


LIMITED = """
import resource, sys, time
from pathlib import Path
from bench.stand_in import WordsEmbedder
from index.errors import StoreFull
from index.index import Index
from index.ingest import Ingest
from index.language import language_of
index = Index(Path(sys.argv[1]), WordsEmbedder())
language_of("What this unpacks for itself is not what is tested here.")
size = int(sys.argv[3])
resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
run = Ingest(index, timer=time.perf_counter)
try:
    run.run([Path(sys.argv[2])])
except StoreFull as error:
    print(run.summary.counts["added"], "StoreFull", error)
"""


@pytest.mark.parametrize("size", [100_000, 300_000])
def test_a_write_that_fails_is_said_and_nothing_is_lost(tmp_path: Path, size: int) -> None:
    """When the system refuses a write in the middle, the error is clear, the store intact, and the run goes on."""
    path = write(tmp_path / "news.jsonl", 120, words=400)
    ran = subprocess.run(
        [sys.executable, "-c", LIMITED, str(tmp_path / "home"), str(path), str(size)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "StoreFull" in ran.stdout, ran.stderr
    assert "safe" in ran.stdout or "nothing is lost" in ran.stdout
    held = int(ran.stdout.split()[0])
    index = Index(tmp_path / "home", WordsEmbedder())
    assert verify(index).faults == []
    assert index.store.counts()["articles"] >= held
    take(index, path)
    assert index.store.counts()["articles"] == 120
    assert verify(index).faults == []
    index.close()


def test_a_home_on_a_disk_that_cannot_be_written_to(tmp_path: Path) -> None:
    """A disk mounted for reading only is said to be so."""
    path = write(tmp_path / "news.jsonl", 3)
    with tiny_disk(tmp_path / "disk", "8m") as disk:
        index = Index(disk / "home", WordsEmbedder())
        take(index, path)
        index.close()
        subprocess.run(["mount", "-o", "remount,ro", str(disk)], check=True)
        with pytest.raises(StoreError, match="writable"):
            Index(disk / "home", WordsEmbedder())
        with pytest.raises(StoreError, match="writable"):
            Index(disk / "other", WordsEmbedder())
