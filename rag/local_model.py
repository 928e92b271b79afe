"""The embedded language model: llama.cpp's own server inside this process, on loopback, behind the same seam.

It is started at the first question (or by `start`, so that a server can be warm before it is asked). One question is
worked on at a time, the next ones wait in llama.cpp's queue. A question that begins like the last one starts sooner,
because what the model computed for the common beginning is kept.
"""

from __future__ import annotations

import os
import secrets
import threading
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import Any, Unpack

from pydantic import SecretStr

from rag.chat import Completion, EndpointModel, Message, Wanted
from rag.errors import ModelDown, ModelMissing
from rag.models import CATALOGUE

_CACHE_MIB = 512  # memory for the prompts of earlier questions
_QUIET, _TALKATIVE = -1, 3  # llama.cpp's verbosity: nothing, or what it is doing


class EmbeddedModel:
    """A GGUF file as a ChatModel. The file is opened at the first question."""

    def __init__(
        self,
        path: Path,
        *,
        title: str | None = None,
        threads: int = 2,
        context_tokens: int = 4096,
        timeout_s: float = 120.0,
        debug: bool = False,
        adapter: Path | None = None,
    ) -> None:
        """`path` is trusted: check it first (`rag.models.verify`). `debug` lets llama.cpp write to standard error.

        `threads` is the most that are used; an overloaded machine gets one. `adapter`, a LoRA of just this model as
        GGUF, counts only in what is asked with `taught`.
        """
        self.name = f"{title or path.stem} (embedded)"
        self._path = path
        self._threads = threads
        self._context_tokens = context_tokens
        self._timeout_s = timeout_s
        self._debug = debug
        self._adapter = adapter
        self._lock = threading.Lock()
        self._server: Any = None
        self._endpoint: EndpointModel | None = None

    @property
    def taught(self) -> bool:
        """See ChatModel."""
        return self._adapter is not None

    def start(self) -> EndpointModel:
        """Load the file, once: seconds in which Python waits too. Raises ModelDown or ModelMissing."""
        with self._lock:
            if self._endpoint is None:
                key = SecretStr(
                    secrets.token_urlsafe(24)
                )  # others on this machine can reach loopback, and are not asked
                self._server = self._serve(key)
                self._endpoint = EndpointModel(
                    "embedded",
                    base_url=f"{self._server.listening_address}/v1",
                    api_key=key,
                    timeout_s=self._timeout_s,
                    retries=0,
                    label=self.name,
                    taught=self.taught,
                )
            return self._endpoint

    def complete(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Completion:
        """See ChatModel."""
        return self.start().complete(messages, **wanted)

    def stream(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Generator[str, None, None]:
        """See ChatModel."""
        yield from self.start().stream(messages, **wanted)

    def close(self) -> None:
        """Stop the server and give its memory back. The next question would start it again."""
        with self._lock:
            if self._endpoint is not None:
                self._endpoint.close()
            self._endpoint = self._server = None  # the server stops when nothing holds it

    def _serve(self, key: SecretStr) -> Any:
        try:
            import xllamacpp  # 100 MB of library, needed by those who ask the embedded model only
        except ImportError as error:
            raise ModelDown(
                f"the embedded model cannot run on this machine ({error}): set DATELINE_BASE_URL to an endpoint, "
                "or ask with --extractive, which needs no model"
            ) from error
        if not self._path.is_file():
            raise ModelMissing(
                f"{self._path} is not a file: correct DATELINE_MODEL, or take one of {', '.join(CATALOGUE)}"
            )
        params = xllamacpp.CommonParams()
        params.model.path = str(self._path)
        params.hostnames = ["127.0.0.1"]
        params.port = 0  # a free one
        params.api_keys = [key.get_secret_value()]
        if self._adapter is not None:
            params.lora_adapters = [xllamacpp.CommonAdapterLoraInfo(str(self._adapter), 0.0)]  # unless asked for
        params.n_ctx = self._context_tokens
        params.n_parallel = 1
        params.cpuparams.n_threads = params.cpuparams_batch.n_threads = _threads_now(self._threads)
        params.cache_ram_mib = _CACHE_MIB
        params.ui = False
        params.endpoint_slots = False
        params.verbosity = _TALKATIVE if self._debug else _QUIET
        try:
            return xllamacpp.Server(params)
        except RuntimeError as error:
            raise ModelDown(
                f"llama.cpp cannot load {self._path} ({error}): check the file (`dateline models verify`), the free "
                "memory, and DATELINE_LOG_LEVEL=debug, which shows what llama.cpp says"
            ) from error


def _threads_now(most: int) -> int:
    """One thread on a machine with twice its work already: llama.cpp's threads wait for one another at every step.

    Measured on two cores at a load of 13: 8 tokens/s with one thread, 0.7 with two.
    """
    overloaded = hasattr(os, "getloadavg") and os.getloadavg()[0] > 2 * (os.cpu_count() or 1)
    return 1 if overloaded else most
