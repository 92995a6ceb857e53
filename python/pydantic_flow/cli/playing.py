"""A stream of events on its way to whoever looks: a person, or a program.

Coming in: a stream. Going out: frames or lines on stderr, or NDJSON on stdout; at last the result on stdout.
Decided elsewhere: where the stream comes from (``run.py``, ``replay.py``), what people see (``tree.py``).
"""

import asyncio
import sys
from collections.abc import AsyncIterable
from contextlib import closing
from typing import Protocol, TextIO

import pydantic_core

from ..errors import EventError
from ..flow.board import Board
from ..streaming.events import StreamEnd
from ..streaming.item import ProgressItem, to_dict, to_json
from ..streaming.stream import Reading
from .ending import Stop
from .lines import FRAME_SECONDS, surface
from .output import write
from .tree import Tree


class View(Protocol):
    """Where events go.

    Attributes:
        board: what is known of the run.
    """

    board: Board

    def take(self, item: ProgressItem) -> object:
        """The next event."""

    def update(self) -> None:
        """A moment has passed."""

    def close(self) -> None:
        """In any case."""


class Ndjson:
    """Writes every event as a line."""

    def __init__(self, stream: TextIO) -> None:
        self.board = Board()
        self._stream = stream

    def take(self, item: ProgressItem) -> None:
        """Write it, now."""
        self.board.take(item)
        write(to_json(item) + b"\n", self._stream)

    def update(self) -> None:
        """Everything has been written."""

    def close(self) -> None:
        """Nothing is held."""


def view(stdout: TextIO, *, plain: bool, events: bool, speed: float = 1.0) -> View:
    """What the options ask for; ``speed`` is that of a replay, 0 for at once."""
    return Ndjson(stdout) if events else Tree(surface(sys.stderr, plain=plain), speed)


def play(stream: AsyncIterable[ProgressItem], shown: View) -> None:
    """Read the stream to its end, and show it.

    Raises:
        Exception: whatever the stream raises.
    """
    with closing(shown):
        asyncio.run(_played(stream, shown))


async def _played(stream: AsyncIterable[ProgressItem], shown: View) -> None:
    ticking = asyncio.create_task(_tick(shown))
    try:
        async with Reading(stream) as items:
            async for item in items:
                shown.take(item)
    finally:
        ticking.cancel()


async def _tick(shown: View) -> None:
    while True:
        shown.update()
        await asyncio.sleep(FRAME_SECONDS)


def print_result(result: object) -> None:
    """The result as JSON: indented on a terminal, else in one line.

    Raises:
        Stop: it cannot be written as JSON.
    """
    indent = 2 if sys.stdout.isatty() else None
    try:
        plain = to_dict(StreamEnd(result=result)).get("result")
    except EventError as error:
        raise Stop(f"the result cannot be printed as JSON: {error}") from None
    write(pydantic_core.to_json(plain, indent=indent) + b"\n", sys.stdout)
