"""The report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def report(record: Mapping[str, Any]) -> str:
    """Later."""
    return str(record["summary"])
