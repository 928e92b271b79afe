"""The model that reads a sentence beside the lines it cites: the real one, its weights and its card."""

import hashlib
import json
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import lessons
from index.article import NewsDate
from index.embedder import DEFAULT_MODEL, default_folder
from index.encoders.built import exact, session
from index.encoders.fast import weights as embedder_weights
from index.encoders.model import ModelFolder
from rag import tuned
from rag.checks.entailment import LONGEST, Entailment, beside, tokens
from rag.errors import WeightsDamaged
from rag.verify import KNOWN_WORDS

LINE = "The ferry operator Norsund will cut 120 of its 900 jobs by June, its head, Mara Lind, said on Tuesday."
DAY = NewsDate.parse("2025-02-19")
TEXT = st.text(st.characters(), max_size=300)  # lone surrogates too
WEIGHTS = Path(str(files("rag.checks").joinpath("entailment.safetensors")))


@cache
def reader() -> Entailment:
    """The model that ships."""
    return Entailment()


@pytest.mark.parametrize(
    "sentence",
    [
        "Norsund is going to cut 120 jobs by June.",
        "According to Mara Lind, the ferry company will shed 120 of its 900 posts.",
    ],
)
def test_a_sentence_in_other_words_is_borne_out(sentence: str) -> None:
    """What a line says in other words or in part is called supported."""
    supported, partial, unsupported = reader().read(sentence, [LINE], DAY)
    assert supported > max(partial, unsupported)


@pytest.mark.parametrize(
    "sentence",
    [
        "Norsund has already cut all of its 900 jobs.",
        "The ferry operator will not cut any jobs, its head said.",
        "A storm sank a ferry off the coast.",
    ],
)
def test_a_sentence_against_its_line_is_not(sentence: str) -> None:
    """What a line contradicts, or tells nothing of, is never surely supported: other words would pass."""
    supported, *_ = reader().read(sentence, [LINE], DAY)
    assert supported < 0.6 < KNOWN_WORDS


@settings(max_examples=30, deadline=None)
@given(TEXT, st.lists(TEXT, max_size=3))
def test_the_shares_of_any_text_add_up(sentence: str, lines: list[str]) -> None:
    """Whatever is read, the three verdicts share one whole."""
    shares = reader().read(sentence, lines)
    assert sum(shares) == pytest.approx(1)
    assert min(shares) >= 0


def test_no_text_is_too_long() -> None:
    """Any length is cut to what the model reads, and the sentence leaves room for its lines."""
    told = beside(["word " * 9_000], DAY)
    assert len(tokens(reader().load()[0], "why " * 5_000, told)) == LONGEST
    assert np.isfinite(reader().read("why " * 5_000, ["word " * 9_000], DAY)).all()


def test_the_day_stands_before_the_lines() -> None:
    """Without a date the lines stand alone."""
    assert beside(["One.", "Two."], None) == "One. Two."
    assert beside(["One."], DAY) == "Wednesday 19 February 2025 · One."


def test_the_eight_bits_say_what_the_weights_do() -> None:
    """The model that runs and the same weights in fp32 give nearly the same shares."""
    folder = ModelFolder.read(default_folder(), name=DEFAULT_MODEL)
    plain = session(exact(folder.config, *tuned.read(WEIGHTS, embedder_weights(folder))))
    for sentence in ("Norsund will cut 120 jobs.", "Norsund will cut 900 jobs.", "Mara Lind resigned."):
        ids = tokens(reader().load()[0], sentence, beside([LINE], DAY))
        (figures,) = plain.run(None, {"ids": np.array([ids])})
        shares = np.exp(figures[0]) / np.exp(figures[0]).sum()
        assert reader().read(sentence, [LINE], DAY) == pytest.approx(shares, abs=0.12)


def test_sentences_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not more than so many are kept; what was forgotten is read again and is the same."""
    monkeypatch.setattr("rag.checks.entailment.KEPT", 2)
    chosen = Entailment()
    first = chosen.read("Norsund cuts jobs.", [LINE])
    for at in range(4):
        chosen.read(f"Norsund cuts {at} jobs.", [LINE])
    assert len(chosen._kept) == 2
    assert chosen.read("Norsund cuts jobs.", [LINE]) == pytest.approx(first)


def test_weights_that_are_not_those_of_the_card_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other bytes than are known are an error that says what to do."""
    monkeypatch.setattr("rag.tuned.DEFAULT_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(WeightsDamaged, match="reinstall"):
        Entailment().read("Norsund cuts jobs.", [LINE])


def test_the_card_is_of_the_weights_that_ship() -> None:
    """It names their hash, and the lessons they were learned from."""
    held = json.loads(WEIGHTS.with_suffix(".json").read_text("utf-8"))
    assert held["sha256"] == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert held["lessons_sha256"] == lessons.sha256()
    assert sum(held["lessons"].values()) == len(lessons.pairs(lessons.reports()))
