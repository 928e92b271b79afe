"""The default embedder's model in OpenVINO, for comparison: the graph written straight from the weights."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov  # type: ignore[import-not-found, import-untyped, unused-ignore]
from numpy.typing import NDArray
from openvino import opset13 as op
from safetensors.numpy import load_file

from index.encoders.base import EngineEmbedder
from index.encoders.model import ModelFolder


class OpenVinoEmbedder(EngineEmbedder):
    """precision: f32 or bf16, of activations. `weights_int8`: weights rounded per output channel."""

    def __init__(self, folder: ModelFolder, *, precision: str, weights_int8: bool = False) -> None:
        super().__init__(folder)
        hints = {"PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": precision, "INFERENCE_NUM_THREADS": 1}
        self._compiled = ov.Core().compile_model(_bert(folder, weights_int8=weights_int8), "CPU", hints)

    def _run(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        return np.array(self._compiled.create_infer_request().infer([ids])[0], dtype=np.float32)


def _bert(folder: ModelFolder, *, weights_int8: bool) -> Any:
    """Token ids (batch, length) int64 → (batch, dimension), unit length."""
    config, weights = folder.config, load_file(folder.path / "model.safetensors")
    heads, width = config["num_attention_heads"], config["hidden_size"]

    def const(value: Any) -> Any:
        return op.constant(np.ascontiguousarray(value))

    def linear(x: Any, name: str) -> Any:
        weight = weights[f"{name}.weight"]
        matrix = const(weight)
        if weights_int8:
            step = np.abs(weight).max(1, keepdims=True) / 127
            rounded = op.convert(const(np.rint(weight / step).astype(np.int8)), "f32")
            matrix = op.multiply(rounded, const(step.astype(np.float32)))
        return op.add(op.matmul(x, matrix, False, True), const(weights[f"{name}.bias"]))

    def norm(x: Any, name: str) -> Any:
        x = op.mvn(x, const([-1]), True, config["layer_norm_eps"], "inside_sqrt")
        return op.add(op.multiply(x, const(weights[f"{name}.weight"])), const(weights[f"{name}.bias"]))

    def split(x: Any) -> Any:  # (batch, length, width) -> (batch, heads, length, width / heads)
        return op.transpose(op.reshape(x, const([0, 0, heads, width // heads]), True), const([0, 2, 1, 3]))

    def merge(x: Any) -> Any:
        return op.reshape(op.transpose(x, const([0, 2, 1, 3])), const([0, 0, width]), True)

    ids = op.parameter([-1, -1], np.int64, "ids")
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = op.gather(op.shape_of(ids), const([1]), const(0))
    x = op.gather(const(weights["embeddings.word_embeddings.weight"]), ids, const(0))
    x = op.add(x, op.unsqueeze(op.slice(const(places), const([0]), length, const([1]), const([0])), const(0)))
    x = norm(x, "embeddings.LayerNorm")
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"
        q, k, v = (split(linear(x, f"{at}.attention.self.{part}")) for part in ("query", "key", "value"))
        seen = merge(op.scaled_dot_product_attention(q, k, v))
        x = norm(op.add(linear(seen, f"{at}.attention.output.dense"), x), f"{at}.attention.output.LayerNorm")
        inner = op.gelu(linear(x, f"{at}.intermediate.dense"), "erf")
        x = norm(op.add(linear(inner, f"{at}.output.dense"), x), f"{at}.output.LayerNorm")
    return ov.Model([op.normalize_l2(op.reduce_mean(x, const([1])), const([1]), 1e-12, "max")], [ids], "bert")
