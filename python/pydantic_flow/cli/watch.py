"""What a person sees of a text while it is read.

Coming in: a reading, again and again.
Going out: at most 15 times a second, lines for what is new and a frame for what is open. A frame
costs what the window holds, however long the text is.
Decided elsewhere: which rows there are (``outline.py``), how they look (``look.py``), whether frames
are drawn or lines printed (``lines.py``).
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from time import monotonic
from typing import Any

from ..streaming import NonFatalError
from ..streaming.preview import counted
from .lines import Line, Pace, Surface
from .look import GrowingText, facts_line, note_line, restart_line, row_line
from .meter import Meter, amount
from .outline import Outline, Row
from .reading import Reading
from .schema import Problem
from .verdict import Verdict

OPEN_ROWS = 12
FLOW_LINES = 5


class Watch:
    """Shows a reading on a surface until it is closed.

    Attributes:
        told: what was said not to fit, each with its path.
    """

    def __init__(self, reading: Reading[Any], surface: Surface) -> None:
        self._reading = reading
        self._surface = surface
        self._pace = Pace()
        self._meter = Meter(monotonic())
        self._outline = Outline()
        self._growing = GrowingText()
        self._notes = 0
        self._restarts = 0
        self.told: set[Problem] = set()

    def take(self, items: Sequence[object]) -> None:
        """The items of a chunk: the reading has seen them."""

    def update(self) -> None:
        """Draw what is new, unless something was drawn just now."""
        if self._pace.due():
            self._draw("")

    def conclude(self, verdict: Verdict) -> None:
        """Draw the last frame: nothing is open any more, but for what was cut, and that stays."""
        self._draw(verdict.word)

    def close(self) -> None:
        """Leave the last frame standing."""
        self._surface.close()

    def _draw(self, word: str) -> None:
        above = [*self._restarted(), *self._finished()]  # first: what it says is not open
        above += [*(self._cut() if word else ()), *self._noted()]
        frame = [] if word else [*self._open()]
        self._surface.draw([*frame, self._facts(word)], above)

    def _restarted(self) -> Iterator[Line]:
        if self._restarts != self._reading.restarts:
            self._restarts = self._reading.restarts
            self._outline.restart()
            yield restart_line()

    def _finished(self) -> Iterator[Line]:
        reading, most = self._reading, self._surface.height
        finished = self._outline.finished(reading.value, reading.settled, room=self._room(), most=most)
        yield from _left_out(finished.count - most)
        yield from (row_line(row, self._surface.width) for row in finished.rows)

    def _noted(self) -> Iterator[Line]:
        notes = self._reading.notes if self._reading.started else []
        new = len(notes) - self._notes
        most = new if self._surface.keeps_all else min(new, self._surface.height)
        self._notes = len(notes)
        yield from _left_out(new - most)
        told = notes[len(notes) - most :]
        self.told |= {(note.path, note.message) for note in told if note.kind == "validation"}
        for _, same in groupby(
            told, lambda note: (note.offset, note.offset is None and note.path, note.message)
        ):
            yield self._note(list(same))

    def _note(self, same: Sequence[NonFatalError]) -> Line:
        """A note, with how often it came at one place (such as the closers that were missing at the end)."""
        note = same[0]
        place = None if note.offset is None else self._reading.place(note.offset)
        return [*note_line(note, place), (f" (and {len(same) - 1} more)" if same[1:] else "", "dim")]

    def _cut(self) -> Iterator[Line]:
        """The parts that the end of the text left open."""
        if self._reading.cut is not None:
            yield from (row_line(row, self._surface.width) for row in self._open_rows())

    def _open_rows(self) -> Sequence[Row]:
        reading = self._reading
        if isinstance(reading.value, str):
            return [Row("open", (), reading.value)]
        return self._outline.open(reading.value, reading.settled, room=self._room())

    def _open(self) -> Iterator[Line]:
        rows = self._open_rows()
        yield from (row_line(row, self._surface.width) for row in rows[:-1])
        match rows[-1:]:
            case [Row(mark="open", value=str()) as row]:
                yield from self._growing.lines(row, width=self._surface.width, count=self._flow())
            case [row]:
                yield row_line(row, self._surface.width)

    def _flow(self) -> int:
        """Lines for the end of a text."""
        return max(1, min(FLOW_LINES, self._surface.height // 4))

    def _room(self) -> int:
        """Rows for what is open; the facts need a line too, and the cursor keeps one."""
        return max(2, min(OPEN_ROWS, self._surface.height - self._flow() - 2))

    def _facts(self, word: str) -> Line:
        reading, now = self._reading, monotonic()
        self._meter.count(reading.size, now)
        seconds = self._meter.elapsed(now)
        rate = reading.size / max(seconds, 1e-3) if word else self._meter.rate(now)
        facts = [
            word or ("" if reading.started else "no value yet"),
            amount(reading.size),
            counted(len(reading.notes) - reading.misfits, "repair"),
            counted(reading.misfits, "problem") if reading.misfits else "",
            f"{seconds:.1f} s",
            f"{amount(rate)}/s",
            counted(reading.chunks, "chunk"),
        ]
        return facts_line([fact for fact in facts if fact], self._surface.width)


def _left_out(count: int) -> Iterable[Line]:
    return [[(f"  … {count:,} more", "dim")]] if count > 0 else []
