"""The way in for cross-encoders: a real one, tiny and made here with random weights."""

from __future__ import annotations

import datetime as dt
import shutil
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from index.embedder import default_folder
from index.index import Index
from rag.build import open_retriever, open_selector
from rag.errors import RerankerMissing
from rag.rerank import DEPTH_BY_LINES, CrossEncoderReranker, LineReranker
from rag.retrieve import Retriever
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


def test_unless_one_is_named_lines_are_read(newsroom_index: Index, tmp_path: Path) -> None:
    """By default the line of a hit that answers best counts beside its place in the search, and can be seen."""
    settings = Settings.read({"DATELINE_HOME": str(tmp_path)})
    search = open_retriever(settings, newsroom_index, selector=open_selector(settings, newsroom_index))
    hits = search.retrieve("Who won the election?", as_of=AS_OF, limit=30)
    scores = [hit.score for hit in hits]
    assert len(hits) > DEPTH_BY_LINES
    assert scores == sorted(scores, reverse=True)
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
    assert np.isfinite([hit.parts["answers"] for hit in hits[:DEPTH_BY_LINES]]).all()
    read = open_retriever(settings, newsroom_index).retrieve("Who won the election?", as_of=AS_OF, limit=8)
    assert "answers" not in read[0].parts  # an answer puts the lines themselves in order


def test_a_hit_whose_line_answers_rises(newsroom_index: Index) -> None:
    """Where nothing but the lines counts, the first hit is the one with the line that answers best."""
    retriever = Retriever(newsroom_index)
    hits = retriever.retrieve("Who won the election?", as_of=AS_OF, limit=8)
    turned = LineReranker(Shortest(), weight=100.0).reranked("Who won the election?", hits)
    assert sorted(hit.passage.passage_id for hit in turned) == sorted(hit.passage.passage_id for hit in hits)
    figures = [hit.parts["answers"] for hit in turned]
    assert figures == sorted(figures, reverse=True)
    assert LineReranker(Shortest()).reranked("Who?", []) == []


class Shortest:
    """A selector that takes to short lines: the seam, not a model."""

    def answers(self, question: str, lines: Sequence[tuple[str, str]]) -> NDArray[np.float32]:
        del question
        return np.array([-len(text) for _, text in lines], np.float32)


def test_lines_are_read_unless_that_is_off(newsroom_index: Index, tmp_path: Path) -> None:
    """With DATELINE_READ_LINES off nothing reads lines, and a search ranks as an answer's does."""
    settings = Settings.read({"DATELINE_HOME": str(tmp_path), "DATELINE_READ_LINES": "false"})
    assert open_selector(settings, newsroom_index) is None
    assert open_retriever(settings, newsroom_index, selector=None).reranker is None
