"""TREC: qrels and runs, as trec_eval and ir_measures read them, and topics as tab-separated lines.

qrels: `query 0 document grade`; run: `query Q0 document rank score tag`. Names hold no blanks: they are
percent-escaped.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from eval.case import Case
from eval.errors import BadRecord
from eval.formats.records import gold, text_of
from eval.gold import GoldQuestion
from eval.measures.ranking import by_article, by_lines, trec

LEVELS = {"articles": by_article, "lines": by_lines}


def read(qrels: Path, topics: Path) -> list[GoldQuestion]:
    """Gold questions of kind `retrieval` from judgements and the topics they are about. Raises BadRecord.

    A topics line is `query<TAB>text`. A topic without relevant articles is left out, as trec_eval does.
    """
    judged: dict[str, list[dict[str, Any]]] = {}
    for number, line in enumerate(text_of(qrels).split("\n"), 1):
        if not line.strip():
            continue
        fields = line.split()
        if len(fields) != 4:
            raise BadRecord(f"{qrels}: line {number} has {len(fields)} fields, not `query 0 document grade`")
        query, _, document, grade = fields
        try:
            level = int(grade)
        except ValueError:
            raise BadRecord(f"{qrels}: line {number}: the grade `{grade}` is not a whole number") from None
        if level > 0:
            judged.setdefault(query, []).append({"article": unquote(document.partition("#")[0]), "grade": level})
    questions = []
    for number, line in enumerate(text_of(topics).split("\n"), 1):
        if not line.strip():
            continue
        query, tab, text = line.partition("\t")
        if not tab:
            raise BadRecord(f"{topics}: line {number} is not `query<TAB>text`")
        if query in judged:
            record = {
                "id": query,
                "question": text.strip(),
                "answer": "",
                "kind": "retrieval",
                "relevant": judged[query],
            }
            questions.append(gold(f"{topics}: line {number}", record))
    return questions


def qrels(cases: Sequence[Case], level: str = "articles") -> str:
    """The judgements of a run's questions: of articles, or of proving lines."""
    return "".join(f"{q.query_id} 0 {q.doc_id} {q.relevance}\n" for q in trec(_once(cases), LEVELS[level])[0])


def run(cases: Sequence[Case], level: str = "articles", tag: str = "dateline") -> str:
    """What a run retrieved, ranked. Scores fall by one per place."""
    rows, place, query = [], 0, None
    for doc in trec(_once(cases), LEVELS[level])[1]:
        place = 1 if doc.query_id != query else place + 1
        query = doc.query_id
        rows.append(f"{doc.query_id} Q0 {doc.doc_id} {place} {doc.score:g} {tag}\n")
    return "".join(rows)


def _once(cases: Sequence[Case]) -> list[Case]:
    """The first asking of each question: a TREC file has one ranking per query."""
    return list({case.question.id: case for case in reversed(cases)}.values())[::-1]
