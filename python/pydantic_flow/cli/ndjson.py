"""``--json``: a reading as events, one JSON object in a line.

Coming in: the items of a parser, at last the verdict.
Going out: NDJSON, each chunk's events as soon as they are there; the last line tells how it ended.
Decided elsewhere: the events and their JSON (``streaming``), the verdict (``verdict.py``).
"""

from collections.abc import Iterator, Sequence
from time import monotonic
from typing import TextIO

from ..json import loads
from ..streaming import Emitter, NonFatalError, ProgressItem, StreamEnd, StreamStart, to_json
from .output import write
from .schema import Problem
from .verdict import Verdict


class Ndjson:
    """Writes the events of a run: its start, what the parser says, its end."""

    def __init__(self, emitter: Emitter, start: StreamStart, stream: TextIO) -> None:
        self._emitter = emitter
        self._stream = stream
        self._begin = monotonic()
        self._failed = False
        self.told: set[Problem] = set()  # programs have been told, people have not
        self.take([start])

    def take(self, items: Sequence[object]) -> None:
        """Write those items that are events."""
        for item in items:
            if isinstance(item, ProgressItem):
                write(to_json(item) + b"\n", self._stream)
                self._failed |= isinstance(item, NonFatalError) and not item.recoverable

    def update(self) -> None:
        """Everything has been written."""

    def conclude(self, verdict: Verdict) -> None:
        """Write what is wrong, unless the parser has said it, and the end with the result."""
        if verdict.text is None and not self._failed:
            self.take([self._emitter.emit(error) for error in _errors(verdict)])
        result = None if verdict.text is None else loads(verdict.text)
        seconds = monotonic() - self._begin
        end = StreamEnd(
            scope="run", result=result, success=verdict.text is not None, duration_seconds=seconds
        )
        self.take([self._emitter.emit(end)])

    def close(self) -> None:
        """Nothing is held."""


def _errors(verdict: Verdict) -> Iterator[NonFatalError]:
    kind = verdict.word.replace(" ", "_")
    for path, message in verdict.problems:
        yield NonFatalError(message=message, kind=kind, path=path)
    yield NonFatalError(message=verdict.reason, kind=kind, recoverable=False)
