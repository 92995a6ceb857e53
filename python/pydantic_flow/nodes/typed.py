"""The types of a node at run time, and values that have to fit them.

Coming in: a node's class, or the alias that made it (``AgentNode[Query, str]``), and values. Going out:
its two types; values as those types want them.
Decided elsewhere: what fits (pydantic), which base class has the two types (``base.py``).
"""

from functools import lru_cache
from typing import Any, TypeVar, get_args, get_origin

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic.errors import PydanticSchemaGenerationError, PydanticUserError
from pydantic_core import SchemaError

from ..errors import NodeError
from ..streaming.preview import described

Types = tuple[Any, Any]


def type_arguments(kind: Any, base: type) -> Types:
    """The two arguments that ``base`` has in this class or alias, ``Any`` where they are open.

    >>> from pydantic_flow.nodes import BaseNode, ToolNode
    >>> class Count(ToolNode[str, int]): ...
    >>> type_arguments(Count, BaseNode), type_arguments(ToolNode[str, bool], BaseNode)
    ((<class 'str'>, <class 'int'>), (<class 'str'>, <class 'bool'>))
    """
    return _remembered(_two_arguments, kind, base)  # type: ignore[no-any-return]


@lru_cache(maxsize=1024)
def _two_arguments(kind: Any, base: type) -> Types:
    found = _arguments(kind, base)
    into, out = found if found is not None and len(found) == 2 else (Any, Any)
    return _closed(into), _closed(out)


def _remembered(function: Any, *arguments: Any) -> Any:
    """What a function with a memory gives, also for types that cannot be remembered."""
    try:
        return function(*arguments)
    except TypeError:  # because of what they are annotated with
        return function.__wrapped__(*arguments)


def _arguments(kind: Any, base: type) -> tuple[Any, ...] | None:
    origin = get_origin(kind) or kind
    if origin is base:
        return get_args(kind) or None
    for parent in vars(origin).get("__orig_bases__", ()):
        parent_class = get_origin(parent) or parent
        if isinstance(parent_class, type) and issubclass(parent_class, base):
            return _arguments(_filled(parent, origin, get_args(kind)), base)
    for parent in origin.__bases__:
        if issubclass(parent, base):
            return _arguments(parent, base)
    return None


def _filled(parent: Any, origin: Any, arguments: tuple[Any, ...]) -> Any:
    """A generic parent with the arguments that its child was given.

    A tuple of the child's own parameters and the parent is subscripted, so that ``typing`` itself says
    which argument goes where, also for variadic ones.
    """
    if not arguments or not getattr(parent, "__parameters__", None):
        return parent
    own = [_unpacked(parameter) for parameter in origin.__parameters__]
    both: Any = tuple.__class_getitem__((*own, parent))
    return get_args(both[arguments])[-1]


def _unpacked(parameter: Any) -> Any:
    return parameter if isinstance(parameter, TypeVar) else next(iter(parameter))


def _closed(kind: Any) -> Any:
    """``Any`` for what has type variables in it."""
    return Any if isinstance(kind, TypeVar) or getattr(kind, "__parameters__", None) else kind


def fitted(value: Any, kind: Any, what: str) -> Any:
    """The value as this type wants it: itself if it has that type, else what pydantic makes of it.

    Args:
        value: any object.
        kind: a type; ``Any`` takes everything.
        what: whose value it is, for the error.

    Raises:
        NodeError: it does not fit. The message has the shape of the value, and nothing of its content.

    >>> fitted("1", int, "the input of 'a'"), fitted([1], list[int], "")
    (1, [1])
    >>> fitted([1], int, "the input of 'a'")
    Traceback (most recent call last):
    ...
    pydantic_flow.errors.NodeError: the input of 'a' is no int but a list of 1 item: Input should ...
    """
    if kind is Any or type(value) is kind or _is_one(value, kind):
        return value
    adapter = _adapter_for(kind, what)
    if adapter is None:
        if _is_one(value, get_origin(kind)):
            return value
        raise NodeError(f"{what} is no {type_name(kind)} but {described(value)}")
    try:
        return adapter.validate_python(value, strict=True)  # a dict is a model's strict input, and no model
    except ValidationError:
        pass
    try:
        return adapter.validate_python(value)
    except ValidationError as error:
        raise NodeError(
            f"{what} is no {type_name(kind)} but {described(value)}: {without_values(error)}"
        ) from None


def _is_one(value: Any, kind: Any) -> bool:
    """Whether the value is an instance of a plain class."""
    try:
        return isinstance(kind, type) and get_origin(kind) is None and isinstance(value, kind)
    except TypeError:  # a class that cannot be asked, such as a TypedDict
        return False


def check_kind(kind: Any, what: str) -> None:
    """See that values can be checked against a type at all.

    Raises:
        NodeError: they cannot.

    >>> from typing import Protocol
    >>> class Named(Protocol):
    ...     name: str
    >>> check_kind(Named, "the input of 'a'")
    Traceback (most recent call last):
    ...
    pydantic_flow.errors.NodeError: the input of 'a' cannot be checked against Named: a Protocol has to be ...
    """
    if kind is not Any:
        _adapter_for(kind, what)


def _adapter_for(kind: Any, what: str) -> TypeAdapter[Any] | None:
    try:
        found: TypeAdapter[Any] | None = _remembered(_adapter, type(None) if kind is None else kind)
    except SchemaError:  # pydantic asks isinstance(), which this type does not answer
        raise NodeError(
            f"{what} cannot be checked against {type_name(kind)}: a Protocol has to be @runtime_checkable"
        ) from None
    return found


@lru_cache(maxsize=1024)
def _adapter(kind: Any) -> TypeAdapter[Any] | None:
    """What checks values of this type; None for types that pydantic does not know."""
    try:
        return TypeAdapter(kind)
    except PydanticSchemaGenerationError:
        pass
    try:
        return TypeAdapter(kind, config=ConfigDict(arbitrary_types_allowed=True))
    except (PydanticSchemaGenerationError, PydanticUserError):
        return None


def without_values(error: ValidationError) -> str:
    """What pydantic complains about, in one line, without the values that it shows."""
    lines = error.errors(include_input=False, include_context=False, include_url=False)
    places = (".".join(map(str, line["loc"])) for line in lines)
    return "; ".join(
        f"{place}: {line['msg']}" if place else line["msg"] for place, line in zip(places, lines, strict=True)
    )


def type_name(kind: Any) -> str:
    """The type as people write it."""
    plain = isinstance(kind, type) and not get_args(kind)
    return kind.__name__ if plain else str(kind).replace("typing.", "")
