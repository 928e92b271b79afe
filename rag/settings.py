"""Settings: read once from a mapping, at the entry point; everything else is handed what it needs.

`Settings.read(os.environ)` looks only at variables that begin with `DATELINE_`; one it does not know is an error that
names itself and the nearest known one. Secrets are masked wherever settings are printed. The list: docs/settings.md.
"""

from __future__ import annotations

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal, Self

import platformdirs
from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator, model_validator

from rag.errors import BadSettings

PREFIX = "DATELINE_"

# Variables that other parts read: known here so that they are not taken for a mistake.
OUTSIDE = {"DATELINE_DATA": "where the benchmark data lies; read by tests and benchmarks only"}

DEFAULT = "default"
EMBEDDED = (DEFAULT, "small")  # models of the catalogue (rag.models), run in this process
EXTRACTIVE = "extractive"
SECRETS = {"api_key", "secret_key"}  # never shown, not even in an error


def _cores() -> int:
    """The cores this process may use, at most 8: beyond that a small model on a CPU gains nothing."""
    usable = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(8, usable))


class Settings(BaseModel):
    """What can be set. The variable of `prompt_tokens` is `DATELINE_PROMPT_TOKENS`, and so on."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    home: Path = Field(
        default_factory=lambda: Path(platformdirs.user_data_dir("dateline", appauthor=False)),
        description="Folder of articles and indexes. Also `--home`.",
    )
    models: Path = Field(
        default_factory=lambda: Path(platformdirs.user_cache_dir("dateline", appauthor=False)) / "models",
        description="Folder of language model files, shared by all homes.",
    )
    model: str = Field(
        default="default",
        min_length=1,
        max_length=500,
        description="`default` or `small` (embedded, see `dateline models list`), `extractive` (none: the best lines "
        "are quoted), the path of a `.gguf` file, or the name of a model at the endpoint.",
    )
    base_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/]+",
        description="An OpenAI-compatible endpoint, with its `/v1`. With only a key set it is OpenAI's own.",
    )
    api_key: SecretStr | None = Field(default=None, description="The endpoint's key. Never printed.")
    model_timeout_s: float = Field(
        default=240.0, gt=0, le=3600, description="Seconds after which a model that has not answered has failed."
    )
    quote_first: bool | None = Field(
        default=None,
        description="Whether lines that are sure enough are quoted unless the model's sentence stands in one of "
        "them, or, with an adapter, whatever it says. Unset: for the models that run here, not for an endpoint's.",
    )
    adapter: bool = Field(
        default=True,
        description="Whether the embedded `default` reads the lines with the adapter that ships for it: it says "
        "whether they answer, and in which words. Without, it writes sentences, which are worse and take longer.",
    )
    prompt_tokens: int = Field(
        default=1200, ge=200, le=1_000_000, description="Most tokens of lines and question given to the model."
    )
    answer_tokens: int = Field(
        default=400, ge=16, le=32_000, description="Most tokens of the sentences a model writes."
    )
    context_tokens: int = Field(
        default=4096, ge=512, le=131_072, description="Context size of the embedded model; more takes more memory."
    )
    threads: int = Field(
        default_factory=_cores,
        ge=1,
        le=256,
        description="Most threads of the embedder and of the embedded model.",
    )
    embedder: str = Field(
        default="all-MiniLM-L6-v2",
        min_length=1,
        max_length=500,
        description="A sentence-transformers model by name or path. Another one needs `dateline rebuild --embedder`.",
    )
    read_lines: bool = Field(
        default=True,
        description="Whether the likeliest lines are read beside the question by the model that ships for it. "
        "Without, answers are worse and several times as many a second.",
    )
    reranker: str | None = Field(
        default=None,
        min_length=1,
        max_length=500,
        description="A CrossEncoder by path or name that reorders the first hits. Unset: none.",
    )
    max_question_chars: int = Field(
        default=2000, ge=1, le=10_000, description="Longest question, in characters; a longer one is refused."
    )
    host: str = Field(default="127.0.0.1", min_length=1, description="Address that `dateline serve` listens on.")
    port: int = Field(default=8000, ge=0, le=65_535, description="Port of `dateline serve`; 0 takes a free one.")
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="warning", description="How much is logged. `debug` also shows what llama.cpp says."
    )
    log_questions: bool = Field(default=False, description="Whether readers' questions are logged too.")
    public_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s/?#]+(/[^\s?#]*)?$",
        description="Where readers reach the server, for links in OpenAI-compatible replies. "
        "Unset: where the request came to.",
    )
    secret_key: SecretStr | None = Field(
        default=None,
        min_length=20,
        description="A secret key of the HTTP API, beside those of `dateline keys`. Never printed.",
    )
    page_key: str | None = Field(
        default=None,
        pattern=r"^pk_[A-Za-z0-9_-]{20,200}$",
        description="The publishable key that the chat page at `/` asks with, where keys are needed.",
    )
    workers: int = Field(default=1, ge=1, le=64, description="Processes of `dateline serve` over one index.")
    at_once: int = Field(default=8, ge=1, le=1024, description="Questions a process works on at the same time.")
    queue: int = Field(
        default=64,
        ge=0,
        le=100_000,
        description="Questions that may wait for their turn; more are told to come again.",
    )
    queue_wait_s: float = Field(default=30.0, gt=0, le=3600, description="Seconds a question waits for its turn.")
    answer_timeout_s: float = Field(
        default=300.0, gt=0, le=3600, description="Seconds after which a question that is not answered is given up."
    )
    drain_s: int = Field(
        default=30, ge=0, le=3600, description="Seconds that running answers have to finish when the server stops."
    )
    heartbeat_s: float = Field(
        default=15.0, gt=0, le=300, description="Seconds after which a silent stream says that it still lives."
    )
    asks_per_minute: int = Field(
        default=30,
        ge=0,
        le=1_000_000,
        description="Questions a minute from one address where keys are needed; 0: any.",
    )
    reads_per_minute: int = Field(
        default=600, ge=0, le=1_000_000, description="Other requests a minute from one address where keys are needed."
    )
    key_asks_per_minute: int = Field(
        default=600,
        ge=0,
        le=1_000_000,
        description="Questions a minute with one key, unless it was made with its own.",
    )
    tokens_per_day: int = Field(
        default=0, ge=0, description="Tokens of prompts and replies a day (UTC) with one key; 0: any number."
    )
    spend_per_day: float = Field(
        default=0.0, ge=0, description="Most the model may cost a day, all keys together, in the unit of the prices."
    )
    price_prompt: float = Field(default=0.0, ge=0, description="Price of a million prompt tokens.")
    price_reply: float = Field(default=0.0, ge=0, description="Price of a million reply tokens.")
    max_body_kb: int = Field(default=256, ge=1, le=1_000_000, description="Largest request, but for added articles.")
    max_articles_mb: int = Field(default=64, ge=1, le=10_000, description="Largest request that adds articles.")
    conversation_hours: int = Field(
        default=24, ge=1, le=8_760, description="Hours after which a conversation is forgotten."
    )

    @field_validator("home", "models", mode="after")
    @classmethod
    def _whole_path(cls, path: Path) -> Path:
        """Absolute, so that a later change of folder moves nothing."""
        return path.expanduser().absolute()

    @field_validator("log_level", mode="before")
    @classmethod
    def _any_case(cls, level: object) -> object:
        return level.lower() if isinstance(level, str) else level

    @model_validator(mode="after")
    def _model_has_a_place(self) -> Self:
        """A name needs an endpoint, and an endpoint needs a name."""
        if self.uses_endpoint and self.model in EMBEDDED:
            raise ValueError(
                f"DATELINE_MODEL is {self.model!r}, but an endpoint is set: name a model of the endpoint, "
                "or unset DATELINE_BASE_URL and DATELINE_API_KEY"
            )
        known = (*EMBEDDED, EXTRACTIVE)
        if not self.uses_endpoint and self.model not in known and not self.model.endswith(".gguf"):
            raise ValueError(
                f"DATELINE_MODEL is {self.model!r}: set DATELINE_BASE_URL (or DATELINE_API_KEY) to say where it is, "
                f"or take one of {', '.join(known)}"
            )
        return self

    @property
    def uses_endpoint(self) -> bool:
        """Whether questions go to an endpoint outside this process."""
        return (self.base_url is not None or self.api_key is not None) and self.model != EXTRACTIVE

    @property
    def quotes_first(self) -> bool:
        """Whether quotes bind the model: as set, else where it runs here."""
        return self.quote_first if self.quote_first is not None else not self.uses_endpoint

    @classmethod
    def read(cls, environ: Mapping[str, str], **given: Any) -> Settings:
        """Settings from the environment; `given` (from the command line) wins where it is not None.

        An empty variable counts as unset. Raises BadSettings, which names the variable.
        """
        values: dict[str, Any] = {}
        for variable, value in environ.items():
            if not variable.startswith(PREFIX) or variable in OUTSIDE:
                continue
            field = variable.removeprefix(PREFIX).lower()
            if field not in cls.model_fields or variable != variable.upper():
                raise BadSettings(_unknown(variable, cls))
            if value.strip():
                values[field] = value.strip()
        values.update({name: value for name, value in given.items() if value is not None})
        try:
            return cls(**values)
        except ValidationError as error:
            raise BadSettings("; ".join(_told(one) for one in error.errors(include_url=False))) from None


def variable_of(field: str) -> str:
    """`prompt_tokens` → `DATELINE_PROMPT_TOKENS`."""
    return PREFIX + field.upper()


def _unknown(variable: str, settings: type[Settings]) -> str:
    known = [variable_of(name) for name in settings.model_fields]
    near = difflib.get_close_matches(variable.upper(), known, n=1, cutoff=0.0)
    return f"{variable} is not a setting: did you mean {near[0]}? Correct or unset it; docs/settings.md lists all"


def _told(error: Any) -> str:
    """One validation error as a sentence; the value is shown unless it may be a secret."""
    if not error["loc"]:
        return str(error["ctx"]["error"])
    field = str(error["loc"][0])
    shown = "" if field in SECRETS else f", not {str(error['input'])[:80]!r}"
    return f"{variable_of(field)} is wrong: {error['msg'][:1].lower()}{error['msg'][1:]}{shown}; see docs/settings.md"
