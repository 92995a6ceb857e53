"""One frame of the demo: the end of the text, the fields, the last repairs.

Coming in: a reading after each chunk, and the size of the window.
Going out: lines, as many for every chunk, so that nothing jumps; in a low window the fields alone.
Decided elsewhere: what there is to show (``fields.py``), how lines are drawn (``screen.py``).
"""

from collections.abc import Iterator
from itertools import groupby

from ..lines import Line
from .fields import IncidentReading, Mark, Row

MARKS: dict[Mark, tuple[str, str]] = {
    "waiting": ("·", "dim"),
    "growing": ("▸", "yellow"),
    "settled": ("✓", "green"),
}


def frame(reading: IncidentReading, width: int, height: int) -> list[Line]:
    """One frame."""
    rows = list(reading.rows())
    free = height - len(rows) - 4  # three headings, and the line that the cursor keeps
    if free < 2:
        return [_rule("the fields of the model", width), *_fields(_newest(rows, height - 2), width)]
    tail = min(4, free // 2)
    notes = min(6, free - tail)
    return [
        _rule("a model's answer, as it comes", width),
        *([(line, "cyan")] for line in _tail(reading.text, width, tail)),
        _rule("the fields of the model", width),
        *_fields(rows, width),
        _rule(f"repairs: {len(reading.notes)}", width),
        *_notes(reading, notes),
    ]


def _newest(rows: list[Row], room: int) -> list[Row]:
    """In a low window: those fields that began last."""
    begun = sum(row.mark != "waiting" for row in rows)
    end = max(begun, min(len(rows), room))
    return rows[max(0, end - max(1, room)) : end]


def _rule(title: str, width: int) -> Line:
    return [(f" {title} ".center(width, "─"), "dim")]


def _tail(text: str, width: int, count: int) -> list[str]:
    """The last lines of a text as the window wraps them, filled up with empty ones."""
    wrapped = [line[i : i + width] for line in text.split("\n") for i in range(0, len(line) or 1, width)]
    return (wrapped + [""] * count)[max(0, len(wrapped) - count) :][:count]


def _fields(rows: list[Row], width: int) -> Iterator[Line]:
    names = max(len(row.name) for row in rows)
    for row in rows:
        sign, style = MARKS[row.mark]
        head = f"{sign} {row.name:<{names}} "
        yield [(head, style), *_value(row, width - len(head))]


def _value(row: Row, width: int) -> Iterator[tuple[str, str]]:
    """A settled value from its beginning; of a growing one the end, where something happens."""
    if row.mark == "growing" and len(row.text) >= width:
        yield f"…{row.text[2 - width :]}", ""
    else:
        yield row.text, ""
    if row.mark == "growing":
        yield "▌", "yellow"


def _notes(reading: IncidentReading, count: int) -> Iterator[Line]:
    """The last repairs; the same one again in the same line is counted instead of told."""
    notes = [(*reading.place(note.offset or 0), note.message) for note in reading.notes]
    told = [list(same) for _, same in groupby(notes, lambda note: (note[0], note[2]))][-count:]
    for (line, column, message), *more in told:
        times = f" (and {len(more)} more)" if more else ""
        yield [(f"{line}:{column} ", "magenta"), (message, ""), (times, "dim")]
    yield from ([] for _ in range(count - len(told)))
