"""The lessons that ship: everything in them fits together, and whoever spoils one is told which."""

import gzip
import json
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from bench import lessons

ARTICLE: dict[str, Any] = {
    "id": "x-001",
    "story": "x-ferry",
    "published": "2025-02-19",
    "outlet": "The Sound",
    "lines": ["Norsund cuts jobs", "Norsund will cut 120 of its 900 jobs by June."],
    "pairs": [{"sentence": "Norsund cuts 120 jobs.", "lines": [2], "label": "supported", "fault": None}],
    "questions": [
        {"question": "How many jobs go?", "answer": "120", "lines": [2]},
        {"question": "Who leads Norsund?", "answer": None, "lines": []},
    ],
}


def written(folder: Path, **changed: object) -> Path:
    """A file with that one article, or with parts of it changed."""
    path = folder / "news.jsonl.gz"
    with gzip.open(path, "wt", encoding="utf-8") as file:
        file.write(json.dumps(ARTICLE | changed) + "\n")
    return path


def test_all_that_ship_fit_together() -> None:
    """Lines are there, answers stand in them, no article comes twice, and every label has its share."""
    every = lessons.reports()
    assert len({one.id for one in every}) == len(every) > 500
    labels = Counter(pair.label for pair in lessons.pairs(every))
    assert labels["supported"] == labels["unsupported"] > 2 * labels["partial"] > 2_000
    assert all(2 <= sum(one.answer is None for one in report.questions) <= 4 for report in every)


def test_none_is_of_the_newsroom_that_judges() -> None:
    """No name of the gold's invented places is in the lessons."""
    told = {word for one in lessons.reports() for line in one.lines for word in line.replace("’", " ").split()}
    assert told.isdisjoint({"Aldern", "Ilder", "Corrin", "Kessel", "Sorley", "Castellane", "Tolvane", "Korvan"})


def test_a_lesson_is_read_with_the_text_of_its_lines(tmp_path: Path) -> None:
    """Numbers become lines, and the day goes with them."""
    (report,) = lessons.reports([written(tmp_path)])
    (pair,) = report.pairs
    assert pair.lines == ("Norsund will cut 120 of its 900 jobs by June.",)
    assert (str(pair.published_at), pair.group) == ("2025-02-19", "x-ferry")
    assert [(one.answer, one.lines) for one in report.questions] == [("120", {2}), (None, frozenset())]


@pytest.mark.parametrize(
    "changed",
    [
        {"pairs": [{"sentence": "It is.", "lines": [9], "label": "supported", "fault": None}]},
        {"pairs": [{"sentence": "It is.", "lines": [2], "label": "true", "fault": None}]},
        {"pairs": [{"sentence": "It is.", "lines": [2], "label": "supported", "fault": "negation"}]},
        {"questions": [{"question": "How many?", "answer": "130", "lines": [2]}]},
        {"questions": [{"question": "How many?", "answer": None, "lines": [2]}]},
    ],
)
def test_what_does_not_fit_together_names_its_article(tmp_path: Path, changed: dict[str, Any]) -> None:
    """A line that is not there, an unknown label, an answer that is elsewhere: each is an error."""
    with pytest.raises(ValueError, match="x-001"):
        lessons.reports([written(tmp_path, **changed)])
