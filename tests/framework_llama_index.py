"""What a program with LlamaIndex does with Dateline; run by test_clients.py in an environment without Dateline's own.

Takes the server's address, prints what it got as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.core.schema import MetadataMode
from llama_index.llms.openai_like import OpenAILike

from api.clients.llama_index import DatelineRetriever
from api.clients.search import SearchFailed

QUESTION = "Who was excluded from the Riyadh talks?"


def failure(base_url: str) -> str:
    """What a retriever says where nobody listens."""
    try:
        DatelineRetriever(base_url).retrieve(QUESTION)
    except SearchFailed as error:
        return str(error)
    return ""


def main(server: str) -> dict[str, Any]:
    """Ask in every way."""
    model = OpenAILike(
        model="dateline", api_base=f"{server}/v1", api_key="none", is_chat_model=True, max_retries=0, timeout=30
    )
    question = [ChatMessage(role="user", content=QUESTION)]
    whole, completed = model.chat(question), model.complete(QUESTION)
    streamed = list(model.stream_chat(question))
    retriever = DatelineRetriever(server, similarity_top_k=3)
    found = retriever.retrieve(QUESTION)
    return {
        "chat": whole.message.content,
        "urls": [note.url_citation.url for note in whole.raw.choices[0].message.annotations],
        "outcome": whole.raw.dateline["outcome"],
        "streamed": streamed[-1].message.content,
        "streamed_outcome": streamed[-1].raw.dateline["outcome"],
        "pieces": len(streamed),
        "async": asyncio.run(model.achat(question)).message.content,
        "completed": completed.text,
        "completed_urls": [note.url_citation.url for note in completed.raw.choices[0].message.annotations],
        "found": [{"id": one.node.node_id, "text": one.text, "score": one.score, **one.metadata} for one in found],
        "found_async": [one.node.node_id for one in asyncio.run(retriever.aretrieve(QUESTION))],
        "found_before": len(DatelineRetriever(server, as_of="2025-02-17").retrieve(QUESTION)),
        "read": found[0].node.get_content(MetadataMode.LLM),
        "refused": failure(f"{server}/nowhere"),
        "unreachable": failure("http://127.0.0.1:9"),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
