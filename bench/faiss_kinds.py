"""Which FAISS index fits which size: build time, memory, recall@10 against an exact scan, latency of a question.

    python -m bench.faiss_kinds --sizes 10000 100000 300000
    python -m bench.faiss_kinds --home HOME --questions questions.jsonl --sizes 300000 1000000

With a home, the vectors of its passages and of the questions are measured. Without one they are drawn: topics,
stories within topics and passages within stories, in a space whose axes matter less and less, as in real
embeddings; questions lie away from the passages that answer them. More vectors than the home holds are made by
jittering those that it holds. Each kind is built and asked in a process of its own, so that its memory is its own;
questions are asked one at a time. `processor_ms` is the processor's time, which other work on the machine disturbs
less than it does the clock's. docs/indexes.md gives the figures and the rule drawn from them.
"""

import argparse
import ctypes
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from index import vectors
from index.embedder import load_embedder
from index.index import Index
from index.vectors import VectorIndex

faiss: Any = _faiss

Matrix = NDArray[np.float32]

DIMENSION: Final = 384
K: Final = 10
FETCHED: Final = 100  # what a search asks for: candidates to fuse, not ten answers
IP: Final = _faiss.METRIC_INNER_PRODUCT


def _unit(matrix: Matrix) -> Matrix:
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


def draw(count: int, questions: int, seed: int = 0) -> tuple[Matrix, Matrix]:
    """Return drawn passages (count, d) and questions (questions, d)."""
    rng = np.random.default_rng(seed)
    axes = (1.0 / np.sqrt(1 + np.arange(DIMENSION) / 12)).astype(np.float32)

    def latent(n: int) -> Matrix:
        return _unit(rng.standard_normal((n, DIMENSION), dtype=np.float32) * axes)

    stories = max(1, count // 12)
    topics = latent(400)
    story = _unit(0.6 * topics[rng.integers(0, 400, stories)] + 0.8 * latent(stories))
    passages = np.empty((count, DIMENSION), np.float32)
    for start in range(0, count, 50_000):
        some = slice(start, min(start + 50_000, count))
        number = some.stop - some.start
        passages[some] = _unit(0.7 * story[rng.integers(0, stories, number)] + 0.7 * latent(number))
    asked = _unit(0.6 * passages[rng.integers(0, count, questions)] + 0.8 * latent(questions))
    return passages, asked


def stored(home: Path) -> NDArray[np.float16]:
    """Return the vectors (n, d) of all passages of a home, in half precision."""
    index = Index(home, load_embedder())
    allowed = np.flatnonzero(index.catalog.allowed(as_of=None, now=index.clock()))
    matrix, _ = index.vectors.stored(allowed)
    index.close()
    return matrix.astype(np.float16)


def asked_of(path: Path, count: int) -> Matrix:
    """Return vectors (≤ count, d) of the `question` of each line of a file."""
    embedder = load_embedder()
    with path.open(encoding="utf-8") as file:
        texts = [json.loads(line)["question"] for line in islice(file, count)]
    return np.stack([embedder.encode_question(text) for text in texts])


def load(held: NDArray[np.float16], count: int, seed: int = 0) -> Matrix:
    """Return `count` of the vectors (n, d), jittered copies beyond those that there are."""
    rng = np.random.default_rng(seed)
    if count <= len(held):
        return _unit(held[np.sort(rng.choice(len(held), count, replace=False))].astype(np.float32))
    made = np.empty((count, held.shape[1]), np.float32)
    for start in range(0, count, 50_000):
        stop = min(start + 50_000, count)
        which = np.arange(start, stop)
        rows = _unit(held[which % len(held)].astype(np.float32))
        # Along differences of vectors, so that what is made varies as what is held does.
        one, other = (held[rng.integers(0, len(held), len(rows))].astype(np.float32) for _ in range(2))
        made_up = _unit(rows + 0.6 * _unit(one - other + np.float32(1e-6)))
        rows = np.where((which < len(held))[:, np.newaxis], rows, made_up)
        made[start:stop] = rows
    return made


# --- the kinds: each returns the index and the settings to try, with a function that applies one ------------------

Apply = Callable[[Any, int], None]


def _probes(index: Any, probes: int) -> None:
    index.nprobe = probes


def _breadth(index: Any, breadth: int) -> None:
    index.hnsw.efSearch = breadth


def _nothing(_index: Any, _setting: int) -> None:
    return


def _ivf(index: Any, matrix: Matrix) -> Any:
    index.parallel_mode = 1
    index.cp.niter = 4
    index.cp.spherical = True
    sample = np.random.default_rng(0).permutation(len(matrix))[: index.nlist * 40]
    index.train(np.ascontiguousarray(matrix[np.sort(sample)]))
    for start in range(0, len(matrix), 50_000):
        index.add(matrix[start : start + 50_000])
    return index


def build(kind: str, matrix: Matrix) -> tuple[Any, Apply, list[int]]:
    """Return the built index of a kind, how a setting is applied to it, and the settings to try."""
    lists = vectors.lists_for(len(matrix))
    some = [lists // part for part in (64, 32, 16, 8, 4, 2)]
    quantizer = faiss.IndexFlatIP(matrix.shape[1])
    quantizer.this.disown()
    dimension = matrix.shape[1]
    scalar = faiss.ScalarQuantizer
    index: Any
    if kind == "flat32":
        index = faiss.IndexFlatIP(dimension)
        index.add(matrix)
        return index, _nothing, [0]
    if kind == "flat16":
        index = faiss.IndexScalarQuantizer(dimension, scalar.QT_fp16, IP)
        index.train(matrix[:1000])
        index.add(matrix)
        return index, _nothing, [0]
    if kind == "hnsw16":
        index = faiss.IndexHNSWSQ(dimension, scalar.QT_fp16, 32, IP)
        index.hnsw.efConstruction = 80
        index.train(matrix[:1000])
        index.add(matrix)
        return index, _breadth, [32, 64, 128, 256]
    if kind == "ivf16":
        index = faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, scalar.QT_fp16, IP, False)
        return _ivf(index, matrix), _probes, some
    if kind == "ivf8":
        index = faiss.IndexIVFScalarQuantizer(quantizer, dimension, lists, scalar.QT_8bit, IP, False)
        return _ivf(index, matrix), _probes, some
    if kind == "rabitq":
        index = faiss.IndexIVFRaBitQ(quantizer, dimension, lists, IP)
        return _ivf(index, matrix), _probes, some
    if kind == "rabitq+16":  # candidates by one bit a dimension, scored again in half precision
        base = _ivf(faiss.IndexIVFRaBitQ(quantizer, dimension, lists, IP), matrix)
        refined, _, _ = build("flat16", matrix)
        index = faiss.IndexRefine(base, refined)
        index.k_factor = 5
        held = (base, refined)  # FAISS keeps bare pointers to both
        return index, lambda _index, probes: _probes(held[0], probes), some
    raise SystemExit(f"no kind {kind!r}; choose from {', '.join(KINDS)}")


KINDS: Final = ("flat32", "flat16", "hnsw16", "ivf16", "ivf8", "rabitq", "rabitq+16", "dateline")


# --- measuring one kind, in a child process -----------------------------------------------------------------------


def _resident() -> int:
    """Return the bytes of this process's own memory, files that it has mapped left out."""
    status = Path("/proc/self/status").read_text(encoding="ascii")
    return 1024 * int(status.split("RssAnon:")[1].split()[0])


@dataclass(frozen=True, slots=True)
class Asked:
    """What a kind found for each question, and what each took, in milliseconds: by the clock and of the processor."""

    found: list[NDArray[np.int64]]
    clock: list[float]
    processor: list[float]


def _ask(search: Callable[[Matrix], NDArray[np.int64]], asked: Matrix) -> Asked:
    for question in asked[:20]:
        search(question)
    result = Asked([], [], [])
    for question in asked:
        begun, used = time.perf_counter(), time.process_time()
        result.found.append(search(question))
        result.processor.append((time.process_time() - used) * 1e3)
        result.clock.append((time.perf_counter() - begun) * 1e3)
    return result


def measure(kind: str, folder: Path, threads: int) -> list[dict[str, Any]]:
    """Build one kind from the vectors in a folder and return a row for each of its settings."""
    faiss.omp_set_num_threads(threads)
    matrix = np.load(folder / "passages.npy", mmap_mode="r")
    asked = np.load(folder / "questions.npy")
    exact = np.load(folder / "exact.npy")
    rows = []
    if kind == "dateline":
        return _measure_ours(matrix, asked, exact, folder / "dateline", threads)
    given = np.ascontiguousarray(matrix)
    before = _resident()
    begun, used = time.perf_counter(), time.process_time()
    index, apply, settings = build(kind, given)
    took, used = time.perf_counter() - begun, time.process_time() - used
    held = _resident() - before
    for setting in settings:
        apply(index, setting)
        answers = _ask(lambda q: index.search(q[np.newaxis], FETCHED)[1][0], asked)
        rows.append(_row(kind, len(matrix), setting, (took, used), held, answers, exact))
        if rows[-1]["recall@10"] >= 0.999:
            break
    return rows


def _measure_ours(
    matrix: Matrix, asked: Matrix, exact: NDArray[np.int64], folder: Path, threads: int
) -> list[dict[str, Any]]:
    count, dimension = matrix.shape
    ids = np.arange(count, dtype=np.int64)
    begun, used = time.perf_counter(), time.process_time()
    manifest = vectors.build(
        folder,
        ((ids[at : at + 20_000], matrix[at : at + 20_000]) for at in range(0, count, 20_000)),
        count=count,
        fingerprint="bench",
        dimension=dimension,
        through=count,
        threads=threads,
    )
    took, used = time.perf_counter() - begun, time.process_time() - used
    ctypes.CDLL(None).malloc_trim(0)  # what the build has freed must not hide what opening takes
    before = _resident()
    begun = time.perf_counter()
    index = VectorIndex.open(folder, fingerprint="bench", dimension=dimension, threads=threads)
    opening = time.perf_counter() - begun
    held = _resident() - before
    rows = []
    rng = np.random.default_rng(3)
    for share in (1.0, 0.5, 0.1, 0.01):
        allowed = rng.random(count) < share
        answers = _ask(lambda q, allowed=allowed: index.search(q, FETCHED, allowed=allowed)[0], asked)  # type: ignore[misc]
        reference = exact
        if share < 1.0:
            kept = np.flatnonzero(allowed)
            reference = kept[_exact(np.ascontiguousarray(matrix[kept]), asked, threads)]
        row = _row(f"dateline, {share:.0%} allowed", count, 0, (took, used), held, answers, reference)
        rows.append(row | {"setting": manifest.parameters.get("probes", 0), "open_s": round(opening, 2)})
    return rows


def _row(
    kind: str,
    count: int,
    setting: int,
    took: tuple[float, float],
    held: int,
    answers: Asked,
    exact: NDArray[np.int64],
) -> dict[str, Any]:
    pairs = zip(answers.found, exact, strict=True)
    hits = sum(len(set(some[:K].tolist()) & set(true.tolist())) for some, true in pairs)
    return {
        "kind": kind,
        "n": count,
        "setting": setting,
        "build_s": round(took[0], 1),
        "build_processor_s": round(took[1], 1),
        "resident_mb": round(held / 1e6),
        "recall@10": round(hits / exact.size, 4),
        "processor_ms": round(float(np.median(answers.processor)), 2),
        "median_ms": round(float(np.median(answers.clock)), 2),
        "p99_ms": round(float(np.percentile(answers.clock, 99)), 2),
    }


def _exact(matrix: Matrix, asked: Matrix, threads: int) -> NDArray[np.int64]:
    faiss.omp_set_num_threads(threads)
    _, found = faiss.knn(asked, matrix, min(K, len(matrix)), metric=IP)
    return np.asarray(found, np.int64)


def main() -> int:
    """Measure every kind at every size, and print a line for each."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--sizes", type=int, nargs="+", default=[10_000, 100_000, 300_000])
    parser.add_argument("--kinds", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--home", type=Path, help="measure the vectors of its passages")
    parser.add_argument("--questions", type=Path, help="with --home: lines of JSON with a question each")
    parser.add_argument("--count", type=int, default=500, help="questions asked")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--measure", nargs=2, metavar=("KIND", "FOLDER"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.measure:
        print(json.dumps(measure(arguments.measure[0], Path(arguments.measure[1]), arguments.threads)))
        return 0
    if (arguments.home is None) != (arguments.questions is None):
        parser.error("--home and --questions go together")
    held = stored(arguments.home) if arguments.home else None
    every: list[dict[str, Any]] = []
    for size in arguments.sizes:
        with tempfile.TemporaryDirectory(prefix="faiss-kinds-") as name:
            folder = Path(name)
            if held is not None:
                matrix, asked = load(held, size), asked_of(arguments.questions, arguments.count)
            else:
                matrix, asked = draw(size, arguments.count)
            np.save(folder / "passages.npy", matrix)
            np.save(folder / "questions.npy", asked)
            np.save(folder / "exact.npy", _exact(matrix, asked, arguments.threads))
            del matrix
            for kind in arguments.kinds:
                command = [sys.executable, "-m", "bench.faiss_kinds", "--threads", str(arguments.threads)]
                done = subprocess.run(
                    [*command, "--measure", kind, str(folder)], stdout=subprocess.PIPE, check=True, text=True
                )
                rows = json.loads(done.stdout)
                every += rows
                if not arguments.json:
                    for row in rows:
                        print("  ".join(f"{key} {value}" for key, value in row.items()), flush=True)
    if arguments.json:
        print(json.dumps({"threads": arguments.threads, "fetched": FETCHED, "rows": every}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
