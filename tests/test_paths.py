"""Paths: nothing outside the folder is read, and nothing that is not a plain file."""

from __future__ import annotations

import os
import socket
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.errors import RefusedPath, UnreadableInput
from index.paths import inside, open_file, size_of


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one article in it, and a secret beside it."""
    (tmp_path / "secret.txt").write_text("secret")
    folder = tmp_path / "news"
    (folder / "2025").mkdir(parents=True)
    (folder / "2025" / "a.txt").write_text("Ferry returns\n")
    return folder


def read(root: Path, candidate: str | Path, max_bytes: int | None = None) -> bytes:
    """What open_file gives."""
    opened = open_file(Path(candidate), root=root, max_bytes=max_bytes)
    with opened.file as file:
        return file.read()


def test_a_file_in_the_folder_is_opened(folder: Path) -> None:
    """By a relative path, by an absolute one, and by one that goes up and down inside."""
    for candidate in ("2025/a.txt", folder / "2025" / "a.txt", "2025/../2025/a.txt"):
        assert read(folder, candidate) == b"Ferry returns\n"


@pytest.mark.parametrize(
    "candidate", ["../secret.txt", "2025/../../secret.txt", "/etc/passwd", "..", "2025/../../news/../secret.txt"]
)
def test_a_path_out_of_the_folder_is_refused(folder: Path, candidate: str) -> None:
    """However it is written."""
    with pytest.raises(RefusedPath, match="leads outside"):
        read(folder, candidate)


def test_a_link_out_of_the_folder_is_refused_and_one_inside_is_not(folder: Path) -> None:
    """A symbolic link is judged by where it leads, through folders that are links too."""
    (folder / "out.txt").symlink_to(folder.parent / "secret.txt")
    (folder / "up").symlink_to(folder.parent)
    (folder / "in.txt").symlink_to("2025/a.txt")
    for candidate in ("out.txt", "up/secret.txt"):
        with pytest.raises(RefusedPath, match="leads outside"):
            read(folder, candidate)
    assert read(folder, "in.txt") == b"Ferry returns\n"
    assert read(folder, "up/news/2025/a.txt") == b"Ferry returns\n"


def test_a_link_swapped_in_after_the_check_is_refused(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that becomes a link out between the check and the opening is not followed."""
    real = folder / "2025"

    def check_then_swap(root: Path, candidate: Path) -> Path:
        found = inside(root, candidate)
        real.rename(folder / "moved")
        (folder.parent / "elsewhere").mkdir()
        (folder.parent / "elsewhere" / "a.txt").write_text("secret")
        real.symlink_to(folder.parent / "elsewhere")
        return found

    monkeypatch.setattr("index.paths.inside", check_then_swap)
    with pytest.raises(RefusedPath, match="changed into a link"):
        read(folder, "2025/a.txt")


def test_links_in_a_circle_and_impossible_names_are_refused(folder: Path) -> None:
    """A loop, a NUL and a name of 10,000 characters each give a clear refusal."""
    (folder / "loop").symlink_to("loop")
    for candidate in ("loop", "a\0b", "x" * 10_000):
        with pytest.raises(RefusedPath):
            read(folder, candidate)


def test_what_is_not_there_is_named(folder: Path) -> None:
    """A missing file is named in the message, with what to do."""
    with pytest.raises(RefusedPath, match=r"b\.txt: there is no such file or folder; check the name"):
        read(folder, "b.txt")


def test_fifos_sockets_devices_and_folders_are_not_articles(folder: Path) -> None:
    """None of them is opened, and a FIFO that nobody writes to does not hold the reader."""
    os.mkfifo(folder / "pipe")
    with pytest.raises(RefusedPath, match="a FIFO, not a plain file"):
        read(folder, "pipe")
    with socket.socket(socket.AF_UNIX) as listener:
        here = Path.cwd()
        os.chdir(folder)  # a socket's path may not be long
        listener.bind("socket")
        os.chdir(here)
        with pytest.raises(RefusedPath, match="a socket, not a plain file"):
            read(folder, "socket")
    with pytest.raises(RefusedPath, match="a folder, not a plain file"):
        read(folder, "2025")
    with pytest.raises(RefusedPath, match="a device, not a plain file"):
        read(Path("/dev"), "null")


def test_a_file_that_is_too_large_is_refused_before_it_is_read(folder: Path) -> None:
    """A sparse file of 1 GB is refused by its size, and the message says both sizes."""
    with (folder / "huge.txt").open("wb") as file:
        file.truncate(1_000_000_000)
    with pytest.raises(UnreadableInput, match="1 GB is larger than the 10 MB allowed; split it, or raise the limit"):
        read(folder, "huge.txt", max_bytes=10_000_000)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read everything")
def test_a_file_without_permission_says_so(folder: Path) -> None:
    """A file that may not be read is an error that names the permissions."""
    (folder / "2025" / "a.txt").chmod(0)
    with pytest.raises(UnreadableInput, match="check its permissions"):
        read(folder, "2025/a.txt")


def test_the_stamp_changes_with_the_content(folder: Path) -> None:
    """A file that was written to has another stamp."""
    path = folder / "2025" / "a.txt"
    first = open_file(path, root=folder)
    first.file.close()
    path.write_text("Ferry is late\n")
    os.utime(path, ns=(1, 1))
    second = open_file(path, root=folder)
    second.file.close()
    assert first.stamp != second.stamp


@given(st.text(alphabet="ab./\\ ~\0é-", max_size=40))
def test_no_path_leads_out(tmp_path_factory: pytest.TempPathFactory, candidate: str) -> None:
    """Whatever the characters, what comes back lies in the folder or is refused."""
    root = tmp_path_factory.getbasetemp()
    try:
        found = inside(root, Path(candidate))
    except RefusedPath:
        return
    assert found == root.resolve() or root.resolve() in found.parents


def test_sizes_for_people() -> None:
    """Bytes are shown in the unit that fits."""
    shown = {0: "0 bytes", 999: "999 bytes", 10_000_000: "10 MB", 1_500_000_000: "1.5 GB"}
    assert {size: size_of(size) for size in shown} == shown
