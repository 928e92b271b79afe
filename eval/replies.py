"""Replies of a language model, kept by what it was asked: a rule about answers is tried again without asking anew.

A model at temperature 0 says the same to the same prompt, so what it said once need not be computed again: an hour of
an embedded model becomes seconds, and what a change of the rules after it does is seen on the very same replies. A
prompt that differs by a letter is asked. One append-only JSON Lines file per model; a line cut off by a kill is
dropped. What is measured of time is then not the model's, and the system's name says so.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import threading
from collections.abc import Generator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Unpack

from eval.errors import BadRun
from rag.chat import UNLESS_SAID, ChatModel, Completion, Message, Wanted
from rag.models import CATALOGUE
from rag.settings import DEFAULT

LABEL = "replies kept"
MAX_BYTES = 2 * 1024**3


class KeptReplies:
    """A ChatModel that asks another one only what that was not asked before. Threads may share it."""

    def __init__(self, model: ChatModel, folder: Path, *, where: str = "") -> None:
        """`where` tells models of one name apart: an endpoint. Raises BadRun on a file that cannot be opened."""
        self.name = f"{model.name}, {LABEL}"
        self._model = model
        self.taught = model.taught
        self._lock = threading.Lock()
        who = hashlib.sha256(f"{where}\n{model.name}".encode()).hexdigest()
        self.path = folder / f"{who[:20]}.jsonl"
        try:
            self._held = _read(self.path)
            folder.mkdir(parents=True, exist_ok=True)
            with self.path.open("ab") as file:
                if file.tell():
                    file.write(b"\n")  # ends a line that was cut off; an empty one is skipped
        except OSError as error:
            raise BadRun(
                f"replies cannot be kept in {folder} ({error.strerror or error}): name another one"
            ) from error

    def complete(self, messages: Sequence[Message], **wanted: Unpack[Wanted]) -> Completion:
        """See ChatModel."""
        key = _key("complete", messages, wanted)
        held = self._held.get(key)
        if held is None:
            held = dataclasses.asdict(self._model.complete(messages, **wanted))
            self._keep(key, held)
        return Completion(**held)

    def stream(self, messages: Sequence[Message], **wanted: Unpack[Wanted]) -> Generator[str, None, None]:
        """See ChatModel. A stream that is closed before its end is not kept."""
        key = _key("stream", messages, wanted)
        held = self._held.get(key)
        if held is not None:
            yield from held
            return
        pieces = []
        for piece in self._model.stream(messages, **wanted):
            pieces.append(piece)
            yield piece
        self._keep(key, pieces)

    def close(self) -> None:
        """See ChatModel."""
        self._model.close()

    def _keep(self, key: str, said: Any) -> None:
        line = json.dumps({"asked": key, "said": said}, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        with self._lock, self.path.open("ab") as file:
            self._held[key] = said
            file.write(line)


def _key(how: str, messages: Sequence[Message], wanted: Mapping[str, Any]) -> str:
    asked = [how, [dataclasses.asdict(one) for one in messages], {**UNLESS_SAID, **wanted}]
    if wanted.get("taught"):
        asked.append(_adapter())
    return hashlib.sha256(json.dumps(asked, sort_keys=True).encode()).hexdigest()


@cache
def _adapter() -> str:
    """Which adapter ships: one that was taught anew replies otherwise."""
    path = CATALOGUE[DEFAULT].adapter
    return hashlib.sha256(path.read_bytes()).hexdigest() if path is not None else ""


def _read(path: Path) -> dict[str, Any]:
    try:
        if path.stat().st_size > MAX_BYTES:
            raise BadRun(f"the replies {path} are larger than {MAX_BYTES >> 30} GB: delete the file")
        lines = path.read_bytes().split(b"\n")
    except FileNotFoundError:
        return {}
    found: dict[str, Any] = {}
    for line in lines:
        try:
            record = json.loads(line)
            key, said = record["asked"], record["said"]
        except (ValueError, KeyError, TypeError, RecursionError):
            continue  # cut off by a kill; it is simply asked again
        if isinstance(key, str) and _is_reply(said):
            found[key] = said
    return found


def _is_reply(said: Any) -> bool:
    if isinstance(said, list):
        return all(isinstance(piece, str) for piece in said)
    if not isinstance(said, dict):
        return False
    try:
        Completion(**said)
    except TypeError:
        return False
    return isinstance(said["text"], str)
