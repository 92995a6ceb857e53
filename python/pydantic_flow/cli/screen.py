"""Frames on a terminal. The one file that knows rich.

Coming in: lines that stay, and frames that take each other's place and fit the window.
Going out: what a terminal understands; the cursor is given back in any case.
Decided elsewhere: what is in a line (``watch.py``, ``demo``), when to draw (``lines.py``).
"""

import os
import signal
from collections.abc import Iterable, Sequence
from types import FrameType
from typing import TextIO

from rich.console import Console, Group
from rich.live import Live
from rich.text import Text

from .lines import Line


class Screen:
    """Draws in place, until it is closed."""

    keeps_all = False

    def __init__(self, stream: TextIO) -> None:
        self._console = Console(file=stream)
        self._live = self._new_frame()
        self._suspends = hasattr(signal, "SIGTSTP") and signal.getsignal(signal.SIGTSTP) == signal.SIG_DFL
        if self._suspends:
            signal.signal(signal.SIGTSTP, self._suspend)

    @property
    def width(self) -> int:
        """Columns, as of now."""
        return self._console.width

    @property
    def height(self) -> int:
        """Lines, as of now."""
        return self._console.height

    def draw(self, frame: Sequence[Line], above: Iterable[Line] = ()) -> None:
        """Let lines stand above the frame for good, and replace the frame."""
        self._live.start()
        with self._console:  # one write for both
            self.say(above)
            self._live.update(Group(*map(_text, frame)), refresh=True)

    def close(self) -> None:
        """Leave the last frame standing and give the cursor back."""
        self._live.stop()
        if self._suspends:
            signal.signal(signal.SIGTSTP, signal.SIG_DFL)

    def say(self, lines: Iterable[Line]) -> None:
        """Print lines above the frame, or below the last one."""
        if texts := [_text(line) for line in lines]:
            self._console.print(*texts, sep="\n", no_wrap=True, overflow="ellipsis")

    def _new_frame(self) -> Live:
        # What a validator prints while a frame stands is put above it.
        return Live(console=self._console, auto_refresh=False)

    def _suspend(self, number: int, _frame: FrameType | None) -> None:
        """Ctrl-Z: the frame stays where it is, the shell gets the cursor, the next frame comes below."""
        self._live.stop()
        self._live = self._new_frame()
        signal.signal(number, signal.SIG_DFL)
        os.kill(os.getpid(), number)  # and here we are when it goes on
        signal.signal(number, self._suspend)


def _text(line: Line) -> Text:
    return Text.assemble(*line, no_wrap=True, overflow="ellipsis")
