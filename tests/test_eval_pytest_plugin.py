"""A gold file as a test, through a real pytest in its own process."""

from __future__ import annotations

import os
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
ASKERS = """
from pathlib import Path
from eval.articles import GivenArticles
from eval.gold import load
from eval.scripted import answer_of, oracle

ROOT = Path({root!r})

def right():
    return oracle(load(Path({gold!r})), GivenArticles.read([ROOT / "seeds"]))

def wrong():
    asker = right()
    asker.answers["Who was excluded from the Riyadh talks?"] = answer_of("?", "Poland", [])
    return asker
"""


ASKED = 5  # of the questions on the seed article; a run of all takes many seconds


def some_gold(folder: Path) -> Path:
    """A gold file with the first questions on the seed article."""
    lines = (ROOT / "eval" / "gold" / "seeds.jsonl").read_text("utf-8").splitlines()[:ASKED]
    path = folder / "some.jsonl"
    path.write_text("".join(f"{line}\n" for line in lines), encoding="utf-8")
    return path


def pytest_on(folder: Path, *arguments: str, alone: bool = True) -> subprocess.CompletedProcess[str]:
    """A pytest run in an empty folder with the plugin loaded, by itself unless it is not to be alone."""
    (folder / "askers.py").write_text(ASKERS.format(root=str(ROOT), gold=str(some_gold(folder))), encoding="utf-8")
    (folder / "test_own.py").write_text("def test_own():\n    assert True\n", encoding="utf-8")
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PYTEST")}
    environment["PYTHONPATH"] = os.pathsep.join([str(ROOT), str(folder)])
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    if alone:  # the others take seconds to import
        environment["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"
    if alone or not entry_points(group="pytest11", name="dateline"):
        command += ["-p", "eval.pytest_plugin"]
    return subprocess.run(
        [*command, *arguments], cwd=folder, env=environment, capture_output=True, text=True, check=False
    )


GOLD = ("--dateline-gold", "some.jsonl", "--dateline-corpus", str(ROOT / "seeds"))


def test_without_its_options_the_plugin_does_nothing(tmp_path: Path) -> None:
    """A pytest run that does not ask for it collects its own tests and no gold."""
    done = pytest_on(tmp_path, alone=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "1 passed" in done.stdout


def test_every_question_is_a_test(tmp_path: Path) -> None:
    """Each question passes where the answers are right, beside the tests of the folder."""
    done = pytest_on(tmp_path, *GOLD, "--dateline-asker", "askers:right", "test_own.py")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{ASKED + 1} passed" in done.stdout
    chosen = pytest_on(tmp_path, *GOLD, "--dateline-asker", "askers:right", "-k", "seed-001", alone=False)
    assert "1 passed" in chosen.stdout


def test_a_faulty_question_fails_with_its_reason(tmp_path: Path) -> None:
    """One wrong answer is one failed test, which says what was wrong in words and shows no traceback."""
    done = pytest_on(tmp_path, *GOLD, "--dateline-asker", "askers:wrong")
    assert done.returncode == 1
    assert f"1 failed, {ASKED} passed" in done.stdout
    assert "It does not say “Ukraine or Kyiv”." in done.stdout
    assert "Traceback" not in done.stdout


@pytest.mark.parametrize("line", ["{", '{"id": "q"}'])
def test_bad_gold_is_an_error(tmp_path: Path, line: str) -> None:
    """A gold file that breaks its format is an error of the run, never zero tests."""
    bad = tmp_path / "bad.jsonl"
    bad.write_text(line, encoding="utf-8")
    done = pytest_on(tmp_path, "--dateline-gold", str(bad), "--dateline-corpus", str(ROOT / "seeds"))
    assert done.returncode == 2
    assert "not a sound gold file" in done.stdout


def test_options_can_stand_in_the_configuration(tmp_path: Path) -> None:
    """The same options in pytest.ini work, with paths relative to it; a missing corpus is told."""
    corpus = os.path.relpath(ROOT / "seeds", tmp_path)
    ini = tmp_path / "pytest.ini"
    ini.write_text(
        f"[pytest]\ndateline_gold = some.jsonl\ndateline_corpus = {corpus}\ndateline_asker = askers:right\n", "utf-8"
    )
    assert f"{ASKED + 1} passed" in pytest_on(tmp_path).stdout
    ini.write_text("[pytest]\ndateline_gold = some.jsonl\n", encoding="utf-8")
    assert "--dateline-corpus is missing" in pytest_on(tmp_path, "-k", "seed-001").stdout
