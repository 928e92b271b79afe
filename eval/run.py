"""The runner: ask every question of a suite, keep every answer, grade them all."""

from __future__ import annotations

import dataclasses
import datetime as dt
import random
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from eval.articles import Articles
from eval.asking import Asker, fell_back
from eval.bootstrap import SEED
from eval.case import Case
from eval.errors import AskFailed, BadGold
from eval.gold import GoldQuestion, Suite
from eval.journal import Asked, Journal
from eval.judge import Judge, judged
from eval.measures import ALL, Measure
from eval.record import as_json, expected_lines, graded
from eval.summary import summarise
from eval.why import reasons

FORMAT = "dateline-eval-run"
VERSION = 1

OnDone = Callable[[int, int], None]  # asked so far (or taken from the journal), in all


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """How a run is made. All of it is recorded in run.json."""

    tags: frozenset[str] = frozenset()  # any of these tags; none: all questions
    kinds: frozenset[str] = frozenset()
    ids: frozenset[str] | None = None  # only these questions
    sample: int | None = None
    seed: int = SEED
    repeat: int = 1
    jobs: int = 1
    reuse: bool = True  # take answers from the journal


@dataclass(frozen=True, kw_only=True)
class Run:
    """A finished run: its cases in the order of the suite, and the JSON of run.json."""

    cases: tuple[Case, ...]
    record: Mapping[str, Any] = field(repr=False)

    @property
    def summary(self) -> Mapping[str, Any]:
        """The figures by the measures' names."""
        found: Mapping[str, Any] = self.record["summary"]
        return found


def merged(suites: Sequence[Suite]) -> Suite:
    """Several gold files as one suite. Raises BadGold where two questions share an id."""
    if len(suites) == 1:
        return suites[0]
    seen: dict[str, str] = {}
    for suite in suites:
        for question in suite.questions:
            if question.id in seen:
                raise BadGold(str(suite.path), [f"the id `{question.id}` is also in {seen[question.id]}"])
            seen[question.id] = suite.name
    return Suite(
        "+".join(suite.name for suite in suites),
        suites[0].path,
        "+".join(suite.sha256 for suite in suites),
        tuple(question for suite in suites for question in suite.questions),
    )


def chosen(suite: Suite, options: Options) -> list[GoldQuestion]:
    """The questions that a run asks, in the order of the suite. A sample is the same for the same seed."""
    questions = [
        question
        for question in suite.questions
        if (not options.tags or options.tags & set(question.tags))
        and (not options.kinds or question.kind in options.kinds)
        and (options.ids is None or question.id in options.ids)
    ]
    if options.sample is not None and options.sample < len(questions):
        kept = set(random.Random(options.seed).sample(range(len(questions)), options.sample))  # noqa: S311 - a sample
        questions = [question for number, question in enumerate(questions) if number in kept]
    return questions


def run(
    suite: Suite,
    asker: Asker,
    articles: Articles,
    *,
    options: Options | None = None,
    journal: Path | None = None,
    measures: Sequence[Measure] = ALL,
    judge: Judge | None = None,
    on_done: OnDone = lambda _done, _of: None,
) -> Run:
    """Ask, keep, grade. `journal` is the folder for the journal; without it nothing is kept or reused.

    A question that fails is an error of that question, counted, and never of the run. With a `judge`, each sentence
    gets its verdict too; those that cannot be read are listed in `judge_failures`.
    """
    options = options or Options()
    questions = chosen(suite, options)
    book = Journal(journal, suite.sha256, asker.fingerprint) if journal is not None else None
    started, since = dt.datetime.now(dt.UTC), time.perf_counter()
    held = book.start(fresh=not options.reuse) if book else {}
    wanted = [(question, repeat) for repeat in range(options.repeat) for question in questions]
    answers = {(q.id, r): held[q.id, r] for q, r in wanted if (q.id, r) in held}
    reused = len(answers)
    _ask_all(wanted, answers, asker, book, options.jobs, on_done)

    cases = [
        graded(
            question,
            answers[question.id, repeat].answer,
            articles,
            error=answers[question.id, repeat].error,
            seconds=answers[question.id, repeat].seconds,
        )
        for question in questions
        for repeat in range(options.repeat)
    ]
    unread: list[str] = []
    if judge is not None:
        cases, unread = judged(cases, judge, on_done)
    record = {
        "format": FORMAT,
        "version": VERSION,
        "suite": {"name": suite.name, "sha256": suite.sha256, "questions": len(suite.questions)},
        "system": {"name": asker.name, "fingerprint": asker.fingerprint},
        "options": {
            "tags": sorted(options.tags),
            "kinds": sorted(options.kinds),
            "ids": None if options.ids is None else sorted(options.ids),
            "sample": options.sample,
            "seed": options.seed,
            "repeat": options.repeat,
            "jobs": options.jobs,
        },
        "started_at": started.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "seconds": round(time.perf_counter() - since, 3),
        "asked": len(wanted),
        "reused": reused,
        "judge_failures": unread,
        **summarise(cases, measures, seed=options.seed),
        "questions": _told(cases, measures, articles),
    }
    return Run(cases=tuple(cases), record=record)


def _ask_all(
    wanted: Sequence[tuple[GoldQuestion, int]],
    answers: dict[tuple[str, int], Asked],
    asker: Asker,
    book: Journal | None,
    jobs: int,
    on_done: OnDone,
) -> None:
    """Ask what is not answered yet, `jobs` at a time. An interrupt lets the questions under way finish, no more."""
    missing = [(question, repeat) for question, repeat in wanted if (question.id, repeat) not in answers]
    on_done(len(answers), len(wanted))
    pool = ThreadPoolExecutor(max_workers=max(1, jobs), thread_name_prefix="ask")
    waiting: dict[Future[Asked], tuple[str, int]] = {}
    queue = iter(missing)

    def keep(future: Future[Asked]) -> None:
        key = waiting.pop(future)
        answers[key] = future.result()
        # What answered in place of a model that failed is no answer of this system: another time it is asked again.
        if book is not None and not fell_back(answers[key].answer):
            book.add(*key, answers[key])

    try:
        while True:
            # Handed over a few at a time, so that an interrupt has little to wait for.
            for question, repeat in queue:
                waiting[pool.submit(_ask, asker, question)] = (question.id, repeat)
                if len(waiting) >= jobs:
                    break
            if not waiting:
                return
            done, _ = wait(waiting, return_when=FIRST_COMPLETED)
            for future in done:
                keep(future)
                on_done(len(answers), len(wanted))
    finally:
        pool.shutdown(wait=True, cancel_futures=True)
        for future in [f for f in waiting if not f.cancelled() and f.exception() is None]:
            keep(future)  # what was under way when the run was interrupted


def _ask(asker: Asker, question: GoldQuestion) -> Asked:
    asked = question.question
    if question.choices:
        asked += "\nChoose one of: " + "; ".join(question.choices)
    since = time.perf_counter()
    try:
        answer = asker.ask(asked, as_of=question.as_of)
    except AskFailed as error:
        return Asked(None, str(error), round(time.perf_counter() - since, 6))
    return Asked(answer, None, round(time.perf_counter() - since, 6))


def regraded(done: Run, suite: Suite, articles: Articles, measures: Sequence[Measure] = ALL) -> Run:
    """The answers of a run graded by the questions of another suite with the same ids: nothing is asked."""
    by_id = {question.id: question for question in suite.questions}
    cases = tuple(dataclasses.replace(case, question=by_id[case.question.id]) for case in done.cases)
    record = {
        **done.record,
        "suite": {"name": suite.name, "sha256": suite.sha256, "questions": len(suite.questions)},
        **summarise(cases, measures, seed=done.record["options"]["seed"]),
        "questions": _told(cases, measures, articles),
    }
    return Run(cases=cases, record=record)


def _told(cases: Sequence[Case], measures: Sequence[Measure], articles: Articles) -> list[dict[str, Any]]:
    scores = {measure.name: measure.scores(cases) for measure in measures}
    return [
        {
            **as_json(case),
            "correct": case.correct,
            "scores": {name: score.value for name, held in scores.items() if (score := held[number]) is not None},
            "failures": reasons(case),
            "expected_lines": expected_lines(case.question, articles),
        }
        for number, case in enumerate(cases)
    ]
