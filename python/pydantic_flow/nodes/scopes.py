"""Which starts have no end yet, and the ends of what is cut off.

Coming in: the events of a run as they are handed on. Going out: for each scope that a failing run, a time
limit or a cancel has cut off, the error and the end that it could not say itself.
Decided elsewhere: what is cut off, and why (``wired.py``, flows).
"""

from collections.abc import Iterator

from ..streaming.emitter import Emitter
from ..streaming.events import NonFatalError, StreamEnd, StreamStart
from ..streaming.item import ProgressItem

Path = tuple[str, ...]

_FRAME = frozenset({StreamStart, StreamEnd})
"""Asked for by type, once for each event of a run: ``isinstance`` takes ten times as long."""


class OpenScopes:
    """Follows a run; see the head of this file.

    >>> run = Emitter("r")
    >>> scopes = OpenScopes(run)
    >>> scopes.note(run.child("a").emit(StreamStart(scope="node", name="a")))
    >>> [event.type.value for event in scopes.cut_off("too slow")]
    ['error', 'end']
    """

    def __init__(self, emitter: Emitter) -> None:
        self._emitter = emitter
        self._open: dict[tuple[Path, str], StreamStart] = {}
        self._last: dict[Path, ProgressItem] = {}

    def note(self, item: ProgressItem) -> None:
        """Take note of an event that has been handed on."""
        self._last[item.node_path] = item
        if type(item) in _FRAME:
            if isinstance(item, StreamStart):
                self._open[item.node_path, item.scope] = item
            elif isinstance(item, StreamEnd):
                self._open.pop((item.node_path, item.scope), None)

    def cut_off(self, message: str, *, below: Path = (), kind: str = "cancelled") -> Iterator[ProgressItem]:
        """The events of the end of every open scope at or below a path, innermost first.

        Args:
            message: why, for people.
            below: of which node.
            kind: why, for programs.
        """
        cut = [place for place in reversed(self._open) if place[0][: len(below)] == below]
        for path, scope in cut:
            start = self._open.pop((path, scope))
            emitter = self._emitter.after(self._last[path])
            yield emitter.emit(NonFatalError(message=message, kind=kind, recoverable=False))
            end = emitter.emit(StreamEnd(scope=start.scope, name=start.name, success=False))
            self._last[path] = end
            yield end
