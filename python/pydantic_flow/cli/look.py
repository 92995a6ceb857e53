"""How rows, repairs and numbers look as lines.

Coming in: a row, a note or a measurement, and the width of the window.
Going out: lines; most are cut to the width where they are drawn.
Decided elsewhere: which of them there are, and when (``watch.py``).
"""

from collections.abc import Iterator
from typing import Any

from ..errors import Path
from ..streaming import NonFatalError
from ..streaming.preview import counted
from .excerpt import Flow, brief, visible, where
from .lines import Line
from .outline import Mark, Row

_MARKS: dict[Mark, tuple[str, str]] = {
    "settled": ("✓ ", "green"),
    "closed": ("✓ ", "green"),
    "open": ("▸ ", "yellow"),
}


def row_line(row: Row, width: int) -> Line:
    """A row in one line: its value, or its size if it is a container that is open or was said open."""
    if row.mark != "settled" and isinstance(row.value, dict | list):
        return [*_head(row, width), (_size(row.value), "dim")]
    return [*_head(row, width), (brief(row.value, width), "")]


def note_line(note: NonFatalError, place: tuple[int, int] | None) -> Line:
    """A repair: where, what kind, what was done. What has no place in the text has one in the value."""
    spot = f"{place[0]}:{place[1]} " if place else f"{where(note.path)} "
    return [("! ", "yellow"), (spot, "magenta"), (f"{note.kind}: ", "bold"), (visible(note.message), "")]


def restart_line() -> Line:
    """Another value took the place of the one that was shown."""
    return [("↺ ", "yellow"), ("the value starts over", "")]


def facts_line(facts: list[str], width: int) -> Line:
    """Short facts, as many as fit.

    >>> facts_line(["12.3 kB", "3.1 s", "5 repairs"], width=20)
    [('  12.3 kB · 3.1 s', 'dim')]
    """
    line = ""
    for fact in facts:
        longer = f"{line} · {fact}" if line else f"  {fact}"
        if len(longer) > width:
            break
        line = longer
    return [(line, "dim")]


class GrowingText:
    """The row of a text that grows: its last lines, with a cursor at the end."""

    def __init__(self) -> None:
        self._path: Path | None = None
        self._flow = Flow()

    def lines(self, row: Row, *, width: int, count: int) -> Iterator[Line]:
        """One line, as long as the text fits into it; then a heading and ``count`` lines of its end."""
        if row.path != self._path:
            self._path, self._flow = row.path, Flow()
        head = _head(row, width)
        indent = " " * (_indent(row.path, width) + 2)
        *before, last = self._flow.lines(row.value, width=width - len(indent) - 1, count=count)
        cursor = ("▌", "yellow")
        if not before and len(row.value) + sum(len(piece) for piece, _ in head) < width:
            yield [*head, (last, ""), cursor]
            return
        if row.path:
            yield head
        for line in before:
            yield [(indent, ""), (line, "")]
        yield [(indent, ""), (last, ""), cursor]


def _head(row: Row, width: int) -> list[tuple[str, str]]:
    sign, style = _MARKS[row.mark]
    mark = (" " * _indent(row.path, width) + sign, style)
    if not row.path:
        return [mark]
    key = row.path[-1]
    return [mark, (f"{visible(key[:width])}: " if isinstance(key, str) else f"[{key}] ", "bold")]


def _indent(path: Path, width: int) -> int:
    """Two columns for each level, but never more than a third of the window."""
    return min(2 * max(0, len(path) - 1), width // 3)


def _size(value: dict[str, Any] | list[Any]) -> str:
    if not value:
        return ""
    return counted(len(value), "field" if isinstance(value, dict) else "item")
