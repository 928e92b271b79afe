"""BERT encoders in ONNX Runtime, in 8 bits: no torch, at start or ever.

The first start builds the model from its weights, sees the ranges of its activations on a page of sample text, checks
the 8-bit vectors against fp32 ones of other text, and keeps the result in the user's cache; later starts load it.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

from index.encoders.base import EngineEmbedder
from index.encoders.model import ModelFolder
from index.encoders.sample import SAMPLE
from index.errors import EmbedderError

BUILDER = 1  # raise when the built model would be another one
NEEDED_COSINE = 0.995


class OnnxEmbedder(EngineEmbedder):
    """A BERT model with mean pooling. Each of `workers` threads encodes texts of its own."""

    def __init__(self, folder: ModelFolder, *, workers: int, cache: Path, precision: str = "int8") -> None:
        super().__init__(folder, workers=workers)
        _check(folder)
        self._session = _session(_built(folder, cache) if precision == "int8" else _build(folder, None))

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


def _session(model: bytes) -> ort.InferenceSession:
    options = ort.SessionOptions()
    # The calling thread does the work: texts in parallel scale better than one text's layers.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def _built(folder: ModelFolder, cache: Path) -> bytes:
    """The 8-bit model, from the cache if it is there and whole."""
    name = f"{folder.weights_sha256[:16]}-{BUILDER}-{folder.max_tokens}"
    file, note = cache / f"{name}.onnx", cache / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        model = file.read_bytes()
        if json.loads(note.read_text("utf-8"))["sha256"] == hashlib.sha256(model).hexdigest():
            return model
    model, cosine = build(folder)
    if cosine < NEEDED_COSINE:  # another model, or a processor whose 8-bit products overflow
        model = _build(folder, None)
    with contextlib.suppress(OSError):  # a cache that cannot be written costs the next start a second, no more
        cache.mkdir(parents=True, exist_ok=True)
        _replace(file, model)
        _replace(note, json.dumps({"sha256": hashlib.sha256(model).hexdigest(), "cosine": cosine}).encode())
    return model


def build(folder: ModelFolder) -> tuple[bytes, float]:
    """The 8-bit model, and the mean cosine of its vectors to fp32 ones on text it was not fitted to."""
    fit, test = list(SAMPLE[::2]), list(SAMPLE[1::2])
    model = _build(folder, fit)
    exact, fast = _session(_build(folder, None)), _session(model)
    cosines = [
        float(exact.run(None, {"ids": ids})[0][0] @ fast.run(None, {"ids": ids})[0][0]) for ids in _rows(folder, test)
    ]
    return model, float(np.mean(cosines))


def _build(folder: ModelFolder, fit: list[str] | None) -> bytes:
    from safetensors.numpy import load_file

    from index.encoders.graph import BertGraph, Range

    weights = {name: value.astype(np.float32) for name, value in load_file(folder.path / "model.safetensors").items()}
    if fit is None:
        return BertGraph(folder.config, weights).build()
    graph = BertGraph(folder.config, weights)
    watched = _session(graph.build(watch=True))
    names = [output.name for output in watched.get_outputs()]
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    for ids in _rows(folder, fit):
        for name, seen in zip(names, watched.run(None, {"ids": ids}), strict=True):
            rows = seen.reshape(-1, seen.shape[-1])
            low[name] = np.minimum(low.get(name, np.inf), rows.min(0))
            high[name] = np.maximum(high.get(name, -np.inf), rows.max(0))
    ranges = {layer: Range(low[name], high[name]) for layer, name in graph.linear_inputs.items()}
    return BertGraph(folder.config, weights, ranges).build()


def _rows(folder: ModelFolder, texts: list[str]) -> Iterator[NDArray[np.int64]]:
    return (np.array([row]) for row in folder.words.ids(texts))


def _replace(file: Path, content: bytes) -> None:
    """Write all of it or nothing."""
    handle, temporary = tempfile.mkstemp(dir=file.parent, prefix=file.name)
    try:
        with os.fdopen(handle, "wb") as out:
            out.write(content)
        Path(temporary).replace(file)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise
