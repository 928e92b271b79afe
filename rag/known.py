"""What a function of short texts gave, kept: most words of the news were in the news before."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


class Known(dict[str, T]):
    """`known[text]` is `function(text)`, made once.

    When `most` are held all are forgotten, which costs nothing at each look; `functools.lru_cache`, which forgets one
    by one, takes twice as long to find something. Threads may share it: at worst something is made twice.
    """

    def __init__(self, function: Callable[[str], T], most: int = 50_000) -> None:
        self._function, self._most = function, most

    def __missing__(self, text: str) -> T:
        if len(self) >= self._most:
            self.clear()
        made = self[text] = self._function(text)
        return made
