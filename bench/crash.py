"""Kill the writer at random moments, and see what is left.

    python -m bench.crash --trials 1000

Each trial starts a child on a home of its own, or on the one that the last trial left. The child does a random
sequence of steps: take in new and changed articles, withdraw, delete, compact, back up, rebuild, ingest a file. It
says through a pipe what it is about to do, and again when that is done. At a random moment it is killed with SIGKILL.
Then this process opens the home and checks:

    opens       without an error, and nothing had to be repaired but what lagged
    sound       `verify` finds no record that disagrees with the truth
    kept        every step that was said to be done is there, byte for byte
    whole       the one step that was not is there wholly, or not at all
    hidden      no search finds anything but the current texts of usable articles
    copies      every backup file that is there is complete

A trial that fails any of these prints what it found and the seed that repeats it, and the run ends with status 1.
The disk is not cut off, so this says nothing about power cuts; every step ends in fsync, see docs/store.md.
"""

import argparse
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from bench.stand_in import WordsEmbedder
from index.article import Draft, Status, revision_name
from index.backup import backup
from index.errors import NewsError
from index.index import Index, Run
from index.ingest import Ingest
from index.store import Store
from index.verify import verify

ROOT: Final = Path(__file__).resolve().parent.parent
MEMORY: Final = Path("/dev/shm")
STEPS: Final = (
    "add",
    "add",
    "add",
    "update",
    "update",
    "ingest",
    "delete",
    "withdraw",
    "compact",
    "backup",
    "rebuild",
)
MOST_STEPS: Final = 3  # that a child has done when it is about to be killed
LONGEST: Final = 0.3  # seconds from then on, at most
TRIALS_A_HOME: Final = 8  # then a new one: what a crash leaves is what the next child starts from

Step = dict[str, Any]


def draft(article_id: str, version: int) -> Draft:
    """One article; every version shares some passages with the one before."""
    title = f"News of {article_id}"
    lines = [title, *(f"Line {at} of {article_id}:" + f" word{at}" * 30 for at in range(4))]
    lines.append(f"Version {version} of {article_id}.")
    return Draft(article_id=article_id, text="\n".join(lines), title=title)  # as the reader of JSONL makes it


# ---- the child: does steps until it is killed


def plan(seed: int, known: dict[str, int]) -> Iterator[Step]:
    """Steps without end, the same for the same seed and the same known articles."""
    rng = random.Random(seed)
    known = dict(known)
    made = 0
    while True:
        kind = rng.choice(STEPS)
        if kind in ("delete", "withdraw", "update") and not known:
            kind = "add"
        if kind in ("add", "ingest"):
            some = {f"{seed}-{made + at}": 0 for at in range(rng.randint(1, 5))}
            made += len(some)
            known |= some
            yield {"kind": kind, "articles": some}
        elif kind == "update":
            names = rng.sample(sorted(known), min(len(known), rng.randint(1, 3)))
            some = {name: known[name] + 1 for name in names}
            known |= some
            yield {"kind": kind, "articles": some}
        elif kind in ("delete", "withdraw"):
            name = rng.choice(sorted(known))
            del known[name]
            yield {"kind": kind, "article": name}
        elif kind == "backup":
            made += 1
            yield {"kind": kind, "file": f"{seed}-{made}.db"}
        else:
            yield {"kind": kind}


def spawn() -> None:
    """Fork a child for each line on standard input, from a process that has imported everything and opened nothing.

    Starting Python anew for each trial would take most of its time.
    """
    for line in sys.stdin:
        home, seed, known = json.loads(line)
        child = os.fork()
        if child == 0:
            work(Path(home), seed, known)
        _say({"child": child})
        _say({"ended": os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])})


def work(home: Path, seed: int, known: dict[str, int]) -> None:
    """Do steps, and say before and after each."""
    try:
        index = Index(home, WordsEmbedder())
        for step in plan(seed, known):
            _say({"begin": step})
            do(index, step)
            _say({"done": step})
    finally:
        traceback.print_exc()
        os._exit(1)


def _say(message: dict[str, Any]) -> None:
    os.write(1, json.dumps(message).encode() + b"\n")  # one write of a short line is whole or not at all


def do(index: Index, step: Step) -> None:
    """One step, whole when this returns."""
    drafts = [draft(name, version) for name, version in step.get("articles", {}).items()]
    match step["kind"]:
        case "add" | "update":
            index.add(drafts)
        case "ingest":
            file = index.home.parent / f"{next(iter(step['articles']))}.jsonl"
            entries = [{"id": d.article_id, "title": d.title, "text": d.text.partition("\n")[2]} for d in drafts]
            file.write_text("".join(json.dumps(entry) + "\n" for entry in entries))
            Ingest(index, timer=time.perf_counter).run([file])
        case "delete":
            index.delete(step["article"])
        case "withdraw":
            index.withdraw(step["article"])
        case "compact":
            index.compact()
        case "backup":
            backup(index.store, index.home.parent / step["file"])
        case "rebuild":
            index.rebuild()


# ---- the parent: kills it, and looks


@dataclass(slots=True)
class Expected:
    """What must be there: each article's version, or how it went away."""

    versions: dict[str, int] = field(default_factory=dict)
    gone: dict[str, Status] = field(default_factory=dict)
    files: set[str] = field(default_factory=set)

    def after(self, step: Step) -> "Expected":
        """The state once a step is done."""
        after = Expected(dict(self.versions), dict(self.gone), set(self.files))
        after.versions |= step.get("articles", {})
        if step["kind"] in ("delete", "withdraw"):
            after.gone[step["article"]] = Status.DELETED if step["kind"] == "delete" else Status.WITHDRAWN
            del after.versions[step["article"]]
        if step["kind"] == "backup":
            after.files.add(step["file"])
        return after


@dataclass(frozen=True, slots=True)
class Trial:
    """One kill: how far the child was, and what was found wrong."""

    seed: int
    done: int
    during: str  # the step it was killed in; empty between two
    outcome: str  # of that step: whole, absent
    faults: tuple[str, ...]


def run(trials: int, *, seed: int = 1, folder: Path | None = None) -> Iterator[Trial]:
    """Trials, one after the other. Homes are made below `folder`, in memory where there is such a place."""
    spawner = subprocess.Popen(
        [sys.executable, "-m", "bench.crash", "--spawn"],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    with spawner, tempfile.TemporaryDirectory(dir=folder or (MEMORY if MEMORY.is_dir() else None)) as top:
        for number in range(trials):
            place = Path(top) / str(number // TRIALS_A_HOME)
            if number % TRIALS_A_HOME == 0:
                shutil.rmtree(Path(top) / str(number // TRIALS_A_HOME - 1), ignore_errors=True)
                expected = Expected()
                place.mkdir()
            trial, expected = _trial(spawner, place, seed + number, expected)
            yield trial


def _trial(spawner: subprocess.Popen[str], place: Path, seed: int, expected: Expected) -> tuple[Trial, Expected]:
    home = place / "home"
    begun, done = _killed(spawner, home, seed, expected.versions)
    for step in done:
        expected = expected.after(step)
    possible = {"absent": expected}
    if begun is not None:
        possible["whole"] = expected.after(begun)
    faults, outcome, found = _look(home, place, possible)
    for file in place.glob("*.db"):
        file.unlink()
    found.files.clear()
    return Trial(seed, len(done), begun["kind"] if begun else "", outcome, tuple(faults)), found


def _killed(
    spawner: subprocess.Popen[str], home: Path, seed: int, known: dict[str, int]
) -> tuple[Step | None, list[Step]]:
    """Let a child work for a random time; the step it was killed in, and those it had done."""
    assert spawner.stdin is not None
    assert spawner.stdout is not None
    spawner.stdin.write(json.dumps([str(home), seed, known]) + "\n")
    spawner.stdin.flush()
    begun: Step | None = None
    done: list[Step] = []
    rng = random.Random(seed)
    child, wanted = 0, rng.randint(0, MOST_STEPS)
    for line in spawner.stdout:
        message = json.loads(line)
        if "ended" in message:
            if message["ended"] != -signal.SIGKILL:
                raise RuntimeError(f"the child of seed {seed} ended by itself with {message['ended']}")
            return begun, done
        child = message.get("child", child)
        if "child" not in message:
            begun = message.get("begin")
            done += [message["done"]] if "done" in message else []
        if child and len(done) >= wanted:
            # From here on the next moment may be the last. A step takes some hundredths of a second.
            time.sleep(LONGEST * rng.random() ** 2)
            os.kill(child, signal.SIGKILL)
            child, wanted = 0, sys.maxsize
    raise RuntimeError("the process that starts the children is gone")


def _look(home: Path, place: Path, possible: dict[str, Expected]) -> tuple[list[str], str, Expected]:
    """What is wrong, and which of the possible states is there."""
    last = next(reversed(possible.values()))
    try:
        index = Index(home, WordsEmbedder())
    except NewsError as error:
        return [f"does not open: {error}"], "lost", last
    try:
        faults = [f"repaired: {what}" for what in index.repaired]
        faults += verify(index).faults
        faults += _copies(place, last)
        wrong = {}
        for name, expected in possible.items():
            wrong[name] = list(_differences(index, expected))
            if not wrong[name]:
                return faults, name, expected
        return [*faults, *(f"not {name}: {what}" for name, found in wrong.items() for what in found)], "neither", last
    finally:
        index.close()


def _differences(index: Index, expected: Expected) -> Iterator[str]:
    there = {article.article_id: article for article in index.store.articles(limit=100_000)}
    if surplus := sorted(set(there) - set(expected.versions) - set(expected.gone)):
        yield f"{surplus[0]} is there"
    for name, version in expected.versions.items():
        wanted = draft(name, version).text
        if name not in there:
            yield f"{name} is missing"
        elif there[name].status is not Status.USABLE:
            yield f"{name} is {there[name].status}"
        elif index.store.revision(name).text != wanted:
            yield f"{name} has another text"
        else:
            before = {held.revision for held in index.store.revisions(name)}
            if len(before) != version + 1:
                yield f"{name} has {len(before)} revisions, not {version + 1}"
    for name, status in expected.gone.items():
        if there[name].status is not status:
            yield f"{name} is not {status}"
    current = {(name, revision_name(draft(name, version).text)) for name, version in expected.versions.items()}
    vector = index.embedder.encode_question("news line")
    for what, ids in (
        ("dense", index.dense(vector, 100_000, as_of=None).ids),
        ("lexical", index.lexical("news line", 100_000, as_of=None).ids),
    ):
        passages = index.store.passages(ids.tolist())
        hits = index.hits([Run(passage, 1.0, {}) for passage in passages.values()])
        found = {(hit.article.article_id, hit.passage.revision) for hit in hits}
        if len(passages) != len(ids) or found != current:
            yield f"the {what} search finds {len(found - current)} too many, {len(current - found)} too few"


def _copies(place: Path, expected: Expected) -> Iterator[str]:
    for name in sorted({file.name for file in place.glob("*.db")} | expected.files):
        file = place / name
        if name not in expected.files or not file.exists():
            if file.exists():
                yield f"{name} is there"
            continue
        try:
            store = Store(file)
            with store.database.read() as db:
                sound = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
            store.close()
        except NewsError as error:
            sound = str(error)
        if sound != "ok":
            yield f"the copy {name} is not sound: {sound}"


def main() -> int:
    """Run the trials and print the outcome."""
    parser = argparse.ArgumentParser(description="Kill the writer at random moments, and see what is left.")
    parser.add_argument("--trials", type=int, default=1000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--folder", type=Path, help="where to make the homes; in memory, where there is such a place")
    parser.add_argument("--spawn", action="store_true", help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.spawn:
        spawn()
        return 0
    counted: Counter[tuple[str, str]] = Counter()
    steps = failed = 0
    for number, trial in enumerate(run(given.trials, seed=given.seed, folder=given.folder), start=1):
        counted[trial.during or "between steps", trial.outcome] += 1
        steps += trial.done
        if trial.faults:
            failed += 1
            print(
                f"seed {trial.seed}, killed in {trial.during or 'nothing'}:", *trial.faults, sep="\n    ", flush=True
            )
        if number % 50 == 0 or number == given.trials:
            print(f"{number} kills, {steps} steps acknowledged, {failed} failed", flush=True)
    for (during, outcome), count in sorted(counted.items()):
        print(f"{count:6}  killed in {during:<14} {outcome}")
    return 1 if failed else 0


if __name__ == "__main__":
    os.environ.setdefault("OMP_NUM_THREADS", "2")
    sys.exit(main())
