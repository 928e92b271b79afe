"""Installing torch: never 3 GB of CUDA, whatever pip would do by itself."""

from __future__ import annotations

import importlib.util
import json
import subprocess
from pathlib import Path

import pytest

from tools import install_torch

CPU = ["torch", "filelock", "sympy", "networkx"]
CUDA = [*CPU, "cuda-toolkit", "nvidia-cudnn-cu13", "triton"]


class Pip:
    """Stands for pip: says what it would install, and keeps what it was told to install."""

    def __init__(self, would_install: list[str] | None, fails: bool = False) -> None:
        self.would_install = would_install
        self.fails = fails
        self.installed: list[list[str]] = []

    def __call__(self, command: list[str], **_: object) -> subprocess.CompletedProcess[str]:
        arguments = command[command.index("install") :]
        if "--dry-run" not in arguments:
            self.installed.append(arguments)
            return subprocess.CompletedProcess(command, int(self.fails))
        if self.would_install is None:
            return subprocess.CompletedProcess(command, 1, stdout="")
        report = {"version": "1", "install": [{"metadata": {"name": name}} for name in self.would_install]}
        return subprocess.CompletedProcess(command, 0, stdout=json.dumps(report))


@pytest.fixture
def no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    """An environment without torch."""
    monkeypatch.setattr(importlib.util, "find_spec", lambda _: None)


@pytest.mark.usefixtures("no_torch")
@pytest.mark.parametrize(("would_install", "from_cpu_index"), [(CPU, False), (CUDA, True), (None, True)])
def test_cuda_is_never_taken(
    monkeypatch: pytest.MonkeyPatch, would_install: list[str] | None, from_cpu_index: bool
) -> None:
    """Where pip would bring CUDA, or has no such torch, PyTorch's own CPU index is taken; else pip's own choice."""
    pip = Pip(would_install)
    monkeypatch.setattr(subprocess, "run", pip)
    assert install_torch.main() == 0
    (arguments,) = pip.installed
    assert f"torch=={install_torch.VERSION}" in arguments
    assert (install_torch.CPU_INDEX in arguments) is from_cpu_index


@pytest.mark.usefixtures("no_torch")
def test_without_the_cpu_index_the_ways_on_are_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """When the CPU index cannot be reached, it fails with what to do, and CUDA is not brought instead."""
    pip = Pip(CUDA, fails=True)
    monkeypatch.setattr(subprocess, "run", pip)
    assert install_torch.main() == 1
    assert len(pip.installed) == 1
    assert f"let this machine reach {install_torch.CPU_INDEX}" in capsys.readouterr().err


def test_a_torch_that_is_here_is_left_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """A user's own torch, with CUDA or without, is not replaced."""
    pip = Pip(CUDA)
    monkeypatch.setattr(subprocess, "run", pip)
    assert install_torch.main() == 0
    assert pip.installed == []


def test_the_version_is_the_one_that_is_pinned() -> None:
    """The torch installed first is the one of constraints.txt, or the next step would replace it."""
    constraints = Path(__file__).parents[1] / "constraints.txt"
    assert f"torch=={install_torch.VERSION}" in constraints.read_text("utf-8").splitlines()
