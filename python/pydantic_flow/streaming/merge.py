"""Several streams as one.

Coming in: streams, of runs or of anything. Going out: their items, each as it comes.
Decided elsewhere: what the items are; those of a run say by ``run_id`` where they belong.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, TypeVar

from .handover import Handover
from .stream import Reading, Stream

T = TypeVar("T")


def merge(*streams: AsyncIterable[T], limit: int | None = None) -> Stream[T]:
    """Read several streams at once, and yield the items of all of them as they come.

    The items of each stream stay in order. A stream goes on when its last item has been taken, so
    none runs ahead of the reader by more than one item. The exception of one stream closes the others
    and is raised; runs with ``on_error="event"`` end without one. Leaving the merged stream closes all.

    Args:
        streams: such as those of :func:`run_stream`.
        limit: how many are read at once; None for all.

    Raises:
        Exception: while iterating, whatever a stream raises.

    >>> async def count(name, length):
    ...     for number in range(length):
    ...         yield f"{name}{number}"
    >>> async def main():
    ...     print(sorted([item async for item in merge(count("a", 2), count("b", 3))]))
    >>> asyncio.run(main())
    ['a0', 'a1', 'b0', 'b1', 'b2']
    """
    if limit is not None and limit < 1:
        raise ValueError(f"limit is at least 1, not {limit}")
    return Stream(_merged(streams, limit or len(streams)), _All(streams))


async def _merged(streams: tuple[AsyncIterable[T], ...], limit: int) -> AsyncGenerator[T, None]:
    out: Handover[tuple[Any, asyncio.Event]] = Handover(max(1, len(streams)))
    turns = asyncio.Semaphore(max(1, limit))
    failed: list[Exception] = []

    async def read(stream: AsyncIterable[T]) -> None:
        # One item at a time: an item of a parser can be asked more until the parser goes on.
        taken = asyncio.Event()
        async with turns, Reading(stream) as items:
            async for item in items:
                taken.clear()
                await out.give((item, taken))
                await taken.wait()

    async def read_all() -> None:
        try:
            async with asyncio.TaskGroup() as group:
                for stream in streams:
                    group.create_task(read(stream))
        except* Exception as errors:
            failed.extend(errors.exceptions)
        finally:
            out.end()

    reader = asyncio.create_task(read_all())
    try:
        while True:
            taken = await out.take()
            if not isinstance(taken, tuple):
                break
            yield taken[0]
            taken[1].set()
    finally:
        out.close()
        if not reader.done():
            reader.cancel()
            await asyncio.wait([reader])
    if failed:
        raise failed[0]


class _All:
    """Closes streams that were never read."""

    def __init__(self, streams: tuple[AsyncIterable[Any], ...]) -> None:
        self._streams = streams

    async def aclose(self) -> None:
        for stream in self._streams:
            async with Reading(stream):
                pass
