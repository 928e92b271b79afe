"""Damaged index files: never a crash, never a wrong answer; detected, named, rebuilt. More: bench.hostile_files."""

import os
import random
import sys
from collections import Counter
from pathlib import Path

import pytest

from bench import hostile_files
from bench.hostile_files import KINDS, Child, ask, make, mutate, run

MUTATIONS = int(os.environ.get("DATELINE_MUTATIONS", "90"))


def test_damaged_files() -> None:
    """Every mutation of an index is detected or harmless, and what is rebuilt over it is sound."""
    trials = list(run(MUTATIONS))
    assert [trial for trial in trials if not trial.passed] == []
    assert len(trials) == MUTATIONS
    outcomes = Counter((trial.kind, trial.outcome) for trial in trials)
    for kind in KINDS:
        assert outcomes[kind, "detected"] > outcomes[kind, "sound"]


@pytest.mark.parametrize("kind", KINDS)
def test_mutations_damage(kind: str, tmp_path: Path) -> None:
    """A mutation changes the folder it is given, says what it did, and is the same for the same seed."""
    for name in ("one", "two"):
        make(kind, tmp_path / name)
    assert ask(kind, tmp_path / "one") == ask(kind, tmp_path / "two")
    before = sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "one").rglob("*"))
    assert mutate(tmp_path / "one", random.Random(5))
    assert sorted((p.name, p.stat().st_mtime_ns) for p in (tmp_path / "one").rglob("*")) != before
    said = {mutate(tmp_path / "two", random.Random(5)) for _ in range(1)}
    assert len(said) == 1


@pytest.mark.parametrize(
    ("program", "seen"), [("input(); import os; os.abort()", "ended"), ("input(); input()", "hung")]
)
def test_a_child_that_dies_is_seen(monkeypatch: pytest.MonkeyPatch, program: str, seen: str) -> None:
    """A crash of the process that opens damaged files, and a wait without end, fail the trial."""
    monkeypatch.setattr(hostile_files, "PATIENCE", 5.0 if seen == "ended" else 0.2)
    trial = Child(sys.executable, "-c", program).trial("flat", 1)
    assert not trial.passed
    assert seen in trial.outcome
