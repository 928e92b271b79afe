"""A plain system over an index: the first five passages, one plain prompt, one model, nothing checked.

What most question answering over retrieved passages is: passages by Okapi BM25 of the index's own words, put into a
prompt as they are, and the model's reply taken at its word. Its one courtesy is time: it sees nothing published after
the moment asked about, since an answer from the future would be no fair comparison. The articles to search may be
given, by question, to see how it reads what answers.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import inspect
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from eval.asking import Narrowed, filters_of, told
from eval.errors import AskFailed
from eval.remote import REFUSAL, to_wire
from eval.scripted import answer_of
from eval.text import words
from index.errors import NewsError
from index.index import Index
from index.passage import Passage
from rag.chat import ChatModel, Message
from rag.errors import RagError

SHOWN = 5  # passages in the prompt
RETRIEVED = 20
MAX_TOKENS = 48
_PROMPT = (
    "Answer the question from the passages, in as few words as possible: a name, a number, a few words; where "
    f"choices are given, one of them, word for word. If the passages do not say, reply with exactly: {REFUSAL}"
)


class PlainPassages:
    """An Asker over an index. Without a model its answer is the sentence that shares most words with the question."""

    def __init__(
        self,
        index: Index,
        model: ChatModel | None,
        *,
        exact: bool = True,
        narrowed: Narrowed | None = None,
        label: str = "",
    ) -> None:
        """`narrowed` are the searches of single questions; `label` then says so in the name."""
        self._index = index
        self._model = model
        self._narrowed = narrowed or {}
        self.exact = exact
        self.name = f"plain top {SHOWN} passages, {model.name if model else 'extractive'}"
        self.name += f", {label}" if label else ""
        store = index.store
        about = [
            inspect.getsource(sys.modules[__name__]),
            self.name,
            f"{store.lineage()} {store.commit_number()}",
            *told(self._narrowed),
        ]
        self.fingerprint = hashlib.sha256("\n".join(about).encode()).hexdigest()

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """See Asker.ask. The history is not looked at: it is plain."""
        del history
        asked = question.partition("\n")[0]  # the choices of a question are none of its words
        filters = filters_of(self._narrowed, question)
        try:
            ids = self._index.lexical(asked, RETRIEVED, as_of=as_of, filters=filters).ids.tolist()
            held = self._index.store.passages(ids)
        except NewsError as error:
            raise AskFailed(str(error)) from error
        found = [held[passage_id] for passage_id in ids if passage_id in held]
        if not found:
            answer = answer_of(question, "", [])
        elif self._model is None:
            answer = answer_of(question, _nearest(asked, found[:SHOWN]), [])
        else:
            answer = self._generated(question, found[:SHOWN], self._model)
        steps = [{"article_id": p.article_id, "lines": [p.span.first_line, p.span.last_line]} for p in found]
        # It cites nothing, checks nothing and is sure of nothing.
        sentences = [{"text": s["text"], "citations": []} for s in answer["sentences"]]
        return {**answer, "sentences": sentences, "confidence": None, "trace": {"retrieve": steps}}

    def _generated(self, question: str, shown: Sequence[Passage], model: ChatModel) -> dict[str, Any]:
        passages = "\n\n".join(passage.text for passage in shown)
        messages = [Message("system", _PROMPT), Message("user", f"{passages}\n\nQuestion: {question}\nAnswer:")]
        try:
            said = model.complete(messages, max_tokens=MAX_TOKENS)
        except RagError as error:
            raise AskFailed(str(error)) from error
        usage = {"prompt_tokens": said.prompt_tokens, "completion_tokens": said.completion_tokens}
        return to_wire(question, said.text, [], model=said.model, usage=usage if said.prompt_tokens else None)


def _nearest(question: str, shown: Sequence[Passage]) -> str:
    """The line of the passages that shares most words with the question, the first of equal ones."""
    asked = set(words(question))
    lines = [line for passage in shown for line in passage.text.split("\n") if line.strip()]
    return max(lines, key=lambda line: len(asked & set(words(line))))
