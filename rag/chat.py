"""The seam to language models: messages in, text out, whichever model it is.

Three models stand behind it: `EndpointModel` (any OpenAI-compatible endpoint), `rag.local_model.EmbeddedModel`
(llama.cpp in this process, an endpoint on loopback), and `ScriptedModel` (the fake for tests, public on purpose).
No error from here carries a key or a prompt.
"""

from __future__ import annotations

import math
import threading
import time
from collections.abc import Callable, Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol, TypedDict, Unpack

from pydantic import SecretStr

from rag.errors import ModelDown, ModelError, ModelNonsense, ModelRefused, ModelSlow

if TYPE_CHECKING:
    import openai  # a second, which only those pay who ask an endpoint

Schema = Mapping[str, Any]  # a JSON Schema


@dataclass(frozen=True, slots=True)
class Message:
    """One turn of the conversation that the model sees."""

    role: Literal["system", "user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Completion:
    """What a model said, and what it cost in tokens of its own tokenizer (0 where the endpoint does not tell)."""

    text: str
    prompt_tokens: int
    completion_tokens: int
    model: str
    cut: bool = False  # stopped by max_tokens, so a JSON text is probably incomplete
    first: Mapping[str, float] = field(
        default_factory=dict
    )  # with `alternatives`: token → its probability as the first


class Wanted(TypedDict, total=False):
    """What else is asked of a model; what is left out is as in `UNLESS_SAID`."""

    schema: Schema | None
    max_tokens: int
    temperature: float
    stop: Sequence[str]
    alternatives: int  # 0 … 20: how many tokens that the reply might have begun with are told, with probabilities
    taught: bool  # with the adapter that teaches it to read lines, where the model has one


UNLESS_SAID: Final[Wanted] = {
    "schema": None,
    "max_tokens": 512,
    "temperature": 0.0,
    "stop": (),
    "alternatives": 0,
    "taught": False,
}
MOST_ALTERNATIVES: Final = 20  # OpenAI's own limit


class ChatModel(Protocol):
    """A language model. Safe to use from several threads."""

    @property
    def name(self) -> str:
        """What the reader is told answered, e.g. `Qwen2.5-Coder-1.5B-Instruct (embedded)`."""

    @property
    def taught(self) -> bool:
        """Whether it has an adapter that teaches it to read lines (`rag.taught`)."""

    def complete(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Completion:
        """One whole answer; with a schema, JSON that the endpoint was asked to hold to (check it all the same).

        Raises ModelError.
        """

    def stream(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Generator[str, None, None]:
        """The same in pieces. Closing the generator stops the work at the server. Iterating raises ModelError."""

    def close(self) -> None:
        """Let go of connections and memory. A closed model is not asked again."""


def chance(first: Mapping[str, float], choices: tuple[str, str] = ("yes", "no")) -> float | None:
    """How likely a reply began with the first of two choices rather than the second: 0 … 1.

    `first` has the tokens that it might have begun with and their probabilities. What a model says is one thing, how
    sure it is another. None where neither is likely, and where the endpoint tells no probabilities.
    """
    found = [0.0, 0.0]
    for token, share in first.items():
        plain = token.strip(" \n\t\"'*.▁Ġ").casefold()  # tokenizers mark a blank in several ways
        for at, choice in enumerate(choices):
            found[at] += share * (plain == choice.casefold())
    return found[0] / sum(found) if sum(found) > LEAST_SAID else None


def logit(share: float, most: float) -> float:
    """A probability as log-odds, between ±`most`."""
    share = min(max(share, 1e-6), 1 - 1e-6)
    return min(max(math.log(share / (1 - share)), -most), most)


LEAST_SAID: Final = (
    0.05  # the probability that the two choices must have together; else the model said something else
)

# How strictly JSON is asked for, from best to none; an endpoint that rejects one is asked with the next.
_JSON_MODES = ("json_schema", "json_object", "none")

_CONNECT_S = 5.0  # to reach the endpoint
_PAUSE_S = 1.0  # before asking a busy endpoint again


class EndpointModel:
    """Any OpenAI-compatible endpoint, through the `openai` client.

    What the endpoint rejects (schemas, `max_tokens`, a temperature) is left out from then on: endpoints differ, and
    the answer is checked here in any case.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: SecretStr | None = None,
        timeout_s: float = 120.0,
        retries: int = 1,
        label: str | None = None,
        taught: bool = False,
    ) -> None:
        """`base_url` None means OpenAI's own; `label` is what the reader sees.

        `timeout_s` bounds one answer, with its `retries` after a busy server or a broken connection. `taught` says
        that llama.cpp answers there and has loaded an adapter, which is off unless it is asked for.
        """
        self.name = label or model
        self._model = model
        self._timeout_s = timeout_s
        self._retries = retries
        self._where = base_url or "OpenAI's endpoint"
        self.taught = taught
        self._key = api_key
        self._lock = threading.Lock()
        self._json_mode = 0
        self._tokens_field = "max_tokens"
        self._send_temperature = True
        self._tells = True  # probabilities of tokens, as far as is known
        import openai

        self._client = openai.OpenAI(
            base_url=base_url or "https://api.openai.com/v1",  # named, so that OPENAI_BASE_URL does not decide
            api_key=api_key.get_secret_value()
            if api_key
            else "none",  # local servers want none; the client wants one
            max_retries=0,  # the client would also try again after a time-out, and take twice the time allowed
        )

    def complete(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Completion:
        """See ChatModel. An endpoint that told no probabilities once is not asked for them again: ModelRefused."""
        said: Wanted = {**UNLESS_SAID, **wanted}
        reply = self._ask(messages, said, stream=False)
        try:
            choice = reply.choices[0]
            text = choice.message.content
            usage = reply.usage
            used = (usage.prompt_tokens or 0, usage.completion_tokens or 0) if usage else (0, 0)
        except (AttributeError, IndexError, TypeError) as error:
            raise ModelNonsense(self._nonsense("its reply holds no message")) from error
        if not isinstance(text, str) or not text.strip():
            raise ModelNonsense(self._nonsense("its message is empty"))
        first = _first(choice) if said["alternatives"] else {}
        self._tells = bool(first) or not said["alternatives"]
        return Completion(text, *used, model=self.name, cut=choice.finish_reason == "length", first=first)

    def stream(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Generator[str, None, None]:
        """See ChatModel."""
        import openai

        started = time.monotonic()
        pieces = self._ask(messages, {**UNLESS_SAID, **wanted}, stream=True)
        said = False
        try:
            for chunk in pieces:
                # The client's own limit is per read: an endpoint that drips one byte at a time would never meet it.
                if time.monotonic() - started > self._timeout_s:
                    raise ModelSlow(self._slow())
                choices = getattr(chunk, "choices", None)
                text = choices[0].delta.content if choices and choices[0].delta else None
                if text:
                    said = True
                    yield text
        except openai.OpenAIError as error:
            raise self._mapped(error) from None
        except (AttributeError, IndexError, TypeError, ValueError) as error:
            raise ModelNonsense(self._nonsense("its stream cannot be read")) from error
        finally:
            pieces.close()  # hangs up, which is what stops a server
        if not said:
            raise ModelNonsense(self._nonsense("its stream was empty"))

    def close(self) -> None:
        """Close the connections."""
        self._client.close()

    def _ask(self, messages: Sequence[Message], wanted: Wanted, *, stream: bool) -> Any:
        """The client's own reply or stream; asks again without what the endpoint rejects."""
        import openai

        schema = wanted["schema"]
        if wanted["alternatives"] and not self._tells:
            raise ModelRefused(f"{self._where} tells no probabilities: ask without `alternatives`")
        deadline = time.monotonic() + self._timeout_s
        tries_left = self._retries
        while True:
            mode, tokens_field, send_temperature = self._json_mode, self._tokens_field, self._send_temperature
            body: dict[str, Any] = {
                "model": self._model,
                "messages": [{"role": m.role, "content": m.content} for m in messages],
                "stream": stream,
                tokens_field: wanted["max_tokens"],
            }
            if send_temperature:
                body["temperature"] = wanted["temperature"]
            if wanted["stop"]:
                body["stop"] = list(wanted["stop"])
            if wanted["taught"] and self.taught:
                body["extra_body"] = {"lora": [{"id": 0, "scale": 1.0}]}
            if wanted["alternatives"]:
                body |= {"logprobs": True, "top_logprobs": wanted["alternatives"]}
            if schema is not None and _JSON_MODES[mode] == "json_schema":
                strict = {"name": "reply", "schema": dict(schema), "strict": True}
                body["response_format"] = {"type": "json_schema", "json_schema": strict}
            elif schema is not None and _JSON_MODES[mode] == "json_object":
                body["response_format"] = {"type": "json_object"}
            left = max(deadline - time.monotonic(), 0.001)
            try:
                return self._client.chat.completions.create(
                    **body, timeout=openai.Timeout(left, connect=min(left, _CONNECT_S))
                )
            except (openai.BadRequestError, openai.UnprocessableEntityError) as error:
                if wanted["alternatives"] and "logprob" in f"{error.param} {error.message}".lower():
                    self._tells = False
                    raise self._mapped(error) from None
                if not self._do_without(error, mode, tokens_field, send_temperature, schema is not None):
                    raise self._mapped(error) from None
            except openai.OpenAIError as error:
                worth_it = isinstance(
                    error, openai.RateLimitError | openai.InternalServerError | openai.APIConnectionError
                ) and not isinstance(error, openai.APITimeoutError)
                if not worth_it or not tries_left or time.monotonic() + _PAUSE_S > deadline:
                    raise self._mapped(error) from None
                tries_left -= 1
                time.sleep(_PAUSE_S)
            except ValueError as error:  # a body that is not JSON, or not text
                raise ModelNonsense(self._nonsense("its reply is not JSON")) from error

    def _do_without(
        self, error: openai.APIStatusError, mode: int, tokens_field: str, send_temperature: bool, has_schema: bool
    ) -> bool:
        """Leave out what was rejected; False when there is nothing left to leave out, or something else is wrong."""
        said = f"{error.param} {error.message}".lower()
        with self._lock:
            if tokens_field == "max_tokens" and "max_tokens" in said:
                self._tokens_field = "max_completion_tokens"
            elif send_temperature and "temperature" in said:
                self._send_temperature = False
            elif has_schema and mode < 2 and any(w in said for w in ("response_format", "schema", "json", "grammar")):
                self._json_mode = max(self._json_mode, mode + 1)
            else:
                return False
        return True

    def _mapped(self, error: openai.OpenAIError) -> ModelError:
        """Ours for theirs, with the fix and without the key."""
        import openai

        if isinstance(error, openai.APITimeoutError):
            return ModelSlow(self._slow())
        if isinstance(error, openai.APIConnectionError):
            return ModelDown(
                f"nothing answers at {self._where}: start the model there, correct DATELINE_BASE_URL, "
                "or ask with --extractive, which needs no model"
            )
        if isinstance(error, openai.APIResponseValidationError):
            return ModelNonsense(self._nonsense("its reply is not JSON"))
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return ModelRefused(f"{self._where} does not accept the key: set DATELINE_API_KEY to one that it knows")
        if isinstance(error, openai.NotFoundError):
            return ModelRefused(
                f"{self._where} does not know the model {self._model!r}: correct DATELINE_MODEL or DATELINE_BASE_URL"
            )
        if isinstance(error, openai.RateLimitError):
            return ModelRefused(f"{self._where} says that its limit is reached: wait, or raise the limit there")
        if isinstance(error, openai.APIStatusError):
            said = self._masked(error.message)
            if error.status_code >= 500:
                return ModelDown(f"{self._where} fails with HTTP {error.status_code} ({said}): look at its own log")
            if "context" in said or "too long" in said:
                return ModelRefused(f"the prompt is too long for {self.name}: lower DATELINE_PROMPT_TOKENS")
            return ModelRefused(f"{self._where} refuses the request with HTTP {error.status_code}: {said}")
        return ModelDown(f"{self._where} cannot be used: {self._masked(str(error))}")

    def _masked(self, text: str) -> str:
        """At most 300 characters on one line, with the key taken out if the endpoint repeats it."""
        if self._key and (key := self._key.get_secret_value()):
            text = text.replace(key, "**********")
        return " ".join(text.split())[:300]

    def _slow(self) -> str:
        return (
            f"{self.name} gave no answer within {self._timeout_s:g} s: raise DATELINE_MODEL_TIMEOUT_S, "
            "choose a smaller model, or ask with --extractive"
        )

    def _nonsense(self, what: str) -> str:
        return f"{self.name} at {self._where} answered, but {what}: check that it speaks OpenAI's chat completions"


def _first(choice: Any) -> dict[str, float]:
    """The tokens that a reply might have begun with and their probabilities; none where the endpoint tells none."""
    try:
        told = choice.logprobs.content[0].top_logprobs[:MOST_ALTERNATIVES]
        found = {str(one.token): float(one.logprob) for one in told}
    except (AttributeError, IndexError, TypeError, ValueError):
        return {}
    return {token: math.exp(logarithm) for token, logarithm in found.items() if logarithm <= 0}  # no NaN either


Reply = str | ModelError | Callable[[Sequence[Message]], str]


@dataclass(slots=True)
class Asked:
    """One question that a ScriptedModel was asked, for a test to look at."""

    messages: tuple[Message, ...]
    schema: Schema | None
    max_tokens: int
    temperature: float
    stop: tuple[str, ...]
    alternatives: int
    taught: bool = False
    stopped: bool = False  # a stream that its reader closed before the end

    @classmethod
    def of(cls, messages: Sequence[Message], wanted: Wanted) -> Asked:
        """The question as it was asked."""
        said: Wanted = {**UNLESS_SAID, **wanted}
        return cls(
            tuple(messages),
            said["schema"],
            said["max_tokens"],
            said["temperature"],
            tuple(said["stop"]),
            said["alternatives"],
            said["taught"],
        )


@dataclass(slots=True)
class ScriptedModel:
    """The fake at the seam: says what it was told to, in order, and keeps what it was asked.

    A reply is a text, an error to raise, or a function of the messages. The last reply repeats if `repeat` is set.
    Asked for probabilities it gives those of `first`, which use up no reply; without any, it refuses as an endpoint
    does that tells none. One that was `taught` replies, with those of `first` or sure of how its reply begins.
    """

    replies: Iterable[Reply]
    name: str = "scripted"
    repeat: bool = False
    piece_chars: int = 8  # a stream comes in pieces of this size
    asked: list[Asked] = field(default_factory=list)
    closed: bool = False
    first: Callable[[Sequence[Message]], Mapping[str, float]] | None = None  # token → probability
    taught: bool = False
    _left: list[Reply] = field(init=False)
    _lock: threading.Lock = field(default_factory=threading.Lock, init=False)

    def __post_init__(self) -> None:
        """Take the replies over, so that a generator may give them."""
        self._left = list(self.replies)

    def complete(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Completion:
        """See ChatModel. Tokens are counted as words."""
        asked = Asked.of(messages, wanted)
        if asked.alternatives and not asked.taught:
            return self._chances(asked)
        _, text = self._next(asked)
        first = (self.first(messages) if self.first else {text.split()[0]: 1.0}) if asked.taught else {}
        used = sum(len(m.content.split()) for m in messages), len(text.split())
        return Completion(text, *used, self.name, first=first)

    def stream(
        self,
        messages: Sequence[Message],
        **wanted: Unpack[Wanted],
    ) -> Generator[str, None, None]:
        """See ChatModel."""
        asked, text = self._next(Asked.of(messages, wanted))
        try:
            for start in range(0, len(text), self.piece_chars):
                yield text[start : start + self.piece_chars]
        except GeneratorExit:
            asked.stopped = True
            raise

    def close(self) -> None:
        """Remember that it was closed."""
        self.closed = True

    def _chances(self, asked: Asked) -> Completion:
        if self.first is None:
            raise ModelRefused("the script tells no probabilities: ask without `alternatives`")
        with self._lock:
            self.asked.append(asked)
        first = dict(self.first(asked.messages))
        return Completion(max(first, key=lambda token: first[token], default="?"), 0, 1, self.name, first=first)

    def _next(self, asked: Asked) -> tuple[Asked, str]:
        with self._lock:
            self.asked.append(asked)
            if not self._left:
                raise ModelNonsense(f"the script has no reply to question {len(self.asked)}: give it one more")
            reply = self._left[0] if self.repeat and len(self._left) == 1 else self._left.pop(0)
        if isinstance(reply, ModelError):
            raise reply
        return asked, reply if isinstance(reply, str) else reply(asked.messages)
