"""The end of the line: what a run has gathered becomes an answer, with its outcome, its notes and its reading."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator

from rag import extractive, fitting, notes, trace
from rag.age import latest, newest, only_older
from rag.answer import Answer, Citation, Outcome, Reason, Support
from rag.brief import bare_number
from rag.lines import LinesOf
from rag.resolve import Markers, cite
from rag.run import Run
from rag.worked_out import day_of


def finish(run: Run, markers: Markers, lines_of: LinesOf, *, explain: bool) -> Answer:
    """The answer that a run comes to."""
    run.timings["total"] = round((time.perf_counter() - run.started) * 1000)
    before, pool = run.readings.before, run.readings.whole.pool
    cited = [citation.published_at for citation in markers.citations]
    missing = run.readings.missing if run.sentences else ()
    if run.sentences:
        outcome, reason = Outcome.PARTIAL if missing else Outcome.ANSWERED, None
        reading: tuple[Citation, ...] = ()
        told = notes.of_answer(run, [date for date in cited if date is not None], missing)
    else:
        run.too_old = run.too_old or only_older(run, before, pool)
        outcome, reason = Outcome.INSUFFICIENT, _reason(run)
        reading = tuple(_nearest(run, lines_of))
        told = notes.of_none(run, before, newest(pool))
    return Answer(
        question=run.original,
        as_of=run.as_of,
        outcome=outcome,
        reason=reason,
        confidence=run.confidence,
        sentences=tuple(run.sentences),
        citations=tuple(markers.citations),
        withheld=run.withheld,
        reading=reading,
        model=run.model,
        newest_evidence=latest(cited) if run.sentences else None,
        short=_short(run),
        notes=told,
        understood=run.question if run.question != run.original else None,
        premise=run.premise,
        disagreement=run.disagreement,
        unanswered=missing,
        timings_ms=run.timings,
        trace=trace.plain(run.steps) if explain else None,
    )


def _short(run: Run) -> str | None:
    """The short answer, if it says enough; asked when, "Friday" as the day that it was, and how many, the number.

    Not where a weekday or an hour is asked for.
    """
    if not run.sentences or not run.short or not fitting.says_enough(run.question, run.short):
        return None
    of_time = run.readings.whole.asked.kind == "time" and _WEEKDAY.search(run.question) is None
    if of_time:
        return day_of(run.short, [sentence.text for sentence in run.sentences])
    return bare_number(run.question, run.short)


_WEEKDAY = re.compile(r"\bweekday\b|\bday of the week\b|\bwhat time\b", re.IGNORECASE)


def _reason(run: Run) -> Reason:
    """Why there is no answer."""
    if run.conflicting:
        return Reason.CONFLICTING
    return Reason.ONLY_OLDER_COVERAGE if run.too_old or run.outdated else Reason.NO_COVERAGE


def _nearest(run: Run, lines_of: LinesOf) -> Iterator[Citation]:
    """What to read where there is no answer: the sides of a dispute, else the nearest lines."""
    whole = run.readings.whole
    lines = [told.line for told in whole.told] if run.conflicting else extractive.best(whole.evidence)
    for marker, line in enumerate(lines, start=1):
        yield cite(line, lines_of(line.article.article_id, line.revision), marker, Support.UNSUPPORTED)
