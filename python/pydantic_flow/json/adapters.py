"""Types as pydantic's adapters, made once.

Coming in: a type. Going out: a ``TypeAdapter``. Decided elsewhere: what is done with it.
"""

from functools import lru_cache
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pydantic import TypeAdapter


def adapter_of(type_: Any) -> "TypeAdapter[Any]":
    """``TypeAdapter(type_)``, or the adapter itself where it is one.

    Remembered, because to make one costs more than to read a short answer. A type that is not complete
    yet (it waits for names that are defined later) is asked again each time.

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
    adapter = _made(type_)
    return adapter if adapter.pydantic_complete else TypeAdapter(type_)


# `typed`: `Literal[1]` is not `Literal[True]`, nor is a type that holds one.
@lru_cache(maxsize=128, typed=True)
def _made(type_: Any) -> "TypeAdapter[Any]":
    from pydantic import TypeAdapter

    return TypeAdapter(type_)
