"""`dateline eval retrieval`: are the right passages found, and how fast."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import platformdirs
import typer
from numpy.typing import NDArray
from rich.table import Table
from rich.text import Text

from eval import retrieval, search_latency
from eval.bootstrap import RESAMPLES, SEED
from eval.commands.systems import content_hash
from eval.commands.terminal import AsJson, Home, people, print_json, progress_bar, told
from eval.errors import BadRecord
from eval.formats import realtimeqa
from index.index import Index
from index.ingest import Ingest
from rag.build import open_index, open_retriever, open_selector
from rag.line_vectors import LineVectors
from rag.lines import Selector
from rag.retrieve import Retriever
from rag.selector import card
from rag.settings import Settings
from rag.token_vectors import open_token_vectors

ARTICLES, QUESTIONS = "articles.jsonl.gz", "questions-dev.jsonl"


def run(
    data: Annotated[
        Path, typer.Option(help=f"Folder with {ARTICLES} and {QUESTIONS}, as RealTime QA's lie.", show_default=False)
    ],
    questions: Annotated[
        Path | None, typer.Option(help=f"Other questions of the same form.  [default: {QUESTIONS} of --data]")
    ] = None,
    home: Home = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with --seed.")] = None,
    seed: Annotated[int, typer.Option(help="For the sample and the intervals.")] = SEED,
    until_days: Annotated[
        float, typer.Option(help="Also with a filter: nothing published more than so many days after the question.")
    ] = 1.0,
    question_vectors: Annotated[
        Path | None,
        typer.Option(help="Vectors that stand for the questions, as bench.train_questions --held-out writes them."),
    ] = None,
    latency: Annotated[int, typer.Option(min=0, help="Time so many searches as well.")] = 0,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the JSON there too.")] = None,
    as_json: AsJson = False,
) -> None:
    """Rank all articles of --data for every question: BM25, dense, hybrid, with time, and all there is.

    The first run takes the articles in, which for some ten thousand takes an hour or two; stopped, it goes on. With
    --home, an index that already holds them is used as it is.
    """
    with told(as_json=as_json):
        path = questions or data / QUESTIONS
        asked = retrieval.eligible(path)
        if sample is not None:
            asked = retrieval.drawn(asked, sample, seed)
        place = home or _place(data / ARTICLES)
        settings = Settings.read({**os.environ, "DATELINE_HOME": str(place)})
        index = open_index(settings)
        try:
            if home is None:
                _take_in(index, data / ARTICLES, quiet=as_json)
            _hold(index, asked)
            selector = open_selector(settings, index)
            retriever = open_retriever(settings, index)
            vectors = retrieval.read_vectors(question_vectors)
            record = _record(index, retriever, selector, asked, until_days, seed, vectors, quiet=as_json)
            if latency:
                texts = [gold.question for gold in realtimeqa.read(path)][:latency]
                with progress_bar("timing", quiet=as_json) as on_done:
                    record["latency"] = search_latency.measure(index, retriever, texts, on_done=on_done)
        finally:
            index.close()
        if output is not None:
            output.write_text(_json(record), "utf-8")
    if as_json:
        print_json(record)
    else:
        _show(record)


def _place(articles: Path) -> Path:
    if not articles.is_file():
        raise BadRecord(f"there is no {articles}: name the folder that holds it with --data")
    cache = Path(platformdirs.user_cache_dir("dateline", appauthor=False)) / "eval"
    return cache / f"index-{content_hash([articles])}"


def _record(
    index: Index,
    retriever: Retriever,
    selector: Selector | None,
    asked: list[retrieval.Asked],
    until_days: float,
    seed: int,
    vectors: dict[str, NDArray[np.float32]],
    *,
    quiet: bool,
) -> dict[str, Any]:
    record: dict[str, Any] = {
        "questions": len(asked),
        "articles": len(index.catalog.article_ids()),
        "passages": index.vectors.count,
        "embedder": index.embedder.name,
        "resamples": RESAMPLES,
        "seed": seed,
    }
    lines = LineVectors(index.embedder, partial(open_token_vectors, index.embedder))
    # Of other weeks the model that reads lines has learned: its figures are better there than on tomorrow's news.
    unseen = [at for at, one in enumerate(asked) if one.week in card().unseen_weeks]
    for name, days in (("runs", None), ("runs_until", until_days)):
        what = "ranking" if days is None else f"ranking, published at most {days:g} days later"
        with progress_bar(what, quiet=quiet) as on_done:
            judged = retrieval.judge(
                index, retriever, asked, until_days=days, vectors=vectors, embedder=lines, selector=selector,
                on_done=on_done,
            )  # fmt: skip
        record[name] = {run: retrieval.figures(held, seed=seed) for run, held in judged.items()}
        record[f"{name}_unseen"] = {
            run: retrieval.figures(held.only(unseen), seed=seed) for run, held in judged.items() if unseen
        }
    record["until_days"] = until_days
    record["question_vectors"] = "given" if vectors else "made here"
    record["reranker"] = retriever.reranker is not None
    return record


def _take_in(index: Index, articles: Path, *, quiet: bool) -> None:
    done, size = 0, articles.stat().st_size
    with progress_bar("taking in articles", quiet=quiet) as on_done:

        def on_bytes(count: int) -> None:
            nonlocal done
            done += count
            on_done(done, size)

        Ingest(index, on_bytes=on_bytes, timer=time.perf_counter).run([articles])
        if index.compaction_due:
            index.compact()


def _hold(index: Index, asked: list[retrieval.Asked]) -> None:
    """Refuse an index in which the answers are not: its figures would mean nothing."""
    absent = retrieval.missing(index, asked)
    if absent:
        raise BadRecord(
            f"{index.home} lacks {len(absent):,} of the articles that answer the questions (such as {absent[0]}): "
            f"take them in with `dateline ingest {ARTICLES}`, or leave out --home"
        )


def _json(record: dict[str, Any]) -> str:
    return json.dumps(record, indent=2) + "\n"


def _lines(what: str, full: Mapping[str, Any]) -> str:
    reached = ", ".join(f"@{k} {full[f'line_hit@{k}']:.3f}" for k in retrieval.LINE_CUTOFFS)
    return (
        f"lines of the first {retrieval.READ_HITS} hits that hold the answer, {what} ({full['n']}): {reached}; "
        f"somewhere among them {full['line_held']:.3f}"
    )


def _show(record: dict[str, Any]) -> None:
    people.print(
        f"{record['questions']:,} questions over {record['articles']:,} articles, {record['passages']:,} passages"
    )
    for name, title in (
        ("runs", "the question's day weighs, and filters nothing"),
        ("runs_until", f"nothing published more than {record['until_days']:g} days after the question"),
    ):
        heads = ("", *(f"hit@{k}" for k in retrieval.CUTOFFS), "MRR@10", "nDCG@10", "passage@1", "article@1")
        table = Table(*heads, box=None, pad_edge=False, title=title, title_justify="left", header_style="bold")
        for row in retrieval.table(record[name]):
            table.add_row(*row)
        people.print(table)
        full = record[name]["full"]
        people.print(
            Text(
                f"full: hit@1 {full['answer_hit@1']:.3f}, 95 % {full['answer_hit@1_low']:.3f} – "
                f"{full['answer_hit@1_high']:.3f}; a hit is a run of {full['words_per_hit']:.0f} words (median)",
                style="dim",
            )
        )
        # Of other weeks the model that reads lines has learned: only the first of these two is what to expect.
        for what, figures in (("weeks it has not learned from", record[f"{name}_unseen"]), ("all", record[name])):
            if "full" in figures:
                people.print(Text(_lines(what, figures["full"]), style="dim"))
        people.print()
    if "latency" in record:
        held = record["latency"]
        table = Table("", "median", "p99", box=None, pad_edge=False, header_style="bold")
        for name in ("search_alone", "search", "bm25", "exact_scan"):
            table.add_row(name.replace("_", " "), *(f"{held[name][key]:.1f} ms" for key in ("median_ms", "p99_ms")))
        people.print(table)
        people.print(f"{held['resident_mb']} MB resident, {held['passages']:,} passages")
