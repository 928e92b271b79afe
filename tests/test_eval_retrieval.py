"""The evaluation of retrieval: its figures as fractions, and the command over a small corpus, indexed for real."""

from __future__ import annotations

import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval import cli, search_latency
from eval.errors import BadRecord
from eval.retrieval import RUNS, Judged, eligible, figures, holds, judge
from index.embedder import Embedder
from index.index import Index
from index.ingest import Ingest
from rag.retrieve import Retriever

NEWSROOM = Path(__file__).parent.parent / "eval" / "newsroom"
GOLD = Path(__file__).parent.parent / "eval" / "gold" / "newsroom.jsonl"
ASKED = 8


def quiet(_done: int, _total: int) -> None:
    """Progress for nobody."""


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder like RealTime QA's: some invented articles, and gold questions whose answer they say."""
    folder = tmp_path_factory.mktemp("data")
    texts = {path.stem: path.read_text("utf-8") for path in sorted(NEWSROOM.glob("*.txt"))[:15]}
    with gzip.open(folder / "articles.jsonl.gz", "wt", encoding="utf-8") as file:
        for article_id, text in texts.items():
            title, _, body = text.partition("\n")
            row = {"id": article_id, "title": title, "text": body.strip(), "published": "2026-09-20"}
            file.write(json.dumps(row) + "\n")
    rows: list[dict[str, Any]] = []
    for line in GOLD.read_text("utf-8").splitlines():
        gold = json.loads(line)
        articles = [name for name, text in texts.items() if gold["answer"] and holds(text, gold["answer"])]
        if articles and len(rows) < ASKED:
            asked = {"id": gold["id"], "question": gold["question"], "answer": gold["answer"], "date": "2026-09-21"}
            rows.append({**asked, "answer_articles": articles})
    rows.append(
        {"id": "short", "question": "How many?", "answer": "3", "date": "2026-09-21", "answer_articles": ["x"]}
    )
    (folder / "questions-dev.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")
    return folder


def invoke(*arguments: object) -> tuple[int, str]:
    """Status and standard output of the command."""
    done = CliRunner().invoke(cli.app, [str(argument) for argument in ("retrieval", *arguments)])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def test_figures_are_the_shares_they_say() -> None:
    """Of three questions, answered at places 1, 3 and nowhere: hits, reciprocal ranks and gain as by hand."""
    judged = Judged(
        by_answer=[[True, False], [False, False, True], [False]],
        by_article=[[True], [False, True], []],
        by_passage=[[True], [False] * 10 + [True], [False]],
        words=[100, 200, 300],
        by_line=[[False, True], [False] * 3 + [True], []],
    )
    made = figures(judged, resamples=50)
    assert made["n"] == 3
    assert made["answer_hit@1"] == pytest.approx(1 / 3, abs=1e-4)
    assert made["answer_hit@5"] == pytest.approx(2 / 3, abs=1e-4)
    assert made["mrr@10"] == pytest.approx((1 + 1 / 3) / 3, abs=1e-4)
    assert made["ndcg@10"] == pytest.approx((1 + 1 / 2) / 3, abs=1e-4)
    assert made["answer_article_hit@5"] == pytest.approx(2 / 3, abs=1e-4)
    assert made["passage_hit@10"] == pytest.approx(1 / 3, abs=1e-4)
    assert made["passage_hit@20"] == pytest.approx(2 / 3, abs=1e-4)
    assert made["answer_hit@1_low"] <= made["answer_hit@1"] <= made["answer_hit@1_high"]
    assert made["words_per_hit"] == 200
    assert (made["line_hit@1"], made["line_hit@3"]) == (0, pytest.approx(1 / 3, abs=1e-4))
    assert made["line_hit@8"] == made["line_held"] == pytest.approx(2 / 3, abs=1e-4)
    assert made["line_mrr@10"] == pytest.approx((1 / 2 + 1 / 4) / 3, abs=1e-4)
    assert "line_hit@1" not in figures(Judged(by_answer=[[True]]), resamples=10)


@pytest.mark.parametrize(
    ("text", "answer", "stands"),
    [
        ("He flew to Idaho.", "Idaho", True),
        ("The Tony Awards' night", "The “Tony Awards”", True),
        ("Yellowstone's roads", "Yellowstone", True),
        ("We cannot afford it", "Ford", False),
        ("Nothing", "the", False),
        ("naked mole rats age slowly", "Naked mole-rats", True),
    ],
)
def test_an_answer_stands_in_a_text_as_whole_words(text: str, answer: str, stands: bool) -> None:
    """Case, quotes, articles and a possessive do not matter; a part of another word is no answer."""
    assert holds(text, answer) is stands


def test_short_answers_and_unanswered_questions_are_left_out(data: Path, tmp_path: Path) -> None:
    """Only questions with an answering article and an answer of more than three characters count."""
    assert "short" not in {asked.id for asked in eligible(data / "questions-dev.jsonl")}
    lonely = tmp_path / "lonely.jsonl"
    lonely.write_text('{"id": "a", "question": "Who?", "answer": "Nobody", "date": "2026-09-21"}\n')
    with pytest.raises(BadRecord, match="no question names an article"):
        eligible(lonely)


def test_the_command_takes_the_articles_in_and_ranks_in_five_ways(
    data: Path, tmp_path: Path, real_embedder: Embedder
) -> None:
    """Every ranking has every figure with its interval, hits grow with k, and most answers are found."""
    home = tmp_path / "home"
    written = tmp_path / "out.json"
    status, said = invoke("--data", data, "--home", home, "--json")
    assert (status, json.loads(said)["error"]["type"]) == (1, "BadRecord")  # nothing is there yet
    index = Index(home, real_embedder)
    Ingest(index, timer=lambda: 0.0).run([data / "articles.jsonl.gz"])
    index.close()
    status, said = invoke("--data", data, "--home", home, "--latency", 3, "-o", written, "--json")
    assert status == 0
    record: dict[str, Any] = json.loads(said)
    assert record == json.loads(written.read_text())
    assert set(record["runs"]) == set(record["runs_until"]) == set(RUNS)
    for run in record["runs"].values():
        assert run["n"] == record["questions"] == ASKED
        assert run["answer_hit@1"] <= run["answer_hit@5"] <= run["answer_hit@50"]
    assert record["runs"]["full"]["answer_hit@10"] >= 0.75
    lines = record["runs"]["full"]
    assert 0 < lines["line_hit@1"] <= lines["line_hit@8"] <= lines["line_held"] <= 1
    assert record["latency"]["search"]["median_ms"] > 0
    status, said = invoke("--data", data, "--home", home, "--sample", 2)
    assert status == 0
    assert "hit@1" in said
    assert "lines of the first 10 hits" in said


def test_nothing_published_later_is_among_the_filtered(data: Path, newsroom_index: Index) -> None:
    """With a bound in days, a question asked before every article finds nothing, and scores nothing."""
    asked = eligible(data / "questions-dev.jsonl")[0]
    long_before = type(asked)(asked.id, asked.question, asked.answer, asked.articles, asked.moment.replace(year=1990))
    retriever = Retriever(newsroom_index)
    judged = judge(newsroom_index, retriever, [long_before], on_done=quiet, until_days=1)
    assert all(figures(held, resamples=10)["answer_hit@50"] == 0 for held in judged.values())


def test_latency_needs_questions(newsroom_index: Index) -> None:
    """Without questions there is an error, not a division by nothing."""
    with pytest.raises(BadRecord, match="no questions"):
        search_latency.measure(newsroom_index, Retriever(newsroom_index), [], on_done=quiet)
