"""What a person sees of a run: the tree of its nodes.

Coming in: events. Going out: at most 15 times a second a frame with a line for each node, and below those
that talk the end of what they say; as lines, one for each thing that begins or ends.
Decided elsewhere: what there is to know of a node (``flow.board``), how frames are drawn (``lines.py``).
"""

from collections.abc import Iterator

from ..flow.board import Board, Row, State
from ..streaming.events import NonFatalError, Progress, Retract, StreamEnd, StreamStart
from ..streaming.item import ProgressItem
from .excerpt import Flow, brief, visible, wrapped
from .lines import Line, Pace, Surface

FLOW_LINES = 2
REASON_LINES = 6
TALKING = 3

_MARKS: dict[State, tuple[str, str]] = {
    "running": ("▸ ", "yellow"),
    "done": ("✓ ", "green"),
    "failed": ("✗ ", "red"),
}


class Tree:
    """Shows a run on a surface until it is closed.

    Args:
        surface: where.
        speed: of its clock, see :class:`~pydantic_flow.flow.Board`.
    """

    def __init__(self, surface: Surface, speed: float = 1.0) -> None:
        self.board = Board(speed)
        self._surface = surface
        self._pace = Pace()
        self._flows: dict[tuple[str, ...], Flow] = {}

    def take(self, item: ProgressItem) -> None:
        """The next event."""
        row = self.board.take(item)
        if self._surface.keeps_all:
            self._surface.draw([], self._told(item, row))

    def update(self) -> None:
        """Draw a frame, unless one was drawn just now."""
        if not self._surface.keeps_all and self._pace.due():
            self._surface.draw([*self._frame()])

    def close(self) -> None:
        """Draw the last frame and leave it standing."""
        if not self._surface.keeps_all:
            self._surface.draw([*self._frame()])
        self._surface.close()

    # As lines.

    def _told(self, item: ProgressItem, row: Row) -> Iterator[Line]:
        begun = isinstance(item, StreamStart) and row.scopes == 1
        if begun:
            yield self._line(row, [])
        elif isinstance(item, StreamEnd) and row.state != "running":
            yield from self._lines(row, REASON_LINES)
        elif (
            isinstance(item, NonFatalError) and item.recoverable and item.kind not in ("cancelled", "timeout")
        ):
            yield [*_indent(row), ("! ", "yellow"), (f"{row.name}: {visible(item.message)}", "")]
        elif isinstance(item, Retract) and item.reason != "replaced":
            yield [*_indent(row), ("↺ ", "yellow"), (f"{row.name}: what it said is withdrawn", "")]
        elif isinstance(item, Progress) and item.message:
            yield [*_indent(row), ("→ ", "dim"), (visible(item.message), "dim")]

    # As a frame.

    def _frame(self) -> Iterator[Line]:
        rows = list(self.board.rows())
        room = max(3, self._surface.height - 2)
        talking = [row for row in rows if row.state == "running" and (row.text or row.value is not None)]
        shown, hidden = self._chosen(rows, max(3, room - FLOW_LINES * min(len(talking), TALKING)))
        spare = room - len(shown) - bool(hidden)
        for row in shown:
            line, *reason = self._lines(row, spare)
            yield line
            yield from reason
            spare -= len(reason)
            if row in talking and spare >= FLOW_LINES:
                lines = self._says(row)
                spare -= len(lines)
                yield from lines
        if hidden:
            yield [(f"  … {hidden:,} more", "dim")]

    def _chosen(self, rows: list[Row], room: int) -> tuple[list[Row], int]:
        """The rows to draw, and how many are not: those that are done give way first."""
        if len(rows) <= room:
            return rows, 0
        ranks = {"failed": 0, "running": 1, "done": 2}
        best = sorted(range(len(rows)), key=lambda index: (ranks[rows[index].state], index))[: room - 1]
        return [rows[index] for index in sorted(best)], len(rows) - len(best)

    def _says(self, row: Row) -> list[Line]:
        """The end of what a node says; of a structured value, its beginning."""
        indent = "  " * (len(row.path) + 2)
        width = max(10, self._surface.width - len(indent) - 1)
        if row.value is not None:
            return [[(indent, ""), (brief(row.value, width), "cyan")]]
        flow = self._flows.setdefault(row.path, Flow())
        lines = flow.lines(row.text, width=width, count=FLOW_LINES)
        return [[(indent, ""), (line, "cyan")] for line in lines]

    def _lines(self, row: Row, most: int) -> list[Line]:
        """A row, and why it failed: behind it, or where there is no room, in lines of its own below."""
        line = self._line(row, row.facts(self.board.now_us))
        if row.state != "failed" or not row.message:
            return [line]
        said = visible(row.message)
        if most < 1 or sum(len(text) for text, _ in line) + 2 + len(said) <= self._surface.width:
            return [[*line, (f"  {said}", "red")]]
        indent = "  " * (len(row.path) + 1)
        width = max(10, self._surface.width - len(indent) - 1)
        below = wrapped(row.message, width, min(most, REASON_LINES))
        return [line, *([(indent, ""), (text, "red")] for text in below)]

    def _line(self, row: Row, facts: list[str]) -> Line:
        shown = " · ".join(facts)
        return [
            *_indent(row),
            _MARKS[row.state],
            (visible(row.name), "bold"),
            (f"  {visible(shown)}" if shown else "", "dim"),
        ]


def _indent(row: Row) -> Line:
    return [("  " * len(row.path), "")]
