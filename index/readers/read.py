"""From a path, or from a reply of the network, to items: opening, unpacking, choosing the reader, going on."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

from index.article import Draft, Json
from index.dates import Clock, utc_now
from index.errors import UnreadableInput
from index.inflate import gunzip
from index.language import language_of
from index.paths import inside, open_file
from index.readers.content import parse_json, whole
from index.readers.description import article_id_of_path
from index.readers.folder import SIDE_FILE, walk
from index.readers.formats import Format, format_of, sniff
from index.readers.item import Item, LanguageOf, Position, Skipped, Source
from index.readers.limits import Limits

if TYPE_CHECKING:  # reading files needs no HTTP client
    from index.fetch import Fetched

_PIECE = 256 * 1024
_SIDE_BYTES = 1_000_000


def read_path(
    path: Path,
    *,
    root: Path | None = None,
    limits: Limits | None = None,
    clock: Clock = utc_now,
    detect_language: LanguageOf | None = language_of,
    on_bytes: Callable[[int], None] | None = None,
    after: Iterable[Position] = (),
) -> Iterator[Item]:
    """Every article of a file or folder, in a stable order, and everything that was skipped, with the reason.

    `root` is the folder that must not be left; without it, the folder itself, or the one that holds the file.
    `on_bytes` hears of each number of bytes read from disk (of a .gz, packed), to add up to `size_of_path`.
    `after` are positions reached before: a file whose state is still the same goes on behind its last one.
    Bad input never raises: it is an item that was skipped.
    """
    try:
        top = root.resolve() if root else _own_root(path)
        found = inside(top, path.absolute())
    except (UnreadableInput, OSError, RuntimeError, ValueError) as error:
        yield _skipped(Position(str(path), "", 1), path, error)
        return
    reading = _Reading(top, limits or Limits(), clock, detect_language, on_bytes, _furthest(after))
    if found.is_dir():
        yield from reading.folder(path, found)
    elif path.name.startswith("."):
        hidden = UnreadableInput("is a hidden file; rename it if it is an article")
        yield _skipped(Position(str(found), "", 1), path, hidden)
    else:
        yield from reading.file(path, found, named=True)


def read_reply(
    fetched: Fetched,
    *,
    limits: Limits | None = None,
    clock: Clock = utc_now,
    detect_language: LanguageOf | None = language_of,
) -> Iterator[Draft | Skipped]:
    """The articles of a page, feed or JSON document that was fetched."""
    form, pieces = sniff(iter([fetched.body]))
    source = Source(
        origin=fetched.url,
        name=article_id_of_path(fetched.url),
        pieces=pieces,
        now=clock(),
        limits=limits or Limits(),
        url=fetched.url,
        language_of=detect_language,
    )
    try:
        for _, what in form.read(source):
            yield what
    except UnreadableInput as error:
        yield Skipped(fetched.url, str(error))


def size_of_path(path: Path, *, root: Path | None = None) -> int:
    """Bytes that `read_path` will read, for a progress bar."""
    try:
        if not path.is_dir():
            return path.stat().st_size
        return sum(each.stat().st_size for each in walk(path, root=root) if isinstance(each, Path))
    except OSError:
        return 0


@dataclass(frozen=True, slots=True)
class _Reading:
    """One run: what holds for every file of it."""

    root: Path
    limits: Limits
    clock: Clock
    detect_language: LanguageOf | None
    on_bytes: Callable[[int], None] | None
    reached: Mapping[str, Position]  # file → the furthest position before

    def folder(self, shown: Path, folder: Path) -> Iterator[Item]:
        """The items of the folder `folder`, which is called `shown` in messages."""
        names: dict[str, Path] = {}  # ids that came from file names, to find two files of one name
        for each in walk(shown, root=self.root):
            if isinstance(each, Skipped):
                yield Item(position=Position(each.origin, "", 1), skipped=each)
                continue
            found = folder / each.relative_to(shown)  # no link is followed below a folder
            for item in self.file(each, found, named=False):
                draft = item.draft
                if draft is not None and draft.article_id == self._name(found):
                    first = names.setdefault(draft.article_id, each)
                    if first != each:
                        reason = f"gets the same id from its name as {first}; rename it, or give it an id"
                        yield Item(position=item.position, skipped=Skipped(str(each), reason))
                        continue
                yield item

    def file(self, shown: Path, found: Path, *, named: bool) -> Iterator[Item]:
        """The items of one file, `found`, which is called `shown` in messages. Named files of any kind are tried."""
        stamp = ""
        entry = 0
        try:
            form = format_of(found.name)
            if form is None and not named:
                raise _unknown_kind(found)
            side, side_stamp = self._side_file(found)
            packed = found.suffix.lower() == ".gz"
            opened = open_file(
                found, root=self.root, max_bytes=None if packed else (form or Format.TEXT).largest(self.limits)
            )
            with closing(opened.file):
                stamp = opened.stamp + side_stamp
                start = self._start(found, stamp)
                if start and form is not None and form.holds_one:
                    if self.on_bytes:
                        self.on_bytes(opened.size)
                    return
                pieces = self._pieces(opened.file)
                if packed:
                    limit, ratio = self.limits.unpacked_bytes, self.limits.unpacked_ratio
                    pieces = gunzip(pieces, what=found.name, max_bytes=limit, max_ratio=ratio)
                if form is None:
                    form, pieces = sniff(pieces)
                source = Source(
                    origin=str(shown),
                    name=self._name(found),
                    pieces=pieces,
                    now=self.clock(),
                    limits=self.limits,
                    side=side,
                    language_of=self.detect_language,
                )
                for entry, what in form.read(source):
                    here = Position(str(found), stamp, entry)
                    if entry <= start:
                        continue
                    yield Item(position=here, **({"skipped": what} if isinstance(what, Skipped) else {"draft": what}))
        except (UnreadableInput, OSError) as error:
            # What was given before it broke stands. The break is at no place of its own, so that a run which goes on
            # meets it again, and tells of it again.
            yield _skipped(Position(str(found), stamp if entry else "", max(entry, 1)), shown, error)

    def _start(self, found: Path, stamp: str) -> int:
        """The last entry that was reached before in this state of the file, 0 for none."""
        position = self.reached.get(str(found))
        return position.entry if position and position.stamp == stamp else 0

    def _name(self, found: Path) -> str:
        return article_id_of_path(found.relative_to(self.root).as_posix())

    def _pieces(self, file: BinaryIO) -> Iterator[bytes]:
        while piece := file.read(_PIECE):
            if self.on_bytes:
                self.on_bytes(len(piece))
            yield piece

    def _side_file(self, found: Path) -> tuple[Mapping[str, Json], str]:
        """The side file's fields and its stamp; empty without one."""
        beside = found.with_name(found.name + SIDE_FILE)
        if not beside.exists():
            return {}, ""
        try:
            opened = open_file(beside, root=self.root, max_bytes=_SIDE_BYTES)
            with closing(opened.file):
                fields = parse_json(whole(iter(lambda: opened.file.read(_PIECE), b""), _SIDE_BYTES))
        except UnreadableInput as error:
            raise UnreadableInput(f"its side file {beside.name} {_tidy(beside, error)}") from error
        if not isinstance(fields, dict):
            raise UnreadableInput(
                f"its side file {beside.name} is not a JSON object; write one, with a title and dates"
            )
        return fields, f"+{opened.stamp}"


def _own_root(path: Path) -> Path:
    found = path.resolve(strict=False)
    return found if found.is_dir() else found.parent


def _furthest(positions: Iterable[Position]) -> dict[str, Position]:
    reached: dict[str, Position] = {}
    for position in positions:
        known = reached.get(position.file)
        if known is None or known.stamp != position.stamp or known.entry < position.entry:
            reached[position.file] = position
    return reached


def _unknown_kind(found: Path) -> UnreadableInput:
    kind = found.suffix or "without an ending"
    return UnreadableInput(f"is of a kind that is not read ({kind}); docs/readers.md lists those that are")


def _skipped(position: Position, shown: Path, error: Exception) -> Item:
    reason = (error.strerror if isinstance(error, OSError) else None) or _tidy(shown, error)
    return Item(position=position, skipped=Skipped(str(shown), reason))


def _tidy(path: Path, error: Exception) -> str:
    """The message without the path, which is said elsewhere."""
    message = str(error)
    for start in (f"{path}: ", f"{path.absolute()}: ", f"{path.resolve()}: ", f"{path.name}: "):
        message = message.removeprefix(start)
    return message.removesuffix(".")
