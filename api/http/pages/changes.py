"""What changed between two revisions, as rows that a page can show."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby

from index.diff import DiffLine, Kind, diff
from index.lines import Lines

MOST_WORK = 4_000_000  # pairs of equal lines that a comparison may look at; more, and it could take minutes
MOST_WORDS = 400  # in a line whose words are compared
AROUND = 2  # unchanged lines kept on each side of a change

_WORD = re.compile(r"\s+|\d[\d.,]*\d|\w+|[^\w\s]")


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a comparison, cut into pieces (text, changed); or a number of unchanged lines left out."""

    kind: str  # same, removed, added, skipped
    old: int | None
    new: int | None
    pieces: Sequence[tuple[str, bool]]
    skipped: int = 0


def compare(old: str, new: str) -> list[Row] | None:
    """The rows from the old text to the new one; None where it would take too long."""
    if _work(old, new) > MOST_WORK:
        return None
    rows: list[Row] = []
    runs = [list(run) for _, run in groupby(diff(old, new), key=lambda line: line.kind is Kind.SAME)]
    for at, run in enumerate(runs):
        if run[0].kind is Kind.SAME:
            rows += _unchanged(run, first=at == 0, last=at == len(runs) - 1)
        else:
            rows += _changed(run)
    return rows


def _work(old: str, new: str) -> int:
    """An upper bound on the pairs that difflib looks at in its first pass."""
    counts = Counter(line.text for line in Lines(old))
    return sum(counts[line.text] for line in Lines(new)) + len(Lines(old)) + len(Lines(new))


def _unchanged(run: Sequence[DiffLine], *, first: bool, last: bool) -> Iterator[Row]:
    before, after = 0 if first else AROUND, 0 if last else AROUND
    left_out = len(run) - before - after
    if left_out <= 1:
        before, left_out = len(run), 0
    yield from (_row(line) for line in run[:before])
    if left_out:
        yield Row("skipped", None, None, (), left_out)
        yield from (_row(line) for line in run[before + left_out :])


def _changed(run: Sequence[DiffLine]) -> Iterator[Row]:
    """Removed lines, then added ones; where as many came as went, what changed within each is marked."""
    removed = [line for line in run if line.kind is Kind.REMOVED]
    added = [line for line in run if line.kind is Kind.ADDED]
    if len(removed) != len(added):
        yield from (_row(line) for line in run)
        return
    for before, after in zip(removed, added, strict=True):
        went, came = _words(before.text, after.text)
        yield Row("removed", before.old, None, went)
        yield Row("added", None, after.new, came)


def _row(line: DiffLine) -> Row:
    return Row(line.kind.value, line.old, line.new, ((line.text, False),))


def _words(before: str, after: str) -> tuple[list[tuple[str, bool]], list[tuple[str, bool]]]:
    """Two lines, each cut into pieces that are in both and pieces that are not."""
    old, new = _WORD.findall(before), _WORD.findall(after)
    if max(len(old), len(new)) > MOST_WORDS:
        return [(before, False)], [(after, False)]
    went: list[tuple[str, bool]] = []
    came: list[tuple[str, bool]] = []
    for tag, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        # The space between two changed words is taken for changed too: one mark reads better than two.
        changed = tag != "equal" or (i1 > 0 and i2 < len(old) and "".join(old[i1:i2]).isspace())
        for words, pieces in ((old[i1:i2], went), (new[j1:j2], came)):
            if words and pieces and pieces[-1][1] == changed:
                pieces[-1] = (pieces[-1][0] + "".join(words), changed)
            elif words:
                pieces.append(("".join(words), changed))
    return went, came
