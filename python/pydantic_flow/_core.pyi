"""The compiled reader. Use it through :mod:`pydantic_flow.json` and :mod:`pydantic_flow.streaming`.

Coming in: chunks of text (``str``) or UTF-8 (``bytes``), cut anywhere.
Going out: plain Python values, the changes since the last look, and a log of repairs.
Decided elsewhere: validation (pydantic), events (``pydantic_flow.streaming``).
"""

from collections.abc import Callable, Iterable
from typing import Any, Literal, final

__version__: str
__all__ = [
    "Limits",
    "Parser",
    "Repair",
    "Shape",
    "__version__",
    "dumps",
    "loads",
    "make_shapes_with",
    "repair",
]

_Path = tuple[str | int, ...]
_Change = tuple[_Path, Literal["set", "append", "remove", "replace"], Any, str | None]

@final
class Limits:
    """What an input may cost. ``None`` means no limit. Frozen.

    Args:
        depth: nested containers, 1 to 1024 (200 by default, as pydantic's own JSON reader).
        input_bytes: UTF-8 bytes of the whole text.
        values: objects, arrays and scalars in all.
        key_bytes: UTF-8 bytes of one key.
        string_bytes: UTF-8 bytes of one string value.
        digits: digits of one integer; never more than ``sys.get_int_max_str_digits()`` says when the
            parser is made.

    Crossing one raises :class:`pydantic_flow.errors.LimitError` at the first byte too many.

    >>> from pydantic_flow.json import Limits
    >>> Limits(depth=3).depth
    3
    """

    def __new__(
        cls,
        *,
        depth: int = 200,
        input_bytes: int | None = None,
        values: int | None = None,
        key_bytes: int | None = None,
        string_bytes: int | None = None,
        digits: int | None = None,
    ) -> Limits: ...
    @staticmethod
    def hostile() -> Limits:
        """Limits for text from strangers: 8 MiB of input, 1 M values, 64 KiB per key."""
    @property
    def depth(self) -> int: ...
    @property
    def input_bytes(self) -> int | None: ...
    @property
    def values(self) -> int | None: ...
    @property
    def key_bytes(self) -> int | None: ...
    @property
    def string_bytes(self) -> int | None: ...
    @property
    def digits(self) -> int | None: ...
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Repair:
    """One defect that was read around: what it was and where. Frozen.

    ``kind`` is a short name such as ``"extra_comma"``, ``offset`` counts bytes of the UTF-8
    text received, ``path`` is the place in the value.
    """

    @property
    def kind(self) -> str: ...
    @property
    def offset(self) -> int: ...
    @property
    def path(self) -> _Path: ...
    @property
    def message(self) -> str:
        """A sentence for people, e.g. ``"a comma with nothing before or after it was ignored"``."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

@final
class Shape:
    """What is expected where in a document. Made by :func:`pydantic_flow.json.shape_of`. Frozen.

    Args:
        places: numbered from 1; each is ``(kinds, whole, closed, members, others, first, rest, tag)``. 0 is
        the place where anything may stand. ``pydantic_flow.json.expected`` explains the parts.
        root: the number of the root's place.

    Raises ``ValueError`` for a number without a place.
    """

    def __new__(
        cls,
        places: list[
            tuple[
                int,
                bool,
                bool,
                dict[str, int],
                int,
                list[int],
                int,
                tuple[str, dict[str, int]] | None,
            ]
        ],
        root: int,
    ) -> Shape: ...
    def __eq__(self, other: object, /) -> bool: ...

@final
class Parser:
    """Reads one JSON text, chunk by chunk. See :class:`pydantic_flow.json.Parser`."""

    def __new__(
        cls,
        *,
        strict: bool = False,
        unfinished: Literal["show", "hide", "whole"] = "show",
        limits: Limits | None = None,
        changes: bool = False,
        watch: int = 0,
        default: Any = None,
        shape: Any = None,
        coerce: bool = True,
        refuse: Iterable[str] | None = None,
    ) -> Parser: ...
    def feed(self, chunk: str | bytes, /) -> None:
        """Reads a chunk, cut anywhere."""
    def snapshot(self, *, owned: bool = False) -> Any:
        """The value as of now; read-only unless ``owned``, which copies it. ``default`` where nothing
        has been read.
        """
    def changes(self) -> list[_Change]:
        """What changed since the last call: ``(path, op, value, reason)``. The first call begins to
        record.
        """
    def finish(self) -> Any:
        """Ends the text and hands over its value."""
    @property
    def repairs(self) -> list[Repair]:
        """The defects read around so far, in the order of their decision."""
    @property
    def complete(self) -> frozenset[_Path]:
        """Paths of all settled nodes. Costs a walk of the value."""
    @property
    def started(self) -> bool:
        """Whether a value has begun."""
    @property
    def done(self) -> bool:
        """Whether the root is closed as far as can be seen; more text may reopen or replace it."""
    @property
    def offset(self) -> int:
        """Bytes of UTF-8 received; after an error, those before it."""
    @property
    def open_path(self) -> _Path:
        """The place where the parser stands."""
    @property
    def ending(self) -> Literal["open", "complete", "closers", "truncated", "empty"]:
        """How the text ended."""
    @property
    def ending_path(self) -> _Path:
        """Where it was cut, if it was."""
    def advance(
        self, chunk: str | bytes | None, /, hold: bool = False
    ) -> tuple[bool, Any, dict[str, Any], tuple[Repair, ...], str | None, bool, int] | None:
        """One step of a streaming parser: drops the record of the item before, then reads the chunk
        (``None``: the end).

        Gives ``None`` where there is nothing to tell, else ``(changed, value, fields, repairs, replaced,
        plain, t_us)``: whether the value changed, its snapshot, the members of a root object that
        changed (``{}`` for other roots), the new repairs, why the whole root was replaced, if it was,
        whether the change is all there is to tell (no repair, no other root, nothing in
        ``take_settled``), and the time in microseconds since 1970. ``hold`` keeps a change for the next
        step unless there is a repair, another root or a settled member.
        """
    @property
    def text(self) -> bytes:
        """What ``advance`` has read, as UTF-8, in a new object; a byte that is none stands for half of a
        surrogate pair. A half that waits for the next chunk is not in it.
        """
    @property
    def shows_item(self) -> bool:
        """Whether the last ``advance`` gave a changed value, so that ``record`` is about it."""
    def take_settled(self) -> list[tuple[_Path, Any]]:
        """The nodes with paths of up to ``watch`` steps that settled since the last call, with their
        values.
        """
    def record(self) -> tuple[list[_Change], frozenset[_Path]]:
        """The changes of the last step that gave a changed value, and the paths settled with it."""

def loads(
    data: str | bytes,
    /,
    *,
    strict: bool = False,
    limits: Limits | None = None,
    default: Any = None,
    shape: Any = None,
    coerce: bool = True,
    refuse: Iterable[str] | None = None,
) -> Any:
    """Reads a whole text. See :func:`pydantic_flow.json.loads`."""

def make_shapes_with(maker: Callable[[Any], Shape], /) -> None:
    """Hands over what makes a shape of the ``shape`` argument of others. The first one stays."""

def dumps(value: Any, /, *, non_finite: Literal["null", "literal"] = "literal") -> str:
    """Plain values as JSON text on one line. Raises ``TypeError`` for what JSON does not know."""

def repair(
    data: str | bytes,
    /,
    *,
    limits: Limits | None = None,
    non_finite: Literal["null", "literal"] = "null",
    shape: Any = None,
    coerce: bool = True,
    refuse: Iterable[str] | None = None,
) -> str:
    """Valid JSON for any text. See :func:`pydantic_flow.json.repair`."""
