"""The one place where a path becomes an open file.

Whatever names a file (a person, a folder walk, an HTTP request) passes here, so that nothing outside the folder that
was asked for is ever read: not through `..`, not through a symbolic link, not through a link swapped in between the
check and the opening, and never a FIFO, a device or a socket, which could block or never end.
"""

from __future__ import annotations

import errno
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from index.errors import RefusedPath, UnreadableInput


def inside(root: Path, candidate: Path) -> Path:
    """`candidate` with every symbolic link resolved. It must then lie in `root` (or be `root`).

    A relative candidate is taken from `root`. Raises RefusedPath when it leads outside or does not exist.
    """
    try:
        top = root.resolve(strict=True)
        found = (top / candidate).resolve(strict=True)
    except FileNotFoundError as error:
        raise RefusedPath(f"{candidate}: there is no such file or folder; check the name.") from error
    except (OSError, RuntimeError, ValueError) as error:  # loops of links; NUL in the name
        raise RefusedPath(
            f"{candidate}: this path cannot be followed ({_why(error)}); name the file itself."
        ) from error
    if not found.is_relative_to(top):
        raise RefusedPath(
            f"{candidate}: leads outside {root}, to {found}; copy the file into the folder, or name it directly."
        )
    return found


@dataclass(frozen=True, slots=True)
class OpenFile:
    """A plain file, opened for reading, and what it was at that moment."""

    file: BinaryIO
    size: int  # bytes
    stamp: str  # changes when the content does: size and time of modification


def open_file(candidate: Path, *, root: Path, max_bytes: int | None = None) -> OpenFile:
    """Open the plain file `candidate`, which must lie in `root` once links are resolved.

    `max_bytes` is the largest size accepted. Raises RefusedPath (outside, not a plain file) or UnreadableInput (too
    large, no permission, an I/O error). The caller closes `.file`.
    """
    found = inside(root, candidate)
    try:
        descriptor = _open_beneath(root.resolve(), found)
    except OSError as error:
        if error.errno in {errno.ELOOP, errno.ENOTDIR}:
            raise RefusedPath(f"{candidate}: changed into a link while it was opened; try again.") from error
        if error.errno == errno.ENXIO:  # a socket
            raise _not_plain(candidate, "a socket") from error
        raise UnreadableInput(f"{candidate}: cannot be opened ({_why(error)}); check its permissions.") from error
    state = os.fstat(descriptor)
    if not stat.S_ISREG(state.st_mode):
        os.close(descriptor)
        raise _not_plain(candidate, _kind(state.st_mode))
    if max_bytes is not None and state.st_size > max_bytes:
        os.close(descriptor)
        raise UnreadableInput(
            f"{candidate}: {size_of(state.st_size)} is larger than the {size_of(max_bytes)} allowed; "
            "split it, or raise the limit."
        )
    return OpenFile(os.fdopen(descriptor, "rb"), state.st_size, f"{state.st_size}-{state.st_mtime_ns}")


def size_of(count: int) -> str:
    """`count` bytes for a person: `10 MB`, `1.5 GB`."""
    size = float(count)
    for unit in ("bytes", "kB", "MB"):
        if size < 1000:
            return f"{size:.3g} {unit}" if unit != "bytes" else f"{count} bytes"
        size /= 1000
    return f"{size:.4g} GB"


def _open_beneath(top: Path, found: Path) -> int:
    """A descriptor for `found`, opened folder by folder from `top`, following no link on the way."""
    # O_NONBLOCK: opening a FIFO that nobody writes to would otherwise wait for ever.
    flags = os.O_RDONLY | getattr(os, "O_CLOEXEC", 0) | getattr(os, "O_NONBLOCK", 0) | getattr(os, "O_NOFOLLOW", 0)
    parts = found.relative_to(top).parts
    if os.open not in os.supports_dir_fd:  # Windows: the check before is all there is
        return os.open(found, flags | getattr(os, "O_BINARY", 0))
    if not parts:
        return os.open(top, flags)
    folder = os.open(top, flags | os.O_DIRECTORY)
    try:
        for part in parts[:-1]:
            deeper = os.open(part, flags | os.O_DIRECTORY, dir_fd=folder)
            os.close(folder)
            folder = deeper
        return os.open(parts[-1], flags, dir_fd=folder)
    finally:
        os.close(folder)


def _not_plain(candidate: Path, kind: str) -> RefusedPath:
    return RefusedPath(f"{candidate}: is {kind}, not a plain file; name a file that holds an article.")


def _kind(mode: int) -> str:
    tests = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a FIFO"), (stat.S_ISSOCK, "a socket"))
    return next((name for test, name in tests if test(mode)), "a device")


def _why(error: Exception) -> str:
    return (error.strerror if isinstance(error, OSError) else None) or str(error) or type(error).__name__
