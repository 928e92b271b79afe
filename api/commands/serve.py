"""`dateline serve`: the HTTP API."""

from __future__ import annotations

from typing import Annotated

import typer

from api.output import aside, progress_bars
from api.session import AsJson, Home, settings_for, tell_repairs, told
from rag.build import build


def serve(
    home: Home = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: $DATELINE_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.  [default: $DATELINE_PORT]")] = None,
    as_json: AsJson = False,
) -> None:
    """Answer over HTTP until stopped."""
    import uvicorn  # not needed by any other command

    from api.http.app import build_app

    with told(as_json=as_json):
        settings = settings_for(home, host=host, port=port)
        with progress_bars(quiet=as_json) as on_progress:
            dateline = build(settings, on_progress=on_progress)
        tell_repairs(dateline.index)
        dateline.warm()
        counts = dateline.index.store.counts()
        aside.print(
            f"{counts['articles']:,} articles, {counts['passages']:,} passages in {settings.home}", style="dim"
        )
        uvicorn.run(
            build_app(dateline),
            host=settings.host,
            port=settings.port,
            log_level=settings.log_level,
            timeout_graceful_shutdown=30,
            server_header=False,
        )
