"""What one more article costs, at several sizes.

    python -m bench.growth --sizes 1000 10000 100000 300000

Fills an index with passages whose vectors are random (neighbours of some hundred centres, as those of news are), then
adds single articles, searches, and looks at memory and disk. Nothing is embedded by a model: that cost depends on the
model only. Prints one line of JSON a size; times are medians, with the 95th percentile. On a
busy machine look at the CPU time too.
"""

import argparse
import json
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from bench.stand_in import WordsEmbedder
from index.article import Draft
from index.index import Index

DIMENSION: Final = 384
PASSAGES: Final = 12  # of one article, about as many as a news article has
BATCH: Final = 200  # articles
ADDED: Final = 20  # articles, one by one
STEPS: Final = (
    "add one article",
    "add one article, CPU only",
    "another process sees it",
    "dense search",
    "lexical search",
)
WORDS: Final = 20_000  # of the made-up language, drawn as words are: few often, most seldom


class JitteredEmbedder(WordsEmbedder):
    """Random unit vectors around some centres, made fast; equal texts get equal vectors."""

    def __init__(self) -> None:
        super().__init__(DIMENSION, 160)
        self._centres = np.random.default_rng(1).standard_normal((500, DIMENSION), np.float32)

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """(n, dimension) float32, unit length."""
        rng = np.random.default_rng(abs(hash(texts[0])) if texts else 0)
        matrix = self._centres[rng.integers(0, len(self._centres), len(texts))]
        matrix = matrix + 0.8 * rng.standard_normal(matrix.shape, np.float32)
        if on_progress:
            on_progress(len(texts))
        unit: NDArray[np.float32] = np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.float32)
        return unit

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """(dimension,) float32, unit length."""
        vector: NDArray[np.float32] = self.encode_passages([text])[0]
        return vector


def article(number: int) -> Draft:
    """An article of about `PASSAGES` passages in a made-up language."""
    rng = np.random.default_rng(number)
    words = np.char.add("w", np.minimum(rng.zipf(1.3, PASSAGES * 140), WORDS).astype(str))
    title = f"News {number}"
    lines = [" ".join(words[at : at + 140]) + "." for at in range(0, len(words), 140)]
    return Draft(article_id=f"n{number}", text="\n".join([title, *lines]), title=title)


def measure(home: Path, sizes: Sequence[int]) -> None:
    """Grow one index to each size in turn, and print what it costs there."""
    index = Index(home, JitteredEmbedder())
    number = 0
    for size in sizes:
        while (count := index.store.passage_span()[0]) < size:
            wanted = min(BATCH, -(-(size - count) // PASSAGES))
            index.add([article(number + at) for at in range(wanted)])
            number += wanted
            print(f"{count:,} of {size:,} passages", end="\r", file=sys.stderr)
        started = time.perf_counter()
        index.compact()
        compacted = time.perf_counter() - started
        index.close()
        started = time.perf_counter()
        index = Index(home, JitteredEmbedder())
        opened = time.perf_counter() - started
        reader = Index(home, JitteredEmbedder())
        took: dict[str, list[float]] = {name: [] for name in STEPS}
        for _ in range(ADDED):
            with _timed(took, "add one article"), _timed(took, "add one article, CPU only", time.process_time):
                index.add([article(number)])
            number += 1
            with _timed(took, "another process sees it"):
                reader.refresh()
            vector = index.embedder.encode_question(f"question {number}")
            with _timed(took, "dense search"):
                index.dense(vector, 100, as_of=None)
            with _timed(took, "lexical search"):
                index.lexical(f"w{number % 50 + 1} w{number % 999 + 50}", 100, as_of=None)
        reader.close()
        passages = index.store.passage_span()[0]
        disk = {name: _size(home / name) for name in ("articles.db", "lexical", "vectors")}
        print(
            json.dumps(
                {
                    "passages": passages,
                    "articles": number,
                    "ms": {name: _spread(times) for name, times in took.items()},
                    "compaction, s": round(compacted, 2),
                    "opening, s": round(opened, 2),
                    "resident, MB": round(_resident() / 1e6),
                    "disk, bytes a passage": {name: round(held / passages) for name, held in disk.items()},
                }
            ),
            flush=True,
        )
    index.close()


@contextmanager
def _timed(took: dict[str, list[float]], name: str, clock: Callable[[], float] = time.perf_counter) -> Iterator[None]:
    started = clock()
    yield
    took[name].append((clock() - started) * 1e3)


def _spread(times: Sequence[float]) -> dict[str, float]:
    ordered = sorted(times)
    return {"median": round(statistics.median(ordered), 1), "p95": round(ordered[int(0.95 * (len(ordered) - 1))], 1)}


def _resident() -> int:
    return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")


def _size(path: Path) -> int:
    if path.is_file():
        return path.stat().st_size
    return sum({file.stat().st_ino: file.stat().st_size for file in path.rglob("*") if file.is_file()}.values())


def main() -> None:
    """Measure, in a folder that is removed afterwards."""
    parser = argparse.ArgumentParser(description="What one more article costs, at several sizes.")
    parser.add_argument("--sizes", type=int, nargs="+", default=[1_000, 10_000, 100_000, 300_000])
    parser.add_argument("--folder", type=Path, help="where to make the index; on the disk that is to be measured")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=given.folder) as folder:
        measure(Path(folder) / "home", sorted(given.sizes))


if __name__ == "__main__":
    main()
