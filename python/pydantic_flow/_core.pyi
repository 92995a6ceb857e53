"""The compiled reader. Use it through :mod:`pydantic_flow.json` and :mod:`pydantic_flow.streaming`.

Coming in: chunks of text (``str``) or UTF-8 (``bytes``), cut anywhere.
Going out: plain Python values, the changes since the last look, and a log of repairs.
Decided elsewhere: validation (pydantic), events (``pydantic_flow.streaming``).
"""

from typing import Any, Literal, final

__version__: str
__all__ = ["Limits", "Parser", "Repair", "__version__", "dumps", "loads", "repair"]

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
        digits: digits of one integer; ``None`` follows ``sys.get_int_max_str_digits()``.

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

    ``kind`` is a short name such as ``"trailing_comma"``, ``offset`` counts bytes of the UTF-8
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
        """A sentence for people, e.g. ``"a comma with nothing after it was ignored"``."""
    def __eq__(self, other: object, /) -> bool: ...
    def __hash__(self) -> int: ...

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
    ) -> Parser: ...
    def feed(self, chunk: str | bytes, /) -> None: ...
    def snapshot(self, *, owned: bool = False) -> Any: ...
    def changes(self) -> list[_Change]: ...
    def finish(self) -> Any: ...
    @property
    def repairs(self) -> list[Repair]: ...
    @property
    def complete(self) -> frozenset[_Path]: ...
    @property
    def started(self) -> bool: ...
    @property
    def done(self) -> bool: ...
    @property
    def offset(self) -> int: ...
    @property
    def open_path(self) -> _Path: ...
    @property
    def ending(self) -> Literal["open", "complete", "closers", "truncated", "empty"]: ...
    @property
    def ending_path(self) -> _Path: ...
    def advance(
        self, chunk: str | bytes | None, /, hold: bool = False
    ) -> tuple[bool, Any, dict[str, Any] | None, list[Repair], str | None] | None: ...
    def take_settled(self) -> list[tuple[_Path, Any]]: ...
    def record(self) -> tuple[list[_Change], frozenset[_Path]]: ...

def loads(
    data: str | bytes,
    /,
    *,
    strict: bool = False,
    limits: Limits | None = None,
    default: Any = None,
) -> Any: ...
def dumps(value: Any, /, *, non_finite: Literal["null", "literal"] = "literal") -> str: ...
def repair(
    data: str | bytes,
    /,
    *,
    limits: Limits | None = None,
    non_finite: Literal["null", "literal"] = "null",
) -> str: ...
