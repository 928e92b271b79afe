"""`dateline eval`: run the suite, compare runs, look at them, check gold, and trade files with other tools.

Exit status: 0 passed, 100 a gate failed, 1 an error, 2 wrong usage.
"""

from __future__ import annotations

import typer

from eval.commands import checks, realtimeqa, retrieval, run, runs, trade

app = typer.Typer(
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="How good it is: run the suite, compare runs, look at them.",
)
app.command()(run.run)
app.command("compare")(runs.compare_)
app.command()(runs.view)
app.command("retrieval")(retrieval.run)
app.command("realtimeqa")(realtimeqa.run)
app.command()(checks.validate)
app.command()(checks.check)
app.command("import")(trade.import_)
app.command()(trade.export)
