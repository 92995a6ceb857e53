"""Frames on a terminal. The one file that knows rich.

Coming in: lines that stay, and frames that take each other's place and fit the window.
Going out: what a terminal understands; the cursor is given back in any case.
Decided elsewhere: what is in a line (``watch.py``, ``demo``), when to draw (``lines.py``).
"""

from collections.abc import Iterable, Sequence
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
        # What a validator prints while a frame stands is put above it.
        self._live = Live(console=self._console, auto_refresh=False)

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

    def say(self, lines: Iterable[Line]) -> None:
        """Print lines above the frame, or below the last one."""
        if texts := [_text(line) for line in lines]:
            self._console.print(*texts, sep="\n", no_wrap=True, overflow="ellipsis")


def _text(line: Line) -> Text:
    return Text.assemble(*line, no_wrap=True, overflow="ellipsis")
