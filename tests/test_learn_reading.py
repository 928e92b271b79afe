"""Learning how much the figures of the line reader count."""

from dataclasses import replace

import numpy as np

from eval.learn_confidence import Look
from eval.learn_reading import learn
from rag.evidence import Evidence, learned
from rag.line_ranking import score
from rag.lines import ANSWERS, candidates
from tests.answers import NOW, seed

QUESTION = "Who was excluded from the Riyadh talks?"


def _look(number: int, *, answerable: bool, chance: np.random.Generator) -> Look:
    """The seed's lines; where it is answerable the third one proves, and only the reader of lines knows which."""
    room = seed()
    pool = score(QUESTION, candidates(room.retrieve(QUESTION, as_of=NOW, limit=3), room.lines_of), room.embedder)
    proves = [answerable and at == 2 for at in range(len(pool))]
    lines = [
        replace(line, parts={**line.parts, ANSWERS: (3.0 if right else -3.0) + chance.normal()})
        for line, right in zip(pool, proves, strict=True)
    ]
    features = [Evidence(QUESTION, lines).features(line) for line in lines]
    return Look(
        f"q{number}",
        "thing",
        answerable,
        False,
        f"event{number % 16}",
        features,
        proves,
        QUESTION,
        lines,
        0.5,
        NOW.date(),
    )


def test_a_reader_that_knows_which_line_answers_is_believed() -> None:
    """Its figures get a weight, with which the right line is first more often than without."""
    chance = np.random.default_rng(1)
    looks = [_look(number, answerable=number % 3 > 0, chance=chance) for number in range(24)]
    found = learn(looks, learned().line)
    assert found["answers"] > 0
    told = found["right_first_and_among_three"]
    assert told[str(found["answers"])]["gold"][0] > told["0.0"]["gold"][0]
    assert found["learned_from"]["gold"] == 16  # those that some line proves
