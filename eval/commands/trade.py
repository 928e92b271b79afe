"""`dateline eval import` and `export`: files of other tools."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from eval import outputs
from eval.commands.terminal import AsJson, people, print_json, told
from eval.formats import beir, deepeval, ragas, realtimeqa, trec
from eval.formats.records import objects
from eval.gold import load


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
    with told(as_json=as_json):
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
        held = sum(1 for _ in objects(path)) if source in (Source.RAGAS, Source.DEEPEVAL) else len(questions)
    left_out = held - len(questions)
    if as_json:
        counts = {"questions": len(suite.questions), "left_out": left_out}
        print_json({"path": str(output), "sha256": suite.sha256, **counts})
    else:
        why = f"; {left_out} without an expected answer left out" if left_out else ""
        people.print(Text(f"wrote {output}: {len(suite.questions)} questions{why}"))


def export(
    run_file: Annotated[Path, typer.Argument(metavar="RUN", help="A run.json.")],
    output: Annotated[Path, typer.Option("-o", "--output", help="The file to write.")],
    target: Annotated[Target, typer.Option("--format", help="What to write.")],
    level: Annotated[Level, typer.Option(help="trec: judge articles, or proving lines.")] = Level.ARTICLES,
    as_json: AsJson = False,
) -> None:
    """Write a run as what other tools read, or as a baseline to commit."""
    with told(as_json=as_json):
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
        print_json({"path": str(output), "questions": len(cases)})
    else:
        people.print(Text(f"wrote {output}"))
