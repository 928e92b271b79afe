"""The chat page, the demonstration, what they suggest, and the files they need."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from api.http.app import build_app
from api.http.pages.site import ago
from api.http.pages.suggestions import PER_FORM, SUGGESTED, Suggestions, questions
from index.article import Draft, NewsDate
from index.embedder import Embedder
from index.index import Index
from index.ingest import Ingest
from index.lines import Lines
from index.newest import freshness, newest
from rag.answer import Outcome
from rag.build import Dateline
from rag.settings import Settings

SEEDS = Path(__file__).parents[1] / "seeds"
NOW = dt.datetime(2026, 11, 1, tzinfo=dt.UTC)
PAGE_KEY = "pk_" + "a" * 40


@pytest.fixture(scope="module")
def dateline(tmp_path_factory: pytest.TempPathFactory, real_embedder: Embedder) -> Iterator[Dateline]:
    """The seed article and four invented ones: a copy, one withdrawn, one under embargo, one of tomorrow."""
    home = tmp_path_factory.mktemp("pages")
    index = Index(home, real_embedder, clock=lambda: NOW)
    Ingest(index, timer=lambda: 0.0).run([SEEDS])
    story = "Harbour\n" + "\n".join(
        f"Sentence {n} tells of cranes, tides and the mayor's {n} boats." for n in range(30)
    )
    index.add([_draft("first", story, "2026-10-01"), _draft("copy", story, "2026-10-02")])
    index.add(
        [_draft("withdrawn", "Gone\nNothing.", "2026-10-03"), _draft("tomorrow", "Later\nNothing.", "2026-11-02")]
    )
    index.add(
        [_draft("embargoed", "Secret\nNothing.", "2026-10-04", embargo_until=dt.datetime(2027, 1, 1, tzinfo=dt.UTC))]
    )
    index.withdraw("withdrawn")
    held = Dateline(Settings(home=home, model="extractive", page_key=PAGE_KEY), index, None)
    yield held
    held.close()


def _draft(article_id: str, text: str, day: str, embargo_until: dt.datetime | None = None) -> Draft:
    return Draft(
        article_id=article_id,
        text=text,
        title=text.split("\n")[0],
        source=f"The {article_id}",
        published_at=NewsDate.parse(day),
        embargo_until=embargo_until,
    )


@pytest.fixture(scope="module")
def client(dateline: Dateline) -> TestClient:
    return TestClient(build_app(dateline), base_url="http://127.0.0.1:8000")


def test_only_what_may_be_shown_is_new(dateline: Dateline) -> None:
    """The latest first; no copy, nothing withdrawn, under embargo or of tomorrow."""
    latest = newest(dateline.index.store, NOW, 10)
    assert [article.article_id for article in latest] == ["first", "us-russia-riyadh-talks"]
    assert str(freshness(dateline.index.store, latest).newest) == "2026-10-01"


def test_every_suggestion_is_answered_by_its_line(dateline: Dateline) -> None:
    """Asked again, each suggested question is answered with a citation of the line it names."""
    suggested = Suggestions(dateline).current()
    assert "How long did the talks last?" in [one.question for one in suggested]
    assert len(suggested) <= SUGGESTED
    for one in suggested:
        answer = dateline.ask(one.question)
        assert answer.outcome is Outcome.ANSWERED
        assert any(
            c.article_id == one.article_id and c.first_line <= one.line <= c.last_line for c in answer.citations
        )


def test_suggestions_are_made_once_for_each_commit(dateline: Dateline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked again until the index changes; who asks while they are made is not kept waiting."""
    suggestions = Suggestions(dateline)
    first = suggestions.current()
    monkeypatch.setattr(suggestions, "_make", lambda: pytest.fail("made again"))
    assert suggestions.current() is first
    other = Suggestions(dateline)
    with other._lock:
        assert other.current() == ()


@pytest.mark.parametrize(
    ("line", "question"),
    [
        ("The strike, which lasted nine days, cost the port dear.", "How long did the strike last?"),
        ("In all 17 people were killed in Aldern when the river rose.", "How many people were killed in Aldern?"),
        ("The Kessel bridge will reopen to traffic on 5 December.", "When will the Kessel bridge reopen?"),
        ("Casper Wendel was sentenced to four years.", "What was Casper Wendel sentenced to?"),
        ("Kyiv was excluded from the talks.", "Who was excluded from the talks?"),
        (
            "“It holds,” said acting engineer Philippa Torne of Kessel.",
            "What did Philippa Torne say about Kessel Bridge?",
        ),
        ("Mayor Egon Marl said that Kessel Bridge is late.", "What did Egon Marl say about Kessel Bridge?"),
        ("Alma Rusk, a baker from Aldern, saw it.", "Who is Alma Rusk?"),
        ("He said nothing. The Council said less. It lasted.", None),
        ("The talks had lasted long.", None),
        ("It was known, he said in New York.", None),
        ("Trump told USA TODAY on Monday that it was.", None),
        ("The Species Preservation Act, a law of 1940, protects it.", None),
        ("“No,” said Secretary General Mark Rutte.", "What did Mark Rutte say about Kessel Bridge?"),
    ],
)
def test_questions_are_made_from_the_form_of_a_sentence(line: str, question: str | None) -> None:
    """Each form makes its own question, without titles before names; a sentence of no form makes none."""
    lines = Lines(f"Kessel Bridge: what now\n{line}\nPeople wait for Kessel Bridge in rain.")
    asked = [asked for _, asked, number in questions(lines) if number == 2]
    assert asked[:1] == ([] if question is None else [question])
    assert PER_FORM < SUGGESTED


def test_the_suggestions_route(client: TestClient) -> None:
    """Each comes with the article and line that answer it."""
    told = client.get("/v1/suggestions").raise_for_status().json()["suggestions"]
    assert told
    for one in told:
        lines = (
            client.get(f"/v1/articles/{one['article']['id']}/lines", params=one["lines"]).raise_for_status().json()
        )
        assert lines["revision"] == one["article"]["revision"]


def test_the_chat_page_says_how_fresh_the_index_is(client: TestClient) -> None:
    """How many articles, the newest one's date, and the key that readers of this page ask with."""
    html = client.get("/").raise_for_status().text
    assert "6 articles" in html
    assert "newest <time" in html
    assert "1 October 2026" in html
    assert f'data-key="{PAGE_KEY}"' in html
    script = re.search(r'<script src="(/widget/chat\.js\?v=\w+)" type="module">', html)
    assert script is not None
    assert "immutable" in client.get(script[1]).headers["cache-control"]


def test_the_demonstration_is_a_newspaper_of_these_articles(client: TestClient) -> None:
    """The newest article leads, each headline links to its article, and the tag is the documented one."""
    html = client.get("/demo").raise_for_status().text
    assert '<h2 dir="auto"><a href="/articles/first">Harbour</a></h2>' in html
    assert 'href="/articles/us-russia-riyadh-talks"' in html
    assert '<script src="/widget.js"' in html
    assert "Secret" not in html


def test_an_empty_index_has_pages_too(tmp_path: Path, real_embedder: Embedder) -> None:
    """Before anything was taken in, both pages say how to, and nothing is suggested."""
    dateline = Dateline(Settings(home=tmp_path, model="extractive"), Index(tmp_path, real_embedder), None)
    client = TestClient(build_app(dateline), base_url="http://127.0.0.1:8000")
    assert "dateline ingest" in client.get("/").raise_for_status().text
    assert "dateline ingest" in client.get("/demo").raise_for_status().text
    assert client.get("/v1/suggestions").json() == {"suggestions": []}
    dateline.close()


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "just now"), (59, "just now"), (60, "1 minute ago"), (7_300, "2 hours ago"), (200_000, "2 days ago")],
)
def test_ages_are_told_in_words(seconds: int, words: str) -> None:
    """In the largest unit that fits; a clock that went backwards is just now."""
    assert ago(dt.timedelta(seconds=seconds)) == words
