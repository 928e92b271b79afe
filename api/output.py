"""What the command line prints: JSON for programs, words for people, and nothing that steers a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from index.index import OnProgress

# C0 and C1 controls and the bidirectional overrides: text from an article must not move the cursor, set the title of
# the window or turn words around.
_STEERING: dict[int, str | None] = dict.fromkeys((*range(0x20), *range(0x7F, 0xA0)), "\N{REPLACEMENT CHARACTER}")
_STEERING |= dict.fromkeys((0x061C, 0x200E, 0x200F, *range(0x202A, 0x202F), *range(0x2066, 0x206A)))
_STEERING.pop(ord("\n"))
_STEERING[ord("\t")] = " "

people = Console(highlight=False, soft_wrap=False)  # results
aside = Console(stderr=True, highlight=False)  # progress, hints and errors


def printable(text: str) -> str:
    """The text without what would steer a terminal."""
    return text.translate(_STEERING)


def words(text: str, style: str = "") -> Text:
    """Text from outside, for the console: no escape sequence and no markup of it is obeyed."""
    return Text(printable(text), style=style)


def print_json(value: Any) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def print_json_line(value: Any) -> None:
    """One JSON document on a line of its own, seen at once: for commands that stay."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, default=str) + "\n")
    sys.stdout.flush()


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    """A plain table of untrusted words."""
    made = Table(*columns, box=None, pad_edge=False, header_style="bold")
    for row in rows:
        made.add_row(*(words(cell) for cell in row))
    return made


def print_rows(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> None:
    """A table with one row a line; the last column is cut to the width of the terminal, the others never.

    Where it is not a terminal: tab-separated, without a header, nothing cut.
    """
    cells = [[" ".join(printable(cell).split()) for cell in row] for row in rows]
    if not people.is_terminal:
        sys.stdout.writelines("\t".join(row) + "\n" for row in cells)
        return
    widths = [max(map(len, column)) for column in zip(columns, *cells, strict=True)][:-1]
    room = max(20, people.width - sum(widths) - 2 * len(widths))
    made = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style="bold")
    for name, width in zip(columns, [*widths, 0], strict=True):
        made.add_column(name, no_wrap=True, min_width=width)
    for row in cells:
        last = row[-1] if len(row[-1]) <= room else f"{row[-1][: room - 1]}…"
        made.add_row(*(Text(cell) for cell in (*row[:-1], last)))
    people.print(made, soft_wrap=sum(widths) + 20 > people.width)


def pairs(values: Mapping[str, Any]) -> Table:
    """Names and values, one a line."""
    made = Table.grid(padding=(0, 2))
    made.add_column(no_wrap=True)
    made.add_column(overflow="fold")  # an address that is cut leads nowhere
    for name, value in values.items():
        made.add_row(words(name, "dim"), words(str(value)))
    return made


@contextmanager
def progress_bars(*, quiet: bool = False) -> Iterator[OnProgress]:
    """A callback that shows a bar for each kind of long work that reports to it."""
    if quiet or not aside.is_terminal:
        yield lambda _what, _done, _of: None
        return
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
        console=aside,
        transient=True,
    )
    tasks: dict[str, Any] = {}
    with bars:

        def tell(what: str, done: int, of: int) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=of)
            bars.update(tasks[what], completed=done, total=of)

        yield tell
