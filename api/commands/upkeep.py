"""`dateline stats`, `verify`, `rebuild`, `compact`, `backup` and `restore`."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Annotated

import typer

from api.output import pairs, people, print_json, progress_bars, table, words
from api.session import AsJson, Home, opened, settings_for, told
from index import backup as backups
from index.embedder import load_embedder
from index.paths import size_of
from index.reembed import reembed
from index.stats import Stats
from index.stats import stats as figures
from index.verify import verify as check

BAR = 40


def stats(home: Home = None, as_json: AsJson = False) -> None:
    """Show what is held: articles, revisions, passages, copies, dates, and how they spread over the months."""
    with opened(home, as_json=as_json) as index:
        held = figures(index)
    if as_json:
        print_json(dataclasses.asdict(held))
        return
    people.print(pairs({name: f"{count:,}" for name, count in held.counts.items()}))
    articles = held.counts["articles"]
    if not articles:
        people.print("Nothing here yet: take in articles with `dateline ingest PATH`.", markup=False)
        return
    people.print(f"\n[bold]Dates[/bold]  {held.dated:,} of {articles:,} known, {held.oldest} to {held.newest}")
    people.print(pairs({f"from {name}": f"{count:,}" for name, count in held.date_origins.items()}))
    _histogram(held)
    people.print("\n[bold]Outlets[/bold]")
    people.print(table(("outlet", "articles"), [(name, f"{n:,}") for name, n in held.by_source.items()]))
    people.print("\n[bold]On disk[/bold]")
    people.print(pairs({name: size_of(size) for name, size in held.bytes_on_disk.items()}))


def _histogram(held: Stats) -> None:
    if not held.by_month:
        return
    people.print("\n[bold]By month[/bold]")
    months = list(held.by_month.items())[-36:]
    most = max(count for _, count in months)
    for month, count in months:
        people.print(words(f"{month} ") + words("█" * max(1, round(BAR * count / most)), "cyan") + f" {count:,}")


def verify(
    home: Home = None,
    sample: Annotated[
        int, typer.Option(help="Passages, evenly spread, that are also embedded again.", min=0, max=1_000_000)
    ] = 0,
    as_json: AsJson = False,
) -> None:
    """Check every derived record against the article store. Exit status 1 when anything does not agree."""
    with opened(home, as_json=as_json) as index, progress_bars(quiet=as_json) as on_progress:
        verdict = check(index, sample=sample, on_progress=on_progress)
        repaired = index.repaired
    if as_json:
        print_json(
            {
                "sound": verdict.sound,
                "checked": verdict.checked,
                "faults": verdict.faults,
                "more_faults": verdict.more,
                "repaired": repaired,
            }
        )
    else:
        people.print(pairs({f"{name} checked": f"{count:,}" for name, count in verdict.checked.items()}))
        for fault in verdict.faults:
            people.print("[red]fault[/red]", words(fault), soft_wrap=True)
        if verdict.more:
            people.print(f"… and {verdict.more:,} more")
        if verdict.sound:
            people.print("[green]sound[/green]")
        else:
            people.print(
                "A derived index is mended by `dateline rebuild`, embeddings by `dateline rebuild --embedder`, the "
                "store by `dateline restore BACKUP`.",
                soft_wrap=True,
            )
    if not verdict.sound:
        raise typer.Exit(1)


def rebuild(
    home: Home = None,
    embedder: Annotated[
        bool, typer.Option("--embedder", help="Embed all articles again too, with the embedder that is set now.")
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Make the lexical and the vector index anew from the article store.

    With --embedder every article is cut and embedded again: after another DATELINE_EMBEDDER was set, or when
    embeddings are damaged. That takes about as long as taking the articles in; interrupted, nothing has changed, and
    the same command goes on where it stopped.
    """
    if embedder:
        with told(as_json=as_json), progress_bars(quiet=as_json) as on_progress:
            settings = settings_for(home)
            reembed(
                settings.home, load_embedder(settings.embedder, threads=settings.threads), on_progress=on_progress
            )
    with opened(home, as_json=as_json) as index:
        index.rebuild()
        count = index.store.passage_span()[0]
    _done(f"Rebuilt: {count:,} passages.", as_json=as_json, done="rebuilt", passages=count)


def compact(home: Home = None, as_json: AsJson = False) -> None:
    """Fold what was added lately into the large part of the vector index."""
    with opened(home, as_json=as_json) as index:
        index.compact()
        count = index.store.passage_span()[0]
    _done(f"Compacted: {count:,} passages.", as_json=as_json, done="compacted", passages=count)


def backup(
    target: Annotated[Path, typer.Argument(help="A new file for the copy.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Copy the article store to a file while it is in use."""
    with opened(home, as_json=as_json) as index, progress_bars(quiet=as_json) as on_progress:
        size = backups.backup(index.store, target, on_progress=on_progress)
    _done(f"Backed up to {target}, {size_of(size)}.", as_json=as_json, done="backed up", file=str(target), bytes=size)


def restore(
    source: Annotated[Path, typer.Argument(help="A file that `dateline backup` wrote.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Put a backup in the place of the article store; the old store is kept beside it."""
    with told(as_json=as_json):
        backups.restore(source, settings_for(home).home)
    with opened(home, as_json=as_json) as index:
        count = index.store.counts()["articles"]
    _done(
        f"Restored: {count:,} articles. The store as it was lies beside it, as articles.db.before-restore; remove "
        "that when you do not need it.",
        as_json=as_json,
        done="restored",
        articles=count,
    )


def _done(said: str, *, as_json: bool, **what: object) -> None:
    if as_json:
        print_json(what)
    else:
        people.print(words(said), soft_wrap=True)
