"""Low-rank adapters of a llama.cpp model, in torch: its weights are read from GGUF, the adapter is written as GGUF.

LoRA: Hu et al., "LoRA: Low-Rank Adaptation of Large Language Models", 2021. The weights are those that llama.cpp
computes with, read out of their quantised blocks, so that what is learned fits them (as in QLoRA, Dettmers et al.,
2023).
"""

from __future__ import annotations

import math
from pathlib import Path
from typing import Any, Final

import gguf
import numpy as np
import torch
from torch import Tensor, nn
from transformers import AutoTokenizer, Qwen2Config, Qwen2ForCausalLM

RANK, ALPHA = 8, 16.0
# Our names of a layer's parts by those of llama.cpp.
LINEAR: Final = {
    "attn_q": "self_attn.q_proj",
    "attn_k": "self_attn.k_proj",
    "attn_v": "self_attn.v_proj",
    "attn_output": "self_attn.o_proj",
    "ffn_gate": "mlp.gate_proj",
    "ffn_up": "mlp.up_proj",
    "ffn_down": "mlp.down_proj",
}
_NORMS = {"attn_norm": "input_layernorm", "ffn_norm": "post_attention_layernorm"}
_OUTSIDE = {
    "token_embd.weight": "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    "output.weight": "lm_head.weight",
}


class LowRank(nn.Module):
    """A linear layer with a learned product of two thin matrices beside it: (…, in) → (…, out)."""

    def __init__(self, base: nn.Linear) -> None:
        super().__init__()
        self.base = base
        self.a = nn.Parameter(torch.randn(RANK, base.in_features) / math.sqrt(base.in_features))
        self.b = nn.Parameter(torch.zeros(base.out_features, RANK))

    def forward(self, given: Tensor) -> Tensor:
        """As the layer alone where nothing was learned yet."""
        beside: Tensor = (given @ self.a.to(given.dtype).T) @ self.b.to(given.dtype).T
        told: Tensor = self.base(given)
        return told + beside * (ALPHA / RANK)


def read(path: Path) -> tuple[Any, Any]:
    """The tokenizer and the model of a Qwen2 GGUF file, in bfloat16."""
    reader = gguf.GGUFReader(path)
    weights = {}
    for tensor in reader.tensors:
        values = torch.from_numpy(gguf.dequantize(tensor.data, tensor.tensor_type).copy())
        weights[_name(tensor.name)] = values.to(torch.bfloat16)
    weights.setdefault("lm_head.weight", weights["model.embed_tokens.weight"])

    def told(key: str) -> Any:
        field = reader.get_field(f"qwen2.{key}")
        if field is None:
            raise SystemExit(f"{path} is no Qwen2 model: it has no qwen2.{key}")
        return field.contents()

    model: Any = Qwen2ForCausalLM(
        Qwen2Config(
            vocab_size=weights["model.embed_tokens.weight"].shape[0],
            hidden_size=told("embedding_length"),
            intermediate_size=told("feed_forward_length"),
            num_hidden_layers=told("block_count"),
            num_attention_heads=told("attention.head_count"),
            num_key_value_heads=told("attention.head_count_kv"),
            rms_norm_eps=told("attention.layer_norm_rms_epsilon"),
            rope_parameters={"rope_type": "default", "rope_theta": told("rope.freq_base")},
            tie_word_embeddings=False,
        )
    )
    model.to(torch.bfloat16).load_state_dict(weights)
    tokenizer: Any = AutoTokenizer.from_pretrained(path.parent, gguf_file=path.name)
    return tokenizer, model.eval()


def adapt(model: Any, first: int) -> dict[str, LowRank]:
    """Adapters beside all linear layers from the layer `first` on, by llama.cpp's names; all else stays as it is."""
    model.requires_grad_(False)
    found = {}
    for number, layer in enumerate(model.model.layers):
        for name, ours in LINEAR.items() if number >= first else ():
            part, child = ours.split(".")
            beside = LowRank(getattr(getattr(layer, part), child))
            setattr(getattr(layer, part), child, beside)
            found[f"blk.{number}.{name}.weight"] = beside
    return found


def write(path: Path, adapters: dict[str, LowRank]) -> None:
    """As llama.cpp loads it."""
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_type("adapter")
    writer.add_string("adapter.type", "lora")
    writer.add_float32("adapter.lora.alpha", ALPHA)
    for name, beside in adapters.items():
        writer.add_tensor(f"{name}.lora_a", beside.a.detach().numpy().astype(np.float16))
        writer.add_tensor(f"{name}.lora_b", beside.b.detach().numpy().astype(np.float16))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _name(name: str) -> str:
    if name in _OUTSIDE:
        return _OUTSIDE[name]
    _, number, part, kind = name.split(".")
    return f"model.layers.{number}.{(LINEAR | _NORMS)[part]}.{kind}"
