"""What a program with LangChain does with Dateline; run by test_clients.py in an environment without Dateline's own.

Takes the server's address, prints what it got as JSON.
"""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

from langchain_core.messages import AIMessage, HumanMessage
from langchain_core.prompts import ChatPromptTemplate
from langchain_core.runnables import RunnableLambda
from langchain_openai import ChatOpenAI

from api.clients.langchain import DatelineRetriever
from api.clients.search import SearchFailed

QUESTION = "Who was excluded from the Riyadh talks?"


def told(message: Any) -> dict[str, Any]:
    """Text and cited addresses of a message, by the framework's own content blocks."""
    blocks = [block for block in message.content_blocks if block["type"] == "text"]
    notes = [note for block in blocks for note in block.get("annotations", [])]
    return {
        "text": "".join(block["text"] for block in blocks),
        "urls": [note["url"] for note in notes if note["type"] == "citation"],
        "tokens": (message.usage_metadata or {}).get("total_tokens", 0),
    }


def joined(pieces: list[Any]) -> Any:
    """A stream as one message."""
    whole = pieces[0]
    for piece in pieces[1:]:
        whole += piece
    return whole


def failure(base_url: str) -> str:
    """What a retriever says where nobody listens."""
    try:
        DatelineRetriever(base_url=base_url).invoke(QUESTION)
    except SearchFailed as error:
        return str(error)
    return ""


def main(server: str) -> dict[str, Any]:
    """Ask in every way."""
    given: dict[str, Any] = {"base_url": f"{server}/v1", "api_key": "none", "model": "dateline", "max_retries": 0}
    chat = ChatOpenAI(**given)
    responses = ChatOpenAI(**given, use_responses_api=True)
    asked = ChatPromptTemplate.from_messages([("system", "Be brief."), ("human", "{question}")])
    streamed = list(chat.stream(QUESTION, stream_usage=True))
    retriever = DatelineRetriever(base_url=server, k=3)
    chain = retriever | RunnableLambda(lambda found: found[0].metadata["title"])
    talk = [HumanMessage(QUESTION), AIMessage("Ukraine."), HumanMessage(QUESTION)]
    return {
        "chat": told(chat.invoke(QUESTION)),
        "streamed": told(joined(streamed)),
        "pieces": len(streamed),
        "prompted": told((asked | chat).invoke({"question": QUESTION})),
        "responses": told(responses.invoke(QUESTION)),
        "responses_streamed": told(joined(list(responses.stream(QUESTION)))),
        "follow_up": told(asyncio.run(chat.ainvoke(talk))),
        "found": [one.model_dump() for one in retriever.invoke(QUESTION)],
        "found_async": [one.model_dump() for one in asyncio.run(retriever.ainvoke(QUESTION))],
        "found_one": len(retriever.invoke(QUESTION, k=1)),
        "found_before": len(retriever.invoke(QUESTION, as_of="2025-02-17")),
        "found_elsewhere": len(DatelineRetriever(base_url=server, filters={"sources": ["nobody"]}).invoke(QUESTION)),
        "chained": chain.invoke(QUESTION),
        "refused": failure(f"{server}/nowhere"),
        "unreachable": failure("http://127.0.0.1:9"),
        "no_address": failure("ftp://127.0.0.1"),
    }


if __name__ == "__main__":
    print(json.dumps(main(sys.argv[1])))
