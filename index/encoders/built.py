"""Models as ONNX Runtime loads them: built once from weights, in fp32 or in 8 bits, and kept in the user's cache."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import tempfile
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import onnxruntime as ort  # type: ignore[import-untyped]
from numpy.typing import NDArray

# Steps of a weight either side of 0. Where a processor adds two products of 8 bits in 16 (AVX2 without VNNI), those
# of 127 steps overflow now and then, and the sums of 95 are truer.
STEPS: Final = (127, 95)
ENOUGH: Final = 0.995  # likeness to fp32 with which nothing else is tried

Session: TypeAlias = ort.InferenceSession
Weights: TypeAlias = Mapping[str, NDArray[np.float32]]


@dataclass(frozen=True, slots=True)
class Head:
    """Linear layers over what an encoder makes of a text: one over the mean of its tokens, and maybe one over each.

    The second tells where an answer starts and ends, as in Devlin et al., NAACL 2019, section 4.2.
    """

    weight: NDArray[np.float32]  # (width, figures)
    bias: NDArray[np.float32]  # (figures,)
    ends: NDArray[np.float32] | None = None  # (width, 2)


def session(model: bytes) -> Session:
    """A serialised model, ready to run."""
    options = ort.SessionOptions()
    # The calling thread does the work: texts in parallel scale better than one text's layers.
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = 3
    return ort.InferenceSession(model, options, providers=["CPUExecutionProvider"])


def exact(config: Mapping[str, Any], weights: Weights, head: Head | None = None) -> bytes:
    """The model in fp32, serialised."""
    from index.encoders.graph import BertGraph  # which imports onnx: only where a model is built

    return BertGraph(config, weights, head=head).build()


def rounded(
    config: Mapping[str, Any],
    weights: Weights,
    rows: Iterable[NDArray[np.int64]],
    alike: Callable[[Session], float],
    head: Head | None = None,
) -> tuple[bytes, float]:
    """The model with its products in 8 bits, fitted to what activations are like on `rows`, each (1, length).

    `alike` tells how like the fp32 model one is. The first with weights in `STEPS` that is like enough is taken, or
    else the one that is most alike; with how much that is.
    """
    from index.encoders.graph import BertGraph, Range

    graph = BertGraph(config, weights, head=head)
    watched = session(graph.build(watch=True))
    names = [output.name for output in watched.get_outputs()]
    low: dict[str, Any] = {}
    high: dict[str, Any] = {}
    for ids in rows:
        for name, seen in zip(names, watched.run(None, {"ids": ids}), strict=True):
            tokens = seen.reshape(-1, seen.shape[-1])
            low[name] = np.minimum(low.get(name, np.inf), tokens.min(0))
            high[name] = np.maximum(high.get(name, -np.inf), tokens.max(0))
    ranges = {layer: Range(low[name], high[name]) for layer, name in graph.linear_inputs.items()}
    best: tuple[bytes, float] = (b"", -1.0)
    for steps in STEPS:
        model = BertGraph(config, weights, ranges, head, steps).build()
        best = max(best, (model, alike(session(model))), key=lambda made: made[1])
        if best[1] >= ENOUGH:
            break
    return best


def kept(cache: Path, name: str, make: Callable[[], tuple[bytes, float]]) -> bytes:
    """The model of that name from the cache if it is there and whole; else made, and kept with how true it is.

    `make` gives it with its likeness to fp32: a cosine or a correlation, 1 where nothing was lost.
    """
    file, note = cache / f"{name}.onnx", cache / f"{name}.json"
    with contextlib.suppress(OSError, ValueError, KeyError, TypeError):
        model = file.read_bytes()
        if json.loads(note.read_text("utf-8"))["sha256"] == hashlib.sha256(model).hexdigest():
            return model
    model, alike = make()
    with contextlib.suppress(OSError):  # a cache that cannot be written costs the next start a second, no more
        cache.mkdir(parents=True, exist_ok=True)
        _replace(file, model)
        _replace(note, json.dumps({"sha256": hashlib.sha256(model).hexdigest(), "alike": alike}).encode())
    return model


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
