"""JSONL: one article a line, in documented fields; read as a stream, each broken line skipped with its number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from index.article import Draft, Json, Status
from index.errors import UnreadableInput
from index.paths import size_of
from index.readers.canonical import canonical, paragraphs_of
from index.readers.content import lines_of, parse_json, whole
from index.readers.description import describe, make_draft, words
from index.readers.item import Found, Skipped, Source
from index.readers.ninjs import from_ninjs, is_ninjs


def read_jsonl(source: Source) -> Iterator[Found]:
    """The articles of a JSONL file; the entry number is the line number. Blank lines are passed over."""
    seen = Seen("line")
    any_line = False
    for number, line in lines_of(source.pieces, source.limits.record_bytes):
        if line is not None and not line.strip():
            continue
        any_line = True
        origin = f"{source.origin}, line {number}"
        try:
            yield number, seen.check(_article(_record_of(line, source), source, origin), number)
        except UnreadableInput as error:
            yield number, Skipped(origin, str(error))
    if not any_line:
        raise UnreadableInput("is empty; put the articles in it, one JSON object a line")


def read_json(source: Source) -> Iterator[Found]:
    """The articles of a JSON document: one object, a list of them, or a list under `items` or `articles`."""
    seen = Seen("entry")
    document = parse_json(whole(source.pieces, source.limits.feed_bytes).removeprefix(b"\xef\xbb\xbf"))
    if isinstance(document, dict):
        document = next(
            (document[key] for key in ("items", "articles") if isinstance(document.get(key), list)), document
        )
    entries = document if isinstance(document, list) else [document]
    if not entries:
        raise UnreadableInput("has no article in it; remove it")
    for number, entry in enumerate(entries, start=1):
        origin = f"{source.origin}, entry {number}" if len(entries) > 1 else source.origin
        try:
            yield number, seen.check(_article(entry, source, origin), number)
        except UnreadableInput as error:
            yield number, Skipped(origin, str(error))


def _record_of(line: bytes | None, source: Source) -> Json:
    if line is None:
        limit = size_of(source.limits.record_bytes)
        raise UnreadableInput(f"is longer than the {limit} of one article; split it, or raise the limit")
    return parse_json(line.removeprefix(b"\xef\xbb\xbf"))


def _article(record: Json, source: Source, origin: str) -> Draft:
    if not isinstance(record, dict):
        raise UnreadableInput("is not a JSON object; write one object for each article")
    return read_record(from_ninjs(record) if is_ninjs(record) else record, source, origin)


def read_record(record: Mapping[str, Json], source: Source, origin: str) -> Draft:
    """The article of one object in the documented fields. Raises UnreadableInput."""
    described = describe(record, depth=source.limits.depth)
    if not (described.id or described.url):
        raise UnreadableInput("has neither an id nor a url; give it one, so that its next version is recognised")
    text, paragraphs = record.get("text"), record.get("paragraphs")
    if isinstance(paragraphs, list) and paragraphs:
        body = words(paragraphs)
    elif isinstance(text, str):
        body = paragraphs_of(text)
    elif text is None and paragraphs in (None, []):
        body = []
    else:
        raise UnreadableInput("its text is not text; give `text` as a string or `paragraphs` as a list of strings")
    if not any(body):
        if described.status in {Status.WITHDRAWN, Status.DELETED}:  # only the status is news
            return make_draft(described, text="", title=described.title or "", source=source, origin=origin)
        raise UnreadableInput("has no text; give it one in `text` or `paragraphs`")
    title, canonical_text = canonical(described.title or "", body)
    return make_draft(described, text=canonical_text, title=title, source=source, origin=origin)


class Seen:
    """The ids of one file. The same id again is a revision if it says when it was seen or updated, else a slip."""

    def __init__(self, entry_word: str) -> None:
        self._entry_word = entry_word
        self._entries: dict[str, tuple[int, int]] = {}  # id → entry number, hash of the text

    def check(self, draft: Draft, entry: int) -> Draft | Skipped:
        """`draft`, or why it cannot stand beside an earlier one of the same id."""
        if draft.observed_at is not None or draft.updated_at is not None or draft.status is not Status.USABLE:
            return draft
        first, text = self._entries.setdefault(draft.article_id, (entry, hash(draft.text)))
        if first == entry:
            return draft
        if text == hash(draft.text):
            return Skipped(draft.origin, f"is the same article as {self._entry_word} {first}; nothing to do")
        return Skipped(
            draft.origin,
            f"has the id {draft.article_id} of {self._entry_word} {first} with another text; give each article its "
            "own id, or say in observed_at when each text was current",
        )
