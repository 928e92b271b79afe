"""RealTime QA as a benchmark: one system after the other on the same questions, retrieval and reading apart.

Three settings of the questions (`open`, `choices`, `nota`) and five systems over one index of the articles: Dateline
as it is (`retrieved`), searching only the articles that hold the answer (`given`: its reading alone) and searching
all others (`taken-out`: questions that should be refused); and a plain system of the same model, with all articles
and with the right ones (`plain`, `plain-given`). Figures are told of all questions asked, of those that some article
answers, and of those whose answer stands in what was retrieved, as the collection's authors tell theirs; and of
refusals, `retrieved` and `taken-out` together: each question once with what answers it and once without.

Source: Kasai et al., RealTime QA: What's the Answer Right Now?, NeurIPS 2023 (datasets and benchmarks).
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import hashlib
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from eval.articles import Articles
from eval.asking import GIVEN, Asker, Narrowed
from eval.case import Case
from eval.errors import BadRecord
from eval.formats import realtimeqa
from eval.gold import GoldQuestion, Suite
from eval.measures import ALL
from eval.measures.ranking import by_answer
from eval.run import OnDone, Options, Run, regraded
from eval.run import run as run_suite
from eval.summary import figures
from index.catalog import Filters

TAKEN_OUT = "taken-out"  # the only one that is asked what it should refuse
SYSTEMS = ("retrieved", "given", TAKEN_OUT, "plain", "plain-given")
LABELS = {"given": GIVEN, "plain-given": GIVEN, TAKEN_OUT: "the right articles taken out"}  # what is narrowed
REFUSAL = ("refusal_precision", "refusal_recall", "answer_rate")
# The collection's own search was made, and its articles were first seen, the day after the date of a question: as of
# the date itself more than a quarter of the questions that some article answers have none yet.
DAYS = 1.0
TOLD = (  # of every part; those that no question is eligible for are left out
    "exact_match",
    "f1",
    "alias_coverage",
    "choice_accuracy",
    "answer_rate",
    "refusal_recall",
    "answer-article-hit@1",
    "answer-article-hit@5",
    "answer-article-hit@10",
    "answer-hit@1",
    "answer-hit@5",
    "answer-hit@10",
    "citation_validity",
    "support_rate",
    "lexical_support",
    "failures",
    "latency_p50_ms",
    "latency_p95_ms",
)
WORDS = frozenset(
    {"exact_match", "f1", "alias_coverage", *(f"answer-hit@{k}" for k in (1, 5, 10))}
)  # of open answers
Open = Callable[[ExitStack, str, Narrowed], tuple[Asker, Articles]]  # one of SYSTEMS → who is asked


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """What is asked of whom."""

    settings: Sequence[str] = realtimeqa.SETTINGS
    systems: Sequence[str] = SYSTEMS
    days: float = DAYS
    options: Options = dataclasses.field(default_factory=Options)


def suite_of(path: Path, setting: str, days: float = DAYS) -> Suite:
    """The questions of one setting as a suite, each asked so many days after its date. Raises BadRecord."""
    later = dt.timedelta(days=days)
    questions = [
        dataclasses.replace(question, as_of=question.as_of + later if question.as_of else None)
        for question in realtimeqa.read(path, setting)
    ]
    digest = hashlib.sha256(path.read_bytes() + f"\0{setting}\0{days:g}".encode()).hexdigest()
    return Suite(f"realtimeqa-{setting}", path, digest, tuple(questions))


def drawn(questions: Sequence[GoldQuestion], sample: int | None, seed: int) -> frozenset[str]:
    """The ids of a sample, or all: the same questions for every setting and system.

    Half of the questions have an article that answers them. A sample of systems that need one is those of it.
    """
    ids = [question.id for question in questions]
    if sample is None or sample >= len(ids):
        return frozenset(ids)
    return frozenset(random.Random(seed).sample(ids, sample))  # noqa: S311 - a sample


def benchmark(
    path: Path,
    open_system: Open,
    plan: Plan,
    *,
    journal: Path | None,
    on_done: OnDone = lambda _done, _of: None,
    on_run: Callable[[str, str, Run], None] = lambda _setting, _system, _run: None,
) -> dict[str, Any]:
    """Run every setting with every system, as JSON: see docs/evaluation.md. Raises EvalError.

    Each answer is kept as it comes: stopped, the same plan goes on, and a larger sample asks only what is new.
    """
    suites = {setting: suite_of(path, setting, plan.days) for setting in plan.settings}
    one = suite_of(path, "open", plan.days)
    known = {question.id: question for question in one.questions}
    asked = drawn(one.questions, plan.options.sample, plan.options.seed)
    answered = frozenset(question.id for question in one.questions if question.relevant)
    cells = []
    refusals: dict[str, Sequence[Case]] = {}
    for system in plan.systems:
        ids = asked & answered if system in LABELS else asked
        if not ids:
            raise BadRecord(f"no question of the sample has an article that answers it: `{system}` has nothing to do")
        with ExitStack() as stack:
            asker, articles = open_system(stack, system, narrowed(one.questions, system))
            options = dataclasses.replace(plan.options, ids=ids, sample=None)
            if system == TAKEN_OUT:
                bare = dataclasses.replace(one, questions=tuple(_unanswerable(q) for q in one.questions))
                done = run_suite(bare, asker, articles, options=options, journal=journal, on_done=on_done)
                refusals[system] = done.cases
                on_run("open", system, done)
                cells.append(_cell("open", system, asker.name, done, known, plan.options.seed))
                continue
            alone: Run | None = None
            for setting, suite in suites.items():
                if system.startswith("plain"):
                    done = run_suite(suite, asker, articles, options=options, journal=journal, on_done=on_done)
                else:
                    alone = alone or run_suite(
                        one, asker, articles, options=options, journal=journal, on_done=on_done
                    )
                    done = regraded(alone, suite, articles)
                    if system == "retrieved":
                        refusals[system] = [case for case in alone.cases if case.question.relevant]
                on_run(setting, system, done)
                cells.append(_cell(setting, system, asker.name, done, known, plan.options.seed))
    return {
        "format": "dateline-realtimeqa",
        "version": 1,
        "questions": len(asked),
        "with_article": len(asked & answered),
        "days": plan.days,
        "sample": plan.options.sample,
        "seed": plan.options.seed,
        "cells": cells,
        "refusal": _refusal(refusals, plan.options.seed),
    }


def narrowed(questions: Sequence[GoldQuestion], system: str) -> Narrowed:
    """What each question's search is narrowed to when a system is asked; nothing for those that search everything."""
    if system not in LABELS:
        return {}
    out = system == TAKEN_OUT
    return {
        q.question: Filters(without=q.proving) if out else Filters(articles=q.proving)
        for q in questions
        if q.relevant
    }


def _unanswerable(question: GoldQuestion) -> GoldQuestion:
    """The same question where no article answers it: whatever is said is wrong."""
    return dataclasses.replace(question, answer="", aliases=(), relevant=(), answerable=False)


def _refusal(cases: Mapping[str, Sequence[Case]], seed: int) -> dict[str, Any] | None:
    """How well is told which questions the articles answer: those with an answer beside the same without one.

    None unless both were asked.
    """
    if len(cases) < 2:
        return None
    # A question counts twice: once that should be answered, once that should not.
    both = [
        dataclasses.replace(case, question=dataclasses.replace(case.question, id=f"{case.question.id} {system}"))
        for system, held in cases.items()
        for case in held
    ]
    found = figures(both, [measure for measure in ALL if measure.name in REFUSAL], seed=seed)
    return {"questions": len(both), **{name: dataclasses.asdict(found[name]) for name in REFUSAL if name in found}}


def _cell(
    setting: str, system: str, name: str, done: Run, known: Mapping[str, GoldQuestion], seed: int
) -> dict[str, Any]:
    with_article = [case for case in done.cases if case.question.relevant]
    # "None of the above" stands in no article: what counts is the answer of the open question.
    retrieved = [c for c in done.cases if _retrieved(dataclasses.replace(c, question=known[c.question.id]))]
    return {
        "setting": setting,
        "system": system,
        "name": name,
        "all": _told(done.cases, seed),
        "with_article": _told(with_article, seed),
        "answer_retrieved": _told(retrieved, seed),
    }


def _retrieved(case: Case) -> bool:
    """Whether the answer stands in what was retrieved."""
    held = by_answer(case)
    return held is not None and any(place in held[0] for place in held[1])


def _told(cases: Sequence[Case], seed: int) -> dict[str, Any]:
    choices = any(case.question.choices for case in cases)
    measures = [m for m in ALL if m.name in TOLD and not (choices and m.name in WORDS)]
    found = figures(cases, measures, seed=seed) if cases else {}
    return {
        "questions": len({case.question.id for case in cases}),
        **{name: dataclasses.asdict(found[name]) for name in TOLD if name in found},
    }


PARTS = {"all": "all", "with_article": "an article answers", "answer_retrieved": "answer retrieved"}


def columns(setting: str) -> tuple[str, ...]:
    """The measures that a setting is told by."""
    return ("exact_match", "f1", "alias_coverage") if setting == "open" else ("choice_accuracy",)


def rows(record: Mapping[str, Any], setting: str) -> list[tuple[str, ...]]:
    """A table for people: system, part of the questions, how many, then per cent with the interval."""
    return [
        (
            cell["system"] if part == "all" else "",
            title,
            str(cell[part]["questions"]),
            *(shown(cell[part].get(name)) for name in columns(setting)),
        )
        for cell in record["cells"]
        if cell["setting"] == setting and cell["system"] != TAKEN_OUT
        for part, title in PARTS.items()
        if part != "with_article" or cell["system"] not in LABELS  # those are asked nothing else
    ]


def shown(figure: Mapping[str, float] | None) -> str:
    """Per cent, with the interval."""
    if figure is None:
        return "–"
    return f"{100 * figure['value']:.1f} ({100 * figure['low']:.1f} – {100 * figure['high']:.1f})"
