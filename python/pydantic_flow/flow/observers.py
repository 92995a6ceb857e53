"""Those who watch runs, and cannot hurt or slow them.

Coming in: events, as they are handed on. Going out: the same to every observer, later, by a task of its own
(a thread, for one that is not asynchronous).
Decided elsewhere: which events (``running.py``).

The policy: each observer has a box of ``BOX`` events. When it is full, the oldest are dropped, and a ``Gap``
in their place says how many. What an observer raises is logged once, and it gets the next events. When the
run is over, observers get ``PATIENCE`` seconds for what is in their boxes; then they are left alone.
``PartialFields`` and ``ToolArgProgress`` come with what changed, and without the values of their moment: a
box full of those would cost a copy each.
"""

import asyncio
import logging
import threading
from abc import ABC, abstractmethod
from collections import deque
from collections.abc import Awaitable, Callable, Iterable
from contextlib import suppress
from inspect import iscoroutinefunction
from typing import Any

from msgspec.structs import replace

from ..streaming.events import Gap, PartialFields
from ..streaming.item import ProgressItem
from ..streaming.tools import ToolArgProgress

BOX = 1024
PATIENCE = 1.0

_log = logging.getLogger("pydantic_flow.flow")

Observer = Any
"""An object with ``on_progress(item)``, or a function of one item; asynchronous or not."""


def handler(observer: Observer) -> Callable[[ProgressItem], Any]:
    """What is called with each event.

    Raises:
        TypeError: there is nothing to call.
    """
    found: Any = getattr(observer, "on_progress", observer)
    if not callable(found):
        raise TypeError(f"an observer has on_progress(item) or is a function, not {observer!r}")
    handle: Callable[[ProgressItem], Any] = found
    return handle


class Watching:
    """The observers of one run, while it runs.

    Args:
        observers: who watches.
        below: only events below this ``node_path``; None for all.
    """

    def __init__(self, observers: Iterable[Observer], below: tuple[str, ...] | None = None) -> None:
        self._below = below
        self._watchers = [_watcher(observer) for observer in observers]

    def tell(self, item: ProgressItem) -> None:
        """An event is handed on."""
        path, below = item.node_path, self._below
        if self._watchers and (below is None or (path[: len(below)] == below != path)):
            light = _light(item)
            for watcher in self._watchers:
                watcher.put(light)

    async def end(self) -> None:
        """No more events come; waits until all have been watched, or patience is over."""
        waiting = [asyncio.ensure_future(watcher.end()) for watcher in self._watchers]
        try:
            if waiting:
                await asyncio.wait(waiting)
        finally:
            for one in waiting:
                one.cancel()


def _light(item: ProgressItem) -> ProgressItem:
    """The event as it can be kept: with its changes, without what is shared with a parser."""
    if isinstance(item, PartialFields):
        return replace(item, fields={}, value=None, record=item.record.look(item.index))
    if isinstance(item, ToolArgProgress):
        return replace(item, partial_args=None)
    return item


def _watcher(observer: Observer) -> "_Watcher":
    handle = handler(observer)
    # An object may be called asynchronously, too.
    called = getattr(handle, "__call__", None)  # noqa: B004 (not whether it can be called, but how)
    is_async = iscoroutinefunction(handle) or iscoroutinefunction(called)
    return _TaskWatcher(handle) if is_async else _ThreadWatcher(handle)


class _Box:
    """Events that wait; the oldest give way."""

    def __init__(self) -> None:
        self._items: deque[ProgressItem] = deque()
        self._gap: Gap | None = None

    def put(self, item: ProgressItem) -> None:
        if len(self._items) >= BOX:
            gone = self._items.popleft()
            gap = self._gap
            first, dropped = (gone.seq, 0) if gap is None else (gap.first_seq, gap.dropped)
            self._gap = Gap(
                dropped=dropped + 1, first_seq=first, last_seq=gone.seq, run_id=gone.run_id, seq=gone.seq
            )
        self._items.append(item)

    def take(self) -> ProgressItem | None:
        if self._gap is not None:
            gap, self._gap = self._gap, None
            return gap
        return self._items.popleft() if self._items else None


class _Watcher(ABC):
    """One observer of one run."""

    def __init__(self, handle: Callable[[ProgressItem], Any]) -> None:
        self._handle = handle
        self._box = _Box()
        self._raised = 0

    @abstractmethod
    def put(self, item: ProgressItem) -> None:
        """Tell it of an event; does not wait."""

    @abstractmethod
    async def end(self) -> None:
        """Let it read what is left, for a while."""

    def _complain(self) -> None:
        self._raised += 1
        if self._raised == 1:
            _log.exception("an observer of a flow raised: %r; it is told of the next events", self._handle)

    def _late(self) -> None:
        _log.warning("an observer of a flow was left with events unread: %r", self._handle)


class _TaskWatcher(_Watcher):
    """One that is asynchronous: a task."""

    def __init__(self, handle: Callable[[ProgressItem], Awaitable[Any]]) -> None:
        super().__init__(handle)
        self._some = asyncio.Event()
        self._over = False
        self._task = asyncio.create_task(self._work(), name=f"pydantic_flow observer {handle!r}")

    def put(self, item: ProgressItem) -> None:
        self._box.put(item)
        self._some.set()

    async def end(self) -> None:
        self._over = True
        self._some.set()
        try:
            await asyncio.wait([self._task], timeout=PATIENCE)
        finally:
            if not self._task.done():
                self._late()
                self._task.cancel()

    async def _work(self) -> None:
        while True:
            while (item := self._box.take()) is not None:
                try:
                    await self._handle(item)
                except Exception:
                    self._complain()
            if self._over:
                return
            self._some.clear()
            await self._some.wait()


class _ThreadWatcher(_Watcher):
    """One that is not asynchronous: a thread, so that it blocks nobody."""

    def __init__(self, handle: Callable[[ProgressItem], Any]) -> None:
        super().__init__(handle)
        self._changed = threading.Condition()
        self._over = False
        self._left = False
        self._loop = asyncio.get_running_loop()
        self._done = asyncio.Event()
        self._thread = threading.Thread(target=self._work, daemon=True, name="pydantic_flow observer")
        self._thread.start()

    def put(self, item: ProgressItem) -> None:
        with self._changed:
            self._box.put(item)
            self._changed.notify()

    async def end(self) -> None:
        with self._changed:
            self._over = True
            self._changed.notify()
        try:
            await asyncio.wait_for(self._done.wait(), PATIENCE)
        except TimeoutError:
            self._late()
        finally:
            self._left = True

    def _work(self) -> None:
        while not self._left:
            with self._changed:
                while (item := self._box.take()) is None and not self._over:
                    self._changed.wait()
            if item is None:
                break
            try:
                self._handle(item)
            except Exception:
                self._complain()
        with suppress(RuntimeError):  # the loop is closed: nobody waits any more
            self._loop.call_soon_threadsafe(self._done.set)
