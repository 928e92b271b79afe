"""Readers: files, folders, pages and feeds become drafts of articles, lazily, each with a place to go on from.

`read_path` reads what lies on disk and never raises on bad input: every file, line or entry ends as one `Item`, an
article or a reason. The formats' own readers take a `Source` (bytes, limits, a clock) and know no path, no network.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

from index.article import Json
from index.dates import Clock, utc_now
from index.errors import UnreadableInput
from index.inflate import gunzip
from index.paths import inside, open_file
from index.readers.content import parse_json, whole
from index.readers.description import article_id_of_path
from index.readers.folder import SIDE_FILE, walk
from index.readers.formats import Format, format_of, sniff
from index.readers.item import Item, Position, Skipped, Source
from index.readers.limits import Limits

__all__ = ["Item", "Limits", "Position", "Skipped", "Source", "read_path", "size_of_path", "walk"]

_PIECE = 256 * 1024
_SIDE_BYTES = 1_000_000
_ONE_ENTRY = 1


def read_path(
    path: Path,
    *,
    root: Path | None = None,
    limits: Limits | None = None,
    clock: Clock = utc_now,
    on_bytes: Callable[[int], None] | None = None,
    after: Iterable[Position] = (),
) -> Iterator[Item]:
    """Every article of a file or folder, in a stable order, and everything that was skipped, with the reason.

    `root` is the folder that must not be left; without it, the folder itself, or the one that holds the file.
    `on_bytes` hears of each number of bytes read from disk (of a .gz, packed), to add up to `size_of_path`.
    `after` are positions reached before: a file whose state is still the same goes on behind its last one.
    """
    limits = limits or Limits()
    reached: dict[str, Position] = {}
    for position in after:
        if position.file not in reached or reached[position.file].entry < position.entry:
            reached[position.file] = position
    try:
        top = root.resolve() if root else None
        if top is None:
            found = path.resolve(strict=False)
            top = found if found.is_dir() else found.parent
        found = inside(top, path.absolute())
    except (UnreadableInput, OSError, RuntimeError, ValueError) as error:
        yield _refused(path, "", error)
        return
    if not found.is_dir():
        if path.name.startswith("."):
            yield _refused(path, "", UnreadableInput("is a hidden file; rename it if it is an article."))
            return
        yield from _read_file(path, found, top, limits, clock, on_bytes, reached, named=True)
        return
    names: dict[str, Path] = {}  # ids that came from file names, to find two files of one name
    for each in walk(found, root=top):
        if isinstance(each, Skipped):
            yield Item(position=Position(each.origin, "", _ONE_ENTRY), skipped=each)
            continue
        for item in _read_file(each, each, top, limits, clock, on_bytes, reached, named=False):
            draft = item.draft
            if draft is not None and draft.article_id == _name(each, top):
                first = names.setdefault(draft.article_id, each)
                if first != each:
                    reason = f"gets the same id from its name as {first}; rename it, or give it an id in a side file."
                    yield Item(position=item.position, skipped=Skipped(str(each), reason))
                    continue
            yield item


def size_of_path(path: Path, *, root: Path | None = None) -> int:
    """Bytes that `read_path` will read, for a progress bar."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        return sum(each.stat().st_size for each in walk(path, root=root) if isinstance(each, Path))
    except OSError:
        return 0


def _read_file(
    shown: Path,
    found: Path,
    root: Path,
    limits: Limits,
    clock: Clock,
    on_bytes: Callable[[int], None] | None,
    reached: dict[str, Position],
    *,
    named: bool,
) -> Iterator[Item]:
    stamp = ""
    entry = 0
    try:
        form = format_of(found.name)
        if form is None and not named:
            reason = (
                f"is of a kind that is not read ({found.suffix or 'no ending'}); docs/readers.md lists those that are"
            )
            yield _refused(shown, stamp, UnreadableInput(reason), file=str(found))
            return
        side, side_stamp = _side_file(found, root)
        opened = open_file(
            found, root=root, max_bytes=None if _packed(found) else (form or Format.TEXT).largest(limits)
        )
        with closing(opened.file):
            stamp = f"{opened.stamp}{side_stamp}"
            position = reached.get(str(found))
            start = position.entry if position and position.stamp == stamp else 0
            if start and form is not None and form.holds_one:
                if on_bytes:
                    on_bytes(opened.size)
                return
            pieces = _pieces(opened.file, on_bytes)
            if _packed(found):
                pieces = gunzip(
                    pieces, what=found.name, max_bytes=limits.unpacked_bytes, max_ratio=limits.unpacked_ratio
                )
            if form is None:
                form, pieces = sniff(pieces)
            source = Source(
                origin=str(shown), name=_name(found, root), pieces=pieces, now=clock(), limits=limits, side=side
            )
            for entry, what in form.read(source):
                if entry <= start:
                    continue
                here = Position(str(found), stamp, entry)
                if isinstance(what, Skipped):
                    yield Item(position=here, skipped=what)
                else:
                    yield Item(position=here, draft=what)
    except (UnreadableInput, OSError) as error:
        # What was given before it broke stands; the break comes behind it.
        yield _refused(shown, stamp, error, file=str(found), entry=entry + 1)


def _pieces(file: BinaryIO, on_bytes: Callable[[int], None] | None) -> Iterator[bytes]:
    while piece := file.read(_PIECE):
        if on_bytes:
            on_bytes(len(piece))
        yield piece


def _packed(path: Path) -> bool:
    return path.suffix.lower() == ".gz"


def _name(path: Path, root: Path) -> str:
    return article_id_of_path(path.relative_to(root).as_posix())


def _side_file(path: Path, root: Path) -> tuple[dict[str, Json], str]:
    """The side file's fields and its stamp; empty without one."""
    beside = path.with_name(path.name + SIDE_FILE)
    if not beside.exists():
        return {}, ""
    try:
        opened = open_file(beside, root=root, max_bytes=_SIDE_BYTES)
        with closing(opened.file):
            fields = parse_json(whole(_pieces(opened.file, None), _SIDE_BYTES))
    except UnreadableInput as error:
        raise UnreadableInput(f"its side file {beside.name} {_tidy(beside, error)}") from error
    if not isinstance(fields, dict):
        raise UnreadableInput(f"its side file {beside.name} is not a JSON object; write one, with a title and dates")
    return fields, f"+{opened.stamp}"


def _refused(path: Path, stamp: str, error: Exception, *, file: str = "", entry: int = _ONE_ENTRY) -> Item:
    reason = (error.strerror if isinstance(error, OSError) else None) or _tidy(path, error)
    return Item(position=Position(file or str(path), stamp, entry), skipped=Skipped(str(path), reason))


def _tidy(path: Path, error: Exception) -> str:
    """The message without the path, which `Skipped.origin` already says."""
    message = str(error)
    for start in (f"{path}: ", f"{path.absolute()}: ", f"{path.name}: "):
        message = message.removeprefix(start)
    return message
