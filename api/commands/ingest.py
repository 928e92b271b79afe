"""`dateline ingest`: take in files and folders."""

from __future__ import annotations

import time
from collections import Counter
from contextlib import suppress
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

from api.output import aside, people, print_json, print_json_line, printable, words
from api.session import AsJson, Home, opened
from index.errors import StoreBusy, UnreadableInput
from index.fetch import shown
from index.index import Index
from index.ingest import Ingest, Outcome, Summary
from index.readers import size_of_path
from index.web import read_web

SHOWN_SKIPS = 20
SHOWN_CHANGES = 50


def ingest(
    sources: Annotated[
        list[str],
        typer.Argument(
            help="Files, folders and web addresses: text, Markdown, HTML, feeds, JSONL, ninjs.", metavar="PATH|URL"
        ),
    ],
    home: Home = None,
    again: Annotated[bool, typer.Option("--again", help="Read files again that were taken in before.")] = False,
    watch: Annotated[bool, typer.Option("--watch", help="Stay, and take in what changes in the folders.")] = False,
    every: Annotated[float, typer.Option(help="With --watch: seconds between looks.", min=0.2)] = 2.0,
    allow_private: Annotated[
        bool, typer.Option("--allow-private", help="A web address may be one of your own network.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Take in articles. Interrupted, the same command goes on where it stopped.

    With --watch, Ctrl-C ends it; a file that is removed leaves its articles as they are, and is told. With --json
    every look that found something is one line of JSON.
    """
    addresses = [source for source in sources if _is_address(source)]
    paths = [Path(source) for source in sources if not _is_address(source)]
    with opened(home, as_json=as_json) as index:
        if watch and (addresses or any(not path.exists() for path in paths)):
            raise UnreadableInput(
                "--watch looks at files and folders that are there; for the web: dateline feed add."
            )
        summary, stopped = _once(index, paths, addresses, again=again, allow_private=allow_private, as_json=as_json)
        if watch and not stopped:
            if as_json:
                print_json_line(_json(summary, stopped=False))
            else:
                _show(summary, stopped=False)
            _watch(index, paths, every, set(summary.skipped), as_json=as_json)
            return
        if index.compaction_due and not stopped:
            index.compact()
        skipped = {str(Path(skip.origin).resolve()) for skip in summary.skipped}
        in_step = bool(_read_before(index, paths) - skipped)  # what can be read was, before
    if as_json:
        print_json(_json(summary, stopped=stopped))
    else:
        _show(summary, stopped=stopped)
    if stopped:
        raise typer.Exit(130)
    if summary.counts and set(summary.counts) == {"skipped"} and not in_step:
        raise typer.Exit(1)  # nothing of what was asked for could be read


def _is_address(source: str) -> bool:
    return source.lower().startswith(("http://", "https://"))


def _watch(index: Index, paths: list[Path], every: float, told: set[Outcome], *, as_json: bool) -> None:
    """Take in what changes until Ctrl-C. `told` are skips that need not be told again."""
    there = _read_before(index, paths)
    with suppress(KeyboardInterrupt):
        while True:
            time.sleep(every)
            outcomes: list[Outcome] = []
            try:
                Ingest(index, on_outcome=outcomes.append, timer=time.perf_counter).run(paths)
            except StoreBusy as busy:  # another process is writing: the next look finds the same files
                aside.print("[yellow]waiting:[/yellow]", words(str(busy)), soft_wrap=True)
            now = _read_before(index, paths)
            gone = sorted(there - now)
            there = now
            news = [one for one in outcomes if one.change != "skipped" or one not in told]
            told.update(one for one in outcomes if one.change == "skipped")
            if news or gone:
                _tell_change(news, gone, as_json=as_json)
            if index.compaction_due:
                index.compact_in_background()


def _read_before(index: Index, paths: list[Path]) -> set[str]:
    """The files below the paths that were read, now or before, and are still there."""
    roots = [path.resolve() for path in paths]
    return {
        file
        for file, _, _ in index.store.reached()
        if any(Path(file).is_relative_to(root) for root in roots) and Path(file).exists()
    }


def _tell_change(news: list[Outcome], gone: list[str], *, as_json: bool) -> None:
    """One look that found something."""
    if as_json:
        print_json_line(
            {
                "counts": dict(Counter(one.change for one in news)),
                "articles": [
                    {"id": one.article_id, "change": one.change, "origin": one.origin}
                    for one in news
                    if one.article_id is not None
                ],
                "skipped": [{"origin": one.origin, "reason": one.reason} for one in news if one.change == "skipped"],
                "gone": gone,
            }
        )
        return
    for one in news[:SHOWN_CHANGES]:
        style = "yellow" if one.change in ("skipped", "refused") else "green"
        said = (words(one.change, style), words(one.article_id or one.origin), words(one.reason or "", "dim"))
        people.print(*said, soft_wrap=True)
    if len(news) > SHOWN_CHANGES:
        people.print(f"… and {len(news) - SHOWN_CHANGES:,} more")
    for file in gone:
        advice = "its articles stay: dateline articles withdraw or delete"
        people.print(words("gone", "yellow"), words(file), words(advice, "dim"), soft_wrap=True)


def _once(
    index: Index, paths: list[Path], addresses: list[str], *, again: bool, allow_private: bool, as_json: bool
) -> tuple[Summary, bool]:
    """One pass over the paths and addresses; whether it was interrupted."""
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
        disable=as_json or not aside.is_terminal,
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
            run.run(paths, again=again)
            for address in addresses:
                _fetch(index, address, run.summary, allow_private=allow_private)
        except KeyboardInterrupt:
            return run.summary, True
    return run.summary, False


def _fetch(index: Index, address: str, summary: Summary, *, allow_private: bool) -> None:
    """Take in what lies at an address; a failure to get it is a skip."""
    started = time.perf_counter()
    try:
        outcomes = read_web(index, address, allow_private=allow_private)
    except UnreadableInput as error:
        reason = str(error).removeprefix(f"{shown(address)}: ")
        outcomes = [Outcome(shown(address), "skipped", reason=reason)]
    for outcome in outcomes:
        summary.counts[outcome.change] += 1
        if outcome.change == "skipped":
            summary.skipped.append(outcome)
    summary.seconds += time.perf_counter() - started


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
