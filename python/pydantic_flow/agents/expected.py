"""The type that a structured answer will have, as far as it can be known before.

Coming in: what an agent was told to give. Going out: the parts of that type, if it is one model or dataclass.
Decided elsewhere: what the parts are for (``forming.py``), in which way the answer is given (pydantic-ai).
"""

from dataclasses import is_dataclass
from functools import lru_cache
from typing import Any

from pydantic import BaseModel, TypeAdapter
from typing_extensions import is_typeddict

from ..streaming.parts import Part, parts_of
from .framework import NativeOutput, PromptedOutput, ToolOutput


def parts_of_output(output_type: Any) -> Part | None:
    """The parts of an agent's output type; None for text, several types, functions, and types without fields.

    >>> class City(BaseModel):
    ...     name: str
    >>> parts_of_output(ToolOutput(City)) is parts_of_output(City), parts_of_output([City, str])
    (True, None)
    """
    if isinstance(output_type, ToolOutput):
        output_type = output_type.output
    elif isinstance(output_type, NativeOutput | PromptedOutput):
        output_type = output_type.outputs
    return _parts(output_type) if has_fields(output_type) else None


def is_object(output_type: Any) -> bool:
    """Whether structured output of this type is written as the object that it is, in a text mode."""
    if isinstance(output_type, NativeOutput | PromptedOutput):
        output_type = output_type.outputs
    return has_fields(output_type) or is_typeddict(output_type) or isinstance(output_type, list | tuple)


def has_fields(kind: Any) -> bool:
    """Whether this is a model or a dataclass."""
    return isinstance(kind, type) and (issubclass(kind, BaseModel) or is_dataclass(kind))


@lru_cache(maxsize=256)
def _parts(kind: Any) -> Part | None:
    return parts_of(TypeAdapter(kind), None, None)
