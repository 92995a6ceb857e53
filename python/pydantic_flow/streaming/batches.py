"""Items of a stream in batches, for who sends them on: one message for several costs less than one for each.

Coming in: a stream. Going out: lists of its items, in order; none is empty, and none waits for long.
Decided elsewhere: what the items are.
"""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterable
from typing import Any, TypeVar

from .handover import Handover
from .stream import Reading, Stream

T = TypeVar("T")


def batches(stream: AsyncIterable[T], *, size: int = 64, seconds: float = 0.05) -> Stream[list[T]]:
    """Lists of the items of a stream: at most ``size``, and none older than ``seconds`` when it comes.

    A stream that is slow comes in lists of one. The stream is read ahead, by at most one batch: what can be
    asked of an event only until the next one comes must be asked before, so batch what was made of events
    (``batches(json_lines(run_stream(...)))``), or let them keep their changes (``keep_changes=True``).

    Args:
        stream: of anything; closed when the batches are left.
        size: at least 1.
        seconds: 0 for what is there at once.

    Raises:
        Exception: while iterating, whatever the stream raises, after the items before it.

    >>> async def numbers():
    ...     for number in range(5):
    ...         yield number
    >>> async def main():
    ...     print([batch async for batch in batches(numbers(), size=2)])
    >>> asyncio.run(main())
    [[0, 1], [2, 3], [4]]
    """
    if size < 1:
        raise ValueError(f"size is at least 1, not {size}")
    return Stream(_batches(stream, size, seconds), stream)


async def _batches(stream: AsyncIterable[T], size: int, seconds: float) -> AsyncGenerator[list[T], None]:
    out: Handover[tuple[T]] = Handover(size)

    async def read() -> None:
        try:
            async with Reading(stream) as items:
                async for item in items:
                    await out.give((item,))
        finally:
            out.end()

    reader = asyncio.create_task(read())
    try:
        while isinstance(got := await out.take(), tuple):
            batch = [got[0]]
            await _fill(batch, out, size, seconds)
            yield batch
    finally:
        out.close()
        if not reader.done():
            reader.cancel()
            await asyncio.wait([reader])
    await reader  # raises what the stream raised


async def _fill(batch: list[Any], out: Handover[tuple[Any]], size: int, seconds: float) -> None:
    """Take more items for a batch, until it is full or old enough, or there are none."""
    try:
        async with asyncio.timeout(seconds):
            while len(batch) < size and isinstance(got := await out.take(), tuple):
                batch.append(got[0])
    except TimeoutError:
        pass
