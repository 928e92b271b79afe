"""What a model that was taught to read lines says of them: no, or yes with a line's number and the shortest answer.

The embedded model reads so with an adapter of ours (low-rank, Hu et al. 2021), taught by `bench/train_adapter.py`. As
it comes it says yes to nearly everything, and the sentences that it writes are worse than those it was shown. What it
says is one more figure for `rag.evidence` and one more short answer for `rag.second_answer`, both held against the
lines: an article that tells it to say yes gains what a vague line gains.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from string import Template
from typing import Final

from rag.chat import MOST_ALTERNATIVES, ChatModel, Message, chance, logit
from rag.lines import EvidenceLine
from rag.prompt import inert, numbered, template

VERSION: Final = "taught.v1"
READ: Final = 6  # lines, as many as it was taught to read at once
MOST: Final = 6.0  # log-odds beyond which more means nothing
MAX_TOKENS: Final = 40  # of a reply; the longest answers that it was taught have some twenty


@dataclass(frozen=True, slots=True)
class Read:
    """What was read."""

    said: float  # log-odds that the lines state the answer, -6 … 6
    short: str = ""  # the shortest answer, told even where it is rather no; "" where there is none
    line: EvidenceLine | None = None  # where that is said to stand


def messages(question: str, lines: Sequence[EvidenceLine], *, as_of: str) -> tuple[Message, ...]:
    """The question beside its best lines, by article, headed by outlet, date and title. `as_of`: a day, ISO 8601."""
    fields = {"lines": numbered(_by_article(lines)), "question": inert(question, 2000), "as_of": as_of}
    user = Template(template(f"{VERSION}.user")).substitute(fields)
    return Message("system", template(f"{VERSION}.system")), Message("user", user)


def read(model: ChatModel, question: str, lines: Sequence[EvidenceLine], *, as_of: str) -> Read | None:
    """What a model with the adapter says; None where it says neither yes nor no. Raises ModelError."""
    if not lines:
        return None
    told = model.complete(
        messages(question, lines, as_of=as_of), max_tokens=MAX_TOKENS, alternatives=MOST_ALTERNATIVES, taught=True
    )
    sure = chance(told.first)
    if sure is None:
        return None
    said, found = logit(sure, MOST), _REPLY.match(told.text.strip())
    if found is None:
        return Read(said)
    at = int(found["line"])
    shown = _by_article(lines)
    return Read(said, found["short"].strip(), shown[at - 1] if 1 <= at <= len(shown) else None)


_REPLY = re.compile(r"yes \[(?P<line>\d)\] (?P<short>\S.*)$", re.IGNORECASE)


def _by_article(lines: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """The first lines with labels from 1, those of one article together, the best article first."""
    of: dict[tuple[str, str], list[EvidenceLine]] = {}
    for line in lines[:READ]:
        of.setdefault(line.key[:2], []).append(line)
    return [
        replace(line, label=label)
        for label, line in enumerate((line for found in of.values() for line in found), start=1)
    ]
