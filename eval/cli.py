"""`dateline eval`: run the suite, compare runs, look at them, check gold, and trade files with other tools.

Exit status: 0 passed, 100 a gate failed, 1 an error, 2 wrong usage.
"""

from __future__ import annotations

import hashlib
import json
import os
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, SpinnerColumn, TextColumn, TimeRemainingColumn
from rich.table import Table
from rich.text import Text

from eval import outputs
from eval.articles import Articles, CorpusLines, GivenArticles
from eval.asking import Asker
from eval.bootstrap import SEED
from eval.compare import GATED, MIN_DROP, Comparison, Scored, compare
from eval.errors import BadRecord, EvalError
from eval.formats import beir, deepeval, ragas, realtimeqa, trec
from eval.gold import Suite, examine, load
from eval.judge import ModelJudge
from eval.measures import ALL, Measure
from eval.measures.cost import cost
from eval.pairs import confusion, lexical_check, own_check, rules_check
from eval.pairs import load as load_pairs
from eval.remote import asker as remote_asker
from eval.run import Options, merged
from eval.run import run as run_suite
from eval.stored import StoreArticles
from index.embedder import load_embedder
from index.errors import NewsError
from index.store import Store
from rag.errors import RagError
from rag.settings import Settings

GATE_FAILED = 100

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="How good it is: run the suite, compare runs, look at them.",
)

people = Console(highlight=False)
aside = Console(stderr=True, highlight=False)

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON instead of words.")]
Home = Annotated[
    Path | None,
    typer.Option("--home", help="Folder of the articles and indexes to ask, as `dateline ingest` made it."),
]
Corpus = Annotated[
    list[Path] | None,
    typer.Option("--corpus", help="Articles to answer from. [default: the folder named like the gold file]"),
]


@contextmanager
def _told(*, as_json: bool) -> Iterator[None]:
    """End the command with status 1 and one clear sentence when something it knows of goes wrong."""
    try:
        yield
    except (EvalError, NewsError, RagError) as error:
        if as_json:
            _print_json({"error": {"type": type(error).__name__, "message": str(error)}})
        else:
            aside.print(Text.assemble(("error: ", "red"), _plain(str(error))), soft_wrap=True)
        raise typer.Exit(1) from error
    except KeyboardInterrupt as error:
        aside.print("Stopped. Every answer so far is kept: the same command goes on from here.")
        raise typer.Exit(130) from error


def _print_json(value: object) -> None:
    sys.stdout.write(json.dumps(value, ensure_ascii=False, indent=2, default=str) + "\n")


def _plain(text: str) -> str:
    """The text without what would steer a terminal."""
    return "".join(c if c == "\n" or (c.isprintable() and not 0x200E <= ord(c) <= 0x200F) else "\ufffd" for c in text)


@app.command()
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
    filter_tag: Annotated[list[str] | None, typer.Option(help="Only questions with one of these tags.")] = None,
    kind: Annotated[list[str] | None, typer.Option(help="Only questions of these kinds.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with --seed.")] = None,
    seed: Annotated[int, typer.Option(help="For the sample and the intervals.")] = SEED,
    only_failed: Annotated[Path | None, typer.Option(help="Only questions that failed in this run.json.")] = None,
    repeat: Annotated[int, typer.Option(min=1, max=100, help="Ask every question so many times.")] = 1,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Questions asked at the same time.")] = 1,
    resume: Annotated[bool, typer.Option("--resume", help="With --against: take up a run that was stopped.")] = False,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask everything again, whatever is kept.")] = False,
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
    if plain and (home is not None or against is not None):
        raise typer.BadParameter("--plain answers from --corpus by itself: leave out --home and --against")
    if (judge is None) != (judge_model is None):
        raise typer.BadParameter("--judge and --judge-model belong together")
    if fresh and resume:
        raise typer.BadParameter("--fresh and --resume exclude each other")
    floors = _floors(require or [])
    measures: tuple[Measure, ...] = ALL
    if price_in is not None or price_out is not None:
        measures = (*ALL, cost(price_in or 0.0, price_out or 0.0))
    with _told(as_json=as_json), ExitStack() as stack:
        suite = merged([load(path) for path in suites])
        ids = _failed_ids(only_failed) if only_failed else None
        before = outputs.scored(baseline) if baseline else None
        labelled = load_pairs(pairs, "test") if pairs else None
        for path in output or []:
            outputs.check_name(path)
        folder = cache or Path(platformdirs.user_cache_dir("dateline", appauthor=False)) / "eval"
        sources = [] if home else (corpus or [_corpus_of(path) for path in suites])
        build = _plain_system(stack, model, sources) if plain else None
        asker, articles = build or _system(stack, against, model, key_env, home, sources, folder)
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
        second = ModelJudge(judge, judge_model, key=_key(judge_key_env)) if judge and judge_model else None
        with _bar(quiet=as_json) as on_done:
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
            record["checker"] = confusion(labelled, own_check(getattr(asker, "embedder", None)))
        for path in output or []:
            outputs.write(path, record)
    _show_run(record, comparison, broken, output or [], as_json=as_json)
    if broken or (comparison is not None and not comparison.passed):
        raise typer.Exit(GATE_FAILED)
    if unread := record["judge_failures"]:
        aside.print(
            Text(f"error: {len(unread)} verdicts of the judge cannot be read, the first: {_plain(unread[0])}")
        )
        raise typer.Exit(1)


def _key(variable: str | None) -> str | None:
    """The key in a named variable. Raises BadRecord where it is named and not set."""
    key = os.environ.get(variable) if variable is not None else None
    if variable is not None and not key:
        raise BadRecord(f"the variable {variable} that should hold a key is not set")
    return key


def _system(
    stack: ExitStack,
    against: str | None,
    model: str | None,
    key_env: str | None,
    home: Path | None,
    sources: Sequence[Path],
    folder: Path,
) -> tuple[Asker, Articles]:
    """Who is asked, and where citations are read back from."""
    if against is not None:
        articles: Articles = GivenArticles.read(sources) if home is None else _stored(stack, home)
        return remote_asker(against, model=model, key=_key(key_env)), articles
    from eval.inprocess import InProcess

    place = home or folder / f"index-{_content_hash(sources)}"
    environment = {**os.environ, "DATELINE_HOME": str(place)}
    if model is not None:
        environment["DATELINE_MODEL"] = model
    system = stack.enter_context(InProcess(Settings.read(environment), sources))
    return system, system.articles


def _plain_system(stack: ExitStack, model: str | None, sources: Sequence[Path]) -> tuple[Asker, Articles]:
    """The plain system to compare with, with the model of the settings."""
    from eval.plain import PlainBM25
    from rag.build import open_model

    settings = Settings.read({**os.environ, **({"DATELINE_MODEL": model} if model is not None else {})})
    speaks = open_model(settings)
    if speaks is not None:
        stack.callback(speaks.close)
    articles = GivenArticles.read(sources)
    return PlainBM25(articles, speaks, exact=not settings.uses_endpoint), articles


def _stored(stack: ExitStack, home: Path) -> StoreArticles:
    store = Store(home / "articles.sqlite")
    stack.callback(store.close)
    return StoreArticles(store)


def _content_hash(sources: Sequence[Path]) -> str:
    """Names the corpus, so that a removed or changed article never lingers in an index of it."""
    digest = hashlib.sha256()
    for source in sources:
        for path in sorted(p for p in source.rglob("*") if p.is_file()) if source.is_dir() else [source]:
            try:
                digest.update(str(path).encode() + b"\0" + hashlib.sha256(path.read_bytes()).digest())
            except OSError as error:
                raise BadRecord(f"{path} cannot be read ({error.strerror or error}): check --corpus") from error
    return digest.hexdigest()[:20]


def _corpus_of(gold: Path) -> Path:
    """The folder named like the gold file: beside it, or beside one of the two folders it lies in."""
    places = [gold.absolute().parents[up] / gold.stem for up in range(min(3, len(gold.absolute().parents)))]
    for place in places:
        if place.is_dir():
            return place
    raise BadRecord(f"no folder `{gold.stem}` beside {gold}: say where the articles are with --corpus or --home")


@contextmanager
def _bar(*, quiet: bool) -> Iterator[Callable[[int, int], None]]:
    """A progress bar of questions."""
    columns = (
        SpinnerColumn(),
        TextColumn("asking"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=aside, transient=True, disable=quiet or not aside.is_terminal) as bar:
        task = bar.add_task("asking", total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)


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


def _show_run(
    record: Mapping[str, Any],
    comparison: Comparison | None,
    broken: Sequence[str],
    written: Sequence[Path],
    *,
    as_json: bool,
) -> None:
    if as_json:
        _print_json({key: value for key, value in record.items() if key != "questions"})
        return
    _show_summary(record)
    if comparison is not None:
        _show_comparison(comparison)
    for name in broken:
        people.print(Text(f"{name} is worse than required", style="red"))
    for path in written:
        people.print(Text(f"wrote {path}", style="dim"))


def _show_summary(record: Mapping[str, Any]) -> None:
    table = Table("measure", "value", "95 % interval", "questions", box=None, pad_edge=False, header_style="bold")
    titles = {measure.name: measure for measure in (*ALL, cost(0, 0))}
    for name, figure in record["summary"].items():
        measure = titles.get(name)
        unit = measure.unit if measure else "share"
        table.add_row(
            name,
            outputs.shown(figure["value"], unit),
            f"{outputs.shown(figure['low'], unit)} – {outputs.shown(figure['high'], unit)}",
            str(figure["n"]),
        )
    people.print(table)
    failed = [entry for entry in record["questions"] if entry["failures"]]
    people.print(
        f"\n{len(record['questions'])} questions, {len(failed)} with a fault; {record['reused']} kept answers used"
    )


def _show_comparison(comparison: Comparison) -> None:
    table = Table("measure", "before", "after", "change", "95 % interval", "", box=None, header_style="bold")
    styles = {"failed": "red", "worse": "yellow", "better": "green"}
    for line in comparison.lines:
        d = line.difference
        table.add_row(
            line.measure,
            f"{d.a:.3f}",
            f"{d.b:.3f}",
            f"{d.change:+.3f}",
            f"{d.low:+.3f} … {d.high:+.3f}",
            Text(line.verdict, style=styles.get(line.verdict, "dim")),
        )
    people.print(table)
    for name in comparison.lost:
        people.print(f"{name} cannot be measured any more")
    people.print(
        Text("gate passed", style="green")
        if comparison.passed
        else Text(f"gate failed: {', '.join(comparison.failed)}", style="red")
    )


@app.command("compare")
def compare_(
    before: Annotated[Path, typer.Argument(help="The run.json or baseline to compare with.")],
    after: Annotated[Path, typer.Argument(help="The run.json that may pass or not.")],
    min_drop: Annotated[float, typer.Option(min=0.0, help="Smallest drop that fails.")] = MIN_DROP,
    measure: Annotated[list[str] | None, typer.Option(help="Hold only these measures to the gate.")] = None,
    seed: Annotated[int, typer.Option(help="For the intervals.")] = SEED,
    as_json: AsJson = False,
) -> None:
    """Compare two runs by the same questions; exit with 100 where the second is worse beyond noise."""
    names = {m.name for m in ALL}
    if unknown := [name for name in measure or [] if name not in names]:
        raise typer.BadParameter(f"no measure {', '.join(unknown)}; there are {', '.join(sorted(names))}")
    with _told(as_json=as_json):
        comparison = compare(
            outputs.scored(before), outputs.scored(after), min_drop=min_drop, seed=seed, gated=measure or GATED
        )
    if as_json:
        _print_json(comparison.as_json(min_drop))
    else:
        _show_comparison(comparison)
    if not comparison.passed:
        raise typer.Exit(GATE_FAILED)


@app.command()
def view(
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="A run.json.")],
    output: Annotated[
        list[Path] | None, typer.Option("-o", "--output", help="Write .html, .csv or .xml from it. Repeatable.")
    ] = None,
    failed: Annotated[bool, typer.Option("--failed", help="List the questions with a fault.")] = False,
    by_kind: Annotated[bool, typer.Option("--by-kind", help="Show the figures of each kind of question.")] = False,
    question: Annotated[str | None, typer.Option(help="Show one question, by its id.")] = None,
    as_json: AsJson = False,
) -> None:
    """Show a run again: its figures, what failed, one question, or its report."""
    with _told(as_json=as_json):
        record = outputs.read(run_file)
        entries = record["questions"]
        if question is not None:
            entries = [entry for entry in entries if entry["gold"]["id"] == question]
            if not entries:
                raise BadRecord(f"no question `{question}` in {run_file}: see `--failed --json` for ids")
        elif failed:
            entries = [entry for entry in entries if entry["failures"]]
        for path in output or []:
            outputs.write(path, record)
    if as_json:
        whole = question is not None or failed
        _print_json(entries if whole else {key: value for key, value in record.items() if key != "questions"})
        return
    if by_kind:
        _show_kinds(record)
    elif question is None:
        _show_summary(record)
    if question is not None or failed:
        for entry in entries:
            _show_question(entry)
    for path in output or []:
        people.print(Text(f"wrote {path}", style="dim"))


def _show_kinds(record: Mapping[str, Any]) -> None:
    """A table of measures by kind, a column per kind, with a mark where no question is eligible."""
    units = {measure.name: measure.unit for measure in (*ALL, cost(0, 0))}
    kinds = record["by_kind"]
    table = Table("measure", "all", *(kind.replace("_", " ") for kind in kinds), box=None, header_style="bold")
    for name, figure in record["summary"].items():
        unit = units.get(name, "share")
        cells = (outputs.shown(held[name]["value"], unit) if name in held else "–" for held in kinds.values())
        table.add_row(name, outputs.shown(figure["value"], unit), *cells)
    # As wide as it is: squeezed into a narrow terminal, or a pipe, it would say nothing.
    Console(highlight=False, width=max(people.width, 40 + 16 * len(kinds))).print(table)


def _show_question(entry: Mapping[str, Any]) -> None:
    gold, answer = entry["gold"], entry["answer"] or {}
    people.print(Text(f"\n{gold['id']}  {_plain(gold['question'])}", style="bold"))
    people.print(Text(f"  expected: {_plain(gold['answer']) or '(the articles do not say)'}"))
    told = answer.get("answer") or answer.get("outcome") or entry["error"] or ""
    people.print(Text(f"  got:      {_plain(str(told))}"))
    for sentence in entry["failures"]:
        people.print(Text(f"  {_plain(sentence)}", style="red"))


@app.command()
def validate(
    gold: Annotated[list[Path], typer.Argument(help="Gold files (JSON Lines).", show_default=False)],
    corpus: Corpus = None,
    home: Home = None,
    no_corpus: Annotated[bool, typer.Option("--no-corpus", help="Check the files alone.")] = False,
    strict: Annotated[bool, typer.Option("--strict", help="Let warnings fail too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Check gold files: the format, contradictions, and that every proving line is in the corpus."""
    report = []
    with _told(as_json=as_json), ExitStack() as stack:
        for path in gold:
            suite: Suite = load(path)
            lines = None
            if not no_corpus:
                articles = _stored(stack, home) if home else GivenArticles.read(corpus or [_corpus_of(path)])
                lines = CorpusLines(articles)
            report.append((path, suite, examine(suite, lines)))
    bad = any(finding.level == "error" or strict for _, _, findings in report for finding in findings)
    if as_json:
        _print_json(
            {
                "sound": not bad,
                "files": [
                    {
                        "path": str(path),
                        "sha256": suite.sha256,
                        "questions": len(suite.questions),
                        "findings": [{"question": f.question_id, "level": f.level, "text": f.text} for f in findings],
                    }
                    for path, suite, findings in report
                ],
            }
        )
    else:
        for path, suite, findings in report:
            for finding in findings:
                style = "red" if finding.level == "error" else "yellow"
                people.print(Text(f"{finding.level}: {finding.question_id}: {finding.text}", style=style))
            people.print(Text(f"{path}: {len(suite.questions)} questions, {len(findings)} remarks"))
    if bad:
        raise typer.Exit(1)


class Which(StrEnum):
    """A check of a sentence against lines."""

    ANSWERS = "answers"  # what every sentence of an answer passes
    RULES = "rules"  # its rules alone, without the share of own words and the cosine
    LEXICAL = "lexical"  # the suite's independent one


@app.command()
def check(
    pairs: Annotated[Path, typer.Argument(help="Sentence–line pairs, labelled by hand (JSON Lines).")],
    split: Annotated[str | None, typer.Option(help="Only the pairs of this split: dev or test.")] = None,
    which: Annotated[Which, typer.Option(help="The whole check of answers, its rules alone, or the suite's own.")] = (
        Which.ANSWERS
    ),
    as_json: AsJson = False,
) -> None:
    """Hold the support check itself against labelled pairs: its confusion matrix, and what it lets through."""
    with _told(as_json=as_json):
        labelled = load_pairs(pairs, split)
        if which is Which.ANSWERS:
            settings = Settings.read(os.environ)
            judge = own_check(load_embedder(settings.embedder, threads=settings.threads))
        else:
            judge = rules_check if which is Which.RULES else lexical_check
        found = confusion(labelled, judge)
    if as_json:
        _print_json(found)
        return
    table = Table("by hand ↓ by the check →", *found["labels"], box=None, header_style="bold")
    for label in found["labels"]:
        table.add_row(label, *(str(found["matrix"][label][other]) for other in found["labels"]))
    people.print(table)
    for name in ("accuracy", "shown_that_should_not", "precision_of_supported", "recall_of_supported"):
        if (figure := found[name]) is not None:
            told = " – ".join(outputs.shown(figure[end], "share") for end in ("low", "high"))
            people.print(
                f"{name.replace('_', ' ')}: {outputs.shown(figure['value'], 'share')} ({told}), n {figure['n']}"
            )
    faults = Table("fault", "caught", "of", box=None, header_style="bold")
    for fault, counts in found["caught"].items():
        faults.add_row(fault, str(counts["caught"]), str(counts["of"]))
    people.print(faults)


class Source(StrEnum):
    """What can be imported."""

    REALTIMEQA = "realtimeqa"
    BEIR = "beir"
    TREC_QRELS = "trec-qrels"
    RAGAS = "ragas"
    DEEPEVAL = "deepeval"


class Target(StrEnum):
    """What a run can be exported as."""

    TREC_QRELS = "trec-qrels"
    TREC_RUN = "trec-run"
    RAGAS = "ragas"
    DEEPEVAL = "deepeval"
    BASELINE = "baseline"


class Level(StrEnum):
    """What TREC files are about."""

    ARTICLES = "articles"
    LINES = "lines"


@app.command("import")
def import_(
    source: Annotated[Source, typer.Argument(metavar="FORMAT", help="|".join(Source))],
    path: Annotated[Path, typer.Argument(help="The file, or for beir the folder.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The gold file to write.")],
    setting: Annotated[str, typer.Option(help="realtimeqa: open, choices or nota (none of the above).")] = "open",
    split: Annotated[str, typer.Option(help="beir: which qrels.")] = "test",
    topics: Annotated[Path | None, typer.Option(help="trec-qrels: the queries, `id<TAB>text` a line.")] = None,
    as_json: AsJson = False,
) -> None:
    """Make a gold file of another tool's questions."""
    if source is Source.TREC_QRELS and topics is None:
        raise typer.BadParameter("trec-qrels needs --topics: judgements alone do not say what was asked")
    with _told(as_json=as_json):
        if source is Source.REALTIMEQA:
            questions = realtimeqa.read(path, setting)
        elif source is Source.BEIR:
            questions = beir.read(path, split)
        elif source is Source.TREC_QRELS and topics is not None:
            questions = trec.read(path, topics)
        elif source is Source.RAGAS:
            questions = ragas.read(path)
        else:
            questions = deepeval.read(path)
        text = "".join(json.dumps(question.as_json(), ensure_ascii=False) + "\n" for question in questions)
        outputs.write_text(output, text)
        suite = load(output)
    if as_json:
        _print_json({"path": str(output), "sha256": suite.sha256, "questions": len(suite.questions)})
    else:
        people.print(Text(f"wrote {output}: {len(suite.questions)} questions"))


@app.command()
def export(
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="A run.json.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    target: Annotated[Target, typer.Option("--format", help="What to write.")],
    level: Annotated[Level, typer.Option(help="trec: judge articles, or proving lines.")] = Level.ARTICLES,
    as_json: AsJson = False,
) -> None:
    """Write a run as what other tools read, or as a baseline to commit."""
    with _told(as_json=as_json):
        record = outputs.read(run_file)
        cases = outputs.cases(record)
        if target is Target.TREC_QRELS:
            text = trec.qrels(cases, level)
        elif target is Target.TREC_RUN:
            text = trec.run(cases, level)
        elif target is Target.BASELINE:
            text = outputs.as_baseline(record)
        else:
            made = (ragas if target is Target.RAGAS else deepeval).records(cases, record["questions"])
            lines = [json.dumps(sample, ensure_ascii=False) for sample in made]
            # ragas reads JSON Lines, deepeval an array.
            text = "\n".join(lines) + "\n" if target is Target.RAGAS else "[\n" + ",\n".join(lines) + "\n]\n"
        outputs.write_text(output, text)
    if as_json:
        _print_json({"path": str(output), "questions": len(cases)})
    else:
        people.print(Text(f"wrote {output}"))
