"""How well the right passages are found: answer-hit, answer-article-hit, MRR and nDCG of several rankings.

The rankings share their candidates, so that each one shows what the step before it lacks: `bm25` and `dense` alone;
`hybrid`, both and what the words say, blended without dates; `hybrid+time`, with them; `full`, what a search returns,
a reranker included where there is one.

Each ranking is judged twice. By *hits*, as a reader gets them: copies collapsed, neighbouring passages merged into
one run of lines. And by *passages*, one by one, so that a ranking gains nothing by showing more. `full` also by
*lines*: the sentences of its first hits in the order in which an answer looks at them, whose choice this judges.

Source of the task: open-domain retrieval by answer strings, Karpukhin et al., Dense Passage Retrieval, EMNLP 2020;
questions of RealTime QA, Kasai et al., NeurIPS 2023.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import ir_measures
import numpy as np
from numpy.typing import NDArray

from eval.bootstrap import RESAMPLES, SEED, estimate
from eval.errors import BadRecord
from eval.formats import realtimeqa
from eval.measures.base import Score
from eval.text import squad
from index.catalog import NO_FILTERS, Filters
from index.index import Index
from index.lines import Lines
from index.passage import Hit
from rag.line_ranking import score
from rag.lines import Embedder, Selector, candidates
from rag.retrieve import Retriever, Trace

OnDone = Callable[[int, int], None]  # done, of how many

RUNS = ("bm25", "dense", "hybrid", "hybrid+time", "full")
CUTOFFS = (1, 5, 10, 20, 50)
DEPTH = max(CUTOFFS)
LINE_CUTOFFS = (1, 3, 8)  # 8 is how many an answer's prompt shows
READ_HITS = 10  # as many as an answer reads
SHORTEST_ANSWER = 4  # characters; a shorter one stands in too many passages by chance
_BLANKS = str.maketrans("-–—/", "    ")
MEASURES = {f"@{k}": f"Success@{k}" for k in CUTOFFS} | {"mrr@10": "RR@10", "ndcg@10": "nDCG@10"}
LINE_MEASURES = {f"@{k}": f"Success@{k}" for k in LINE_CUTOFFS} | {"mrr@10": "RR@10"}


@dataclass(frozen=True, slots=True)
class Asked:
    """A question with what answers it: the answer's text, and the articles that are known to say it."""

    id: str
    question: str
    answer: str
    articles: frozenset[str]
    moment: dt.datetime  # the end of the day it was asked

    @property
    def week(self) -> str:
        """The ISO week of the day it was asked, such as 2022-W24."""
        return week_of(self.moment)


@dataclass(slots=True)
class Judged:
    """Of one ranking, by question: at which of its first places something right stands."""

    by_answer: list[list[bool]] = field(default_factory=list)  # hits that hold the answer
    by_article: list[list[bool]] = field(default_factory=list)  # articles, each at its first place
    by_passage: list[list[bool]] = field(default_factory=list)  # single passages that hold the answer
    words: list[int] = field(default_factory=list)  # in the first ten hits
    by_line: list[list[bool]] = field(default_factory=list)  # of all lines of the first ten; only where they are read

    def only(self, places: Sequence[int]) -> Judged:
        """The same of some of the questions."""
        kept = [[rows[at] for at in places] if rows else [] for rows in self._by_question()]
        return Judged(kept[0], kept[1], kept[2], self.words, kept[3])

    def _by_question(self) -> tuple[list[list[bool]], ...]:
        return self.by_answer, self.by_article, self.by_passage, self.by_line


def week_of(day: dt.date) -> str:
    """The ISO week of a day, such as 2022-W24."""
    year, week, _ = day.isocalendar()
    return f"{year}-W{week:02}"


def eligible(path: Path, *, known: bool = True) -> list[Asked]:
    """The questions that name an article with the answer, and whose answer is longer than three characters.

    With `known` off also those that name no article: good enough to learn from, not to be measured by. Raises
    BadRecord.
    """
    found = []
    for gold in realtimeqa.read(path):
        if gold.as_of is None:
            raise BadRecord(f"{path}: question {gold.id} has no date")
        articles = frozenset(entry.article for entry in gold.relevant)
        if (articles or not known) and len(gold.answer) >= SHORTEST_ANSWER:
            found.append(Asked(gold.id, gold.question, gold.answer, articles, gold.as_of))
    if not found:
        raise BadRecord(f"{path}: no question names an article that answers it")
    return found


def read_vectors(path: Path | None) -> dict[str, NDArray[np.float32]]:
    """Vectors of questions by id, as `bench.train_questions --held-out` writes them; none without a file.

    Raises BadRecord.
    """
    if path is None:
        return {}
    try:
        with np.load(path, allow_pickle=False) as held:
            return {name: held[name] for name in held.files}
    except (OSError, ValueError) as error:
        raise BadRecord(
            f"{path} does not hold vectors ({error}); make it with python -m bench.train_questions"
        ) from error


def drawn(questions: Sequence[Asked], count: int, seed: int) -> list[Asked]:
    """So many of the questions, the same for the same seed, in their order."""
    chosen = np.random.default_rng(seed).permutation(len(questions))[:count]
    return [questions[at] for at in sorted(chosen.tolist())]


def holds(text: str, answer: str) -> bool:
    """Whether the answer stands in the text: SQuAD's normalisation, whole words, a possessive or plural s allowed.

    A hyphen is a blank on both sides: naked mole-rats are naked mole rats.
    """
    wanted, within = squad(answer.translate(_BLANKS)), f" {squad(text.translate(_BLANKS))} "
    return bool(wanted) and (f" {wanted} " in within or f" {wanted}s " in within)


def judge(
    index: Index,
    retriever: Retriever,
    questions: Sequence[Asked],
    *,
    on_done: OnDone,
    runs: Sequence[str] = RUNS,
    until_days: float | None = None,
    vectors: Mapping[str, NDArray[np.float32]] = MappingProxyType({}),
    embedder: Embedder | None = None,
    selector: Selector | None = None,
) -> dict[str, Judged]:
    """Rank for every question in each of the ways, and look where the answer stands.

    The question's day is the time it is asked about; it weighs and filters nothing, unless `until_days` leaves out
    what was published more than so many days after it. `vectors` by id stand for questions. With an `embedder` of
    lines, those of `full` are judged as well, in the order that the `selector` gives them. Raises NewsError.
    """
    judged = {run: Judged() for run in runs}
    for done, asked in enumerate(questions, start=1):
        filters = NO_FILTERS
        if until_days is not None:
            filters = Filters(until=asked.moment + dt.timedelta(days=until_days))
        vector = vectors.get(asked.id)
        pool = retriever.pool(asked.question, asked.moment, filters=filters, vector=vector, trace=Trace())
        for run in runs:
            order, scores = retriever.order(pool, run)
            hits = retriever.hits(pool, order, scores, DEPTH)
            if run == "full" and retriever.reranker is not None:
                hits = retriever.reranked(asked.question, hits)
            single = index.store.passages([int(pool.ids[at]) for at in order[:DEPTH]])
            passages = [single[int(pool.ids[at])].text for at in order[:DEPTH]]
            _enter(judged[run], asked, hits, passages)
            if run == "full" and embedder is not None:
                judged[run].by_line.append(_lines(index, asked, hits[:READ_HITS], embedder, selector))
        on_done(done, len(questions))
    return judged


def _enter(judged: Judged, asked: Asked, hits: Sequence[Hit], passages: Sequence[str]) -> None:
    judged.by_answer.append([holds(hit.passage.text, asked.answer) for hit in hits])
    articles = list(dict.fromkeys(name for hit in hits for name in (hit.article.article_id, *hit.carried_by)))
    judged.by_article.append([article in asked.articles for article in articles])
    judged.by_passage.append([holds(text, asked.answer) for text in passages])
    judged.words += [len(hit.passage.text.split()) for hit in hits[:10]]


def _lines(
    index: Index, asked: Asked, hits: Sequence[Hit], embedder: Embedder, selector: Selector | None
) -> list[bool]:
    """Whether each sentence of the hits holds the answer, the one an answer would look at first before the others."""
    pool = candidates(hits, lambda article, revision: Lines(index.store.text(article, revision)))
    return [holds(line.text, asked.answer) for line in score(asked.question, pool, embedder, selector)]


def figures(judged: Judged, *, resamples: int = RESAMPLES, seed: int = SEED) -> dict[str, Any]:
    """Every measure of one ranking by name, each with `_low` and `_high`: its 95 % bootstrap interval by question.

    `answer_hit@k`, `answer_article_hit@k`, `passage_hit@k`; `mrr@10` and `ndcg@10` by hits, `passage_mrr@10` and
    `passage_ndcg@10` by passages. nDCG's ideal is every right one among the first fifty at the top. Where lines were
    judged, `line_hit@k`, `line_mrr@10` and `line_held`, the share of questions that some line answers: the most that
    any choice of lines could reach.
    """
    made: dict[str, Any] = {"n": len(judged.by_answer)}
    for prefix, other, places, measures in (
        ("answer_hit", "", judged.by_answer, MEASURES),
        ("answer_article_hit", "article_", judged.by_article, MEASURES),
        ("passage_hit", "passage_", judged.by_passage, MEASURES),
        ("line_hit", "line_", judged.by_line, LINE_MEASURES),
    ):
        if not places:
            continue
        for name, scores in _scored(places, measures).items():
            figure = estimate([Score(score) for score in scores], resamples=resamples, seed=seed)
            if figure is not None:
                key = f"{prefix}{name}" if name.startswith("@") else f"{other}{name}"
                made |= {
                    key: round(figure.value, 4),
                    f"{key}_low": round(figure.low, 4),
                    f"{key}_high": round(figure.high, 4),
                }
    if judged.by_line:
        made["line_held"] = round(float(np.mean([any(held) for held in judged.by_line])), 4)
    made["words_per_hit"] = float(np.median(judged.words)) if judged.words else 0.0
    return made


def _scored(places: Iterable[Sequence[bool]], measures: Mapping[str, str]) -> dict[str, list[float]]:
    """Each measure by question, as ir_measures computes it."""
    qrels, run, count = [], [], 0
    for number, held in enumerate(places):
        # "the answer" is never retrieved: it makes a question count that nothing answers.
        qrels.append(ir_measures.Qrel(str(number), "the answer", 0 if any(held) else 1))
        qrels += [ir_measures.Qrel(str(number), str(at), 1) for at, right in enumerate(held) if right]
        run += [ir_measures.ScoredDoc(str(number), str(at), float(-at)) for at in range(len(held))]
        count += 1
    parsed = {str(ir_measures.parse_measure(measure)): name for name, measure in measures.items()}
    scores: dict[str, list[float]] = {name: [0.0] * count for name in measures}
    for metric in ir_measures.iter_calc([ir_measures.parse_measure(m) for m in measures.values()], qrels, run):
        scores[parsed[str(metric.measure)]][int(metric.query_id)] = float(metric.value)
    return scores


def missing(index: Index, questions: Iterable[Asked]) -> list[str]:
    """Answering articles that the index does not hold: their questions could not be answered from it."""
    wanted = {article for asked in questions for article in asked.articles}
    return sorted(wanted - set(index.catalog.article_ids()))


def table(runs: Mapping[str, Mapping[str, Any]]) -> list[tuple[str, ...]]:
    """Rows for people: run, then answer-hit at each cutoff, MRR and nDCG."""
    keys = [f"answer_hit@{k}" for k in CUTOFFS] + ["mrr@10", "ndcg@10", "passage_hit@1", "answer_article_hit@1"]
    return [(name, *(f"{held[key]:.3f}" for key in keys)) for name, held in runs.items()]
