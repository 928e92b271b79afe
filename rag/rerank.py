"""Rerankers: cross-encoders that read question and passage together (Nogueira and Cho, arXiv:1901.04085).

Off by default: none that can be had offline earned its cost (docs/retrieval.md). Any sentence-transformers
CrossEncoder comes by path or by name.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from rag.errors import RerankerMissing

LONGEST = 4_000  # characters of one passage that are read


class CrossEncoderReranker:
    """A CrossEncoder on torch. Loaded at the first question, and then kept."""

    def __init__(self, model: str, *, threads: int = 0) -> None:
        """`model` is the folder of a CrossEncoder, or its name on the Hugging Face hub or in its cache."""
        self.model = model
        self._threads = threads
        self._loading = threading.Lock()
        self._encoder: object | None = None

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        """(n,) float32; higher is better. Raises RerankerMissing."""
        from sentence_transformers import CrossEncoder

        with self._loading:
            if self._encoder is None:
                self._encoder = self._load()
        encoder = self._encoder
        assert isinstance(encoder, CrossEncoder)  # what `_load` made
        if not texts:
            return np.empty(0, np.float32)
        pairs = [(question, text[:LONGEST]) for text in texts]
        scores = np.asarray(encoder.predict(pairs, show_progress_bar=False), np.float32)
        if scores.shape != (len(texts),):
            raise RerankerMissing(
                f"{self.model} gives {scores.shape[-1]} figures a passage and a reranker gives one: name "
                "another with DATELINE_RERANKER, or leave it out"
            )
        return scores

    def _load(self) -> object:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
        import torch
        from sentence_transformers import CrossEncoder

        if self._threads:
            torch.set_num_threads(self._threads)
        path = Path(self.model).expanduser()
        try:
            # No pickles, no code of the model's own: safetensors or nothing.
            return CrossEncoder(
                str(path) if path.is_dir() else self.model,
                device="cpu",
                local_files_only=path.is_dir(),
                trust_remote_code=False,
                model_kwargs={"use_safetensors": True},
            )
        except Exception as error:
            raise RerankerMissing(
                f"no reranker called {self.model!r}: it is not the folder of a CrossEncoder with safetensors "
                f"weights, and the model hub did not give it ({str(error)[:300]}); correct DATELINE_RERANKER, or "
                "leave it out"
            ) from error
