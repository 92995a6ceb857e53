"""The events of one node, for another that reads them while they come.

Coming in: the events of the node that writes, after they have been handed on. Going out: the same, in
order, to one reader. Once the reader has begun, the writer is at most ``ahead`` events further than it;
until then events pile up, so that a reader which waits for something else as well holds nobody back.
Decided elsewhere: who reads whom (``NodeOutput.live``).
"""

import asyncio
from collections.abc import AsyncIterator

from ..streaming.handover import OVER, Handover
from ..streaming.item import ProgressItem
from .failure import being_cancelled


class Feed(AsyncIterator[ProgressItem]):
    """See the head of this file.

    Args:
        ahead: how many events the writer may be ahead of a reader that has begun.
    """

    def __init__(self, ahead: int = 16) -> None:
        self._out: Handover[ProgressItem] = Handover(ahead)
        self._begun = False

    async def give(self, item: ProgressItem) -> None:
        """Hand over, after waiting for room; what the reader has left is dropped."""
        if self._out.is_closed():
            return
        if not self._begun:
            self._out.put(item)
            return
        try:
            await self._out.give(item)
        except asyncio.CancelledError:
            if not self._out.is_closed() or being_cancelled():
                raise

    def end(self) -> None:
        """No more events come."""
        self._out.end()

    def leave(self) -> None:
        """The reader wants no more events."""
        self._out.close()

    async def aclose(self) -> None:
        """``leave``, for who closes what it reads."""
        self.leave()

    def __aiter__(self) -> "Feed":
        return self

    async def __anext__(self) -> ProgressItem:
        self._begun = True
        item = await self._out.take()
        if item is OVER:
            raise StopAsyncIteration
        assert isinstance(item, ProgressItem)
        return item
