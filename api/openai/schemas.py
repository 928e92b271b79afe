"""What OpenAI clients send, as far as it is read. What is not named here is passed over."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from api.http.conversations import Said
from api.http.schemas import MAX_QUESTION, QUESTION, Day, SearchFilters
from api.http.service import Asking
from api.moments import moment
from rag.errors import BadQuestion

MAX_MESSAGES = 200
NAME = "dateline"  # of the one model there is


class Lenient(BaseModel):
    """Clients send much that says nothing here."""

    model_config = ConfigDict(extra="ignore")


class Part(Lenient):
    """A piece of a message's content."""

    type: str = Field(max_length=40)
    text: str | None = Field(default=None, max_length=MAX_QUESTION)


Text = Annotated[str, Field(max_length=MAX_QUESTION)]
Parts = Annotated[list[Part], Field(max_length=50)]


class Message(Lenient):
    """One message of a chat."""

    role: Literal["system", "developer", "user", "assistant", "tool", "function"]
    content: Text | Parts | None = None

    def text(self) -> str:
        """Its words. Raises BadQuestion for a picture, a sound or a file."""
        if self.content is None or isinstance(self.content, str):
            return self.content or ""
        if any(part.type not in {"text", "input_text", "output_text", "refusal"} for part in self.content):
            raise BadQuestion("only text is read here: leave out pictures, sounds and files")
        return " ".join(part.text or "" for part in self.content)


class StreamOptions(Lenient):
    """How a stream ends."""

    include_usage: bool | None = None


class Narrowed(Lenient):
    """What is asked beyond OpenAI's own fields: in the `openai` client, its `extra_body`."""

    as_of: Day | None = Field(default=None, description="The moment asked about. Default: now.")
    filters: SearchFilters = Field(default_factory=SearchFilters)

    def asking(self, question: str, said: list[Said]) -> Asking:
        """The question as the asker takes it. Raises BadQuestion."""
        as_of = moment(self.as_of, name="as_of", end_of_day=True)
        return Asking(question, as_of, self.filters.filters(), said)


class ChatRequest(Narrowed):
    """`POST /v1/chat/completions`."""

    model: str = Field(default=NAME, max_length=200)
    messages: list[Message] = Field(
        min_length=1, max_length=MAX_MESSAGES, examples=[[{"role": "user", "content": QUESTION}]]
    )
    stream: bool | None = False
    stream_options: StreamOptions | None = None
    n: int | None = 1
    logprobs: bool | None = None
    response_format: dict[str, Any] | None = None
    tool_choice: Any = None
    modalities: list[str] | None = None

    def check(self) -> None:
        """Raises BadQuestion for what would mean another reply than there can be."""
        if self.n not in {None, 1}:
            raise BadQuestion("n: there is one answer; leave n out")
        if self.logprobs:
            raise BadQuestion("logprobs: there are none; leave it out")
        if self.response_format is not None and self.response_format.get("type", "text") != "text":
            raise BadQuestion("response_format: the answer is text; its parts are under `dateline` in the reply")
        if self.modalities is not None and "audio" in self.modalities:
            raise BadQuestion("modalities: the answer is text")
        _check_tools(self.tool_choice)


class ResponsesRequest(Narrowed):
    """`POST /v1/responses`."""

    model: str = Field(default=NAME, max_length=200)
    input: Text | Annotated[list[dict[str, Any]], Field(max_length=MAX_MESSAGES)] = Field(examples=[QUESTION])
    instructions: Any = None
    metadata: dict[str, str] | None = Field(default=None, max_length=16)
    previous_response_id: str | None = Field(default=None, pattern=r"^resp_[0-9a-f]{32}$")
    store: bool | None = True
    stream: bool | None = False
    background: bool | None = None
    text: dict[str, Any] | None = None
    tool_choice: Any = None

    def check(self) -> None:
        """Raises BadQuestion for what would mean another reply than there can be."""
        if self.background:
            raise BadQuestion("background: answers are given at once; leave it out")
        form = (self.text or {}).get("format") or {}
        if isinstance(form, dict) and form.get("type", "text") != "text":
            raise BadQuestion("text.format: the answer is text; its parts are under `dateline` in the reply")
        _check_tools(self.tool_choice)

    def messages(self) -> list[Message]:
        """The input as messages; items of other kinds (tool calls, reasoning) say nothing here.

        Raises BadQuestion for a message that is none.
        """
        if isinstance(self.input, str):
            return [Message(role="user", content=self.input)]
        found = [item for item in self.input if item.get("type", "message") == "message" and "role" in item]
        try:
            return [Message.model_validate(item) for item in found]
        except ValidationError as error:
            first = error.errors(include_url=False)[0]
            where = ".".join(str(part) for part in first["loc"])
            raise BadQuestion(f"input: {where}: {first['msg']}") from None


def _check_tools(choice: Any) -> None:
    if choice == "required" or isinstance(choice, dict):
        raise BadQuestion("tool_choice: no tools are called here; leave it out")


def conversation(messages: list[Message]) -> tuple[str, list[Said]]:
    """The question, and what was said before it. Raises BadQuestion unless the last to speak is the user."""
    said: list[Said] = []
    question: str | None = None
    for message in messages:
        if message.role == "user":
            if question is not None:
                said.append(Said(question, ""))
            question = message.text()
        elif message.role == "assistant" and question is not None:
            said.append(Said(question, message.text()))
            question = None
    if question is None:
        raise BadQuestion("messages: the last one must be the user's question")
    return question, said
