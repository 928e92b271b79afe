"""Asking a Dateline that runs in this process, on an index of its own or an existing one."""

from __future__ import annotations

import datetime as dt
import hashlib
import json
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

import index
import rag
from eval.asking import Narrowed, filters_of, told
from eval.errors import AskFailed, BadRecord
from eval.replies import KeptReplies
from eval.stored import StoreArticles
from index.errors import NewsError
from index.ingest import Ingest
from index.store import Store
from rag import wire
from rag.build import Dateline, build
from rag.errors import RagError
from rag.lines import Embedder
from rag.settings import Settings


class InProcess:
    """An Asker over `rag.build.build`. Closed on leaving its `with`."""

    exact = True

    def __init__(
        self,
        settings: Settings,
        corpus: Sequence[Path] = (),
        *,
        narrowed: Narrowed | None = None,
        label: str = "",
        replies: Path | None = None,
    ) -> None:
        """Build the system and take in the corpus. Raises NewsError, RagError, BadRecord.

        `narrowed` are the searches of single questions: to the right articles, to tell how well it reads from how
        well it finds, or to all others, to tell whether it refuses. `label` then says so in the name. In the folder
        `replies` the model's are kept, and taken from where it was asked the same before.
        """
        self._narrowed = narrowed or {}
        self.dateline: Dateline = build(settings)
        try:
            self._take_in(corpus)
            model = self.dateline.model
            if model is not None and replies is not None:
                model = KeptReplies(model, replies, where=str(settings.base_url or ""))
                self.dateline.asker.model = model
            speaks = f"{type(model).__name__} {model.name if model else ''}"
            speaks += "".join(f"\0{one}" for one in told(self._narrowed))
            self.fingerprint = _fingerprint(settings, speaks, self.dateline.index.store)
        except BaseException:
            self.dateline.close()
            raise
        # An endpoint may change what stands behind a model's name.
        self.exact = not settings.uses_endpoint
        self.name = f"Dateline, {model.name if model else 'extractive'}"
        self.name += f", {label}" if label else ""

    def _take_in(self, corpus: Sequence[Path]) -> None:
        if not corpus:
            return
        summary = Ingest(self.dateline.index, timer=time.perf_counter).run(corpus)
        if not self.dateline.index.store.counts().get("articles"):
            reason = summary.skipped[0].reason if summary.skipped else "the folder is empty"
            raise BadRecord(f"no article in {', '.join(map(str, corpus))}: {reason}")

    def __enter__(self) -> InProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.dateline.close()

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """See Asker.ask. A history is refused: the embedded interface takes whole answers, not texts."""
        if history:
            raise AskFailed("asking in process takes no history: grade conversations with --against")
        try:
            filters = filters_of(self._narrowed, question)
            return wire.answer(self.dateline.ask(question, as_of=as_of, filters=filters, explain=True))
        except (NewsError, RagError) as error:
            raise AskFailed(str(error)) from error

    @property
    def embedder(self) -> Embedder:
        """For the check of labelled pairs."""
        return self.dateline.index.embedder

    @property
    def articles(self) -> StoreArticles:
        """The store's articles, to read citations back from."""
        return StoreArticles(self.dateline.index.store)


def _fingerprint(settings: Settings, model: str, store: Store) -> str:
    """SHA-256 over the code that answers, its settings, the model that speaks and the articles it answers from."""
    digest = hashlib.sha256(model.encode())
    for package in (index, rag):
        for folder in sorted(package.__path__):
            for path in sorted(Path(folder).rglob("*")):
                if path.is_file() and "__pycache__" not in path.parts:
                    digest.update(path.relative_to(folder).as_posix().encode() + b"\0" + path.read_bytes())
    told = settings.model_dump(
        mode="json", exclude={"home", "models", "api_key", "host", "port", "log_level", "threads"}
    )
    digest.update(json.dumps(told, sort_keys=True).encode())
    after = ""
    while page := store.articles(after=after, limit=1000):
        for article in page:
            digest.update(f"{article.article_id}\0{article.revision}\0{article.status}\n".encode())
        after = page[-1].article_id
    return digest.hexdigest()
