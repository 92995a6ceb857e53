"""Writes the events of a stream into a file, a line for each.

Coming in: events, while they are fresh (``PartialFields`` can be asked for its changes until the parser
goes on). Going out: NDJSON with a head that names the version of the format.
Decided elsewhere: how an event stands in JSON (``streaming``), how files are read (``reading.py``).
"""

import io
import os
from collections.abc import AsyncGenerator
from types import TracebackType
from typing import IO, Any, TypeVar

from ..errors import EventError
from ..streaming.events import Gap
from ..streaming.helpers import Items
from ..streaming.item import ProgressItem, to_json
from ..streaming.stream import Reading, Stream

VERSION = 1
HEAD = b'{"type":"recording","version":%d}\n' % VERSION

File = str | os.PathLike[str] | IO[bytes] | IO[str]
"""A name, or what is open for writing (reading), as bytes or as UTF-8 text."""

T = TypeVar("T")


class Recorder:
    """Writes events into a file, each as soon as it is given.

    Every event is flushed, so that what was recorded survives the process; the head is written with
    the first. Events must come in the order of their ``seq``; where some are left out, a ``Gap`` is
    written in their place, so that a reader knows. A file given by name is replaced, and closed in the
    end; one that is open is neither.

    Args:
        file: where to.

    >>> import io
    >>> from pydantic_flow.streaming import TokenChunk
    >>> file = io.BytesIO()
    >>> with Recorder(file) as recorder:
    ...     recorder.write(TokenChunk(text="a"))
    >>> print(file.getvalue().decode(), end="")
    {"type":"recording","version":1}
    {"type":"token","text":"a"}
    """

    def __init__(self, file: File) -> None:
        self._owned = isinstance(file, str | os.PathLike)
        self._file: IO[Any] = open(file, "wb") if isinstance(file, str | os.PathLike) else file  # noqa: SIM115
        self._text = isinstance(self._file, io.TextIOBase)
        self._next: dict[str, int] = {}
        self._begun = False

    def write(self, item: ProgressItem) -> None:
        """Write one event.

        Raises:
            EventError: a payload cannot be written as JSON, or the event comes out of order.
            StaleItemError: the changes of a ``PartialFields`` are gone.
            OSError: the file cannot be written.
        """
        line = to_json(item) + b"\n"
        gap = self._gap_before(item)
        head = b"" if self._begun else HEAD
        self._begun = True
        self._write(head + (b"" if gap is None else to_json(gap) + b"\n") + line)

    def close(self) -> None:
        """Close the file, if it was given by name."""
        if self._owned:
            self._file.close()

    def __enter__(self) -> "Recorder":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _gap_before(self, item: ProgressItem) -> Gap | None:
        """What says that events of this run were left out, if they were."""
        if not item.run_id:  # it was never stamped, so it has no place
            return None
        run_id, due = item.run_id, self._next.get(item.run_id, 0)
        first, last = (item.first_seq, item.last_seq) if isinstance(item, Gap) else (item.seq, item.seq)
        if first < due:
            raise EventError(f"{type(item).__name__} {run_id}:{first} comes after {run_id}:{due - 1}")
        self._next[run_id] = last + 1
        if first == due:
            return None
        return Gap(dropped=first - due, first_seq=due, last_seq=first - 1, run_id=run_id, seq=first - 1)

    def _write(self, data: bytes) -> None:
        self._file.write(data.decode() if self._text else data)
        self._file.flush()


def recorded(stream: Items[T], file: File) -> Stream[T]:
    """The stream itself; what comes through it is written into the file first.

    Items that are no events (the value at the end of a ``StreamingParser``) pass unrecorded. What goes
    wrong with the file is raised here, and closes the stream.

    >>> import asyncio, io
    >>> from pydantic_flow.streaming import StreamingParser
    >>> file = io.BytesIO()
    >>> async def main():
    ...     stream = StreamingParser(list[int]).astream_parse(["[1, ", "2]"])
    ...     async for item in recorded(stream, file):
    ...         last = item
    ...     print(last, file.getvalue().count(b"partial_fields"))
    >>> asyncio.run(main())
    [1, 2] 2
    """
    return Stream(_recorded(stream, file), stream)


async def _recorded(stream: Items[T], file: File) -> AsyncGenerator[T, None]:
    with Recorder(file) as recorder:
        async with Reading(stream) as items:
            async for item in items:
                if isinstance(item, ProgressItem):
                    recorder.write(item)
                yield item


async def record(stream: Items[Any], file: File) -> int:
    """Read a stream to its end, write its events into the file, and give their number.

    Raises:
        Exception: whatever the stream raises; what came before is in the file.
    """
    count = 0
    async with recorded(stream, file) as items:
        async for item in items:
            count += isinstance(item, ProgressItem)
    return count
