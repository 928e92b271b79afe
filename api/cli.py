"""The command `dateline`."""

from __future__ import annotations

import sys
from importlib.metadata import entry_points

import typer

from api.commands import articles, ask, doctor, feed, ingest, keys, mcp, serve, upkeep
from api.models_command import app as models

app = typer.Typer(
    name="dateline",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="Answers questions from your own articles, every sentence tied to the lines that support it.",
)
app.command()(ask.ask)
app.command()(ask.search)
app.command()(ingest.ingest)
app.add_typer(articles.articles, name="articles")
app.command()(articles.history)
app.command("diff")(articles.diff_)
app.add_typer(feed.feed, name="feed")
for command in (upkeep.stats, upkeep.verify, upkeep.rebuild, upkeep.compact, upkeep.backup, upkeep.restore):
    app.command()(command)
app.command()(serve.serve)
app.command()(mcp.mcp)
app.add_typer(keys.keys, name="keys")
app.command()(doctor.doctor)
app.add_typer(models, name="models")


def main() -> None:
    """Run the command line, with what other packages plug into it."""
    asked = sys.argv[1] if len(sys.argv) > 1 else "--help"
    for point in entry_points(group="dateline.commands"):
        # Loading them takes longer than most commands run, so only where they are named or listed.
        if asked == point.name or asked.startswith("-"):
            app.add_typer(point.load(), name=point.name)
    app()
