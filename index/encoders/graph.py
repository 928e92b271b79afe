"""A BERT encoder as an ONNX graph, written straight from its weights: in fp32, or with its products in 8 bits.

The encoder is that of Devlin et al. (NAACL 2019), as in transformers' BertModel, with mean pooling. Its operators are
ONNX's own and ONNX Runtime's (domain com.microsoft). The graph has one input, `ids` (batch, length), all of one
length, so nothing is masked. Without a head its output is unit vectors (batch, width); with one, figures a row
(batch, figures), and maybe two a token (batch, length, 2).

In 8 bits, weights are rounded per output channel. Large activations are shifted into the weights, channel by channel
(Xiao et al., "SmoothQuant", ICML 2023). Activations are rounded with ranges seen beforehand, but for those between
the two layers of the feed-forward part, whose outliers are largest: they get a range of their own for each token.
Softmax, norms, GELU and attention stay in fp32.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from index.encoders.built import Head

Array = NDArray[Any]
_CONTRIB = "com.microsoft"
_SMOOTH = 0.65  # SmoothQuant's alpha: how much of a channel's size moves into the weights


@dataclass(frozen=True, slots=True)
class Range:
    """What was seen of a linear layer's input, channel by channel."""

    low: NDArray[np.float32]  # (width,)
    high: NDArray[np.float32]  # (width,)


@dataclass
class _Graph:
    nodes: list[Any] = field(default_factory=list)
    constants: dict[tuple[str, tuple[int, ...], bytes], str] = field(default_factory=dict)
    tensors: list[Any] = field(default_factory=list)

    def const(self, value: Any) -> str:
        """The name of a constant; equal ones are stored once."""
        value = np.asarray(value, order="C")
        key = (value.dtype.str, value.shape, value.tobytes())
        if key not in self.constants:
            self.constants[key] = f"c{len(self.constants)}"
            self.tensors.append(numpy_helper.from_array(value, self.constants[key]))
        return self.constants[key]

    def op(self, kind: str, *inputs: str, domain: str = "", **attributes: Any) -> str:
        """The name of a new node's output."""
        name = f"t{len(self.nodes)}"
        self.nodes.append(helper.make_node(kind, list(inputs), [name], domain=domain, **attributes))
        return name


class BertGraph:
    """Writes one graph. With `ranges`, linear layers run in 8 bits, weights in so many `steps` either side of 0; with
    `head`, it ends in figures.
    """

    def __init__(
        self,
        config: Mapping[str, Any],
        weights: Mapping[str, Array],
        ranges: Mapping[str, Range] | None = None,
        head: Head | None = None,
        steps: int = 127,
    ) -> None:
        self.config = config
        self.weights = weights
        self.ranges = ranges
        self.head = head
        self.steps = steps
        self.linear_inputs: dict[str, str] = {}  # linear layer → name of the tensor it reads
        self._graph = _Graph()
        self._rounded: dict[tuple[str, bytes], tuple[str, str, str, str]] = {}

    def build(self, *, watch: bool = False) -> bytes:
        """The model, serialised. `watch` adds the inputs of the linear layers to its outputs."""
        g, config = self._graph, self.config
        words = self.weights["embeddings.word_embeddings.weight"]
        # Every token is of type 0, so its embedding is added to the positions' once.
        places = self.weights["embeddings.position_embeddings.weight"]
        places = places + self.weights["embeddings.token_type_embeddings.weight"][0]
        length = g.op("Gather", g.op("Shape", "ids"), g.const(np.array([1])))
        place = g.op("Slice", g.const(places), g.const(np.array([0])), length, g.const(np.array([0])))
        # Half precision halves what is stored, loaded and kept; vectors change by less than one part in a million.
        word = g.op("Cast", g.op("Gather", g.const(words.astype(np.float16)), "ids"), to=TensorProto.FLOAT)
        x = self._norm(g.op("Add", word, place), "embeddings.LayerNorm")
        for layer in range(config["num_hidden_layers"]):
            at = f"encoder.layer.{layer}"
            parts = [f"{at}.attention.self.{part}" for part in ("query", "key", "value")]
            q, k, v = (self._linear(x, part, beside=parts) for part in parts)
            seen = g.op("MultiHeadAttention", q, k, v, domain=_CONTRIB, num_heads=config["num_attention_heads"])
            seen = self._linear(seen, f"{at}.attention.output.dense")
            x = self._norm(g.op("Add", seen, x), f"{at}.attention.output.LayerNorm")
            inner = g.op("Gelu", self._linear(x, f"{at}.intermediate.dense"), domain=_CONTRIB)
            inner = self._linear(inner, f"{at}.output.dense", per_token=True)
            x = self._norm(g.op("Add", inner, x), f"{at}.output.LayerNorm")
        mean = g.op("ReduceMean", x, g.const(np.array([1])), keepdims=0)
        if self.head is None:
            outputs = [g.op("LpNormalization", mean, axis=-1, p=2)]
        else:
            figures = g.op("MatMul", mean, g.const(self.head.weight))
            outputs = [g.op("Add", figures, g.const(self.head.bias))]
            if self.head.ends is not None:
                outputs.append(g.op("MatMul", x, g.const(self.head.ends)))
        if watch:
            outputs += sorted(set(self.linear_inputs.values()))
        graph = helper.make_graph(
            g.nodes,
            "bert",
            [helper.make_tensor_value_info("ids", TensorProto.INT64, ["batch", "length"])],
            [helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in outputs],
            g.tensors,
        )
        opsets = [helper.make_opsetid("", 18), helper.make_opsetid(_CONTRIB, 1)]
        model: onnx.ModelProto = helper.make_model(graph, opset_imports=opsets, ir_version=9)
        return bytes(model.SerializeToString())

    def _norm(self, x: str, name: str) -> str:
        scale, bias = (
            self._graph.const(self.weights[f"{name}.weight"]),
            self._graph.const(self.weights[f"{name}.bias"]),
        )
        return self._graph.op("LayerNormalization", x, scale, bias, axis=-1, epsilon=self.config["layer_norm_eps"])

    def _linear(self, x: str, name: str, *, beside: list[str] | None = None, per_token: bool = False) -> str:
        """`beside` names the layers that read the same input, so that all of them share one rounding of it."""
        g = self._graph
        self.linear_inputs[name] = x
        weight, bias = self.weights[f"{name}.weight"], self.weights[f"{name}.bias"]  # (out, in), (out,)
        if self.ranges is None:
            return g.op("Add", g.op("MatMul", x, g.const(weight.T)), g.const(bias))
        seen = self.ranges[name]
        together = np.concatenate([self.weights[f"{other}.weight"] for other in beside or [name]])
        smooth = _smoothing(seen, together)
        weight = weight * smooth
        step = (np.abs(weight).max(1) / self.steps).astype(np.float32)
        rounded = np.rint(weight / step[:, None]).astype(np.int8)
        read, in_step, in_zero, size = self._round(x, seen, smooth, per_token=per_token)
        product = [read, g.const(rounded.T), in_step, g.const(step), in_zero, g.const(np.zeros(len(step), np.int8))]
        if not per_token:
            return g.op("MatMulIntegerToFloat", *product, g.const(bias), domain=_CONTRIB)
        return g.op("Add", g.op("Mul", g.op("MatMulIntegerToFloat", *product, domain=_CONTRIB), size), g.const(bias))

    def _round(self, x: str, seen: Range, smooth: Array, *, per_token: bool) -> tuple[str, str, str, str]:
        """(x in 8 bits, its step, its zero, each token's size) with x divided by `smooth` first."""
        key = (x, smooth.tobytes())
        if key not in self._rounded:
            g = self._graph
            even = g.op("Mul", x, g.const(1 / smooth))
            size = ""
            if per_token:
                largest = g.op("ReduceMax", g.op("Abs", even), g.const(np.array([-1])), keepdims=1)
                size = g.op("Max", largest, g.const(np.float32(1e-6)))
                even = g.op("Div", even, size)
                step, zero = np.float32(1 / 127), np.uint8(128)
            else:
                low, high = min(0.0, float((seen.low / smooth).min())), max(0.0, float((seen.high / smooth).max()))
                step = np.float32(max(high - low, 1e-6) / 255)
                zero = np.uint8(np.clip(np.rint(-low / step), 0, 255))
            names = g.const(step), g.const(zero)
            self._rounded[key] = (g.op("QuantizeLinear", even, *names), *names, size)
        return self._rounded[key]


def _smoothing(seen: Range, weight: Array) -> NDArray[np.float32]:
    """SmoothQuant's divisor of each input channel, of geometric mean 1: (in,)."""
    size = np.maximum(np.maximum(np.abs(seen.low), np.abs(seen.high)), 1e-5)
    divisor = size**_SMOOTH / np.maximum(np.abs(weight).max(0), 1e-5) ** (1 - _SMOOTH)
    return np.asarray(divisor / np.exp(np.log(divisor).mean()), dtype=np.float32)
