"""Items no faster than somebody can look.

Coming in: an interval, and chunks as they arrive. Going out: whether an item has to wait, and a sign
when the waiting is over, also while no chunk arrives.
Decided elsewhere: what is held back and what never is (``parser.py``).
"""

import asyncio
import weakref
from collections.abc import AsyncGenerator, AsyncIterable, Iterable
from contextlib import suppress
from time import monotonic
from typing import Generic, TypeVar

from .stream import Reading

T = TypeVar("T")

_AHEAD = 16
"""So many chunks may be read ahead. Handing them over one by one would cost ten times as much."""


class Pace:
    """Says when the next item may come.

    Args:
        interval: seconds from one item to the next.
    """

    def __init__(self, interval: float) -> None:
        self._interval = interval
        self._due = 0.0
        self.holding = False

    def holds(self) -> bool:
        """Whether an item of now has to wait."""
        self.holding = monotonic() < self._due
        return self.holding

    def given(self) -> None:
        """An item was given: the next one has to wait."""
        self._due = monotonic() + self._interval
        self.holding = False

    def rest(self) -> float | None:
        """Seconds until what is held back has to be shown; None if nothing is."""
        return max(0.0, self._due - monotonic()) if self.holding else None


_END = object()


class Ticking(Generic[T]):
    """Chunks as they arrive, and None when what the pace holds back is due.

    Order is kept and nothing is dropped. The source is opened, read and closed in a task of its own,
    because it must not be disturbed when the time is over; that task is at most 16 chunks ahead.
    """

    def __init__(self, chunks: AsyncIterable[T] | Iterable[T], pace: Pace) -> None:
        self._chunks = chunks
        self._pace = pace
        self._arrived: asyncio.Queue[T | object] = asyncio.Queue(_AHEAD)
        self._reading: asyncio.Task[None] | None = None

    def stop_with(self, reader: object) -> None:
        """Stop reading as soon as ``reader`` is dropped: a loop turn before it is closed."""
        weakref.finalize(reader, self._stop).atexit = False

    def _stop(self) -> None:
        if self._reading is not None and not self._reading.get_loop().is_closed():
            self._reading.cancel()

    async def __aiter__(self) -> AsyncGenerator[T | None, None]:
        reading = self._reading = asyncio.create_task(self._read())
        reading.add_done_callback(self._over)
        try:
            while (chunk := await self._next(reading)) is not _END:
                yield chunk  # type: ignore[misc]
            await reading  # which is cancelled if the source was
        finally:
            if not reading.done():
                reading.cancel()
                await asyncio.wait([reading])
            if not reading.cancelled():
                reading.result()  # raises what the source has raised

    async def _read(self) -> None:
        async with Reading(self._chunks) as source:
            async for chunk in source:
                await self._arrived.put(chunk)

    def _over(self, reading: asyncio.Task[None]) -> None:
        """Wake who waits for a chunk that will not come, however the source has ended."""
        if self._arrived.empty():
            self._arrived.put_nowait(_END)

    async def _next(self, reading: asyncio.Task[None]) -> T | object | None:
        if not self._arrived.empty():
            return self._arrived.get_nowait()
        if reading.done():
            return _END
        with suppress(TimeoutError):
            async with asyncio.timeout(self._pace.rest()):
                return await self._arrived.get()
        return None
