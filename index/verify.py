"""Every derived record against the truth it was derived from."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

import numpy as np

from index.article import revision_name
from index.index import Index, OnProgress, quiet
from index.lines import Lines
from index.store import embedding_key

FAULTS_MOST = 100  # a damaged store would otherwise report every passage


@dataclass(slots=True)
class Verdict:
    """What was looked at, and what does not agree. Sound when `faults` is empty."""

    checked: dict[str, int] = field(default_factory=dict)
    faults: list[str] = field(default_factory=list)

    @property
    def sound(self) -> bool:
        """Whether everything agrees."""
        return not self.faults

    def fault(self, message: str) -> None:
        """Note one, as long as there are not too many."""
        if len(self.faults) < FAULTS_MOST:
            self.faults.append(message)


def verify(index: Index, *, on_progress: OnProgress = quiet) -> Verdict:
    """Check the store, the lexical and the vector index. Reads everything; writes nothing."""
    index.refresh()
    verdict = Verdict()
    with index.store.database.read() as db:
        for row in db.execute("PRAGMA integrity_check(10)"):
            if row[0] != "ok":
                verdict.fault(f"store: {row[0]}")
        for row in db.execute("PRAGMA foreign_key_check"):
            verdict.fault(f"store: a row of {row[0]} points at nothing")
        _texts(index, verdict, on_progress)
        _course(index, verdict)
        _derived(index, verdict, on_progress)
    return verdict


def _texts(index: Index, verdict: Verdict, on_progress: OnProgress) -> None:
    """Revisions are what their names say, and their passages are whole lines of them with an embedding each."""
    with index.store.database.read() as db:
        total = db.execute("SELECT count(*) FROM revision").fetchone()[0]
        passages = 0
        for done, row in enumerate(
            db.execute(
                "SELECT r.number, r.revision, r.text, r.title, a.article_id FROM revision r "
                "JOIN article a ON a.number = r.article"
            ),
            start=1,
        ):
            text, name = row["text"], f"{row['article_id']} {row['revision'][:12]}"
            if revision_name(text) != row["revision"]:
                verdict.fault(f"store: the text of {name} is not the one it was stored with")
            lines = Lines(text)
            for passage in db.execute("SELECT * FROM passage WHERE revision = ?", (row["number"],)):
                passages += 1
                first, last = passage["first_line"], passage["last_line"]
                inside = 1 <= first <= last <= len(lines)
                if not inside or not lines[first].start <= passage["start"] < passage["end"] <= lines[last].end:
                    verdict.fault(f"store: passage {passage['passage_id']} of {name} is not within its lines")
                    continue
                composed = index.embedder.compose(row["title"], text[passage["start"] : passage["end"]])
                if embedding_key(composed) != passage["key"]:
                    verdict.fault(f"store: passage {passage['passage_id']} of {name} has another text's embedding")
            if done % 100 == 0 or done == total:
                on_progress("texts", done, total)
        missing = db.execute(
            "SELECT count(*) FROM passage p LEFT JOIN embedding e ON e.key = p.key WHERE e.key IS NULL"
        ).fetchone()[0]
        if missing:
            verdict.fault(f"store: {missing} passages have no embedding")
        orphans = db.execute(
            "SELECT count(*) FROM embedding e WHERE NOT EXISTS (SELECT 1 FROM passage WHERE key = e.key)"
        ).fetchone()[0]
        if orphans:
            verdict.fault(f"store: {orphans} embeddings belong to no passage")
    verdict.checked |= {"revisions": total, "passages": passages}


def _course(index: Index, verdict: Verdict) -> None:
    """Every article that is not deleted has a course of revisions, and its last one is the current one."""
    with index.store.database.read() as db:
        rows = db.execute(
            "SELECT a.article_id, a.status, a.revision, (SELECT r.revision FROM state s JOIN revision r "
            "ON r.number = s.revision WHERE s.article = a.number ORDER BY s.observed_at DESC LIMIT 1) AS last, "
            "(SELECT count(*) FROM revision WHERE article = a.number) AS texts FROM article a"
        ).fetchall()
    for row in rows:
        if row["status"] == "deleted" and (row["texts"] or row["revision"]):
            verdict.fault(f"store: {row['article_id']} is deleted but has text")
        elif row["revision"] != row["last"]:
            verdict.fault(f"store: the current revision of {row['article_id']} is not its last one")
    verdict.checked["articles"] = len(rows)


def _derived(index: Index, verdict: Verdict, on_progress: OnProgress) -> None:
    """Both derived indexes hold exactly the store's passages, under vectors that agree with its embeddings."""
    expected: set[int] = set()
    total = index.store.passage_span()[0]
    for ids, vectors in index.store.vectors_after(0):
        expected.update(ids.tolist())
        held, there = index.vectors.stored(ids)
        for passage_id in ids[~there].tolist():
            verdict.fault(f"vector index: passage {passage_id} is missing")
        # Compressed kinds keep a rounded vector; another passage's would be far off.
        off = np.einsum("nd,nd->n", vectors[there], held) < 0.95
        for passage_id in ids[there][off].tolist():
            verdict.fault(f"vector index: passage {passage_id} has another vector than the store")
        on_progress("vectors", len(expected), total)
    lexical = index.lexical_index.passage_ids()
    for passage_id in _some(expected - lexical):
        verdict.fault(f"lexical index: passage {passage_id} is missing")
    for passage_id in _some(lexical - expected):
        verdict.fault(f"lexical index: passage {passage_id} is not in the store any more")
    if index.lexical_index.through != index.store.commit_number():
        verdict.fault("lexical index: it lags behind the store")
    verdict.checked |= {"vectors": len(expected), "lexical": len(lexical)}


def _some(ids: set[int]) -> Iterator[int]:
    yield from sorted(ids)[:FAULTS_MOST]
