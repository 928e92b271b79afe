"""The dense index: inner products of unit vectors, a large immutable base plus a small recent part in memory.

The base is one generation on disk (see `index.manifest`), in plain arrays, little-endian:

    ids.i64         (n,)    passage ids, strictly increasing
    vectors.f16     (n, d)  the vectors as the article store holds them, list by list when there are lists
    centroids.f32   (m, d)  only for kind "vectors/ivf"
    lists.i64       (m,)    only for "vectors/ivf": the length of each list
    order.i64       (n,)    only for "vectors/ivf": for each row of vectors.f16 its place in ids.i64

FAISS searches these, and never reads a file: its reader trusts the sizes in a file's header, this one computes every
size from the manifest and fills FAISS's structures itself, so a damaged file costs a DamagedIndex and nothing else.
Bytes are hashed while they are read into memory, so what was checked is what is searched.

Half precision loses nothing here: it is what the store holds. Both kinds therefore score alike, and "ivf" with every
list probed gives exactly what "flat" gives. Which kind fits which size was measured: docs/indexes.md.
"""

import math
import threading
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Self

import faiss as _faiss
import numpy as np
from numpy.typing import NDArray

from index import manifest as manifests
from index.errors import DamagedIndex
from index.manifest import Manifest, VerifiedReader

faiss: Any = _faiss  # its type stubs know the C++ signatures, not those of its Python wrappers

Ids = NDArray[np.int64]
Matrix = NDArray[np.float32]
Mask = NDArray[np.bool_]

FLAT: Final = "vectors/flat"
IVF: Final = "vectors/ivf"

FLAT_BELOW: Final = 50_000  # passages; an exact scan of so many takes 2 ms (docs/indexes.md)
EXACT_BELOW: Final = 20_000  # allowed passages; up to here every list is probed: a filtered search is exact
_SEED: Final = 20250218  # the clustering is the same for the same vectors
_ROWS: Final = 16_384  # rows handled at a time while building
_SAMPLE_PER_LIST: Final = 40  # vectors that the clustering sees; more, or more rounds, found nothing more
_ROUNDS: Final = 4
_LONGEST: Final = 1.02  # half precision and rounding; anything longer is not a unit vector
_FIRST_ROOM: Final = 256  # rows


def lists_for(count: int) -> int:
    """Return how many lists an IVF base of this many vectors has: about 4·√n, a power of two (FAISS's guideline)."""
    return int(2 ** max(4, round(math.log2(4 * math.sqrt(max(count, 1))))))


def probes_for(lists: int) -> int:
    """Return how many lists an unfiltered search looks into: an eighth, for a recall@10 of .98 (docs/indexes.md)."""
    return max(1, lists // 8)


@dataclass(frozen=True, slots=True)
class _Recent:
    """Rows added since the base. Rows below `count` never change, so a reader may keep this as long as it likes."""

    ids: Ids  # (room,)
    matrix: Matrix  # (room, d)
    count: int


@dataclass(frozen=True, slots=True)
class _Base:
    ids: Ids  # (n,) strictly increasing; FAISS knows a vector by its place here
    index: Any  # IndexScalarQuantizer or IndexIVFScalarQuantizer over half-precision codes
    lists: int  # 0 when flat
    probes: int
    through: int
    generation: str

    def search(self, vector: Matrix, k: int, allowed: Mask | None, threads: int) -> tuple[Ids, Matrix]:
        count = len(self.ids)
        selector = None
        wanted = count
        if allowed is not None:
            mask = _at(allowed, self.ids)  # (n,) over places
            wanted = int(np.count_nonzero(mask))
            if wanted < count:
                bits = np.packbits(
                    mask, bitorder="little"
                )  # a name, so that it outlives the search: FAISS has a pointer
                selector = faiss.IDSelectorBitmap(bits)
        k = min(k, wanted)
        if k == 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        faiss.omp_set_num_threads(threads)  # per calling thread, so it is set where it is used
        # As many allowed vectors are looked at as without a filter; when few are allowed, all of them.
        probes = self.lists if wanted <= EXACT_BELOW else min(self.lists, math.ceil(self.probes * count / wanted))
        scores, places = self._faiss(vector, k, selector, probes)
        if probes < self.lists and places[-1] < 0:
            scores, places = self._faiss(vector, k, selector, self.lists)
        found = places >= 0
        return self.ids[places[found]], scores[found]

    def _faiss(self, vector: Matrix, k: int, selector: Any, probes: int) -> tuple[Matrix, Ids]:
        if self.lists:
            params = faiss.SearchParametersIVF(nprobe=probes, sel=selector)
        else:
            params = faiss.SearchParameters(sel=selector)
        scores, places = self.index.search(vector[np.newaxis], k, params=params)
        return scores[0], places[0]


class VectorIndex:
    """Nearest passages by inner product. Many threads may search while one adds; none of them waits for another."""

    def __init__(self, *, fingerprint: str, dimension: int, base: _Base | None = None, threads: int = 1) -> None:
        self.fingerprint = fingerprint
        self.dimension = dimension
        self._base = base
        self._threads = threads
        self._adding = threading.Lock()
        self._recent = _Recent(np.empty(0, np.int64), np.empty((0, dimension), np.float32), 0)

    @classmethod
    def open(cls, directory: Path, *, fingerprint: str, dimension: int, threads: int = 1) -> Self:
        """Read the current base of a folder into memory; an index without a base when none was ever built there.

        `threads` share one search. A second one makes it faster on an idle machine; on a busy one each search then
        waits for two threads to be scheduled, which costs more than it gains, above all in the slowest searches.

        Raises DamagedIndex when a file is not what the manifest says, EmbedderMismatch when the base was made with
        another embedder or dimension.
        """

        def read(folder: Path, manifest: Manifest) -> _Base:
            manifests.require(
                manifest, kind="vectors", fingerprint=fingerprint, dimension=dimension, path=Path(directory)
            )
            return _read(folder, manifest)

        base = manifests.open_current(Path(directory), read)
        return cls(fingerprint=fingerprint, dimension=dimension, base=base, threads=threads)

    @property
    def through(self) -> int:
        """The last commit (the highest passage id) that the base holds; 0 without a base."""
        return self._base.through if self._base else 0

    @property
    def last_id(self) -> int:
        """The highest passage id that the base or the recent part holds or has passed; -1 when there is none."""
        recent = self._recent
        if recent.count:
            return int(recent.ids[recent.count - 1])
        return self._base.through if self._base else -1

    @property
    def count(self) -> int:
        """Vectors held, base and recent part together."""
        return (len(self._base.ids) if self._base else 0) + self._recent.count

    @property
    def recent_count(self) -> int:
        """Vectors of the recent part."""
        return self._recent.count

    @property
    def generation(self) -> str:
        """The name of the base's generation; empty without a base. `newest_generation` tells of a later one."""
        return self._base.generation if self._base else ""

    @property
    def kind(self) -> str:
        """`vectors/flat` or `vectors/ivf`, by the base."""
        return IVF if self._base and self._base.lists else FLAT

    @property
    def compaction_due(self) -> bool:
        """Whether the recent part has grown so large that scanning it costs as much as searching the base."""
        base = len(self._base.ids) if self._base else 0
        return self._recent.count > max(5_000, base // 20)

    def add(self, ids: Ids, vectors: Matrix) -> None:
        """Append passages to the recent part. ids (n,) strictly increasing and above `last_id`; vectors (n, d), unit.

        Raises ValueError when they are not. Vectors are rounded to half precision, as in the store and the base, so
        that scores do not change when the recent part becomes part of a base.
        """
        ids = np.asarray(ids, np.int64)
        rounded = _checked(ids, vectors, self.dimension)
        if not len(ids):
            return
        with self._adding:
            if ids[0] <= self.last_id:
                raise ValueError(f"passage {ids[0]} is not above {self.last_id}, the last one added")
            old = self._recent
            count = old.count + len(ids)
            into = old
            if count > len(old.ids):
                room = max(_FIRST_ROOM, 2 * count)
                into = _Recent(np.empty(room, np.int64), np.empty((room, self.dimension), np.float32), 0)
                into.ids[: old.count] = old.ids[: old.count]
                into.matrix[: old.count] = old.matrix[: old.count]
            into.ids[old.count : count] = ids
            into.matrix[old.count : count] = rounded
            self._recent = _Recent(into.ids, into.matrix, count)  # one reference: readers see all of it or none

    def recent_after(self, passage_id: int) -> tuple[Ids, Matrix]:
        """Return the ids (n,) and vectors (n, d) of the recent part above a passage id: what a newer base lacks."""
        recent = self._recent
        start = int(np.searchsorted(recent.ids[: recent.count], passage_id, side="right"))
        return recent.ids[start : recent.count].copy(), recent.matrix[start : recent.count].copy()

    def stored(self, ids: Ids) -> tuple[Matrix, Mask]:
        """Return the vectors (m, d) held for those of the ids (n,) that are here, and which those are (n,)."""
        ids = np.asarray(ids, np.int64)
        recent = self._recent
        rows = np.empty((len(ids), self.dimension), np.float32)
        late, place = _places(recent.ids[: recent.count], ids)
        rows[late] = recent.matrix[place]
        there = late
        if self._base is not None:
            early, place = _places(self._base.ids, ids)
            if len(place):
                rows[early] = self._base.index.reconstruct_batch(place)
            there = early | late
        return rows[there], there

    def search(self, vector: Matrix, k: int, *, allowed: Mask | None = None) -> tuple[Ids, Matrix]:
        """Return the ids (≤ k,) and inner products (≤ k,) of the passages nearest to a vector (d,), best first.

        `allowed[passage_id]` says whether a passage may be returned; ids beyond its length may not. The filter is
        applied inside the search, so k results come back whenever k are allowed. Equal scores are in order of id
        (which of several equal ones takes the last place is not defined).
        """
        query = np.ascontiguousarray(vector, np.float32)
        if query.shape != (self.dimension,) or not np.isfinite(query).all():
            raise ValueError(f"a query is {self.dimension} finite numbers, not {query.shape}")
        if allowed is not None and (allowed.dtype != np.bool_ or allowed.ndim != 1):
            raise ValueError("`allowed` is a one-dimensional array of booleans, indexed by passage id")
        if k <= 0:
            return np.empty(0, np.int64), np.empty(0, np.float32)
        recent = self._recent
        ids, scores = _scan(recent.ids[: recent.count], recent.matrix[: recent.count], query, k, allowed)
        if self._base is not None:
            base_ids, base_scores = self._base.search(query, k, allowed, self._threads)
            ids, scores = np.concatenate([base_ids, ids]), np.concatenate([base_scores, scores])
        best = np.lexsort((ids, -scores))[:k]
        return ids[best], scores[best]


def newest_generation(directory: Path) -> str:
    """Return the generation that `VectorIndex.open` would read now; empty when there is none."""
    current = manifests.load(Path(directory))
    return current.generation if current else ""


def _scan(ids: Ids, matrix: Matrix, query: Matrix, k: int, allowed: Mask | None) -> tuple[Ids, Matrix]:
    if allowed is not None:
        mask = _at(allowed, ids)
        ids = ids[mask]
        # Multiplying rows that are not allowed is cheaper than copying those that are, unless few are.
        scores = matrix[mask] @ query if 4 * len(ids) < len(mask) else (matrix @ query)[mask]
    else:
        scores = matrix @ query
    if len(ids) > k:
        best = np.argpartition(-scores, k - 1)[:k]
        ids, scores = ids[best], scores[best]
    return ids, scores


def _places(held: Ids, ids: Ids) -> tuple[Mask, Ids]:
    """Return which of the ids (n,) are in `held`, strictly increasing, and where those are."""
    place = np.searchsorted(held, ids)
    there = np.zeros(len(ids), np.bool_)
    inside = place < len(held)
    there[inside] = held[place[inside]] == ids[inside]
    return there, place[there]


def _at(allowed: Mask, ids: Ids) -> Mask:
    """Return allowed[ids], False beyond its end. ids (n,) strictly increasing."""
    count = len(ids)
    inside = int(np.searchsorted(ids, len(allowed)))
    mask = np.zeros(count, np.bool_)
    if inside and ids[inside - 1] - ids[0] == inside - 1:  # no gaps: a slice is forty times faster than a gather
        mask[:inside] = allowed[ids[0] : ids[0] + inside]
    else:
        mask[:inside] = allowed[ids[:inside]]
    return mask


def _checked(ids: Ids, vectors: NDArray[Any], dimension: int) -> NDArray[np.float16]:
    if ids.ndim != 1 or vectors.shape != (len(ids), dimension):
        raise ValueError(f"{ids.shape} ids do not fit vectors of {vectors.shape}; expected (n,) and (n, {dimension})")
    if len(ids) and (ids[0] < 0 or (np.diff(ids) <= 0).any()):
        raise ValueError("passage ids must be strictly increasing and not negative")
    squares = np.einsum("ij,ij->i", vectors, vectors, dtype=np.float32)
    if not (squares <= _LONGEST**2).all():  # a NaN fails this too
        raise ValueError("an embedding is not finite or longer than a unit vector")
    return vectors.astype(np.float16)


# --- reading a base ----------------------------------------------------------------------------------------------


def _read(folder: Path, manifest: Manifest) -> _Base:
    count, dimension = manifest.count, manifest.dimension
    lists = manifest.parameters.get("lists", 0)
    probes = manifest.parameters.get("probes", 0)
    if (manifest.kind, lists > 0) not in {(FLAT, False), (IVF, True)} or (lists and not 0 < probes <= lists):
        raise _damaged(folder, f"kind {manifest.kind!r} with {lists} lists and {probes} probes is not one this reads")
    ids = _array(folder, manifest, "ids.i64", np.dtype("<i8"), (count,))
    if count and (ids[0] < 0 or ids[-1] > manifest.through or (np.diff(ids) <= 0).any()):
        raise _damaged(folder / "ids.i64", "the passage ids are not in order")
    record = manifest.file("vectors.f16", folder)
    if record.size != count * dimension * 2:
        raise _damaged(folder / "vectors.f16", f"{record.size:,} bytes are not {count:,} vectors of {dimension}")
    index: Any
    if not lists:
        codes = _array(folder, manifest, "vectors.f16", np.dtype("<f2"), (count, dimension))
        index = _flat(dimension)
        if count:
            index.add_sa_codes(codes.view(np.uint8))
        return _Base(ids, index, 0, 0, manifest.through, manifest.generation)
    centroids = _array(folder, manifest, "centroids.f32", np.dtype("<f4"), (lists, dimension))
    sizes = _array(folder, manifest, "lists.i64", np.dtype("<i8"), (lists,))
    order = _array(folder, manifest, "order.i64", np.dtype("<i8"), (count,))
    if (sizes < 0).any() or (sizes > count).any() or int(sizes.sum()) != count:
        raise _damaged(folder / "lists.i64", f"the lists do not add up to {count:,} vectors")
    if not np.array_equal(np.sort(order), np.arange(count)):
        raise _damaged(folder / "order.i64", "the order is not a permutation")
    index = _ivf(centroids)
    start = 0
    with VerifiedReader(folder, record) as file:
        for number, size in enumerate(sizes.tolist()):
            if size:
                # Read list by list into FAISS: the vectors are never in memory twice. They are numbers, not
                # structure, so that it does no harm to copy them before their hash is known.
                rows = np.empty((size, dimension * 2), np.uint8)
                file.into(rows.reshape(-1).data)
                places = np.ascontiguousarray(order[start : start + size])
                index.invlists.add_entries(number, size, faiss.swig_ptr(places), faiss.swig_ptr(rows))
                start += size
    index.ntotal = count
    index.make_direct_map()  # place → row, for `stored`
    return _Base(ids, index, lists, probes, manifest.through, manifest.generation)


def _array(folder: Path, manifest: Manifest, name: str, dtype: np.dtype[Any], shape: tuple[int, ...]) -> NDArray[Any]:
    record = manifest.file(name, folder)
    if record.size != math.prod(shape) * dtype.itemsize:  # before anything is allocated
        raise _damaged(folder / name, f"{record.size:,} bytes are not {' × '.join(map(str, shape))} numbers")
    array = np.empty(shape, dtype)
    with VerifiedReader(folder, record) as file:
        file.into(array.reshape(-1).view(np.uint8).data)
    return array


def _flat(dimension: int) -> Any:
    index = faiss.IndexScalarQuantizer(dimension, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT)
    index.is_trained = True  # half precision has nothing to learn
    return index


def _ivf(centroids: Matrix) -> Any:
    lists, dimension = centroids.shape
    quantizer = faiss.IndexFlatIP(dimension)
    quantizer.add(centroids)
    index = faiss.IndexIVFScalarQuantizer(
        quantizer, dimension, lists, faiss.ScalarQuantizer.QT_fp16, faiss.METRIC_INNER_PRODUCT, False
    )  # False: the vectors themselves, not what is left of them after the centroid, so that nothing is rounded twice
    index.is_trained = True
    index.parallel_mode = 1  # one question at a time is the common case: share out its lists, not the questions
    return index


def _damaged(path: Path, what: str) -> DamagedIndex:
    return DamagedIndex(f"{path}: {what}; rebuild the index from the articles with `dateline rebuild`")


# --- building a base ---------------------------------------------------------------------------------------------


def build(
    directory: Path,
    vectors: Iterable[tuple[Ids, NDArray[Any]]],
    *,
    count: int,
    fingerprint: str,
    dimension: int,
    through: int,
    threads: int = 1,
    flat_below: int = FLAT_BELOW,
) -> Manifest:
    """Write a new base generation from batches of (ids (n,), vectors (n, d)) in order of id, and make it current.

    `count` is how many vectors will come (ValueError when others do), `through` the last commit they are from. The
    open VectorIndex of this or another process goes on with the old base; open the folder again to use the new one.
    Memory stays within a sample of the vectors (for clustering) and a few arrays of `count` integers. Raises
    StoreBusy when another process is building here, StoreFull when the disk is full or failing. An exception, also
    one of the iterable's, changes nothing.
    """
    directory = Path(directory)
    with manifests.exclusive(directory), manifests.building(directory) as folder:
        faiss.omp_set_num_threads(threads)
        ids = _spool(folder, vectors, count, dimension)
        if len(ids) and ids[-1] > through:
            raise ValueError(f"passage {ids[-1]} is beyond commit {through}, which the base is said to hold")
        parameters: dict[str, int] = {}
        if count and count >= flat_below:
            lists = min(lists_for(count), count)
            _cluster(folder, count, dimension, lists)
            parameters = {"lists": lists, "probes": probes_for(lists)}
        return manifests.publish(
            folder,
            kind=IVF if parameters else FLAT,
            fingerprint=fingerprint,
            dimension=dimension,
            count=count,
            through=through,
            parameters=parameters,
        )


def _spool(folder: Path, vectors: Iterable[tuple[Ids, NDArray[Any]]], count: int, dimension: int) -> Ids:
    ids = np.empty(count, "<i8")
    done = 0
    with (folder / "vectors.f16").open("wb") as file:
        for some_ids, matrix in vectors:
            batch = np.asarray(some_ids, np.int64)
            rows = _checked(batch, matrix, dimension)
            if done + len(batch) > count or (done and len(batch) and batch[0] <= ids[done - 1]):
                raise ValueError(f"the vectors are more than {count:,}, or not in order of passage id")
            ids[done : done + len(batch)] = batch
            done += len(batch)
            file.write(np.ascontiguousarray(rows, "<f2").data)
    if done != count:
        raise ValueError(f"{done:,} vectors came where {count:,} were announced")
    (folder / "ids.i64").write_bytes(ids.tobytes())
    return ids


def _cluster(folder: Path, count: int, dimension: int, lists: int) -> None:
    """Replace vectors.f16 by the same rows list by list, and write centroids, lists and order."""
    spooled = folder / "vectors.f16"
    unordered = folder / "unordered"
    spooled.rename(unordered)
    rows = np.memmap(unordered, "<f2", "r", shape=(count, dimension))
    picked = np.sort(np.random.default_rng(_SEED).permutation(count)[: lists * _SAMPLE_PER_LIST])
    kmeans = faiss.Kmeans(
        dimension,
        lists,
        niter=10,
        seed=_SEED,
        spherical=True,
        min_points_per_centroid=1,
        max_points_per_centroid=1024,
    )
    kmeans.train(np.ascontiguousarray(rows[picked], np.float32))
    centroids = np.ascontiguousarray(kmeans.centroids, "<f4")
    quantizer = faiss.IndexFlatIP(dimension)
    quantizer.add(centroids)
    nearest = np.empty(count, np.int64)
    for start in range(0, count, _ROWS):
        _, found = quantizer.search(np.ascontiguousarray(rows[start : start + _ROWS], np.float32), 1)
        nearest[start : start + _ROWS] = found[:, 0]
    order = np.argsort(nearest, kind="stable").astype("<i8")
    with spooled.open("wb") as file:
        for start in range(0, count, _ROWS):
            file.write(np.ascontiguousarray(rows[order[start : start + _ROWS]]).data)
    (folder / "order.i64").write_bytes(order.tobytes())
    (folder / "lists.i64").write_bytes(np.bincount(nearest, minlength=lists).astype("<i8").tobytes())
    (folder / "centroids.f32").write_bytes(centroids.tobytes())
    del rows
    unordered.unlink()
