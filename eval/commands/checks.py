"""`dateline eval validate` and `check`: is the gold sound, and is the support check?"""

from __future__ import annotations

import os
from contextlib import ExitStack
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from eval import outputs
from eval.articles import CorpusLines, GivenArticles
from eval.commands import systems
from eval.commands.terminal import AsJson, Corpus, Home, people, print_json, told
from eval.gold import examine, load
from eval.pairs import confusion, lexical_check, own_check, rules_check
from eval.pairs import load as load_pairs
from index.embedder import load_embedder
from rag.build import open_entailment
from rag.settings import Settings


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
    with told(as_json=as_json), ExitStack() as stack:
        for path in gold:
            suite = load(path)
            lines = None
            if not no_corpus:
                articles = (
                    systems.stored(stack, home) if home else GivenArticles.read(corpus or [systems.corpus_of(path)])
                )
                lines = CorpusLines(articles)
            report.append((path, suite, examine(suite, lines)))
    bad = any(finding.level == "error" or strict for _, _, findings in report for finding in findings)
    if as_json:
        print_json(
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


def check(
    pairs: Annotated[Path, typer.Argument(help="Sentence–line pairs, labelled by hand (JSON Lines).")],
    split: Annotated[str | None, typer.Option(help="Only the pairs of this split: dev or test.")] = None,
    which: Annotated[Which, typer.Option(help="The whole check of answers, its rules alone, or the suite's own.")] = (
        Which.ANSWERS
    ),
    as_json: AsJson = False,
) -> None:
    """Hold the support check itself against labelled pairs: its confusion matrix, and what it lets through."""
    with told(as_json=as_json):
        labelled = load_pairs(pairs, split)
        if which is Which.ANSWERS:
            settings = Settings.read(os.environ)
            embedder = load_embedder(settings.embedder, threads=settings.threads)
            judge = own_check(embedder, open_entailment(embedder))
        else:
            judge = rules_check if which is Which.RULES else lexical_check
        found = confusion(labelled, judge)
    if as_json:
        print_json(found)
        return
    table = Table("by hand ↓ by the check →", *found["labels"], box=None, header_style="bold")
    for label in found["labels"]:
        table.add_row(label, *(str(found["matrix"][label][other]) for other in found["labels"]))
    people.print(table)
    people.print(f"macro F1: {outputs.shown(found['macro_f1'], 'share')}, n {found['n']}")
    for name in ("accuracy", "shown_that_should_not", "precision_of_supported", "recall_of_supported"):
        if (figure := found[name]) is not None:
            interval = " – ".join(outputs.shown(figure[end], "share") for end in ("low", "high"))
            people.print(
                f"{name.replace('_', ' ')}: {outputs.shown(figure['value'], 'share')} ({interval}), n {figure['n']}"
            )
    faults = Table("fault", "caught", "of", box=None, header_style="bold")
    for fault, counts in found["caught"].items():
        faults.add_row(fault, str(counts["caught"]), str(counts["of"]))
    people.print(faults)
