"""`dateline eval compare` and `view`: what to do with runs that are there."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from eval import outputs
from eval.bootstrap import SEED
from eval.commands.terminal import (
    GATE_FAILED,
    AsJson,
    people,
    print_json,
    show_comparison,
    show_kinds,
    show_question,
    show_summary,
    told,
)
from eval.compare import GATED, MIN_DROP, compare
from eval.errors import BadRecord
from eval.measures import ALL


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
    with told(as_json=as_json):
        comparison = compare(
            outputs.scored(before), outputs.scored(after), min_drop=min_drop, seed=seed, gated=measure or GATED
        )
    if as_json:
        print_json(comparison.as_json(min_drop))
    else:
        show_comparison(comparison)
    if not comparison.passed:
        raise typer.Exit(GATE_FAILED)


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
    with told(as_json=as_json):
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
        print_json(entries if whole else {key: value for key, value in record.items() if key != "questions"})
        return
    if by_kind:
        show_kinds(record)
    elif question is None:
        show_summary(record)
    if question is not None or failed:
        for entry in entries:
            show_question(entry)
    for path in output or []:
        people.print(Text(f"wrote {path}", style="dim"))
