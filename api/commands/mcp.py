"""`dateline mcp`: the articles as tools for an assistant on this machine."""

from __future__ import annotations

import asyncio

import typer

from api.output import aside, progress_bars
from api.session import Home, settings_for, tell_repairs, told
from rag.build import build


def mcp(home: Home = None) -> None:
    """Serve the Model Context Protocol over standard input and output: search, fetch and ask.

    Over HTTP, `dateline serve` has the same at /mcp.
    """
    try:
        from api.mcp import serve_stdio
    except ModuleNotFoundError as error:
        if not (error.name or "").startswith("mcp"):
            raise
        aside.print("[red]error:[/red] this needs one more library: pip install 'dateline\\[mcp]'")
        raise typer.Exit(1) from error
    from api.http.service import Service

    with told(as_json=False):
        settings = settings_for(home)
        with progress_bars(quiet=True) as on_progress:
            dateline = build(settings, on_progress=on_progress)
        tell_repairs(dateline.index)
        service = Service(dateline)
        try:
            dateline.warm()
            asyncio.run(serve_stdio(service))
        finally:
            service.close()
