"""Markdown, with optional front matter.

Without front matter the file is the canonical text, as for plain text. Front matter is data about the article, not
part of it: to quote `tags: [talks]` as evidence would be wrong, and a new tag is no new revision. So with front
matter the canonical text is the body behind it, headed by its title where the body does not begin with it; and
metadata `file_line_offset` says what to add to a line's number to find the line in the file (from line 2 on, where
the headline came from the front matter).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import yaml  # type: ignore[import-untyped]

from index.article import Json
from index.errors import UnreadableInput
from index.readers.content import decode, whole
from index.readers.description import describe, make_draft
from index.readers.item import Found, Source
from index.readers.text import BYTE_ORDER_MARK, first_line

_FENCE = re.compile(
    r"\ufeff?---[ \t]*\r?\n(?P<matter>.*?)^(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL | re.MULTILINE
)
_LONGEST_MATTER = 64_000  # characters
_HEADING = re.compile(r"#{1,6}\s+(?P<title>.*?)\s*#*\s*$")


class _Loader(yaml.BaseLoader):  # type: ignore[misc]
    """YAML in which every scalar is text, so that `no` stays Norwegian and dates are read by index.dates.

    It builds nothing but text, lists and maps, and has no aliases, which let a few lines stand for gigabytes
    ("billion laughs").
    """

    def compose_node(self, parent: yaml.Node | None, index: int) -> yaml.Node | None:
        if self.check_event(yaml.AliasEvent):
            raise UnreadableInput("its front matter has YAML aliases, which are not read; write the values out")
        return super().compose_node(parent, index)


def read_markdown(source: Source) -> Iterator[Found]:
    """The one article of a Markdown file. The side file's word goes before the front matter's."""
    content = decode(whole(source.pieces, source.limits.article_bytes))
    matter, body, offset = split_front_matter(content)
    described = describe(source.side, depth=source.limits.depth).over(describe(matter, depth=source.limits.depth))
    text = body
    if described.title and offset and _plain_heading(first_line(body)) != described.title:
        text = f"{described.title}\n{body}"
        offset -= 1
    title = described.title or _plain_heading(first_line(text))
    draft = make_draft(described, text=text, title=title, source=source, origin=source.origin)
    if offset:
        draft.metadata["file_line_offset"] = offset  # type: ignore[index]
    yield 1, draft


def split_front_matter(content: str) -> tuple[dict[str, Json], str, int]:
    """(fields, body, number of the file's lines before the body). Raises UnreadableInput when it cannot be read."""
    fenced = content.startswith(("---", f"{BYTE_ORDER_MARK}---"))
    found = _FENCE.match(content[: _LONGEST_MATTER + 8]) if fenced else None
    if found is None:
        return {}, content, 0
    try:
        matter = yaml.load(found["matter"], Loader=_Loader)  # noqa: S506 - builds only text, lists and maps
    except RecursionError as error:
        raise UnreadableInput("its front matter is nested too deep; flatten it") from error
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" at line {where.line + 2}" if where is not None else ""
        raise UnreadableInput(
            f"its front matter is not YAML{line}; put a value that holds a colon between quotes, mend it, or remove "
            "the --- lines"
        ) from error
    if not matter:
        matter = {}
    if not isinstance(matter, dict) or not all(isinstance(key, str) for key in matter):
        raise UnreadableInput("its front matter is not a list of `name: value`; mend it, or remove the --- lines")
    blank = re.compile(r"(?:[ \t]*\r?\n)*").match(content, found.end())
    start = blank.end() if blank else found.end()
    return matter, content[start:], content.count("\n", 0, start)


def _plain_heading(line: str) -> str:
    """The words of a heading: `# Talks #` → `Talks`."""
    heading = _HEADING.match(line)
    return heading["title"] if heading else line
