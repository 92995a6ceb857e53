"""``--json``: a reading as events, one JSON object in a line.

Coming in: the items of a parser, at last the verdict.
Going out: NDJSON, each chunk's events as soon as they are there; the last line tells how it ended.
Decided elsewhere: the events and their JSON (``streaming``), the verdict (``parse.py``).
"""

from collections.abc import Sequence
from time import monotonic
from typing import IO, Any

from ..streaming import Emitter, NonFatalError, ProgressItem, StreamEnd, StreamStart, to_json
from .verdict import Verdict


class Ndjson:
    """Writes the events of a run: its start, what the parser says, its end."""

    def __init__(self, emitter: Emitter, name: str, stream: IO[bytes]) -> None:
        self._emitter = emitter
        self._stream = stream
        self._begin = monotonic()
        self._failed = False
        self.take([emitter.emit(StreamStart(scope="run", name=name))])

    def take(self, items: Sequence[object]) -> None:
        """Write the items that are events."""
        for item in items:
            if isinstance(item, ProgressItem):
                self._stream.write(to_json(item) + b"\n")
                self._failed |= isinstance(item, NonFatalError) and not item.recoverable
        self._stream.flush()
