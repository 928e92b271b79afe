"""The manifest: strict to read, atomic to replace, and never fooled by a folder that is not what it says."""

import hashlib
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index import manifest as manifests
from index.errors import DamagedIndex, EmbedderMismatch, StoreBusy
from index.manifest import FileRecord, Manifest

integers = st.integers(0, 2**62)
records = st.builds(
    FileRecord,
    name=st.from_regex(r"[A-Za-z0-9][A-Za-z0-9._-]{0,20}", fullmatch=True),
    size=integers,
    sha256=st.from_regex(r"[0-9a-f]{64}", fullmatch=True),
)
words = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=30)
any_manifest = st.builds(
    Manifest,
    kind=words,
    fingerprint=words,
    dimension=integers,
    count=integers,
    through=integers,
    generation=st.from_regex(r"g[0-9]{8}", fullmatch=True),
    files=st.lists(records, max_size=4, unique_by=lambda r: r.name).map(tuple),
    parameters=st.dictionaries(words, integers, max_size=3),
)


def save(directory: Path, content: bytes, *, through: int = 1) -> Manifest:
    with manifests.exclusive(directory), manifests.building(directory) as folder:
        (folder / "one.bin").write_bytes(content)
        (folder / "two.bin").write_bytes(content[::-1])
        return manifests.publish(
            folder, kind="test", fingerprint="f", dimension=3, count=2, through=through, parameters={"p": 7}
        )


def forged(body: dict[str, object]) -> bytes:
    """Return manifest bytes with a hash that fits, whatever the body says."""
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    return f'{{"manifest":{text},"sha256":"{hashlib.sha256(text.encode()).hexdigest()}"}}\n'.encode()


@given(any_manifest)
def test_round_trip(manifest: Manifest) -> None:
    """What is written is what is read."""
    assert manifests.decode(manifests.encode(manifest), Path("m")) == manifest


def test_every_bit_counts(tmp_path: Path) -> None:
    """No single flipped bit of a manifest goes unnoticed."""
    save(tmp_path, b"content")
    raw = (tmp_path / manifests.NAME).read_bytes()
    for position in range(len(raw)):
        for bit in range(8):
            flipped = bytearray(raw)
            flipped[position] ^= 1 << bit
            with pytest.raises(DamagedIndex):
                manifests.decode(bytes(flipped), Path("m"))


@given(st.binary(max_size=200))
def test_garbage(raw: bytes) -> None:
    """Bytes that are no manifest are refused and named, never a stack trace of another kind."""
    with pytest.raises(DamagedIndex, match="the-path"):
        manifests.decode(raw, Path("the-path"))


@pytest.mark.parametrize("raw", [b"[" * 100_000, b'{"manifest":' * 50_000, b"9" * 100_000, b"\xff\xfe{}"])
def test_hostile_json(raw: bytes) -> None:
    """Deep nesting, endless numbers and broken encodings are refused like any other garbage."""
    with pytest.raises(DamagedIndex):
        manifests.decode(raw, Path("m"))


@pytest.mark.parametrize(
    "change",
    [
        {"files": [{"name": name, "sha256": "0" * 64, "size": 1}]}
        for name in ("../one.bin", "/etc/passwd", "a/b", "a\\b", "", ".", "..", ".lock", "a\0b", "x" * 200, 3, None)
    ]
    + [
        {"generation": "../elsewhere"},
        {"generation": "g1/../../x"},
        {"generation": 12},
        {"count": -1},
        {"count": 2**63},
        {"count": 1.0},
        {"count": True},
        {"count": "1"},
        {"through": None},
        {"format": 2},
        {"parameters": {"p": -1}},
        {"parameters": {f"p{i}": 1 for i in range(100)}},
        {"parameters": []},
        {"files": {}},
        {"files": [7]},
        {"files": [{"name": "a"}]},
        {"files": [{"name": "a", "sha256": "0" * 64, "size": 1}] * 2},
        {"files": [{"name": "a", "sha256": "0" * 63, "size": 1}]},
        {"kind": "a\nb"},
        {"surplus": 1},
    ],
)
def test_a_fitting_hash_does_not_excuse_nonsense(tmp_path: Path, change: dict[str, object]) -> None:
    """Types, ranges and names are checked even where the manifest's own hash fits."""
    save(tmp_path, b"content")
    path = tmp_path / manifests.NAME
    body = json.loads(path.read_bytes())["manifest"] | change
    path.write_bytes(forged(body))
    with pytest.raises(DamagedIndex):
        manifests.check(tmp_path)


def test_an_enormous_manifest(tmp_path: Path) -> None:
    """A manifest is read up to a bound."""
    (tmp_path / manifests.NAME).write_bytes(b" " * (5 * 2**20))
    with pytest.raises(DamagedIndex, match="larger than"):
        manifests.load(tmp_path)


def test_nothing_there(tmp_path: Path) -> None:
    """A folder without an index, or no folder, has no manifest and is not damaged."""
    assert manifests.check(tmp_path) is None
    assert manifests.check(tmp_path / "missing") is None


def test_a_lost_manifest(tmp_path: Path) -> None:
    """A manifest that is gone while its generation is there is damage."""
    save(tmp_path, b"content")
    (tmp_path / manifests.NAME).unlink()
    with pytest.raises(DamagedIndex, match="missing"):
        manifests.check(tmp_path)


def test_saving_replaces_the_whole(tmp_path: Path) -> None:
    """A new generation becomes current and the old one's files go."""
    first = save(tmp_path, b"old")
    second = save(tmp_path, b"new", through=2)
    assert manifests.check(tmp_path) == second
    assert second.through == 2
    assert not (tmp_path / first.generation).exists()
    assert sorted(p.name for p in tmp_path.iterdir()) == [".lock", second.generation, manifests.NAME]


def test_a_failed_build_leaves_the_old(tmp_path: Path) -> None:
    """An exception while building changes nothing and leaves nothing behind."""
    first = save(tmp_path, b"old")

    def fail() -> None:
        with manifests.exclusive(tmp_path), manifests.building(tmp_path) as folder:
            (folder / "one.bin").write_bytes(b"half")
            raise RuntimeError

    with pytest.raises(RuntimeError):
        fail()
    assert manifests.check(tmp_path) == first
    assert not list(tmp_path.glob(".building-*"))


CRASH = """
import os, sys
from pathlib import Path
from index import manifest as manifests
directory, stop, calls = Path(sys.argv[1]), int(sys.argv[2]), 0
def crashing(real):
    def call(*args, **kwargs):
        global calls
        calls += 1
        if calls == stop:
            os._exit(9)  # as kill -9: no clean-up of any kind
        return real(*args, **kwargs)
    return call
os.fsync, os.rename, os.replace = crashing(os.fsync), crashing(os.rename), crashing(os.replace)
os.rmdir, os.unlink = crashing(os.rmdir), crashing(os.unlink)
with manifests.exclusive(directory), manifests.building(directory) as folder:
    (folder / "one.bin").write_bytes(b"new")
    (folder / "two.bin").write_bytes(b"wen")
    manifests.publish(folder, kind="test", fingerprint="f", dimension=3, count=2, through=2, parameters={"p": 7})
print("done")
"""


def test_a_crash_leaves_the_old_or_the_new(tmp_path: Path) -> None:
    """Killed before any call that changes the disk, saving leaves one whole generation, and can be repeated."""
    seen = set()
    for stop in range(1, 40):
        directory = tmp_path / str(stop)
        save(directory, b"old")
        ran = subprocess.run(
            [sys.executable, "-c", CRASH, str(directory), str(stop)],
            cwd=Path(__file__).parent.parent,
            capture_output=True,
            check=False,
        )
        found = manifests.check(directory)
        assert found is not None
        content = (directory / found.generation / "one.bin").read_bytes()
        assert (found.through, content) in {(1, b"old"), (2, b"new")}
        seen.add(found.through)
        again = save(directory, b"newest", through=3)
        assert manifests.check(directory) == again
        assert not list(directory.glob(".building-*"))
        if ran.returncode == 0:
            break
        assert ran.returncode == 9, ran.stderr
    assert seen == {1, 2}
    assert ran.returncode == 0


def test_damage_is_named(tmp_path: Path) -> None:
    """A flipped bit, a short file and a missing one are each found and named."""
    manifest = save(tmp_path, b"content")
    path = tmp_path / manifest.generation / "one.bin"
    for damage in (b"contenT", b"conten", b"contents", b""):
        path.write_bytes(damage)
        with pytest.raises(DamagedIndex, match=r"one\.bin.*dateline rebuild"):
            manifests.check(tmp_path)
    path.unlink()
    with pytest.raises(DamagedIndex, match=r"one\.bin"):
        manifests.check(tmp_path)


def test_only_plain_files(tmp_path: Path) -> None:
    """A link, a pipe or a folder in the place of a file is refused, without following or waiting."""
    manifest = save(tmp_path, b"content")
    path = tmp_path / manifest.generation / "one.bin"
    elsewhere = tmp_path / "elsewhere"
    elsewhere.write_bytes(path.read_bytes())
    for make in (
        lambda p: p.symlink_to(elsewhere),
        os.mkfifo,
        lambda p: p.mkdir(),
    ):
        path.unlink()
        make(path)
        with pytest.raises(DamagedIndex, match=r"one\.bin"):
            manifests.check(tmp_path)
        if path.is_dir():
            path.rmdir()
            path.touch()


def test_one_writer(tmp_path: Path) -> None:
    """While one makes a generation, another is told so; afterwards it may."""
    with manifests.exclusive(tmp_path), pytest.raises(StoreBusy), manifests.exclusive(tmp_path):
        pass
    assert save(tmp_path, b"x").generation == "g00000001"


def test_a_reader_overtaken(tmp_path: Path) -> None:
    """A reader whose generation is replaced under its hands reads the newer one instead of crying damage."""
    save(tmp_path, b"old")
    reads = []

    def read(folder: Path, manifest: Manifest) -> bytes:
        reads.append(manifest.generation)
        if len(reads) == 1:
            save(tmp_path, b"new")
        manifests.verify_file(folder, manifest.file("one.bin", folder))
        return (folder / "one.bin").read_bytes()

    assert manifests.open_current(tmp_path, read) == b"new"
    assert reads == ["g00000001", "g00000002"]


def test_the_bytes_checked_are_the_bytes_used(tmp_path: Path) -> None:
    """A reader ends with DamagedIndex unless the file was read whole and as recorded."""
    manifest = save(tmp_path, b"0123456789")
    folder, record = tmp_path / manifest.generation, manifest.file("one.bin", tmp_path)
    buffer = bytearray(4)
    with manifests.VerifiedReader(folder, record) as file:
        file.into(memoryview(buffer))  # the rest is hashed at the end
    assert buffer == b"0123"
    with pytest.raises(DamagedIndex, match="too early"), manifests.VerifiedReader(folder, record) as file:
        file.into(memoryview(bytearray(11)))
    with pytest.raises(DamagedIndex, match=r"three\.bin"):
        manifest.file("three.bin", folder)


def test_another_embedder(tmp_path: Path) -> None:
    """An index of another embedder is told apart from a damaged one, and from one of another kind."""
    manifest = save(tmp_path, b"x")
    manifests.require(manifest, kind="test", fingerprint="f", dimension=3, path=tmp_path)
    with pytest.raises(EmbedderMismatch, match="'f'"):
        manifests.require(manifest, kind="test", fingerprint="g", dimension=3, path=tmp_path)
    with pytest.raises(EmbedderMismatch):
        manifests.require(manifest, kind="test", fingerprint="f", dimension=4, path=tmp_path)
    with pytest.raises(DamagedIndex):
        manifests.require(manifest, kind="other", fingerprint="f", dimension=3, path=tmp_path)
