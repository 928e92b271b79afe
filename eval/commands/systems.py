"""Who is asked, about which articles: what the options of the command line build."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from eval.articles import Articles, GivenArticles
from eval.asking import Asker, Narrowed
from eval.errors import BadRecord
from eval.remote import asker as remote_asker
from eval.stored import StoreArticles
from index.store import Store
from rag.chat import ChatModel
from rag.settings import Settings


def system(
    stack: ExitStack,
    against: str | None,
    model: str | None,
    key_env: str | None,
    home: Path | None,
    sources: Sequence[Path],
    folder: Path,
    narrowed: Narrowed,
    label: str = "",
    replies: Path | None = None,
) -> tuple[Asker, Articles]:
    """Who is asked, and where citations are read back from."""
    if against is not None:
        articles: Articles = GivenArticles.read(sources) if home is None else stored(stack, home)
        return remote_asker(against, model=model, key=key_of(key_env)), articles
    from eval.inprocess import InProcess

    place = home or folder / f"index-{content_hash(sources)}"
    environment = {**os.environ, "DATELINE_HOME": str(place)}
    if model is not None:
        environment["DATELINE_MODEL"] = model
    settings = Settings.read(environment)
    system = stack.enter_context(InProcess(settings, sources, narrowed=narrowed, label=label, replies=replies))
    return system, system.articles


def _speaks(stack: ExitStack, settings: Settings, replies: Path | None) -> ChatModel | None:
    """The model of the settings, with its replies kept where a folder is named for them."""
    from eval.replies import KeptReplies
    from rag.build import open_model

    model = open_model(settings)
    if model is None:
        return None
    stack.callback(model.close)
    return model if replies is None else KeptReplies(model, replies, where=str(settings.base_url or ""))


def plain_system(
    stack: ExitStack, model: str | None, sources: Sequence[Path], replies: Path | None = None
) -> tuple[Asker, Articles]:
    """The plain system to compare with, with the model of the settings."""
    from eval.plain import PlainBM25

    settings = Settings.read({**os.environ, **({"DATELINE_MODEL": model} if model is not None else {})})
    speaks = _speaks(stack, settings, replies)
    articles = GivenArticles.read(sources)
    return PlainBM25(articles, speaks, exact=not settings.uses_endpoint), articles


def plain_over_home(
    stack: ExitStack,
    model: str | None,
    home: Path,
    narrowed: Narrowed,
    label: str = "",
    replies: Path | None = None,
) -> tuple[Asker, Articles]:
    """The plain system over the passages of an index, with the model of the settings."""
    from eval.passages import PlainPassages
    from rag.build import open_index

    environment = {**os.environ, "DATELINE_HOME": str(home)}
    settings = Settings.read({**environment, **({"DATELINE_MODEL": model} if model is not None else {})})
    index = open_index(settings)
    stack.callback(index.close)
    speaks = _speaks(stack, settings, replies)
    plain = PlainPassages(index, speaks, exact=not settings.uses_endpoint, narrowed=narrowed, label=label)
    return plain, StoreArticles(index.store)


def stored(stack: ExitStack, home: Path) -> StoreArticles:
    store = Store(home / "articles.db")
    stack.callback(store.close)
    return StoreArticles(store)


def key_of(variable: str | None) -> str | None:
    """The key in a named variable. Raises BadRecord where it is named and not set."""
    key = os.environ.get(variable) if variable is not None else None
    if variable is not None and not key:
        raise BadRecord(f"the variable {variable} that should hold a key is not set")
    return key


def content_hash(sources: Sequence[Path]) -> str:
    """Names the corpus, so that a removed or changed article never lingers in an index of it."""
    digest = hashlib.sha256()
    for source in sources:
        for path in sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]:
            try:
                digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
            except OSError as error:
                raise BadRecord(f"{path} cannot be read ({error.strerror or error}): check --corpus") from error
    return digest.hexdigest()[:20]


def corpus_of(gold: Path) -> Path:
    """The folder named like the gold file: beside it, or beside one of the two folders it lies in."""
    places = [gold.absolute().parents[up] / gold.stem for up in range(min(3, len(gold.absolute().parents)))]
    for place in places:
        if place.is_dir():
            return place
    raise BadRecord(f"no folder `{gold.stem}` beside {gold}: say where the articles are with --corpus or --home")
