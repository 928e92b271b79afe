"""The default embedder taken further: a cross-encoder with figures over two texts, and how it learns."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from sentence_transformers import SentenceTransformer
from tokenizers import Tokenizer
from torch import Tensor, nn

from index.embedder import DEFAULT_MODEL, default_folder
from index.encoders.model import ModelFolder
from rag.tuned import tokenizer_of, write

WARM = 0.06  # of the steps
TRAINED = ("encoder.layer",)


@dataclass(frozen=True, slots=True)
class Course:
    """How fast is learned: rates of the layers and of what stands above them, and how much in a batch."""

    rate: float
    head_rate: float
    batch: int


class Net(nn.Module):
    """The embedder's encoder with figures over the mean of its tokens, and maybe two over each."""

    def __init__(self, figures: int, *, ends: bool = False) -> None:
        super().__init__()
        embedder: Any = SentenceTransformer(str(default_folder()), device="cpu")[0]
        self.encoder = embedder.auto_model
        self.encoder.embeddings.requires_grad_(False)
        width = self.encoder.config.hidden_size
        self.head = nn.Linear(width, figures)
        self.ends = nn.Linear(width, 2, bias=False) if ends else None
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        if self.ends is not None:
            nn.init.normal_(self.ends.weight, std=0.02)

    def forward(self, ids: Tensor, mask: Tensor) -> tuple[Tensor, Tensor]:
        """(n, figures), and (n, length, 2) ends or none.

        `index.encoders.graph` knows one kind of token, so this does.
        """
        with torch.autocast("cpu", torch.bfloat16):  # half as long again without
            made = self.encoder(input_ids=ids, attention_mask=mask, token_type_ids=torch.zeros_like(ids))
        states = made.last_hidden_state.float()  # (n, length, d)
        weight = mask.unsqueeze(-1).float()
        figures: Tensor = self.head((states * weight).sum(1) / weight.sum(1))
        return figures, states[:, :, :0] if self.ends is None else self.ends(states)


class Teacher:
    """Takes the steps of one pass: warmed up, then slower and slower."""

    def __init__(self, net: Net, course: Course, steps: int) -> None:
        """Raises SystemExit where there is not one whole batch."""
        if not steps:
            raise SystemExit(f"there is less to learn from than one batch of {course.batch}")
        self._encoder = [one for one in net.encoder.parameters() if one.requires_grad]
        self._heads = [*net.head.parameters(), *(net.ends.parameters() if net.ends is not None else ())]
        self._optimiser = torch.optim.AdamW(
            [{"params": self._encoder, "lr": course.rate}, {"params": self._heads, "lr": course.head_rate}],
            weight_decay=0.01,
        )
        self._rate = torch.optim.lr_scheduler.LambdaLR(
            self._optimiser, lambda step: min(1.0, (step + 1) / (steps * WARM)) * max(0.02, 1 - step / steps)
        )

    def learn(self, loss: Tensor) -> None:
        """One step down."""
        self._optimiser.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]
        nn.utils.clip_grad_norm_([*self._encoder, *self._heads], 1.0)
        self._optimiser.step()
        self._rate.step()


def padded(rows: Sequence[Sequence[int]]) -> tuple[Tensor, Tensor]:
    """(n, length) ids, and which of them are no padding."""
    ids = nn.utils.rnn.pad_sequence([torch.tensor(row) for row in rows], batch_first=True)
    mask = nn.utils.rnn.pad_sequence([torch.ones(len(row)) for row in rows], batch_first=True)
    return ids, mask.long()


def tokenizer(longest: int) -> Tokenizer:
    """The embedder's own, for rows of at most so many tokens."""
    return tokenizer_of(ModelFolder.read(default_folder(), name=DEFAULT_MODEL), longest)


def save(net: Net, path: Path, card: Mapping[str, Any]) -> None:
    """The weights above the word vectors, and beside them the card with their hash."""
    weights: dict[str, NDArray[np.float32]] = {
        name: value.detach().numpy() for name, value in net.encoder.state_dict().items() if name.startswith(TRAINED)
    }
    for name, part in (("head", net.head), ("ends", net.ends)):
        if part is not None:
            weights |= {f"{name}.{key}": value.detach().numpy() for key, value in part.state_dict().items()}
    write(path, weights)
    whole = {**card, "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".json").write_text(json.dumps(whole, indent=1) + "\n", "utf-8")
