"""The one place that builds the running system from settings; everything else is handed what it needs."""

from __future__ import annotations

import datetime as dt
from collections.abc import Generator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from index.catalog import NO_FILTERS, Filters
from index.dates import Clock, utc_now
from index.embedder import DEFAULT_MODEL, Embedder, load_embedder
from index.index import Index, OnProgress, quiet
from index.lines import Lines
from rag import models
from rag.answer import Answer
from rag.ask import Asker
from rag.chat import ChatModel, Completion, EndpointModel
from rag.checks.entailment import Entailment
from rag.conversation import Turn
from rag.errors import ModelError, ModelMissing
from rag.events import Event
from rag.line_vectors import LineVectors
from rag.local_model import EmbeddedModel
from rag.rerank import CrossEncoderReranker
from rag.retrieve import Retriever
from rag.selector import LineSelector
from rag.settings import EMBEDDED, EXTRACTIVE, Settings
from rag.token_vectors import open_token_vectors
from rag.verify import Verifier


def open_index(settings: Settings, *, clock: Clock = utc_now, on_progress: OnProgress = quiet) -> Index:
    """The index of these settings, caught up and repaired. Raises NewsError and its kin."""
    embedder = load_embedder(settings.embedder, threads=settings.threads)
    return Index(settings.home, embedder, clock=clock, on_progress=on_progress)


def open_selector(settings: Settings, index: Index) -> LineSelector | None:
    """What reads lines beside a question; None where that is off, or another embedder means other languages."""
    wanted = settings.read_lines and index.embedder.name == DEFAULT_MODEL
    return LineSelector(threads=settings.threads) if wanted else None


def open_entailment(embedder: Embedder) -> Entailment | None:
    """What reads sentences beside the lines they cite; None where another embedder means other languages."""
    return Entailment() if embedder.name == DEFAULT_MODEL else None


def open_retriever(settings: Settings, index: Index) -> Retriever:
    """The search of these settings, with their reranker, where one is named."""
    reranker = CrossEncoderReranker(settings.reranker, threads=settings.threads) if settings.reranker else None
    return Retriever(index, reranker=reranker)


def open_model(settings: Settings) -> ChatModel | None:
    """The language model of these settings; None for extractive answers. Nothing is loaded or asked yet.

    Where the embedded model's file is not here, one that says so when it is asked: extractive answers take over.
    """
    if settings.model == EXTRACTIVE:
        return None
    if settings.uses_endpoint:
        return EndpointModel(
            settings.model,
            base_url=settings.base_url,
            api_key=settings.api_key,
            timeout_s=settings.model_timeout_s,
        )
    try:
        path, title, adapter = _embedded(settings)
    except ModelMissing as missing:
        return _AbsentModel(settings.model, missing)
    return EmbeddedModel(
        path,
        title=title,
        threads=settings.threads,
        context_tokens=settings.context_tokens,
        timeout_s=settings.model_timeout_s,
        debug=settings.log_level == "debug",
        adapter=adapter if settings.adapter else None,
    )


def _embedded(settings: Settings) -> tuple[Path, str | None, Path | None]:
    if settings.model in EMBEDDED:
        entry = models.known(settings.model)
        return models.verify(entry, settings.models), entry.title, entry.adapter
    path = Path(settings.model).expanduser()
    if not path.is_file():
        raise ModelMissing(f"there is no model file at {path}: correct DATELINE_MODEL")
    return path, None, None


class _AbsentModel:
    """Stands where a model should be, and fails as one that is missing does."""

    taught = False

    def __init__(self, name: str, missing: ModelMissing) -> None:
        self.name = name
        self._missing = missing

    def complete(self, *_: object, **__: object) -> Completion:
        raise self._missing

    def stream(self, *_: object, **__: object) -> Generator[str, None, None]:
        raise self._missing
        yield ""  # makes this a generator: it fails when it is first asked for a piece

    def close(self) -> None:
        """Nothing is held."""


class Dateline:
    """The running system: an index, and what answers from it. Safe to share between threads."""

    def __init__(self, settings: Settings, index: Index, model: ChatModel | None) -> None:
        self.settings = settings
        self.index = index
        self.model = model
        self.selector = open_selector(settings, index)
        self.entailment = open_entailment(index.embedder)
        self.retriever = open_retriever(settings, index)
        self.lines = LineVectors(index.embedder, partial(open_token_vectors, index.embedder))
        self.asker = Asker(
            self.retriever,
            model,
            self.lines,
            self.lines_of,
            selector=self.selector,
            verifier=Verifier(self.lines, reader=self.entailment),
            empty=lambda: not index.catalog.article_ids(),
            max_question=settings.max_question_chars,
            max_tokens=settings.answer_tokens,
            prompt_tokens=settings.prompt_tokens,
            quote_first=settings.quotes_first,
            english_only=index.embedder.name == DEFAULT_MODEL,
        )

    def lines_of(self, article_id: str, revision: str) -> Lines:
        """The lines of one revision. Raises UnknownArticle."""
        return Lines(self.index.store.text(article_id, revision))

    def ask(
        self,
        question: str,
        *,
        as_of: dt.datetime | None = None,
        filters: Filters = NO_FILTERS,
        history: Sequence[Turn] = (),
        explain: bool = False,
    ) -> Answer:
        """The answer to a question; `as_of` is now where it is not given. Raises BadQuestion."""
        moment = as_of or self.index.clock()
        return self.asker.ask(question, as_of=moment, filters=filters, history=history, explain=explain)

    def stream(
        self,
        question: str,
        *,
        as_of: dt.datetime | None = None,
        filters: Filters = NO_FILTERS,
        history: Sequence[Turn] = (),
        explain: bool = False,
    ) -> Generator[Event, None, None]:
        """The same as events; closing the generator stops the work. Raises BadQuestion at the first step."""
        moment = as_of or self.index.clock()
        return self.asker.stream(question, as_of=moment, filters=filters, history=history, explain=explain)

    def warm(self) -> None:
        """Load what the first question would wait for. A model that does not load is told of when it is asked."""
        self.lines.alike("What happened?", ["Nothing happened."])
        if self.selector is not None:
            self.selector.read("What happened?", [("", "Nothing happened.")])
        if self.entailment is not None and self.model is not None:
            self.entailment.load()
        self.index.embedder.encode_question("What happened?")
        if isinstance(self.model, EmbeddedModel):
            with suppress(ModelError):
                self.model.start()

    def close(self) -> None:
        """Let go of the model and the files."""
        if self.model is not None:
            self.model.close()
        self.index.close()


def build(settings: Settings, *, clock: Clock = utc_now, on_progress: OnProgress = quiet) -> Dateline:
    """The running system of these settings. Raises NewsError and its kin."""
    return Dateline(settings, open_index(settings, clock=clock, on_progress=on_progress), open_model(settings))
