"""What the reader of lines is trained on, from a collection of two articles made here."""

import gzip
import json
import random
from pathlib import Path

from bench.train_selector import LISTED, RIGHT, Lesson, drawn, lessons, unseen

ARTICLES = [
    {
        "id": "a",
        "title": "Tarn wins the cup",
        "published": "2024-05-01",
        "text": "Tarn beat Orle on Sunday.\n\nThe fans sang all night.",
    },
    {"id": "b", "title": "Later", "published": "2024-06-01", "text": "Tarn won again."},
]
QUESTION = {
    "id": "1", "date": "2024-05-02", "question": "Who beat Orle?", "answer": "Tarn", "choices": [],
    "evidence": "<b>Tarn</b> won. Nobody slept.", "answer_articles": ["a"], "retrieved": ["a", "b", "gone"],
}  # fmt: skip


def _collection(folder: Path) -> Path:
    with gzip.open(folder / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
        file.writelines(json.dumps(article) + "\n" for article in ARTICLES)
    with (folder / "questions-dev.jsonl").open("w", encoding="utf-8") as file:
        file.write(json.dumps(QUESTION) + "\n" + json.dumps(QUESTION | {"id": "2", "answer": "True"}) + "\n")
    return folder


def test_a_question_comes_with_the_lines_of_what_was_out_then(tmp_path: Path) -> None:
    """Right are the lines with the answer; later articles are no lines, and "True" is no answer to learn from."""
    (lesson,) = lessons(_collection(tmp_path))
    right = {text for (_, text), holds in zip(lesson.lines, lesson.right, strict=True) if holds}
    assert right == {"Tarn wins the cup", "Tarn beat Orle on Sunday."}
    assert {headline for headline, _ in lesson.lines} == {"Tarn wins the cup"}
    assert lesson.snippet == ["Tarn won.", "Nobody slept."]
    assert lesson.snippet_right == [True, False]
    assert lesson.group == "2024-W18"


def test_the_right_lines_come_first_in_a_list() -> None:
    """No more than a few right ones and a list's worth in all; headlines are left out of some."""
    lines = [("News", f"line {at}") for at in range(40)]
    lesson = Lesson("2024-W18", "Who?", lines, [at % 2 == 0 for at in range(40)])
    made = drawn(lesson, random.Random(1))
    assert made is not None
    assert len(made.lines) == LISTED
    assert made.right == RIGHT
    odd = [int(text.split()[1]) % 2 for _, text in made.lines]
    assert odd == [0] * RIGHT + [1] * (LISTED - RIGHT)
    assert {headline for headline, _ in made.lines} == {"News", ""}


def test_a_quarter_of_the_weeks_is_held_out() -> None:
    """The same weeks each time, about one in four, and the events that are named."""
    weeks = [Lesson(f"2023-W{week:02}", "Who?", (), ()) for week in range(1, 53)]
    assert 6 < sum(map(unseen, weeks)) < 20
    assert unseen(Lesson("022-boil-water-aldern", "Who?", (), ()))
    assert not unseen(Lesson("014-ilder-flood-live", "Who?", (), ()))
