"""Lines: what is shown, and the plain way to show it, for pipes, logs and terminals without colour.

Coming in: lines as pieces of text with styles, and frames that change.
Going out: text without styles. Frames are left out: nothing printed is taken back.
Decided elsewhere: what is in a line (``watch.py``, ``demo``), how a screen shows it (``screen.py``).
"""

import os
from collections.abc import Iterable, Sequence
from time import monotonic
from typing import Protocol, TextIO

from .ending import EXTRA, Stop

FRAME_SECONDS = 1 / 15

Line = Sequence[tuple[str, str]]
"""Pieces of text, each with the name of its style; ``""`` is none."""


class Surface(Protocol):
    """Something to draw on."""

    @property
    def width(self) -> int:
        """Columns."""

    @property
    def height(self) -> int:
        """Lines that people see at once."""

    @property
    def keeps_all(self) -> bool:
        """Whether every repair is listed, however many come at once."""

    def draw(self, frame: Sequence[Line], above: Iterable[Line] = ()) -> None:
        """Let lines stand above the frame for good, and replace the frame."""

    def close(self) -> None:
        """Let the last frame stand."""

    def say(self, lines: Iterable[Line]) -> None:
        """Add lines below; the surface is closed."""


class Lines:
    """Prints what stays."""

    width = 100
    height = 24
    keeps_all = True

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream

    def draw(self, frame: Sequence[Line], above: Iterable[Line] = ()) -> None:
        """Print the lines above the frame."""
        self.say(above)

    def close(self) -> None:
        """Nothing is held."""

    def say(self, lines: Iterable[Line]) -> None:
        """Print lines, cut to the width."""
        for line in lines:
            text = "".join(piece for piece, _ in line)
            print(text if len(text) <= self.width else text[: self.width - 1] + "…", file=self._stream)
        self._stream.flush()


class Pace:
    """Lets a frame pass when the one before is older than ``FRAME_SECONDS``."""

    def __init__(self) -> None:
        self._next = 0.0

    def due(self) -> bool:
        """Whether to draw now."""
        now = monotonic()
        if now < self._next:
            return False
        self._next = now + FRAME_SECONDS
        return True


def surface(stream: TextIO, *, plain: bool = False) -> Surface:
    """A screen, if the stream is a terminal that can be drawn on and whose owner wants that; else lines.

    Raises:
        Stop: the extra is missing.
    """
    if plain or not _for_a_screen(stream):
        return Lines(stream)
    try:
        from .screen import Screen
    except ModuleNotFoundError:
        raise Stop(EXTRA) from None
    return Screen(stream)


def _for_a_screen(stream: TextIO) -> bool:
    return (
        stream.isatty()
        and not os.environ.get("NO_COLOR")
        and os.environ.get("TERM") != "dumb"
        and (stream.encoding or "").lower().startswith("utf")
    )
