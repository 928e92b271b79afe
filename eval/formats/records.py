"""Reading lists of JSON objects as other tools leave them, bounded and with clear faults."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from eval.errors import BadRecord
from eval.gold import GoldQuestion, parse

MAX_BYTES = 512 * 1024 * 1024


def text_of(path: Path) -> str:
    """A file's text, unpacked where its name ends in .gz. Raises BadRecord."""
    try:
        if path.name.endswith(".gz"):
            with gzip.open(path, "rb") as file:
                raw = file.read(MAX_BYTES + 1)
        else:
            with path.open("rb") as file:
                raw = file.read(MAX_BYTES + 1)
        if len(raw) > MAX_BYTES:
            raise BadRecord(f"{path} is larger than {MAX_BYTES >> 20} MB: split it")
        return raw.decode("utf-8-sig")
    except (OSError, EOFError) as error:
        raise BadRecord(f"{path} cannot be read ({error}): check the path") from error
    except UnicodeDecodeError as error:
        raise BadRecord(f"{path} is not UTF-8 (byte {error.start}): save it as UTF-8") from error


def objects(path: Path) -> Iterator[tuple[str, Mapping[str, Any]]]:
    """The objects of a JSON array or of JSON Lines, each with its place. Raises BadRecord."""
    text = text_of(path)
    try:
        if text.lstrip().startswith("["):
            found: Iterable[tuple[int, Any]] = enumerate(json.loads(text), 1)
        else:
            found = [(n, json.loads(line)) for n, line in enumerate(text.split("\n"), 1) if line.strip()]
    except (ValueError, RecursionError) as error:
        raise BadRecord(f"{path} is neither a JSON array nor JSON Lines ({error})") from error
    for number, record in found:
        if not isinstance(record, dict):
            raise BadRecord(f"{path}: record {number} is not an object")
        yield f"{path}: record {number}", record


def gold(place: str, record: Mapping[str, Any]) -> GoldQuestion:
    """A record in the gold format as a question. Raises BadRecord with its place."""
    question, problems = parse({"kind": "open", "answerable": True, **record})
    if question is None or problems:
        raise BadRecord(f"{place} does not make a gold question: {'; '.join(problems)}")
    return question


def identifier(given: object, number: int) -> str:
    """An id without blanks, from what a record has, else from its number."""
    text = re.sub(r"\s+", "-", str(given).strip()) if given not in (None, "") else ""
    return text[:200] or f"q{number}"


def required(place: str, record: Mapping[str, Any], *names: str) -> str:
    """The first of these fields that is a string with something in it. Raises BadRecord where none is."""
    for name in names:
        value = record.get(name)
        if isinstance(value, str) and value.strip():
            return value
    raise BadRecord(f"{place} has no {' or '.join(f'`{name}`' for name in names)}")


Reader = Callable[[Path], list[GoldQuestion]]
