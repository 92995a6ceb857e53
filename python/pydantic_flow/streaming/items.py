"""One by one: the items of a list, or the values of a text that holds several.

Coming in: settled nodes with their paths. Going out: validated items or values, each as it settles;
a ``Complaint`` in the place of one that pydantic refuses.
Decided elsewhere: when a node settles (``_core``), how a text ends and what becomes of a complaint
(``parser.py``).
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from .. import _core
from ..errors import Path
from .complaint import Complaint
from .early import Check, Settled
from .parts import Part

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Step = tuple[bool, Any, dict[str, Any] | None, list[_core.Repair], str | None]


class Reader(Protocol):
    """Turns settled nodes into what a stream yields."""

    @property
    def depth(self) -> int:
        """Up to which length of paths it needs to see settled nodes."""

    def notice(self, step: Step | None) -> None:
        """Take note of a step of the core, before what has settled in it is read."""

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """What these nodes give."""


class ItemReader:
    """Reads the items of one list, each by its own part of the type.

    Args:
        root: the parts of the type.
        path: where the list is, in keys of JSON.
        passed: the options of ``validate_json``.

    Raises:
        ValueError: the type does not say what the items of a list there are.
    """

    def __init__(self, root: Part | None, path: Path, passed: Mapping[str, Any]) -> None:
        lists = [] if root is None else root.lists(path)
        if len(lists) != 1:
            known = "more than one list" if lists else "no list whose items can be validated one by one"
            raise ValueError(f"the type has {known} at {path!r}")
        [self._list] = lists
        self._path = path
        self._passed = passed
        self.depth = len(path) + 1

    def notice(self, step: Step | None) -> None:
        """Nothing: items are found by their path alone."""

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """The items among these nodes."""
        from pydantic import ValidationError

        for path, value in settled:
            if path[:-1] == self._path and isinstance(path[-1], int):
                check = Check(self._list, self._path, self._path, {path[-1]: value})
                try:
                    yield from check.run(self._passed).values()
                except ValidationError as error:
                    yield check.complaint(error)


class ValueReader:
    """Reads the values of a text with several, such as NDJSON or several tool calls.

    A value has settled when the next one begins, or at the end. A text with one value has no
    several: that value is the whole text.

    Args:
        adapter: validates each value.
        passed: the options of ``validate_json``.
    """

    depth = 1

    def __init__(self, adapter: "TypeAdapter[Any]", passed: Mapping[str, Any]) -> None:
        self._adapter = adapter
        self._passed = passed
        self.several = False

    def notice(self, step: Step | None) -> None:
        """See whether the text has several values by now."""
        if step is not None:
            _, _, _, repairs, replaced = step
            if replaced not in (None, "second_value"):
                self.several = False
            elif any(repair.kind == "several_values" for repair in repairs):
                self.several = True

    def read(self, settled: Iterable[Settled]) -> Iterator[Any]:
        """The values among these nodes."""
        from pydantic import ValidationError

        for path, value in settled:
            if self.several and len(path) == 1:
                try:
                    yield self._adapter.validate_json(_core.dumps(value), **self._passed)
                except ValidationError as error:
                    yield Complaint.of(error.errors(include_url=False), value, path, ())
