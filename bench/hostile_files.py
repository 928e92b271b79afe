"""Damage the files of the derived indexes in every way we could think of, and see that nothing is fooled.

    python -m bench.hostile_files --mutations 2000

Each mutation is made to a fresh copy of a small sound index (flat vectors, vectors in lists, lexical with several
segments and removed passages) and opened in a child process. Allowed outcomes:

    detected   DamagedIndex, with the path of what is damaged
    lagging    the index says that it holds less than the store (the store then catches it up)
    sound      every search returns exactly what the undamaged index returned

After each, the index is rebuilt over whatever is there and must be sound. Everything else fails the run: a wrong
answer, another exception, a crash of the process, a wait without end.
"""

import argparse
import json
import os
import random
import select
import shutil
import subprocess
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from index import manifest as manifests
from index import vectors
from index.errors import DamagedIndex, EmbedderMismatch
from index.lexical import LexicalIndex, LexicalRow
from index.vectors import VectorIndex

KINDS: Final = ("flat", "lists", "lexical")
PATIENCE: Final = 60.0  # seconds without an outcome before a child counts as hanging
_PASSAGES: Final = 240
_DIMENSION: Final = 8
_WORDS: Final = ("minister", "talks", "riyadh", "ukraine", "kyiv", "storm", "court", "budget", "election", "goal")

Answer = list[tuple[list[int], list[float]]]


# --- a small sound index, and what it answers ----------------------------------------------------------------


def _passages() -> tuple[NDArray[np.int64], NDArray[np.float32], list[LexicalRow]]:
    rng = np.random.default_rng(1)
    ids = np.arange(1, _PASSAGES + 1, dtype=np.int64)
    matrix = rng.standard_normal((_PASSAGES, _DIMENSION), dtype=np.float32)
    matrix /= np.linalg.norm(matrix, axis=1, keepdims=True)
    rows = [
        LexicalRow(number, " ".join(rng.choice(_WORDS, 3)), " ".join(rng.choice(_WORDS, 30)))
        for number in ids.tolist()
    ]
    return ids, matrix, rows


def make(kind: str, directory: Path) -> None:
    """Build the sound index of one kind in a folder, over whatever is there already."""
    ids, matrix, rows = _passages()
    if kind == "lexical":
        with LexicalIndex.fresh(directory) as index:
            third = _PASSAGES // 3
            for start in range(0, _PASSAGES, third):
                index.add(rows[start : start + third])
                if start:
                    index.remove(range(start - 9, start))
                index.commit(start + third)
        return
    vectors.build(
        directory,
        [(ids, matrix)],
        count=_PASSAGES,
        fingerprint="hostile",
        dimension=_DIMENSION,
        through=_PASSAGES,
        threads=1,  # two wait for each other longer than they work here
        flat_below=1 if kind == "lists" else 10**9,
    )


def ask(kind: str, directory: Path) -> tuple[int, Answer]:
    """Open the index of a folder and return the commit it holds and its answers to some questions."""
    rng = np.random.default_rng(2)
    mask = rng.random(_PASSAGES + 1) < 0.3
    found: list[tuple[NDArray[np.int64], NDArray[np.float32]]] = []
    if kind == "lexical":
        lexical = LexicalIndex.open(directory, read_only=True)
        through = lexical.through
        for number in range(6):
            words = " ".join(rng.choice(_WORDS, 3))
            found.append(lexical.search(words, 20, allowed=mask if number % 2 else None))
    else:
        dense = VectorIndex.open(directory, fingerprint="hostile", dimension=_DIMENSION, threads=1)
        through = dense.through
        for number in range(6):
            query = rng.standard_normal(_DIMENSION, dtype=np.float32)
            found.append(dense.search(query, 20, allowed=mask if number % 2 else None))
    return through, [(ids.tolist(), scores.tolist()) for ids, scores in found]


# --- mutations -------------------------------------------------------------------------------------------------


def _flip(path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    for _ in range(flips := rng.choice([1, 1, 1, 2, 30])):
        raw[rng.randrange(len(raw))] ^= 1 << rng.randrange(8)
    path.write_bytes(raw)
    return f"{flips} bits flipped"


def _truncate(path: Path, rng: random.Random) -> str:
    size = rng.choice([0, 1, rng.randrange(path.stat().st_size), path.stat().st_size - 1])
    os.truncate(path, size)
    return f"cut to {size} bytes"


def _lengthen(path: Path, rng: random.Random) -> str:
    with path.open("ab") as file:
        file.write(rng.randbytes(rng.choice([1, 8, 5_000])))
    return "bytes appended"


def _huge_number(path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    value = rng.choice([2**64 - 1, 2**63 - 1, 2**40, 2**32 - 1, 2**31])
    at = rng.choice([0, 8, 16, 24, len(raw) - 8, rng.randrange(len(raw))])
    raw[max(at, 0) : max(at, 0) + 8] = value.to_bytes(8, rng.choice(["little", "big"]))
    path.write_bytes(raw)
    return f"{value} written at {at}"


def _blank(path: Path, rng: random.Random) -> str:
    raw = bytearray(path.read_bytes())
    start = rng.randrange(len(raw))
    length = min(len(raw) - start, rng.choice([16, 512, 4_096]))
    raw[start : start + length] = rng.choice([b"\0", b"\xff"]) * length
    path.write_bytes(raw)
    return f"{length} bytes blanked at {start}"


def _garbage(path: Path, rng: random.Random) -> str:
    path.write_bytes(rng.randbytes(rng.choice([path.stat().st_size, 3, 70_000])))
    return "random bytes"


def _delete(path: Path, _: random.Random) -> str:
    path.unlink()
    return "deleted"


def _sparse(path: Path, _: random.Random) -> str:
    os.truncate(path, 2**40)
    return "stretched to 1 TiB of holes"


def _other_thing(path: Path, rng: random.Random) -> str:
    raw = path.read_bytes()
    path.unlink()
    what = rng.choice(["folder", "pipe", "link to the same bytes", "link to nowhere", "link to /dev/zero"])
    if what == "folder":
        path.mkdir()
    elif what == "pipe":
        os.mkfifo(path)
    elif what == "link to the same bytes":
        hidden = path.with_name(".hidden")
        hidden.write_bytes(raw)
        path.symlink_to(hidden)
    else:
        path.symlink_to("/dev/zero" if "zero" in what else "/nonexistent/file")
    return f"replaced by a {what}"


_ON_A_FILE: Final[list[Callable[[Path, random.Random], str]]] = [
    _flip, _flip, _flip, _flip, _truncate, _truncate, _lengthen, _huge_number, _huge_number, _blank, _garbage,
    _delete, _sparse, _other_thing,
]  # fmt: skip


def _swap(directory: Path, rng: random.Random) -> str:
    files = sorted(path for path in directory.glob("g*/*") if path.is_file() and not path.name.startswith("."))
    one, two = rng.sample(files, 2)
    first, second = one.read_bytes(), two.read_bytes()
    one.unlink()  # generations share files by hard link: write new ones
    two.unlink()
    one.write_bytes(second)
    two.write_bytes(first)
    return f"{one.name} and {two.name} swapped"


def _older_generation(directory: Path, rng: random.Random) -> str:
    current = json.loads((directory / manifests.NAME).read_bytes())["manifest"]["generation"]
    others = sorted(path for path in directory.glob("g*") if path.name != current)
    if not others:
        shutil.rmtree(directory / current)
        return "the generation removed"
    shutil.rmtree(directory / current)
    shutil.copytree(rng.choice(others), directory / current)
    return "an older generation in the place of the current one"


def _forge(directory: Path, rng: random.Random) -> str:
    """A manifest whose own hash fits but that lies about paths, sizes or counts."""
    path = directory / manifests.NAME
    body: dict[str, Any] = json.loads(path.read_bytes())["manifest"]
    file = rng.choice(body["files"])
    lexical = str(body["kind"]).startswith("lexical")
    trick = rng.choice(["name", "generation", "size", "sha256", "count", "kind", "type", "drop"])
    if trick == "name":
        file["name"] = rng.choice(
            ["../manifest.json", "/etc/passwd", "..", "a/../../b", "", "x\0y", "/dev/zero", "."]
        )
    elif trick == "generation":
        body["generation"] = rng.choice(["../..", "/etc", ".", "g1", "g00000000", "", "g99999999"])
    elif trick == "size":
        file["size"] = rng.choice([0, 1, 2**62, 2**63, -1, 2**40, file["size"] + 1])
    elif trick == "sha256":
        file["sha256"] = rng.choice(["0" * 64, "", "A" * 64, file["sha256"][::-1]])
    elif trick == "count" and not lexical:
        name = rng.choice(["count", "dimension", "lists"])
        if name == "lists":
            body["parameters"]["lists"] = rng.choice([2**40, 2**62, 3, 1])
        else:
            body[name] = rng.choice([0, 2**31, 2**40, 2**62, body[name] + 1, body[name] - 1])
    elif trick == "kind":
        body["kind"] = rng.choice(
            ["vectors/other", "lexical/other", "", "vectors/ivf" if lexical else "lexical/tantivy"]
        )
    elif trick == "type":
        body[rng.choice(sorted(body))] = rng.choice([None, "x", 1.5, True, [], {}, [[]], -1, [{}]])
    else:
        body["files"] = [each for each in body["files"] if each is not file]
        file["name"] = f"{file['name']}.gone"
    text = json.dumps(body, sort_keys=True, separators=(",", ":"))
    path.write_text(f'{{"manifest":{text},"sha256":"{sha256(text.encode()).hexdigest()}"}}\n')
    return f"manifest forged: {trick}"


def _litter(directory: Path, rng: random.Random) -> str:
    """Things that do not belong there, and must not matter."""
    current = json.loads((directory / manifests.NAME).read_bytes())["manifest"]["generation"]
    target = directory / rng.choice(
        [
            f"{current}/surplus.bin",
            f"{current}/.managed.json",
            ".manifest.json.new",
            ".building-0",
            "g99999998",
            ".writing",
        ]
    )
    target.write_bytes(rng.randbytes(100))
    return f"litter at {target.name}"


def _manifest(directory: Path, rng: random.Random) -> str:
    path = directory / manifests.NAME
    if rng.random() < 0.3:
        raw = rng.choice([b"", b"{}", b"[" * 90_000, b"null", b'{"manifest":{}}', b"\xff\xfe", b"1" * 90_000])
        path.write_bytes(raw)
        return f"manifest {raw[:20]!r}"
    return f"manifest: {rng.choice(_ON_A_FILE)(path, rng)}"


def _file(directory: Path, rng: random.Random) -> str:
    current = directory / json.loads((directory / manifests.NAME).read_bytes())["manifest"]["generation"]
    files = sorted(p for p in current.iterdir() if not p.name.startswith("."))
    path = rng.choice(files)
    raw = path.read_bytes()
    path.unlink()  # not through the hard link into other generations
    path.write_bytes(raw or b"\0")
    return f"{path.name}: {rng.choice(_ON_A_FILE)(path, rng)}"


def mutate(directory: Path, rng: random.Random) -> str:
    """Damage the index in a folder in one way, and say what was done."""
    how = rng.choices([_file, _manifest, _forge, _swap, _older_generation, _litter], [12, 4, 4, 2, 1, 1])[0]
    return how(directory, rng)


# --- one mutation, in a child process ---------------------------------------------------------------------------


def _outcome(kind: str, directory: Path, truth: Answer) -> str:
    try:
        through, answers = ask(kind, directory)
    except (DamagedIndex, EmbedderMismatch) as damage:  # the latter of a manifest with another dimension
        return "detected" if str(directory) in str(damage) else f"WRONG: the message names no path: {damage}"
    if through > _PASSAGES:
        return f"WRONG: claims to hold commit {through}"
    if through < _PASSAGES:
        return "lagging"
    return "sound" if answers == truth else "WRONG: other answers than the undamaged index"


def _child() -> None:
    """Read `kind seed` lines, and write `started`, what was done and the outcome for each."""
    memory = "/dev/shm" if os.access("/dev/shm", os.W_OK) else None  # no waiting for a disk
    with tempfile.TemporaryDirectory(prefix="hostile-", dir=memory) as folder:
        sound = Path(folder) / "sound"
        truth: dict[str, Answer] = {}
        for kind in KINDS:
            make(kind, sound / kind)
            truth[kind] = ask(kind, sound / kind)[1]
        for line in sys.stdin:
            kind, seed = line.split()
            rng = random.Random(f"{kind} {seed}")
            directory = Path(folder) / "damaged" / kind
            shutil.rmtree(directory, ignore_errors=True)
            shutil.copytree(sound / kind, directory)
            what = mutate(directory, rng)
            print(what, flush=True)
            outcome = _outcome(kind, directory, truth[kind])
            if not outcome.startswith("WRONG"):
                make(kind, directory)
                again = _outcome(kind, directory, truth[kind])
                if again != "sound":
                    outcome = f"WRONG: after a rebuild: {again}"
            print(outcome, flush=True)


@dataclass(frozen=True, slots=True)
class Trial:
    """What was done to which kind of index, and what came of it."""

    kind: str
    seed: int
    what: str
    outcome: str

    @property
    def passed(self) -> bool:
        """Whether the outcome is one of the allowed ones."""
        return self.outcome in {"detected", "lagging", "sound"}


class Child:
    """A process that mutates and opens indexes, one after the other, and may die of it."""

    def __init__(self, *command: str) -> None:
        """Start one. `command` is what to run instead, for tests."""
        self.ended = False
        self.process = subprocess.Popen(
            command or [sys.executable, "-m", "bench.hostile_files", "--child"],
            cwd=Path(__file__).parent.parent,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            bufsize=0,  # so that `select` sees all that is unread
        )

    def line(self) -> str:
        """Return the next line: what there is of it when the process ended or nothing more came in time."""
        assert self.process.stdout is not None
        line = b""
        while not line.endswith(b"\n") and select.select([self.process.stdout], [], [], PATIENCE)[0]:
            if not (byte := self.process.stdout.read(1)):
                self.ended = True
                break
            line += byte
        return line.decode().strip()

    def trial(self, kind: str, seed: int) -> Trial:
        """Have one mutation tried, and say what came of it."""
        assert self.process.stdin is not None
        self.process.stdin.write(f"{kind} {seed}\n".encode())
        self.process.stdin.flush()
        what = self.line()
        outcome = self.line() if what else ""
        if not outcome:
            self.process.kill()
            error = self.process.communicate()[1].decode(errors="replace").strip()[-300:]
            outcome = f"WRONG: the process {'ended' if self.ended else 'hung'}: {error}"
        return Trial(kind, seed, what, outcome)

    def close(self) -> None:
        """Let the process end."""
        self.process.communicate()


def run(count: int, *, seed: int = 0) -> Iterator[Trial]:
    """Make `count` mutations, the kinds in turn, and yield what came of each. A child that dies is replaced."""
    child = Child()
    try:
        for number in range(count):
            trial = child.trial(KINDS[number % len(KINDS)], seed + number)
            yield trial
            if child.process.poll() is not None:
                child = Child()
    finally:
        child.close()


def main() -> int:
    """Run the mutations and print how each kind of index fared."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--mutations", type=int, default=2_000)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--child", action="store_true", help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.child:
        _child()
        return 0
    counts: Counter[tuple[str, str]] = Counter()
    failed = 0
    for trial in run(arguments.mutations, seed=arguments.seed):
        counts[trial.kind, trial.outcome if trial.passed else "WRONG"] += 1
        if not trial.passed:
            failed += 1
            print(f"{trial.kind} {trial.seed}: {trial.what} -> {trial.outcome}", file=sys.stderr)
    table = {kind: {o: counts[kind, o] for o in ("detected", "lagging", "sound", "WRONG")} for kind in KINDS}
    if arguments.json:
        print(json.dumps({"mutations": arguments.mutations, "failed": failed, "outcomes": table}))
    else:
        print(f"{arguments.mutations:,} mutations, {failed} failed")
        for kind, row in table.items():
            print(f"  {kind:8}", "  ".join(f"{name} {number}" for name, number in row.items()))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
