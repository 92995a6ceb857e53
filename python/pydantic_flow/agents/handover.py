"""A bounded hand-over from tasks that make things to the one that takes them.

Coming in: items, from any number of tasks of one event loop. Going out: the same, in order, to one
consumer; then the end. A producer waits when ``ahead`` items lie there, so that it is never further
ahead of a slow consumer. There is no task and no timer of its own but while the consumer waits.
Decided elsewhere: what the items are.
"""

import asyncio
from collections import deque
from typing import Any, Final, Generic, TypeVar

T = TypeVar("T")


class _Idle:
    """Stands for an item that did not come in time."""

    def __repr__(self) -> str:
        return "IDLE"


class _Over:
    """Stands for the end."""

    def __repr__(self) -> str:
        return "OVER"


IDLE: Final = _Idle()
OVER: Final = _Over()


class Handover(Generic[T]):
    """Hands items over.

    Args:
        ahead: how many may lie here, at least 1.
    """

    __slots__ = ("_ahead", "_closed", "_ended", "_givers", "_items", "_taker")

    def __init__(self, ahead: int) -> None:
        if ahead < 1:
            raise ValueError(f"ahead is at least 1, not {ahead}")
        self._ahead = ahead
        self._items: deque[T] = deque()
        self._givers: deque[asyncio.Future[None]] = deque()
        self._taker: asyncio.Future[None] | None = None
        self._ended = False
        self._closed = False

    def offer(self, item: T) -> bool:
        """Hand over without waiting; False if there is no room (then ``give``)."""
        if len(self._items) >= self._ahead or self._closed:
            return False
        self.put(item)
        return True

    def put(self, item: T) -> None:
        """Hand over whether there is room or not, for the last words of what cannot wait."""
        if not self._closed:
            self._items.append(item)
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    async def give(self, item: T) -> None:
        """Hand over, after waiting for room.

        Raises:
            asyncio.CancelledError: the consumer has left.
        """
        while not self.offer(item):
            if self._closed:
                raise asyncio.CancelledError("the stream was left")
            room = asyncio.get_running_loop().create_future()
            self._givers.append(room)
            await room

    def end(self) -> None:
        """No more items come."""
        self._ended = True
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    def close(self) -> None:
        """The consumer leaves: whoever waits, or comes later, is cancelled."""
        self._closed = True
        self._items.clear()
        self._wake_givers()

    async def take(self, patience: float | None = None) -> Any:
        """The next item, ``OVER`` after the last, or ``IDLE`` after so many seconds without one."""
        if not self._items and not self._ended:
            self._wake_givers()
            if not await self._wait(patience):
                return IDLE
        if self._items:
            item = self._items.popleft()
            if not self._items:
                self._wake_givers()
            return item
        return OVER

    async def _wait(self, patience: float | None) -> bool:
        loop = asyncio.get_running_loop()
        self._taker = taker = loop.create_future()
        timer = None if patience is None else loop.call_later(patience, _give_up, taker)
        try:
            await taker
        finally:
            self._taker = None
            if timer is not None:
                timer.cancel()
        return bool(self._items) or self._ended

    def _wake_givers(self) -> None:
        # All of them: each looks again, and waits again if others were faster.
        while self._givers:
            giver = self._givers.popleft()
            if not giver.done():
                giver.set_result(None)


def _give_up(taker: "asyncio.Future[None]") -> None:
    if not taker.done():
        taker.set_result(None)
