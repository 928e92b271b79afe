"""What is learned of another voice in whether the lines answer."""

from dataclasses import replace

import numpy as np
import pytest

from eval.learn_confidence import ARCHIVE, Look, learn_voice
from rag.line_ranking import score
from rag.lines import candidates
from tests.answers import NOW, seed


def _look(number: int, *, answerable: bool, taken_out: bool = False) -> Look:
    room = seed()
    question = f"Who was excluded from the Riyadh talks, and is {number} a number?"
    pool = score(question, candidates(room.retrieve(question, as_of=NOW, limit=3), room.lines_of), room.embedder)
    features = [{"rank": 1.0 / (1 + at)} for at in range(len(pool))]
    proves = [answerable and at == 0 for at in range(len(pool))]
    return Look(
        f"q{number}",
        "thing",
        answerable,
        taken_out,
        f"event{number % 16}",
        features,
        proves,
        question,
        pool,
        0.5,
        NOW.date(),
    )


def test_a_question_of_the_archive_is_answered_where_a_line_holds_the_answer() -> None:
    """There only the words of the answer are known; and there are so many that each counts for little."""
    gold, untold = _look(1, answerable=True), _look(1, answerable=False)
    archive, without = (replace(one, kind=ARCHIVE, answerable=True) for one in (gold, untold))
    assert [one.answered for one in (gold, untold, archive, without)] == [True, False, True, False]
    assert replace(gold, proves=[False] * len(gold.proves)).answered
    assert archive.weight < replace(gold, taken_out=True).weight < gold.weight


def test_what_a_model_knows_better_is_learned() -> None:
    """Where its odds tell and the confidence does not, both together tell; as many are answered as before."""
    rng = np.random.default_rng(0)
    looks = [_look(number, answerable=number % 2 == 0, taken_out=number >= 60) for number in range(64)]
    held_out = rng.uniform(0.3, 0.8, len(looks))
    said = [float(value) for value in rng.normal([1.5 if one.answerable else -1.5 for one in looks], 1.0)]
    record = learn_voice(looks, held_out, [*said[:63], None], enough=0.5)
    assert record["weights"]["said"] > 0 <= record["weights"]["before"]
    before, both = record["held_out"]["before"], record["held_out"]["both"]
    assert both["auc"] > 0.9 > before["auc"]
    assert both["answered"] == pytest.approx(before["answered"], abs=0.04)
    assert both["refusal_recall"] > before["refusal_recall"]
    assert record["learned_from"] == {"questions": 60, "unanswerable": 30, "others": 3, "archive": 0}
