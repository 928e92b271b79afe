"""The way in for any sentence-transformers model: torch. Importing it takes seconds."""

from __future__ import annotations

import os

import numpy as np
from numpy.typing import NDArray

from index.encoders.base import EngineEmbedder
from index.encoders.model import ModelFolder


class TorchEmbedder(EngineEmbedder):
    """Runs the model's own modules, pooling and all, in fp32."""

    def __init__(self, folder: ModelFolder, *, threads: int = 0) -> None:
        super().__init__(folder)
        os.environ.setdefault("TOKENIZERS_PARALLELISM", "true")
        import torch
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        self._torch = torch
        self._model = SentenceTransformer(
            str(folder.path), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        ).eval()
        dimension = self._model.get_embedding_dimension()
        self.dimension = int(dimension) if dimension else self.dimension

    def _run(self, ids: NDArray[np.int64], mask: NDArray[np.float32]) -> NDArray[np.float32]:
        torch = self._torch
        features = {"input_ids": torch.from_numpy(ids), "attention_mask": torch.from_numpy(mask.astype(np.int64))}
        with torch.inference_mode():
            found = self._model(features)["sentence_embedding"]
            vectors: NDArray[np.float32] = torch.nn.functional.normalize(found, dim=1).numpy()
        return vectors
