"""What an answer says of itself: how old it is, what it corrects, where sources differ, or why there is none."""

from __future__ import annotations

from collections.abc import Sequence

from index.article import NewsDate
from rag import asked, fitting
from rag.age import announced
from rag.answer import About, Note, Side, Standing
from rag.evidence import Judgement, Missing
from rag.run import Run
from rag.when import TimeKind

YEAR_DAYS = 365  # articles further apart than this hardly tell of one state of things, nor of "the" jackpot
OLD_DAYS = 30  # evidence older than this is called old when the question is about now


def of_answer(run: Run, cited: Sequence[NewsDate], missing: Sequence[str]) -> tuple[Note, ...]:
    """All that an answer says of itself; `cited` are the dates of what it cites, as far as they are known.

    What is old is said first: a reader must not take the figure for today's before knowing its date.
    """
    newest = max(cited, key=lambda one: one.moment, default=None)
    told = (
        (About.AGE, _age(run, cited)),
        (About.MODEL, run.failure),
        (About.LANGUAGE, _language(run)),
        (About.PREMISE, _premise(run)),
        (About.DIFFER, _differ(run)),
        (About.MISSING, _left(missing)),
        (About.DATES, _dates(run, newest)),
    )
    return tuple(Note(about, text) for about, text in told if text)


def of_none(run: Run, before: Judgement | None, newest_date: NewsDate | None) -> tuple[Note, ...]:
    """Why there is no answer, and what would help."""
    failed = (Note(About.MODEL, run.failure),) if run.failure else ()
    return (*failed, Note(About.WHY, _why(run, before, newest_date)))


def _language(run: Run) -> str | None:
    """That a question is in a language of which little is understood, and what would help."""
    if run.foreign is None:
        return None
    return (
        f"The question seems to be in {run.foreign}, of which only names and numbers are understood: ask in English, "
        "or choose an embedder that knows more languages (DATELINE_EMBEDDER)."
    )


def _age(run: Run, cited: Sequence[NewsDate]) -> str | None:
    """How old the newest evidence is, if it is old: for a question about now after a month, else after a year.

    Where a question names its time, what is of that time is not old. Of how things are, what is cited from long
    before the newest is told of too: "81 years old" and "79" were each right once.
    """
    of_now = asked.of_now(run.question, run.reading)
    if not cited or not (of_now or run.reading.kind is TimeKind.NONE):
        return None
    oldest, newest = (pick(cited, key=lambda one: one.moment) for pick in (min, max))
    told = []
    if (days := (run.as_of - newest.moment).days) > (OLD_DAYS if of_now else YEAR_DAYS):
        told.append(f"The newest article cited is of {str(newest)[:10]}, {days:,} days earlier.")
    if of_now and (newest.moment - oldest.moment).days > YEAR_DAYS:
        told.append(f"The oldest is of {str(oldest)[:10]}: what it says may no longer hold.")
    return " ".join(told) or None


def _premise(run: Run) -> str | None:
    """The false premise named, with the line that denies it."""
    if run.premise is None:
        return None
    return f"The question takes something for granted that the articles deny: see [{run.premise}]."


def _differ(run: Run) -> str | None:
    """The different values side by side."""
    if not run.disagreement:
        return None
    disputed = [side for side in run.disagreement if side.standing is Standing.DISPUTED]
    older = [side for side in run.disagreement if side.standing is Standing.SUPERSEDED]
    told = []
    if disputed:
        told.append(f"Sources differ: {_sides(disputed)}.")
    if older:
        told += [f"The newest figure is {_sides([s])}." for s in run.disagreement if s.standing is Standing.CURRENT]
        told.append(f"Earlier reports, superseded: {_sides(older)}.")
    return " ".join(told)


def _left(missing: Sequence[str]) -> str | None:
    return f"Nothing was found on: {' '.join(missing)}" if missing else None


def _dates(run: Run, newest: NewsDate | None) -> str | None:
    """Where dates come from; and where "when" is answered by lines without any, when they were published."""
    if run.dated:
        return "Dates in square brackets are worked out from the date of publication."
    told = " ".join(run.said)
    if run.readings.whole.asked.kind != "time" or newest is None or fitting.holds(run.question, told):
        return None
    return f"The lines name no date; the newest article cited was published on {str(newest)[:10]}."


def _why(run: Run, before: Judgement | None, newest_date: NewsDate | None) -> str:
    """In a sentence or two."""
    if run.conflicting:
        return f"Sources differ, and none settles it: {_values(run)}. A later report that does would help."
    if (told := _language(run)) is not None:
        return told
    if before is not None and announced(before) and run.too_old:
        return f"When last reported, on {str(newest_date)[:10]}, this was still to come; a later article would help."
    if run.too_old and newest_date is not None:
        return f"Nothing found on this is from the time asked about; the newest is of {str(newest_date)[:10]}."
    if run.empty:
        return "There are no articles to answer from yet: `dateline ingest FILE…` takes some in."
    if run.outdated is not None:
        day = str(run.outdated)[:10]
        return f"What was found on this is of {day}, and may no longer hold; a newer article would help."
    if before is None:
        return f"Nothing in the index that was known by {run.as_of:%Y-%m-%d} is about this; add articles on it."
    missing: Missing = before.missing
    if missing.names:
        return f"The nearest articles do not mention {_listed(missing.names)}; articles that do would help."
    if missing.other:
        return f"The nearest lines say nothing about {_listed(missing.other)}; see them as reading."
    if run.withheld:
        return "What could be said was not borne out by the lines; the nearest ones are given as reading."
    until = f" The newest of them is of {str(newest_date)[:10]}." if newest_date else ""
    return f"The nearest lines speak of this without saying what was asked.{until}"


def _sides(sides: Sequence[Side]) -> str:
    return "; ".join(
        f"{side.value} ({', '.join(filter(None, [side.source, str(side.published_at or '')[:10]]))}) "
        f"[{side.citation}]"
        for side in sides
    )


def _values(run: Run) -> str:
    told = run.readings.whole.told
    return "; ".join(f"{one.value} ({one.line.article.source or one.line.article.article_id})" for one in told)


def _listed(items: Sequence[str]) -> str:
    shown = [f"“{item}”" for item in items[:4]]
    return shown[0] if len(shown) == 1 else f"{', '.join(shown[:-1])} or {shown[-1]}"
