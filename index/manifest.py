"""What a directory of a derived index must hold, and how it is replaced as a whole.

    directory/
        manifest.json     names the current generation and the size and SHA-256 of each of its files
        g00000012/        the files of that generation; never written again once the manifest names them
        .lock             held while a process makes the next generation
        .building-…/      a generation being made; whatever is left of one after a crash is removed by the next

A new generation is written and synced beside the old one, then the manifest is replaced in one rename. A crash
leaves the old generation or the new one, never a mixture. The manifest carries its own SHA-256 and must be, byte for
byte, what this module would write, so that a flipped bit in a count is found as surely as one in a vector.

The hashes tell damage, torn writes and mixed-up files from soundness. They do not authenticate: who may write to the
directory may also write a manifest that fits. That is why readers also validate every size they take from a file.
"""

import fcntl
import hashlib
import json
import os
import re
import secrets
import shutil
import stat
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Final, Self, TypeVar

from index.errors import DamagedIndex, EmbedderMismatch, StoreBusy, StoreFull

T = TypeVar("T")

FORMAT: Final = 1
NAME: Final = "manifest.json"

_MAX_MANIFEST: Final = 4 * 2**20  # bytes; a thousand files take about 150 kB
_MAX_FILES: Final = 20_000
_MAX_INTEGER: Final = 2**62
_CHUNK: Final = 4 * 2**20  # bytes read and hashed at a time
_FILE_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,127}")  # no separators, no hidden files, no ".."
_GENERATION: Final = re.compile(r"g[0-9]{8,18}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_WORD: Final = re.compile(r"[\x20-\x7e]{0,512}")


@dataclass(frozen=True, slots=True, kw_only=True)
class FileRecord:
    """One file of a generation: its name, size in bytes and SHA-256 in hexadecimal."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """What a generation is and holds. `through` is the last commit of the article store that is in it."""

    kind: str
    fingerprint: str
    dimension: int
    count: int
    through: int
    generation: str
    files: tuple[FileRecord, ...]
    parameters: Mapping[str, int] = field(default_factory=dict)

    def file(self, name: str, folder: Path) -> FileRecord:
        """Return the record of one file; DamagedIndex when the generation in `folder` has none of that name."""
        for record in self.files:
            if record.name == name:
                return record
        raise _damaged(folder / name, "is not in the manifest")


def _damaged(path: Path, what: str) -> DamagedIndex:
    return DamagedIndex(f"{path}: {what}; rebuild the index from the articles with `dateline rebuild`")


# --- the manifest as bytes -------------------------------------------------------------------------------------


def encode(manifest: Manifest) -> bytes:
    """Return the one byte string that stands for this manifest."""
    body = {
        "count": manifest.count,
        "dimension": manifest.dimension,
        "files": [{"name": f.name, "sha256": f.sha256, "size": f.size} for f in manifest.files],
        "fingerprint": manifest.fingerprint,
        "format": FORMAT,
        "generation": manifest.generation,
        "kind": manifest.kind,
        "parameters": dict(manifest.parameters),
        "through": manifest.through,
    }
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return f'{{"manifest":{text},"sha256":"{hashlib.sha256(text.encode()).hexdigest()}"}}\n'.encode()


def decode(raw: bytes, path: Path) -> Manifest:
    """Parse a manifest: DamagedIndex unless it is exactly what `encode` writes. `path` is for the message."""
    try:
        outer = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise _damaged(path, "is not readable as JSON") from error
    body = outer.get("manifest") if isinstance(outer, dict) else None
    if not isinstance(body, dict):
        raise _damaged(path, "is not a manifest")
    if body.get("format") != FORMAT:
        raise _damaged(path, f"has format {str(body.get('format'))[:20]}, and this Dateline reads format {FORMAT}")
    try:
        manifest = _manifest(body)
    except (KeyError, TypeError, ValueError) as error:
        raise _damaged(path, f"is not a valid manifest ({str(error)[:100]})") from error
    if encode(manifest) != raw:
        raise _damaged(path, "does not match its own SHA-256")
    return manifest


def _manifest(body: dict[str, Any]) -> Manifest:
    files = body["files"]
    parameters = body["parameters"]
    if not isinstance(files, list) or len(files) > _MAX_FILES:
        raise ValueError("files")
    if not isinstance(parameters, dict) or len(parameters) > 64:
        raise ValueError("parameters")
    records = tuple(
        FileRecord(
            name=_text(record["name"], _FILE_NAME, "file name"),
            size=_integer(record["size"], "size"),
            sha256=_text(record["sha256"], _SHA256, "sha256"),
        )
        for record in files
    )
    if len({record.name for record in records}) != len(records):
        raise ValueError("a file is named twice")
    return Manifest(
        kind=_text(body["kind"], _WORD, "kind"),
        fingerprint=_text(body["fingerprint"], _WORD, "fingerprint"),
        dimension=_integer(body["dimension"], "dimension"),
        count=_integer(body["count"], "count"),
        through=_integer(body["through"], "through"),
        generation=_text(body["generation"], _GENERATION, "generation"),
        files=records,
        parameters={_text(k, _WORD, "parameter"): _integer(v, "parameter") for k, v in parameters.items()},
    )


def _text(value: object, pattern: re.Pattern[str], what: str) -> str:
    if not isinstance(value, str) or not pattern.fullmatch(value):
        raise ValueError(what)
    return value


def _integer(value: object, what: str) -> int:
    if type(value) is not int or not 0 <= value <= _MAX_INTEGER:  # bool is an int; it is not a count
        raise ValueError(what)
    return value


# --- reading ---------------------------------------------------------------------------------------------------


def open_plain(path: Path) -> int:
    """Open a plain file for reading and return its descriptor; DamagedIndex for a link, a folder, a pipe, nothing.

    Never blocks (a pipe in the place of a file would) and never follows a link at the last step.
    """
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError as error:
        raise _damaged(
            path, "is missing" if isinstance(error, FileNotFoundError) else f"cannot be read ({error.strerror})"
        ) from error
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise _damaged(path, "is not a plain file")
    return descriptor


class VerifiedReader:
    """Reads one file front to back, hashing as it goes, so that the bytes checked are the bytes used.

    The caller may copy what it reads into arrays of known size, and must interpret none of it before the `with`
    block has ended without DamagedIndex: size, length and SHA-256 are settled there.
    """

    def __init__(self, directory: Path, record: FileRecord) -> None:
        self.path = directory / record.name
        self._record = record
        self._hash = hashlib.sha256()
        self._left = record.size

    def __enter__(self) -> Self:
        descriptor = open_plain(self.path)
        size = os.fstat(descriptor).st_size
        if size != self._record.size:
            os.close(descriptor)
            raise _damaged(self.path, f"has {size:,} bytes instead of {self._record.size:,}")
        self._file = os.fdopen(descriptor, "rb", buffering=0)
        return self

    def into(self, buffer: memoryview) -> None:
        """Fill a writable buffer of bytes completely."""
        position = 0
        while position < len(buffer):
            part = buffer[position : position + _CHUNK]
            try:
                got = self._file.readinto(part)
            except OSError as error:
                raise _damaged(self.path, f"cannot be read ({error.strerror})") from error
            if not got:
                raise _damaged(self.path, "ends too early")
            self._hash.update(part[:got])
            position += got
        self._left -= len(buffer)

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            if kind is None:
                while self._left > 0:
                    self.into(memoryview(bytearray(min(self._left, _CHUNK))))
                if self._left < 0 or self._hash.hexdigest() != self._record.sha256:
                    raise _damaged(self.path, "does not match its SHA-256 in the manifest")
        finally:
            self._file.close()


def verify_file(directory: Path, record: FileRecord) -> None:
    """Check one file's size and SHA-256; DamagedIndex names it when they differ."""
    with VerifiedReader(directory, record):
        pass


def load(directory: Path) -> Manifest | None:
    """Read the manifest of a directory; None when no index was ever saved there.

    Raises DamagedIndex when it is unreadable, or gone while a generation is there.
    """
    path = directory / NAME
    if not os.path.lexists(path):
        if _generations(directory):
            raise _damaged(path, "is missing, though the folder holds an index")
        return None
    descriptor = open_plain(path)
    with os.fdopen(descriptor, "rb") as file:
        raw = file.read(_MAX_MANIFEST + 1)
    if len(raw) > _MAX_MANIFEST:
        raise _damaged(path, f"is larger than {_MAX_MANIFEST:,} bytes")
    return decode(raw, path)


def check(directory: Path) -> Manifest | None:
    """Verify the manifest and the size and SHA-256 of every file it names, before anything else reads a byte.

    Returns the manifest, or None for a folder with no index. Raises DamagedIndex naming the first bad file.
    """

    def verify(folder: Path, manifest: Manifest) -> Manifest:
        for record in manifest.files:
            verify_file(folder, record)
        return manifest

    return open_current(directory, verify)


def open_current(directory: Path, read: Callable[[Path, Manifest], T]) -> T | None:
    """Call `read(folder of the generation, manifest)` on the current generation; None when there is none.

    Another process may publish a generation and remove this one meanwhile. Then reading fails although nothing is
    damaged, so it is tried again for as long as the manifest keeps changing.
    """
    manifest = load(directory)
    while manifest is not None:
        try:
            return read(directory / manifest.generation, manifest)
        except DamagedIndex:
            now = load(directory)
            if now is None or now.generation == manifest.generation:
                raise
            manifest = now
    return None


def require(manifest: Manifest, *, kind: str, fingerprint: str, dimension: int, path: Path) -> None:
    """Raise EmbedderMismatch or DamagedIndex unless the manifest is of this kind, embedder and dimension."""
    if manifest.kind.split("/")[0] != kind:
        raise _damaged(path / NAME, f"describes {manifest.kind!r} where {kind!r} belongs")
    if (manifest.fingerprint, manifest.dimension) != (fingerprint, dimension):
        raise EmbedderMismatch(
            f"{path} was made with {manifest.fingerprint!r} ({manifest.dimension} dimensions), the settings ask for "
            f"{fingerprint!r} ({dimension}); choose the former embedder, or embed again with `dateline rebuild`"
        )


# --- writing ---------------------------------------------------------------------------------------------------


def sync(path: Path) -> None:
    """Make a file's bytes, or a folder's list of names, survive a power cut."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def describe(path: Path) -> FileRecord:
    """Hash a file as it stands."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
        return FileRecord(name=path.name, size=file.tell(), sha256=digest)


@contextmanager
def exclusive(directory: Path) -> Iterator[None]:
    """Hold the folder's lock while making generations. StoreBusy when another process, or part of this one, has it.

    The lock is the operating system's, so it is gone with the process that held it, however that ended.
    """
    directory.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(directory / ".lock", os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as error:
            raise StoreBusy(f"another process is writing {directory}; try again when it is done") from error
        yield
    finally:
        os.close(descriptor)


@contextmanager
def disk_trouble(directory: Path) -> Iterator[None]:
    """Turn what the operating system refuses while a generation is being written into StoreFull."""
    try:
        yield
    except OSError as error:
        raise StoreFull(
            f"{directory} could not be written ({error.strerror or error}): the disk is full or failing; "
            "free some space and try again, nothing is lost"
        ) from error


@contextmanager
def building(directory: Path) -> Iterator[Path]:
    """Give a new folder to write the next generation's files into; call `publish` on it before the block ends.

    Needs the lock. The folder is removed unless it was published. An OSError in the block becomes StoreFull.
    """
    for left in directory.glob(".building-*"):  # we hold the lock, so nobody is at work in these
        shutil.rmtree(left, ignore_errors=True)
    folder = directory / f".building-{secrets.token_hex(8)}"
    try:
        with disk_trouble(directory):
            folder.mkdir()
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def publish(
    folder: Path,
    *,
    kind: str,
    fingerprint: str,
    dimension: int,
    count: int,
    through: int,
    parameters: Mapping[str, int] | None = None,
    known: Mapping[str, FileRecord] | None = None,
    synced: bool = False,
    keep: int = 0,
) -> Manifest:
    """Make a built folder the current generation of its parent, atomically, and return its manifest.

    `known` gives records of files that are known not to have changed (they are not hashed again), and `synced` says
    that the files are on the disk already. `keep` generations stay behind the new one, for readers that have just
    read the old manifest; the others are removed.
    """
    directory = folder.parent
    known = known or {}
    records = []
    for path in sorted(folder.iterdir()):
        records.append(known.get(path.name) or describe(path))
        if not synced:
            sync(path)
    sync(folder)
    generation = f"g{_last_generation(directory) + 1:08d}"
    manifest = Manifest(
        kind=kind,
        fingerprint=fingerprint,
        dimension=dimension,
        count=count,
        through=through,
        generation=generation,
        files=tuple(records),
        parameters=dict(parameters or {}),
    )
    raw = encode(manifest)
    decode(raw, directory / NAME)  # what we could not read back must not be written
    current, fresh = directory / NAME, directory / f".{NAME}.new"
    for path in (current, fresh):
        if path.is_dir() and not path.is_symlink():  # nothing of ours, and in the way
            shutil.rmtree(path)
    fresh.unlink(missing_ok=True)
    with fresh.open("xb") as file:
        file.write(raw)
        file.flush()
        os.fsync(file.fileno())
    folder.rename(directory / generation)
    fresh.replace(current)
    sync(directory)
    _prune(directory, manifest, keep)
    return manifest


def _prune(directory: Path, current: Manifest, keep: int) -> None:
    # Readers that have an older generation's files open or mapped keep them until they let go.
    names = [name for name in _generations(directory) if name != current.generation]
    for name in names[: max(0, len(names) - keep)]:
        shutil.rmtree(directory / name, ignore_errors=True)


def _generations(directory: Path) -> list[str]:
    names = [path.name for path in directory.iterdir()] if directory.is_dir() else []
    return sorted((name for name in names if _GENERATION.fullmatch(name)), key=_number)


def _number(generation: str) -> int:
    return int(generation[1:])


def _last_generation(directory: Path) -> int:
    numbers = [_number(name) for name in _generations(directory)]
    try:
        current = load(directory)
    except DamagedIndex:
        current = None  # being replaced
    return max([*numbers, _number(current.generation) if current else 0], default=0)
