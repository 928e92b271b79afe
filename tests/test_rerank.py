"""The way in for cross-encoders: a real one, tiny and made here with random weights."""

from __future__ import annotations

import datetime as dt
import shutil
from pathlib import Path

import numpy as np
import pytest

from index.embedder import default_folder
from index.index import Index
from rag.build import open_retriever
from rag.errors import RerankerMissing
from rag.rerank import CrossEncoderReranker
from rag.settings import Settings

AS_OF = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)


def tiny(folder: Path, *, figures: int = 1) -> Path:
    """A CrossEncoder of one layer that gives so many figures a pair."""
    import torch
    from transformers import BertConfig, BertForSequenceClassification

    torch.manual_seed(1)
    config = BertConfig(hidden_size=16, num_hidden_layers=1, num_attention_heads=2, intermediate_size=16)
    config.num_labels = figures
    BertForSequenceClassification(config).save_pretrained(folder)
    for name in ("tokenizer.json", "tokenizer_config.json", "special_tokens_map.json", "vocab.txt"):
        if (default_folder() / name).exists():
            shutil.copy(default_folder() / name, folder / name)
    return folder


def test_a_cross_encoder_by_path_reorders_the_hits(newsroom_index: Index, tmp_path: Path) -> None:
    """With DATELINE_RERANKER set to a folder, hits come in the order of that model's scores, the same each time."""
    settings = Settings.read({"DATELINE_HOME": str(tmp_path), "DATELINE_RERANKER": str(tiny(tmp_path / "model"))})
    retriever = open_retriever(settings, newsroom_index)
    hits = retriever.retrieve("Who won the election?", as_of=AS_OF, limit=8)
    scores = [hit.parts["reranker"] for hit in hits]
    assert scores == sorted(scores, reverse=True)
    assert len(set(scores)) > 1
    again = retriever.retrieve("Who won the election?", as_of=AS_OF, limit=8)
    assert [hit.passage for hit in hits] == [hit.passage for hit in again]
    assert CrossEncoderReranker(str(tmp_path / "model")).score("Who?", []).shape == (0,)


def test_a_folder_that_is_no_cross_encoder_is_named(tmp_path: Path) -> None:
    """A reranker that cannot be loaded is an error that names the setting to correct."""
    with pytest.raises(RerankerMissing, match="correct DATELINE_RERANKER"):
        CrossEncoderReranker(str(tmp_path)).score("Who?", ["He did."])


def test_a_classifier_of_several_figures_is_no_reranker(tmp_path: Path) -> None:
    """A model with three figures a passage (entailment, say) is refused, not misread."""
    with pytest.raises(RerankerMissing, match="3 figures a passage"):
        CrossEncoderReranker(str(tiny(tmp_path / "model", figures=3))).score("Who?", ["He did.", "She did."])


def test_no_reranker_unless_one_is_named(newsroom_index: Index, tmp_path: Path) -> None:
    """By default there is none, and hits have no score of one."""
    retriever = open_retriever(Settings.read({"DATELINE_HOME": str(tmp_path)}), newsroom_index)
    assert retriever.reranker is None
    assert "reranker" not in retriever.retrieve("Who won?", as_of=AS_OF)[0].parts
    assert np.isfinite(retriever.retrieve("Who won?", as_of=AS_OF)[0].score)
