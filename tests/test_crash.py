"""Killed at random moments, the newsroom loses nothing and shows nothing half done. More: make crash."""

import os

from bench.crash import run

TRIALS = int(os.environ.get("DATELINE_CRASHES", "20"))


def test_nothing_is_lost_when_the_writer_is_killed() -> None:
    """Whatever step is cut short: it opens, agrees, holds everything acknowledged, and shows nothing half there."""
    trials = list(run(TRIALS))
    assert [trial for trial in trials if trial.faults] == []
    assert len(trials) == TRIALS
    assert sum(trial.done for trial in trials) > 0
    assert any(trial.during for trial in trials)
