"""Reads recorded events, up to the first damage.

Coming in: a file of NDJSON, with the head of a recording or without. Going out: events, as they were
written; the results as objects, where the reader names their types; at damage, where it is.
Decided elsewhere: how an event stands in JSON (``streaming``), how values are rebuilt from changes
(``streaming.replay``), how files are written (``writing.py``).
"""

import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import nullcontext
from typing import IO, TYPE_CHECKING, Any, Literal

from msgspec.structs import replace

from ..errors import EventError, RecordingError
from ..streaming.events import Gap, StreamEnd, StreamStart
from ..streaming.item import ProgressItem, from_dict
from .writing import VERSION, File

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_Place = tuple[str, tuple[str, ...]]


class Recording:
    """The events of a recording, read anew with each loop over it (an open file: once).

    They come as they were written: ``replay(recording)`` gives them their views (``fields``, ``value``,
    ``partial_args``) again, ``replay_stream(recording)`` their pace, too. Written once more
    (``Recorder``, ``record``) they are the same bytes.

    A file without a head is read as well (what ``parse --json`` writes, or ``json_lines``). One event is
    held at a time, however long the file is.

    Args:
        file: a name, or what is open for reading.
        result_type: of what a recorded run was for: the result of the ``StreamEnd`` of what its first
            event began. Any type that pydantic validates.
        node_types: of the results of nodes, by ``node_id``.
        on_damage: ``"raise"`` where the file cannot be read on, or ``"stop"`` and leave it in ``damage``.

    Attributes:
        damage: where the last loop met damage and what it was; None if it did not.
        whole: whether the last loop read all that there was: it met no damage, and saw the end of every run
            that it saw begin. A stream that its consumer left has none, nor has a file that was cut between
            two lines, which is no damage. False before the first loop.

    Raises:
        RecordingError: while iterating: the file is damaged, or of a newer version.
        pydantic.ValidationError: while iterating: a result is not of the type named.

    >>> import io
    >>> lines = b'{"type":"start"}\\n{"type":"end","result":{"n":3}}\\n'
    >>> from pydantic import BaseModel
    >>> class Count(BaseModel):
    ...     n: int
    >>> [event.type.value for event in Recording(io.BytesIO(lines))]
    ['start', 'end']
    >>> list(Recording(io.BytesIO(lines), result_type=Count))[-1].result
    Count(n=3)
    >>> list(Recording(io.BytesIO(lines[:-3])))
    Traceback (most recent call last):
    ...
    pydantic_flow.errors.RecordingError: line 2 (byte 17) is cut short
    """

    def __init__(
        self,
        file: File,
        *,
        result_type: Any = None,
        node_types: Mapping[str, Any] | None = None,
        on_damage: Literal["raise", "stop"] = "raise",
    ) -> None:
        if on_damage not in ("raise", "stop"):
            raise ValueError(f"on_damage is 'raise' or 'stop', not {on_damage!r}")
        self._file = file
        self._types = _Types(result_type, node_types or {})
        self._on_damage = on_damage
        self.damage: RecordingError | None = None
        self.whole = False

    def __iter__(self) -> Iterator[ProgressItem]:
        self.damage, self.whole = None, True
        order, roots = _Order(), _Roots()
        with _opened(self._file) as lines:
            try:
                for number, offset, line in _numbered(lines):
                    try:
                        item = _event(line, first=number == 1)
                        order.check(item)
                    except EventError as error:
                        raise _damage(number, offset, line, error) from error
                    if item is None:
                        order.from_zero = True
                        continue
                    at_root = roots.passes(item)
                    self.whole = not roots.open
                    yield self._types.typed(item, at_root) if isinstance(item, StreamEnd) else item
            except RecordingError as error:
                self.damage, self.whole = error, False
                if self._on_damage == "raise":
                    raise


class _Order:
    """Sees that no event of a run is missing.

    Attributes:
        from_zero: also none at the beginning: a recorder that came later has written a ``Gap`` there.
    """

    def __init__(self) -> None:
        self.from_zero = False
        self._next: dict[str, int] = {}

    def check(self, item: ProgressItem | None) -> None:
        if item is None or not item.run_id:
            return
        first, last = (item.first_seq, item.last_seq) if isinstance(item, Gap) else (item.seq, item.seq)
        due = self._next.get(item.run_id, 0 if self.from_zero else first)
        if first != due:
            raise EventError(f"has event {first} of run {item.run_id}, where {due} was due")
        self._next[item.run_id] = last + 1


class _Roots:
    """What the first event of each run began."""

    def __init__(self) -> None:
        self.open: dict[str, _Place] = {}
        self._begun: set[str] = set()

    def passes(self, item: ProgressItem) -> bool:
        """Whether this event begins or ends a run."""
        if not isinstance(item, StreamStart | StreamEnd):
            self._begun.add(item.run_id)
            return False
        place = item.scope, item.node_path
        if isinstance(item, StreamEnd):
            if self.open.get(item.run_id) != place:
                return False
            del self.open[item.run_id]
            return True
        if item.run_id in self._begun:
            return False
        self._begun.add(item.run_id)
        self.open[item.run_id] = place
        return True


class _Types:
    """Makes objects of results again."""

    def __init__(self, result_type: Any, node_types: Mapping[str, Any]) -> None:
        self._result = _adapter(result_type)
        self._nodes = {node: _adapter(kind) for node, kind in node_types.items()}

    def typed(self, item: StreamEnd, at_root: bool) -> StreamEnd:
        adapter = self._result if at_root else self._nodes.get(item.node_id)
        if adapter is None or not item.success:
            return item
        import pydantic_core

        # As JSON, because that is what was written: a strict model takes a date from a text only there.
        return replace(item, result=adapter.validate_json(pydantic_core.to_json(item.result)))


def _adapter(kind: Any) -> "TypeAdapter[Any] | None":
    from pydantic import TypeAdapter

    return None if kind is None else TypeAdapter(kind)


def _opened(file: File) -> Any:
    """The lines, as bytes or text; closed in the end if they were opened here."""
    if isinstance(file, str | os.PathLike):
        return open(file, "rb")
    return nullcontext(file)


def _numbered(lines: Iterable[bytes | str] | IO[Any]) -> Iterator[tuple[int, int, bytes]]:
    """(number from 1, bytes before, line)."""
    offset = 0
    for number, line in enumerate(lines, 1):
        data = line.encode("utf-8", "surrogateescape") if isinstance(line, str) else line
        yield number, offset, data
        offset += len(data)


def _event(line: bytes, first: bool) -> ProgressItem | None:
    """The event on a line; None for a head.

    Raises:
        EventError: there is none.
    """
    import pydantic_core

    try:
        data = pydantic_core.from_json(line)
    except ValueError as error:
        why = str(error).partition(" at line ")[0]  # which counts within this line
        raise EventError(f"is not JSON: {why}") from error
    if not isinstance(data, dict):
        raise EventError("is no event: an event is a JSON object")
    if first and data.get("type") == "recording":
        _check_version(data.get("version"))
        return None
    try:
        return from_dict(data)
    except EventError as error:
        raise EventError(f"is no event: {error}") from error


def _check_version(version: Any) -> None:
    if version != VERSION:
        raise EventError(
            f"says that this is a recording of version {version!r}, and this package reads version {VERSION}"
        )


def _damage(number: int, offset: int, line: bytes, error: EventError) -> RecordingError:
    # A writer ends every line, so that a line without an end that is not JSON is the rest of one.
    cut = "is not JSON" in str(error) and not line.endswith(b"\n")
    return RecordingError(
        f"line {number} (byte {offset}) {'is cut short' if cut else error}", line=number, offset=offset
    )
