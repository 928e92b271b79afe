"""The eval command: what it writes, what it prints, and with which status it ends."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from eval import cli
from eval.articles import GivenArticles
from eval.commands import systems as systems_module
from eval.commands.systems import corpus_of
from eval.gold import load
from eval.outputs import write
from eval.run import run
from eval.scripted import ScriptedAsker, answer_of, oracle

ROOT = Path(__file__).parent.parent
GOLD = ROOT / "eval" / "gold" / "seeds.jsonl"
SUITE = load(GOLD)
ARTICLES = GivenArticles.read([ROOT / "seeds"])

runner = CliRunner()


class Systems:
    """Stands in for what the command builds: the scripted asker that a test puts here."""

    def __init__(self) -> None:
        self.asker: ScriptedAsker = oracle(SUITE, ARTICLES)

    def build(self, *_: Any) -> tuple[ScriptedAsker, GivenArticles]:
        """Who answers, and where citations are read back from."""
        return self.asker, ARTICLES


@pytest.fixture
def systems(monkeypatch: pytest.MonkeyPatch) -> Systems:
    """The command with a scripted asker in the place of a real system."""
    made = Systems()
    monkeypatch.setattr(systems_module, "system", made.build)
    return made


def invoke(*arguments: object) -> tuple[int, str]:
    """Status and standard output of the command."""
    done = runner.invoke(cli.app, [str(argument) for argument in arguments])
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return done.exit_code, done.stdout


def refusing() -> ScriptedAsker:
    """An asker that refuses everything."""
    return ScriptedAsker({q.question: answer_of(q.question, "", []) for q in SUITE.questions})


def test_a_run_writes_every_format(systems: Systems, tmp_path: Path) -> None:
    """One command writes report, run.json, JUnit and CSV, prints the figures, and ends with 0."""
    names = ["report.html", "run.json", "junit.xml", "run.csv"]
    outputs = [part for name in names for part in ("-o", tmp_path / name)]
    status, told = invoke("run", GOLD, *outputs, "--cache", tmp_path / "cache")
    assert status == 0
    assert all((tmp_path / name).stat().st_size > 1000 for name in names)
    assert "100.0 %" in told
    assert "68 questions, 0 with a fault" in told
    status, told = invoke("run", GOLD, "--json", "--cache", tmp_path / "cache")
    assert status == 0
    assert json.loads(told)["summary"]["correct"]["value"] == 1
    assert json.loads(told)["reused"] == 68
    assert len(systems.asker.asked) == 68


def test_a_worse_run_fails_the_gate(systems: Systems, tmp_path: Path) -> None:
    """Compared with a baseline, a worse run ends with 100, in `run` as in `compare`; a baseline file does as well."""
    assert invoke("run", GOLD, "-o", tmp_path / "good.json", "--cache", tmp_path / "c")[0] == 0
    assert invoke("export", tmp_path / "good.json", "--format", "baseline", "-o", tmp_path / "base.json")[0] == 0
    assert (tmp_path / "base.json").stat().st_size < (tmp_path / "good.json").stat().st_size / 4
    systems.asker = refusing()
    for baseline in ("good.json", "base.json"):
        arguments = (
            "run",
            GOLD,
            "-o",
            tmp_path / "bad.json",
            "--cache",
            tmp_path / "c",
            "--baseline",
            tmp_path / baseline,
        )
        status, told = invoke(*arguments)
        assert status == 100
        assert "gate failed: correct" in told
    status, told = invoke("compare", tmp_path / "good.json", tmp_path / "bad.json", "--json")
    assert status == 100
    assert "line_f1" in json.loads(told)["failed"]
    assert invoke("compare", tmp_path / "bad.json", tmp_path / "good.json")[0] == 0
    assert invoke("compare", tmp_path / "good.json", tmp_path / "bad.json", "--measure", "citation_validity")[0] == 0
    assert invoke("compare", tmp_path / "good.json", tmp_path / "bad.json", "--min-drop", "1")[0] == 0


def test_required_values(systems: Systems, tmp_path: Path) -> None:
    """A required value that is met passes; one missed, or not measurable, fails; a wrong name is wrong usage."""
    common = ("run", GOLD, "--cache", tmp_path)
    assert invoke(*common, "--require", "correct=0.9", "--require", "wrong_answers=0.1")[0] == 0
    systems.asker = refusing()
    assert invoke(*common, "--require", "correct=0.9")[0] == 100
    assert invoke(*common, "--require", "citation_validity=1")[0] == 100
    assert invoke(*common, "--require", "corect=1")[0] == 2
    assert invoke(*common, "--require", "correct")[0] == 2


def test_only_what_failed_is_asked_again(systems: Systems, tmp_path: Path) -> None:
    """--only-failed takes the questions with a fault; none left is an error that says so."""
    systems.asker.answers["Who was excluded from the Riyadh talks?"] = answer_of("?", "Poland", [])
    invoke("run", GOLD, "-o", tmp_path / "a.json", "--cache", tmp_path)
    status, told = invoke("run", GOLD, "--only-failed", tmp_path / "a.json", "--json", "--cache", tmp_path)
    assert status == 0
    assert json.loads(told)["asked"] == 1
    status, _ = invoke("run", GOLD, "--filter-tag", "nothing", "--cache", tmp_path)
    assert status == 1
    status, told = invoke("run", GOLD, "--filter-tag", "near-miss", "--sample", 3, "--json", "--cache", tmp_path)
    assert (status, json.loads(told)["asked"]) == (0, 3)


def test_view_shows_one_question(systems: Systems, tmp_path: Path) -> None:
    """A run is shown again: its figures, its faults, one question by id, and its report is written from it."""
    systems.asker.answers["Who was excluded from the Riyadh talks?"] = answer_of("?", "Poland\x1b[31m", [])
    invoke("run", GOLD, "-o", tmp_path / "a.json", "--cache", tmp_path)
    status, told = invoke("view", tmp_path / "a.json", "--failed")
    assert status == 0
    assert "seed-001  Who was excluded" in told
    assert "\x1b" not in told
    status, told = invoke("view", tmp_path / "a.json", "--by-kind")
    assert (status, "correct" in told) == (0, True)
    status, told = invoke("view", tmp_path / "a.json", "--question", "seed-002", "--json")
    assert json.loads(told)[0]["gold"]["answer"] == "Riyadh"
    assert invoke("view", tmp_path / "a.json", "-o", tmp_path / "again.html")[0] == 0
    assert (tmp_path / "again.html").read_text("utf-8").startswith("<!doctype html>")
    assert invoke("view", tmp_path / "a.json", "--question", "nobody")[0] == 1


def test_validate(tmp_path: Path) -> None:
    """Sound gold ends with 0, gold whose lines are not in the corpus with 1; findings are told as JSON too."""
    assert invoke("validate", GOLD)[0] == 0
    assert invoke("validate", GOLD, "--strict")[0] == 0
    (tmp_path / "seeds").mkdir()
    shutil.copy(GOLD, tmp_path / "seeds.jsonl")
    text = (ROOT / "seeds" / "us-russia-riyadh-talks.txt").read_text("utf-8")
    (tmp_path / "seeds" / "us-russia-riyadh-talks.txt").write_text("\n".join(text.split("\n")[:6]), encoding="utf-8")
    status, told = invoke("validate", tmp_path / "seeds.jsonl", "--json")
    assert status == 1
    findings = json.loads(told)["files"][0]["findings"]
    assert {f["level"] for f in findings} == {"error"}
    assert "has 6 lines, not 7" in findings[0]["text"]
    assert invoke("validate", tmp_path / "seeds.jsonl", "--no-corpus")[0] == 0
    assert invoke("validate", tmp_path / "nowhere.jsonl")[0] == 1


def test_newsroom_gold_is_sound() -> None:
    """The gold of the invented newsroom has no error against its corpus."""
    newsroom = ROOT / "eval" / "gold" / "newsroom.jsonl"
    if not newsroom.exists():
        pytest.skip("the newsroom is not here")
    status, told = invoke("validate", newsroom, "--json")
    assert status == 0, told


def test_import_and_export(systems: Systems, tmp_path: Path) -> None:
    """Other tools' questions become a gold file that validates; a run becomes their files."""
    quiz = {
        "id": "1",
        "date": "2022-07-21",
        "question": "Who?",
        "choices": [],
        "answer": "Kyiv",
        "answer_articles": [],
    }
    (tmp_path / "q.jsonl").write_text(json.dumps(quiz), encoding="utf-8")
    assert invoke("import", "realtimeqa", tmp_path / "q.jsonl", "-o", tmp_path / "gold.jsonl")[0] == 0
    assert load(tmp_path / "gold.jsonl").questions[0].answer == "Kyiv"
    assert invoke("import", "ragas", tmp_path / "q.jsonl", "-o", tmp_path / "x.jsonl")[0] == 1
    assert invoke("import", "trec-qrels", tmp_path / "q.jsonl", "-o", tmp_path / "x.jsonl")[0] == 2
    assert invoke("import", "nonsense", tmp_path / "q.jsonl", "-o", tmp_path / "x.jsonl")[0] == 2
    write(tmp_path / "run.json", run(SUITE, systems.asker, ARTICLES).record)
    for target in ("trec-qrels", "trec-run", "ragas", "deepeval", "baseline"):
        status, told = invoke("export", tmp_path / "run.json", "--format", target, "-o", tmp_path / target, "--json")
        assert status == 0
        assert json.loads(told)["questions"] == 68
        assert (tmp_path / target).exists()


def test_wrong_usage_and_errors(systems: Systems, tmp_path: Path) -> None:
    """Wrong usage ends with 2, what is not there with 1 and a sentence, in JSON where that was asked for."""
    assert systems.asker.asked == []
    assert invoke("run")[0] == 2
    assert invoke("run", GOLD, "--fresh", "--resume")[0] == 2
    assert invoke("run", GOLD, "--home", tmp_path, "--corpus", tmp_path)[0] == 2
    assert invoke("run", GOLD, "-o", tmp_path / "run.pdf")[0] == 1
    assert invoke("compare", tmp_path / "a.json", tmp_path / "b.json")[0] == 1
    status, told = invoke("compare", tmp_path / "a.json", tmp_path / "b.json", "--json")
    assert (status, json.loads(told)["error"]["type"]) == (1, "BadRun")
    assert invoke("compare", tmp_path / "a.json", tmp_path / "b.json", "--measure", "x")[0] == 2


def test_the_corpus_is_found_beside_the_gold(tmp_path: Path) -> None:
    """The folder named like the gold file is its corpus, beside it or beside the folders it lies in."""
    gold = tmp_path / "eval" / "gold" / "paper.jsonl"
    (tmp_path / "paper").mkdir()
    gold.parent.mkdir(parents=True)
    shutil.copy(GOLD, gold)
    assert corpus_of(gold) == tmp_path / "paper"
    (tmp_path / "eval" / "paper").mkdir()
    assert corpus_of(gold) == tmp_path / "eval" / "paper"
    with pytest.raises(Exception, match="--corpus"):
        corpus_of(tmp_path / "other.jsonl")


def test_every_command_has_json() -> None:
    """Every eval command takes --json and says in its help what it is for."""
    for command in cli.app.registered_commands:
        name = command.name or str(command.callback.__name__ if command.callback else "")
        status, told = invoke(name, "--help")
        assert status == 0
        assert "--json" in told
