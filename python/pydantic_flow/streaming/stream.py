"""Streams that close what they read from.

Coming in: any source of items, asynchronous or not. Going out: an async iterator with ``aclose()``
and ``async with``. Order is kept, nothing is dropped or buffered, and nothing resumes.
Decided elsewhere: what the items are.
"""

from collections.abc import AsyncGenerator, AsyncIterable, AsyncIterator, Iterable
from inspect import isawaitable
from types import TracebackType
from typing import Generic, TypeVar

from ..errors import StreamConsumedError

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


class Stream(Generic[T_co]):
    """An async iterator that owns its source: leaving it closes everything below.

    ``break`` out of a loop over an unnamed stream closes it too, within two turns of the event loop;
    a named one is closed by ``aclose()`` or ``async with``::

        async with parser.astream_parse(chunks) as items:
            async for item in items:
                if enough(item):
                    break

    It is read once. A second loop goes on where the first was left; one over a stream that is over is a
    :class:`~pydantic_flow.errors.StreamConsumedError`, and not silently empty.
    """

    def __init__(self, items: AsyncGenerator[T_co, None], source: object) -> None:
        self._items = items
        self._source = source

    def __aiter__(self) -> AsyncIterator[T_co]:
        if getattr(self._items, "ag_frame", self) is None:
            raise StreamConsumedError("this stream is over, and cannot be read again: run it anew")
        # The generator itself, so that a loop pays for no hop through this object.
        return self._items

    async def __anext__(self) -> T_co:
        return await self._items.__anext__()

    async def aclose(self) -> None:
        """Close the stream and its source; a second time does nothing."""
        await self._items.aclose()
        # A generator that never started has not opened its source, and closes nothing.
        await close(self._source)

    async def __aenter__(self) -> "Stream[T_co]":
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.aclose()


class Reading(Generic[T]):
    """``async with Reading(source) as items``: iterate over any source, and close it in the end.

    The source may be asynchronous or not, and have ``aclose()``, ``close()`` or neither.
    """

    def __init__(self, source: AsyncIterable[T] | Iterable[T]) -> None:
        self._source = source
        self._items: AsyncIterator[T] | None = None

    async def __aenter__(self) -> AsyncIterator[T]:
        source = self._source
        self._items = aiter(source) if isinstance(source, AsyncIterable) else _asynchronous(source)
        return self._items

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        # An iterable may hand out an iterator that holds the connection, or hold it itself.
        await close(self._items)
        if self._items is not self._source:
            await close(self._source)


async def close(source: object) -> None:
    """Close a source by its ``aclose()`` or ``close()``, if it has one."""
    closer = getattr(source, "aclose", None) or getattr(source, "close", None)
    if callable(closer):
        done = closer()
        if isawaitable(done):
            await done


def close_now(source: object) -> None:
    """Close a source that is not asynchronous, if it can be closed."""
    closer = getattr(source, "close", None)
    if callable(closer):
        closer()


async def _asynchronous(source: Iterable[T]) -> AsyncGenerator[T, None]:
    for item in source:
        yield item
