"""Which parts of a growing value have settled.

Coming in: the paths that settled, step by step.
Going out: answers for a path, or for all children of a path.
Decided elsewhere: when a part settles (the parser).
"""

from collections.abc import Container

from ..errors import Path


class Settled:
    """Remembers what is needed to answer: a number or key for each child of what is still open.

    All paths of a long answer would take more memory than the answer; below a settled node
    everything is settled, so nothing below it is kept.

    >>> settled = Settled()
    >>> settled.add(frozenset({("a", 0), ("a", 1, "x"), ("a", 1)}))
    >>> ("a", 1, "x") in settled, ("a", 2) in settled, 0 in settled.children(("a",))
    (True, False, True)
    """

    def __init__(self) -> None:
        self._below: dict[Path, set[str | int]] = {}
        self._all = False

    def add(self, paths: frozenset[Path]) -> None:
        """Take the paths that settled in one step: with a node comes all that is below it."""
        for path in paths:
            if not path:
                self.finish()
            elif path[:-1] not in paths:
                self._below.setdefault(path[:-1], set()).add(path[-1])
        for path in self._below.keys() & paths:
            del self._below[path]

    def finish(self) -> None:
        """Everything has settled."""
        self._all = True
        self._below.clear()

    def clear(self) -> None:
        """The value starts over."""
        self._below.clear()

    def __contains__(self, path: Path) -> bool:
        steps = range(len(path))
        return self._all or any(path[i] in self._below.get(path[:i], ()) for i in steps)

    def children(self, path: Path) -> Container[str | int]:
        """The keys or indices of the settled children of a node."""
        return _EVERY if path in self else self._below.get(path, _NONE)


class _Every:
    def __contains__(self, key: object) -> bool:
        return True


_EVERY = _Every()
_NONE: frozenset[str | int] = frozenset()
