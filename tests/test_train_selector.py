"""What the reader of lines is trained on, from a collection of two articles made here."""

import gzip
import json
import random
from pathlib import Path

import pytest

from bench.lessons import Question, Report
from bench.selector_lessons import (
    LISTED,
    RIGHT,
    Lesson,
    List,
    drawn,
    invented_lessons,
    lessons,
    made_lists,
    unseen,
)
from bench.train_selector import encoded, pattern
from index.article import NewsDate
from index.embedder import DEFAULT_MODEL, default_folder
from index.encoders.model import ModelFolder
from rag.selector import LONGEST
from rag.tuned import tokenizer_of

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
    assert lesson.answers == ["Tarn"]


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
    """The same weeks each time, about one in four; of invented news nothing is."""
    weeks = [_week(f"2023-W{week:02}") for week in range(1, 53)]
    assert 6 < sum(map(unseen, weeks)) < 20
    assert not unseen(Lesson("a-nakhtar-dam", "Who?", (), ()))


def test_a_lesson_has_the_lines_of_its_whole_story() -> None:
    """Those first that share its words; the answer as the other outlet tells it is neither right nor wrong."""
    day = NewsDate.parse("2025-02-19")
    asked = (Question("Which team won the cup?", "Tarn", frozenset({2})), Question("Who sang?", None, frozenset()))
    every = [
        Report("1", "cup", "", day, ["Sunday’s final", "The cup was won by Tarn.", "It rained."], (), asked),
        Report("2", "cup", "", day, ["Tarn celebrates", "The cup was shown to fans."], (), ()),
    ]
    answered, unanswered = invented_lessons(every)
    assert [text for _, text in answered.lines] == [
        "The cup was won by Tarn.", "The cup was shown to fans.", "Sunday’s final", "It rained.",
    ]  # fmt: skip
    assert answered.right == [True, False, False, False]
    assert answered.answers == ["Tarn"]
    assert len(unanswered.lines) == 5
    assert not any(unanswered.right)
    made = drawn(unanswered, random.Random(1))
    assert made is not None
    assert (made.right, made.weight) == (0, 1.0)


def test_no_question_is_made_of_what_judges(tmp_path: Path) -> None:
    """Of the articles found for questions of taught weeks questions are made, of those of a held-out week none."""
    taught, kept_back = "2024-05-02", "2024-05-09"
    assert [unseen(_week(week)) for week in ("2024-W18", "2024-W19")] == [False, True]
    texts = {
        "a": "The winners of the cup got it at midnight from Ada Brandt.",
        "b": "It was Ada Brandt who gave the winners of the long night their cup.",
    }
    for day, made_of in ((taught, True), (kept_back, False)):
        folder = tmp_path / day
        folder.mkdir()
        with gzip.open(folder / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
            for name, text in texts.items():
                file.write(json.dumps({"id": name, "title": f"News {name}", "text": text}) + "\n")
        (folder / "questions-dev.jsonl").write_text(json.dumps(QUESTION | {"date": day}) + "\n")
        found = [one for seed in range(20) for one in made_lists(folder, 10, random.Random(seed))]
        assert bool(found) is made_of
        assert all(one.answers == ("Ada Brandt",) for one in found)


def _week(group: str) -> Lesson:
    return Lesson(group, "Who?", (), ())


def test_the_words_of_an_answer_are_marked_in_the_lines_that_hold_it() -> None:
    """In right lines alone, wherever they stand there, and whole words only; never in the headline."""
    tokenizer = tokenizer_of(ModelFolder.read(default_folder(), name=DEFAULT_MODEL), LONGEST)
    lines = [("Tarn wins", "Tarn beat Orle; Tarn's fans sang."), ("", "Tarnished Orle."), ("", "Tarn lost.")]
    rows = encoded(tokenizer, List("Who beat Orle?", lines, 2, ("the Tarn",), 1.0))
    marked = [
        [tokenizer.decode([row.ids[at] for at in row.line[first : last + 1]]) for first, last in row.answers]
        for row in rows
    ]
    assert marked == [["tarn", "tarn"], [], []]


@pytest.mark.parametrize(
    ("answer", "text"),
    [("The U.S.", "the U. S. said"), ("$5 million", "some $5-million fund"), ("Xi Jinping", "xi jinping said")],
)
def test_an_answer_is_found_whatever_stands_between_its_words(answer: str, text: str) -> None:
    """Dots, blanks, hyphens and case do not matter."""
    found = pattern([answer])
    assert found is not None
    assert found.search(text)


def test_an_answer_without_words_is_not_looked_for() -> None:
    """Nor is one as long as a sentence."""
    assert pattern(["?", "one two three four five six seven eight nine ten"]) is None
