"""From a type or a JSON schema to the shape that the reader has in mind.

Coming in: anything that says what a document should be. Going out: a ``Shape``.
Decided elsewhere: what each kind of source expects (``core_schema.py``, ``json_schema.py``), what the
reader does with it (``_core``).
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from .. import _core
from . import core_schema, json_schema
from .adapters import adapter_of
from .expected import Expected, Kinds, Source, compiled

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def shape_of(
    what: Any,
    /,
    *,
    strict: bool | None = None,
    by_alias: bool | None = None,
    by_name: bool | None = None,
) -> _core.Shape:
    """What to expect where, for ``loads``, ``repair`` and ``Parser``, which call this for a type.

    Args:
        what: a type that pydantic validates, a ``TypeAdapter``, a JSON schema (a mapping or a bool),
            or a shape, which is returned.
        strict: as passed to pydantic; like the next two, of a type only.
        by_alias: members are found by alias.
        by_name: members are found by field name.

    Raises:
        TypeError: none of these.

    >>> from pydantic_flow.json import loads
    >>> shape = shape_of({"type": "object", "properties": {"tags": {"type": "array"}}})
    >>> loads('{"tags": "one"}', shape=shape)
    {'tags': ['one']}
    """
    if isinstance(what, _core.Shape):
        return what
    if isinstance(what, Mapping | bool):
        return compiled(json_schema.source_of(what))
    return _shape(what, strict, by_alias, by_name, several=False)


def shape_of_several(
    what: Any, /, *, strict: bool | None = None, by_alias: bool | None = None, by_name: bool | None = None
) -> _core.Shape:
    """The shape of a text that holds one value of a type or several, one after the other."""
    return _shape(what, strict, by_alias, by_name, several=True)


class _Several:
    def __init__(self, one: Source) -> None:
        self._one = one

    def expected(self) -> "list[Expected]":
        return [*self._one.expected(), Expected(Kinds.ARRAY, rest=(self._one,))]


_Options = tuple[bool | None, bool | None, bool | None, bool]

# Remembered as long as the adapter is: to walk a type costs more than to read a short answer.
_made: "WeakKeyDictionary[TypeAdapter[Any], dict[_Options, _core.Shape]]" = WeakKeyDictionary()


def _shape(
    what: Any, strict: bool | None, by_alias: bool | None, by_name: bool | None, *, several: bool
) -> _core.Shape:
    adapter = _adapter(what)
    shapes, options = _made.setdefault(adapter, {}), (strict, by_alias, by_name, several)
    if options not in shapes:
        source = core_schema.source_of(adapter, strict, by_alias, by_name)
        shapes[options] = compiled(_Several(source) if several else source)
    return shapes[options]


def _adapter(what: Any) -> "TypeAdapter[Any]":
    from pydantic import PydanticSchemaGenerationError

    try:
        if isinstance(what, str):
            raise TypeError("a name of a type is not the type")
        return adapter_of(what)
    except (PydanticSchemaGenerationError, TypeError) as error:
        raise TypeError(
            f"a shape is a type that pydantic validates or a JSON schema, not {what!r}"
        ) from error


_core.make_shapes_with(shape_of)
