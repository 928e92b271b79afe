"""The way in for any sentence-transformers model: torch. Importing it takes seconds."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from index.encoders.base import EngineEmbedder
from index.encoders.model import ModelFolder


class TorchEmbedder(EngineEmbedder):
    """Runs the model's own modules, pooling and all, in fp32."""

    def __init__(self, folder: ModelFolder, *, threads: int = 0) -> None:
        super().__init__(folder)
        import torch
        from sentence_transformers import SentenceTransformer

        if threads:
            torch.set_num_threads(threads)
        self._torch = torch
        # No pickles: safetensors or nothing.
        self._model = SentenceTransformer(
            str(folder.path), device="cpu", local_files_only=True, model_kwargs={"use_safetensors": True}
        ).eval()
        self.dimension = int(self._model.get_embedding_dimension() or folder.dimension)

    def _run(self, ids: NDArray[np.int64]) -> NDArray[np.float32]:
        torch = self._torch
        tokens = torch.from_numpy(ids)
        with torch.inference_mode():
            found = self._model({"input_ids": tokens, "attention_mask": torch.ones_like(tokens)})[
                "sentence_embedding"
            ]
            vectors: NDArray[np.float32] = torch.nn.functional.normalize(found, dim=1).numpy()
        return vectors
