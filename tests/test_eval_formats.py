"""Files of other tools: read as they lie, written so that those tools give our figures."""

from __future__ import annotations

import gzip
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from eval import outputs
from eval.articles import GivenArticles
from eval.choices import NONE
from eval.cli import app
from eval.errors import BadRecord
from eval.formats import beir, deepeval, ragas, realtimeqa, trec
from eval.gold import GoldQuestion, Relevant, Suite
from eval.measures.ranking import item
from eval.run import Run, run
from eval.scripted import ScriptedAsker, answer_of

ROOT = Path(__file__).parent.parent
DATA = Path(os.environ.get("DATELINE_DATA") or ROOT.parent / "shared" / "data") / "realtimeqa"


def ranked_run() -> Run:
    """Five questions with two relevant articles each, found at different places, one not at all, one without hits."""
    articles = {f"art {letter}%": "\n".join(f"Line {n} of {letter}." for n in range(1, 9)) for letter in "abcdefgh"}
    names = list(articles)
    questions = tuple(
        GoldQuestion(
            id=f"q{n}",
            question=f"Question {n}?",
            answer="x",
            relevant=(Relevant(names[n], 2, 2, grade=2), Relevant(names[n + 1], 3, 4)),
            answerable=True,
            kind="two_articles",
        )
        for n in range(5)
    )
    orders = [names, names[::-1], [names[2], *names[4:]], names[5:], []]
    answers = {
        q.question: answer_of(
            q.question,
            "",
            [],
            trace={"retrieve": [{"article_id": a, "lines": [s, s + 1]} for a in order for s in (1, 3)]},
        )
        for q, order in zip(questions, orders, strict=True)
    }
    return run(Suite("s", Path("s"), "0", questions), ScriptedAsker(answers), GivenArticles.of(articles))


@pytest.mark.parametrize(("level", "prefix"), [("articles", ""), ("lines", "lines:")])
def test_ir_measures_gives_our_figures_exactly(tmp_path: Path, level: str, prefix: str) -> None:
    """The real ir_measures command, on the exported TREC files, prints the very figures of run.json."""
    done = ranked_run()
    (tmp_path / "qrels").write_text(trec.qrels(done.cases, level), encoding="utf-8")
    (tmp_path / "run").write_text(trec.run(done.cases, level), encoding="utf-8")
    names = ["nDCG@10", "RR@10", "R@1", "R@5", "R@10", "R@20"]
    command = [sys.executable, "-m", "ir_measures", "qrels", "run", *names, "--output_format", "jsonl"]
    told = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    figures = {line["measure"]: line["value"] for line in map(json.loads, told.splitlines())}
    for name in names:
        assert figures[name] == pytest.approx(done.summary[prefix + name]["value"], abs=1e-12), name
    assert 0 < figures["nDCG@10"] < 1


def test_trec_files_come_back_as_gold(tmp_path: Path) -> None:
    """Exported judgements, read again with their topics, are the same relevant articles and grades."""
    done = ranked_run()
    (tmp_path / "qrels").write_text(trec.qrels(done.cases), encoding="utf-8")
    topics = "".join(f"{item(c.question.id)}\t{c.question.question}\n" for c in done.cases)
    (tmp_path / "topics").write_text(topics, encoding="utf-8")
    questions = trec.read(tmp_path / "qrels", tmp_path / "topics")
    assert [q.question for q in questions] == [c.question.question for c in done.cases]
    assert {(r.article, r.grade) for r in questions[0].relevant} == {("art a%", 2), ("art b%", 1)}


@given(st.text(max_size=30))
def test_trec_names_hold_no_blanks(name: str) -> None:
    """Whatever an article is called, its name in a TREC file is one word."""
    assert len(item(f"a{name}").split()) == 1


@pytest.mark.parametrize(
    ("qrels", "topics", "says"),
    [
        ("q 0 d", "q\tText", "3 fields"),
        ("q 0 d one", "q\tText", "not a whole number"),
        ("q 0 d 1", "q Text", "is not `query<TAB>text`"),
    ],
)
def test_bad_trec_files_name_their_line(tmp_path: Path, qrels: str, topics: str, says: str) -> None:
    """A TREC file with a wrong line is refused, and the line named."""
    (tmp_path / "qrels").write_text(qrels, encoding="utf-8")
    (tmp_path / "topics").write_text(topics, encoding="utf-8")
    with pytest.raises(BadRecord, match=says):
        trec.read(tmp_path / "qrels", tmp_path / "topics")


QUIZ = {
    "id": "20220722_0",
    "date": "2022-07-21",
    "question": "Who was left out?",
    "choices": ["Kyiv", "Oslo", "", "Rome"],
    "answer": "Kyiv",
    "answer_articles": ["a1", "a2"],
    "retrieved": ["a1"],
}


def written(path: Path, *records: object) -> Path:
    """A JSON Lines file of these records."""
    path.write_text("".join(json.dumps(record) + "\n" for record in records), encoding="utf-8")
    return path


def test_realtimeqa_open(tmp_path: Path) -> None:
    """A quiz question becomes an open question as of the end of its day, with its answer-bearing articles."""
    (question,) = realtimeqa.read(written(tmp_path / "q.jsonl", QUIZ))
    assert question.answer == "Kyiv"
    assert str(question.as_of) == "2022-07-21 23:59:59+00:00"
    assert question.relevant == (Relevant("a1"), Relevant("a2"))
    assert question.choices == ()
    packed = tmp_path / "q.jsonl.gz"
    packed.write_bytes(gzip.compress(json.dumps(QUIZ).encode()))
    assert realtimeqa.read(packed) == [question]


def test_realtimeqa_choices_and_none_of_the_above(tmp_path: Path) -> None:
    """Choices are kept; in the third setting one becomes "none of the above", which is right for about half."""
    path = written(tmp_path / "q.jsonl", *({**QUIZ, "id": f"q{n}"} for n in range(200)))
    assert realtimeqa.read(path, "choices")[0].choices == ("Kyiv", "Oslo", "Rome")
    nota = realtimeqa.read(path, "nota")
    for question in nota:
        assert len(question.choices) == 3
        assert NONE in question.choices
        assert question.answer in question.choices
    assert 60 < sum(question.answer == NONE for question in nota) < 140
    assert nota == realtimeqa.read(path, "nota")
    with pytest.raises(BadRecord, match="no setting"):
        realtimeqa.read(path, "closed")


@pytest.mark.skipif(not DATA.is_dir(), reason="the RealTime QA files are not here (set DATELINE_DATA)")
def test_realtimeqa_files_as_they_lie() -> None:
    """The real files are read in all three settings: 2,358 questions, 1,096 with an answer-bearing article."""
    for setting in realtimeqa.SETTINGS:
        questions = realtimeqa.read(DATA / "questions-dev.jsonl", setting)
        assert len(questions) == 2358
        assert sum(bool(question.relevant) for question in questions) == 1096


def test_beir(tmp_path: Path) -> None:
    """A BEIR folder becomes questions that are graded by retrieval only; unjudged queries are left out."""
    written(tmp_path / "queries.jsonl", {"_id": "1", "text": "Who?"}, {"_id": "2", "text": "What?"})
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text(
        "query-id\tcorpus-id\tscore\n1\td1\t2\n1\td2\t0\n1\td3\t1\n", "utf-8"
    )
    (question,) = beir.read(tmp_path)
    assert question.kind == "retrieval"
    assert question.relevant == (Relevant("d1", grade=2), Relevant("d3", grade=1))
    done = run(
        Suite("b", Path("b"), "0", (question,)),
        ScriptedAsker(
            {"Who?": answer_of("Who?", "", [], trace={"retrieve": [{"article_id": "d3", "lines": [1, 1]}]})}
        ),
        GivenArticles.of({}),
    )
    assert done.summary["R@10"]["value"] == 1 / 2
    assert "correct" not in done.summary
    for bad, says in (("1\td1\n", "line 1"), ("9\td1\t1\n", "does not have: 9")):
        (tmp_path / "qrels" / "test.tsv").write_text(bad, encoding="utf-8")
        with pytest.raises(BadRecord, match=says):
            beir.read(tmp_path)
    with pytest.raises(BadRecord, match="not the name of a split"):
        beir.read(tmp_path, "../../x")


def test_ragas_and_deepeval_round_trip(tmp_path: Path) -> None:
    """A run exported for ragas or deepeval holds question, answer, reference and contexts, and reads back as gold."""
    done = ranked_run()
    for module in (ragas, deepeval):
        records = module.records(done.cases, done.record["questions"])
        questions = module.read(written(tmp_path / "r.jsonl", *records))
        assert [(q.question, q.answer) for q in questions] == [(c.question.question, "x") for c in done.cases]
    sample: dict[str, Any] = ragas.records(done.cases, done.record["questions"])[0]
    assert sample["retrieved_contexts"][0] == "Line 1 of a.\nLine 2 of a."
    assert sample["reference_contexts"] == ["Line 2 of a.", "Line 3 of b.\nLine 4 of b."]
    (tmp_path / "array.json").write_text(json.dumps([{"input": "Who?", "expected_output": "Kyiv"}]), encoding="utf-8")
    assert deepeval.read(tmp_path / "array.json")[0].answer == "Kyiv"
    old = written(tmp_path / "old.jsonl", {"question": "Who?", "ground_truths": [], "ground_truth": "Kyiv"})
    assert ragas.read(old)[0].answer == "Kyiv"


def test_what_has_no_reference_is_left_out(tmp_path: Path) -> None:
    """Samples without an expected answer, as our own unanswerable questions export, are left out and counted."""
    samples = [{"user_input": "Who?", "reference": "Kyiv"}, {"user_input": "Why?", "reference": ""}]
    goldens = [{"input": "Who?", "expected_output": "Kyiv"}, {"input": "Why?", "expected_output": None}]
    for name, records in (("ragas", samples), ("deepeval", goldens)):
        path = written(tmp_path / f"{name}.jsonl", *records)
        done = CliRunner().invoke(app, ["import", name, str(path), "-o", str(tmp_path / "gold.jsonl")])
        assert done.exit_code == 0, done.output
        assert "1 questions; 1 without an expected answer left out" in " ".join(done.output.split())


@pytest.mark.parametrize("content", ["", "{", "[1]", '{"question": "Who?"}\n', '{"input": 3}', "[" * 100_000])
def test_what_is_no_record_is_refused(tmp_path: Path, content: str) -> None:
    """Rubbish, and records without what is needed, are refused with BadRecord by every reader."""
    path = tmp_path / "x.jsonl"
    path.write_text(content, encoding="utf-8")
    for reader in (realtimeqa.read, ragas.read, deepeval.read):
        if content:
            with pytest.raises(BadRecord):
                reader(path)
        else:
            assert reader(path) == []
    with pytest.raises(BadRecord):
        realtimeqa.read(tmp_path / "nowhere.jsonl")
    (tmp_path / "x.gz").write_bytes(b"not packed")
    with pytest.raises(BadRecord):
        ragas.read(tmp_path / "x.gz")


def test_exports_survive_the_run_file(tmp_path: Path) -> None:
    """What is exported from a run.json is what is exported from the run itself."""
    done = ranked_run()
    outputs.write(tmp_path / "run.json", done.record)
    cases = outputs.cases(outputs.read(tmp_path / "run.json"))
    for level in ("articles", "lines"):
        assert trec.run(cases, level) == trec.run(done.cases, level)
        assert trec.qrels(cases, level) == trec.qrels(done.cases, level)
