"""A sentence-transformers model on disk: its files read, checked, and named by a fingerprint."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from functools import cached_property, lru_cache
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from index.errors import EmbedderMissing

_LONGEST = 65_536  # characters of one text that are looked at; no model reads as much
_LONGEST_PROMPT = 1_000  # characters
_TEMPLATE = "title, line feed, passage/1"  # another name when `compose` makes another text of the same
TITLE_TOKENS = 24  # of an article's title, at most; the rest of what the model reads is the passage's


@dataclass(frozen=True)
class ModelFolder:
    """What a model's folder says. `read` makes one."""

    path: Path
    name: str
    config: dict[str, Any]
    pooling: dict[str, Any]
    max_tokens: int  # special tokens included
    weights_sha256: str
    tokenizer_sha256: str
    question_prompt: str = ""  # what its authors put before a question, "query: " for instance
    passage_prompt: str = ""
    title_tokens: int = TITLE_TOKENS  # of its article's title, at most, put above a passage

    @classmethod
    def read(cls, path: Path, *, name: str, title_tokens: int = TITLE_TOKENS) -> ModelFolder:
        """Read and hash. Raises EmbedderMissing when a needed file is absent or is not what it should be."""
        try:
            config = _object(path / "config.json")
            pooling = _object(path / "1_Pooling" / "config.json") if (path / "1_Pooling").is_dir() else {}
            sizes = path / "sentence_bert_config.json"
            stated = _object(sizes).get("max_seq_length") if sizes.exists() else None
            longest = stated or min(512, config.get("max_position_embeddings") or 512)
            own = path / "config_sentence_transformers.json"
            prompts = (_object(own).get("prompts") if own.exists() else None) or {}
            question, passage = prompts.get("query") or "", prompts.get("document") or prompts.get("passage") or ""
            if not isinstance(question, str) or not isinstance(passage, str):
                raise ValueError(f"{own.name} has prompts that are not text")  # noqa: TRY004, TRY301
            weights = _sha256(path / "model.safetensors")
            tokenizer = _sha256(path / "tokenizer.json")
        except (OSError, ValueError, AttributeError) as error:
            raise EmbedderMissing(
                f"{path} is not a sentence-transformers model with safetensors weights: {error}. "
                "Reinstall it, or name another model"
            ) from error
        question, passage = question[:_LONGEST_PROMPT], passage[:_LONGEST_PROMPT]
        hashes = weights, tokenizer
        return cls(path, name, config, pooling, int(longest), *hashes, question, passage, title_tokens)

    @cached_property
    def fingerprint(self) -> str:
        """Hex. The engine is no part of it: engines are held to the same vectors within a cosine of .995."""
        modes = sorted(key for key, value in self.pooling.items() if value is True)
        parts = [self.weights_sha256, self.tokenizer_sha256, modes, self.max_tokens, _TEMPLATE, self.title_tokens]
        if self.question_prompt or self.passage_prompt:
            parts += [self.question_prompt, self.passage_prompt]
        return hashlib.sha256(json.dumps(parts).encode()).hexdigest()[:32]

    @property
    def dimension(self) -> int:
        """Width of its vectors."""
        return int(self.config.get("hidden_size") or 0)

    @cached_property
    def words(self) -> Words:
        """Its tokenizer."""
        return Words(self)


class Words:
    """A model's tokenizer, twice: cut to the model's length for encoding, and uncut for measuring."""

    def __init__(self, folder: ModelFolder) -> None:
        file = str(folder.path / "tokenizer.json")
        self._cut = Tokenizer.from_file(file)
        self._cut.no_padding()
        self._cut.enable_truncation(folder.max_tokens)
        self._whole = Tokenizer.from_file(file)
        self._whole.no_padding()
        self._whole.no_truncation()
        self._prompt = folder.passage_prompt
        self._title_tokens = folder.title_tokens
        added = self._whole.num_special_tokens_to_add(is_pair=False) + len(self.ends(self._prompt))
        self.passage_tokens = folder.max_tokens - added - folder.title_tokens
        self._title = lru_cache(maxsize=64)(self._short_title)  # an article's passages come one after the other

    def ids(self, texts: list[str]) -> list[list[int]]:
        """Token ids of each text, special tokens included, none longer than the model reads."""
        return [e.ids for e in self._cut.encode_batch_fast([encodable(text[:_LONGEST]) for text in texts])]

    def ends(self, text: str) -> list[int]:
        """Offset of the end of each token (code points, exclusive, ascending)."""
        encoding = self._whole.encode(encodable(text), add_special_tokens=False)
        return [end for _, end in encoding.offsets]

    def compose(self, title: str, passage: str) -> str:
        """See `Embedder.compose`."""
        whole, short = self._title(title[:1000])
        if not short or passage.startswith(whole):
            return self._prompt + passage
        return f"{self._prompt}{short}\n{passage}"

    def _short_title(self, title: str) -> tuple[str, str]:
        """On one line: the whole title, and its first tokens."""
        title = " ".join(title.split()) if self._title_tokens else ""
        ends = self.ends(title)
        return title, title[: ends[self._title_tokens - 1]] if len(ends) > self._title_tokens else title


def encodable(text: str) -> str:
    """The text without lone surrogates, which the tokenizer refuses; of the same length."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def _object(path: Path) -> dict[str, Any]:
    value = json.loads(path.read_text("utf-8"))
    if not isinstance(value, dict):
        raise ValueError(f"{path.name} is not a JSON object")  # noqa: TRY004
    return value


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
