"""Embedding all articles again: all or nothing, and an interrupted run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from bench.stand_in import WordsEmbedder
from index.article import Draft
from index.errors import EmbedderMismatch
from index.index import Index
from index.reembed import STAGED, reembed
from index.verify import verify


def draft(article_id: str, body: str) -> Draft:
    title = f"News of {article_id}"
    return Draft(article_id=article_id, text=f"{title}\n{body}", title=title)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    index = Index(tmp_path / "home", WordsEmbedder())
    index.add(
        [draft(f"a{number}", "\n".join(f"Line {at}." + " word" * 30 for at in range(5))) for number in range(4)]
    )
    index.add([draft("a1", "Corrected."), draft("gone", "Gone.")])
    index.delete("gone")
    index.close()
    return tmp_path / "home"


class Failing(WordsEmbedder):
    """Stops after some texts, as a process that is interrupted does."""

    left = 1

    def encode_passages(
        self, texts: Sequence[str], **more: object
    ) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt
        return super().encode_passages(texts)


def test_everything_is_cut_and_embedded_for_the_new_embedder(home: Path) -> None:
    """Afterwards the new embedder opens the index, the old one does not, and every record agrees."""
    seen: list[tuple[int, int]] = []
    new = WordsEmbedder(32, 80)
    count = reembed(home, new, on_progress=lambda _, done, of: seen.append((done, of)))
    index = Index(home, new)
    assert index.store.passage_span()[0] == count == verify(index, sample=50).checked["passages"]
    assert verify(index, sample=50).faults == []
    found = index.dense(new.encode_question("news of a1 corrected"), 1, as_of=None)
    assert index.store.passages(found.ids.tolist())[int(found.ids[0])].article_id == "a1"
    assert not (home / STAGED).exists()
    assert seen[-1] == (5, 5)
    index.close()
    with pytest.raises(EmbedderMismatch):
        Index(home, WordsEmbedder())


def test_an_interrupted_run_changes_nothing_and_is_gone_on_from(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stopped half-way the old embedder still fits; the next run embeds only what is missing."""
    monkeypatch.setattr("index.reembed.BATCH_CHARACTERS", 1000)
    with pytest.raises(KeyboardInterrupt):
        reembed(home, Failing(32))
    index = Index(home, WordsEmbedder())
    assert verify(index).faults == []
    index.close()
    whole = len(set(_texts(home)))
    new = WordsEmbedder(32)
    reembed(home, new)
    assert 0 < len(new.asked) < whole


def _texts(home: Path) -> list[str]:
    other = WordsEmbedder(32, salt="not the one before")
    copy = home.with_name("copy")
    index = Index(home, WordsEmbedder())
    from index.backup import backup, restore

    backup(index.store, copy.with_suffix(".db"))
    index.close()
    restore(copy.with_suffix(".db"), copy)
    reembed(copy, other)
    return other.asked


def test_a_running_process_says_that_it_needs_the_new_embedder(home: Path) -> None:
    """A process with the former embedder does not compare vectors of two kinds."""
    index = Index(home, WordsEmbedder())
    reembed(home, WordsEmbedder(32))
    with pytest.raises(EmbedderMismatch):
        index.refresh()
    with pytest.raises(EmbedderMismatch):
        index.add([draft("b", "Late.")])
    index.close()


def test_damaged_embeddings_are_made_anew_with_the_same_embedder(home: Path) -> None:
    """Where an embedding in the store is damaged, embedding again mends it."""
    import sqlite3

    with sqlite3.connect(home / "articles.db") as db:
        db.execute("UPDATE embedding SET vector = zeroblob(128)")
    db.close()
    reembed(home, WordsEmbedder())
    index = Index(home, WordsEmbedder())
    assert verify(index, sample=50).faults == []
    index.close()
