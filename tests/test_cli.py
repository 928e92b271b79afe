"""The command line as a person uses it: the real embedder, no language model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from api.cli import app

ROOT = Path(__file__).parent.parent
SEEDS = ROOT / "seeds"
SEED = SEEDS / "us-russia-riyadh-talks.txt"


@dataclass(frozen=True)
class Ran:
    """How a command ended."""

    returncode: int
    stdout: str
    stderr: str


def dateline(*arguments: str, home: Path, **environment: str) -> Ran:
    """Run a command in this process, with nothing of the caller's settings."""
    unset: dict[str, str | None] = {name: None for name in os.environ if name.startswith("DATELINE_")}
    values = {"DATELINE_HOME": str(home), "DATELINE_MODEL": "extractive", **environment}
    done = CliRunner(env={**unset, **values}).invoke(app, arguments, terminal_width=100)
    if done.exception is not None and not isinstance(done.exception, SystemExit):
        raise done.exception
    return Ran(done.exit_code, done.stdout, done.stderr)


def process(*arguments: str, home: Path) -> Ran:
    """Run a command as a process of its own."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith("DATELINE_")}
    done = subprocess.run(
        [sys.executable, "-W", "error", "-c", "from api.cli import main; main()", *arguments],
        cwd=ROOT,
        env={**clean, "DATELINE_HOME": str(home), "DATELINE_MODEL": "extractive"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return Ran(done.returncode, done.stdout, done.stderr)


def told(*arguments: str, home: Path) -> dict[str, Any]:
    """The JSON a command prints when it succeeds."""
    done = dateline(*arguments, "--json", home=home)
    assert done.returncode == 0, done.stdout + done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds the seed article."""
    made = tmp_path_factory.mktemp("cli") / "home"
    assert told("ingest", str(SEEDS), home=made)["counts"]["added"] == 1
    return made


def test_ask_answers_with_lines_that_sed_prints(home: Path) -> None:
    """The cited lines, read back with sed from the seed file, hold the quote."""
    done = process("ask", "--json", "Who was excluded from the Riyadh talks?", home=home)
    assert (done.returncode, done.stderr) == (0, "")
    answer = json.loads(done.stdout)
    assert answer["outcome"] == "answered"
    assert answer["citations"]
    for citation in answer["citations"]:
        lines = citation["lines"]
        printed = subprocess.run(
            ["sed", "-n", f"{lines['first']},{lines['last']}p", str(SEED)], capture_output=True, text=True, check=True
        ).stdout
        assert citation["quote"]["exact"] in printed


def test_ask_in_words_shows_where_it_stands(home: Path) -> None:
    """Without --json the answer names article, date and line."""
    done = dateline("ask", "How long did the talks last?", home=home)
    assert done.returncode == 0
    assert "over four hours" in done.stdout
    assert "2025-02-18 · us-russia-riyadh-talks, line 6" in done.stdout


def test_taking_in_again_changes_nothing(home: Path) -> None:
    """A second ingest of the same files is a no-op and says so."""
    assert "Nothing new" in dateline("ingest", str(SEED), home=home).stdout
    again = dateline("ingest", str(SEEDS), home=home)  # whose README is skipped each time
    assert (again.returncode, "1 skipped" in again.stdout) == (0, True)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("ask", ""), "question is empty"),
        (("ask", "x" * 100_000), "characters; ask in at most"),
        (("ask", "Who?", "--as-of", "soon"), "is not a date"),
        (("articles", "show", "nowhere"), "There is no article nowhere"),
        (("articles", "show", "us-russia-riyadh-talks", "--rev", "0123456789"), "has no revision"),
        (("diff", "us-russia-riyadh-talks"), "one revision only"),
    ],
)
def test_failures_are_one_clear_sentence_and_status_1(home: Path, arguments: tuple[str, ...], said: str) -> None:
    """A failure of what was asked for is one sentence on standard error, never a traceback."""
    done = dateline(*arguments, home=home)
    assert done.returncode == 1
    assert said in done.stderr.replace("\n", " ")
    assert "Traceback" not in done.stderr


def test_failures_are_json_where_json_was_asked_for(home: Path) -> None:
    """With --json an error is a JSON document too."""
    done = dateline("ask", "", "--json", home=home)
    assert done.returncode == 1
    assert json.loads(done.stdout)["error"]["type"] == "BadQuestion"


def test_wrong_usage_is_status_2(home: Path) -> None:
    """An unknown command, option or argument is a usage error."""
    assert dateline("ponder", home=home).returncode == 2
    assert dateline("ask", "Who?", "--loudly", home=home).returncode == 2


def test_an_unknown_setting_names_itself(home: Path) -> None:
    """A misspelt variable is an error that names it and the nearest known one."""
    done = dateline("stats", home=home, DATELINE_MODLE="small")
    assert done.returncode == 1
    assert "DATELINE_MODLE" in done.stderr
    assert "DATELINE_MODEL" in done.stderr


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.txt", b"", "empty"),
        ("picture.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00", "binary"),
        ("latin.txt", "Café à la crème\nCe n’est pas de l’UTF-8".encode("cp1252"), "UTF-8"),
    ],
)
def test_unreadable_files_are_named_and_nothing_is_lost(
    home: Path, tmp_path: Path, name: str, content: bytes, said: str
) -> None:
    """A file that is no article is skipped with the reason, status 1, and what is indexed stays."""
    before = told("stats", home=home)["counts"]
    (tmp_path / name).write_bytes(content)
    done = dateline("ingest", str(tmp_path / name), "--json", home=home)
    assert done.returncode == 1
    assert said in json.loads(done.stdout)["skipped"][0]["reason"]
    assert told("stats", home=home)["counts"] == before


def test_a_damaged_index_is_repaired_from_the_store(home: Path) -> None:
    """A flipped byte in a derived index is noticed, named and mended; the answer is right all the same."""
    told("compact", home=home)
    damaged = next((home / "vectors").rglob("vectors.f16"))
    content = bytearray(damaged.read_bytes())
    content[100] ^= 0xFF
    damaged.write_bytes(content)
    done = dateline("ask", "How long did the talks last?", home=home)
    assert done.returncode == 0
    assert "repaired" in done.stderr
    assert "over four hours" in done.stdout
    assert told("verify", home=home)["sound"]


def test_a_backup_brings_back_what_was_deleted(home: Path, tmp_path: Path) -> None:
    """Backup, delete, restore: the article answers again."""
    scratch = tmp_path / "home"
    told("ingest", str(SEEDS), home=scratch)
    told("backup", str(tmp_path / "copy.db"), home=scratch)
    told("articles", "delete", "us-russia-riyadh-talks", home=scratch)
    assert told("ask", "How long did the talks last?", home=scratch)["outcome"] == "insufficient"
    assert told("ingest", str(SEEDS), "--again", home=scratch)["counts"]["refused"] == 1
    told("restore", str(tmp_path / "copy.db"), home=scratch)
    assert told("ask", "How long did the talks last?", home=scratch)["outcome"] == "answered"


def test_doctor_says_what_is_there(home: Path) -> None:
    """The doctor finds the libraries, the embedder and a sound index."""
    found = {finding["what"]: finding for finding in told("doctor", home=home)["findings"]}
    assert found["index"]["good"]
    assert found["embedder"]["said"].startswith("all-MiniLM-L6-v2")


def test_a_search_can_be_narrowed_and_says_when_an_outlet_is_unknown(home: Path) -> None:
    """`search --section` keeps to it, and an outlet that no article is from is named."""
    assert told("search", "Riyadh talks", "--section", "no such section", home=home)["hits"] == []
    assert told("search", "Riyadh talks", home=home)["hits"]
    unknown = dateline("search", "Riyadh talks", "--source", "nowhere.example", home=home)
    assert "no article is from nowhere.example" in unknown.stderr
