"""Answers as JSON, exactly as the design has them."""

import dataclasses
import datetime as dt
import json
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.article import NewsDate
from rag import wire
from rag.answer import About, Answer, Citation, Note, Outcome, Quote, Reason, Sentence, Support

CITATION = Citation(
    marker=1,
    article_id="a/b c",
    revision="9f2c",
    url="https://news.example/a?x=1#top",
    title="Talks",
    source="News",
    published_at=NewsDate.day(dt.date(2025, 2, 18)),
    updated_at=None,
    first_line=12,
    last_line=14,
    quote=Quote("Kyiv was left out.", "before ", " after", 812, 830),
    support=Support.SUPPORTED,
)
ANSWER = Answer(
    question="Who was left out?",
    as_of=dt.datetime(2025, 2, 20, tzinfo=dt.UTC),
    outcome=Outcome.ANSWERED,
    reason=None,
    confidence=0.93456,
    sentences=(Sentence("Kyiv was left out.", (1,), Support.SUPPORTED),),
    citations=(CITATION,),
    withheld=0,
    reading=(),
    model="scripted",
    newest_evidence=NewsDate.day(dt.date(2025, 2, 18)),
    timings_ms={"retrieve": 12},
)


def test_the_answer_object() -> None:
    """Keys, order and forms of the design; nothing more where there is nothing more to tell."""
    shown = wire.answer(ANSWER)
    assert list(shown) == [
        "question", "as_of", "outcome", "reason", "confidence", "answer", "sentences", "citations", "withheld",
        "reading", "model", "newest_evidence", "timings_ms",
    ]  # fmt: skip
    assert shown["as_of"] == "2025-02-20T00:00:00Z"
    assert shown["answer"] == "Kyiv was left out.[1]"
    assert shown["confidence"] == 0.935
    assert shown["sentences"] == [{"text": "Kyiv was left out.", "citations": [1], "support": "supported"}]
    assert shown["newest_evidence"] == "2025-02-18"
    assert json.loads(json.dumps(shown)) == shown


def test_the_citation_object() -> None:
    """The one citation object."""
    assert wire.citation(CITATION) == {
        "marker": 1,
        "article": {
            "id": "a/b c", "revision": "9f2c", "url": "https://news.example/a?x=1#top", "title": "Talks",
            "source": "News", "published_at": "2025-02-18", "updated_at": None,
        },
        "lines": {"first": 12, "last": 14},
        "quote": {"exact": "Kyiv was left out.", "prefix": "before ", "suffix": " after", "start": 812, "end": 830},
        "permalink": "/articles/a%2Fb%20c?rev=9f2c#L12-L14",
        "source_link": "https://news.example/a?x=1#:~:text=Kyiv%20was%20left%20out.",
        "support": "supported",
    }  # fmt: skip


def test_what_there_is_to_tell_besides_comes_after() -> None:
    """A note, a trace, a newer revision and syndicated copies appear only when there are some."""
    cited = dataclasses.replace(CITATION, superseded=True, carried_by=("x", "y"))
    shown = wire.answer(
        dataclasses.replace(
            ANSWER, outcome=Outcome.INSUFFICIENT, reason=Reason.NO_COVERAGE, sentences=(), citations=(),
            reading=(cited,), notes=(Note(About.WHY, "Nothing on it."),), trace={"before": None},
        )
    )  # fmt: skip
    assert (shown["outcome"], shown["reason"], shown["answer"]) == ("insufficient", "no_coverage", "")
    assert shown["reading"][0]["superseded"] is True
    assert shown["reading"][0]["carried_by"] == ["x", "y"]
    assert shown["note"] == "Nothing on it."
    assert shown["notes"] == [{"about": "why", "text": "Nothing on it."}]
    assert "trace" in shown


def test_one_line_has_a_short_anchor() -> None:
    """`#L12`, not `#L12-L12`."""
    assert wire.permalink(dataclasses.replace(CITATION, last_line=12)).endswith("#L12")


@pytest.mark.parametrize("url", [None, "javascript:alert(1)", "file:///etc/passwd", "data:text/html,x", "http://["])
def test_only_web_pages_are_linked(url: str | None) -> None:
    """Without an http address there is no source link."""
    assert wire.source_link(dataclasses.replace(CITATION, url=url)) is None


@given(st.text(min_size=1, max_size=400).filter(str.strip))
def test_a_fragment_names_text_of_the_quote(exact: str) -> None:
    """Its parts, decoded, stand in the quote; its own signs are always escaped."""
    link = wire.source_link(dataclasses.replace(CITATION, quote=Quote(exact, "", "", 0, len(exact))))
    assert link is not None
    fragment = link.partition("#:~:text=")[2]
    plain = " ".join(exact.split())
    assert "-" not in fragment
    assert "&" not in fragment
    assert all(unquote(part) in plain for part in fragment.split(","))
