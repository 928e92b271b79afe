"""What a model is asked to return, and a reading of what it does return that survives its slips.

A model returns `{"sentences": [{"text": …, "lines": [labels]}], "answer": the shortest answer}`: the full sentence
first, because a small model that has given its short answer goes on to copy some other line. Where the endpoint
constrains output to a schema that is exactly what comes; elsewhere a reply may come in a code fence, with talk around
it, cut off, with labels as text ("[3]", "line 3"), or as prose with labels in brackets. All of these are read. What
is read is still only a claim: nothing here decides what is shown.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from rag.errors import ModelNonsense

MAX_REPLY = 20_000  # characters; more is a model in a loop
MAX_SENTENCES = 12
MAX_LABELS = 8


@dataclass(frozen=True, slots=True)
class Pointed:
    """A sentence with the labels its model points at; any whole numbers, also ones that were never given out."""

    text: str
    labels: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model said."""

    short: str  # the shortest answer, or ""
    sentences: tuple[Pointed, ...]


def schema(labels: int) -> dict[str, Any]:
    """The JSON schema of a reply about `labels` lines: only whole numbers 1 … labels can be pointed at."""
    pointed = {
        "type": "object",
        "properties": {
            "text": {"type": "string", "minLength": 1, "maxLength": 400},
            "lines": {
                "type": "array",
                "items": {"type": "integer", "enum": list(range(1, labels + 1))},
                "minItems": 1,
                "maxItems": 3,
            },
        },
        "required": ["text", "lines"],
        "additionalProperties": False,
    }
    return {
        "type": "object",
        "properties": {
            "sentences": {"type": "array", "items": pointed, "minItems": 1, "maxItems": 3},
            "answer": {"type": "string", "maxLength": 200},
        },
        "required": ["sentences", "answer"],
        "additionalProperties": False,
    }


def parse(text: str) -> Reply:
    """Read a whole reply. Raises ModelNonsense when there is nothing to read."""
    text = text[:MAX_REPLY]
    for found in _objects(text):
        reply = _from_object(found)
        if reply is not None:
            return reply
    sentences = tuple(_so_far(text))
    if sentences:  # cut off in the middle: what was complete counts
        return Reply(_short_so_far(text), sentences)
    prose = tuple(_from_prose(text))
    if prose:
        return Reply("", prose)
    raise ModelNonsense("the model's reply holds no sentence that points at a line: ask again, or use another model")


def so_far(text: str) -> tuple[str, tuple[Pointed, ...]]:
    """The short answer and the complete sentences of a reply that is still coming."""
    return _short_so_far(text), tuple(_so_far(text))


_DECODER = json.JSONDecoder()


def _objects(text: str) -> Iterator[Mapping[str, Any]]:
    at = text.find("{")
    while at >= 0:
        try:
            found, end = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            at = text.find("{", at + 1)
            continue
        if isinstance(found, dict):
            yield found
        at = text.find("{", end)


def _from_object(found: Mapping[str, Any]) -> Reply | None:
    short = found.get("answer", found.get("short", ""))
    short = short.strip() if isinstance(short, str) else ""
    given = found.get("sentences", found.get("claims"))
    sentences: list[Pointed] = []
    if isinstance(given, list):
        sentences = [pointed for item in given[:MAX_SENTENCES] if (pointed := _pointed(item)) is not None]
    elif short:
        # The plainest shape: {"answer": …, "lines": […]}.
        sentences = [Pointed(short, _labels(found.get("lines", found.get("citations", []))))]
    return Reply(short, tuple(sentences)) if sentences else None


def _pointed(item: object) -> Pointed | None:
    if isinstance(item, str):
        return next(_from_prose(item), None)
    if not isinstance(item, dict):
        return None
    text = item.get("text", item.get("sentence"))
    if not isinstance(text, str) or not text.strip():
        return None
    labels = _labels(item.get("lines", item.get("citations", item.get("line", []))))
    bare, inside = _take_labels(text)
    return Pointed(bare, tuple(dict.fromkeys((*labels, *inside)))[:MAX_LABELS])


def _labels(given: object) -> tuple[int, ...]:
    """Labels in whatever form: 3, "3", "[3]", "line 3", [1, "2"], "1, 2"."""
    items = given if isinstance(given, list) else [given]
    found: list[int] = []
    for item in items[: MAX_LABELS * 2]:
        if isinstance(item, bool) or item is None:
            continue
        if isinstance(item, int):
            found.append(item)
        elif isinstance(item, float) and item.is_integer():
            found.append(int(item))
        elif isinstance(item, str):
            found.extend(int(digits) for digits in re.findall(r"(?<![\d.])\d{1,4}(?![\d.])", item))
    return tuple(dict.fromkeys(found))[:MAX_LABELS]


_IN_BRACKETS = re.compile(r"\s*[\[【(](?:lines? )?L?(\d{1,3}(?:\s*[,;–-]\s*L?\d{1,3})*)[\]】)](?=\W|$)")


def _take_labels(text: str) -> tuple[str, tuple[int, ...]]:
    """A sentence without its bracketed labels, and the labels."""
    labels: list[int] = []
    for match in _IN_BRACKETS.finditer(text):
        labels.extend(int(digits) for digits in re.findall(r"\d+", match[1]))
    return (_IN_BRACKETS.sub("", text).strip() if labels else text.strip()), tuple(dict.fromkeys(labels))


def _from_prose(text: str) -> Iterator[Pointed]:
    """Sentences of plain prose that carry labels; prose that points at nothing claims nothing."""
    text = re.sub(r"```\w*", " ", text)
    for piece in re.split(r"(?<=[.!?])(?:\s+(?![\[(]\d)|\n+)|(?<=[\])])\s*(?=[A-Z“\"])|\n+", text)[:MAX_SENTENCES]:
        bare, labels = _take_labels(piece.strip().lstrip("-*• "))
        if labels and any(character.isalnum() for character in bare):
            yield Pointed(bare, labels[:MAX_LABELS])


_ARRAY = re.compile(r'"(?:sentences|claims)"\s*:\s*\[')
_ANSWER = re.compile(r'"answer"\s*:\s*(?=")')


def _so_far(text: str) -> Iterator[Pointed]:
    opening = _ARRAY.search(text)
    if opening is None:
        return
    at = opening.end()
    for _ in range(MAX_SENTENCES):
        while at < len(text) and text[at] in " \t\r\n,":
            at += 1
        try:
            item, at = _DECODER.raw_decode(text, at)
        except (ValueError, RecursionError):
            return
        pointed = _pointed(item)
        if pointed is not None:
            yield pointed


def _short_so_far(text: str) -> str:
    opening = _ANSWER.search(text)
    if opening is None:
        return ""
    try:
        short, _ = _DECODER.raw_decode(text, opening.end())
    except (ValueError, RecursionError):
        return ""
    return short.strip() if isinstance(short, str) else ""
