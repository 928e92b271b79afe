"""Cases as JSON: what a run keeps of every question, enough to grade it again without asking again."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Mapping
from typing import Any

from eval.articles import Articles, meant
from eval.asking import retrieved
from eval.case import Case, Retrieved
from eval.errors import BadRun, UnknownLines
from eval.gold import GoldQuestion, parse
from eval.resolve import Resolved, resolve
from index.lines import Lines

MAX_HIT = 4_000  # characters of a hit's text that are kept


def graded(
    question: GoldQuestion,
    answer: Mapping[str, Any] | None,
    articles: Articles,
    *,
    error: str | None = None,
    seconds: float = 0.0,
) -> Case:
    """A case with its citations and hits read back from the articles."""
    citations = (answer or {}).get("citations")
    listed = [c for c in citations if isinstance(c, Mapping)] if isinstance(citations, list) else []
    hits = retrieved(answer)
    if hits is not None:
        hits = tuple(_with_text(hit, articles, question.as_of) for hit in hits)
    return Case(
        question=question,
        answer=answer,
        error=error,
        seconds=seconds,
        resolved=tuple(resolve(citation, articles, question.as_of) for citation in listed),
        proving_dates=_proving_dates(question, articles),
        hits=hits,
    )


def _proving_dates(question: GoldQuestion, articles: Articles) -> tuple[dt.datetime, ...]:
    """For each thing to prove, the date of the oldest article that proves it; unknown ones left out."""
    oldest: dict[str, dt.datetime] = {}
    for number, entry in enumerate(question.relevant):
        try:
            date = meant(articles, entry, question.as_of).published_at
        except UnknownLines:
            continue
        if date is not None:
            key = entry.proves or f"\0{number}"
            oldest[key] = min(date, oldest.get(key, date))
    return tuple(oldest.values())


def _with_text(hit: Retrieved, articles: Articles, as_of: dt.datetime | None) -> Retrieved:
    try:
        found = (articles.at(hit.article, as_of) if as_of else None) or articles.text(hit.article)
    except UnknownLines:
        return hit
    lines = Lines(found.text)
    first, last = max(1, hit.first_line), min(len(lines), hit.last_line)
    if first > last:
        return hit
    start, end = lines.span(first, last)
    return dataclasses.replace(hit, text=found.text[start : min(end, start + MAX_HIT)])


def expected_lines(question: GoldQuestion, articles: Articles) -> list[dict[str, Any]]:
    """The proving lines with their text, for the report; those that cannot be found are left out."""
    shown = []
    for entry in question.relevant:
        try:
            lines = Lines(meant(articles, entry, question.as_of).text)
        except UnknownLines:
            continue
        chosen = [number for number in sorted(entry.lines) if number <= len(lines)]
        shown.append({"article": entry.article, "lines": [[number, lines[number].text] for number in chosen]})
    return shown


def _iso(moment: dt.datetime | None) -> str | None:
    return None if moment is None else moment.isoformat()


def _moment(value: object) -> dt.datetime | None:
    return dt.datetime.fromisoformat(value) if isinstance(value, str) else None


def as_json(case: Case) -> dict[str, Any]:
    """The case as JSON. `from_json` is the inverse."""
    return {
        "gold": case.question.as_json(),
        "answer": case.answer,
        "error": case.error,
        "seconds": case.seconds,
        "resolved": [
            {**dataclasses.asdict(r), "published_at": _iso(r.published_at), "context": [list(c) for c in r.context]}
            for r in case.resolved
        ],
        "proving_dates": [_iso(date) for date in case.proving_dates],
        "judged": list(case.judged),
        "hits": None if case.hits is None else [dataclasses.asdict(hit) for hit in case.hits],
    }


def from_json(record: Mapping[str, Any]) -> Case:
    """The case again. Raises BadRun on anything but what `as_json` wrote."""
    question, problems = parse(record.get("gold"))
    if question is None:
        raise BadRun(f"a question of the run is not sound ({'; '.join(problems)}): run the suite again")
    try:
        resolved = tuple(
            Resolved(
                **{
                    **entry,
                    "published_at": _moment(entry["published_at"]),
                    "context": tuple((int(number), str(text)) for number, text in entry["context"]),
                }
            )
            for entry in record["resolved"]
        )
        hits = record["hits"]
        dates = [_moment(date) for date in record["proving_dates"]]
        return Case(
            question=question,
            answer=record["answer"],
            error=record["error"],
            seconds=float(record["seconds"]),
            resolved=resolved,
            proving_dates=tuple(date for date in dates if date is not None),
            judged=tuple(str(verdict) for verdict in record.get("judged", ())),
            hits=None if hits is None else tuple(Retrieved(**hit) for hit in hits),
        )
    except (KeyError, TypeError, ValueError) as error:
        raise BadRun(f"question {question.id} of the run cannot be read ({error!r}): run the suite again") from error
