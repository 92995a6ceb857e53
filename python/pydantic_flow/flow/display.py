"""A run in a notebook: one output that changes while it runs.

Coming in: a stream of events. Going out: its result, and on the way a display that is drawn anew five times
a second, also while no event comes. Needs IPython, which every notebook has.
Decided elsewhere: what there is to see (``board.py``).
"""

import asyncio
import time
from collections.abc import AsyncIterable
from html import escape
from importlib import import_module
from typing import Any

from ..errors import MissingExtraError, PydanticFlowError
from ..streaming.item import ProgressItem
from ..streaming.stream import Reading
from .board import Board, Row

SECONDS = 0.2
TEXT = 400
_MARKS = {"running": "▸", "done": "✓", "failed": "✗"}


async def show(stream: AsyncIterable[ProgressItem]) -> Any:
    """Read a stream to its end, show it in the notebook meanwhile, and give its result.

    ``await show(flow.astream(query))`` in a cell. A flow's stream as the last line of a cell shows itself.

    Raises:
        MissingExtraError: there is no IPython here.
        PydanticFlowError: the stream ended without success, or had no end.
        Exception: whatever the stream raises.
    """
    return await Display().read(stream)


class Display:
    """An output of a notebook that shows one stream. It is there at once, and changes while that is read.

    Raises:
        MissingExtraError: there is no IPython here.
    """

    def __init__(self) -> None:
        try:
            display = import_module("IPython.display").display
        except ImportError as error:
            raise MissingExtraError("show() needs a notebook: there is no IPython here") from error
        self._board, self._shown = Board(), _Shown()
        self._due = 0.0
        self._handle = display(self._shown, display_id=True)

    async def read(self, stream: AsyncIterable[ProgressItem]) -> Any:
        """As :func:`show`."""
        ticking = asyncio.create_task(self._tick())
        try:
            async with Reading(stream) as items:
                async for item in items:
                    self._board.take(item)
                    self._draw_if_due()
        finally:
            ticking.cancel()
            self._draw()
        if not self._board.success:
            raise PydanticFlowError("the stream ended without a result")
        return self._board.result

    async def _tick(self) -> None:
        while True:
            await asyncio.sleep(SECONDS)
            self._draw_if_due()

    def _draw_if_due(self) -> None:
        if time.monotonic() >= self._due:
            self._draw()
            self._due = time.monotonic() + SECONDS

    def _draw(self) -> None:
        self._shown.update(self._board)
        self._handle.update(self._shown)


def show_beside(stream: AsyncIterable[ProgressItem]) -> asyncio.Task[Any]:
    """Show a stream while other things run, as the last line of a cell does, and what goes wrong in it."""
    showing = asyncio.ensure_future(Display().read(stream))
    _BESIDE.add(showing)
    showing.add_done_callback(_seen)
    return showing


_BESIDE: set[asyncio.Task[Any]] = set()
"""A loop holds its tasks only weakly."""


def _seen(showing: asyncio.Task[Any]) -> None:
    _BESIDE.discard(showing)
    if not showing.cancelled():
        showing.exception()  # stands in the display


class _Shown:
    """A board as notebooks show things: as HTML, or as text."""

    def __init__(self) -> None:
        self._rows: list[tuple[Row, list[str]]] = []

    def update(self, board: Board) -> None:
        self._rows = [(row, row.facts(board.now_us)) for row in board.rows()]

    def __repr__(self) -> str:
        return "\n".join(
            f"{'  ' * len(row.path)}{_MARKS[row.state]} {row.name}  {' · '.join(facts)}".rstrip()
            for row, facts in self._rows
        )

    def _repr_html_(self) -> str:
        return f'<div style="font-family: monospace">{"".join(map(self._html, self._rows))}</div>'

    def _html(self, entry: tuple[Row, list[str]]) -> str:
        row, facts = entry
        text = row.message if row.state == "failed" else row.text[-TEXT:] if row.state == "running" else ""
        below = f'<div style="opacity: .7; white-space: pre-wrap">{escape(text)}</div>' if text else ""
        said = f"{_MARKS[row.state]} <b>{escape(row.name)}</b> {escape(' · '.join(facts))}"
        return f'<div style="margin-left: {2 * len(row.path)}em">{said}{below}</div>'
