"""Folders: every file, in an order that never changes, none of them outside the folder."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

from index.errors import RefusedPath
from index.paths import inside
from index.readers.item import Skipped

SIDE_FILE = ".meta.json"  # talks.txt.meta.json says what talks.txt does not


def walk(folder: Path, *, root: Path | None = None) -> Iterator[Path | Skipped]:
    """The files below `folder`, by name, a folder's own files before those of its folders.

    Hidden files and folders are passed over, and so are side files, which are read with their article. A link is
    never followed: one that leads out of `root` (`folder` unless given) is refused, and what one inside it leads to
    is read in its own place. A README describes its folder and is skipped.
    """
    root = root or folder
    waiting = [folder]
    while waiting:
        here = waiting.pop()
        try:
            entries = sorted(os.scandir(here), key=lambda entry: entry.name)
        except OSError as error:
            yield Skipped(str(here), f"this folder cannot be listed ({error.strerror}); check its permissions")
            continue
        names = {entry.name for entry in entries}
        deeper: list[Path] = []
        for entry in entries:
            path = here / entry.name
            if entry.name.startswith("."):
                continue
            if entry.is_symlink():
                yield Skipped(str(path), _why_not_followed(root, path))
            elif entry.is_dir(follow_symlinks=False):
                deeper.append(path)
            elif entry.name.lower().endswith(SIDE_FILE):
                if entry.name[: -len(SIDE_FILE)] not in names:
                    yield Skipped(str(path), "is a side file without its article; put the article beside it")
            elif entry.name.lower().split(".")[0] == "readme":
                yield Skipped(str(path), "describes its folder; name it directly if it is an article")
            else:
                yield path
        waiting.extend(reversed(deeper))


def _why_not_followed(root: Path, path: Path) -> str:
    try:
        target = inside(root, path.absolute())
    except RefusedPath as error:
        return str(error).removeprefix(f"{path.absolute()}: ").removesuffix(".")
    return f"is a link to {target.relative_to(root.resolve())}, which is read in its own place"
