"""A gold file as a test: one test per question, off unless asked for.

    pytest --dateline-gold eval/gold/seeds.jsonl --dateline-corpus seeds

A question fails when it would have a fault in the report: a wrong answer, a needless refusal, a citation that does
not hold. By default a Dateline in this process answers; `--dateline-asker module:function` names a function without
parameters that returns another Asker. The same three can stand in pytest.ini as `dateline_gold`, `dateline_corpus`
and `dateline_asker`.
"""

from __future__ import annotations

import importlib
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:  # the plugin is loaded by every pytest run, and must cost those nothing that do not use it
    from eval.articles import Articles
    from eval.asking import Asker
    from eval.gold import GoldQuestion

_OPTIONS = {
    "gold": "Gold files (JSON Lines) whose questions are tests.",
    "corpus": "Files and folders with the articles to answer from.",
    "asker": "module:function that returns an Asker, in place of a Dateline in this process.",
}


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, on the command line and in the configuration."""
    group = parser.getgroup("dateline")
    for name, text in _OPTIONS.items():
        many = name != "asker"
        group.addoption(
            f"--dateline-{name}", action="append" if many else "store", metavar="PATH" if many else "NAME", help=text
        )
        if many:
            parser.addini(f"dateline_{name}", text, type="paths", default=[])
        else:
            parser.addini(f"dateline_{name}", text, type="string", default="")


def _paths(config: pytest.Config, name: str) -> list[Path]:
    found: Any = config.getoption(f"--dateline-{name}") or config.getini(f"dateline_{name}")
    return [Path(path) for path in found]


def pytest_sessionstart(session: pytest.Session) -> None:
    """Add the gold files to what is collected."""
    config = session.config
    for path in _paths(config, "gold"):
        whole = str(path.resolve())
        if whole not in config.args:
            config.args.append(whole)


def pytest_collect_file(file_path: Path, parent: pytest.Collector) -> pytest.Collector | None:
    """Collect a gold file that was named, and no other."""
    if file_path.resolve() in {path.resolve() for path in _paths(parent.config, "gold")}:
        file: GoldFile = GoldFile.from_parent(parent, path=file_path)
        return file
    return None


class GoldFile(pytest.File):
    """A gold file; its questions are its tests. Who answers is built at the first question."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._stack = ExitStack()
        self._system: tuple[Asker, Articles] | None = None

    def collect(self) -> Iterator[pytest.Item]:
        """One test per question. Raises BadGold, which pytest shows as an error of this file."""
        from eval.gold import load

        for question in load(self.path).questions:
            item: GoldItem = GoldItem.from_parent(self, name=question.id)
            item.question = question
            item.add_marker("dateline")
            yield item

    @property
    def system(self) -> tuple[Asker, Articles]:
        """Who answers, and where citations are read back from."""
        if self._system is None:
            self._system = self._build()
        return self._system

    def _build(self) -> tuple[Asker, Articles]:
        from eval.articles import GivenArticles

        corpus = _paths(self.config, "corpus")
        if not corpus:
            raise pytest.UsageError("--dateline-corpus is missing: name the folder of articles to answer from")
        named = self.config.getoption("--dateline-asker") or self.config.getini("dateline_asker")
        if named:
            module, _, function = str(named).partition(":")
            asker: Asker = getattr(importlib.import_module(module), function)()
            return asker, GivenArticles.read(corpus)
        import os

        from eval.inprocess import InProcess
        from rag.settings import Settings

        home = self._stack.enter_context(tempfile.TemporaryDirectory(prefix="dateline-gold-"))
        settings = Settings.read({**os.environ, "DATELINE_HOME": home})
        running = self._stack.enter_context(InProcess(settings, corpus))
        return running, running.articles

    def teardown(self) -> None:
        """Let go of what answered."""
        self._system = None
        self._stack.close()


class GoldItem(pytest.Item):
    """One question."""

    question: GoldQuestion

    def runtest(self) -> None:
        """Ask, grade, and fail with the reasons. Raises Faulty."""
        from eval.gold import Suite
        from eval.run import run
        from eval.why import reasons

        file = self.parent
        assert isinstance(file, GoldFile)
        asker, articles = file.system
        done = run(Suite(file.name, file.path, "", (self.question,)), asker, articles, measures=())
        faults = reasons(done.cases[0])
        if faults:
            raise Faulty(self.question, done.cases[0].text, faults)

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> str:
        """The reasons in words, without a traceback."""
        if isinstance(excinfo.value, Faulty):
            return str(excinfo.value)
        return str(super().repr_failure(excinfo, style))

    def reportinfo(self) -> tuple[Path, int | None, str]:
        """What pytest prints."""
        return self.path, None, f"{self.name}: {self.question.question}"


class Faulty(AssertionError):
    """A question had a fault."""

    def __init__(self, question: GoldQuestion, answer: str, faults: Iterable[str]) -> None:
        told = [question.question, *(f"  {fault}" for fault in faults)]
        told += [f"  expected: {question.answer or '(the articles do not say)'}", f"  got: {answer or '(nothing)'}"]
        super().__init__("\n".join(told))


def pytest_configure(config: pytest.Config) -> None:
    """Name the marker, so that `-m dateline` chooses gold questions."""
    config.addinivalue_line("markers", "dateline: a question of a gold file")
