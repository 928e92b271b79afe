"""`dateline ingest`: take in files and folders."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import (
    BarColumn,
    DownloadColumn,
    Progress,
    SpinnerColumn,
    TextColumn,
    TimeElapsedColumn,
    TimeRemainingColumn,
)

from api.output import aside, pairs, people, print_json, printable, words
from api.session import AsJson, Home, opened
from index.index import Index
from index.ingest import Ingest, Outcome, Summary
from index.readers import size_of_path

SHOWN_SKIPS = 20


def ingest(
    paths: Annotated[
        list[Path], typer.Argument(help="Files and folders: text, Markdown, HTML, feeds, JSONL, ninjs.")
    ],
    home: Home = None,
    again: Annotated[bool, typer.Option("--again", help="Read files again that were taken in before.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and take in what changes.")] = False,
    every: Annotated[float, typer.Option(help="With --watch: seconds between looks.", min=0.2)] = 2.0,
    as_json: AsJson = False,
) -> None:
    """Take in articles. Interrupted, the same command goes on where it stopped."""
    with opened(home, as_json=as_json) as index:
        summary, stopped = _once(index, paths, again=again, as_json=as_json)
        while watch and not stopped:
            try:
                time.sleep(every)
            except KeyboardInterrupt:
                break
            found, stopped = _once(index, paths, again=False, as_json=as_json, quiet=True)
            if found.counts and not as_json:
                people.print(pairs(dict(found.counts)))
        if index.compaction_due and not stopped:
            index.compact()
    if as_json:
        print_json(_json(summary, stopped=stopped))
    else:
        _show(summary, stopped=stopped)
    if stopped:
        raise typer.Exit(130)
    if summary.counts and set(summary.counts) == {"skipped"}:
        raise typer.Exit(1)  # nothing of what was asked for could be read


def _once(
    index: Index, paths: list[Path], *, again: bool, as_json: bool, quiet: bool = False
) -> tuple[Summary, bool]:
    """One pass over the paths; whether it was interrupted."""
    bars = Progress(
        SpinnerColumn(),
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TextColumn("{task.fields[articles]} articles"),
        TimeElapsedColumn(),
        TimeRemainingColumn(),
        console=aside,
        transient=True,
        disable=quiet or as_json or not aside.is_terminal,
    )
    taken = 0
    with bars:
        task = bars.add_task("Taking in", total=sum(size_of_path(path) for path in paths), articles=0)

        def on_outcome(_: Outcome) -> None:
            nonlocal taken
            taken += 1
            bars.update(task, articles=taken)

        run = Ingest(
            index, on_outcome=on_outcome, on_bytes=lambda count: bars.advance(task, count), timer=time.perf_counter
        )
        try:
            return run.run(paths, again=again), False
        except KeyboardInterrupt:
            return run.summary, True


def _json(summary: Summary, *, stopped: bool) -> dict[str, Any]:
    return {
        "counts": dict(summary.counts),
        "skipped": [{"origin": skip.origin, "reason": skip.reason} for skip in summary.skipped],
        "passages_embedded": summary.passages_embedded,
        "seconds": round(summary.seconds, 3),
        "seconds_embedding": round(summary.seconds_embedding, 3),
        "interrupted": stopped,
    }


def _show(summary: Summary, *, stopped: bool) -> None:
    if not summary.counts and not stopped:
        people.print("Nothing new: every file is as it was taken in before.")
        return
    articles = sum(count for change, count in summary.counts.items() if change != "skipped")
    counted = ", ".join(f"{count:,} {change}" for change, count in sorted(summary.counts.items())) or "nothing"
    people.print(f"[bold]{counted}[/bold]")
    people.print(
        f"{articles:,} articles in {summary.seconds:.1f} s, {summary.passages_embedded:,} passages embedded "
        f"in {summary.seconds_embedding:.1f} s of them",
        style="dim",
    )
    for skip in summary.skipped[:SHOWN_SKIPS]:
        people.print("[yellow]skipped[/yellow]", words(skip.origin), words(printable(skip.reason or ""), "dim"))
    if len(summary.skipped) > SHOWN_SKIPS:
        people.print(f"… and {len(summary.skipped) - SHOWN_SKIPS:,} more skipped (--json lists all)")
    if stopped:
        people.print("[yellow]Stopped.[/yellow] Run the same command again to go on from here.")
