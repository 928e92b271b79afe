"""Taking in whole files and folders, in batches, so that a run may stop anywhere and go on later."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from index.article import Draft
from index.errors import UnreadableInput
from index.index import Index
from index.readers import Item, Limits, Position, Skipped, read_path
from index.rows import Progress, Stored

BATCH_ARTICLES = 64
BATCH_CHARACTERS = 300_000  # embedded between two commits: some seconds, all that an interruption can lose
UNCOMPACTED = 20_000  # passages outside the base of the vector index


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
        try:
            for path in paths:
                try:
                    for batch in batches(self._items(path, again=again)):
                        self._take(batch)
                except UnreadableInput as error:
                    self._tell(Outcome(str(path), "skipped", reason=str(error)))
        finally:  # also when it is interrupted
            self.summary.seconds = self.timer() - started
        return self.summary

    def _items(self, path: Path, *, again: bool) -> Iterator[Item]:
        reached = [] if again else [Position(*held) for held in self.index.store.reached()]
        return read_path(path, limits=self.limits, after=reached, on_bytes=self.on_bytes, clock=self.index.clock)

    def _take(self, batch: Sequence[Item]) -> None:
        batch = [_storable(item) for item in batch]
        drafts = [item.draft for item in batch if item.draft is not None]
        # Of each file the furthest place: its items come in order.
        reached = {at.file: Progress(at.stamp, at.entry) for at in (item.position for item in batch)}
        stored = self._store(drafts, reached)
        if self._far_from_the_base:
            self.index.compact_in_background()
        outcomes = iter(stored)
        for item in batch:
            if item.draft is None:
                skipped = item.skipped or Skipped(item.position.file, "nothing was read")
                self._tell(Outcome(skipped.origin, "skipped", reason=skipped.reason))
                continue
            done = next(outcomes)
            self._tell(Outcome(item.draft.origin, done.change.value, done.article_id))

    @property
    def _far_from_the_base(self) -> bool:
        # A large archive is not compacted each time some thousand passages came: a compaction reads all there is.
        vectors = self.index.vectors
        return vectors.recent_count > max(UNCOMPACTED, vectors.count // 2)

    def _store(self, drafts: Sequence[Draft], progress: Mapping[str, Progress]) -> list[Stored]:
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


def _storable(item: Item) -> Item:
    """The item, skipped where its text is one that UTF-8 cannot hold: its batch must not fail with it."""
    try:
        if item.draft is not None:
            item.draft.text.encode()
    except UnicodeEncodeError as error:
        reason = f"holds half of a surrogate pair at character {error.start}; repair the source's encoding"
        return Item(position=item.position, skipped=Skipped(item.draft.origin if item.draft else "", reason))
    return item


def batches(items: Iterator[Item]) -> Iterator[list[Item]]:
    """Items in runs that are small enough to be one commit."""
    batch: list[Item] = []
    characters = 0
    for item in items:
        batch.append(item)
        characters += len(item.draft.text) if item.draft is not None else 0
        if len(batch) >= BATCH_ARTICLES or characters >= BATCH_CHARACTERS:
            yield batch
            batch, characters = [], 0
    if batch:
        yield batch
