"""RealTime QA as a benchmark: the same questions for every system, resumable, told in parts; and the plain system."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval import benchmark, cli
from eval.articles import Articles, GivenArticles
from eval.asking import Asker, Narrowed, retrieved
from eval.commands import systems
from eval.errors import AskFailed, BadRecord
from eval.passages import SHOWN, PlainPassages
from eval.run import Options
from eval.scripted import ScriptedAsker, answer_of
from index.catalog import Filters
from index.index import Index
from rag.chat import ScriptedModel
from rag.errors import ModelDown

ARTICLES = GivenArticles.of({"a": "Talks end\nKyiv was left out.", "b": "Weather\nRain in Oslo."})
PLACES = ("Kyiv", "Oslo", "Rome", "Bern")


def questions(path: Path, count: int = 4) -> Path:
    """Questions as the collection's lie; every other one has an article that answers it."""
    rows = [
        {
            "id": f"q{number}",
            "date": "2026-09-21",
            "question": f"Who was left out of round {number}?",
            "choices": list(PLACES),
            "answer": "Kyiv",
            "answer_articles": ["a"] if number % 2 == 0 else [],
        }
        for number in range(count)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return path


class Systems:
    """Opens scripted systems, and remembers which were opened with what."""

    def __init__(self, path: Path, told: Mapping[str, dict[str, Any]]) -> None:
        self.asked: dict[str, ScriptedAsker] = {}
        self.given: dict[str, Narrowed] = {}
        self._told, self._questions = told, [json.loads(line)["question"] for line in path.read_text().splitlines()]

    def open(self, _stack: ExitStack, system: str, given: Narrowed) -> tuple[Asker, Articles]:
        """See benchmark.Open."""
        asker = ScriptedAsker(dict.fromkeys(self._questions, self._told[system]), name=system)
        self.asked.setdefault(system, asker)
        self.given[system] = given
        return self.asked[system], ARTICLES


HIT = {"retrieve": [{"article_id": "a", "lines": [1, 2]}]}
MISS = {"retrieve": [{"article_id": "b", "lines": [1, 2]}]}
TOLD = {
    "retrieved": answer_of("", "Kyiv was left out.", [], short="Kyiv", trace=HIT),
    "given": answer_of("", "It was Kyiv.", [], trace=HIT),
    "taken-out": answer_of("", "", [], trace=MISS),
    "plain": answer_of("", "", [], trace=MISS),
    "plain-given": answer_of("", "Oslo", [], trace=MISS),
}


def test_every_system_gets_the_same_questions(tmp_path: Path) -> None:
    """All systems are asked the same sample; those given the right articles are asked what some article answers."""
    path = questions(tmp_path / "q.jsonl")
    made = Systems(path, TOLD)
    record = benchmark.benchmark(path, made.open, benchmark.Plan(), journal=None)
    cells = {(cell["setting"], cell["system"]): cell for cell in record["cells"]}
    assert len(cells) == 3 * 4 + 1
    assert (record["questions"], record["with_article"]) == (4, 2)
    ours, plain = cells["open", "retrieved"], cells["open", "plain"]
    assert (ours["all"]["exact_match"]["value"], ours["all"]["exact_match"]["n"]) == (1, 4)
    assert ours["with_article"]["questions"] == 2
    assert ours["answer_retrieved"]["questions"] == 4
    assert plain["answer_retrieved"] == {"questions": 0}
    assert plain["all"]["answer_rate"]["value"] == 0
    given = cells["open", "given"]
    assert given["all"]["questions"] == 2
    assert (given["all"]["exact_match"]["value"], given["all"]["alias_coverage"]["value"]) == (0, 1)
    assert given["all"]["f1"]["value"] == pytest.approx(2 * 1 / (3 + 1))  # "it was kyiv"
    assert ours["with_article"]["answer-article-hit@5"]["value"] == 1
    assert cells["choices", "retrieved"]["all"]["choice_accuracy"]["value"] == 1
    assert cells["choices", "plain-given"]["all"]["choice_accuracy"]["value"] == 0
    assert cells["nota", "retrieved"]["answer_retrieved"]["questions"] == 4
    assert "exact_match" not in cells["nota", "retrieved"]["all"]
    assert made.given["retrieved"] == {}
    assert set(made.given["given"].values()) == {Filters(articles=frozenset({"a"}))}
    assert set(made.given["taken-out"].values()) == {Filters(without=frozenset({"a"}))}
    assert cells["open", "taken-out"]["all"]["refusal_recall"]["value"] == 1
    told = record["refusal"]
    assert (told["questions"], told["answer_rate"]["n"]) == (4, 2)
    assert [told[name]["value"] for name in benchmark.REFUSAL] == [1, 1, 1]
    # A plain prompt holds the choices; Dateline is asked the question alone, once.
    assert "Choose one of: Kyiv; Oslo; Rome; Bern" in "\n".join(made.asked["plain"].asked)
    assert made.asked["retrieved"].asked == [f"Who was left out of round {number}?" for number in range(4)]


def test_stopped_it_goes_on_and_a_larger_sample_asks_what_is_new(tmp_path: Path) -> None:
    """What a journal holds is not asked again, for the same sample and a larger one."""
    path = questions(tmp_path / "q.jsonl", 12)
    made = Systems(path, TOLD)
    for sample, asked in ((5, 5), (5, 5), (12, 12)):
        options = Options(sample=sample, seed=7)
        plan = benchmark.Plan(settings=["open"], systems=["retrieved"], options=options)
        record = benchmark.benchmark(path, made.open, plan, journal=tmp_path / "journal")
        assert record["questions"] == sample
        assert len(made.asked["retrieved"].asked) == asked
    ids = benchmark.drawn(benchmark.suite_of(path, "open").questions, 5, 7)
    assert ids == benchmark.drawn(benchmark.suite_of(path, "nota").questions, 5, 7)


def test_questions_are_asked_after_their_date(tmp_path: Path) -> None:
    """A question is asked so many days after its date, which names another suite, with a journal of its own."""
    path = questions(tmp_path / "q.jsonl", 1)
    next_day, same_day = benchmark.suite_of(path, "open"), benchmark.suite_of(path, "open", 0.0)
    assert str(next_day.questions[0].as_of) == "2026-09-22 23:59:59+00:00"
    assert str(same_day.questions[0].as_of) == "2026-09-21 23:59:59+00:00"
    assert next_day.sha256 != same_day.sha256


def test_a_sample_without_articles_is_refused(tmp_path: Path) -> None:
    """A system that is given the right articles needs a question that has some."""
    path = tmp_path / "q.jsonl"
    path.write_text(json.dumps({"id": "q", "date": "2026-09-21", "question": "Who?", "answer": "Kyiv"}), "utf-8")
    with pytest.raises(BadRecord, match="nothing to do"):
        benchmark.benchmark(path, Systems(path, TOLD).open, benchmark.Plan(systems=["given"]), journal=None)


def test_the_command(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One command prints the tables and writes figures and runs; a wrong name and a wrong home are told."""
    questions(tmp_path / "questions-dev.jsonl")
    made = Systems(tmp_path / "questions-dev.jsonl", TOLD)
    monkeypatch.setattr(systems, "system", lambda stack, *rest: made.open(stack, "retrieved", rest[-1]))
    monkeypatch.setattr(systems, "plain_over_home", lambda stack, *rest: made.open(stack, "plain", rest[-1]))
    (tmp_path / "articles.db").touch()

    def invoke(*arguments: object) -> tuple[int, str]:
        fixed = ["realtimeqa", "--data", tmp_path, "--cache", tmp_path / "cache"]
        done = CliRunner().invoke(cli.app, [str(argument) for argument in (*fixed, *arguments)])
        return done.exit_code, done.output

    wanted = ["--home", tmp_path, "--system", "retrieved", "--system", "plain"]
    status, told = invoke(*wanted, "-o", tmp_path / "out.json", "--runs", tmp_path / "runs")
    assert status == 0, told
    assert "4 questions, 2 with an article that answers them" in told
    assert "100.0 (100.0 – 100.0)" in told
    assert json.loads((tmp_path / "out.json").read_text("utf-8"))["format"] == "dateline-realtimeqa"
    assert len(list((tmp_path / "runs").glob("*.json"))) == 3 * 2
    assert invoke(*wanted, "--setting", "closed")[0] == 2
    status, told = invoke("--home", tmp_path / "nowhere")
    assert status == 1
    assert "no index" in told


def test_plain_passages_are_searched_and_taken_at_their_word(newsroom_index: Index) -> None:
    """The model sees the first passages as they are and nothing later than the moment; its reply is the answer."""
    model = ScriptedModel(["Lotte Graim", "NOT IN THE ARTICLES"])
    plain = PlainPassages(newsroom_index, model)
    answer = plain.ask(
        "Who takes over as coach of Tolvane Rovers?\nChoose one of: A; B",
        as_of=dt.datetime(2026, 10, 30, tzinfo=dt.UTC),
    )
    assert answer["answer"] == "Lotte Graim"
    assert answer["citations"] == []
    hits = retrieved(answer) or ()
    assert len(hits) > SHOWN
    assert "065-dane-korvan-sacked" in {hit.article for hit in hits[:SHOWN]}
    shown = model.asked[0].messages[-1].content
    assert "Assistant Lotte Graim takes over" in shown
    assert "Choose one of: A; B" in shown
    early = plain.ask("Who takes over as coach of Tolvane Rovers?", as_of=dt.datetime(2026, 10, 1, tzinfo=dt.UTC))
    assert early["outcome"] == "insufficient"
    assert "065-dane-korvan-sacked" not in {hit.article for hit in retrieved(early) or ()}


def test_plain_passages_given_the_articles(newsroom_index: Index) -> None:
    """Given articles are the only ones searched; without a model the nearest line is the answer."""
    question = "Who takes over as coach of Tolvane Rovers?"
    plain = PlainPassages(
        newsroom_index, None, narrowed={question: Filters(articles=frozenset({"024-rovers-beat-athletic"}))}
    )
    answer = plain.ask(question, as_of=None)
    assert {hit.article for hit in retrieved(answer) or ()} == {"024-rovers-beat-athletic"}
    assert "Rovers" in answer["answer"]
    assert plain.fingerprint != PlainPassages(newsroom_index, None).fingerprint


def test_plain_passages_fail_and_refuse(newsroom_index: Index) -> None:
    """A model that is down is an error of the question; a question without a word of the articles is refused."""
    with pytest.raises(AskFailed, match="down"):
        PlainPassages(newsroom_index, ScriptedModel([ModelDown("it is down")])).ask("Who coaches Rovers?", as_of=None)
    assert PlainPassages(newsroom_index, None).ask("Zzyzx?", as_of=None)["outcome"] == "insufficient"
