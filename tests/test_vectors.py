"""The dense index against plain NumPy: the same passages and scores, whatever is added, allowed or damaged."""

import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

from index import vectors
from index.errors import DamagedIndex, EmbedderMismatch, StoreBusy
from index.manifest import Manifest, exclusive
from index.vectors import VectorIndex

D = 16
Ids = NDArray[np.int64]
Matrix = NDArray[np.float32]


def unit(rng: np.random.Generator, count: int, dimension: int = D) -> Matrix:
    """Return (count, dimension) random unit vectors."""
    matrix = rng.standard_normal((count, dimension), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    return matrix


def build(
    directory: Path, ids: Ids, matrix: Matrix, *, flat_below: int = 10**9, batch: int = 7, through: int | None = None
) -> Manifest:
    def batches() -> Iterator[tuple[Ids, Matrix]]:
        for start in range(0, len(ids), batch):
            yield ids[start : start + batch], matrix[start : start + batch]

    last = int(ids[-1]) if len(ids) else 0
    return vectors.build(
        directory,
        batches(),
        count=len(ids),
        fingerprint="f",
        dimension=matrix.shape[1],
        through=last if through is None else through,
        flat_below=flat_below,
    )


def opened(directory: Path, dimension: int = D) -> VectorIndex:
    return VectorIndex.open(directory, fingerprint="f", dimension=dimension)


def agree(
    index: VectorIndex, ids: Ids, matrix: Matrix, query: Matrix, k: int, allowed: NDArray[np.bool_] | None
) -> None:
    """Assert that a search returns what NumPy would, up to which of equal scores are returned."""
    held = matrix.astype(np.float16).astype(np.float32)
    keep = (
        np.ones(len(ids), np.bool_)
        if allowed is None
        else np.array([i < len(allowed) and allowed[i] for i in ids], np.bool_)
    )
    exact = dict(zip(ids[keep].tolist(), (held[keep] @ query).tolist(), strict=True))
    found, scores = index.search(query, k, allowed=allowed)
    assert found.dtype == np.int64
    assert scores.dtype == np.float32
    assert len(found) == min(k, len(exact))
    assert len(set(found.tolist())) == len(found)
    expected = sorted(exact.values(), reverse=True)[: len(found)]
    np.testing.assert_allclose(scores, expected, atol=2e-5)
    np.testing.assert_allclose(scores, [exact[i] for i in found.tolist()], atol=2e-5)
    assert list(zip(-scores, found, strict=True)) == sorted(zip(-scores, found, strict=True))


@settings(max_examples=100, deadline=None)
@given(data=st.data(), seed=st.integers(0, 2**32 - 1))
def test_agrees_with_numpy(data: st.DataObject, seed: int) -> None:
    """Whatever is in the base, added since and allowed, the result is that of an exact scan in NumPy."""
    rng = np.random.default_rng(seed)
    total = data.draw(st.integers(0, 120))
    ids = np.sort(rng.choice(200, total, replace=False)).astype(np.int64)
    matrix = unit(rng, total)
    if total and data.draw(st.booleans()):  # syndicated copies: equal vectors under several ids
        matrix = matrix[rng.integers(0, max(1, total // 4), total)]
    in_base = data.draw(st.integers(0, total))
    with tempfile.TemporaryDirectory() as folder:
        directory = Path(folder)
        kind = data.draw(st.sampled_from(["none", "flat", "ivf"])) if in_base else "none"
        if kind == "none":
            in_base = 0
        else:
            build(directory, ids[:in_base], matrix[:in_base], flat_below=10**9 if kind == "flat" else 1)
        index = opened(directory)
        assert index.kind == ("vectors/ivf" if kind == "ivf" else "vectors/flat")
        at = in_base
        while at < total:
            step = data.draw(st.integers(1, 40))
            index.add(ids[at : at + step], matrix[at : at + step])
            at += step
        assert index.count == total
        allowed = None
        if data.draw(st.booleans()):
            allowed = rng.random(data.draw(st.integers(0, 220))) < data.draw(st.sampled_from([0.0, 0.02, 0.5, 1.0]))
        k = data.draw(st.integers(0, 130))
        agree(index, ids, matrix, unit(rng, 1)[0], k, allowed)
        held, there = index.stored(np.arange(220))
        assert np.flatnonzero(there).tolist() == ids.tolist()
        np.testing.assert_array_equal(held, matrix.astype(np.float16).astype(np.float32))


def test_lists_find_what_a_scan_finds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With lists, an unfiltered search finds nearly all of the true neighbours, a selective one all of them."""
    monkeypatch.setattr(vectors, "EXACT_BELOW", 500)
    rng = np.random.default_rng(1)
    centres = unit(rng, 60)
    matrix = centres[rng.integers(0, 60, 10_000)] + 0.25 * unit(rng, 10_000)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    ids = np.arange(1, 10_001, dtype=np.int64)
    build(tmp_path, ids, matrix, flat_below=1, batch=5_000)
    index = opened(tmp_path)
    held = matrix.astype(np.float16).astype(np.float32)
    overlap = 0
    for query in matrix[rng.integers(0, 10_000, 50)]:
        true = ids[np.argsort(-(held @ query), kind="stable")[:10]]
        overlap += len(set(true.tolist()) & set(index.search(query, 10)[0].tolist()))
    assert overlap >= 0.95 * 500
    few = np.zeros(10_001, np.bool_)
    few[rng.integers(1, 10_001, 200)] = True
    agree(index, ids, matrix, matrix[5], 10, few)
    agree(index, ids, matrix, matrix[5], 300, few)


def test_more_asked_than_probed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the probed lists hold fewer than k, the others are looked into as well."""
    monkeypatch.setattr(vectors, "EXACT_BELOW", 10)
    rng = np.random.default_rng(2)
    ids, matrix = np.arange(500, dtype=np.int64), unit(rng, 500)
    build(tmp_path, ids, matrix, flat_below=1)
    index = opened(tmp_path)
    assert len(index.search(matrix[0], 500)[0]) == 500
    assert set(index.search(matrix[0], 20, allowed=ids % 3 == 0)[0] % 3) == {0}


def test_readers_and_a_writer(tmp_path: Path) -> None:
    """Searches during adds see every passage added before they began, and never half of one."""
    rng = np.random.default_rng(3)
    total = 4_000
    ids, matrix = np.arange(1, total + 1, dtype=np.int64), unit(rng, total)
    build(tmp_path, ids[:500], matrix[:500])
    index = opened(tmp_path)
    held = matrix.astype(np.float16).astype(np.float32)
    problems: list[str] = []
    finished = threading.Event()

    def read() -> None:
        while not finished.is_set():
            before = index.last_id
            found, scores = index.search(matrix[before - 1], 5)
            if before not in found.tolist():
                problems.append(f"passage {before} was added and not found")
            if not np.allclose(scores, held[found - 1] @ matrix[before - 1], atol=1e-4):
                problems.append("a score that no vector has")

    readers = [threading.Thread(target=read) for _ in range(3)]
    for reader in readers:
        reader.start()
    for start in range(500, total, 10):
        index.add(ids[start : start + 10], matrix[start : start + 10])
    finished.set()
    for reader in readers:
        reader.join()
    assert problems == []
    assert index.count == total


def test_adding_does_not_copy_everything() -> None:
    """The recent part grows by doubling: ten thousand adds of one copy it a handful of times."""
    rng = np.random.default_rng(4)
    matrix = unit(rng, 1)
    index = VectorIndex(fingerprint="f", dimension=D)
    buffers = set()
    kept = []
    for number in range(10_000):
        index.add(np.array([number]), matrix)
        if id(index._recent.matrix) not in buffers:
            buffers.add(id(index._recent.matrix))
            kept.append(index._recent.matrix)  # so that no later one gets the same address
    assert len(kept) < 10


def test_compaction(tmp_path: Path) -> None:
    """A new base is built beside the old one, which goes on; opened, it lacks only what was added meanwhile."""
    rng = np.random.default_rng(5)
    ids, matrix = np.arange(1, 301, dtype=np.int64), unit(rng, 300)
    build(tmp_path, ids[:100], matrix[:100])
    old = opened(tmp_path)
    old.add(ids[100:200], matrix[100:200])
    build(tmp_path, ids[:200], matrix[:200])
    old.add(ids[200:], matrix[200:])
    agree(old, ids, matrix, matrix[7], 20, None)
    new = opened(tmp_path)
    assert (new.through, new.last_id, old.through, old.last_id) == (200, 200, 100, 300)
    assert vectors.newest_generation(tmp_path) == new.generation != old.generation
    late, late_vectors = old.recent_after(new.through)
    assert late.tolist() == list(range(201, 301))
    new.add(late, late_vectors)
    agree(new, ids, matrix, matrix[7], 20, None)
    np.testing.assert_array_equal(old.search(matrix[9], 50)[0], new.search(matrix[9], 50)[0])


def test_a_base_beyond_its_last_passage(tmp_path: Path) -> None:
    """When the newest passages were deleted before the build, what the base has passed is not added again."""
    rng = np.random.default_rng(6)
    build(tmp_path, np.array([1, 2]), unit(rng, 2), through=9)
    index = opened(tmp_path)
    assert index.through == index.last_id == 9
    with pytest.raises(ValueError, match="not above 9"):
        index.add(np.array([9]), unit(rng, 1))


def test_empty(tmp_path: Path) -> None:
    """A folder with nothing, and a base of nothing, find nothing."""
    query = unit(np.random.default_rng(7), 1)[0]
    index = opened(tmp_path / "missing")
    assert (index.through, index.count, index.last_id, index.generation) == (0, 0, -1, "")
    assert index.search(query, 5)[0].tolist() == []
    assert vectors.newest_generation(tmp_path) == ""
    build(tmp_path, np.empty(0, np.int64), np.empty((0, D), np.float32), through=4)
    index = opened(tmp_path)
    assert (index.through, index.count) == (4, 0)
    assert index.search(query, 5, allowed=np.ones(9, np.bool_))[0].tolist() == []
    index.add(np.empty(0, np.int64), np.empty((0, D), np.float32))
    assert index.count == 0


def test_another_embedder(tmp_path: Path) -> None:
    """A base of another embedder or dimension is refused by name, not searched."""
    rng = np.random.default_rng(8)
    build(tmp_path, np.array([1]), unit(rng, 1))
    with pytest.raises(EmbedderMismatch):
        VectorIndex.open(tmp_path, fingerprint="g", dimension=D)
    with pytest.raises(EmbedderMismatch):
        VectorIndex.open(tmp_path, fingerprint="f", dimension=D + 1)


@pytest.mark.parametrize("flat_below", [1, 10**9])
def test_damage(tmp_path: Path, flat_below: int) -> None:
    """One flipped bit in any file is found at opening, and the file named."""
    rng = np.random.default_rng(9)
    manifest = build(tmp_path, np.arange(50), unit(rng, 50), flat_below=flat_below)
    for record in manifest.files:
        path = tmp_path / manifest.generation / record.name
        sound = path.read_bytes()
        flipped = bytearray(sound)
        flipped[rng.integers(len(sound))] ^= 1 << int(rng.integers(8))
        path.write_bytes(flipped)
        with pytest.raises(DamagedIndex, match=record.name):
            opened(tmp_path)
        path.write_bytes(sound)
    assert opened(tmp_path).count == 50


def test_a_failed_build_changes_nothing(tmp_path: Path) -> None:
    """Vectors that are too few, too many, out of order, no numbers or interrupted leave the old base."""
    rng = np.random.default_rng(10)
    ids, matrix = np.arange(1, 21, dtype=np.int64), unit(rng, 20)
    first = build(tmp_path, ids, matrix)

    def attempt(batches: Iterator[tuple[Ids, Matrix]], count: int, error: type[Exception]) -> None:
        with pytest.raises(error):
            vectors.build(tmp_path, batches, count=count, fingerprint="f", dimension=D, through=20)
        assert opened(tmp_path).generation == first.generation
        assert [p.name for p in tmp_path.iterdir() if p.name.startswith(".building")] == []

    def stops() -> Iterator[tuple[Ids, Matrix]]:
        yield ids[:5], matrix[:5]
        raise KeyError

    attempt(iter([(ids, matrix)]), 21, ValueError)
    attempt(iter([(ids, matrix)]), 19, ValueError)
    attempt(iter([(ids[::-1], matrix)]), 20, ValueError)
    attempt(iter([(ids[10:], matrix[10:]), (ids[:10], matrix[:10])]), 20, ValueError)
    attempt(iter([(ids, matrix * np.float32("nan"))]), 20, ValueError)
    attempt(iter([(ids + 5, matrix)]), 20, ValueError)  # beyond `through`
    attempt(stops(), 20, KeyError)
    with exclusive(tmp_path):
        attempt(iter([(ids, matrix)]), 20, StoreBusy)


def test_what_cannot_be_added() -> None:
    """Wrong shapes, ids out of order, and vectors that are no unit vectors are refused whole."""
    rng = np.random.default_rng(11)
    index = VectorIndex(fingerprint="f", dimension=D)
    index.add(np.array([3]), unit(rng, 1))
    for ids, matrix in [
        (np.array([4, 4]), unit(rng, 2)),
        (np.array([5, 4]), unit(rng, 2)),
        (np.array([3]), unit(rng, 1)),
        (np.array([-1]), unit(rng, 1)),
        (np.array([4]), unit(rng, 2)),
        (np.array([4]), unit(rng, 1, D + 1)),
        (np.array([4]), np.full((1, D), np.nan, np.float32)),
        (np.array([4]), np.full((1, D), np.inf, np.float32)),
        (np.array([4]), 9 * unit(rng, 1)),
    ]:
        with pytest.raises(ValueError, match=r"passage|embedding|fit"):
            index.add(ids, matrix)
    assert index.count == 1


def test_what_cannot_be_asked(tmp_path: Path) -> None:
    """A query that is not `dimension` finite numbers, or a filter that is no mask, is an error that says so."""
    rng = np.random.default_rng(12)
    build(tmp_path, np.arange(5), unit(rng, 5))
    index = opened(tmp_path)
    for query in (unit(rng, 1), unit(rng, 1, D + 1)[0], np.full(D, np.nan, np.float32)):
        with pytest.raises(ValueError, match="a query is"):
            index.search(query, 1)
    with pytest.raises(ValueError, match="allowed"):
        index.search(unit(rng, 1)[0], 1, allowed=np.ones((5, 1), np.bool_))
    assert index.search(unit(rng, 1)[0], -3)[0].tolist() == []
