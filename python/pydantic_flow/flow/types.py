"""Whether a value of one type can be one of another: what can be told before a run.

Coming in: types. Going out: True only where no value fits, so that nothing that works is refused.
Decided elsewhere: what becomes of values (pydantic, when a node runs).
"""

from collections.abc import Mapping
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel


def cannot_fit(given: Any, wanted: Any) -> bool:
    """Whether nothing of the one type can be of the other, also not as pydantic converts it.

    >>> cannot_fit(str, BaseModel), cannot_fit(int, str), cannot_fit(dict, BaseModel)
    (True, False, False)
    """
    if get_origin(given) in (Union, UnionType):
        return all(cannot_fit(one, wanted) for one in get_args(given))
    if get_origin(wanted) in (Union, UnionType):
        return all(cannot_fit(given, one) for one in get_args(wanted))
    try:
        return _classes_cannot_fit(_class(given), _class(wanted))
    except TypeError:  # a TypedDict, or a protocol, which answers no question about its instances
        return False


def _classes_cannot_fit(given: type | None, wanted: type | None) -> bool:
    if given is None or wanted is None or issubclass(given, wanted) or issubclass(wanted, given):
        return False
    if issubclass(wanted, BaseModel):
        return not issubclass(given, Mapping | dict)
    return issubclass(given, BaseModel) and wanted in (str, int, float, bool, bytes, list, tuple, set)


def result_fields(kind: Any) -> set[str] | None:
    """The names of what a model cannot be without; None for what is no model."""
    if not (isinstance(kind, type) and issubclass(kind, BaseModel)):
        return None
    return {name for name, field in kind.model_fields.items() if field.is_required()}


def _class(kind: Any) -> type | None:
    """The class of a type; None for what has none, or takes anything."""
    if kind is None:
        return type(None)
    if kind is Any or get_origin(kind) is Annotated:  # its validators may take anything
        return None
    found = get_origin(kind) or kind
    if not isinstance(found, type) or found is object:
        return None
    if issubclass(found, BaseModel) and _takes_anything(found):
        return None
    return found


def _takes_anything(kind: type[BaseModel]) -> bool:
    """Whether a model may be made of what is no mapping and no instance of it."""
    decorators = kind.__pydantic_decorators__
    return bool(
        kind.__pydantic_root_model__
        or kind.model_config.get("from_attributes")
        or any(one.info.mode in ("before", "wrap") for one in decorators.model_validators.values())
    )
