"""Items in batches: all of them, in order, and in time."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any

import pytest

from pydantic_flow.streaming.batches import batches


class Source:
    """Numbers, some after a while; knows whether it was closed."""

    def __init__(self, *steps: Any) -> None:
        self.steps = steps
        self.given: list[Any] = []
        self.closed = False

    async def __aiter__(self) -> AsyncIterator[int]:
        try:
            for step in self.steps:
                if isinstance(step, float):
                    await asyncio.sleep(step)
                elif isinstance(step, Exception):
                    raise step
                else:
                    self.given.append(step)
                    yield step
        finally:
            self.closed = True


async def read(source: Source, **options: Any) -> list[list[int]]:
    return [batch async for batch in batches(source, **options)]


@pytest.mark.parametrize(
    ("steps", "options", "expected"),
    [
        ((), {}, []),
        ((1,), {}, [[1]]),
        (range(7), {"size": 3}, [[0, 1, 2], [3, 4, 5], [6]]),
        (range(6), {"size": 3}, [[0, 1, 2], [3, 4, 5]]),
        (range(3), {"size": 1}, [[0], [1], [2]]),
        ((1, 0.2, 2, 3, 0.2, 4), {"seconds": 0.02}, [[1], [2, 3], [4]]),
        ((1, 2, 0.01, 3), {"seconds": 10}, [[1, 2, 3]]),
    ],
)
async def test_batches(steps: Any, options: Any, expected: Any) -> None:
    assert await read(Source(*steps), **options) == expected
    assert asyncio.all_tasks() == {asyncio.current_task()}


# With no time to wait, nothing is lost and nothing is empty.
async def test_without_waiting_nothing_is_lost() -> None:
    found = await read(Source(*range(200)), seconds=0, size=16)
    assert [number for batch in found for number in batch] == list(range(200)) and all(found)


# What the stream raises comes after what it gave before.
async def test_an_exception_comes_after_the_items_before_it() -> None:
    found: list[list[int]] = []
    with pytest.raises(LookupError, match="gone"):
        async for batch in batches(Source(1, 2, LookupError("gone")), size=8):
            found.append(batch)
    assert found == [[1, 2]]


# A slow reader slows the stream; leaving closes it, also one that was never read.
async def test_a_slow_reader_slows_the_stream_and_leaving_closes_it() -> None:
    source = Source(*range(1000))
    async with batches(source, size=4) as found:
        async for batch in found:
            for _ in range(50):
                await asyncio.sleep(0)
            assert len(source.given) <= 10 + batch[-1]
            if batch[-1] > 20:
                break
    assert source.closed and asyncio.all_tasks() == {asyncio.current_task()}
    await batches(source).aclose()


def test_a_batch_holds_something() -> None:
    with pytest.raises(ValueError, match="size is at least 1"):
        batches(Source(), size=0)
