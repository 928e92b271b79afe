"""The journal: every answer is kept the moment it comes, so that a run can be killed and taken up again.

One append-only JSON Lines file per suite and system. A record is one question asked once; a line cut off by a
kill is dropped. Only answers are reused, never errors.
"""

from __future__ import annotations

import hashlib
import json
import os
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from eval.errors import BadRun

MAX_BYTES = 2 * 1024**3


@dataclass(frozen=True, slots=True)
class Asked:
    """One question asked once: its answer, or why there was none, and how long it took."""

    answer: Mapping[str, Any] | None
    error: str | None
    seconds: float


class Journal:
    """Answers by question and repeat. Threads may share one; so may two runs, which then share their answers."""

    def __init__(self, folder: Path, suite: str, system: str) -> None:
        """`suite` and `system` name exactly what is asked and who answers."""
        key = hashlib.sha256(f"{suite}\n{system}".encode()).hexdigest()[:20]
        self.path = folder / f"{key}.jsonl"
        self._head = {"suite": suite, "system": system}
        self._lock = threading.Lock()

    def read(self) -> dict[tuple[str, int], Asked]:
        """The answers so far, by question id and repeat. Raises BadRun on a file that is not a journal."""
        found: dict[tuple[str, int], Asked] = {}
        try:
            if self.path.stat().st_size > MAX_BYTES:
                raise BadRun(f"the journal {self.path} is larger than {MAX_BYTES >> 30} GB: delete it and run again")
            lines = self.path.read_bytes().split(b"\n")
        except FileNotFoundError:
            return found
        for number, line in enumerate(lines):
            try:
                record = json.loads(line)
                if number == 0:
                    if record != self._head:
                        raise BadRun(f"{self.path} is not the journal of this suite and system: delete it")
                    continue
                asked = Asked(record["answer"], record["error"], float(record["seconds"]))
                if asked.error is None:
                    found[record["id"], int(record["repeat"])] = asked
            except (ValueError, KeyError, TypeError):
                continue  # cut off by a kill; the question is simply asked again
        return found

    def start(self, *, fresh: bool) -> dict[tuple[str, int], Asked]:
        """Open for a run: the answers so far, or none after throwing them away."""
        self.path.parent.mkdir(parents=True, exist_ok=True)
        if fresh:
            self.path.unlink(missing_ok=True)
        found = self.read()
        with self.path.open("ab") as file:
            size = file.tell()
            if size == 0:
                file.write(json.dumps(self._head).encode() + b"\n")
            else:
                file.write(b"\n")  # ends a line that was cut off; an empty one is skipped
        return found

    def add(self, question: str, repeat: int, asked: Asked) -> None:
        """Keep one answer, on disk when this returns."""
        record = {
            "id": question,
            "repeat": repeat,
            "answer": asked.answer,
            "error": asked.error,
            "seconds": asked.seconds,
        }
        line = json.dumps(record, ensure_ascii=False).encode("utf-8", "surrogatepass") + b"\n"
        with self._lock, self.path.open("ab") as file:
            file.write(line)
            file.flush()
            os.fsync(file.fileno())
