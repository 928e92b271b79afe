"""`dateline models`: which language models there are, fetching them, checking them, removing them."""

from __future__ import annotations

import json
import os
import sys
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn
from rich.table import Table

from rag.errors import ModelMissing
from rag.models import CATALOGUE, ModelFile, fetch, known, remove, verify
from rag.settings import Settings

app = typer.Typer(
    name="models", help="The embedded language models: list, fetch, verify, remove.", no_args_is_help=True
)

Name = Annotated[str | None, typer.Argument(help=f"{' or '.join(CATALOGUE)}; by default the one that is set.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("list")
def list_models(context: typer.Context, as_json: AsJson = False) -> None:
    """Which models there are, and which are here."""
    settings = _settings(context)
    rows = [_described(model, settings) for model in CATALOGUE.values()]
    if as_json:
        _print_json({"directory": str(settings.models), "set": settings.model, "models": rows})
        return
    table = Table("name", "model", "size", "licence", "here", box=None, header_style="bold")
    for row in rows:
        table.add_row(row["name"], row["title"], _size(row["bytes"]), row["licence"], "yes" if row["here"] else "no")
    console = Console()
    console.print(table)
    console.print(f"in {settings.models}; set: {settings.model}", style="dim")


@app.command("fetch")
def fetch_model(context: typer.Context, name: Name = None, as_json: AsJson = False) -> None:
    """Fetch a model, with a progress bar; one that is here is left alone, one half fetched is finished."""
    settings = _settings(context)
    if name is None and (settings.uses_endpoint or settings.model not in CATALOGUE):
        if as_json:
            _print_json({"name": settings.model, "fetched": False})
        else:
            typer.echo(f"nothing to fetch: DATELINE_MODEL is {settings.model}")
        return
    model = known(name or settings.model)
    was_here = _is_here(model, settings)
    path = verify(model, settings.models) if was_here else _fetch_with_bar(model, settings)
    if as_json:
        _print_json({**_described(model, settings), "path": str(path), "fetched": not was_here})
    elif not was_here:
        typer.echo(f"{model.title} is in {path}")


@app.command("verify")
def verify_model(context: typer.Context, name: Name = None, as_json: AsJson = False) -> None:
    """Hash every byte of a model and compare it with the one that was pinned."""
    settings = _settings(context)
    model = known(name or settings.model)
    path = verify(model, settings.models, full=True)
    if as_json:
        _print_json({**_described(model, settings), "path": str(path), "verified": True})
    else:
        typer.echo(f"{path} is the pinned file, sha256 {model.sha256}")


@app.command("remove")
def remove_model(context: typer.Context, name: Annotated[str, typer.Argument()], as_json: AsJson = False) -> None:
    """Delete a model and what a stopped fetch left of it."""
    settings = _settings(context)
    freed = remove(known(name), settings.models)
    if as_json:
        _print_json({"name": name, "freed_bytes": freed})
    else:
        typer.echo(f"{_size(freed)} freed" if freed else f"{name} was not there")


def _settings(context: typer.Context) -> Settings:
    """Those that the program read at its entry point; its own when it runs alone."""
    return context.find_object(Settings) or Settings.read(os.environ)


def _fetch_with_bar(model: ModelFile, settings: Settings) -> Any:
    """The bar goes to standard error, so that `--json` stays JSON; without a terminal there is none."""
    columns = (TextColumn(model.title), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    console = Console(stderr=True)
    if not sys.stderr.isatty():
        typer.echo(f"fetching {model.title}, {_size(model.bytes)}", err=True)
    with Progress(*columns, console=console, disable=not sys.stderr.isatty()) as progress:
        task = progress.add_task("fetch", total=model.bytes)
        return fetch(model, settings.models, lambda done, _: progress.update(task, completed=done))


def _is_here(model: ModelFile, settings: Settings) -> bool:
    try:
        verify(model, settings.models)
    except ModelMissing:
        return False
    return True


def _described(model: ModelFile, settings: Settings) -> dict[str, Any]:
    return {
        "name": model.name,
        "title": model.title,
        "bytes": model.bytes,
        "sha256": model.sha256,
        "licence": model.licence,
        "card": model.card,
        "path": str(settings.models / model.file),
        "here": _is_here(model, settings),
    }


def _size(count: int) -> str:
    return f"{count / 1e6:,.0f} MB"


def _print_json(value: object) -> None:
    typer.echo(json.dumps(value, ensure_ascii=False, indent=2))
