"""The demo on a terminal. The one file that knows rich.

Coming in: a reading after each chunk.
Going out: frames, at most 15 a second, that fit the window; the cursor is given back in any case.
Decided elsewhere: what there is to show (``reading.py``, ``conclusion.py``), when to use this (``demo.py``).
"""

from collections.abc import Iterable, Iterator
from itertools import groupby
from time import monotonic

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.rule import Rule
from rich.text import Text

from .reading import Mark, Note, Reading, Row

FRAME_SECONDS = 1 / 15
MARKS: dict[Mark, tuple[str, str]] = {
    "waiting": ("·", "dim"),
    "growing": ("▸", "yellow"),
    "settled": ("✓", "green"),
}


class Screen:
    """Draws a reading in place, until it is closed."""

    def __init__(self) -> None:
        self._console = Console()
        self._live = Live(console=self._console, auto_refresh=False)
        self._next_frame = 0.0

    def update(self, reading: Reading, *, last: bool = False) -> None:
        """Draw a frame, unless the one before is younger than `FRAME_SECONDS`."""
        now = monotonic()
        if last or now >= self._next_frame:
            self._next_frame = now + FRAME_SECONDS
            self._live.start()
            self._live.update(frame(reading, self._console.width, self._console.height), refresh=True)

    def close(self) -> None:
        """Leave the last frame standing and give the cursor back."""
        self._live.stop()

    def say(self, lines: Iterable[str]) -> None:
        """Print the closing text below the last frame. The screen is closed."""
        for line in lines:
            style = "bold green" if line.startswith(("validated", "StreamingParser")) else ""
            self._console.print(Text(line, style), no_wrap=True, overflow="ellipsis")


def frame(reading: Reading, width: int, height: int) -> RenderableType:
    """One frame: the end of the text, the fields, the last repairs; as high for every chunk."""
    rows = list(reading.rows())
    free = max(2, height - len(rows) - 4)  # three headings, and the line that the cursor keeps
    tail = min(4, free // 2)
    notes = min(6, free - tail)
    return Group(
        Rule("a model's answer, as it comes", style="dim"),
        *(_one_line((line, "cyan")) for line in _tail(reading.text, width, tail)),
        Rule("the fields of the model", style="dim"),
        *_fields(rows, width),
        Rule(f"repairs: {len(reading.notes)}", style="dim"),
        *_notes(reading.notes, notes),
    )


def _tail(text: str, width: int, count: int) -> list[str]:
    """The last lines of a text as the window wraps them, filled up with empty ones."""
    wrapped = [line[i : i + width] for line in text.split("\n") for i in range(0, len(line) or 1, width)]
    return (wrapped + [""] * count)[max(0, len(wrapped) - count) :][:count]


def _fields(rows: list[Row], width: int) -> Iterator[Text]:
    names = max(len(row.name) for row in rows)
    for row in rows:
        sign, style = MARKS[row.mark]
        head = f"{sign} {row.name:<{names}} "
        yield _one_line((head, style), *_value(row, width - len(head)))


def _value(row: Row, width: int) -> Iterator[tuple[str, str]]:
    """A settled value from its beginning; of a growing one the end, where something happens."""
    if row.mark == "growing" and len(row.text) >= width:
        yield f"…{row.text[2 - width :]}", ""
    else:
        yield row.text, ""
    if row.mark == "growing":
        yield "▌", "yellow"


def _notes(notes: list[Note], count: int) -> Iterator[Text]:
    """The last repairs; the same one again in the same line is counted instead of told."""
    told = [list(same) for _, same in groupby(notes, lambda note: (note.line, note.message))][-count:]
    for note, *more in told:
        times = f" (and {len(more)} more)" if more else ""
        yield _one_line((f"{note.line}:{note.column} ", "magenta"), (note.message, ""), (times, "dim"))
    yield from (Text("") for _ in range(count - len(told)))


def _one_line(*parts: tuple[str, str]) -> Text:
    return Text.assemble(*parts, no_wrap=True, overflow="ellipsis")
