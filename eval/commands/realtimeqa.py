"""`dateline eval realtimeqa`: the public benchmark, by one command."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Annotated, Any

import platformdirs
import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from eval import benchmark, outputs
from eval.articles import Articles
from eval.asking import Asker, Narrowed
from eval.bootstrap import SEED
from eval.commands import systems
from eval.commands.terminal import AsJson, Replies, people, print_json, progress_bar, told
from eval.errors import BadRecord
from eval.formats.realtimeqa import SETTINGS
from eval.run import Options, Run

QUESTIONS = "questions-dev.jsonl"
HEADS = {"exact_match": "exact", "f1": "F1", "alias_coverage": "contained", "choice_accuracy": "right choice"}
REFUSAL = {
    "refusal_precision": "refusals right",
    "refusal_recall": "due ones refused",
    "answer_rate": "others answered",
}


def run(
    data: Annotated[Path, typer.Option(help=f"Folder with {QUESTIONS}, as RealTime QA's lie.", show_default=False)],
    home: Annotated[
        Path, typer.Option(help="Home that holds the articles, as `dateline ingest` made it.", show_default=False)
    ],
    questions: Annotated[
        Path | None, typer.Option(help=f"Other questions of the same form.  [default: {QUESTIONS} of --data]")
    ] = None,
    setting: Annotated[
        list[str] | None, typer.Option(help=f"Only this setting, of {', '.join(SETTINGS)}. Repeatable.")
    ] = None,
    system: Annotated[
        list[str] | None, typer.Option(help=f"Only this system, of {', '.join(benchmark.SYSTEMS)}. Repeatable.")
    ] = None,
    days: Annotated[
        float, typer.Option(help="Ask so many days after a question's date, when its articles were first seen.")
    ] = benchmark.DAYS,
    model: Annotated[str | None, typer.Option(help="Model of all systems, as DATELINE_MODEL.")] = None,
    sample: Annotated[int | None, typer.Option(min=1, help="Only so many questions, drawn with --seed.")] = None,
    seed: Annotated[int, typer.Option(help="For the sample and the intervals.")] = SEED,
    jobs: Annotated[int, typer.Option(min=1, max=64, help="Questions asked at the same time.")] = 1,
    fresh: Annotated[bool, typer.Option("--fresh", help="Ask everything again, whatever is kept.")] = False,
    replies: Replies = None,
    output: Annotated[Path | None, typer.Option("-o", "--output", help="Write the JSON there too.")] = None,
    runs: Annotated[
        Path | None, typer.Option(help="Folder for a run.json of each setting and system, to view and compare.")
    ] = None,
    cache: Annotated[Path | None, typer.Option(help="Folder of journals between runs.")] = None,
    as_json: AsJson = False,
) -> None:
    """RealTime QA: open answers and multiple choice, with our search, the right articles given, and a plain system.

    Answers are kept as they come: stopped, the same command goes on; a larger sample asks only what is new.
    """
    if replies is not None and fresh:
        raise typer.BadParameter("--fresh asks everything again: leave out --replies, or name an empty folder")
    plan = benchmark.Plan(
        settings=_known("--setting", setting, SETTINGS),
        systems=_known("--system", system, benchmark.SYSTEMS),
        days=days,
        options=Options(sample=sample, seed=seed, jobs=jobs, reuse=not fresh),
    )
    with told(as_json=as_json):
        path = questions or data / QUESTIONS
        if not (home / "articles.db").is_file():
            raise BadRecord(
                f"there is no index in {home}: take the articles in with `dateline ingest --home …` first"
            )
        folder = cache or Path(platformdirs.user_cache_dir("dateline", appauthor=False)) / "eval"

        def opened(stack: ExitStack, name: str, narrowed: Narrowed) -> tuple[Asker, Articles]:
            label = benchmark.LABELS.get(name, "")
            if name.startswith("plain"):
                return systems.plain_over_home(stack, model, home, narrowed, label, replies)
            return systems.system(stack, None, model, None, home, [], folder, narrowed, label, replies)

        def write(setting: str, name: str, done: Run) -> None:
            if runs is not None:
                runs.mkdir(parents=True, exist_ok=True)
                outputs.write(runs / f"{setting}-{name}.json", {**done.record, "gate": None})

        with progress_bar(quiet=as_json) as on_done:
            record = benchmark.benchmark(path, opened, plan, journal=folder, on_done=on_done, on_run=write)
        record["model"] = model or os.environ.get("DATELINE_MODEL")
        if output is not None:
            output.write_text(json.dumps(record, indent=2) + "\n", "utf-8")
    if as_json:
        print_json(record)
    else:
        _show(record, plan.settings)


def _known(option: str, given: Sequence[str] | None, known: Sequence[str]) -> Sequence[str]:
    if wrong := [name for name in given or () if name not in known]:
        raise typer.BadParameter(f"{option}: no `{wrong[0]}`; there are {', '.join(known)}")
    return list(dict.fromkeys(given)) if given else known


def _show(record: dict[str, Any], settings: Sequence[str]) -> None:
    people.print(f"{record['questions']:,} questions, {record['with_article']:,} with an article that answers them")
    for setting in settings:
        heads = [HEADS[name] for name in benchmark.columns(setting)]
        table = Table(setting, "questions", "", *heads, box=None, pad_edge=False, header_style="bold")
        for row in benchmark.rows(record, setting):
            table.add_row(*row)
        # As wide as it is: squeezed into a narrow terminal, or a pipe, intervals would break.
        Console(highlight=False, width=max(people.width, 120)).print(table, "")
    if refusal := record["refusal"]:
        told = ", ".join(f"{title} {benchmark.shown(refusal.get(name))}" for name, title in REFUSAL.items())
        people.print(f"each question with its articles and without, {refusal['questions']:,} in all: {told}")
    people.print(Text("per cent, with 95 % intervals by question", style="dim"))
