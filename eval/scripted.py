"""Scripted askers: answers written beforehand, for tests of the suite and for a look at its ceiling.

`Oracle` answers every question straight from its gold. What it does not get full marks for, no system can: run it
before trusting a gold file.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from eval.articles import Articles, meant
from eval.errors import AskFailed
from eval.gold import GoldQuestion, Suite
from index.lines import Lines


class ScriptedAsker:
    """Gives the answer that was written for a question; fails for a question that has none."""

    exact = True

    def __init__(self, answers: Mapping[str, Mapping[str, Any]], *, name: str = "scripted") -> None:
        """`answers` by the text of the question, on the wire."""
        self.name = name
        self.answers = dict(answers)
        self.fingerprint = hashlib.sha256(json.dumps(self.answers, sort_keys=True).encode()).hexdigest()
        self.asked: list[str] = []  # in the order of asking, for tests

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """See Asker.ask."""
        del as_of, history
        self.asked.append(question)
        try:
            return self.answers[question.partition("\nChoose one of: ")[0]]
        except KeyError:
            raise AskFailed("no answer was written for this question") from None


def oracle(suite: Suite, articles: Articles) -> ScriptedAsker:
    """An asker that answers from the gold: the expected answer, citing the proving lines; else `insufficient`."""
    answers = {question.question: _from_gold(question, articles) for question in suite.questions}
    return ScriptedAsker(answers, name="the gold itself")


def _from_gold(question: GoldQuestion, articles: Articles) -> dict[str, Any]:
    if not question.answerable:
        return answer_of(question.question, "", [])
    missing = [term.split("|")[0] for term in question.must_include]
    said = ", ".join(dict.fromkeys([question.answer, *missing]))
    shown = [entry for entry in question.relevant if entry.lines]
    first: dict[str, Any] = {}
    for number, entry in enumerate(shown):  # of lines that prove the same, the first is enough
        first.setdefault(entry.proves or f"\0{number}", entry)
    citations = [
        citation_of(
            number,
            articles,
            entry.article,
            entry.first_line,
            entry.last_line,
            meant(articles, entry, question.as_of).revision,
        )
        for number, entry in enumerate(first.values(), 1)
    ]
    return answer_of(question.question, said, citations, short=question.answer)


def citation_of(
    marker: int, articles: Articles, article: str, first: int, last: int, revision: str | None = None
) -> dict[str, Any]:
    """A citation of whole lines, on the wire. Raises UnknownLines, IndexError."""
    found = articles.text(article, revision)
    start, end = Lines(found.text).span(first, last)
    date = None if found.published_at is None else found.published_at.strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "marker": marker,
        "article": {
            "id": article,
            "revision": found.revision,
            "url": None,
            "title": found.text.partition("\n")[0],
            "source": None,
            "published_at": date,
            "updated_at": None,
        },
        "lines": {"first": first, "last": last},
        "quote": {
            "exact": found.text[start:end],
            "prefix": found.text[max(0, start - 32) : start],
            "suffix": found.text[end : end + 32],
            "start": start,
            "end": end,
        },
        "permalink": f"/articles/{article}?rev={found.revision}#L{first}-L{last}",
        "source_link": None,
        "support": "supported",
    }


def answer_of(
    question: str, text: str, citations: Sequence[Mapping[str, Any]], *, confidence: float = 1.0, **more: Any
) -> dict[str, Any]:
    """An answer of one sentence, on the wire; `insufficient` where the text is empty."""
    markers = [citation["marker"] for citation in citations]
    return {
        "question": question,
        "as_of": None,
        "outcome": "answered" if text else "insufficient",
        "reason": None if text else "no_coverage",
        "confidence": confidence,
        "answer": text + "".join(f"[{marker}]" for marker in markers),
        "sentences": [{"text": text, "citations": markers, "support": "supported"}] if text else [],
        "citations": list(citations),
        "withheld": 0,
        "reading": [],
        "model": "scripted",
        "newest_evidence": None,
        "timings_ms": {},
        **more,
    }


def changed(
    asker: ScriptedAsker, change: Callable[[Mapping[str, Any]], Mapping[str, Any]], *, name: str
) -> ScriptedAsker:
    """The same asker with every answer changed, to see what the measures make of it."""
    return ScriptedAsker({question: change(answer) for question, answer in asker.answers.items()}, name=name)
