"""A growing value as rows: each finished part once, and what is still open, again and again.

Coming in: the value as of now and what of it has settled.
Going out: rows. The work grows with what is new and with the room, not with the value.
Decided elsewhere: how a row looks, and how many fit (``watch.py``).
"""

from collections import deque
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, NamedTuple

from ..errors import Path
from .settled import Settled

Mark = Literal["settled", "open", "closed"]


class Row(NamedTuple):
    """A part of the value: settled, open, or a container that was said open and has closed since."""

    mark: Mark
    path: Path
    value: Any


@dataclass
class Finished:
    """Rows that are finished: how many came, and the last of them."""

    rows: deque[Row]
    count: int = 0

    def add(self, row: Row) -> None:
        """One more."""
        self.rows.append(row)
        self.count += 1


@dataclass
class _Level:
    """A container whose parts are said one by one, and how many have been."""

    path: Path
    said: int = 0


class Outline:
    """Walks along a value while it grows.

    A part is said in one row when it has settled. A container with more in it than the room for
    open parts is said open, then its parts, then that it is closed.

    >>> outline, settled = Outline(), Settled()
    >>> settled.add(frozenset({("a",)}))
    >>> value = {"a": [1, 2], "b": {"c": "x"}}
    >>> outline.finished(value, settled, room=5, most=9).rows
    deque([Row(mark='settled', path=('a',), value=[1, 2])], maxlen=9)
    >>> [row.path for row in outline.open(value, settled, room=5)]
    [('b',), ('b', 'c')]
    """

    def __init__(self) -> None:
        self._levels = [_Level(())]

    def restart(self) -> None:
        """The value starts over."""
        self._levels = [_Level(())]

    def finished(self, value: Any, settled: Settled, *, room: int, most: int) -> Finished:
        """The rows that are finished and were not said yet, in the order of the value; the last ``most``."""
        finished = Finished(deque(maxlen=most))
        while self._go_on(value, settled, room, finished):
            pass
        return finished

    def open(self, value: Any, settled: Settled, *, room: int) -> list[Row]:
        """The rows after those, at most the last ``room`` of them."""
        level = self._levels[-1]
        rows = _upward(_at(value, level.path), level.path, level.said, settled)
        return list(islice(rows, room))[::-1]

    def _go_on(self, value: Any, settled: Settled, room: int, finished: Finished) -> bool:
        """Say what has settled here. True when there is more to say on another level."""
        level = self._levels[-1]
        node = _at(value, level.path)
        following = _say(node, level, settled, finished)
        if following and _overflows(following, settled, room):
            finished.add(following)
            self._levels.append(_Level(following.path))
            return True
        return self._close(level, node, settled, finished)

    def _close(self, level: _Level, node: Any, settled: Settled, finished: Finished) -> bool:
        """Leave a container that has settled, or is none any more, for the one around it."""
        is_over = level.path in settled
        if len(self._levels) == 1 or (isinstance(node, dict | list) and not is_over):
            return False
        self._levels.pop()
        if is_over:
            self._levels[-1].said += 1
            finished.add(Row("closed", level.path, node))
        return True


def _say(node: Any, level: _Level, settled: Settled, finished: Finished) -> Row | None:
    """Add the children that have settled; the first one that has not, if there is one."""
    known = settled.children(level.path)
    keys = _keys(node, level.said)
    new = next((number for number, key in enumerate(keys) if key not in known), len(keys))
    for key in keys[:new][-(finished.rows.maxlen or 1) :]:
        finished.rows.append(Row("settled", (*level.path, key), node[key]))
    finished.count += new
    level.said += new
    return Row("open", (*level.path, keys[new]), node[keys[new]]) if new < len(keys) else None


def _overflows(row: Row, settled: Settled, room: int) -> bool:
    rows = _upward(row.value, row.path, 0, settled)
    return next(islice(rows, room, None), None) is not None


def _upward(node: Any, path: Path, said: int, settled: Settled) -> Iterator[Row]:
    """The rows of a container's children, last one first."""
    known = settled.children(path)
    for key in _keys_upward(node, said):
        child, below = node[key], (*path, key)
        if key in known:
            yield Row("settled", below, child)
        else:
            yield from _upward(child, below, 0, settled)
            yield Row("open", below, child)


def _keys(node: Any, start: int) -> Sequence[str | int]:
    """The keys or indices from the ``start``-th on, without walking over those before."""
    return range(start, len(node)) if isinstance(node, list) else list(_keys_upward(node, start))[::-1]


def _keys_upward(node: Any, start: int) -> Iterable[str | int]:
    match node:
        case dict():
            return islice(reversed(node), max(0, len(node) - start))
        case list():
            return range(len(node) - 1, start - 1, -1)
        case _:
            return ()


def _at(value: Any, path: Path) -> Any:
    """The node at a path; None where there is none any more."""
    for step in path:
        match value, step:
            case dict(), str():
                value = value.get(step)
            case list(), int() if step < len(value):
                value = value[step]
            case _:
                return None
    return value
