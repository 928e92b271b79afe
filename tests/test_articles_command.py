"""`dateline articles …`, `dateline diff` and `dateline ingest --watch`, on the invented newsroom."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.test_cli import ROOT, dateline, told

NEWSROOM = ROOT / "eval" / "newsroom"
REPORT, COPY = "015-flood-toll-seven", "016-flood-toll-seven-standard"


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A home that holds an agency report, a copy of it, and an article of three revisions."""
    made = tmp_path_factory.mktemp("articles")
    news = made / "news"
    news.mkdir()
    for name in (REPORT, COPY):
        for ending in (".txt", ".txt.meta.json"):
            (news / (name + ending)).write_bytes((NEWSROOM / (name + ending)).read_bytes())
    revised = [line for line in (NEWSROOM / "revisions.jsonl").read_text().splitlines() if "041-tolvane" in line]
    (news / "revisions.jsonl").write_text("\n".join(revised) + "\n")
    assert told("ingest", str(news), home=made / "home")["counts"] == {"added": 3, "updated": 2}
    return made / "home"


def test_a_list_that_is_piped_has_one_whole_row_a_line(home: Path) -> None:
    """Ids can be cut out of the list and handed to another command: nothing is shortened or wrapped."""
    rows = [line.split("\t") for line in dateline("articles", "list", home=home).stdout.splitlines()]
    assert [row[0] for row in rows] == [REPORT, COPY, "041-tolvane-run-off"]
    assert rows[0][1:] == [
        "2026-10-01 10:15", "Tern Wire", "usable", "Death toll in Ilder flood rises to seven, 4,500 evacuated",
    ]  # fmt: skip


def test_pages_of_a_list_follow_each_other(home: Path) -> None:
    """What `next` says is where the next page begins."""
    first = told("articles", "list", "--limit", "2", home=home)
    second = told("articles", "list", "--limit", "2", "--after", first["next"], home=home)
    assert [held["id"] for held in first["articles"] + second["articles"]] == [REPORT, COPY, "041-tolvane-run-off"]
    assert second["next"] is None


def test_copies_name_their_original_and_originals_their_copies(home: Path) -> None:
    """A carrier says what it is a copy of, the agency's report who carries it too."""
    copy, report = (told("articles", "show", name, home=home) for name in (COPY, REPORT))
    assert (copy["copy_of"]["id"], copy["copy_of"]["overlap"], copy["carried_by"]) == (REPORT, 1.0, [])
    assert (report["copy_of"], report["carried_by"]) == (None, [COPY])
    assert f"copy of         {REPORT}" in dateline("articles", "show", COPY, home=home).stdout
    assert "also carried by" in dateline("articles", "show", REPORT, home=home).stdout


def test_an_earlier_revision_is_shown_as_what_it_is(home: Path) -> None:
    """With --rev the lines and the headline are those of that revision, and it is said to be superseded."""
    states = told("articles", "history", "041-tolvane-run-off", home=home)["revisions"]
    assert [held["superseded_at"] is None for held in states] == [False, False, True]
    shown = told("articles", "show", "041-tolvane-run-off", "--rev", states[0]["revision"][:8], home=home)
    assert shown["shown"] == states[0]
    assert shown["lines"][0]["text"] == states[0]["title"]
    words = dateline("articles", "show", "041-tolvane-run-off", "--rev", states[0]["revision"][:8], home=home).stdout
    assert "superseded at 2026-10-12 01:35 UTC" in words


def test_the_difference_of_revisions_is_told_line_by_line(home: Path) -> None:
    """By default the last two revisions are compared; any two may be named."""
    states = told("articles", "history", "041-tolvane-run-off", home=home)["revisions"]
    lines = told("diff", "041-tolvane-run-off", home=home)["lines"]
    assert {line["kind"] for line in lines} == {"added", "removed"}
    both = told(
        "diff", "041-tolvane-run-off", "--old", states[0]["revision"], "--new", states[2]["revision"], home=home
    )
    assert (both["old"], both["new"]) == (states[0], states[2])


def test_what_was_deleted_says_so(tmp_path: Path) -> None:
    """Every command on a deleted article says that it was deleted, none that it was never there."""
    (tmp_path / "a.txt").write_text("Ferry returns\nThe night ferry is back.\n")
    home = tmp_path / "home"
    told("ingest", str(tmp_path / "a.txt"), home=home)
    assert told("articles", "withdraw", "a", home=home) == {"id": "a", "done": "withdrawn"}
    assert [held["id"] for held in told("articles", "list", "--status", "withdrawn", home=home)["articles"]] == ["a"]
    told("articles", "reinstate", "a", home=home)
    assert dateline("articles", "delete", "a", "--yes", home=home).stdout == "a deleted\n"
    shown = told("articles", "show", "a", home=home)
    assert (shown["status"], shown["lines"], shown["shown"]) == ("deleted", [], None)
    assert "Deleted" in dateline("articles", "history", "a", home=home).stdout
    for command in (("articles", "withdraw", "a"), ("articles", "delete", "a", "--yes"), ("diff", "a")):
        done = dateline(*command, home=home)
        assert done.returncode == 1
        assert "was deleted" in done.stderr


@pytest.fixture
def steps(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[Callable[[], object]]]:
    """What happens between the looks of --watch; then Ctrl-C."""
    waiting: list[Callable[[], object]] = []

    def sleep(_: float) -> None:
        if not waiting:
            raise KeyboardInterrupt
        waiting.pop(0)()

    monkeypatch.setattr(time, "sleep", sleep)  # as the command knows it
    yield waiting
    assert waiting == []


def rewrite(file: Path, text: str) -> None:
    """Another text of the same length, at a time that differs however coarse the clock of the disk is."""
    file.write_text(text)
    os.utime(file, (1, 1))


def test_a_watched_folder_is_kept_in_step(tmp_path: Path, steps: list[Callable[[], object]]) -> None:
    """New and changed files are taken in, a removed one is told and its article stays, a skip is told once."""
    news, home = tmp_path / "news", tmp_path / "home"
    news.mkdir()
    first = news / "a.txt"
    first.write_text("Ferry returns\nThe night ferry is back.\n")
    (news / "picture.png").write_bytes(b"\x89PNG")
    steps += [
        lambda: None,
        lambda: (news / "b.txt").write_text("Bridge opens\nThe bridge is open.\n"),
        lambda: rewrite(first, "Ferry returns\nThe night ferry is late.\n"),
        first.unlink,
        lambda: None,
    ]
    done = dateline("ingest", str(news), "--watch", "--json", home=home)
    assert done.returncode == 0
    looks = [json.loads(line) for line in done.stdout.splitlines()]
    assert [look["counts"] for look in looks] == [{"added": 1, "skipped": 1}, {"added": 1}, {"updated": 1}, {}]
    assert [look.get("gone") for look in looks] == [None, [], [], [str(first)]]
    assert [held["id"] for held in told("articles", "list", home=home)["articles"]] == ["a", "b"]


def test_the_web_and_what_is_not_there_cannot_be_watched(tmp_path: Path) -> None:
    """--watch on an address or a missing folder is refused at once, with what to do instead."""
    for source in ("https://news.example/", str(tmp_path / "nowhere")):
        done = dateline("ingest", source, "--watch", home=tmp_path / "home")
        assert done.returncode == 1
        assert "dateline feed add" in done.stderr.replace("\n", " ")
