"""Likeness by the vectors of tokens."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from safetensors.numpy import save_file
from tokenizers import Tokenizer
from tokenizers.models import WordPiece
from tokenizers.normalizers import BertNormalizer
from tokenizers.pre_tokenizers import BertPreTokenizer

from index.embedder import DEFAULT_MODEL
from index.encoders.model import encodable
from rag import token_vectors
from rag.line_vectors import LineVectors
from rag.token_vectors import TokenVectors, made, open_token_vectors

WORDS = ["talks", "hours", "riyadh", "bridge", "mayor", "opened", "rain", "strike", "##s", "!", ".", "[PAD]", "[UNK]"]
TEXTS = st.lists(st.sampled_from(["talks", "hours", "bridge", "mayor", "mayors", "!", "unknownword", ""]), max_size=6)


def tokenizer() -> Tokenizer:
    """A vocabulary of a few words."""
    built = Tokenizer(WordPiece({word: at for at, word in enumerate(WORDS)}, unk_token="[UNK]"))
    built.normalizer = BertNormalizer()
    built.pre_tokenizer = BertPreTokenizer()
    return built


def encode(texts: Sequence[str]) -> NDArray[np.float32]:
    """Any vectors, the same for the same text, unit length."""
    rows = [np.random.default_rng(sum(map(ord, text))).normal(size=16) for text in texts]
    found: NDArray[np.float32] = np.array([row / np.linalg.norm(row) for row in rows], np.float32).reshape(-1, 16)
    return found


@cache
def vectors() -> TokenVectors:
    """Those of the few words."""
    alone = made(tokenizer(), encode)
    return TokenVectors(tokenizer(), alone, np.flip(alone, axis=1))


@cache
def mapped() -> TokenVectors:
    """The same with a map that takes one third of the features each."""
    alone = made(tokenizer(), encode)
    even = np.concatenate([np.eye(16), np.eye(16), np.eye(16), np.zeros((1, 16))])
    return TokenVectors(tokenizer(), alone, np.flip(alone, axis=1), even.astype(np.float16))


def told(text: str) -> NDArray[np.float32]:
    """The vector of a text of a few words without a map, unit length."""
    found: NDArray[np.float32] = vectors().features([text])[0, 32:48]
    return found / np.linalg.norm(found)


class Default:
    """Stands for the default embedder, and counts what it is asked for."""

    name = DEFAULT_MODEL
    fingerprint = "0123456789abcdef0123"
    dimension = 16

    def __init__(self) -> None:
        self.asked: list[str] = []

    def encode_passages(self, texts: Sequence[str]) -> NDArray[np.float32]:
        self.asked += texts
        return encode(texts)

    def encode_question(self, text: str) -> NDArray[np.float32]:
        row: NDArray[np.float32] = encode([text])[0]
        return row


@given(TEXTS.map(" ".join), st.lists(TEXTS.map(" ".join), max_size=6))
def test_a_texts_likeness_does_not_depend_on_its_company(question: str, texts: list[str]) -> None:
    """All at once or one by one, in whatever order: the same figures, each 0 to 1."""
    asked = encode([question])[0]
    for by in (vectors(), mapped()):
        together = by.alike(asked, texts)
        assert together.shape == (len(texts),)
        assert ((together >= 0) & (together <= 1)).all()
        alone = [by.alike(asked, [text])[0] for text in texts]
        assert np.allclose(together, alone, atol=1e-6)


@given(
    st.sampled_from(["talks hours", "mayor opened bridge"]), st.lists(st.sampled_from(["!", ".", "…"]), max_size=3)
)
def test_signs_and_unknown_words_do_not_count(text: str, signs: list[str]) -> None:
    """Only tokens with a letter or a digit have a vector; a text of none is like nothing."""
    assert vectors().alike(told(text), [" ".join([text, *signs])])[0] > 0.8
    assert vectors().alike(told(text), [" ".join(signs)])[0] == 0
    assert mapped().alike(told(text), [" ".join(signs)])[0] == 0


def test_single_words_need_no_encoding() -> None:
    """A word of the vocabulary has the vector that the embedder would make, one that it lacks some vector or none."""
    embedder = Default()
    lines = LineVectors(embedder, vectors)
    assert np.allclose(lines.encode_words(["talks", "mayor"]), encode(["talks", "mayor"]), atol=2e-3)
    assert not lines.encode_words(["!"]).any()
    assert embedder.asked == []


def test_without_vectors_of_tokens_words_are_encoded() -> None:
    """Any other model encodes single words as it does lines."""
    embedder = Default()
    assert np.allclose(LineVectors(embedder).encode_words(["talks"]), encode(["talks"]), atol=2e-3)
    assert embedder.asked == ["talks"]


def test_without_vectors_of_tokens_the_embedder_is_asked() -> None:
    """Any other model tells likeness by its own cosine."""
    lines = LineVectors(Default())
    found = lines.alike("talks", ["talks", "rain on the bridge"])
    assert found[0] == pytest.approx(1, abs=1e-3)
    assert found[1] == pytest.approx(
        max(0.0, float(encode(["talks"])[0] @ encode(["rain on the bridge"])[0])), abs=2e-3
    )


def test_what_was_built_is_kept_and_what_was_damaged_is_built_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The second start reads the file; a file of which one byte changed is not trusted."""
    folder = tmp_path / "model"
    folder.mkdir()
    tokenizer().save(str(folder / "tokenizer.json"))
    sizes = ((len(WORDS), 16), (64, 16), (2, 16), (16,), (16,))
    random = np.random.default_rng(1)
    parts = zip(token_vectors.PARTS, sizes, strict=True)
    save_file(
        {f"embeddings.{name}": random.normal(size=size).astype(np.float32) for name, size in parts},
        folder / "model.safetensors",
    )
    monkeypatch.setattr(token_vectors, "default_folder", lambda: folder)
    monkeypatch.setattr(token_vectors, "learned_map", lambda: random.normal(size=(49, 16)).astype(np.float16))
    first, second, third = Default(), Default(), Default()
    made_first = open_token_vectors(first, tmp_path)  # type: ignore[arg-type]
    assert first.asked
    read = open_token_vectors(second, tmp_path)  # type: ignore[arg-type]
    assert not second.asked
    assert made_first is not None
    assert read is not None
    assert np.array_equal(made_first.features(["mayor"]), read.features(["mayor"]))
    kept = next(tmp_path.glob("*.f16"))
    kept.write_bytes(kept.read_bytes()[:-1] + b"\x01")
    open_token_vectors(third, tmp_path)  # type: ignore[arg-type]
    assert third.asked


def test_another_model_has_none(tmp_path: Path) -> None:
    """The rank of a token says how common it is only in BERT's vocabulary."""
    other = Default()
    other.name = "another"
    assert open_token_vectors(other, tmp_path) is None  # type: ignore[arg-type]


def test_the_map_is_of_the_default_models_shape() -> None:
    """What is shipped fits the vectors it is used with, and holds numbers only."""
    held = token_vectors.learned_map()
    assert held.shape == (3 * 384 + 1, 384)
    assert np.isfinite(held).all()
    assert held.any()


@given(st.lists(st.one_of(st.sampled_from([*WORDS, " ", "  ", "\u00a0", "\n"]), st.text(max_size=5)), max_size=12))
def test_tokens_are_those_of_the_whole_text(pieces: list[str]) -> None:
    """A text cut at its spaces first has the tokens that it has as a whole."""
    text = "".join(pieces)
    cut = [token for run in text.split(" ") for token in vectors()._ids[run]]
    assert cut == tokenizer().encode(encodable(text), add_special_tokens=False).ids
