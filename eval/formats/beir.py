"""BEIR: a folder of `corpus.jsonl`, `queries.jsonl` and `qrels/<split>.tsv` (Thakur et al., NeurIPS 2021)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from eval.errors import BadRecord
from eval.formats.records import gold, identifier, objects, required, text_of
from eval.gold import GoldQuestion


def read(folder: Path, split: str = "test") -> list[GoldQuestion]:
    """The queries of a split as gold questions of kind `retrieval`. Raises BadRecord.

    The ids of the corpus are the article ids: take the corpus in as it is, its `_id` is an id the readers know.
    """
    if Path(split).name != split:
        raise BadRecord(f"`{split}` is not the name of a split, such as test, dev or train")
    queries = {
        identifier(record.get("_id"), number): (place, required(place, record, "text"))
        for number, (place, record) in enumerate(objects(folder / "queries.jsonl"), 1)
    }
    path = folder / "qrels" / f"{split}.tsv"
    judged: dict[str, list[dict[str, Any]]] = {}
    for number, line in enumerate(text_of(path).split("\n"), 1):
        fields = line.rstrip("\r").split("\t")
        if not line.strip() or (number == 1 and fields[-1] == "score"):
            continue
        try:
            query, article, grade = fields[0], fields[1], round(float(fields[2]))
        except (IndexError, ValueError, OverflowError):
            raise BadRecord(f"{path}: line {number} is not `query-id<TAB>corpus-id<TAB>score`") from None
        if grade > 0:
            judged.setdefault(identifier(query, number), []).append({"article": article, "grade": grade})
    if missing := sorted(set(judged) - set(queries)):
        raise BadRecord(f"{path} judges queries that queries.jsonl does not have: {', '.join(missing[:5])}")
    return [
        gold(
            place,
            {
                "id": query,
                "question": text,
                "answer": "",
                "kind": "retrieval",
                "relevant": judged[query],
                "tags": ["beir"],
            },
        )
        for query, (place, text) in queries.items()
        if query in judged
    ]
