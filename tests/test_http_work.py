"""Work for questions: one at a time computes, and those who wait for a model are in nobody's way."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Generator

import pytest

from api.http.access import Identity, Standing
from api.http.work import TookTooLong, Work, Workers, current
from tests.running import PATIENCE_S

SOMEBODY = Identity(Standing.OPEN)


async def _stays() -> bool:
    return False


async def _all(workers: Workers[int], work: Work, events: Generator[int, None, None]) -> list[int | None]:
    return [event async for event in workers.run(work, lambda: events, turn=None, left=_stays)]


def test_one_question_computes_at_a_time() -> None:
    """Of several in as many threads, each begins when the one before has ended."""
    workers, at_work, most = Workers[int](4, PATIENCE_S), 0, 0

    def events() -> Generator[int, None, None]:
        nonlocal at_work, most
        at_work += 1
        most = max(most, at_work)
        yield from range(20)
        at_work -= 1

    async def run() -> list[list[int | None]]:
        return await asyncio.gather(*(_all(workers, workers.begin(SOMEBODY), events()) for _ in range(4)))

    assert asyncio.run(run()) == [list(range(20))] * 4
    assert most == 1
    workers.close()


def test_who_waits_for_a_model_leaves_the_place_to_another() -> None:
    """Two that each wait for the other's model end, which they could not one after the other."""
    workers, both = Workers[int](2, PATIENCE_S), threading.Barrier(2)

    def events() -> Generator[int, None, None]:
        yield 1
        work = current.get()
        assert work is not None
        work.rest()
        both.wait(PATIENCE_S)
        yield 2

    async def run() -> list[list[int | None]]:
        return await asyncio.gather(*(_all(workers, workers.begin(SOMEBODY), events()) for _ in range(2)))

    assert asyncio.run(run()) == [[1, 2]] * 2
    workers.close()


def test_a_place_that_comes_too_late_is_none() -> None:
    """A question whose time is over before it may compute is given up, and the place is free for the next."""
    workers = Workers[int](2, 0.0)

    def events() -> Generator[int, None, None]:
        yield 1

    async def run() -> None:
        with pytest.raises(TookTooLong):
            await _all(workers, workers.begin(SOMEBODY), events())
        workers.timeout_s = PATIENCE_S
        assert await _all(workers, workers.begin(SOMEBODY), events()) == [1]

    asyncio.run(run())
    workers.close()
