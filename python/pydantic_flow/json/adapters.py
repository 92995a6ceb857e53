"""Types as pydantic's adapters, made once.

Coming in: a type. Going out: a ``TypeAdapter``. Decided elsewhere: what is done with it.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def adapter_of(type_: Any) -> "TypeAdapter[Any]":
    """``TypeAdapter(type_)``, or the adapter itself where it is one.

    Remembered (the last 128), because to make one costs more than to read a short answer. A type that is
    not complete yet (it waits for names that are defined later) and a model that was rebuilt are asked
    again; a type around such a model is not.

    >>> adapter_of(list[int]) is adapter_of(list[int])
    True
    """
    from pydantic import TypeAdapter  # takes 0.1 s, and who only reads events does not need it

    if isinstance(type_, TypeAdapter):
        return type_
    try:
        hash(type_)
    except TypeError:
        return TypeAdapter(type_)
    # Equal types may differ in what they say: `A | B` equals `B | A`, and validates in its own order.
    adapter = _made(type_, "" if isinstance(type_, type) else repr(type_))
    rebuilt = vars(type_).get("__pydantic_validator__") if isinstance(type_, type) else None
    current = rebuilt is None or rebuilt is adapter.validator
    return adapter if adapter.pydantic_complete and current else TypeAdapter(type_)


@lru_cache(maxsize=128)
def _made(type_: Any, written: str) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(type_)
