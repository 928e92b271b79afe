"""Moments as people and programs write them: a day, or a day and a time."""

from __future__ import annotations

import datetime as dt

from index.article import NewsDate
from rag.errors import BadQuestion


def moment(text: str | None, *, name: str, end_of_day: bool = False) -> dt.datetime | None:
    """An ISO 8601 day or moment, in UTC where no zone is given.

    A day alone is its first moment, or with `end_of_day` its last second: asked as of a day, that day's news is
    known. Raises BadQuestion, which calls the value by `name`.
    """
    if text is None:
        return None
    try:
        date = NewsDate.parse(text)
    except (ValueError, OverflowError) as error:
        raise BadQuestion(
            f"{name} {text[:40]!r} is not a date: write it as 2025-02-18 or 2025-02-18T10:00Z."
        ) from error
    return date.moment + dt.timedelta(days=1, seconds=-1) if date.day_only and end_of_day else date.moment
