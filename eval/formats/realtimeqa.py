"""RealTime QA: weekly news quizzes with the articles a web search found (Kasai et al., NeurIPS 2023).

Read as the files lie: `id, date, question, choices, answer, answer_articles, gold_articles`. The question's date is
its `as_of`, to the end of that day. Articles whose text contains the answer are the relevant ones.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from eval.choices import NONE
from eval.errors import BadRecord
from eval.formats.records import gold, identifier, objects, required
from eval.gold import GoldQuestion

SETTINGS = ("open", "choices", "nota")


def read(path: Path, setting: str = "open") -> list[GoldQuestion]:
    """The questions in one of the paper's settings. Raises BadRecord.

    `open` expects an answer in words, `choices` offers the quiz's choices, and `nota` replaces one choice by "none of
    the above": the right one for the half of the questions whose id's hash is even, a wrong one for the others.
    """
    if setting not in SETTINGS:
        raise BadRecord(f"no setting `{setting}` of RealTime QA; there are {', '.join(SETTINGS)}")
    return [_question(place, number, record, setting) for number, (place, record) in enumerate(objects(path), 1)]


def _question(place: str, number: int, record: Mapping[str, Any], setting: str) -> GoldQuestion:
    answer = required(place, record, "answer")
    articles = [str(article) for article in record.get("answer_articles") or []]
    made: dict[str, Any] = {
        "id": identifier(record.get("id"), number),
        "question": required(place, record, "question"),
        "answer": answer,
        "as_of": required(place, record, "date"),
        "relevant": [{"article": article} for article in articles],
        "kind": "open",
        "tags": ["realtimeqa", setting, "answer-article" if articles else "no-answer-article"],
    }
    if setting != "open":
        choices = [str(choice) for choice in record.get("choices") or [] if str(choice).strip()]
        if answer not in choices:
            choices.append(answer)
        if setting == "nota":
            choices, made["answer"] = _nota(made["id"], choices, answer)
        made |= {"choices": list(dict.fromkeys(choices)), "kind": "multiple_choice"}
    return gold(place, made)


def _nota(question: str, choices: list[str], answer: str) -> tuple[list[str], str]:
    seed = hashlib.sha256(question.encode()).digest()
    wrong = [choice for choice in choices if choice != answer]
    if seed[0] % 2 == 0 or not wrong:
        return [choice if choice != answer else NONE for choice in choices], NONE
    dropped = wrong[seed[1] % len(wrong)]
    return [choice if choice != dropped else NONE for choice in choices], answer
