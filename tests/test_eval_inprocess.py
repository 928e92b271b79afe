"""The suite on the real system: index, search, extractive answers, citations read back from its store."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest

from eval.articles import GivenArticles
from eval.asking import retrieved
from eval.errors import AskFailed, BadRecord, UnknownLines
from eval.gold import load
from eval.inprocess import InProcess
from eval.run import Options, run
from index.catalog import Filters
from rag.settings import Settings

ROOT = Path(__file__).parent.parent
ARTICLE = "us-russia-riyadh-talks"


def settings(home: Path) -> Settings:
    """Extractive answers, so that no language model is needed."""
    return Settings.read({"DATELINE_HOME": str(home), "DATELINE_MODEL": "extractive"})


@pytest.fixture(scope="module")
def system(tmp_path_factory: pytest.TempPathFactory) -> Iterator[InProcess]:
    """A real system over the seed article."""
    with InProcess(settings(tmp_path_factory.mktemp("home")), [ROOT / "seeds"]) as made:
        yield made


def test_real_citations_resolve_against_the_store(system: InProcess) -> None:
    """Real answers to gold questions cite lines that resolve byte for byte, and show what was retrieved."""
    suite = load(ROOT / "eval" / "gold" / "seeds.jsonl")
    done = run(suite, system, system.articles, options=Options(ids=frozenset({"seed-001", "seed-002", "seed-023"})))
    assert done.summary["failures"]["value"] == 0
    assert done.summary["citation_validity"]["value"] == 1
    assert done.summary["right_revision"]["value"] == 1
    assert done.summary["R@10"]["value"] == 1
    assert done.summary["lines:R@20"]["n"] == 3


def test_the_first_question_of_all_has_its_short_answer(system: InProcess) -> None:
    """By quoting alone, with the model that reads lines: who was excluded, and not whoever is named beside it."""
    answer = system.ask("Who was excluded from the Riyadh talks?", as_of=None)
    assert (answer["outcome"], answer["short"]) == ("answered", "Kyiv")
    assert system.ask("Who was not excluded from the talks?", as_of=None).get("short") != "Kyiv"
    assert system.ask("In which city did the talks take place?", as_of=None)["short"] == "Riyadh"
    assert system.ask("Who is Lavrov?", as_of=None).get("short") != "Marco Rubio"


def test_the_store_and_the_files_agree(system: InProcess) -> None:
    """The store's text of an article is the file's, with the same revision and date."""
    stored, given = system.articles.text(ARTICLE), GivenArticles.read([ROOT / "seeds"]).text(ARTICLE)
    assert (stored.text, stored.revision, stored.published_at) == (given.text, given.revision, given.published_at)
    assert system.articles.text(ARTICLE, stored.revision[:8]) == stored
    for unknown in ((ARTICLE, "0" * 64), ("nobody", None)):
        with pytest.raises(UnknownLines):
            system.articles.text(*unknown)


def test_given_articles_are_the_only_ones_searched(tmp_path: Path) -> None:
    """Handed an article for a question, the system searches that one alone; one taken out of another's search is not
    in that; other questions search everything.
    """
    (tmp_path / "other.txt").write_text(
        "Riyadh talks exclude nobody\nNobody was excluded from talks.\n", encoding="utf-8"
    )
    question = "Who was excluded from the Riyadh talks?"
    other = "Who was left out of the Riyadh talks?"
    handed = {
        question: Filters(articles=frozenset({"other"})),
        other: Filters(without=frozenset({"other", "no such article"})),
    }
    with InProcess(settings(tmp_path / "home"), [ROOT / "seeds", tmp_path / "other.txt"], narrowed=handed) as made:
        narrow = retrieved(made.ask(question, as_of=None)) or ()
        wide = retrieved(made.ask("Who was excluded from the talks in Riyadh?", as_of=None)) or ()
        rest = retrieved(made.ask(other, as_of=None)) or ()
    assert {hit.article for hit in narrow} == {"other"}
    assert {hit.article for hit in rest} == {ARTICLE}
    assert {hit.article for hit in wide} == {"other", ARTICLE}


def test_a_moment_before_the_article_has_none(system: InProcess) -> None:
    """As of a day before it came out there is no revision; as of a day after it there is."""
    day = dt.timedelta(days=1)
    published = system.articles.text(ARTICLE).published_at
    assert published is not None
    assert system.articles.at(ARTICLE, published - day) is None
    assert system.articles.at(ARTICLE, published + day) == system.articles.text(ARTICLE)


def test_a_question_that_cannot_be_asked_is_an_error_of_that_question(system: InProcess) -> None:
    """An empty question and a history are refused as AskFailed, which a run counts and survives."""
    with pytest.raises(AskFailed):
        system.ask("  ", as_of=None)
    with pytest.raises(AskFailed, match="history"):
        system.ask("Who?", as_of=None, history=[{"question": "a", "answer": "b"}])


def test_retrieved_is_none_without_a_trace() -> None:
    """A system that shows no trace, or another one's, has no retrieved passages."""
    assert retrieved(None) is None
    assert retrieved({"trace": {"retrieve": [{"lines": "1-2"}]}}) is None
    assert retrieved({"trace": {"retrieve": []}}) == ()


def test_the_fingerprint_names_articles_and_settings(system: InProcess, tmp_path: Path) -> None:
    """The same articles and settings elsewhere have the same fingerprint; another article has another."""
    with InProcess(settings(tmp_path / "same"), [ROOT / "seeds"]) as same:
        assert same.fingerprint == system.fingerprint
    more = tmp_path / "more"
    more.mkdir()
    (more / "other.txt").write_text("Another headline\nAnother line.\n", encoding="utf-8")
    with InProcess(settings(tmp_path / "two"), [ROOT / "seeds", more]) as other:
        assert other.fingerprint != system.fingerprint


def test_an_empty_corpus_is_refused(tmp_path: Path) -> None:
    """A corpus without an article is an error before anything is asked."""
    (tmp_path / "none").mkdir()
    with pytest.raises(BadRecord, match="no article"):
        InProcess(settings(tmp_path / "home"), [tmp_path / "none"])
