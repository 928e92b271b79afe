"""The house: imports go one way, and every dependency is used, documented and pinned."""

from __future__ import annotations

import ast
import importlib.metadata
import re
import shutil
import subprocess
import sys
import tomllib
import zipfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from rag.models import CATALOGUE

ROOT = Path(__file__).parents[1]
MAY_IMPORT = {
    "index": {"index"},
    "rag": {"rag", "index"},
    "api": {"api", "rag", "index"},
    "eval": {"eval", "rag", "index"},
}
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
# What is installed; and a namespace of several distributions, which tests run in an environment of its own.
DISTRIBUTIONS = {**importlib.metadata.packages_distributions(), "llama_index": ["llama-index-core"]}


def plain(name: str) -> str:
    """A distribution's name as PEP 503 normalises it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(*extras: str) -> dict[str, Requirement]:
    """What is declared, by plain name: to run, and in the extras named."""
    declared = [*PROJECT["dependencies"], *(one for e in extras for one in PROJECT["optional-dependencies"][e])]
    parsed = [Requirement(one) for one in declared]
    return {plain(one.name): one for one in parsed if one.name != PROJECT["name"]}


@cache
def nodes(path: Path) -> tuple[ast.AST, ...]:
    """What a file is made of."""
    return tuple(ast.walk(ast.parse(path.read_text("utf-8"), str(path))))


def imported(path: Path) -> Iterator[str]:
    """Every top-level module that a file imports, anywhere in it."""
    for node in nodes(path):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative import; name the package"
            yield (node.module or "").split(".")[0]


def named(path: Path) -> Iterator[str]:
    """Every installed module that a file names as a string, to find its folder or to load it later."""
    for node in nodes(path):
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node.value in DISTRIBUTIONS:
            yield node.value


def files(package: str) -> list[Path]:
    """The Python files of one package or folder."""
    found = sorted((ROOT / package).rglob("*.py"))
    assert found, f"{package}/ has no Python file"
    return found


@pytest.mark.parametrize("package", ["index", "rag", "eval"])
def test_every_room_is_on_the_map(package: str) -> None:
    """The docstring of a package names each of its modules and folders, and nothing that is not there."""
    told = ast.get_docstring(ast.parse((ROOT / package / "__init__.py").read_text("utf-8"))) or ""
    named_there = {name.rstrip("/") for name in re.findall(r"`([a-z_]+/?)`", told)}
    rooms = {path.stem for path in (ROOT / package).glob("*.py") if not path.stem.startswith("__")}
    folders = {path.name for path in (ROOT / package).iterdir() if path.is_dir() and path.name != "__pycache__"}
    assert named_there >= rooms
    assert named_there <= rooms | folders
    assert {folder for folder in folders if any((ROOT / package / folder).glob("*.py"))} <= named_there


@pytest.mark.parametrize("package", MAY_IMPORT)
def test_imports_go_one_way(package: str) -> None:
    """Nothing imports api or eval, index imports neither rag nor them."""
    wrong = [
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(package)
        for name in imported(path)
        if name in MAY_IMPORT and name not in MAY_IMPORT[package]
    ]
    assert wrong == []


def test_every_import_is_declared() -> None:
    """What is imported is declared, so that it is there on a new machine and not only by another library's grace."""
    own = {*MAY_IMPORT, "tests", "bench", "tools", "conftest"}
    undeclared = []
    for package in (*MAY_IMPORT, "tests"):
        for path in files(package):
            every = PROJECT["optional-dependencies"]
            extras = {"api": [name for name in every if name != "dev"], "tests": every}.get(package, ())
            declared = requirements(*(("dev",) if path.name == "pytest_plugin.py" else extras))
            undeclared += [
                f"{path.relative_to(ROOT)} imports {name}"
                for name in imported(path)
                if name not in sys.stdlib_module_names
                and name not in own
                and not declared.keys() & set(map(plain, DISTRIBUTIONS.get(name, [name])))
            ]
    assert undeclared == []


def test_every_dependency_is_imported() -> None:
    """A dependency that nothing imports is dead weight."""
    every = [path for package in MAY_IMPORT for path in files(package)]
    used = {name for path in every for name in (*imported(path), *named(path))}
    distributions = {plain(one) for name in used for one in DISTRIBUTIONS.get(name, [])}
    assert set(requirements()) - distributions == set()


def test_every_dependency_is_documented_with_its_licence() -> None:
    """docs/dependencies.md has one row for each declared dependency, what it is for and its licence, and no other."""
    text = (ROOT / "docs" / "dependencies.md").read_text("utf-8")
    rows = re.findall(r"^\| `([^`]+)` \| (.+) \| (.+) \|$", text, re.MULTILINE)
    assert sorted(plain(name) for name, _, _ in rows) == sorted(requirements(*PROJECT["optional-dependencies"]))
    for model in CATALOGUE.values():
        assert (
            f"{model.title} Q4_K_M (`{model.name}`) | {model.bytes / 1e6:,.0f} MB, {len(model.parts)} parts" in text
        )


def test_every_dependency_is_pinned_within_its_bounds() -> None:
    """constraints.txt gives an exact version for each dependency, within its bounds, and names no machine."""
    text = (ROOT / "constraints.txt").read_text("utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    pinned = dict(line.split("==") for line in lines)
    assert len(pinned) == len(lines)
    assert not re.search(r"/|@|\\", "".join(lines))
    versions = {plain(name): Version(version) for name, version in pinned.items()}
    for name, requirement in requirements(*PROJECT["optional-dependencies"]).items():
        assert name in versions, f"{name}: run make lock"
        assert versions[name] in requirement.specifier, f"{name} {versions[name]} is outside {requirement.specifier}"


def test_every_dependency_is_capped() -> None:
    """Every range has a lower bound that was tested and an upper one, or is exact."""
    for name, requirement in requirements(*PROJECT["optional-dependencies"]).items():
        operators = {one.operator for one in requirement.specifier}
        assert operators in ({">=", "<"}, {"=="}), f"{name}: {requirement.specifier}"


def test_the_wheel_holds_the_four_packages_and_their_data(tmp_path: Path) -> None:
    """A built wheel has the four packages with everything in them, the command, and nothing else."""
    skip = shutil.ignore_patterns(
        ".git", ".venv*", ".*_cache", ".hypothesis", "__pycache__", "node_modules", ".dateline", "build", "out"
    )
    shutil.copytree(ROOT, tmp_path / "source", ignore=skip)
    (tmp_path / "source" / "README.md").touch()
    build = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    build += ["--disable-pip-version-check", "--wheel-dir", str(tmp_path), str(tmp_path / "source")]
    subprocess.run(build, check=True, capture_output=True, stdin=subprocess.DEVNULL)
    (wheel,) = tmp_path.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        members = set(archive.namelist())
        (entry_points,) = (m for m in members if m.endswith("entry_points.txt"))
        commands = archive.read(entry_points).decode()
    assert "dateline = api.cli:main" in commands
    assert {member.split("/")[0] for member in members if ".dist-info/" not in member} == set(MAY_IMPORT)
    expected = {
        str(path.relative_to(ROOT))
        for package in MAY_IMPORT
        for path in (ROOT / package).rglob("*")
        if path.is_file() and "__pycache__" not in path.parts and path.suffix != ".ts" and "widget" not in path.parts
    }
    assert expected - members == set()
