"""What is kept of the lessons that a language model writes, and about which articles it is asked."""

import gzip
import json
import random
from pathlib import Path
from typing import Any

import pytest

from bench import written_lessons
from bench.reports import Pool, Report, drawn
from bench.selector_lessons import unseen
from bench.write_lessons import copied, pairs, questions

LINES = ["Norland lifts rates", "The central bank of Norland raised its key rate to 4.5 percent.", "Prices rose."]
REPORT = Report("a", "2024-05-01", LINES)
POOL = Pool("1", "2024-05-02", ["a", "b"])


def test_a_question_is_kept_whose_answer_stands_in_its_line() -> None:
    """An answer that is elsewhere, a line that is not there and lines for no answer are left out."""
    items: list[dict[str, Any]] = [
        {"question": "Which country raised rates?", "answer": "Norland.", "lines": [2]},
        {"question": "Which country raised rates?", "answer": "Norland", "lines": [3]},
        {"question": "To what did the rate rise?", "answer": "4.5 percent", "lines": [9]},
        {"question": "Who voted against it?", "answer": None, "lines": []},
        {"question": "Who voted for it?", "answer": None, "lines": [2]},
    ]
    found = [(one["question"], one["answer"], one["lines"]) for one in questions(POOL, REPORT, items)]
    assert found == [("Which country raised rates?", "Norland", [2]), ("Who voted against it?", None, [])]


def test_a_pair_is_kept_that_has_lines_and_a_known_label() -> None:
    """Its lines are numbers: no text of the news is written down."""
    items: list[dict[str, Any]] = [
        {"sentence": "Norland raised rates.", "lines": [2], "label": "supported", "fault": None},
        {"sentence": "Norland raised rates.", "lines": [], "label": "supported", "fault": None},
        {"sentence": "Norland raised rates.", "lines": [2], "label": "true", "fault": None},
    ]
    (found,) = pairs(POOL, REPORT, items)
    assert (found["article"], found["lines"], found["label"]) == ("a", [2], "supported")


def test_what_repeats_a_line_is_not_kept() -> None:
    """Eight words of a line one after the other are the news's own, whatever stands around them."""
    told = "The central bank of Norland raised its key rate"
    assert copied(f"On Tuesday, {told.lower()}!", LINES)
    assert not copied("Norland’s central bank has put its key rate up to 4.5 percent.", LINES)


@pytest.mark.parametrize(("day", "taught"), [("2024-05-02", True), ("2024-05-09", False)])
def test_nothing_is_asked_about_what_judges(tmp_path: Path, day: str, *, taught: bool) -> None:
    """Of a week that is kept back no article is shown, and lessons about one are refused."""
    text = "\n\n".join(
        f"The council of Tarn met for the {at}th time to talk about the bridge." for at in range(5, 12)
    )
    with gzip.open(tmp_path / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
        for name in "ab":
            row = {"id": name, "title": "Tarn talks", "published": day, "text": text}
            file.write(json.dumps(row) + "\n")
    asked = {"id": "1", "date": day, "question": "Who met?", "answer": "Tarn"}
    question = {**asked, "answer_articles": ["a"], "retrieved": ["b"]}
    (tmp_path / "questions-dev.jsonl").write_text(json.dumps(question) + "\n", "utf-8")
    assert [report.article for _, report in drawn(tmp_path, random.Random(1))] == (["b"] if taught else [])
    lesson = {"article": "b", "beside": "1", "question": "Who met in Tarn?", "answer": "council", "lines": [2]}
    (tmp_path / "written.jsonl").write_text(json.dumps(lesson) + "\n", "utf-8")
    if not taught:
        with pytest.raises(SystemExit, match="kept back"):
            written_lessons.questions(tmp_path, tmp_path / "written.jsonl")
        return
    (found,) = written_lessons.questions(tmp_path, tmp_path / "written.jsonl")
    assert not unseen(found)
    assert [at for at, right in enumerate(found.right, start=1) if right] == [2]
    assert ("Tarn talks", "Tarn talks") in found.lines
    others = [text for _, text in found.lines[8:]]
    assert not any("council" in text for text in others), "what holds the answer elsewhere is neither right nor wrong"


def test_a_pair_finds_its_lines_again(tmp_path: Path) -> None:
    """What was written down as a number is the text of that line, with the day it was published."""
    text = "\n\n".join(
        f"The council of Tarn met for the {at}th time to talk about the bridge." for at in range(5, 12)
    )
    with gzip.open(tmp_path / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
        file.write(json.dumps({"id": "b", "title": "Tarn talks", "published": "2024-05-02", "text": text}) + "\n")
    pair = {"article": "b", "sentence": "They met again.", "lines": [1, 3], "label": "supported", "fault": None}
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair) + "\n", "utf-8")
    (found,) = written_lessons.pairs(tmp_path, tmp_path / "pairs.jsonl")
    assert found.lines == ["Tarn talks", "The council of Tarn met for the 6th time to talk about the bridge."]
    assert (found.published, found.label) == ("2024-05-02", "supported")
    (tmp_path / "pairs.jsonl").write_text(json.dumps(pair | {"article": "z"}) + "\n", "utf-8")
    with pytest.raises(SystemExit, match="another corpus"):
        written_lessons.pairs(tmp_path, tmp_path / "pairs.jsonl")
