"""From labels to citations: only what was handed out can be pointed at, and only the store is quoted."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from index.lines import Lines
from rag.answer import Citation, Quote, Support
from rag.lines import EvidenceLine, LinesOf

AROUND = 40  # characters of context kept on either side of a quote


class Inexact(ValueError):
    """An evidence line is not what its revision says at that place: the store and the index disagree."""


def resolve(labels: Iterable[int], lines: Sequence[EvidenceLine]) -> tuple[list[EvidenceLine], list[int]]:
    """The lines that labels name, each once in the order named, and the labels that name nothing."""
    by_label = {line.label: line for line in lines}
    found: list[EvidenceLine] = []
    unknown: list[int] = []
    for label in dict.fromkeys(labels):
        if label in by_label:
            found.append(by_label[label])
        else:
            unknown.append(label)
    return found, unknown


def quote(text: str, start: int, end: int) -> Quote:
    """The exact substring and up to 40 characters before and after it. Offsets in code points, end exclusive."""
    if not 0 <= start < end <= len(text):
        raise Inexact(f"no text at {start}…{end} of a text of {len(text)} characters")
    return Quote(text[start:end], text[max(0, start - AROUND) : start], text[end : end + AROUND], start, end)


def cite(line: EvidenceLine, text: Lines, marker: int, support: Support = Support.SUPPORTED) -> Citation:
    """The citation of one evidence line, cut afresh from the canonical text it claims to come from.

    Raises Inexact unless that text says exactly this there, inside that very line.
    """
    cut = quote(text.text, line.start, line.end)
    if cut.exact != line.text:
        raise Inexact(f"{line.article.article_id} line {line.line} is not what was indexed: rebuild the index")
    physical = text[line.line]
    if not physical.start <= line.start < line.end <= physical.end:
        raise Inexact(f"{line.article.article_id}: the quote at {line.start} is not inside line {line.line}")
    article = line.article
    return Citation(
        marker=marker,
        article_id=article.article_id,
        revision=line.revision,
        url=article.url,
        title=article.title,
        source=article.source,
        published_at=article.published_at,
        updated_at=article.updated_at,
        first_line=line.line,
        last_line=line.line,
        quote=cut,
        support=support,
        superseded=article.revision is not None and article.revision != line.revision,
        carried_by=line.carried_by,
    )


class Markers:
    """Citations numbered in the order of first use; the same line keeps its number, through a whole conversation."""

    def __init__(self, lines_of: LinesOf, first: int = 1, before: Iterable[Citation] = ()) -> None:
        """New numbers run from `first`; the lines of the citations `before` keep theirs."""
        self.lines_of = lines_of
        self.next = first
        self.citations: list[Citation] = []  # of this answer, in the order of first use
        self._given: dict[tuple[str, str, int, int], int] = {
            (c.article_id, c.revision, c.quote.start, c.quote.end): c.marker for c in before
        }
        self._used: set[int] = set()

    def number(self, line: EvidenceLine, support: Support) -> int:
        """The marker of a line, given out now if it has none yet."""
        marker = self._given.get(line.key)
        if marker is None:
            marker = self.next
        if marker not in self._used:
            text = self.lines_of(line.article.article_id, line.revision)
            self.citations.append(cite(line, text, marker, support))
            self._used.add(marker)
            if line.key not in self._given:
                self._given[line.key] = marker
                self.next += 1
        return marker
