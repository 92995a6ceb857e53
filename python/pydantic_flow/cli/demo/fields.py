"""The demo's reader: one StreamingParser, and what there is to show of it.

Coming in: chunks of the answer.
Going out: rows, repairs, at last the validated model. No terminal here.
Decided elsewhere: how it looks (``screen.py``, ``lines.py``), what it costs (``cost.py``).
"""

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ..errors import JsonError, Path
from ..streaming import NonFatalError, PartialFields, StreamingParser
from .answer import Incident

Mark = Literal["waiting", "growing", "settled"]


@dataclass(frozen=True)
class Row:
    """A field of the model: its name, how far it is, and its value in one line."""

    name: str
    mark: Mark
    text: str


@dataclass(frozen=True)
class Note:
    """A repair and where: line and column, counted from 1 as people do."""

    line: int
    column: int
    message: str


@dataclass
class Reading:
    """Feeds one answer to a parser and remembers what a person wants to see of it.

    Attributes:
        text: what was received.
        value: what is known of it as of now.
        notes: the repairs so far.
        chunks: how many were read.
        shown: after how many of them there was something to show.
    """

    text: str = ""
    value: dict[str, Any] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    chunks: int = 0
    shown: int = 0
    _parser: StreamingParser[Incident] = field(default_factory=lambda: StreamingParser(Incident))

    def feed(self, chunk: str) -> None:
        """Read one chunk."""
        self.text += chunk
        self.chunks += 1
        self._take(self._parser.feed(chunk))
        self.shown += bool(self.value)

    def finish(self) -> Incident:
        """End of input: decide what is open, validate, and hand over the model."""
        self._take(self._parser.finish())
        return self._parser.result

    def rows(self) -> Iterator[Row]:
        """Every field of the model, in its order, as of now."""
        settled = self._parser.complete
        for name in Incident.model_fields:
            if name not in self.value:
                yield Row(name, "waiting", "")
            else:
                mark: Mark = "settled" if (name,) in settled else "growing"
                yield Row(name, mark, brief(self.value[name], (name,), settled))

    def _take(self, items: Sequence[object]) -> None:
        for item in items:
            match item:
                case PartialFields(value=value):
                    self.value = value
                case NonFatalError(message=message, kind=kind, offset=offset):
                    repair = JsonError(message, kind=kind, offset=offset or 0)
                    self.notes.append(Note(*repair.position(self.text), message))


def brief(value: object, path: Path, settled: Collection[Path]) -> str:
    """A value in one line: a list of objects as ticks and its last object.

    >>> brief(["a", "b"], (), set())
    'a, b'
    >>> brief([{"at": "14:02", "who": "Zoë"}, {"at": "14:0"}], (), {(0,)})
    '✓▸ 14:0'
    """
    match value:
        case dict():
            return " · ".join(brief(part, (*path, key), settled) for key, part in value.items())
        case [*_, dict() as last]:
            ticks = "".join("✓" if (*path, i) in settled else "▸" for i in range(len(value)))
            return f"{ticks} {brief(last, (*path, len(value) - 1), settled)}"
        case list():
            return ", ".join(brief(part, (*path, i), settled) for i, part in enumerate(value))
        case str():
            return value
        case _:
            return str(value)
