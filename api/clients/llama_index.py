"""Dateline as a LlamaIndex retriever."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from llama_index.core.retrievers import BaseRetriever
from llama_index.core.schema import NodeWithScore, QueryBundle, TextNode

from api.clients.search import Search, about, name_of

# Of what is known of a passage, what a language model has no use for; it reads headline, outlet and date.
_UNREAD = [
    "article_id",
    "revision",
    "url",
    "updated_at",
    "first_line",
    "last_line",
    "permalink",
    "rank",
    "score",
    "carried_by",
]


class DatelineRetriever(BaseRetriever):  # type: ignore[no-any-unimported,unused-ignore]
    """The nearest passages of a newsroom's articles, each with its lines, date and link; best first.

    Raises `api.clients.search.SearchFailed`.
    """

    def __init__(
        self,
        base_url: str = "http://127.0.0.1:8000",
        *,
        api_key: str | None = None,
        similarity_top_k: int = 10,
        as_of: str | None = None,
        filters: Mapping[str, Any] | None = None,
        timeout_s: float = 30.0,
    ) -> None:
        """`as_of`: a moment, nothing published later is found; `filters`: those of `POST /v1/search`."""
        super().__init__()
        self._search = Search(base_url, api_key, timeout_s)
        self._most = similarity_top_k
        self._as_of = as_of
        self._filters = dict(filters or {})

    def _retrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        hits = self._search(query_bundle.query_str, limit=self._most, as_of=self._as_of, filters=self._filters)
        return [NodeWithScore(node=_node(hit), score=hit["score"]) for hit in hits]

    async def _aretrieve(self, query_bundle: QueryBundle) -> list[NodeWithScore]:
        return await asyncio.to_thread(self._retrieve, query_bundle)


def _node(hit: Mapping[str, Any]) -> TextNode:
    return TextNode(
        id_=name_of(hit),
        text=hit["text"],
        metadata=about(hit),
        excluded_llm_metadata_keys=_UNREAD,
        excluded_embed_metadata_keys=_UNREAD,
    )
