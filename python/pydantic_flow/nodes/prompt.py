"""A prompt made of a template and the input of a node.

Coming in: a template, once; inputs. Going out: text. The input fills places and is never read as a
template itself: its braces are text, and a place cannot reach into a value or call anything of it.
Decided elsewhere: who is asked (``agent.py``).
"""

from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from string import Formatter
from typing import Any

from pydantic import BaseModel
from pydantic_core import to_json

from ..errors import NodeError
from ..streaming.preview import described

_ABSENT = object()


class PromptTemplate:
    """A template with places such as ``{question}``; ``{{`` and ``}}`` are braces.

    A place is filled with the member of that name of a model, dataclass or mapping. ``{input}`` is the whole
    input, unless it has a member of that name. A text or a number fills a template's only place.

    Raises:
        NodeError: a place that is not a plain name, such as ``{user.name}``, ``{0}`` or ``{x:>9}``.

    >>> PromptTemplate("Answer {question} as {{json}}").filled({"question": "What is {question}?"})
    'Answer What is {question}? as {json}'
    """

    def __init__(self, template: str) -> None:
        self.template = template
        try:
            self._pieces = list(_pieces(template))
        except ValueError as error:
            raise NodeError(f"the prompt template {template!r} cannot be read: {error}") from None
        self.places = tuple(dict.fromkeys(place for _, place in self._pieces if place is not None))

    def filled(self, value: Any) -> str:
        """The prompt for one input.

        Raises:
            NodeError: the input lacks a member.
        """
        texts = {place: as_text(self._content(value, place)) for place in self.places}
        return "".join(text + (texts[place] if place is not None else "") for text, place in self._pieces)

    def _content(self, value: Any, place: str) -> Any:
        content = _member(value, place)
        if content is not _ABSENT:
            return content
        if place == "input" or (len(self.places) == 1 and isinstance(value, str | int | float)):
            return value
        raise NodeError(f"the prompt template wants {{{place}}}, and {described(value)} has no such member")


def as_text(value: Any) -> str:
    """A value in a prompt: text as it is, models and containers as JSON, anything else as ``str`` has it.

    >>> as_text("a"), as_text(1.5), as_text({"a": [1, None]})
    ('a', '1.5', '{"a":[1,null]}')
    """
    if isinstance(value, str):
        return value
    if isinstance(value, BaseModel | Mapping | list | tuple | set | frozenset) or is_dataclass(value):
        return to_json(value, fallback=str).decode()
    return str(value)


def _pieces(template: str) -> Iterator[tuple[str, str | None]]:
    for text, place, form, conversion in Formatter().parse(template):
        if place is not None and (not place.isidentifier() or form or conversion):
            raise ValueError("a place is a plain name, such as {question}; braces are written {{ and }}")
        yield text, place


def _member(value: Any, name: str) -> Any:
    """A declared member; never another attribute of the object."""
    if isinstance(value, Mapping):
        return value.get(name, _ABSENT)
    kind = type(value)
    if isinstance(value, BaseModel):
        declared = name in kind.model_fields or name in kind.model_computed_fields
        return getattr(value, name) if declared else (value.model_extra or {}).get(name, _ABSENT)
    if is_dataclass(value) and any(field.name == name for field in fields(value)):
        return getattr(value, name)
    return _ABSENT
