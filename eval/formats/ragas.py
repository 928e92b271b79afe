"""ragas: samples of an EvaluationDataset, as `to_jsonl` writes them (`user_input`, `response`, `reference`, …).

The names of before version 0.2 (`question`, `answer`, `ground_truth`, `contexts`) are read too.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.case import Case
from eval.errors import BadRecord
from eval.formats.records import gold, identifier, objects, required
from eval.gold import GoldQuestion


def read(path: Path) -> list[GoldQuestion]:
    """The samples that have a reference answer as gold questions of kind `open`; others cannot be graded.

    Reference contexts are texts without a place, so these questions have no proving lines. Raises BadRecord, also
    where no sample has a reference.
    """
    questions, number = [], 0
    for number, (place, record) in enumerate(objects(path), 1):
        answer = record.get("reference", record.get("ground_truth"))
        if isinstance(answer, list):  # `ground_truths` of the first versions
            answer = answer[0] if answer else ""
        if not isinstance(answer, str) or not answer.strip():
            continue
        made = {
            "id": identifier(record.get("id"), number),
            "question": required(place, record, "user_input", "question"),
            "answer": answer,
            "tags": ["ragas"],
        }
        questions.append(gold(place, made))
    if number and not questions:
        raise BadRecord(f"no sample of {path} has a `reference` (or `ground_truth`): only those can be graded")
    return questions


def records(cases: Sequence[Case], entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A run as samples: contexts are the hits, or the cited lines where the system shows no hits."""
    return [
        {
            "user_input": case.question.question,
            "response": case.text,
            "retrieved_contexts": contexts(case),
            "reference": case.question.answer,
            "reference_contexts": proving(entry),
        }
        for case, entry in zip(cases, entries, strict=True)
    ]


def contexts(case: Case) -> list[str]:
    """The texts that a system answered from, as far as it shows them."""
    if case.hits is not None:
        return [hit.text for hit in case.hits]
    return list(dict.fromkeys(r.cited for r in case.resolved if r.cited))


def proving(entry: Mapping[str, Any]) -> list[str]:
    """The texts of the proving lines of a question of run.json."""
    return ["\n".join(text for _, text in expected["lines"]) for expected in entry["expected_lines"]]
