"""Which weeks of RealTime QA are never learned from, so that they can judge: a quarter of them."""

from __future__ import annotations

import re
import zlib

FOLDS, HELD_OUT = 4, 3


def held_out(week: str) -> bool:
    """Whether an ISO week, as `eval.retrieval.week_of` names it, is one of those."""
    return zlib.crc32(week.encode()) % FOLDS == HELD_OUT


def is_week(group: str) -> bool:
    """Whether a lesson's group is an ISO week, and no invented story."""
    return re.fullmatch(r"\d{4}-W\d\d", group) is not None
