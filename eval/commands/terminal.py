"""What the eval commands print, how they tell of failure, and options they share."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from eval import outputs
from eval.compare import Comparison
from eval.errors import EvalError
from eval.measures import ALL
from eval.measures.cost import cost
from index.errors import NewsError
from rag.errors import RagError

GATE_FAILED = 100

people = Console(highlight=False)
aside = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of the articles and indexes to ask, as `dateline ingest` made it."),
]
Replies = Annotated[
    Path | None,
    typer.Option(
        help="Keep there what the model says, and take from there what it said to the same prompt: no times of it."
    ),
]
Corpus = Annotated[
    list[Path] | None,
    typer.Option("--corpus", help="Articles to answer from. [default: the folder named like the gold file]"),
]


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """End the command with status 1 and one clear sentence when something it knows of goes wrong."""
    try:
        yield
    except (EvalError, NewsError, RagError) as error:
        if as_json:
            print_json({"error": {"type": type(error).__name__, "message": str(error)}})
        else:
            aside.print(Text.assemble(("error: ", "red"), plain_text(str(error))), soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        aside.print("Stopped. Every answer so far is kept: the same command goes on from here.")
        raise typer.Exit(130) from error


def print_json(value: object) -> None:
    """One JSON document on standard output."""
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def plain_text(text: str) -> str:
    """The text without what would steer a terminal."""
    return "".join(c if c == "\n" or (c.isprintable() and not 0x200E <= ord(c) <= 0x200F) else "\ufffd" for c in text)


@contextmanager
def progress_bar(what: str = "asking", *, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar, told how many are done of how many."""
    columns = (
        SpinnerColumn(),
        TextColumn(what),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=aside, transient=True, disable=quiet or not aside.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


def show_run(
    record: Mapping[str, Any],
    comparison: Comparison | None,
    broken: Sequence[str],
    written: Sequence[Path],
    *,
    as_json: bool,
) -> None:
    """What `eval run` prints at its end."""
    if as_json:
        print_json({key: value for key, value in record.items() if key != "questions"})
        return
    show_summary(record)
    if comparison is not None:
        show_comparison(comparison)
    for name in broken:
        people.print(Text(f"{name} is worse than required", style="red"))
    for path in written:
        people.print(Text(f"wrote {path}", style="dim"))


def show_summary(record: Mapping[str, Any]) -> None:
    """A table of every figure, and how many questions had a fault."""
    table = Table("measure", "value", "95 % interval", "questions", box=None, pad_edge=False, header_style="bold")
    titles = {measure.name: measure for measure in (*ALL, cost(0, 0))}
    for name, figure in record["summary"].items():
        measure = titles.get(name)
        unit = measure.unit if measure else "share"
        table.add_row(
            name,
            outputs.shown(figure["value"], unit),
            f"{outputs.shown(figure['low'], unit)} – {outputs.shown(figure['high'], unit)}",
            str(figure["n"]),
        )
    people.print(table)
    failed = [entry for entry in record["questions"] if entry["failures"]]
    people.print(
        f"\n{len(record['questions'])} questions, {len(failed)} with a fault; {record['reused']} kept answers used"
    )


def show_comparison(comparison: Comparison) -> None:
    """A table of every change, and the verdict of the gate."""
    table = Table("measure", "before", "after", "change", "95 % interval", "", box=None, header_style="bold")
    styles = {"failed": "red", "worse": "yellow", "better": "green"}
    for line in comparison.lines:
        d = line.difference
        table.add_row(
            line.measure,
            f"{d.a:.3f}",
            f"{d.b:.3f}",
            f"{d.change:+.3f}",
            f"{d.low:+.3f} … {d.high:+.3f}",
            Text(line.verdict, style=styles.get(line.verdict, "dim")),
        )
    people.print(table)
    for name in comparison.lost:
        people.print(f"{name} cannot be measured any more")
    people.print(
        Text("gate passed", style="green")
        if comparison.passed
        else Text(f"gate failed: {', '.join(comparison.failed)}", style="red")
    )


def show_kinds(record: Mapping[str, Any]) -> None:
    """A table of measures by kind, a column per kind, with a mark where no question is eligible."""
    units = {measure.name: measure.unit for measure in (*ALL, cost(0, 0))}
    kinds = record["by_kind"]
    table = Table("measure", "all", *(kind.replace("_", " ") for kind in kinds), box=None, header_style="bold")
    for name, figure in record["summary"].items():
        unit = units.get(name, "share")
        cells = (outputs.shown(held[name]["value"], unit) if name in held else "–" for held in kinds.values())
        table.add_row(name, outputs.shown(figure["value"], unit), *cells)
    # As wide as it is: squeezed into a narrow terminal, or a pipe, it would say nothing.
    Console(highlight=False, width=max(people.width, 40 + 16 * len(kinds))).print(table)


def show_question(entry: Mapping[str, Any]) -> None:
    """One question with what was expected, what came, and why it failed."""
    gold, answer = entry["gold"], entry["answer"] or {}
    people.print(Text(f"\n{gold['id']}  {plain_text(gold['question'])}", style="bold"))
    people.print(Text(f"  expected: {plain_text(gold['answer']) or '(the articles do not say)'}"))
    said = answer.get("answer") or answer.get("outcome") or entry["error"] or ""
    people.print(Text(f"  got:      {plain_text(str(said))}"))
    for sentence in entry["failures"]:
        people.print(Text(f"  {plain_text(sentence)}", style="red"))
