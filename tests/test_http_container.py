"""The container files: linted, and in agreement with the settings, since no engine runs them here."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import yaml  # type: ignore[import-untyped]

from rag.settings import Settings, variable_of

ROOT = Path(__file__).parents[1]
DOCKERFILE = (ROOT / "Dockerfile").read_text("utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text("utf-8"))


def test_hadolint_finds_nothing() -> None:
    """The Dockerfile passes hadolint, every rule of it."""
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run(
        [hadolint, "--format", "json", ROOT / "Dockerfile"], capture_output=True, text=True, check=False
    )
    assert [f"{one['code']} line {one['line']}: {one['message']}" for one in json.loads(done.stdout)] == []


def test_the_container_runs_as_a_user_without_rights() -> None:
    """The last USER is no root, and compose takes away what could be gained."""
    stages = DOCKERFILE.split("\nFROM ")
    assert re.findall(r"^USER (\S+)$", stages[-1], re.MULTILINE) == ["10001:10001"]
    assert "useradd --uid 10001" in stages[-1]
    service = COMPOSE["services"]["dateline"]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]


def test_only_this_machine_reaches_the_port_and_a_key_must_be_set() -> None:
    """The compose file publishes on loopback, and refuses to start without a secret key."""
    service = COMPOSE["services"]["dateline"]
    assert service["ports"] == ["127.0.0.1:8000:8000"]
    assert service["environment"]["DATELINE_SECRET_KEY"].startswith("${DATELINE_SECRET_KEY:?")


def test_every_variable_is_a_setting() -> None:
    """What the container sets is known, and its values are ones that settings take."""
    known = {variable_of(name) for name in Settings.model_fields}
    given = dict(re.findall(r"(DATELINE_\w+)=(\S+)", "".join(DOCKERFILE.split("\nFROM ")[-1])))
    assert set(given) | set(COMPOSE["services"]["dateline"]["environment"]) <= known
    settings = Settings.read(given)
    assert (settings.host, settings.port) == ("0.0.0.0", 8000)


def test_it_is_healthy_when_it_is_ready() -> None:
    """The health check asks /readyz at the port that is served, and the server has longer to stop than it drains."""
    assert "HEALTHCHECK" in DOCKERFILE
    assert "http://127.0.0.1:8000/readyz" in DOCKERFILE
    grace = int(COMPOSE["services"]["dateline"]["stop_grace_period"].removesuffix("s"))
    assert grace > Settings().drain_s


def test_every_package_is_copied() -> None:
    """The image holds the four packages."""
    copied = re.findall(r"^COPY (\w+) \1$", DOCKERFILE, re.MULTILINE)
    assert {"index", "rag", "api", "eval"} <= set(copied)
