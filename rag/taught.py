"""What a model that was taught to read lines says of them: no, or yes with a line's number and the shortest answer.

The embedded model reads so with an adapter of ours (low-rank, Hu et al. 2021), taught by `bench/train_adapter.py`. As
it comes it says yes to nearly everything, and the sentences that it writes are worse than those it was shown. What it
says is one more figure for `rag.evidence` and one more short answer for `rag.second_answer`, both held against the
lines: an article that tells it to say yes can win a line that does not answer, and no word that stands in none.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from string import Template
from typing import Final

from rag import asked
from rag.budget import count
from rag.chat import MOST_ALTERNATIVES, ChatModel, Message, chance, logit
from rag.lines import EvidenceLine
from rag.prompt import inert, numbered, template
from rag.worked_out import phrase_of, with_dates

VERSION: Final = "taught.v1"
READ: Final = 6  # lines, as many as it was taught to read at once
MOST: Final = 6.0  # log-odds beyond which more means nothing
MAX_TOKENS: Final = 40  # of a reply; the longest answers that it was taught have some twenty


@dataclass(frozen=True, slots=True)
class Read:
    """What was read."""

    question: str  # or the part of one that was asked
    said: float  # log-odds that the lines state the answer, -6 … 6
    short: str = ""  # the shortest answer, in the words of a line; "" where there is none
    lines: tuple[EvidenceLine, ...] = ()  # where that is said to stand
    parts: tuple[Read, ...] = ()  # what was read for each part of a question, where there are several


def messages(question: str, lines: Sequence[EvidenceLine], *, as_of: str) -> tuple[Message, ...]:
    """The question beside its best lines, by article, headed by outlet, date and title. `as_of`: a day, ISO 8601.

    Asked for a time, dates are worked out: "on Tuesday" alone does not state one.
    """
    shown = _by_article(lines)
    if _dated(question):
        shown = [replace(line, text=with_dates(line.text, [line])) for line in shown]
    fields = {"lines": numbered(shown), "question": inert(question, 2000), "as_of": as_of}
    user = Template(template(f"{VERSION}.user")).substitute(fields)
    return Message("system", template(f"{VERSION}.system")), Message("user", user)


def read(
    model: ChatModel, question: str, lines: Sequence[EvidenceLine], *, as_of: str, prompt_tokens: int = 1_200
) -> Read | None:
    """What a model with the adapter says; None where it says neither yes nor no. Raises ModelError.

    Of the first lines so many are shown as fit, at least one.
    """
    if not lines:
        return None
    for most in range(min(READ, len(lines)), 0, -1):
        asks = messages(question, lines[:most], as_of=as_of)
        if sum(count(message.content) for message in asks) <= prompt_tokens:
            break
    told = model.complete(asks, max_tokens=MAX_TOKENS, alternatives=MOST_ALTERNATIVES, taught=True)
    sure = chance(told.first)
    if sure is None:
        return None
    said, shown = logit(sure, MOST), {line.label: line for line in _by_article(lines[:most])}
    shorts: dict[str, None] = {}
    pointed: dict[int, EvidenceLine] = {}
    for part in _PART.finditer(told.text) if said > 0 else ():  # it makes lists of several
        short, label = part["short"].strip(" ,;\n"), int(part["line"])
        if short and label in shown:
            pointed[label] = shown[label]
            short = phrase_of(short, shown[label]) if _dated(question) else short
        if short:
            shorts[short] = None
    return Read(question, said, ", ".join(shorts), tuple(pointed[label] for label in sorted(pointed)))


def _dated(question: str) -> bool:
    return asked.read(question).kind == "time"


def joined(reads: Iterable[Read | None]) -> Read | None:
    """What was read for the parts of a question, in one; None where nothing was."""
    found = [one for one in reads if one is not None]
    if len(found) < 2:
        return found[0] if found else None
    shorts = dict.fromkeys(one.short for one in found if one.short)
    lines = {line.key: line for one in found for line in one.lines}
    said = sum(one.said for one in found) / len(found)
    return Read(found[0].question, said, "; ".join(shorts), tuple(lines.values()), tuple(found))


# A date that was worked out stands in brackets too.
_PART = re.compile(r"\[(?P<line>\d)\] (?P<short>[^\[\]]*(?:\[[^\[\]]{2,}\][^\[\]]*)*)")


def _by_article(lines: Sequence[EvidenceLine]) -> list[EvidenceLine]:
    """The first lines with labels from 1, those of one article together, the best article first."""
    of: dict[tuple[str, str], list[EvidenceLine]] = {}
    for line in lines[:READ]:
        of.setdefault(line.key[:2], []).append(line)
    return [
        replace(line, label=label)
        for label, line in enumerate((line for found in of.values() for line in found), start=1)
    ]
