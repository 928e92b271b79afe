"""deepeval: goldens and test cases of an EvaluationDataset, a JSON array of `input`, `expected_output` and so on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from eval.case import Case
from eval.errors import BadRecord
from eval.formats.ragas import contexts, proving
from eval.formats.records import gold, identifier, objects, required
from eval.gold import GoldQuestion


def read(path: Path) -> list[GoldQuestion]:
    """Goldens or test cases with an expected output as gold questions of kind `open`; others cannot be graded.

    Contexts are texts without a place, so these questions have no proving lines. Raises BadRecord, also where none
    has an expected output.
    """
    questions, number = [], 0
    for number, (place, record) in enumerate(objects(path), 1):
        answer = record.get("expected_output", record.get("expectedOutput"))
        if not isinstance(answer, str) or not answer.strip():
            continue
        named = record.get("name")
        made = {
            "id": identifier(named, number),
            "question": required(place, record, "input", "query"),
            "answer": answer,
            "tags": ["deepeval"],
        }
        questions.append(gold(place, made))
    if number and not questions:
        raise BadRecord(f"nothing in {path} has an `expected_output` (or `expectedOutput`): only that can be graded")
    return questions


def records(cases: Sequence[Case], entries: Sequence[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """A run as test cases."""
    return [
        {
            "name": case.question.id,
            "input": case.question.question,
            "actual_output": case.text,
            "expected_output": case.question.answer,
            "context": proving(entry),
            "retrieval_context": contexts(case),
        }
        for case, entry in zip(cases, entries, strict=True)
    ]
