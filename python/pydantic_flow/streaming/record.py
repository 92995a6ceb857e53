"""What there is to know of an item beside its value: changes, settled paths, the typed view.

Coming in: the core, while it stands where the item left it. Going out: answers for those who look.
Decided elsewhere: what is answered (``_core``, ``view.py``), when an item is over (``parser.py``).
"""

from typing import Any, NamedTuple

from .. import _core
from ..errors import Path, StaleItemError
from .events import Record
from .view import View


class Live:
    """What there is to know of a parser's last item; of no other.

    Attributes:
        current: the ``index`` of that item.
    """

    __slots__ = ("_core", "_view", "current")

    kept = False

    def __init__(self, core: _core.Parser, view: View | None) -> None:
        self._core = core
        self._view = view
        self.current = -1

    def __repr__(self) -> str:
        return "<until the next item>"

    def look(self, index: int, /) -> Record:
        """The record of the item with this ``index``.

        Raises:
            StaleItemError: the parser went on.
        """
        self._refuse_others(index)
        changes, complete = self._core.record()
        return Record(tuple(changes), complete)

    def partial(self, index: int, value: Any, /) -> Any:
        """The value of that item as a partial instance.

        Raises:
            StaleItemError: the parser went on.
        """
        self._refuse_others(index)
        return value if self._view is None else self._view.show(value, self._core.open_path)

    def keep(self) -> "Kept":
        """The same for the item of now, for ever."""
        return Kept(self.look(self.current), self._core.open_path, self._view)

    def _refuse_others(self, index: int) -> None:
        if index != self.current or not self._core.shows_item:
            raise StaleItemError(
                "the changes of an item are gone when the parser goes on: look at them before the next "
                "item is asked for, or use StreamingParser(..., keep_changes=True)"
            )


class Kept(NamedTuple):
    """What there is to know of one item."""

    record: Record
    stand: Path
    view: View | None

    @property
    def kept(self) -> bool:
        """Always."""
        return True

    def look(self, index: int, /) -> Record:
        """The record, for the one item that has it."""
        return self.record

    def partial(self, index: int, value: Any, /) -> Any:
        """The value as a partial instance."""
        return value if self.view is None else self.view.show(value, self.stand)
