"""The language of a question."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from rag.ask import Asker
from rag.tongue import foreign
from tests.answers import NOW, seed

GOLD = Path(__file__).parent.parent / "eval" / "gold"


@pytest.mark.parametrize(
    ("question", "language"),
    [
        ("Wer wurde von den Gesprächen in Riad ausgeschlossen?", "German"),
        ("Wie lange dauerten die Gespräche?", "German"),
        ("¿Quién fue excluido de las conversaciones en Riad?", "Spanish"),
        ("Combien de temps ont duré les discussions ?", "French"),
        ("Chi è stato escluso dai colloqui di Riad?", "Italian"),
        ("Kto został wykluczony z rozmów w Rijadzie?", "Polish"),
        ("Кого исключили из переговоров в Эр-Рияде?", "Russian"),
        ("リヤドの会談から除外されたのは誰ですか", "Japanese"),
        ("谁被排除在利雅得会谈之外?", "another language"),
    ],
)
def test_a_question_in_another_language_is_known_as_such(question: str, language: str) -> None:
    assert foreign(question) == language


@pytest.mark.parametrize(
    "question",
    [
        "Who met in Riyadh?",
        "riyadh talks",
        "Zelensky Erdogan meeting length",
        "Can Ukraine join NATO?",
        "Trump tariffs steel",
        "Who is Präsident Łukasz Müller-Ørsted?",
        "1.5 %?",
        "Putin",
    ],
)
def test_english_and_mere_names_are_not(question: str) -> None:
    assert foreign(question) is None


def test_no_gold_question_is_taken_for_another_language() -> None:
    lines = [
        line for name in ("seeds", "newsroom") for line in (GOLD / f"{name}.jsonl").read_text("utf-8").splitlines()
    ]
    assert [question for line in lines if foreign(question := json.loads(line)["question"])] == []


def test_the_reader_is_told_of_a_question_in_another_language() -> None:
    room, german = seed(), "Wie lange dauerten die Gespräche in Riyadh?"
    told, untold = (
        Asker(room, None, room.embedder, room.lines_of, english_only=only).ask(german, as_of=NOW).note or ""
        for only in (True, False)
    )
    assert told.startswith("The question seems to be in German, of which only names and numbers are understood")
    assert "German" not in untold
