"""Taking in whole files and folders, in batches, so that a run may stop anywhere and go on later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.article import Draft
from index.errors import UnreadableInput
from index.index import Index
from index.readers import Item, Limits, Position, Skipped, read_path
from index.store import Progress, Stored

BATCH_ARTICLES = 64
BATCH_CHARACTERS = 2_000_000  # what is held and embedded between two commits


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one file or entry."""

    origin: str
    change: str  # added, updated, unchanged, refused, skipped
    article_id: str | None = None
    reason: str | None = None


@dataclass(slots=True)
class Summary:
    """What became of all of them."""

    counts: Counter[str] = field(default_factory=Counter)
    skipped: list[Outcome] = field(default_factory=list)
    passages_embedded: int = 0
    seconds_embedding: float = 0.0
    seconds: float = 0.0


OnOutcome = Callable[[Outcome], None]


class Ingest:
    """One run over some paths. Everything reported as taken in is on disk."""

    def __init__(
        self,
        index: Index,
        *,
        limits: Limits | None = None,
        on_outcome: OnOutcome = lambda _: None,
        on_bytes: Callable[[int], None] | None = None,
        timer: Callable[[], float],
    ) -> None:
        self.index = index
        self.limits = limits or Limits()
        self.on_outcome = on_outcome
        self.on_bytes = on_bytes
        self.timer = timer
        self.summary = Summary()

    def run(self, paths: Sequence[Path], *, again: bool = False) -> Summary:
        """Take in files and folders. With `again`, also what an earlier run already took in from unchanged files.

        Raises StoreError when the store cannot be written; what was acknowledged before is safe, and the same call
        goes on from there.
        """
        started = self.timer()
        for path in paths:
            try:
                for batch in batches(self._items(path, again=again)):
                    self._take(batch)
            except UnreadableInput as error:
                self._tell(Outcome(str(path), "skipped", reason=str(error)))
        self.summary.seconds = self.timer() - started
        return self.summary

    def _items(self, path: Path, *, again: bool) -> Iterator[Item]:
        reached = [] if again else [Position(*held) for held in self.index.store.reached()]
        return read_path(path, limits=self.limits, after=reached, on_bytes=self.on_bytes, clock=self.index.clock)

    def _take(self, batch: Sequence[Item]) -> None:
        drafts = [item.draft for item in batch if item.draft is not None]
        last = batch[-1].position
        stored = self._store(drafts, (last.file, Progress(last.stamp, last.entry)))
        outcomes = iter(stored)
        for item in batch:
            if item.draft is None:
                skipped = item.skipped or Skipped(item.position.file, "nothing was read")
                self._tell(Outcome(skipped.origin, "skipped", reason=skipped.reason))
                continue
            done = next(outcomes)
            self._tell(Outcome(item.draft.origin, done.change.value, done.article_id))

    def _store(self, drafts: Sequence[Draft], progress: tuple[str, Progress]) -> list[Stored]:
        started = self.timer()

        def embedded(count: int) -> None:
            self.summary.seconds_embedding = spent + self.timer() - started
            done[0] = count

        spent, done = self.summary.seconds_embedding, [0]
        stored = self.index.add(drafts, progress=progress, on_embedded=embedded)
        self.summary.passages_embedded += done[0]
        return stored

    def _tell(self, outcome: Outcome) -> None:
        self.summary.counts[outcome.change] += 1
        if outcome.change == "skipped":
            self.summary.skipped.append(outcome)
        self.on_outcome(outcome)


def batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Items in runs of one file each, small enough to be one commit."""
    batch: list[Item] = []
    characters = 0
    for item in items:
        if batch and item.position.file != batch[-1].position.file:
            yield batch
            batch, characters = [], 0
        batch.append(item)
        characters += len(item.draft.text) if item.draft is not None else 0
        if len(batch) >= BATCH_ARTICLES or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
