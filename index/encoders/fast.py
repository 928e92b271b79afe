"""BERT encoders in OpenVINO, the graph built straight from the weights: no torch, no export, under a second."""

from __future__ import annotations

from typing import Any

import numpy as np
import openvino as ov  # type: ignore[import-untyped]
from numpy.typing import NDArray
from openvino import opset13 as op
from safetensors.numpy import load_file

from index.encoders.base import EngineEmbedder
from index.encoders.model import ModelFolder
from index.errors import EmbedderError


class OpenVinoEmbedder(EngineEmbedder):
    """A BERT model with mean pooling, in the fastest arithmetic of this processor that keeps the vectors."""

    def __init__(self, folder: ModelFolder, *, threads: int = 0, precision: str | None = None) -> None:
        super().__init__(folder)
        core = ov.Core()
        able = core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")
        hints: dict[str, Any] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_PRECISION_HINT": precision or ("bf16" if "BF16" in able else "f32"),
        }
        if threads:
            hints["INFERENCE_NUM_THREADS"] = threads
        self._compiled = core.compile_model(bert(folder), "CPU", hints)

    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.float32]) -> NDArray[np.float32]:
        # A request of its own for each call: requests may not be shared between threads.
        result = self._compiled.create_infer_request().infer([ids.astype(np.int32), mask])
        return np.array(result[0], dtype=np.float32)


def bert(folder: ModelFolder) -> ov.Model:
    """The encoder (Devlin et al., NAACL 2019, as in transformers' BertModel), mean pooling and L2 norm as one graph.

    Inputs: token ids (batch, length) int32 and mask (batch, length) float32. Output: (batch, dimension), unit length.
    """
    config = folder.config
    refuse = [
        reason
        for reason, wrong in {
            "its architecture is not BertModel": config.get("architectures") != ["BertModel"],
            "its activation is not gelu": config.get("hidden_act") != "gelu",
            "its positions are not absolute": config.get("position_embedding_type", "absolute") != "absolute",
            "it does not pool by the mean": folder.pooling.get("pooling_mode_mean_tokens") is not True,
        }.items()
        if wrong
    ]
    if refuse:
        raise EmbedderError(f"{folder.name} cannot run in OpenVINO: {', '.join(refuse)}; use the torch backend")
    weights = load_file(folder.path / "model.safetensors")
    heads, width = config["num_attention_heads"], config["hidden_size"]

    def const(value: Any) -> ov.Node:
        return op.constant(np.ascontiguousarray(value))

    def linear(x: ov.Node, name: str) -> ov.Node:
        return op.add(op.matmul(x, const(weights[f"{name}.weight"]), False, True), const(weights[f"{name}.bias"]))

    def norm(x: ov.Node, name: str) -> ov.Node:
        x = op.mvn(x, const([-1]), True, config["layer_norm_eps"], "inside_sqrt")
        return op.add(op.multiply(x, const(weights[f"{name}.weight"])), const(weights[f"{name}.bias"]))

    def split(x: ov.Node) -> ov.Node:  # (batch, length, width) -> (batch, heads, length, width / heads)
        return op.transpose(op.reshape(x, const([0, 0, heads, width // heads]), True), const([0, 2, 1, 3]))

    def merge(x: ov.Node) -> ov.Node:
        return op.reshape(op.transpose(x, const([0, 2, 1, 3])), const([0, 0, width]), True)

    ids = op.parameter([-1, -1], np.int32, "ids")
    mask = op.parameter([-1, -1], np.float32, "mask")
    # Every token is of type 0, so its embedding is added to the positions' once.
    places = weights["embeddings.position_embeddings.weight"] + weights["embeddings.token_type_embeddings.weight"][0]
    length = op.gather(op.shape_of(ids), const([1]), const(0))
    x = op.gather(const(weights["embeddings.word_embeddings.weight"]), ids, const(0))
    x = op.add(x, op.unsqueeze(op.slice(const(places), const([0]), length, const([1]), const([0])), const(0)))
    x = norm(x, "embeddings.LayerNorm")
    unseen = op.unsqueeze(op.multiply(op.subtract(mask, const(np.float32(1))), const(np.float32(1e4))), const([1, 2]))
    for layer in range(config["num_hidden_layers"]):
        at = f"encoder.layer.{layer}"
        q, k, v = (split(linear(x, f"{at}.attention.self.{part}")) for part in ("query", "key", "value"))
        seen = merge(op.scaled_dot_product_attention(q, k, v, unseen))
        x = norm(op.add(linear(seen, f"{at}.attention.output.dense"), x), f"{at}.attention.output.LayerNorm")
        inner = op.gelu(linear(x, f"{at}.intermediate.dense"), "erf")
        x = norm(op.add(linear(inner, f"{at}.output.dense"), x), f"{at}.output.LayerNorm")
    weight = op.unsqueeze(mask, const(2))
    mean = op.divide(op.reduce_sum(op.multiply(x, weight), const([1])), op.reduce_sum(weight, const([1])))
    return ov.Model([op.normalize_l2(mean, const([1]), 1e-12, "max")], [ids, mask], "bert")
