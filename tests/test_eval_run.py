"""The runner, its journal, and the gate between two runs."""

from __future__ import annotations

import copy
import csv
import datetime as dt
import io
import json
import os
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest

from eval import outputs
from eval.articles import GivenArticles
from eval.case import Case
from eval.compare import Comparison, Scored
from eval.compare import compare as compare_scores
from eval.errors import AskFailed, BadGold, BadRecord, BadRun
from eval.gold import GoldQuestion, Relevant, Suite, load
from eval.journal import Asked, Journal
from eval.run import Options, Run, chosen, merged, run
from eval.scripted import ScriptedAsker, answer_of, changed, citation_of, oracle
from index.lines import Lines

ROOT = Path(__file__).parent.parent
SUITE = load(ROOT / "eval" / "gold" / "seeds.jsonl")
ARTICLE = "us-russia-riyadh-talks"
ARTICLES = GivenArticles.of({ARTICLE: (ROOT / "seeds" / f"{ARTICLE}.txt").read_text(encoding="utf-8")})


@pytest.fixture(scope="module")
def baseline() -> Run:
    """A run in which every answer is the gold's own."""
    return run(SUITE, oracle(SUITE, ARTICLES), ARTICLES)


def compare(a: Sequence[Case], b: Sequence[Case], **given: Any) -> Comparison:
    """Compare two runs by their cases."""
    return compare_scores(Scored.of(a), Scored.of(b), **given)


def shifted(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer with every citation one line further, as a slip in counting lines would have it."""
    moved = copy.deepcopy(dict(answer))
    for citation in moved["citations"]:
        citation["lines"] = {"first": citation["lines"]["first"] + 1, "last": citation["lines"]["last"] + 1}
    return moved


def shifted_with_quotes(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    """The answer with every citation and its quote one line further: valid pointers to the wrong lines."""
    moved = copy.deepcopy(dict(answer))
    last = len(Lines(ARTICLES.text(ARTICLE).text))
    moved["citations"] = [
        citation_of(
            c["marker"], ARTICLES, ARTICLE, min(last, c["lines"]["first"] + 1), min(last, c["lines"]["last"] + 1)
        )
        for c in moved["citations"]
    ]
    return moved


@pytest.mark.parametrize(
    ("change", "measures"),
    [
        (shifted, {"citation_validity", "quote_exactness", "line_f1", "line_precision", "line_recall"}),
        (shifted_with_quotes, {"line_f1", "line_precision", "line_recall", "lexical_support"}),
    ],
)
def test_the_gate_sees_citations_shifted_by_one_line(baseline: Run, change: Any, measures: set[str]) -> None:
    """A change that moves every citation by one line fails the gate, whether or not the quotes move along."""
    worse = run(SUITE, changed(oracle(SUITE, ARTICLES), change, name="shifted"), ARTICLES)
    found = compare(baseline.cases, worse.cases)
    assert not found.passed
    assert measures <= set(found.failed)
    assert worse.summary["correct"]["value"] == 1  # the words are as right as before; only the lines are not


def test_the_gate_passes_the_same_run(baseline: Run) -> None:
    """A run compared with itself is the same in every measure, and passes."""
    found = compare(baseline.cases, baseline.cases)
    assert found.passed
    assert {line.verdict for line in found.lines} == {"same"}
    assert found.questions == len(SUITE.questions)


def test_noise_does_not_fail(baseline: Run) -> None:
    """One question in sixty-eight that goes wrong is within the interval, so it does not fail."""
    asker = oracle(SUITE, ARTICLES)
    asker.answers[SUITE.questions[0].question] = answer_of("?", "Warsaw", [])
    found = compare(baseline.cases, run(SUITE, asker, ARTICLES).cases)
    assert next(line for line in found.lines if line.measure == "correct").worse == pytest.approx(
        1 / len(SUITE.questions)
    )
    assert found.passed


def test_small_drops_do_not_fail(baseline: Run) -> None:
    """A drop beyond noise that is smaller than the stated minimum is told as worse, and passes."""
    worse = run(SUITE, changed(oracle(SUITE, ARTICLES), shifted, name="shifted"), ARTICLES)
    found = compare(baseline.cases, worse.cases, min_drop=1.0)
    assert found.passed
    assert "worse" in {line.verdict for line in found.lines}


def test_an_improvement_is_told(baseline: Run) -> None:
    """The comparison the other way round is better, and passes."""
    worse = run(SUITE, changed(oracle(SUITE, ARTICLES), shifted, name="shifted"), ARTICLES)
    found = compare(worse.cases, baseline.cases)
    assert found.passed
    assert {line.measure for line in found.lines if line.verdict == "better"} >= {"citation_validity", "line_f1"}


def test_a_measure_that_vanishes_is_told(baseline: Run) -> None:
    """Where nothing is cited any more, the measures of citations are listed as lost, and the gate fails."""
    bare = changed(oracle(SUITE, ARTICLES), lambda a: {**a, "citations": []}, name="bare")
    found = compare(baseline.cases, run(SUITE, bare, ARTICLES).cases)
    assert "citation_validity" in found.lost
    assert "line_f1" in found.failed


def test_runs_of_other_suites_do_not_compare(baseline: Run) -> None:
    """Two runs without a common question are refused."""
    with pytest.raises(BadRun, match="share no question"):
        compare(baseline.cases, [])


class Counting:
    """An asker that counts, fails where told to, and is stopped where told to."""

    name = "counting"
    fingerprint = "counting"
    exact = True

    def __init__(self, *, stop_after: int = 10**6, failing: Sequence[str] = ()) -> None:
        self.count = 0
        self.stop_after = stop_after
        self.failing = set(failing)

    def ask(
        self, question: str, *, as_of: dt.datetime | None, history: Sequence[Mapping[str, str]] = ()
    ) -> Mapping[str, Any]:
        """An answer, an AskFailed, or an interrupt."""
        if self.count >= self.stop_after:
            raise KeyboardInterrupt
        self.count += 1
        if question in self.failing:
            raise AskFailed("HTTP 503")
        return answer_of(question, "Kyiv", [])


def suite_of(count: int) -> Suite:
    """A suite of numbered questions."""
    return Suite(
        "numbers",
        Path("numbers.jsonl"),
        "f" * 64,
        tuple(
            GoldQuestion(
                id=f"q{n}",
                question=f"Question {n}?",
                answer="Kyiv",
                answerable=True,
                kind="date",
                tags=(f"t{n % 2}",),
            )
            for n in range(count)
        ),
    )


def test_a_stopped_run_is_taken_up(tmp_path: Path) -> None:
    """What was answered before an interrupt is not asked again, and the figures are those of a run in one go."""
    suite = suite_of(10)
    first = Counting(stop_after=4)
    with pytest.raises(KeyboardInterrupt):
        run(suite, first, ARTICLES, journal=tmp_path)
    second = Counting()
    done = run(suite, second, ARTICLES, journal=tmp_path)
    assert (first.count, second.count) == (4, 6)
    assert done.record["reused"] == 4
    whole = run(suite, Counting(), ARTICLES)
    assert {k: v for k, v in done.summary.items() if "latency" not in k} == {
        k: v for k, v in whole.summary.items() if "latency" not in k
    }


def test_a_cut_off_line_is_asked_again(tmp_path: Path) -> None:
    """A journal whose last line was cut off in the middle loses that answer and no other."""
    suite = suite_of(5)
    run(suite, Counting(), ARTICLES, journal=tmp_path)
    path = next(tmp_path.glob("*.jsonl"))
    path.write_bytes(path.read_bytes()[:-20])
    again = Counting()
    run(suite, again, ARTICLES, journal=tmp_path)
    assert again.count == 1
    last = Counting()
    run(suite, last, ARTICLES, journal=tmp_path)
    assert last.count == 0


def test_errors_are_asked_again_and_fresh_asks_all(tmp_path: Path) -> None:
    """An error is counted and never kept; a fresh run keeps nothing from before."""
    suite = suite_of(3)
    done = run(suite, Counting(failing=["Question 1?"]), ARTICLES, journal=tmp_path)
    assert done.summary["failures"]["value"] == pytest.approx(1 / 3)
    assert [case.error for case in done.cases] == [None, "HTTP 503", None]
    again, fresh = Counting(), Counting()
    run(suite, again, ARTICLES, journal=tmp_path)
    run(suite, fresh, ARTICLES, journal=tmp_path, options=Options(reuse=False))
    assert (again.count, fresh.count) == (1, 3)


def test_another_system_or_suite_shares_no_journal(tmp_path: Path) -> None:
    """Answers are reused only for exactly the same suite and system."""
    names = {Journal(tmp_path, suite, system).path for suite in "ab" for system in "xy"}
    assert len(names) == 4
    book = Journal(tmp_path, "a", "x")
    book.start(fresh=False)
    book.add("q", 0, Asked({"answer": "\ud800"}, None, 0.5))
    assert book.read() == {("q", 0): Asked({"answer": "\ud800"}, None, 0.5)}
    book.path.write_text('{"suite": "b", "system": "x"}\n', encoding="utf-8")
    with pytest.raises(BadRun, match="not the journal"):
        book.read()


KILLED = """
import sys, time
sys.path.insert(0, {root!r})
from pathlib import Path
from tests.test_eval_run import ARTICLES, Counting, suite_of
from eval.run import run

class Slow(Counting):
    def ask(self, question, *, as_of, history=()):
        time.sleep(0.02)
        return super().ask(question, as_of=as_of)

run(suite_of(500), Slow(), ARTICLES, journal=Path({journal!r}))
"""


def test_a_killed_run_is_taken_up(tmp_path: Path) -> None:
    """After SIGKILL in the middle of a run, every answer that was acknowledged is still there."""
    script = tmp_path / "killed.py"
    script.write_text(KILLED.format(root=str(ROOT), journal=str(tmp_path)), encoding="utf-8")
    process = subprocess.Popen([sys.executable, str(script)], cwd=ROOT, env={**os.environ, "PYTHONPATH": str(ROOT)})
    deadline = time.monotonic() + 60
    kept: list[Path] = []
    while time.monotonic() < deadline:
        kept = list(tmp_path.glob("*.jsonl"))
        if kept and kept[0].read_bytes().count(b"\n") > 12:
            break
        time.sleep(0.02)
    process.send_signal(signal.SIGKILL)
    process.wait(timeout=30)
    before = kept[0].read_bytes().count(b"\n") - 2  # the head, and the empty line that ends what was cut off
    again = Counting()
    done = run(suite_of(500), again, ARTICLES, journal=tmp_path)
    assert before >= 10
    assert again.count <= 500 - before
    assert len(done.cases) == 500


def test_questions_are_chosen() -> None:
    """Tags, kinds, ids and a seeded sample narrow a run; the same seed draws the same questions."""
    suite = suite_of(20)
    assert len(chosen(suite, Options(tags=frozenset({"t1"})))) == 10
    assert chosen(suite, Options(kinds=frozenset({"list"}))) == []
    assert [q.id for q in chosen(suite, Options(ids=frozenset({"q3"})))] == ["q3"]
    first, again, other = (chosen(suite, Options(sample=5, seed=seed)) for seed in (1, 1, 2))
    assert len(first) == 5
    assert first == again
    assert first != other


def test_repeats_and_jobs() -> None:
    """Every question is asked as often as told, several at a time, and reported in the order of the suite."""
    asker = Counting()
    seen: list[tuple[int, int]] = []
    done = run(
        suite_of(7), asker, ARTICLES, options=Options(repeat=3, jobs=4), on_done=lambda d, n: seen.append((d, n))
    )
    assert asker.count == 21
    assert [case.question.id for case in done.cases] == [f"q{n}" for n in range(7) for _ in range(3)]
    assert done.record["agreement"] == 1
    assert seen[-1] == (21, 21)


def test_suites_are_merged_by_id() -> None:
    """Several gold files are one suite; an id that comes twice is refused."""
    other = Suite(
        "other",
        Path("o.jsonl"),
        "e" * 64,
        (GoldQuestion(id="x", question="?", answer="y", answerable=True, kind="date"),),
    )
    both = merged([suite_of(2), other])
    assert [q.id for q in both.questions] == ["q0", "q1", "x"]
    with pytest.raises(BadGold, match="`q0` is also in numbers"):
        merged([suite_of(1), suite_of(1)])


def test_choices_are_asked_with_the_question() -> None:
    """A multiple-choice question is asked with its choices."""
    gold = GoldQuestion(
        id="c", question="Who?", answer="Kyiv", answerable=True, kind="multiple_choice", choices=("Kyiv", "Oslo")
    )
    asker = ScriptedAsker({"Who?": answer_of("Who?", "Kyiv", [])})
    done = run(Suite("c", Path("c"), "0", (gold,)), asker, ARTICLES)
    assert asker.asked == ["Who?\nChoose one of: Kyiv; Oslo"]
    assert done.summary["choice_accuracy"]["value"] == 1


def test_run_json_holds_every_measure_with_its_interval(baseline: Run, tmp_path: Path) -> None:
    """run.json sums up by the measures' names, with value, low, high and n, and reads back as the same cases."""
    path = tmp_path / "out" / "run.json"
    outputs.write(path, baseline.record)
    record = outputs.read(path)
    for name in ("correct", "f1", "line_f1", "citation_validity", "refusal_f1", "latency_p95_ms"):
        assert set(record["summary"][name]) == {"value", "low", "high", "n"}
    assert set(record["by_kind"]) == {question.kind for question in SUITE.questions}
    assert outputs.cases(record) == list(baseline.cases)
    assert list(tmp_path.joinpath("out").iterdir()) == [path]


def test_a_baseline_compares_like_its_run(baseline: Run, tmp_path: Path) -> None:
    """A baseline, a small file of scores, gives the same verdict on every gated measure as the run it was made of."""
    outputs.write(tmp_path / "run.json", baseline.record)
    outputs.write_text(tmp_path / "baseline.json", outputs.as_baseline(baseline.record))
    worse = Scored.of(run(SUITE, changed(oracle(SUITE, ARTICLES), shifted, name="shifted"), ARTICLES).cases)
    whole, kept = (compare_scores(outputs.scored(tmp_path / f"{name}.json"), worse) for name in ("run", "baseline"))
    assert whole.failed == kept.failed
    assert "line_f1" in kept.failed
    (tmp_path / "baseline.json").write_text(
        '{"format": "dateline-eval-baseline", "scores": {"f1": {"q": 1}}}', "utf-8"
    )
    with pytest.raises(BadRun, match="damaged baseline"):
        outputs.scored(tmp_path / "baseline.json")


def test_junit_and_csv(tmp_path: Path) -> None:
    """JUnit has a failure per faulty question and an error per unanswered one; CSV has a row each and no formula."""
    suite = Suite(
        "s",
        Path("s"),
        "0",
        tuple(
            GoldQuestion(
                id=f"=q{n}",
                question=f"={n}\x00\x1b?",
                answer="Kyiv",
                answerable=True,
                kind="date",
                relevant=(Relevant(ARTICLE, 5, 5),),
            )
            for n in range(3)
        ),
    )
    cited = [citation_of(1, ARTICLES, ARTICLE, 5, 5)]
    asker = ScriptedAsker(
        {"=0\x00\x1b?": answer_of("?", "Kyiv", cited), "=1\x00\x1b?": answer_of("?", "=Oslo", cited)}
    )
    record = run(suite, asker, ARTICLES).record
    outputs.write(tmp_path / "junit.xml", record)
    root = ET.fromstring((tmp_path / "junit.xml").read_text(encoding="utf-8"))
    assert (root.get("tests"), root.get("failures"), root.get("errors")) == ("3", "1", "1")
    assert [child.tag for case in root for child in case] == ["failure", "error"]
    outputs.write(tmp_path / "run.csv", record)
    rows = list(csv.DictReader(io.StringIO((tmp_path / "run.csv").read_text(encoding="utf-8"))))
    assert [row["correct"] for row in rows] == ["1.0", "0.0", "0.0"]
    assert [row["outcome"] for row in rows] == ["answered", "answered", "error"]
    assert not any(cell.startswith(("=", "+", "@")) for row in rows for cell in row.values())


def test_what_is_no_run_is_refused(tmp_path: Path) -> None:
    """A missing file, rubbish, another JSON and an unknown ending are refused with what to do."""
    path = tmp_path / "run.json"
    for content in (None, "{", "[]", '{"format": "dateline-eval-run", "version": 99, "questions": []}'):
        if content is not None:
            path.write_text(content, encoding="utf-8")
        with pytest.raises(BadRun):
            outputs.read(path)
    with pytest.raises(BadRecord, match=r"\.html"):
        outputs.write(tmp_path / "run.pdf", {})
    path.write_text(json.dumps({"format": "dateline-eval-run", "version": 1, "questions": [{"gold": {}}]}), "utf-8")
    with pytest.raises(BadRun, match="not sound"):
        outputs.cases(outputs.read(path))


def test_reasons_are_told_in_words(baseline: Run) -> None:
    """Every faulty question says why, in a sentence; a question without a fault says nothing."""
    assert all(not entry["failures"] for entry in baseline.record["questions"])
    nothing = ScriptedAsker({q.question: answer_of(q.question, "", []) for q in SUITE.questions})
    refused = run(SUITE, nothing, ARTICLES).record["questions"]
    for entry in refused:
        expected = ["It said that the articles do not say, and they do."] if entry["gold"]["answerable"] else []
        assert entry["failures"] == expected
