"""An answer as a message: its text, the annotations that lead to the cited lines, and what it took."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from api.http.service import Service
from api.http.work import Work
from rag import wire
from rag.answer import Answer
from rag.events import Done, Event, Spoken

NOTHING = "The articles do not say."
_MARKER = re.compile(r"\[(\d{1,4})\]")


def text_of(answer: Answer) -> str:
    """What the message says: the answer with its markers, or why there is none."""
    return answer.answer or answer.note or NOTHING


@dataclass(slots=True)
class Speaking:
    """The text so far of an answer that is still being given; put together, its pieces are `text_of` the answer."""

    text: str = ""
    spoken: list[str] = field(default_factory=list)

    def hear(self, event: Event | None) -> str:
        """What this event adds to the text."""
        piece = ""
        if isinstance(event, Spoken):
            markers = "".join(f"[{marker}]" for marker in event.sentence.citations)
            piece = (" " if self.text else "") + event.sentence.text + markers
        elif isinstance(event, Done):
            whole = text_of(event.answer)
            piece = whole.removeprefix(self.text) if whole.startswith(self.text) else ""
        self.text += piece
        return piece


def notes_of(answer: Answer, base: str) -> list[dict[str, Any]]:
    """One for each marker in the text, where it stands; `quote` and `lines` go beyond OpenAI's own fields."""
    if not answer.answer:
        return []
    cited = {citation.marker: citation for citation in answer.citations}
    found = []
    for marker in _MARKER.finditer(answer.answer):
        citation = cited.get(int(marker.group(1)))
        if citation is None:
            continue  # words of an article, not a marker
        shown = wire.citation(citation)
        found.append(
            {
                "type": "url_citation",
                "start_index": marker.start(),
                "end_index": marker.end(),
                "url": base + shown["permalink"],
                "title": citation.title,
                "lines": shown["lines"],
                "quote": shown["quote"],
                "source_link": shown["source_link"],
            }
        )
    return found


def base_of(service: Service, request: Request) -> str:
    """What links of the reply begin with."""
    return (service.settings.public_url or str(request.base_url)).rstrip("/")


def usage_chat(work: Work) -> dict[str, int]:
    """Tokens, as chat completions tell them: what the model was given and said, whatever was shown of it."""
    return {
        "prompt_tokens": work.tokens_in,
        "completion_tokens": work.tokens_out,
        "total_tokens": work.tokens_in + work.tokens_out,
    }


def usage_responses(work: Work) -> dict[str, Any]:
    """The same as the Responses API tells them."""
    return {
        "input_tokens": work.tokens_in,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": work.tokens_out,
        "output_tokens_details": {"reasoning_tokens": 0},
        "total_tokens": work.tokens_in + work.tokens_out,
    }


def data(body: dict[str, Any], *, event: str | None = None) -> bytes:
    """One server-sent event."""
    name = f"event: {event}\n" if event else ""
    return f"{name}data: {json.dumps(body, ensure_ascii=False)}\n\n".encode("utf-8", "replace")
