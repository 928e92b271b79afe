"""Low-rank changes to an encoder's linear layers, by which a question is read otherwise than a passage.

A question and the passage that answers it say different things, and an encoder of sentences puts what is alike close
together. So the question's side learns, from questions with their answers, where the passages lie that answer; the
passages keep the vectors they have, and nothing has to be embedded again (Hu et al., "LoRA: Low-Rank Adaptation of
Large Language Models", ICLR 2022). `eval/learn_search.py` learns one; `search.json` beside it says from what.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.errors import EmbedderMissing

Array = NDArray[Any]
FILE = Path(__file__).with_name("search.safetensors")


@dataclass(frozen=True)
class Adapter:
    """What is added to the weights of some layers: to (out, in) the product of (out, rank) and (rank, in)."""

    model_sha256: str  # of the weights that it was learned on; to others it means nothing
    sha256: str  # its own
    factors: Mapping[str, tuple[Array, Array]]  # linear layer → (out, rank), (rank, in)

    def applied(self, weights: Mapping[str, Array]) -> dict[str, Array]:
        """The weights with the changes added. Raises EmbedderMissing where the two do not fit."""
        changed = dict(weights)
        for layer, (up, down) in self.factors.items():
            name = f"{layer}.weight"
            if name not in weights or weights[name].shape != (up.shape[0], down.shape[1]):
                raise EmbedderMissing(f"{FILE.name} changes {layer}, which this model does not have so; reinstall")
            changed[name] = weights[name] + up.astype(np.float32) @ down.astype(np.float32)
        return changed


@cache
def shipped() -> Adapter | None:
    """The adapter that ships, for the default model. None where there is none; raises EmbedderMissing if damaged."""
    from safetensors import SafetensorError, safe_open

    if not FILE.exists():
        return None
    try:
        with safe_open(FILE, framework="numpy") as file:
            names = sorted(name.removesuffix(".up") for name in file.keys() if name.endswith(".up"))  # noqa: SIM118
            factors = {name: (file.get_tensor(f"{name}.up"), file.get_tensor(f"{name}.down")) for name in names}
            model = (file.metadata() or {}).get("model_sha256", "")
    except (OSError, SafetensorError) as error:
        raise EmbedderMissing(f"{FILE.name} cannot be read ({error}); reinstall Dateline") from error
    return Adapter(model, hashlib.sha256(FILE.read_bytes()).hexdigest(), factors)


def write(factors: Mapping[str, tuple[Array, Array]], model_sha256: str, path: Path = FILE) -> None:
    """Keep an adapter, in half precision."""
    from safetensors.numpy import save_file

    tensors = {}
    for name, (up, down) in factors.items():
        tensors[f"{name}.up"] = np.ascontiguousarray(up, np.float16)
        tensors[f"{name}.down"] = np.ascontiguousarray(down, np.float16)
    save_file(tensors, path, {"model_sha256": model_sha256})
