"""Errors of how good it is.

EvalError
├── BadGold        a gold file breaks its format; every problem is listed with its line
├── BadRecord      a file to import or export is not in the format it was said to be in
├── BadRun         a run.json or a journal cannot be read as one
├── BadCheck       an optional judge gave a verdict that cannot be read
├── UnknownLines   an article, revision or line is not in the corpus
└── AskFailed      the system that is graded gave no usable answer
"""

from __future__ import annotations

from collections.abc import Sequence


class EvalError(Exception):
    """Root of the family. The message is one sentence for a person and says what to do next."""


class BadGold(EvalError):
    """A gold file breaks its format. `problems` holds one sentence per fault."""

    def __init__(self, path: str, problems: Sequence[str]) -> None:
        self.path = path
        self.problems = tuple(problems)
        shown = "\n".join(f"  {problem}" for problem in self.problems[:20])
        more = f"\n  … and {len(self.problems) - 20} more" if len(self.problems) > 20 else ""
        super().__init__(f"{path} is not a sound gold file; mend these lines and validate again:\n{shown}{more}")


class BadRecord(EvalError):
    """A file to import or export is not in the format it was said to be in."""


class BadRun(EvalError):
    """A run.json or a journal cannot be read as one."""


class BadCheck(EvalError):
    """An optional judge gave a verdict that cannot be read. Never counted as a zero."""


class UnknownLines(EvalError):
    """An article, revision or line is not in the corpus."""


class AskFailed(EvalError):
    """The system that is graded gave no usable answer."""
