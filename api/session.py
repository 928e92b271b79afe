"""What a command starts from: the settings, the index, and the way failures are told."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from api.output import aside, print_json, printable, progress_bars
from index.errors import NewsError
from index.index import Index
from index.store import Store
from rag.build import open_index
from rag.errors import RagError
from rag.settings import Settings

Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of the articles and indexes.  [default: $DATELINE_HOME]", show_default=False),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]


def settings_for(home: Path | None, **given: object) -> Settings:
    """The settings of this run: the environment, with what the command line says on top."""
    return Settings.read(os.environ, home=home, **given)


@contextmanager
def told(*, as_json: bool) -> Iterator[None]:
    """End the command with status 1 and one clear sentence when something it knows of goes wrong."""
    try:
        yield
    except (NewsError, RagError) as error:
        if as_json:
            print_json({"error": {"type": type(error).__name__, "message": str(error)}})
        else:
            aside.print("[red]error:[/red]", printable(str(error)), soft_wrap=True)
        raise typer.Exit(1) from error
    except BrokenPipeError as error:  # the reader of a pipe had enough
        sys.stdout = None
        raise typer.Exit(0) from error


def tell_repairs(index: Index) -> None:
    """Say what was found damaged when the index was opened; by now it is mended."""
    for message in index.repaired:
        aside.print("[yellow]repaired:[/yellow]", printable(message), soft_wrap=True)


@contextmanager
def opened_store(home: Path | None, *, as_json: bool) -> Iterator[Store]:
    """The article store alone, for commands that only look at articles: no index is read for that."""
    with told(as_json=as_json):
        store = Store(settings_for(home).home / "articles.db")
        try:
            yield store
        finally:
            store.close()


@contextmanager
def opened(home: Path | None, *, as_json: bool) -> Iterator[Index]:
    """The index of this run, repaired if need be, with progress bars for long work."""
    with told(as_json=as_json), progress_bars(quiet=as_json) as on_progress:
        index = open_index(settings_for(home), on_progress=on_progress)
        tell_repairs(index)
        try:
            yield index
        finally:
            index.close()
