"""`dateline ask` and `dateline search`."""

from __future__ import annotations

import datetime as dt
import re
from typing import Annotated

import typer
from rich.text import Text

from api.moments import moment
from api.output import aside, pairs, people, print_json, printable, progress_bars, words
from api.session import AsJson, Home, settings_for, tell_repairs, told
from api.wire import hit_json
from index.article import NewsDate
from index.catalog import Filters
from index.passage import Hit
from rag import wire
from rag.answer import About, Answer, Citation, Outcome
from rag.build import Dateline, build, open_index, open_retriever
from rag.retrieve import Trace
from rag.settings import EXTRACTIVE

Moment = Annotated[
    str | None, typer.Option("--as-of", help="Answer as of this day or moment (ISO 8601); nothing later is used.")
]
Since = Annotated[str | None, typer.Option(help="Only articles published on this day or later.")]
Until = Annotated[str | None, typer.Option(help="Only articles published before this day.")]
Sources = Annotated[list[str] | None, typer.Option("--source", help="Only this outlet; may be given again.")]
Sections = Annotated[list[str] | None, typer.Option("--section", help="Only this section; may be given again.")]
Languages = Annotated[list[str] | None, typer.Option("--language", help="Only this language, such as en.")]
Articles = Annotated[list[str] | None, typer.Option("--article", help="Only this article, by its id.")]
Explain = Annotated[bool, typer.Option("--explain", help="Show what every step did, and how long it took.")]


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    home: Home = None,
    as_of: Moment = None,
    since: Since = None,
    until: Until = None,
    source: Sources = None,
    section: Sections = None,
    language: Languages = None,
    article: Articles = None,
    extractive: Annotated[bool, typer.Option("--extractive", help="Quote the best lines, without a model.")] = False,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Answer a question from the articles, every sentence with the lines that support it."""
    with told(as_json=as_json):
        settings = settings_for(home)
        if extractive:
            settings = settings.model_copy(update={"model": EXTRACTIVE})
        filters = _filters(since, until, source, section, language, article)
        when = moment(as_of, name="--as-of", end_of_day=True)
        with progress_bars(quiet=as_json) as on_progress:
            dateline = build(settings, on_progress=on_progress)
        tell_repairs(dateline.index)
        try:
            answer = _asked(dateline, question, when, filters, explain=explain, quiet=as_json)
        finally:
            dateline.close()
    if as_json:
        print_json(wire.answer(answer))
    else:
        show_answer(answer)


def _asked(
    dateline: Dateline, question: str, as_of: dt.datetime | None, filters: Filters, *, explain: bool, quiet: bool
) -> Answer:
    if quiet or not aside.is_terminal:
        return dateline.ask(question, as_of=as_of, filters=filters, explain=explain)
    with aside.status("Reading …"):
        return dateline.ask(question, as_of=as_of, filters=filters, explain=explain)


def search(
    question: Annotated[str, typer.Argument(help="What to look for.")],
    home: Home = None,
    as_of: Moment = None,
    since: Since = None,
    until: Until = None,
    source: Sources = None,
    section: Sections = None,
    language: Languages = None,
    article: Articles = None,
    limit: Annotated[int, typer.Option(help="How many hits.", min=1, max=100)] = 10,
    explain: Explain = False,
    as_json: AsJson = False,
) -> None:
    """Find the passages nearest to a question, with lines, dates and scores."""
    trace = Trace()
    with told(as_json=as_json), progress_bars(quiet=as_json) as on_progress:
        settings = settings_for(home)
        index = open_index(settings, on_progress=on_progress)
        tell_repairs(index)
        try:
            hits = open_retriever(settings, index).retrieve(
                question,
                as_of=moment(as_of, name="--as-of", end_of_day=True),
                limit=limit,
                filters=_filters(since, until, source, section, language, article),
                trace=trace,
            )
            unknown = sorted(set(source or ()) - set(index.catalog.sources()))
            held = bool(index.catalog.article_ids())
        finally:
            index.close()
    for name in unknown:
        aside.print(words(f"no article is from {name}: `dateline stats` lists the outlets", "yellow"))
    if as_json:
        print_json(
            {
                "question": question,
                "hits": [hit_json(hit) for hit in hits],
                "timings_ms": trace.timings_ms,
                "trace": trace.steps,
            }
        )
        return
    for hit in hits:
        _show_hit(hit, explain=explain)
    if not hits:
        people.print("Nothing found." if held else "The index is empty: `dateline ingest FILE…` takes articles in.")
    if explain:
        _show_timings(trace.timings_ms)


def _filters(
    since: str | None,
    until: str | None,
    sources: list[str] | None,
    sections: list[str] | None,
    languages: list[str] | None,
    articles: list[str] | None,
) -> Filters:
    return Filters(
        since=moment(since, name="--since"),
        until=moment(until, name="--until"),
        sources=frozenset(sources or ()),
        sections=frozenset(sections or ()),
        languages=frozenset(languages or ()),
        articles=frozenset(articles or ()),
    )


def _show_hit(hit: Hit, *, explain: bool) -> None:
    span = hit.passage.span
    people.print(
        words(f"{hit.rank:>2}. ", "bold")
        + words(hit.article.title, "bold")
        + words(f"  {_day(hit.article.published_at)} · {_where(hit.article.source, hit.article.article_id)}", "dim")
    )
    for line in hit.lines[:4]:
        people.print(words(f"    {line.number:>3}  ", "dim") + words(line.text[:300]), soft_wrap=True)
    if len(hit.lines) > 4:
        people.print(words(f"         … to line {span.last_line}", "dim"))
    if hit.carried_by:
        people.print(words(f"         also carried by {len(hit.carried_by)}", "dim"))
    if explain:
        scores = "  ".join(f"{name} {value:.4f}" for name, value in {**hit.parts, "score": hit.score}.items())
        people.print(words(f"         {scores}", "cyan"))


def _show_timings(timings: dict[str, float]) -> None:
    people.print("\n[bold]Where the time went[/bold]")
    most = max(timings.values(), default=1.0) or 1.0
    for step, spent in timings.items():
        people.print(words(f"{step:>10} {spent:8.1f} ms ") + words("█" * round(30 * spent / most), "cyan"))


_FIRST = frozenset({About.AGE, About.MODEL, About.LANGUAGE, About.PREMISE})


def show_answer(answer: Answer) -> None:
    """An answer for people: the sentences, then the lines they stand on."""
    if answer.outcome is Outcome.INSUFFICIENT:
        people.print(words("The articles do not say.", "bold yellow"))
        if answer.note:
            people.print(words(answer.note))
        if answer.reading:
            people.print("\nNearest lines:", style="dim")
        for citation in answer.reading:
            _show_citation(citation)
    else:
        # How to take the answer stands before it; what it leaves open, behind.
        for note in answer.notes:
            if note.about in _FIRST:
                people.print(words(note.text, "yellow"))
        people.print(stressed(answer))
        for note in answer.notes:
            if note.about not in _FIRST:
                people.print(words(note.text, "dim" if note.about is About.DATES else "yellow"))
        people.print()
        for citation in answer.citations:
            _show_citation(citation)
    people.print()
    people.print(words(_footing(answer), "dim"))
    if answer.trace is not None:
        people.print("\n[bold]What each step did[/bold]")
        people.print(pairs({f"{name} ms": spent for name, spent in answer.timings_ms.items()}))
        people.print_json(data=answer.trace, default=str)


def stressed(answer: Answer) -> Text:
    """The answer's sentences; the short answer stands out where they say it, else all of them do."""
    text = words(answer.answer)
    found = re.search(rf"(?<!\w){re.escape(printable(answer.short or ''))}(?!\w)", text.plain, re.IGNORECASE)
    where = (0, len(text)) if found is None or not answer.short else found.span()
    text.stylize("bold", *where)
    return text


def _show_citation(citation: Citation) -> None:
    lines = (
        f"line {citation.first_line}"
        if citation.first_line == citation.last_line
        else f"lines {citation.first_line}–{citation.last_line}"
    )
    superseded = " · superseded" if citation.superseded else ""
    head = f"[{citation.marker}] {citation.title}"
    people.print(
        words(head)
        + words(
            f"  {_day(citation.published_at)} · {_where(citation.source, citation.article_id)}, {lines}{superseded}",
            "dim",
        )
    )
    people.print(words(f"    “{citation.quote.exact}”", "italic"), soft_wrap=True)


def _footing(answer: Answer) -> str:
    parts = [f"As of {answer.as_of:%Y-%m-%d}"]
    if answer.newest_evidence is not None:
        parts.append(f"newest evidence {_day(answer.newest_evidence)}")
    parts.append(f"confidence {answer.confidence:.2f}")
    if answer.withheld:
        parts.append(f"{answer.withheld} sentence{'s' if answer.withheld > 1 else ''} withheld")
    parts.append(f"{answer.model}, {answer.timings_ms.get('total', 0) / 1000:.1f} s")
    return printable(" · ".join(parts))


def _day(date: NewsDate | None) -> str:
    return "date unknown" if date is None else str(date)[:10]


def _where(source: str | None, article_id: str) -> str:
    return f"{source}, {article_id}" if source else article_id
