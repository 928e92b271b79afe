"""The prompt: versioned files filled with numbered lines and the question.

Article text is quoted material, never instruction. Each line starts with a label of ours and holds no line break, so
what stands at the start of a prompt line is always ours; inside, anything that could pass for a label, a chat
delimiter or an invisible character is made visibly something else. That is done in the prompt only: a citation is cut
from the untouched text.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template

from rag.chat import Message
from rag.lines import EvidenceLine
from rag.planted import orders

VERSION = "answer.v1"
MAX_LINE = 600  # characters of one line shown to a model


@dataclass(frozen=True, slots=True)
class Prompt:
    """The two messages of a question, and which files made them."""

    version: str
    system: str
    user: str

    @property
    def messages(self) -> tuple[Message, ...]:
        """The system's turn and the reader's."""
        return (Message("system", self.system), Message("user", self.user))


@cache
def template(name: str) -> str:
    """A prompt file, e.g. `answer.v1.system`."""
    return files("rag").joinpath("prompts", f"{name}.txt").read_text(encoding="utf-8").strip("\n")


# [3], 【3】, (3), <3>: forms a reader of labelled lines could take for one of our labels.
_LABEL_LIKE = re.compile(r"[\[【⟦<{(]\s*((?:lines?\s*|L)?\d{1,3})\s*[\]】⟧>})]", re.IGNORECASE)
# <|im_start|>, <<SYS>>, [INST], ### Instruction: what chat templates delimit turns with.
_TURN_LIKE = re.compile(r"<\|.{0,40}?\|>|<</?\w{1,10}>>|\[/?INST\]|</?s>|^#{2,}\s*", re.IGNORECASE)


def inert(text: str, limit: int = MAX_LINE) -> str:
    """One line of untrusted text as it may stand in a prompt: one line, nothing invisible, no label, no delimiter."""
    text = unicodedata.normalize("NFC", text)
    text = "".join(
        " " if character.isspace() else character
        for character in text
        # Cc control, Cf zero-width and bidirectional marks, Co private use, Cs surrogates.
        if character.isspace() or unicodedata.category(character) not in {"Cc", "Cf", "Co", "Cs", "Cn"}
    )
    text = _TURN_LIKE.sub("·", text)
    text = _LABEL_LIKE.sub(r"‹\1›", text)
    text = " ".join(text.split())
    return text if len(text) <= limit else text[: limit - 1].rstrip() + "…"


def numbered(lines: Sequence[EvidenceLine]) -> str:
    """The lines as the model sees them: per article a head with outlet and date, then `[label] text`."""
    shown: list[str] = []
    article = None
    headlines = {line.key[:2] for line in lines if line.line == 1}  # shown as lines of their own
    for line in lines:
        if line.key[:2] != article:
            article = line.key[:2]
            about = [inert(line.article.source or "", 60), str(line.article.published_at or "")[:10]]
            if article not in headlines and not orders(line.article.title):
                about.append(inert(line.article.title, 160))
            shown.append("# " + ", ".join(filter(None, about)))
        shown.append(f"[{line.label}] {inert(line.text)}")
    return "\n".join(shown)


def build(question: str, lines: Sequence[EvidenceLine], *, as_of: str, version: str = VERSION) -> Prompt:
    """The prompt of one question. `as_of` is the day that "this week" is counted from, ISO 8601."""
    fields = {"lines": numbered(lines), "question": inert(question, 2000), "as_of": as_of}
    return Prompt(
        version,
        Template(template(f"{version}.system")).substitute(fields),
        Template(template(f"{version}.user")).substitute(fields),
    )
