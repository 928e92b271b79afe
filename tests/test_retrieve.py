"""Retrieval over the invented newsroom: the real embedder, the real indexes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import numpy as np
import pytest
from numpy.typing import NDArray

from index.catalog import Filters
from index.index import Index
from rag.retrieve import Retriever, Trace

AS_OF = dt.datetime(2026, 10, 30, 12, tzinfo=dt.UTC)


@pytest.fixture(scope="module")
def retriever(newsroom_index: Index) -> Retriever:
    return Retriever(newsroom_index)


def test_hits_are_lines_of_the_revision_they_name(retriever: Retriever, newsroom_index: Index) -> None:
    """Every hit's text and lines are cut from its revision at the offsets it gives."""
    hits = retriever.retrieve("How many people were evacuated?", as_of=AS_OF)
    assert hits
    for hit in hits:
        text = newsroom_index.store.text(hit.passage.article_id, hit.passage.revision)
        span = hit.passage.span
        assert hit.passage.text == text[span.start : span.end]
        assert [line.number for line in hit.lines] == list(range(span.first_line, span.last_line + 1))
        assert all(text[line.start : line.end] == line.text for line in hit.lines)


@pytest.mark.parametrize("day", ["2026-09-05", "2026-09-15", "2026-10-01"])
def test_nothing_later_than_the_moment_asked_about(retriever: Retriever, day: str) -> None:
    """As of a moment, no hit was published later, and each shows the revision that was current then."""
    moment = dt.datetime.fromisoformat(day).replace(tzinfo=dt.UTC)
    for question in ("What is the latest on the storm?", "Who won the election?", "How many died?"):
        for hit in retriever.retrieve(question, as_of=moment, limit=20):
            assert hit.article.published_at is None or hit.article.published_at.moment <= moment


def test_filters_hold(retriever: Retriever) -> None:
    """A source filter leaves only that outlet; one that does not exist leaves nothing."""
    everything = retriever.retrieve("What happened?", as_of=AS_OF, limit=20)
    source = next(hit.article.source for hit in everything if hit.article.source)
    kept = retriever.retrieve("What happened?", as_of=AS_OF, limit=20, filters=Filters(sources=frozenset({source})))
    assert kept
    assert {hit.article.source for hit in kept} == {source}
    assert retriever.retrieve("What happened?", filters=Filters(sources=frozenset({"nowhere.example"}))) == []


def test_an_impossible_range_finds_nothing(retriever: Retriever) -> None:
    """A range that ends before it begins is empty, not an error."""
    filters = Filters(since=AS_OF, until=AS_OF - dt.timedelta(days=9))
    assert retriever.retrieve("What happened?", filters=filters) == []


def test_before_the_first_article_there_is_nothing(retriever: Retriever) -> None:
    """Asked as of a time before any article, nothing is found."""
    assert retriever.retrieve("What happened?", as_of=dt.datetime(1999, 1, 1, tzinfo=dt.UTC)) == []


def test_the_same_question_gives_the_same_list(retriever: Retriever) -> None:
    """Retrieval is deterministic."""
    first, second = (retriever.retrieve("Who won the election?", as_of=AS_OF) for _ in range(2))
    assert [(hit.passage, hit.score) for hit in first] == [(hit.passage, hit.score) for hit in second]


def test_every_part_of_a_score_and_every_step_can_be_seen(retriever: Retriever) -> None:
    """A hit shows what its score is made of, the trace what each step took and what time was read."""
    trace = Trace()
    hit = retriever.retrieve("What was the toll in September?", as_of=AS_OF, trace=trace)[0]
    assert {"dense", "lexical", "bm25", "recent_30", "near"} <= set(hit.parts)
    assert {"embed", "dense", "lexical", "rank", "read"} <= set(trace.timings_ms)
    assert "September" in trace.steps["time"] or "2026-09" in trace.steps["time"]


class Backwards:
    """A reranker that turns the list round: the seam, not a model."""

    def score(self, question: str, texts: Sequence[str]) -> NDArray[np.float32]:
        return np.arange(len(texts), dtype=np.float32)


def test_a_reranker_decides_the_order(newsroom_index: Index) -> None:
    """Behind the seam whatever scores the texts reorders the hits, with ranks and its score shown."""
    plain = Retriever(newsroom_index).retrieve("Who won the election?", as_of=AS_OF, limit=30)
    turned = Retriever(newsroom_index, reranker=Backwards()).retrieve("Who won the election?", as_of=AS_OF, limit=30)
    assert [hit.passage for hit in turned] == [hit.passage for hit in reversed(plain)]
    assert [hit.rank for hit in turned] == list(range(1, len(turned) + 1))
    assert "reranker" in turned[0].parts


def test_only_the_best_candidates_become_hits(newsroom_index: Index, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where there are more candidates than are considered, the first hits are the same ones."""
    whole = Retriever(newsroom_index).retrieve("Who won the election?", as_of=AS_OF, limit=2)
    monkeypatch.setattr("rag.retrieve.CONSIDERED", 12)
    few = Retriever(newsroom_index).retrieve("Who won the election?", as_of=AS_OF, limit=2)
    assert [hit.article.article_id for hit in few] == [hit.article.article_id for hit in whole]


def test_no_line_stands_in_two_hits(retriever: Retriever) -> None:
    """However far hits are grown, each line of a revision is in one of them at most."""
    hits = retriever.retrieve("How many people died in the flood, and who warned of it?", as_of=AS_OF, limit=50)
    seen = [(hit.passage.article_id, hit.passage.revision, line.start) for hit in hits for line in hit.lines]
    assert len(hits) > 10
    assert len(seen) == len(set(seen))
    assert [hit.rank for hit in hits] == list(range(1, len(hits) + 1))
