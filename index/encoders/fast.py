"""BERT encoders in ONNX Runtime, in 8 bits: no torch, at start or ever.

The first start builds the model from its weights, sees the ranges of its activations on a page of sample text, checks
the 8-bit vectors against fp32 ones of other text, and keeps the result in the user's cache; later starts load it.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.encoders.base import EngineEmbedder
from index.encoders.built import Session, Weights, exact, kept, rounded, session
from index.encoders.model import ModelFolder
from index.encoders.sample import SAMPLE
from index.errors import EmbedderError

BUILDER = 2  # raise when the built model would be another one
NEEDED_COSINE = 0.995


class OnnxEmbedder(EngineEmbedder):
    """A BERT model with mean pooling. Each of `workers` threads encodes texts of its own."""

    def __init__(self, folder: ModelFolder, *, workers: int, cache: Path, precision: str = "int8") -> None:
        super().__init__(folder, workers=workers)
        _check(folder)
        name = f"{folder.weights_sha256[:16]}-{BUILDER}-{folder.max_tokens}"
        exactly = precision != "int8"
        model = exact(folder.config, weights(folder)) if exactly else kept(cache, name, lambda: _chosen(folder))
        self._session = session(model)

    def _run(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.asarray(self._session.run(None, {"ids": ids})[0], dtype=np.float32)


def _check(folder: ModelFolder) -> None:
    config = folder.config
    wrong = {
        "its architecture is not BertModel": config.get("architectures") != ["BertModel"],
        "its activation is not gelu": config.get("hidden_act") != "gelu",
        "its positions are not absolute": config.get("position_embedding_type", "absolute") != "absolute",
        "it does not pool by the mean": folder.pooling.get("pooling_mode_mean_tokens") is not True,
    }
    if reasons := [reason for reason, holds in wrong.items() if holds]:
        raise EmbedderError(f"{folder.name} cannot run in ONNX Runtime: {', '.join(reasons)}; use the torch backend")


def weights(folder: ModelFolder) -> Weights:
    """Its weights by name, in fp32."""
    from safetensors.numpy import load_file

    return {name: value.astype(np.float32) for name, value in load_file(folder.path / "model.safetensors").items()}


def _chosen(folder: ModelFolder) -> tuple[bytes, float]:
    """The 8-bit model and its cosine to fp32; the fp32 one where 8 bits do not keep what they should."""
    model, cosine = build(folder)
    if cosine < NEEDED_COSINE:  # another model, or a processor whose 8-bit products overflow
        model = exact(folder.config, weights(folder))
    return model, cosine


def build(folder: ModelFolder) -> tuple[bytes, float]:
    """The 8-bit model, and the mean cosine of its vectors to fp32 ones on text it was not fitted to."""
    held = weights(folder)
    plain = session(exact(folder.config, held))
    rows = list(_rows(folder, SAMPLE[1::2]))
    told = [plain.run(None, {"ids": ids})[0][0] for ids in rows]

    def alike(made: Session) -> float:
        found = [made.run(None, {"ids": ids})[0][0] for ids in rows]
        return float(np.mean([one @ other for one, other in zip(told, found, strict=True)]))

    return rounded(folder.config, held, _rows(folder, SAMPLE[::2]), alike)


def _rows(folder: ModelFolder, texts: tuple[str, ...]) -> Iterator[NDArray[np.int64]]:
    return (np.array([row]) for row in folder.words.ids(list(texts)))
