"""`python -m eval`: the same as `dateline eval`."""

from eval.cli import app

app()
