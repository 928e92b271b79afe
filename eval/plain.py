"""A plain system to compare with: BM25 over lines, one prompt, one model, nothing checked.

What most retrieval-augmented demos are: the best lines by Okapi BM25 (Robertson and Zaragoza, The Probabilistic
Relevance Framework, 2009; k1 1.2, b 0.75) numbered in a prompt, and the model's answer with its `[n]` taken at its
word. It knows no time, no revisions, no copies and no check. What Dateline scores above it is what all that is worth.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import math
import re
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from eval.articles import GivenArticles
from eval.errors import AskFailed
from eval.remote import REFUSAL, to_wire
from eval.scripted import answer_of, citation_of
from eval.text import words
from index.lines import Lines
from rag.chat import ChatModel, Message
from rag.errors import RagError

K1, B = 1.2, 0.75
SHOWN = 8  # lines in the prompt, as many as Dateline shows its model
RETRIEVED = 20
MAX_TOKENS = 160
_MARKER = re.compile(r"\[(\d{1,3})\]")
_PROMPT = (
    "Answer the question in one or two sentences from the numbered lines only, and name the lines you used in square "
    f"brackets, like this: [2]. If the lines do not say, reply with exactly: {REFUSAL}"
)


@dataclass(frozen=True, slots=True)
class _Line:
    article: str
    number: int
    text: str


class PlainBM25:
    """An Asker over the current text of every article. Without a model it quotes the best line."""

    def __init__(self, articles: GivenArticles, model: ChatModel | None, *, exact: bool = True) -> None:
        self._articles = articles
        self._model = model
        self.exact = exact
        self._lines = [
            _Line(article, line.number, line.text)
            for article in articles.ids
            for line in Lines(articles.text(article).text)
            if line.text.strip()
        ]
        counts = [Counter(words(line.text)) for line in self._lines]
        self._lengths = [sum(count.values()) for count in counts]
        self._mean = sum(self._lengths) / max(1, len(self._lengths))
        self._postings: dict[str, list[tuple[int, int]]] = {}
        for number, count in enumerate(counts):
            for word, times in count.items():
                self._postings.setdefault(word, []).append((number, times))
        named = model.name if model else "extractive"
        self.name = f"plain BM25, {named}"
        content = "".join(articles.text(article).revision for article in articles.ids)
        code = inspect.getsource(sys.modules[__name__])
        self.fingerprint = hashlib.sha256(f"{code}\n{named}\n{content}".encode()).hexdigest()

    def search(self, question: str, limit: int) -> list[int]:
        """Numbers of the best lines; equal scores in the order of the corpus."""
        scores: dict[int, float] = {}
        for word in set(words(question)):
            postings = self._postings.get(word, [])
            rarity = math.log(1 + (len(self._lines) - len(postings) + 0.5) / (len(postings) + 0.5))
            for number, times in postings:
                norm = K1 * (1 - B + B * self._lengths[number] / self._mean)
                scores[number] = scores.get(number, 0.0) + rarity * times * (K1 + 1) / (times + norm)
        return sorted(scores, key=lambda number: (-scores[number], number))[:limit]

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """See Asker.ask. The moment and the history are not looked at: it is plain."""
        del as_of, history
        found = [self._lines[number] for number in self.search(question, RETRIEVED)]
        shown = found[:SHOWN]
        if not shown:
            answer = answer_of(question, "", [])
        elif self._model is None:
            answer = answer_of(question, shown[0].text, [self._citation(1, shown[0])])
        else:
            answer = self._generated(question, shown, self._model)
        steps = [{"article_id": line.article, "lines": [line.number, line.number]} for line in found]
        # It checks nothing and is sure of nothing, so it says nothing of support and confidence.
        sentences = [{"text": s["text"], "citations": s["citations"]} for s in answer["sentences"]]
        return {**answer, "sentences": sentences, "confidence": None, "trace": {"retrieve": steps}}

    def _generated(self, question: str, shown: Sequence[_Line], model: ChatModel) -> dict[str, Any]:
        numbered = "\n".join(f"[{number}] {line.text}" for number, line in enumerate(shown, 1))
        messages = [Message("system", _PROMPT), Message("user", f"{numbered}\n\nQuestion: {question}")]
        try:
            said = model.complete(messages, max_tokens=MAX_TOKENS)
        except RagError as error:
            raise AskFailed(str(error)) from error
        usage = {"prompt_tokens": said.prompt_tokens, "completion_tokens": said.completion_tokens}
        answer = to_wire(question, said.text, [], model=said.model, usage=usage if said.prompt_tokens else None)
        named = sorted({int(marker) for marker in _MARKER.findall(answer["answer"])})
        answer["citations"] = [self._citation(n, shown[n - 1]) for n in named if 1 <= n <= len(shown)]
        return answer

    def _citation(self, marker: int, line: _Line) -> dict[str, Any]:
        return citation_of(marker, self._articles, line.article, line.number, line.number)
