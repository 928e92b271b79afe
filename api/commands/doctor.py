"""`dateline doctor`: what is installed, which models are here, and whether the index is sound."""

from __future__ import annotations

import os
import platform
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

import typer

from api.output import people, print_json, progress_bars, words
from api.session import AsJson, Home, settings_for, told
from index.embedder import load_embedder
from index.errors import NewsError
from index.index import Index
from index.paths import size_of
from index.verify import verify
from rag import budget, models
from rag.errors import RagError
from rag.settings import Settings

LIBRARIES = (
    "faiss-cpu",
    "sentence-transformers",
    "tantivy",
    "onnxruntime",
    "xllamacpp",
    "openai",
    "tiktoken",
    "fastapi",
)
ROOM = 2_000_000_000  # bytes


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was looked at."""

    what: str
    good: bool
    said: str
    needed: bool = True  # whether questions cannot be answered without it


def doctor(home: Home = None, as_json: AsJson = False) -> None:
    """Look at everything that an answer needs, and say what is wrong and how to mend it."""
    with told(as_json=as_json):
        settings = settings_for(home)
    findings = [_python(), *_libraries(), _disk(settings), *_models(settings), _tokens()]
    with progress_bars(quiet=as_json) as on_progress:
        findings += _index(settings, on_progress)
    if as_json:
        print_json({"home": str(settings.home), "findings": [asdict(finding) for finding in findings]})
    else:
        for finding in findings:
            mark = "[green]✓[/green]" if finding.good else "[red]✗[/red]" if finding.needed else "[yellow]![/yellow]"
            people.print(mark, words(f"{finding.what:<22}"), words(finding.said), soft_wrap=True)
    if any(finding.needed and not finding.good for finding in findings):
        raise typer.Exit(1)


def _python() -> Finding:
    return Finding(
        "Python", True, f"{platform.python_version()}, SQLite {sqlite3.sqlite_version}, {os.cpu_count()} cores"
    )


def _libraries() -> list[Finding]:
    found = []
    for name in LIBRARIES:
        try:
            found.append(Finding(name, True, version(name)))
        except PackageNotFoundError:
            found.append(Finding(name, False, f"not installed: run `pip install {name}`"))
    return found


def _disk(settings: Settings) -> Finding:
    place = settings.home
    while not place.exists():
        place = place.parent
    free = shutil.disk_usage(place).free
    writable = os.access(place, os.W_OK)
    said = f"{settings.home}, {size_of(free)} free" + ("" if writable else ", not writable: name another with --home")
    return Finding("home", writable and free > ROOM, said)


def _models(settings: Settings) -> list[Finding]:
    found = []
    for name, entry in models.CATALOGUE.items():
        wanted = settings.model == name and not settings.uses_endpoint
        try:
            path = models.verify(entry, settings.models)
            found.append(Finding(f"model {name}", True, f"{entry.title}, {path}"))
        except RagError as error:
            # Extractive answers need no model, so none is needed; the chosen one is missed all the same.
            if wanted:
                found.append(Finding(f"model {name}", False, str(error), needed=False))
    if settings.uses_endpoint:
        found.append(Finding("model", True, f"{settings.model} at {settings.base_url or 'OpenAI'}"))
    return found


def _tokens() -> Finding:
    said = budget.counting()
    return Finding("token counts", said.startswith("tiktoken"), said, needed=False)


def _index(settings: Settings, on_progress: Callable[[str, int, int], None]) -> list[Finding]:
    try:
        embedder = load_embedder(settings.embedder, threads=settings.threads)
        told_of = f"{embedder.name}, {embedder.dimension} dimensions, {embedder.max_tokens} tokens"
        found = [Finding("embedder", True, told_of)]
        index = Index(settings.home, embedder, on_progress=on_progress)
    except NewsError as error:
        return [Finding("index", False, str(error))]
    try:
        found += [Finding("repaired", True, message) for message in index.repaired]
        verdict = verify(index, on_progress=on_progress)
        counts: dict[str, Any] = index.store.counts()
    except NewsError as error:
        return [*found, Finding("index", False, str(error))]
    finally:
        index.close()
    said = f"{counts['articles']:,} articles, {counts['passages']:,} passages"
    if not verdict.sound:
        said = f"{said}; {verdict.faults[0]}: run `dateline rebuild`"
    elif not counts["articles"]:
        said = "empty: take in articles with `dateline ingest PATH`"
    return [*found, Finding("index", verdict.sound, said)]
