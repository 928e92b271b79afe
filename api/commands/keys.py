"""`dateline keys`: the keys of the HTTP API."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer

from api.http.keys import Key, Keys, Kind
from api.output import aside, people, print_json, print_rows, printable
from api.session import AsJson, Home, settings_for, told

keys = typer.Typer(no_args_is_help=True, help="Make, list and revoke the keys of the HTTP API.")


@contextmanager
def _opened(home: Home, *, as_json: bool) -> Iterator[Keys]:
    with told(as_json=as_json):
        held = Keys(settings_for(home).home)
        try:
            yield held
        finally:
            held.close()


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="What it is for, so that you know it in the list.")],
    home: Home = None,
    secret: Annotated[bool, typer.Option("--secret", help="A key for programs, which opens everything.")] = False,
    origin: Annotated[
        list[str] | None,
        typer.Option(help="A page that may use it, e.g. https://news.example. Repeat for more. Exact: no wildcards."),
    ] = None,
    per_minute: Annotated[
        int | None, typer.Option(help="Most questions a minute.  [default: $DATELINE_KEY_ASKS_PER_MINUTE]", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a key and show it, this once: a publishable one for web pages, or with --secret one for programs."""
    with _opened(home, as_json=as_json) as held:
        kind = Kind.SECRET if secret else Kind.PUBLISHABLE
        made, shown = held.create(kind, name, origins=origin or (), per_minute=per_minute)
    if as_json:
        print_json({**_json(made), "key": shown})
        return
    print(shown)  # alone on stdout, for scripts
    if made.kind is Kind.SECRET:
        aside.print("Keep it where only programs see it. It is not shown again.", style="dim")
    else:
        aside.print(f"It works in pages of {', '.join(sorted(made.origins))} and may be seen there.", style="dim")


@keys.command("list")
def list_(home: Home = None, as_json: AsJson = False) -> None:
    """List every key there ever was, without the key itself."""
    with _opened(home, as_json=as_json) as held:
        found = held.all()
        used = {key.key_id: held.used(key.key_id) for key in found}
    if as_json:
        rows = [
            {**_json(key), "questions_today": used[key.key_id].questions, "tokens_today": used[key.key_id].tokens}
            for key in found
        ]
        print_json({"keys": rows})
        return
    print_rows(
        ("id", "kind", "name", "pages", "made", "revoked", "questions today"),
        [
            (
                key.key_id,
                key.kind.value,
                key.name,
                ", ".join(sorted(key.origins)),
                key.created_at[:10],
                (key.revoked_at or "")[:10],
                str(used[key.key_id].questions),
            )
            for key in found
        ],
    )


@keys.command()
def revoke(
    key_id: Annotated[str, typer.Argument(help="The key's id, as `dateline keys list` shows it.")],
    home: Home = None,
    as_json: AsJson = False,
) -> None:
    """Never accept a key again. A running server knows at once."""
    with _opened(home, as_json=as_json) as held:
        revoked = held.revoke(key_id)
    if as_json:
        print_json(_json(revoked))
    else:
        people.print(f"{printable(revoked.name)} revoked at {revoked.revoked_at}")


def _json(key: Key) -> dict[str, Any]:
    return {
        "id": key.key_id,
        "kind": key.kind.value,
        "name": key.name,
        "origins": sorted(key.origins),
        "per_minute": key.per_minute,
        "created_at": key.created_at,
        "revoked_at": key.revoked_at,
    }
