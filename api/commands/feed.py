"""`dateline feed …`: the feeds that are asked for news."""

from __future__ import annotations

import datetime as dt
import ipaddress
import time
from collections import Counter
from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from api.output import aside, people, print_json, print_json_line, print_rows, words
from api.session import AsJson, Home, opened
from index.errors import NewsError, RefusedRequest, StoreBusy, UnreadableInput
from index.feeds import Feed, due
from index.fetch import is_public, shown
from index.index import Index
from index.web import Polled, feeds, poll_feed
from rag.wire import moment

feed = typer.Typer(no_args_is_help=True, help="Keep feeds, and ask them for news.")

DEFAULT_MINUTES = Feed(url="").interval.total_seconds() / 60

Url = Annotated[str, typer.Argument(help="Address of an RSS or Atom feed.")]
AllowPrivate = Annotated[
    bool, typer.Option("--allow-private", help="It is in your own network: its address need not be public.")
]


class UnknownFeed(NewsError):
    """There is no such feed."""


@feed.command()
def add(
    url: Url,
    home: Home = None,
    minutes: Annotated[float, typer.Option("--interval", help="Minutes between two questions.")] = DEFAULT_MINUTES,
    allow_private: AllowPrivate = False,
    as_json: AsJson = False,
) -> None:
    """Keep a feed; it is asked at the next `dateline feed poll`. Added again, it starts anew."""
    with opened(home, as_json=as_json) as index:
        _check(url, allow_private=allow_private)
        try:
            made = Feed(url=url, interval=dt.timedelta(minutes=minutes), allow_private=allow_private)
        except (ValueError, OverflowError) as error:
            raise UnreadableInput(f"--interval {minutes:g}: a feed's interval is 1 to 1440 minutes.") from error
        index.store.keep_feed(url, made.to_json())
    if as_json:
        print_json({"feed": _json(made)})
    else:
        people.print("added", words(shown(url)), soft_wrap=True)


def _check(url: str, *, allow_private: bool) -> None:
    """Refuse at once what every question to it would refuse. Its name is looked up when it is asked."""
    try:
        parts = urlsplit(url)
        host = parts.hostname
    except ValueError:
        host = None
    if not host or parts.scheme not in {"http", "https"} or not url.isprintable() or " " in url:
        raise RefusedRequest(f"{shown(url)}: is not a feed's address; give one such as https://example.com/feed.")
    try:
        ipaddress.ip_address(host)
        private = not is_public(host)
    except ValueError:
        private = host == "localhost"
    if private and not allow_private:
        raise RefusedRequest(f"{shown(url)}: is not a public address; add --allow-private if you mean it.")


@feed.command("list")
def list_(home: Home = None, as_json: AsJson = False) -> None:
    """List the feeds: when each answered last, when it is asked next, and what went wrong."""
    with opened(home, as_json=as_json) as index:
        held, now = feeds(index), index.clock()
    if as_json:
        print_json({"feeds": [{**_json(one), "due": due(one, now)} for one in held]})
        return
    if not held:
        people.print("No feed yet: add one with `dateline feed add URL`.", markup=False)
        return
    rows = [
        (
            f"{one.interval.total_seconds() / 60:g} min",
            f"{one.succeeded_at:%Y-%m-%d %H:%M}" if one.succeeded_at else "never",
            "never again" if one.gone else "now" if due(one, now) else f"{one.next_at:%Y-%m-%d %H:%M}",
            str(one.failures),
            shown(one.url),
        )
        for one in held
    ]
    print_rows(("interval", "answered (UTC)", "next", "failures", "feed"), rows)
    for one in held:
        if one.error is not None:
            people.print("[red]failing[/red]", words(one.error), soft_wrap=True)


@feed.command()
def remove(url: Url, home: Home = None, as_json: AsJson = False) -> None:
    """Ask a feed no more. Its articles stay."""
    with opened(home, as_json=as_json) as index:
        if not index.store.forget_feed(url):
            raise _unknown(url)
    if as_json:
        print_json({"removed": url})
    else:
        people.print("removed", words(shown(url)), soft_wrap=True)


def _unknown(url: str) -> UnknownFeed:
    return UnknownFeed(f"There is no feed {shown(url)}: see `dateline feed list`.")


@feed.command()
def poll(
    urls: Annotated[
        list[str] | None,
        typer.Argument(help="Feeds to ask now; without any, those that are due.", metavar="URL"),
    ] = None,
    home: Home = None,
    all_: Annotated[bool, typer.Option("--all", help="Ask every feed now, due or not.")] = False,
    every: Annotated[
        float | None, typer.Option(help="Stay, and look for feeds that are due every so many seconds.", min=0.2)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Ask the feeds for news. Exit status 1 when one that was asked failed.

    With --every and --json each round that asked a feed is one line of JSON.
    """
    with opened(home, as_json=as_json) as index:
        try:
            failed = _round(index, urls or [], every_feed=all_, as_json=as_json, lines=every is not None)
            while every is not None:
                time.sleep(every)
                try:
                    failed = _round(index, [], every_feed=False, as_json=as_json, lines=True)
                except StoreBusy as busy:  # another process is writing: the next round finds the same feeds due
                    aside.print("[yellow]waiting:[/yellow]", words(str(busy)), soft_wrap=True)
                if index.compaction_due:
                    index.compact()
        except KeyboardInterrupt:
            if every is None:
                raise typer.Exit(130) from None
            return  # the way to end it
    if failed:
        raise typer.Exit(1)


def _round(index: Index, urls: list[str], *, every_feed: bool, as_json: bool, lines: bool) -> bool:
    """Ask once all that are to be asked; whether one failed."""
    held = {one.url: one for one in feeds(index)}
    for url in urls:
        if url not in held:
            raise _unknown(url)
    now = index.clock()
    asked = [
        one for one in held.values() if (one.url in urls if urls else not one.gone and (every_feed or due(one, now)))
    ]
    done = []
    for one in asked:
        done.append(poll_feed(index, one))
        if not as_json:
            _show(done[-1])
    if as_json and not lines:
        print_json({"polled": [_polled_json(one) for one in done], "not_due": len(held) - len(done)})
    elif as_json and done:
        print_json_line({"polled": [_polled_json(one) for one in done], "not_due": len(held) - len(done)})
    elif not lines and not done:
        people.print(
            f"None of {len(held)} feeds is due." if held else "No feed yet: add one with `dateline feed add URL`.",
            markup=False,
        )
    return any(one.feed.failures for one in done)


def _show(polled: Polled) -> None:
    one = polled.feed
    if one.error is not None:
        again = "it is not asked again" if one.gone else f"next at {one.next_at:%Y-%m-%d %H:%M} UTC"
        people.print("[red]failed[/red]", words(f"{one.error} ({one.failures} in a row; {again})"), soft_wrap=True)
        return
    counts = Counter(outcome.change for outcome in polled.outcomes)
    said = ", ".join(f"{count:,} {change}" for change, count in sorted(counts.items()))
    people.print(words(f"{shown(one.url)}: {said or 'nothing new'}"), soft_wrap=True)
    if polled.moved_from is not None:
        people.print("[yellow]moved[/yellow]", words(f"from {shown(polled.moved_from)}"), soft_wrap=True)
    for outcome in polled.outcomes:
        if outcome.change == "skipped":
            people.print("[yellow]skipped[/yellow]", words(f"{outcome.origin}: {outcome.reason}"), soft_wrap=True)


def _polled_json(polled: Polled) -> dict[str, Any]:
    return {
        "feed": _json(polled.feed),
        "counts": dict(Counter(outcome.change for outcome in polled.outcomes)),
        "not_modified": polled.not_modified,
        "moved_from": polled.moved_from,
        "articles": [
            {"id": outcome.article_id, "change": outcome.change}
            for outcome in polled.outcomes
            if outcome.article_id is not None
        ],
        "skipped": [
            {"origin": outcome.origin, "reason": outcome.reason}
            for outcome in polled.outcomes
            if outcome.change == "skipped"
        ],
    }


def _json(one: Feed) -> dict[str, Any]:
    return {
        "url": shown(one.url),
        "interval_s": one.interval.total_seconds(),
        "next_at": moment(one.next_at) if one.next_at else None,
        "succeeded_at": moment(one.succeeded_at) if one.succeeded_at else None,
        "failures": one.failures,
        "error": one.error,
        "gone": one.gone,
        "allow_private": one.allow_private,
    }
