"""Labels become citations, or nothing."""

import dataclasses

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.lines import Lines
from rag.answer import Support
from rag.line_ranking import score
from rag.lines import EvidenceLine, candidates, choose
from rag.resolve import AROUND, Inexact, Markers, cite, quote, resolve
from tests.answers import NOW, Newsroom, seed


def _shown(room: Newsroom, question: str = "Who was excluded from the Riyadh talks?") -> list[EvidenceLine]:
    hits = room.retrieve(question, as_of=NOW, limit=10)
    return choose(score(question, candidates(hits, room.lines_of), room.embedder), 6)


@given(st.lists(st.integers(-5, 40), max_size=12))
def test_only_labels_that_were_given_out_resolve(labels: list[int]) -> None:
    """Each label is either a line that was shown or reported as unknown; nothing is guessed."""
    shown = _shown(seed())
    found, unknown = resolve(labels, shown)
    assert [line.label for line in found] == [n for n in dict.fromkeys(labels) if 1 <= n <= len(shown)]
    assert unknown == [n for n in dict.fromkeys(labels) if not 1 <= n <= len(shown)]


def test_every_citation_is_the_text_at_its_place() -> None:
    """Quote, offsets, lines and context read back from the canonical text are exactly what the citation says."""
    room = seed()
    for line in _shown(room):
        text = room.lines_of(line.article.article_id, line.revision)
        made = cite(line, text, 1)
        assert text.text[made.quote.start : made.quote.end] == made.quote.exact
        assert made.quote.exact in text[made.first_line].text
        assert text.text[: made.quote.start].endswith(made.quote.prefix)
        assert text.text[made.quote.end :].startswith(made.quote.suffix)
        assert len(made.quote.prefix) <= AROUND


def test_a_line_that_the_store_does_not_have_is_refused() -> None:
    """When index and store disagree there is no citation, not an approximate one."""
    room = seed()
    line = _shown(room)[0]
    text = room.lines_of(line.article.article_id, line.revision)
    with pytest.raises(Inexact, match="rebuild the index"):
        cite(dataclasses.replace(line, text=line.text + "!"), text, 1)
    with pytest.raises(Inexact, match="not inside line"):
        cite(dataclasses.replace(line, line=line.line + 2), text, 1)
    with pytest.raises(Inexact):
        cite(line, Lines("another text"), 1)


@pytest.mark.parametrize(("start", "end"), [(-1, 2), (2, 2), (3, 99)])
def test_a_quote_lies_inside_its_text(start: int, end: int) -> None:
    """Offsets outside the text, or an empty quote, are refused."""
    with pytest.raises(Inexact):
        quote("short text", start, end)


def test_markers_follow_first_use_and_stay() -> None:
    """The same line keeps its number; the next new line gets the next one."""
    room = seed()
    shown = _shown(room)
    markers = Markers(room.lines_of)
    order = [shown[2], shown[0], shown[2], shown[1]]
    assert [markers.number(line, Support.SUPPORTED) for line in order] == [1, 2, 1, 3]
    assert [c.marker for c in markers.citations] == [1, 2, 3]


def test_a_superseded_revision_says_so() -> None:
    """A citation of a text that is no longer the article's current one is marked."""
    room = seed()
    line = _shown(room)[0]
    newer = dataclasses.replace(line, article=dataclasses.replace(line.article, revision="f" * 64))
    assert cite(newer, room.lines_of(line.article.article_id, line.revision), 1).superseded
