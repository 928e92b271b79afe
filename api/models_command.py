"""`dateline models`: which language models there are, fetching them, checking them, removing them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from api.output import aside, people, print_json, table, words
from api.session import AsJson, Home, settings_for, told
from rag.errors import ModelMissing
from rag.models import CATALOGUE, ModelFile, fetch, known, remove, verify
from rag.settings import Settings

app = typer.Typer(
    name="models", help="The embedded language models: list, fetch, verify, remove.", no_args_is_help=True
)

Name = Annotated[str | None, typer.Argument(help=f"{' or '.join(CATALOGUE)}; by default the one that is set.")]


@app.command("list")
def list_models(home: Home = None, as_json: AsJson = False) -> None:
    """Which models there are, and which are here."""
    with told(as_json=as_json):
        settings = settings_for(home)
        rows = [_described(model, settings) for model in CATALOGUE.values()]
    if as_json:
        print_json({"directory": str(settings.models), "set": settings.model, "models": rows})
        return
    cells = [(r["name"], r["title"], _size(r["bytes"]), r["licence"], "yes" if r["here"] else "no") for r in rows]
    people.print(table(("name", "model", "size", "licence", "here"), cells))
    people.print(words(f"in {settings.models}; set: {settings.model}", "dim"), soft_wrap=True)


@app.command("fetch")
def fetch_model(name: Name = None, home: Home = None, as_json: AsJson = False) -> None:
    """Fetch a model, with a progress bar; one that is here is left alone, one half fetched is finished."""
    with told(as_json=as_json):
        settings = settings_for(home)
        if name is None and (settings.uses_endpoint or settings.model not in CATALOGUE):
            if as_json:
                print_json({"name": settings.model, "fetched": False})
            else:
                people.print(words(f"nothing to fetch: DATELINE_MODEL is {settings.model}"))
            return
        model = known(name or settings.model)
        was_here = _is_here(model, settings)
        path = verify(model, settings.models) if was_here else _fetch_with_bar(model, settings.models)
    if as_json:
        print_json({**_described(model, settings), "fetched": not was_here})
    elif not was_here:
        people.print(words(f"{model.title} is in {path}"), soft_wrap=True)


@app.command("verify")
def verify_model(name: Name = None, home: Home = None, as_json: AsJson = False) -> None:
    """Hash every byte of a model and compare it with the one that was pinned."""
    with told(as_json=as_json):
        settings = settings_for(home)
        model = known(name or settings.model)
        path = verify(model, settings.models, full=True)
    if as_json:
        print_json({**_described(model, settings), "verified": True})
    else:
        people.print(words(f"{path} is the pinned file, sha256 {model.sha256}"), soft_wrap=True)


@app.command("remove")
def remove_model(name: Annotated[str, typer.Argument()], home: Home = None, as_json: AsJson = False) -> None:
    """Delete a model and what a stopped fetch left of it."""
    with told(as_json=as_json):
        freed = remove(known(name), settings_for(home).models)
    if as_json:
        print_json({"name": name, "freed_bytes": freed})
    else:
        people.print(words(f"{_size(freed)} freed" if freed else f"{name} was not there"))


def _fetch_with_bar(model: ModelFile, directory: Path) -> Path:
    """The bar goes to standard error, so that results stay results; without a terminal there is none."""
    if not aside.is_terminal:
        aside.print(words(f"fetching {model.title}, {_size(model.bytes)}"))
    columns = (TextColumn(model.title), BarColumn(), DownloadColumn(), TransferSpeedColumn(), TimeRemainingColumn())
    with Progress(*columns, console=aside, disable=not aside.is_terminal) as progress:
        task = progress.add_task("fetch", total=model.bytes)
        return fetch(model, directory, lambda done, _: progress.update(task, completed=done))


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
