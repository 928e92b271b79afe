"""`dateline eval run`: ask, grade, write, and hold to the gate."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer
from rich.text import Text

from eval import outputs
from eval.asking import GIVEN
from eval.bootstrap import SEED
from eval.commands import systems
from eval.commands.terminal import (
    GATE_FAILED,
    AsJson,
    Corpus,
    Home,
    Replies,
    aside,
    plain_text,
    progress_bar,
    show_run,
    told,
)
from eval.compare import MIN_DROP, Comparison, Scored, compare
from eval.errors import BadRecord
from eval.gold import load
from eval.judge import ModelJudge
from eval.measures import ALL, Measure
from eval.measures.cost import cost
from eval.pairs import confusion, own_check
from eval.pairs import load as load_pairs
from eval.run import Options, merged
from eval.run import run as run_suite
from index.catalog import Filters
from rag.build import open_entailment


def run(
    suites: Annotated[list[Path], typer.Argument(help="Gold files (JSON Lines).", show_default=False)],
    output: Annotated[
        list[Path] | None,
        typer.Option("-o", "--output", help="Write .html, .json, .csv or .xml (JUnit). Repeatable."),
    ] = None,
    home: Home = None,
    corpus: Corpus = None,
    against: Annotated[
        str | None, typer.Option(help="Ask there instead: http://…/v1/ask, or an OpenAI-compatible http://…/v1.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model: of this Dateline, or of the endpoint.")] = None,
    key_env: Annotated[str | None, typer.Option(help="Variable that holds the key for --against.")] = None,
    judge: Annotated[str | None, typer.Option(help="A second opinion: an OpenAI-compatible …/v1.")] = None,
    judge_model: Annotated[str | None, typer.Option(help="The model at --judge.")] = None,
    judge_key_env: Annotated[str | None, typer.Option(help="Variable that holds the key for --judge.")] = None,
    plain: Annotated[
        bool, typer.Option("--plain", help="Ask a plain BM25 search with the same model instead, to compare with.")
    ] = False,
    given: Annotated[
        bool, typer.Option("--given", help="Search only the articles the gold names: how well it reads, not finds.")
    ] = False,
    filter_tag: Annotated[list[str] | None, typer.Option(help="Only questions with one of these tags.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only questions of these kinds.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with --seed.")] = None,
    seed: Annotated[int, typer.Option(help="For the sample and the intervals.")] = SEED,
    only_failed: Annotated[Path | None, typer.Option(help="Only questions that failed in this run.json.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Ask every question so many times.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Questions asked at the same time.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="With --against: take up a run that was stopped.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask everything again, whatever is kept.")] = False,
    replies: Replies = None,
    pairs: Annotated[Path | None, typer.Option(help="Labelled pairs: how good the check itself is.")] = None,
    baseline: Annotated[
        Path | None, typer.Option(help="A run.json or baseline to compare with; worse fails the gate.")
    ] = None,
    min_drop: Annotated[float, typer.Option(min=0.0, help="Smallest drop from the baseline that fails.")] = MIN_DROP,
    require: Annotated[
        list[str] | None, typer.Option(help="NAME=VALUE: fail when the measure is worse. Repeatable.")
    ] = None,
    price_in: Annotated[float | None, typer.Option(min=0.0, help="USD per million prompt tokens.")] = None,
    price_out: Annotated[float | None, typer.Option(min=0.0, help="USD per million completion tokens.")] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of journals and indexes between runs.")] = None,
    as_json: AsJson = False,
) -> None:
    """Ask every question of the gold files, grade the answers, write the report.

    Answers are kept as they come: stopped, the same command goes on; unchanged, it asks nothing twice.
    """
    if home is not None and corpus:
        raise typer.BadParameter("give --home (ask it as it is) or --corpus (index these articles), not both")
    if plain and against is not None:
        raise typer.BadParameter("--plain answers by itself, from --corpus or --home: leave out --against")
    if given and (plain or against is not None):
        raise typer.BadParameter("--given is for a Dateline in this process: leave out --plain and --against")
    if replies is not None and against is not None:
        raise typer.BadParameter("--replies keeps what the model in this process says: leave out --against")
    if replies is not None and fresh:
        raise typer.BadParameter("--fresh asks everything again: leave out --replies, or name an empty folder")
    if (judge is None) != (judge_model is None):
        raise typer.BadParameter("--judge and --judge-model belong together")
    if fresh and resume:
        raise typer.BadParameter("--fresh and --resume exclude each other")
    floors = _floors(require or [])
    measures: tuple[Measure, ...] = ALL
    if price_in is not None or price_out is not None:
        measures = (*ALL, cost(price_in or 0.0, price_out or 0.0))
    with told(as_json=as_json), ExitStack() as stack:
        suite = merged([load(path) for path in suites])
        ids = _failed_ids(only_failed) if only_failed else None
        if given:
            with_proof = frozenset(question.id for question in suite.questions if question.relevant)
            ids = with_proof if ids is None else ids & with_proof
        before = outputs.scored(baseline) if baseline else None
        labelled = load_pairs(pairs, "test") if pairs else None
        for path in output or []:
            outputs.check_name(path)
        folder = cache or Path(platformdirs.user_cache_dir("dateline", appauthor=False)) / "eval"
        sources = [] if home else (corpus or [systems.corpus_of(path) for path in suites])
        build = None
        if plain:
            over_home = systems.plain_over_home(stack, model, home, {}, replies=replies) if home else None
            build = over_home or systems.plain_system(stack, model, sources, replies)
        hand = {q.question: Filters(articles=q.proving) for q in suite.questions if q.relevant} if given else {}
        asker, articles = build or systems.system(
            stack, against, model, key_env, home, sources, folder, hand, GIVEN if hand else "", replies
        )
        options = Options(
            tags=frozenset(filter_tag or ()),
            kinds=frozenset(kind or ()),
            ids=ids,
            sample=sample,
            seed=seed,
            repeat=repeat,
            jobs=jobs,
            reuse=not fresh and (asker.exact or resume),
        )
        second = ModelJudge(judge, judge_model, key=systems.key_of(judge_key_env)) if judge and judge_model else None
        with progress_bar(quiet=as_json) as on_done:
            done = run_suite(
                suite,
                asker,
                articles,
                options=options,
                journal=folder,
                measures=measures,
                judge=second,
                on_done=on_done,
            )
        if not done.cases:
            raise BadRecord("no question is left to ask: loosen --filter-tag, --kind or --only-failed")
        comparison = (
            compare(before, Scored.of(done.cases), min_drop=min_drop, seed=seed) if before is not None else None
        )
        broken = _broken(done.summary, floors)
        record = {**done.record, "gate": _gate(comparison, broken, min_drop)}
        if labelled is not None:
            embedder = getattr(asker, "embedder", None)
            reader = None if embedder is None else open_entailment(embedder)
            record["checker"] = confusion(labelled, own_check(embedder, reader))
        for path in output or []:
            outputs.write(path, record)
    show_run(record, comparison, broken, output or [], as_json=as_json)
    if broken or (comparison is not None and not comparison.passed):
        raise typer.Exit(GATE_FAILED)
    if unread := record["judge_failures"]:
        aside.print(
            Text(f"error: {len(unread)} verdicts of the judge cannot be read, the first: {plain_text(unread[0])}")
        )
        raise typer.Exit(1)


def _failed_ids(path: Path) -> frozenset[str]:
    return frozenset(entry["gold"]["id"] for entry in outputs.read(path)["questions"] if entry["failures"])


def _floors(given: Sequence[str]) -> dict[Measure, float]:
    named = {measure.name: measure for measure in ALL}
    found = {}
    for text in given:
        name, _, value = text.partition("=")
        if name not in named:
            raise typer.BadParameter(f"--require: no measure `{name}`; there are {', '.join(named)}")
        try:
            found[named[name]] = float(value)
        except ValueError:
            raise typer.BadParameter(f"--require: `{text}` is not NAME=VALUE") from None
    return found


def _broken(summary: Mapping[str, Any], floors: Mapping[Measure, float]) -> list[str]:
    """The required measures that are worse than required, or could not be measured."""
    broken = []
    for measure, limit in floors.items():
        figure = summary.get(measure.name)
        if figure is None or (figure["value"] < limit if measure.higher_is_better else figure["value"] > limit):
            broken.append(measure.name)
    return broken


def _gate(comparison: Comparison | None, broken: Sequence[str], min_drop: float) -> dict[str, Any] | None:
    if comparison is None and not broken:
        return None
    return {
        "passed": not broken and (comparison is None or comparison.passed),
        "below_required": list(broken),
        "comparison": comparison.as_json(min_drop) if comparison else None,
    }
