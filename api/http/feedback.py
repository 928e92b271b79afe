"""What readers say of answers: one line of JSON each in `feedback.jsonl` under home, written here and nowhere else.

A reader sends which answer, sentence and citation is meant. What that answer said and cited is added from the latest
answers of this process, so that an editor can look at the very lines; the question is added only where questions may
be logged.
"""

from __future__ import annotations

import json
import os
import threading
from collections import OrderedDict
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from index.database import reachable
from index.dates import Clock, utc_now
from index.errors import StoreFull

FILE = "feedback.jsonl"
MOST_BYTES = 200_000_000
REMEMBERED = 2_000  # answers


class Feedback:
    """The file, and the latest answers that somebody may speak of."""

    def __init__(self, home: Path, *, questions: bool, clock: Clock = utc_now) -> None:
        self.path = home / FILE
        self._questions = questions
        self._clock = clock
        self._lock = threading.Lock()
        self._answers: OrderedDict[str, dict[str, Any]] = OrderedDict()

    def remember(self, answer_id: str, answer: Mapping[str, Any]) -> None:
        """An answer that was given."""
        kept = {
            "outcome": answer["outcome"],
            "model": answer["model"],
            "as_of": answer["as_of"],
            "sentences": answer["sentences"],
            "citations": [
                {
                    "marker": cited["marker"],
                    "article": cited["article"]["id"],
                    "revision": cited["article"]["revision"],
                    "lines": cited["lines"],
                }
                for cited in answer["citations"]
            ],
        }
        if self._questions:
            kept["question"] = answer["question"]
        with self._lock:
            self._answers[answer_id] = kept
            if len(self._answers) > REMEMBERED:
                self._answers.popitem(last=False)

    def keep(self, said: Mapping[str, Any], who: str) -> None:
        """Add one line. Raises StoreFull, StoreError."""
        with self._lock:
            about = self._answers.get(str(said["answer_id"]))
        line = {"at": self._clock().strftime("%Y-%m-%dT%H:%M:%SZ"), "key": who, **said, "answer": about}
        data = (json.dumps(line, ensure_ascii=True) + "\n").encode()
        with self._lock, reachable(self.path):
            # One write to a file opened for appending: lines of several processes never mix.
            file = os.open(self.path, os.O_CREAT | os.O_WRONLY | os.O_APPEND, 0o600)
            try:
                if os.fstat(file).st_size + len(data) > MOST_BYTES:
                    raise StoreFull(f"{self.path} is full: read it, then move it away")
                os.write(file, data)
            finally:
                os.close(file)
