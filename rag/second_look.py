"""A second look at the evidence: how sure the language model is that the best lines state the answer.

Not what it says, for the models that run here say yes to nearly everything, but how likely yes is beside no: one
short call before the answer is written. The examples in its prompt come first: an embedded model reads them once.
It is one more figure for `rag.evidence`, never a verdict of its own: an article that tells the model to say yes gains
what a vague line gains, and every sentence is checked as before.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from string import Template
from typing import Final

from rag.chat import ChatModel, Message, probability
from rag.lines import EvidenceLine
from rag.planted import orders
from rag.prompt import inert, template

VERSION: Final = "stated.v1"
LOOKED_AT: Final = 3  # lines, as many as an extractive answer quotes
MOST: Final = 4.0  # log-odds beyond which more means nothing


def messages(question: str, lines: Sequence[EvidenceLine]) -> tuple[Message, ...]:
    """The question beside its best lines, each article headed by its date and title."""
    shown: list[str] = []
    head = None
    for line in lines[:LOOKED_AT]:
        title = "" if orders(line.article.title) else inert(line.article.title, 120)
        told = f"({str(line.article.published_at or '')[:10]}, {title})"
        if told != head:
            shown.append(told)
        head = told
        shown.append(inert(line.text))
    user = Template(template(f"{VERSION}.user")).substitute(lines="\n".join(shown), question=inert(question, 2000))
    return Message("system", template(f"{VERSION}.system")), Message("user", user)


def look(model: ChatModel, question: str, lines: Sequence[EvidenceLine]) -> float | None:
    """Log-odds of yes, -4 … 4; None where the model does not tell. Raises ModelError where it does not answer."""
    sure = probability(model, messages(question, lines)) if lines else None
    if sure is None:
        return None
    sure = min(max(sure, 1e-6), 1 - 1e-6)
    return min(max(math.log(sure / (1 - sure)), -MOST), MOST)
