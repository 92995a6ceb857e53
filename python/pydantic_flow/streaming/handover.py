"""A bounded hand-over from tasks that make things to the one that takes them.

Coming in: items, from any number of tasks of one event loop. Going out: the same, in order, to one
consumer; then the end. A producer waits when ``ahead`` items lie there, so that it is never further
ahead of a slow consumer. There is no task of its own, and one timer for all waits: one for each would
cost as much as the hand-over.
Decided elsewhere: what the items are.
"""

import asyncio
from collections import deque
from typing import Final, Generic, TypeVar

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
        patience: after how many seconds without an item ``take`` says so; None for never.
    """

    __slots__ = (
        "_ahead",
        "_closed",
        "_ended",
        "_givers",
        "_items",
        "_patience",
        "_taker",
        "_timer",
        "_waits_from",
    )

    def __init__(self, ahead: int, patience: float | None = None) -> None:
        if ahead < 1:
            raise ValueError(f"ahead is at least 1, not {ahead}")
        self._ahead = ahead
        self._patience = patience
        self._items: deque[T] = deque()
        self._givers: deque[asyncio.Future[None]] = deque()
        self._taker: asyncio.Future[None] | None = None
        self._timer: asyncio.TimerHandle | None = None
        self._waits_from = 0.0
        self._ended = False
        self._closed = False

    def offer(self, item: T) -> bool:
        """Hand over without waiting; False if there is no room (then ``give``)."""
        items = self._items
        if len(items) >= self._ahead or self._closed:
            return False
        items.append(item)
        taker = self._taker
        if taker is not None and not taker.done():
            taker.set_result(None)
        return True

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

    def is_closed(self) -> bool:
        """Whether the consumer has left."""
        return self._closed

    def put(self, item: T) -> None:
        """Hand over whether there is room or not, for the last words of what cannot wait."""
        if not self._closed:
            self._items.append(item)
            self._wake_taker()

    def end(self) -> None:
        """No more items come."""
        self._ended = True
        self._wake_taker()

    def close(self) -> None:
        """The consumer leaves: whoever waits, or comes later, is cancelled."""
        self._closed = True
        self._items.clear()
        self._wake_givers()
        if self._timer is not None:
            self._timer.cancel()

    async def take(self) -> T | _Idle | _Over:
        """The next item, ``OVER`` after the last, or ``IDLE`` when patience is over."""
        items = self._items
        if not items and not self._ended:
            if self._givers:
                self._wake_givers()
            loop = asyncio.get_running_loop()
            if self._patience is not None:
                self._waits_from = loop.time()
                if self._timer is None:
                    self._timer = loop.call_later(self._patience, self._tick, loop, self._patience)
            self._taker = loop.create_future()
            try:
                await self._taker
            finally:
                self._taker = None
        if items:
            item = items.popleft()
            if self._givers and not items:
                self._wake_givers()
            return item
        return OVER if self._ended else IDLE

    def _tick(self, loop: asyncio.AbstractEventLoop, patience: float) -> None:
        """Time to look whether the consumer has waited for too long."""
        waited = loop.time() - self._waits_from if self._taker is not None else 0.0
        over = waited >= patience
        self._timer = loop.call_later(patience if over else patience - waited, self._tick, loop, patience)
        if over:
            self._wake_taker()

    def _wake_taker(self) -> None:
        if self._taker is not None and not self._taker.done():
            self._taker.set_result(None)

    def _wake_givers(self) -> None:
        # All of them: each looks again, and waits again if others were faster.
        while self._givers:
            giver = self._givers.popleft()
            if not giver.done():
                giver.set_result(None)
