"""Learning how a question is read when it is searched for."""

from __future__ import annotations

import datetime as dt

import torch

from bench.train_questions import Lesson, Reader, Vectors, fit, hits, vectors_of
from eval.retrieval import Asked
from index.embedder import load_embedder


def asked(number: int) -> Asked:
    """A question."""
    moment = dt.datetime(2026, 1, 1, tzinfo=dt.UTC)
    return Asked(str(number), f"Who won race number {number}?", "Ann", frozenset(), moment)


def test_lessons_bring_a_question_nearer_to_what_answers_it() -> None:
    """Unchanged it is the embedder's vector; taught, it comes nearer to what is right."""
    torch.set_num_threads(1)
    embedder = load_embedder(threads=1)
    texts = ["Ann crossed the line ahead of all.", "Who won? Nobody knows who won.", "Race number one was a race."]
    passages = torch.from_numpy(embedder.encode_passages(texts))
    lessons = [Lesson(asked(number), passages, torch.tensor([True, False, False])) for number in range(32)]
    reader = Reader()
    before = vectors_of(reader, reader.fresh().eval(), [asked(1)])["1"]
    assert float(before @ embedder.encode_question(asked(1).question)) > 0.99
    layers = fit(reader, lessons, seed=1)
    after = vectors_of(reader, layers, [asked(1), asked(99)])

    def lead(vector: Vectors) -> float:
        cosines = passages.numpy() @ vector
        return float(cosines[0] - cosines[1:].max())

    assert lead(after["1"]) > lead(before) + 0.05
    assert lead(after["99"]) > lead(before) + 0.05  # one that was not taught
    assert hits(lessons[1:2], {"1": before}, 1) == {"passage_hit@1": 0.0, "passage_hit@5": 1.0, "passage_hit@10": 1.0}
