"""`dateline serve`: the HTTP API, the chat page and the article viewer."""

from __future__ import annotations

import os
import socket
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from api.output import aside, printable, progress_bars
from api.session import AsJson, Home, settings_for, tell_repairs, told
from rag.build import build
from rag.settings import Settings, variable_of

if TYPE_CHECKING:
    from fastapi import FastAPI

CONNECTIONS = 2_000  # of one process; more are turned away with 503 before anything is read
HEAD_BYTES = 16_384  # of a request's headers


def serve(
    home: Home = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.  [default: $DATELINE_HOST]")] = None,
    port: Annotated[int | None, typer.Option(help="Port; 0 takes a free one.  [default: $DATELINE_PORT]")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes over the one index.  [default: $DATELINE_WORKERS]", min=1)
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Answer over HTTP until stopped."""
    import uvicorn  # not needed by any other command

    from api.http.access import Access
    from api.http.keys import Keys

    with told(as_json=as_json):
        settings = settings_for(home, host=host, port=port, workers=workers)
        keys = Keys(settings.home)
        access = Access(settings, keys)
        access.check(settings.host)
        if access.open:
            aside.print("No key is needed: only this machine can reach it.", style="dim")
        keys.close()
        options: dict[str, Any] = {
            "host": settings.host,
            "port": settings.port,
            "log_config": None,  # ours: one JSON object a line
            "log_level": settings.log_level,
            "access_log": False,  # ours too, without what was asked
            "timeout_graceful_shutdown": settings.drain_s,
            "limit_concurrency": CONNECTIONS,
            "h11_max_incomplete_event_size": HEAD_BYTES,
            "server_header": False,
        }
        if settings.workers == 1:
            uvicorn.run(_application(settings, quiet=as_json), **options)
            return
        # Each worker reads the settings anew, so what the command line said goes where they read.
        given = {"home": settings.home, "host": settings.host, "port": settings.port, "workers": settings.workers}
        os.environ.update({variable_of(name): str(value) for name, value in given.items()})
        with tempfile.TemporaryDirectory(prefix="dateline-metrics-") as numbers:
            os.environ["PROMETHEUS_MULTIPROC_DIR"] = numbers
            run_workers("api.commands.serve:application", workers=settings.workers, **options)


def run_workers(application: str, *, workers: int, **options: Any) -> None:
    """As `uvicorn.run` of a factory: several processes, each cutting texts into tokens in one thread.

    Several questions at once keep every processor busy already; more threads would only wait for each other. What was
    set otherwise stays.
    """
    import uvicorn
    from uvicorn.supervisors import Multiprocess

    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")
    config = uvicorn.Config(application, factory=True, workers=workers, **options)
    listening = config.bind_socket()
    # For the connections too, which inherit it: a body would wait 40 ms until the client confirms the head before it.
    # asyncio sees to that only where a socket names its protocol, and uvicorn's does not.
    listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    Multiprocess(config, sockets=[listening]).run()


def application() -> FastAPI:
    """The application of one worker process, from the environment."""
    return _application(Settings.read(os.environ), quiet=True)


def _application(settings: Settings, *, quiet: bool) -> FastAPI:
    from api.http.app import build_app
    from api.http.observe import export_spans, log_to_stderr

    log_to_stderr(settings.log_level)
    export_spans()
    with progress_bars(quiet=quiet) as on_progress:
        dateline = build(settings, on_progress=on_progress)
    tell_repairs(dateline.index)
    dateline.warm()
    if not quiet:
        counts = dateline.index.store.counts()
        where = printable(str(Path(settings.home)))
        aside.print(f"{counts['articles']:,} articles, {counts['passages']:,} passages in {where}", style="dim")
        aside.print(f"http://{settings.host}:{settings.port}", style="dim", highlight=False)
    return build_app(dateline)
