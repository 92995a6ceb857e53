"""The fields of the demo's model while its answer is read.

Coming in: chunks of the answer.
Going out: a row for each field; at last the validated model. No terminal here.
Decided elsewhere: how it looks (``frame.py``), what it costs (``cost.py``).
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal

from ...errors import Path
from ...streaming import ProgressItem, StreamingParser
from ..reading import Reading
from ..settled import Settled
from .answer import Incident

Mark = Literal["waiting", "growing", "settled"]


@dataclass(frozen=True)
class Row:
    """A field of the model: its name, how far it is, and its value in one line."""

    name: str
    mark: Mark
    text: str


class IncidentReading(Reading[Incident]):
    """Reads the answer, and keeps what the demo tells besides.

    Attributes:
        text: what was received.
        shown: after how many chunks there was something to show.
    """

    def __init__(self) -> None:
        super().__init__(StreamingParser(Incident))
        self.text = ""
        self.shown = 0

    def feed(self, chunk: str | bytes) -> list[ProgressItem | Incident]:
        """Read one chunk."""
        self.text += str(chunk)
        items = super().feed(chunk)
        self.shown += bool(self.value)
        return items

    def rows(self) -> Iterator[Row]:
        """Every field of the model, in its order, as of now."""
        value: dict[str, Any] = self.value or {}
        for name in Incident.model_fields:
            if name not in value:
                yield Row(name, "waiting", "")
            else:
                mark: Mark = "settled" if (name,) in self.settled else "growing"
                yield Row(name, mark, brief(value[name], (name,), self.settled))


def brief(value: object, path: Path, settled: Settled) -> str:
    """A value in one line: a list of objects as ticks and its last object.

    >>> settled = Settled()
    >>> brief(["a", "b"], (), settled)
    'a, b'
    >>> settled.add(frozenset({(0,)}))
    >>> brief([{"at": "14:02", "who": "Zoë"}, {"at": "14:0"}], (), settled)
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
