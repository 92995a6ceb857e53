"""Several streams as one.

Coming in: streams, of runs or of anything; more may come while they are read. Going out: their items, each
as it comes. Unless told otherwise, a stream goes on when its last item has been taken, so that an item of a
parser can be asked more until the parser goes on.
Decided elsewhere: what the items are; those of a run say by ``run_id`` where they belong.
"""

import asyncio
from collections import deque
from collections.abc import (
    AsyncGenerator,
    AsyncIterable,
    AsyncIterator,
    Awaitable,
    Callable,
    Coroutine,
    Iterable,
)
from contextlib import nullcontext
from typing import Any, TypeVar

from .stream import Reading, Stream, close

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
    return Stream(_merged(streams, limit), _All(streams))


async def _merged(streams: tuple[AsyncIterable[T], ...], limit: int | None) -> AsyncGenerator[T, None]:
    merging: Merging[T] = Merging(limit)
    async with merging:
        for stream in streams:
            merging.add(stream)
        async for item in merging:
            yield item


class Merging(AsyncIterator[T]):
    """Streams that are read at once, to which more can be added while they are read.

    Iterate to get the items of all, until none is left; the first exception of a stream comes when what the
    others had given has been taken. Used by an ``async with`` block, which closes all of them in the end.

    Args:
        limit: how many are read at once; None for all.
        ahead: how many items a stream may be ahead of the reader.
        fleeting: whether an item must be taken before its stream goes on, also if there is room.
    """

    def __init__(
        self, limit: int | None = None, *, ahead: int = 1, fleeting: Callable[[T], bool] | None = None
    ) -> None:
        self._turns = None if limit is None else asyncio.Semaphore(limit)
        self._queue: deque[tuple[T, _Taken]] = deque()
        self._read: _Taken | None = None  # for the item that the reader has
        self._arrival: asyncio.Future[None] | None = None
        self._closed = False
        self._tasks: set[asyncio.Task[None]] = set()
        self._error: Exception | None = None
        self._ahead = ahead
        self._fleeting = fleeting

    def add(self, stream: AsyncIterable[T]) -> None:
        """Read this stream too; it is closed in the end."""
        self.begin(self._in_turn(stream))

    def begin(self, work: Coroutine[Any, Any, None]) -> None:
        """Let something that calls ``hand_over`` run beside the others, in a task of its own.

        Raises:
            asyncio.CancelledError: the reader has left, or one has failed, and the others end.
        """
        if self._closed or self._error is not None:
            work.close()
            raise asyncio.CancelledError("the merged stream was left, or has failed")
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    async def __anext__(self) -> T:
        if self._read is not None:
            self._read.one()
            self._read = None
        while not self._queue:
            if not self._tasks:
                raise self._error or StopAsyncIteration
            self._arrival = asyncio.get_running_loop().create_future()
            try:
                await self._arrival
            finally:
                self._arrival = None
        item, self._read = self._queue.popleft()
        return item

    async def __aenter__(self) -> "Merging[T]":
        return self

    async def __aexit__(self, *error: object) -> None:
        self._closed = True
        self._queue.clear()
        tasks = set(self._tasks)
        for task in tasks:
            task.cancel()
        if tasks:
            await asyncio.wait(tasks)

    async def hand_over(
        self,
        stream: AsyncIterable[T] | Iterable[T],
        beside: Callable[[T], Awaitable[None]] | None = None,
    ) -> None:
        """Hand all items of a stream to the reader.

        Args:
            stream: closed in the end.
            beside: gets each item after it was taken, and the stream waits for it.
        """
        taken = _Taken()
        most = self._ahead - 1 if beside is None else 0
        queue, fleeting = self._queue, self._fleeting
        async with Reading(stream) as items:
            async for item in items:
                if self._closed:  # a stream that was cancelled and has something to say all the same
                    raise asyncio.CancelledError("the merged stream was left")
                taken.waiting += 1
                queue.append((item, taken))
                if self._arrival is not None:
                    self._wake_reader()
                room = 0 if fleeting is not None and fleeting(item) else most
                if taken.waiting > room:
                    await taken.down_to(room)
                if beside is not None:
                    await beside(item)

    async def _in_turn(self, stream: AsyncIterable[T]) -> None:
        async with self._turns or nullcontext():
            await self.hand_over(stream)

    def _ended(self, task: "asyncio.Task[None]") -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception) and self._error is None:
            self._error = error
            for other in self._tasks:
                other.cancel()
        self._tasks.discard(task)
        if not self._tasks:
            self._wake_reader()

    def _wake_reader(self) -> None:
        if self._arrival is not None and not self._arrival.done():
            self._arrival.set_result(None)


class _Taken:
    """How many items of one stream wait to be taken."""

    __slots__ = ("_most", "_wake", "waiting")

    def __init__(self) -> None:
        self.waiting = 0
        self._most = 0
        self._wake: asyncio.Future[None] | None = None

    def one(self) -> None:
        self.waiting -= 1
        if self._wake is not None and self.waiting <= self._most and not self._wake.done():
            self._wake.set_result(None)

    async def down_to(self, most: int) -> None:
        """Wait until no more than so many wait."""
        if self.waiting > most:
            self._most, self._wake = most, asyncio.get_running_loop().create_future()
            try:
                await self._wake
            finally:
                self._wake = None


class _All:
    """Closes streams that were never read."""

    def __init__(self, streams: tuple[AsyncIterable[Any], ...]) -> None:
        self._streams = streams

    async def aclose(self) -> None:
        for stream in self._streams:
            await close(stream)
