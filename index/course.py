"""The course of an article: which of its texts was current when, as far as that was observed."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import NamedTuple


class Spell(NamedTuple):
    """A time in which one text was current, as far as it was seen."""

    start: dt.datetime
    revision: int
    seen: dt.datetime  # the last time, at `start` or after it


def merge_observation(course: Sequence[Spell], revision: int, observed: dt.datetime) -> list[Spell]:
    """The course of an article's revisions with one more observation in it.

    `course` is in order of time, and no revision follows itself. An observation of the revision that was current then
    confirms it; one that comes earlier moves that revision's start back; one of another revision, between two of the
    same, parts these.
    """
    points = {(at, spell.revision) for spell in course for at in (spell.start, spell.seen)}
    # Two texts seen at the same moment (a day, usually): the one that came later is the later one.
    while any(at == observed and held != revision for at, held in points):
        observed += dt.timedelta(seconds=1)
    merged: list[Spell] = []
    for at, held in sorted({*points, (observed, revision)}):
        if merged and merged[-1].revision == held:
            merged[-1] = merged[-1]._replace(seen=at)
        else:
            merged.append(Spell(at, held, at))
    return merged
