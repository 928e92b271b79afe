"""Dateline as a LangChain retriever."""

from __future__ import annotations

from typing import Any

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict, Field, SecretStr

from api.clients.search import Search, about, name_of


class DatelineRetriever(BaseRetriever):
    """The nearest passages of a newsroom's articles, each with its lines, date and link; best first.

    Raises `api.clients.search.SearchFailed`.
    """

    model_config = ConfigDict(extra="forbid")  # a misspelt filter must not widen the search in silence

    base_url: str = "http://127.0.0.1:8000"
    api_key: SecretStr | None = None
    k: int = Field(default=10, ge=1, le=100)
    as_of: str | None = None
    """The moment asked about, e.g. 2025-02-18: nothing published later is found. Default: now."""
    filters: dict[str, Any] = Field(default_factory=dict)
    """`sources`, `languages`, `published_from` and the others of `POST /v1/search`."""
    timeout_s: float = 30.0

    def _get_relevant_documents(
        self,
        query: str,
        *,
        run_manager: CallbackManagerForRetrieverRun,
        k: int | None = None,
        as_of: str | None = None,
    ) -> list[Document]:
        del run_manager  # the framework tells its callbacks of the start and the end
        key = None if self.api_key is None else self.api_key.get_secret_value()
        search = Search(self.base_url, key, self.timeout_s)
        hits = search(query, limit=k or self.k, as_of=as_of or self.as_of, filters=self.filters)
        return [Document(id=name_of(hit), page_content=hit["text"], metadata=about(hit)) for hit in hits]
