"""One by one: the items of a list, or the values of a text that holds several.

Coming in: settled nodes with their paths. Going out: validated items or values, each as it settles,
and for each that pydantic refuses what the caller has chosen: an exception, an event, or nothing.
Decided elsewhere: when a node is settled (``_core``), how a text ends (``parser.py``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Literal, Protocol

from .. import _core
from ..errors import Path
from .early import Complaint, Settled
from .parts import Part

if TYPE_CHECKING:
    from pydantic import TypeAdapter

OnError = Literal["raise", "skip", "yield"]


class Reader(Protocol):
    """Turns settled nodes into what the stream yields."""

    depth: int
    """Up to which length of paths it wants to see settled nodes."""

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """Items for these nodes.

        Raises:
            pydantic.ValidationError: one is not valid, and that is to be raised.
        """


class ItemReader:
    """Reads the items of one list, by the item's own part of the type.

    Args:
        root: the parts of the type.
        path: where the list is, in keys of JSON.
        passed: the options of ``validate_json``.
        title: the name of the type, for exceptions.

    Raises:
        ValueError: the type has no list there, or several.
    """

    def __init__(self, root: Part | None, path: Path, passed: Mapping[str, Any], title: str) -> None:
        lists = [] if root is None else root.lists(path)
        if len(lists) != 1:
            what = "several lists" if lists else "no list of items that can be validated one by one"
            raise ValueError(f"{title} has {what} at {path!r}")
        [self._list] = lists
        self._path = path
        self._passed = passed
        self._title = title
        self.depth = len(path) + 1

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """The validated items among the settled nodes; a ``Complaint`` in the place of a bad one."""
        for path, value in settled:
            if path[:-1] == self._path and isinstance(path[-1], int):
                check = Check(...)
