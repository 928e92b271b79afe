"""The model that reads a line beside a question: the real one, its weights and its card."""

import hashlib
import json
import random
from collections.abc import Sequence
from functools import cache
from importlib.resources import files
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench import lessons
from index.embedder import DEFAULT_MODEL, default_folder
from index.encoders.built import exact, session
from index.encoders.fast import weights as embedder_weights
from index.encoders.model import ModelFolder
from index.encoders.sample import SAMPLE
from index.index import Index
from rag.build import open_selector
from rag.errors import WeightsDamaged
from rag.selector import LONGEST, LineSelector, beside, card, likeliest, own, spans_of, tokens
from rag.settings import Settings
from rag.tuned import read, write

HEADLINE = "US and Russia agree to set up negotiating teams"
EXCLUDED = "Ukraine was not invited to the meeting in Riyadh."
LASTED = "The talks, which lasted over four hours, highlighted key concerns over the future of Europe."
TEXT = st.text(st.characters(), max_size=300)  # lone surrogates too
LINES = st.lists(st.tuples(TEXT, TEXT), max_size=6)
WEIGHTS = Path(str(files("rag").joinpath("selector.safetensors")))


@cache
def selector() -> LineSelector:
    """The model that ships."""
    return LineSelector(threads=2)


@cache
def alone() -> LineSelector:
    """The same with one thread, and figures of its own."""
    return LineSelector()


def figures(chosen: LineSelector, question: str, lines: Sequence[tuple[str, str]]) -> npt.NDArray[np.float64]:
    """(n,) log-odds that each line answers."""
    return np.array([one.answers for one in chosen.read(question, lines)])


def test_the_line_that_answers_gets_the_higher_figure() -> None:
    """Of two lines of one article each question has its own, and above 0 stands what answers."""
    lines = [(HEADLINE, EXCLUDED), (HEADLINE, LASTED), ("", "Sign up for our newsletter.")]
    who = figures(selector(), "Who was excluded from the Riyadh talks?", lines)
    how_long = figures(selector(), "How long did the talks last?", lines)
    assert who.argmax() == 0
    assert how_long.argmax() == 1
    assert max(who[0], how_long[1]) > 0 > max(who[2], how_long[2])


def test_the_words_that_answer_are_read_off_the_line() -> None:
    """Each question has its own words of a line, and they are whole."""
    long = "The talks, which lasted over four hours, were held in Riyadh without Ukraine."
    for question, short in (
        ("How long did the talks last?", "four hours"),
        ("Where were the talks held?", "Riyadh"),
    ):
        (found,) = selector().read(question, [("", long)])
        assert short in found.short
        assert len(found.short) < len(long) / 2
        assert found.sure > 0.2


@settings(max_examples=30, deadline=None)
@given(LINES, TEXT)
def test_a_short_answer_stands_in_its_line(lines: list[tuple[str, str]], question: str) -> None:
    """Whatever is read, what is read off is a part of the line, never of its headline, with a share of one."""
    for (_, text), found in zip(lines, selector().read(question, lines), strict=True):
        assert found.short in text
        assert 0 <= found.sure <= 1 + 1e-6


def test_the_likeliest_words_are_whole_and_of_the_line() -> None:
    """Where the figures point into a word all of it is taken, and what stands before the line never is."""
    text = "Tarn wins · Unbelievably, Orle lost."
    (encoding,) = tokens(selector().tokenizer, "Who lost?", [text])
    ends = np.zeros((len(encoding.ids), 2), np.float32)
    start = text.index("Unbelievably")
    places = own(encoding, start)
    pieces = [at for at in places if text[slice(*encoding.offsets[at])] in "Unbelievably"]
    assert len(pieces) > 1
    ends[pieces[1]] = 9
    short, sure = likeliest(text, start, spans_of(encoding, start, ends))
    assert short == "Unbelievably"
    assert sure > 0.99
    ends[: places[0]] = 99  # the headline
    assert likeliest(text, start, spans_of(encoding, start, ends))[0] == "Unbelievably"
    assert likeliest(text, len(text), spans_of(encoding, len(text), ends)) == ("", 0.0)


@settings(max_examples=30, deadline=None)
@given(LINES, TEXT, st.randoms())
def test_a_figure_depends_on_the_pair_alone(
    lines: list[tuple[str, str]], question: str, chance: random.Random
) -> None:
    """Whatever text is read, its figure is finite, and the same in whatever company and order."""
    found = figures(selector(), question, lines)
    assert found.shape == (len(lines),)
    assert np.isfinite(found).all()
    order = list(range(len(lines)))
    chance.shuffle(order)
    assert figures(alone(), question, [lines[at] for at in order]) == pytest.approx(found[order], abs=1e-4)


def test_no_text_is_too_long() -> None:
    """A question or a line of any length is cut to what the model reads."""
    assert np.isfinite(figures(selector(), "why " * 5_000, [("x " * 9_000, "y " * 9_000)])).all()


def test_the_eight_bits_say_what_the_weights_do() -> None:
    """The model that runs and the same weights in fp32 agree on which line answers, and nearly on how well."""
    folder = ModelFolder.read(default_folder(), name=DEFAULT_MODEL)
    layers, head = read(WEIGHTS, embedder_weights(folder))
    plain = session(exact(folder.config, layers, head))
    lines = [
        (HEADLINE, EXCLUDED),
        (HEADLINE, LASTED),
        ("", "Nobody knows."),
        ("Cup", "Tarn beat Orle."),
    ]
    question = "Who was excluded from the Riyadh talks?"
    rows = tokens(selector().tokenizer, question, [beside(*line) for line in lines])
    told = np.array([plain.run(None, {"ids": np.array([row.ids])})[0][0, 0] for row in rows])
    found = figures(selector(), question, lines)
    assert found.argmax() == told.argmax()
    assert np.abs(found - told).max() < 0.6
    assert max(len(row.ids) for row in rows) <= LONGEST


def test_weights_survive_being_written_in_eight_bits(tmp_path: Path) -> None:
    """What is read back differs by half a step of its row at most; a head and a norm are kept nearly as they are."""
    chance = np.random.default_rng(1)
    given = {
        "encoder.layer.0.output.dense.weight": chance.normal(size=(6, 4)).astype(np.float32),
        "encoder.layer.0.output.dense.bias": chance.normal(size=6).astype(np.float32),
        "head.weight": chance.normal(size=(1, 4)).astype(np.float32),
        "head.bias": chance.normal(size=1).astype(np.float32),
        "ends.weight": chance.normal(size=(2, 4)).astype(np.float32),
    }
    write(tmp_path / "w.safetensors", given)
    found, head = read(tmp_path / "w.safetensors", {})
    matrix = given["encoder.layer.0.output.dense.weight"]
    step = np.abs(matrix).max(1, keepdims=True) / 127
    assert (np.abs(found["encoder.layer.0.output.dense.weight"] - matrix) <= step / 2 + 1e-6).all()
    assert found["encoder.layer.0.output.dense.bias"] == pytest.approx(
        given["encoder.layer.0.output.dense.bias"], abs=2e-3
    )
    assert head.weight == pytest.approx(given["head.weight"].T, abs=2e-3)
    assert head.bias == pytest.approx(given["head.bias"], abs=2e-3)
    assert head.ends == pytest.approx(given["ends.weight"].T, abs=2e-3)


def test_the_card_is_of_the_weights_that_ship() -> None:
    """It names their hash, the lessons they were learned from, and weeks that no question was learned from."""
    held = json.loads(files("rag").joinpath("selector.json").read_text(encoding="utf-8"))
    assert held["sha256"] == hashlib.sha256(WEIGHTS.read_bytes()).hexdigest()
    assert held["lessons_sha256"].items() <= lessons.sha256().items()
    assert len(card().unseen_weeks) > 20


def test_a_line_stands_under_the_first_words_of_its_headline() -> None:
    """Without a headline it stands alone."""
    assert beside("", "Tarn won.") == "Tarn won."
    assert beside(" ".join("abcdefghijklmnopqrst"), "Tarn won.") == "a b c d e f g h i j k l m n · Tarn won."


def test_a_headline_without_blanks_leaves_room_for_its_line() -> None:
    """A headline of any script is cut, so that what is read of the line is more than nothing."""
    long = "京" * 3_000
    ids = tokens(selector().tokenizer, "Who won?", [beside(long, "Tarn won the cup.")])[0].ids
    assert len(ids) <= LONGEST


def test_figures_are_forgotten_when_there_are_many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not more than so many are kept; what was forgotten is read again and is the same."""
    monkeypatch.setattr("rag.selector.KEPT", 3)
    chosen = LineSelector()
    first = figures(chosen, "Who won?", [("", "Tarn won.")])
    figures(chosen, "Who won?", [("", f"Line {at}.") for at in range(5)])
    assert len(chosen._kept) == 3
    assert figures(chosen, "Who won?", [("", "Tarn won.")]) == pytest.approx(first, abs=1e-5)


def test_weights_that_are_not_those_of_the_card_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """Other bytes than are known are an error that says what to do."""
    monkeypatch.setattr("rag.tuned.DEFAULT_WEIGHTS_SHA256", "0" * 64)
    with pytest.raises(WeightsDamaged, match="reinstall"):
        LineSelector()


def test_a_damaged_model_in_the_cache_is_made_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was kept and does not match its note is not run."""
    monkeypatch.setattr("rag.selector.SAMPLE", SAMPLE[:12])  # to build is to run all of it several times
    lines = [(HEADLINE, EXCLUDED)]
    told = figures(LineSelector(place=tmp_path), "Who was excluded?", lines)
    (kept,) = tmp_path.glob("*.onnx")
    kept.write_bytes(b"nonsense")
    assert figures(LineSelector(place=tmp_path), "Who was excluded?", lines) == pytest.approx(told, abs=1e-4)


def test_lines_are_read_unless_that_is_off(newsroom_index: Index, tmp_path: Path) -> None:
    """With DATELINE_READ_LINES off nothing reads lines, nor with an embedder for other languages."""
    home = {"DATELINE_HOME": str(tmp_path)}
    assert isinstance(open_selector(Settings.read(home), newsroom_index), LineSelector)
    assert open_selector(Settings.read({**home, "DATELINE_READ_LINES": "false"}), newsroom_index) is None
