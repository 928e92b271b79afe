"""`dateline articles …`, `history` and `diff`: look at what is held, and change what may be done with it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Annotated

import typer

from api.output import aside, pairs, people, print_json, print_rows, words
from api.session import AsJson, Home, opened, opened_store
from api.wire import article_json, revision_json
from index.article import Article, Revision, Status
from index.diff import Kind, diff
from index.errors import UnknownArticle
from index.index import Index
from index.lines import Lines

articles = typer.Typer(no_args_is_help=True, help="List, show, withdraw and delete articles.")

ArticleId = Annotated[str, typer.Argument(help="The article's id, as `dateline articles list` shows it.")]
RevisionName = Annotated[str | None, typer.Option("--rev", help="A revision: its first 8 digits or more.")]


@articles.command("list")
def list_(
    home: Home = None,
    source: Annotated[str | None, typer.Option(help="Only this outlet.")] = None,
    status: Annotated[Status | None, typer.Option(help="Only this status.")] = None,
    after: Annotated[str, typer.Option(help="Only ids after this one: the last of the page before.")] = "",
    limit: Annotated[int, typer.Option(help="How many.", min=1, max=10_000)] = 50,
    as_json: AsJson = False,
) -> None:
    """List articles in the order of their ids."""
    with opened_store(home, as_json=as_json) as store:
        found = store.articles(after=after, limit=limit, status=status, source=source)
        now = store.clock()
    if as_json:
        print_json({"articles": [article_json(held) for held in found], "next": _next(found, limit)})
        return
    print_rows(
        ("id", "published", "outlet", "status", "headline"),
        [(held.article_id, _published(held), held.source or "", _status(held, now), held.title) for held in found],
    )
    if _next(found, limit) is not None:
        aside.print(words(f"More: --after {found[-1].article_id}", "dim"), soft_wrap=True)


def _published(held: Article) -> str:
    date = held.published_at
    return (
        "unknown" if date is None else f"{date.moment:%Y-%m-%d}" if date.day_only else f"{date.moment:%Y-%m-%d %H:%M}"
    )


def _status(held: Article, now: dt.datetime) -> str:
    waits = held.status is Status.USABLE and held.embargo_until is not None and held.embargo_until > now
    return "embargoed" if waits else held.status.value


def _next(found: list[Article], limit: int) -> str | None:
    return found[-1].article_id if len(found) == limit else None


@articles.command()
def show(article_id: ArticleId, home: Home = None, rev: RevisionName = None, as_json: AsJson = False) -> None:
    """Show an article's lines, numbered, and what is known of it."""
    with opened_store(home, as_json=as_json) as store:
        article = store.article(article_id)
        revision = None if article.status is Status.DELETED else store.revision(article_id, rev)
        copy_of, carriers = store.copy_of(article_id), store.carriers_of(article_id)
    lines = [] if revision is None else list(Lines(revision.text))
    if as_json:
        print_json(
            {
                **article_json(article),
                "copy_of": None if copy_of is None else {"id": copy_of[0], "overlap": round(copy_of[1], 4)},
                "carried_by": carriers,
                "shown": None if revision is None else revision_json(revision),
                "lines": [{"number": line.number, "text": line.text} for line in lines],
            }
        )
        return
    known = {name: _said(value) for name, value in article_json(article).items() if value not in (None, [], {}, "")}
    if copy_of is not None:
        known["copy of"] = f"{copy_of[0]} ({copy_of[1]:.0%} of the shorter text is in both)"
    if carriers:
        known["also carried by"] = ", ".join(carriers)
    people.print(pairs(known))
    if revision is None:
        people.print("Deleted: the text is gone, the id stays so that it does not come back.", style="yellow")
    elif revision.superseded_at is not None:
        people.print(
            words(f"Revision {revision.revision[:12]}, superseded at {_moment(revision.superseded_at)} UTC", "yellow")
        )
    width = len(str(len(lines)))
    for line in lines:
        people.print(words(f"{line.number:>{width}}  ", "dim") + words(line.text), soft_wrap=True)


def _said(value: object) -> str:
    """A value for people: lists with commas, fields as `name: value`."""
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, dict):
        return ", ".join(f"{name}: {_said(held)}" for name, held in value.items())
    return str(value)


@articles.command()
def history(article_id: ArticleId, home: Home = None, as_json: AsJson = False) -> None:
    """List an article's revisions in order of time."""
    with opened_store(home, as_json=as_json) as store:
        revisions = store.revisions(article_id)
    if as_json:
        print_json({"id": article_id, "revisions": [revision_json(held) for held in revisions]})
        return
    if not revisions:
        people.print("Deleted: no revision is kept.", style="yellow")
        return
    print_rows(
        ("revision", "from (UTC)", "until", "lines", "headline"),
        [
            (
                held.revision[:12],
                _moment(held.observed_at),
                _moment(held.superseded_at) if held.superseded_at else "current",
                str(len(Lines(held.text))),
                held.title,
            )
            for held in revisions
        ],
    )


def _moment(moment: dt.datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M}"


@articles.command()
def withdraw(article_id: ArticleId, home: Home = None, as_json: AsJson = False) -> None:
    """Keep an article but never answer from it again."""
    _change(home, article_id, "withdrawn", lambda index: index.withdraw(article_id), as_json=as_json)


@articles.command()
def reinstate(article_id: ArticleId, home: Home = None, as_json: AsJson = False) -> None:
    """Answer from a withdrawn article again."""
    _change(home, article_id, "reinstated", lambda index: index.reinstate(article_id), as_json=as_json)


@articles.command()
def delete(
    article_id: ArticleId,
    home: Home = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove an article's text for good. Its id stays, so that it does not come back with the next ingest."""
    if not yes and not as_json:
        typer.confirm(f"Delete {article_id} for good?", abort=True)
    _change(home, article_id, "deleted", lambda index: index.delete(article_id), as_json=as_json)


def _change(home: Home, article_id: str, done: str, change: Callable[[Index], None], *, as_json: bool) -> None:
    with opened(home, as_json=as_json) as index:
        change(index)
    if as_json:
        print_json({"id": article_id, "done": done})
    else:
        people.print(words(f"{article_id} {done}"), soft_wrap=True)


def diff_(
    article_id: ArticleId,
    home: Home = None,
    old: Annotated[str | None, typer.Option(help="A revision; by default the one before the new one.")] = None,
    new: Annotated[str | None, typer.Option(help="A revision; by default the current one.")] = None,
    whole: Annotated[bool, typer.Option("--all", help="Show unchanged lines too.")] = False,
    as_json: AsJson = False,
) -> None:
    """Show what changed between two revisions of an article, line by line."""
    with opened_store(home, as_json=as_json) as store:
        states = store.revisions(article_id)
        after = store.revision(article_id, new)
        before = store.revision(article_id, old) if old else _previous(states, after)
    changed = [line for line in diff(before.text, after.text) if whole or line.kind is not Kind.SAME]
    if as_json:
        print_json(
            {
                "id": article_id,
                "old": revision_json(before),
                "new": revision_json(after),
                "lines": [
                    {"kind": line.kind, "old": line.old, "new": line.new, "text": line.text} for line in changed
                ],
            }
        )
        return
    people.print(words(f"--- {before.revision[:12]}  from {_moment(before.observed_at)} UTC"))
    people.print(words(f"+++ {after.revision[:12]}  from {_moment(after.observed_at)} UTC"))
    marks = {Kind.SAME: (" ", "dim"), Kind.REMOVED: ("-", "red"), Kind.ADDED: ("+", "green")}
    for line in changed:
        mark, style = marks[line.kind]
        people.print(words(f"{mark}{line.old or '':>5}{line.new or '':>5}  {line.text}", style), soft_wrap=True)


def _previous(states: list[Revision], after: Revision) -> Revision:
    at = max(place for place, held in enumerate(states) if held.revision == after.revision)
    if at == 0:
        raise UnknownArticle(f"{after.article_id} has had one revision only: there is nothing to compare it with.")
    return states[at - 1]
