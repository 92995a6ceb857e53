"""The demo as plain lines: for pipes, logs, and terminals that want no colour.

Coming in: a reading after each chunk.
Going out: a line for each repair and each settled field, on stdout.
Decided elsewhere: what is in a line (``reading.py``, ``conclusion.py``), when to use this (``demo.py``).
"""

from collections.abc import Iterable

from .reading import Reading

WIDTH = 100


class Lines:
    """Prints what is new. Nothing printed is taken back."""

    def __init__(self) -> None:
        self._notes = 0
        self._settled: set[str] = set()

    def update(self, reading: Reading, *, last: bool = False) -> None:
        """Print the repairs and settled fields that came since the last call."""
        for note in reading.notes[self._notes :]:
            _print(f"! {note.line}:{note.column} {note.message}")
        self._notes = len(reading.notes)
        for row in reading.rows():
            if row.mark == "settled" and row.name not in self._settled:
                self._settled.add(row.name)
                _print(f"✓ {row.name}: {row.text}")

    def say(self, lines: Iterable[str]) -> None:
        """Print the closing text."""
        for line in lines:
            _print(line)

    def close(self) -> None:
        """Nothing is held."""


def _print(line: str) -> None:
    print(line if len(line) <= WIDTH else line[: WIDTH - 1] + "…", flush=True)
