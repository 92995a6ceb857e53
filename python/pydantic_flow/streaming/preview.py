"""A short look at any value, for events and errors that must stay small and tell no secrets.

Coming in: any object. Going out: ``preview``, plain data of bounded size; ``shape``, what kind of value it
is, without any of its content.
Decided elsewhere: where they are shown.

What its type does not show is not shown here: pydantic's ``Secret*``, fields with ``repr=False`` or
``exclude=True``. Neither is a member whose name says what it is (``password``, ``api_key``, ``token``, ...).
"""

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from dataclasses import fields, is_dataclass
from itertools import islice
from typing import Any

LENGTH = 200
"""The longest text, in characters."""
TOTAL = 1000
"""All texts together."""
MEMBERS = 8
"""The most members of one container."""
LEVELS = 4
"""The most containers in each other."""

CUT = "…"
HIDDEN = "***"
# As it sounds: a User and a Euro, an Answer and an LLMNode.
_VOWEL = re.compile(r"(?!(?i:uni|us[aeu]|ut|ur[il]|uu|eu|one))[aeiouAEIOU]|[FHLMNRSX](?=[A-Z])")
_SECRET = re.compile(
    r"pass(word|wd|phrase)|secret|token$|(api|access|private)_?key|authori[sz]ation|credential|cookie",
    re.IGNORECASE,
)


def preview(value: Any) -> Any:
    """The value as plain data, cut to a bounded size.

    >>> preview("a" * 300)[-5:], preview([1, 2]), preview(None)
    ('aaaa…', [1, 2], None)
    >>> preview({"question": "Where?", "api_key": "sk-1"})
    {'question': 'Where?', 'api_key': '***'}
    """
    try:
        return _Look().at(value, LEVELS)
    except Exception:  # an object that cannot be looked at; a preview must not be what fails
        return f"<{type(value).__name__}>"


def shape(value: Any) -> str:
    """What kind of value it is: its type and the names and types of its members.

    >>> shape({"a": 1}), shape("secret"), shape([1, 2])
    ('dict of 1 item', 'str of 6 characters', 'list of 2 items')
    """
    try:
        return _shape(value)
    except Exception:  # as above
        return type(value).__name__


def described(value: Any) -> str:
    """Its shape, as it stands in a sentence.

    >>> described(3), described([1]), described(None)
    ('an int', 'a list of 1 item', 'None')
    """
    return kind_of(value) if value is None or isinstance(value, type) else article(shape(value))


def kind_of(value: Any) -> str:
    """Its type alone, as it stands in a sentence.

    >>> kind_of("x"), kind_of(None), kind_of(str)
    ('a str', 'None', 'the class str')
    """
    if isinstance(value, type):
        return f"the class {value.__name__}"
    return "None" if value is None else article(type(value).__name__)


def article(name: str) -> str:
    """The name of a class, or what begins with one, behind an article.

    >>> article("Answer"), article("User"), article("LLMNode"), article("Report")
    ('an Answer', 'a User', 'an LLMNode', 'a Report')
    """
    return f"{'an' if _VOWEL.match(name) else 'a'} {name}"


def counted(count: int, noun: str) -> str:
    """A count with its noun.

    >>> counted(1, "repair"), counted(1200, "item")
    ('1 repair', '1,200 items')
    """
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _shape(value: Any) -> str:
    name = type(value).__name__
    if isinstance(value, str):
        return f"{name} of {counted(len(value), 'character')}"
    members = _declared(value)
    if members is not None:
        listed = [f"{member}: {type(content).__name__}" for member, content in islice(members, MEMBERS)]
        return f"{name}({', '.join(listed)}{', ' + CUT if next(members, None) else ''})"
    if isinstance(value, bytes | bytearray):
        return f"{name} of {counted(len(value), 'byte')}"
    if isinstance(value, Mapping | list | tuple | Set):
        return f"{name} of {counted(len(value), 'item')}"
    return name


class _Look:
    """One look, that ends when it has shown enough."""

    def __init__(self) -> None:
        self._left = TOTAL

    def at(self, value: Any, levels: int) -> Any:
        if value is None or isinstance(value, bool | float):
            return value
        if isinstance(value, int) and value.bit_length() <= 64:
            return int(value)
        if isinstance(value, str):
            return self._text(value)
        if isinstance(value, bytes | bytearray):
            return shape(value)
        members = _declared(value)
        if members is None and isinstance(value, Mapping):
            members = ((str(key), content) for key, content in value.items())
        if members is not None:
            return self._members(members, levels)
        if isinstance(value, list | tuple | Set):
            return self._items(value, levels)
        return self._text(_shown(value))

    def _text(self, text: str) -> str:
        room = max(1, min(LENGTH, self._left))
        self._left -= min(len(text), room)
        return text if len(text) <= room else text[: room - 1] + CUT

    def _members(self, members: Iterator[tuple[str, Any]], levels: int) -> Any:
        if not levels:
            return CUT
        found: dict[str, Any] = {}
        for name, content in members:
            if len(found) == MEMBERS or self._left <= 0:
                found[CUT] = CUT
                break
            found[self._text(name)] = HIDDEN if _SECRET.search(name) else self.at(content, levels - 1)
        return found

    def _items(self, items: Iterable[Any], levels: int) -> Any:
        if not levels:
            return CUT
        found: list[Any] = []
        for item in items:
            if len(found) == MEMBERS or self._left <= 0:
                found.append(CUT)
                break
            self._left -= 1
            found.append(self.at(item, levels - 1))
        return found


def _declared(value: Any) -> Iterator[tuple[str, Any]] | None:
    """The members that a model or dataclass shows; None for anything else."""
    if isinstance(value, type):
        return None
    infos = getattr(type(value), "__pydantic_fields__", None)
    if isinstance(infos, dict):
        shown = (name for name, info in infos.items() if info.repr and not info.exclude)
    elif is_dataclass(value):
        shown = (field.name for field in fields(value) if field.repr)
    else:
        return None
    # A model that was made without validation may lack some.
    return ((name, getattr(value, name)) for name in shown if hasattr(value, name))


def _shown(value: Any) -> str:
    """How an object shows itself, if it does."""
    name = f"<{type(value).__name__}>"
    if getattr(type(value), "__repr__", None) is object.__repr__:
        return name
    return repr(value)
