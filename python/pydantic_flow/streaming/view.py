"""A growing value under the names and types of its model.

Coming in: the raw value of a moment, and the place where the parser stood then. Going out: an
instance of the type with the fields that have settled and validate, and with the strings that grow;
all other fields are absent. Built when somebody looks, never before.
Decided elsewhere: what the parts of a type are and how one is checked (``parts.py``).
"""

from collections import deque
from collections.abc import Callable, Mapping, Set
from copy import deepcopy
from dataclasses import fields
from functools import lru_cache
from inspect import getattr_static, isdatadescriptor
from operator import is_
from typing import Any

from ..errors import Path
from .parts import NO_OPTIONS, Extra, Key, Part

_COLLECTIONS: Mapping[str, Callable[[list[Any]], Any]] = {
    "tuple": tuple,
    "set": set,
    "frozenset": frozenset,
    "deque": deque,
}
_ABSENT = object()
_set = object.__setattr__


class View:
    """Shows the values of one stream as what they will become.

    What has settled is validated once, and kept while its container is open: a look costs the
    members of the open containers, not the whole value.

    Args:
        root: the parts of the type.
        passed: the options of ``validate_json``.
    """

    def __init__(self, root: Part, passed: Mapping[str, Any]) -> None:
        self._root = root
        self._passed = passed
        self._seen: dict[Path, _Seen] = {}
        self._seen_before: dict[Path, _Seen] = {}

    def show(self, value: Any, stand: Path) -> Any:
        """The value as an instance. What lies on the path ``stand`` is open, all else has settled."""
        self._seen_before, self._seen = self._seen, {}
        shown = self._open(self._root, value, (), stand)
        return value if shown is _ABSENT else shown

    def _open(self, part: Part | None, value: Any, path: Path, stand: Path) -> Any:
        """What to show of a node that is still open."""
        if part is not None and part.kind == "union" and isinstance(value, dict):
            growing = stand[:1] == (part.tag_key,)
            part = None if growing else part.choice(value.get(part.tag_key))
        if part is None:
            return _ABSENT
        if part.json_type is None or not isinstance(value, part.json_type):
            return value if part.anything or (part.text and isinstance(value, str)) else _ABSENT
        members: Callable[..., Any] = self._items if part.kind == "list" else self._members
        return instance_with(part, members(part, value, path, stand))

    def _members(self, part: Part, value: dict[Key, Any], path: Path, stand: Path) -> dict[Any, Any]:
        """The members of an open object or map: fields by attribute name, others by key."""
        seen = self._seen[path] = self._seen_before.get(path) or _Seen()
        members: dict[Any, Any] = {}
        for key in part.worst_first(value):
            raw = value[key]
            if stand[:1] == (key,):
                members |= self._named(part, key, self._open(part.member(key), raw, (*path, key), stand[1:]))
            elif key in seen.raw and seen.raw[key] is raw:
                members |= seen.made[key]
            else:
                seen.raw[key] = raw
                seen.made[key] = self._settled(part, key, raw)
                members |= seen.made[key]
        return members

    def _items(self, part: Part, value: list[Any], path: Path, stand: Path) -> list[Any]:
        """The items of an open list; those that do not validate are left out."""
        seen = self._seen[path] = self._seen_before.get(path) or _Seen()
        settled = len(value) - (stand[:1] == (len(value) - 1,))
        if len(seen.raw) > settled or not all(map(is_, seen.raw.values(), value)):
            seen = self._seen[path] = _Seen()
        for index in range(len(seen.raw), settled):
            seen.raw[index] = value[index]
            seen.made |= self._settled(part, index, value[index])
        items = list(seen.made.values())
        if settled < len(value):
            last = self._open(part.member(settled), value[settled], (*path, settled), stand[1:])
            if last is not _ABSENT and "set" not in part.collection:  # whose items do not grow
                items.append(last)
        return items

    def _settled(self, part: Part, key: Key, raw: Any) -> dict[Any, Any]:
        """What a settled member becomes; nothing if it does not validate."""
        if part.waits(key):  # what a text will become is not known, so it stays as it was shown
            shown = self._open(part.member(key), raw, (), ()) if isinstance(raw, str) else _ABSENT
            return self._named(part, key, shown)
        return part.checked({key: raw}, self._passed) or {}

    def _named(self, part: Part, key: Key, value: Any) -> dict[Any, Any]:
        """A member under the name that it has in the instance, if it has one and a value."""
        if value is _ABSENT:
            return {}
        return named(part, key, value, self._passed)


class _Seen:
    """The settled members of an open container: as they came, and what they have become."""

    __slots__ = ("made", "raw")

    def __init__(self) -> None:
        self.raw: dict[Key, Any] = {}
        self.made: dict[Any, Any] = {}


def named(part: Part, key: Key, value: Any, passed: Mapping[str, Any] = NO_OPTIONS) -> dict[Any, Any]:
    """A member under the name that it has in the instance, if it has one."""
    if part.kind == "object":
        name = part.name(key)
        return {} if name is None else {name: value}
    if part.kind == "map" and not part.keys_stay:
        return dict.fromkeys(part.checked_keys(key, passed), value)
    return {key: value}


def instance_with(part: Part, members: Any, given: Set[Any] | None = None) -> Any:
    """An instance of what stands at a part, whatever may be missing.

    Args:
        part: what it is to be.
        members: fields by attribute name, others by key; or items. The instance takes them over.
        given: if nothing is missing, which of the members do not come from defaults.
    """
    made = _COLLECTIONS.get(part.collection, list)(members) if part.kind == "list" else members
    for cls in reversed(part.classes):
        is_root_model = getattr(cls, "__pydantic_root_model__", None)
        if is_root_model is None:
            made = _dataclass(_partial(cls) if given is None else cls, made)
        else:
            made = _model(cls, {"root": made} if is_root_model else made, given)
    return made


def _model(cls: Any, members: dict[Any, Any], given: Set[Any] | None) -> Any:
    # `model_construct` would put defaults where nothing has come yet.
    extra: dict[Key, Any] = {}
    names = set(members if given is None else given)
    if Extra in map(type, members):
        extra = {name.key: made for name, made in members.items() if isinstance(name, Extra)}
        members = {name: made for name, made in members.items() if not isinstance(name, Extra)}
        names = {name.key if isinstance(name, Extra) else name for name in names}
    instance = cls.__new__(cls)
    _set(instance, "__dict__", members)
    _set(instance, "__pydantic_fields_set__", names)
    if not cls.__pydantic_root_model__:
        _set(instance, "__pydantic_extra__", extra if cls.model_config.get("extra") == "allow" else None)
        _set(instance, "__pydantic_private__", _private(cls) if cls.__private_attributes__ else None)
    return instance


def _private(cls: Any) -> dict[str, Any]:
    """The private attributes that have a plain default. What a program makes of them comes at the end."""
    from pydantic_core import PydanticUndefined

    return {
        name: deepcopy(attribute.default)
        for name, attribute in cls.__private_attributes__.items()
        if attribute.default is not PydanticUndefined
    }


def _dataclass(cls: Any, members: dict[str, Any]) -> Any:
    instance: Any = object.__new__(cls)
    for name, made in members.items():
        _set(instance, name, made)
    return instance


@lru_cache(maxsize=64)
def _partial(cls: type) -> type:
    """The dataclass without its defaults, and with a ``repr`` that does not ask for all fields."""
    if type(cls) is not type or any("__init_subclass__" in vars(base) for base in cls.__mro__[:-1]):
        return cls  # a subclass would be noticed
    plain = [
        field.name for field in fields(cls) if not isdatadescriptor(getattr_static(cls, field.name, None))
    ]
    names = {"__module__": cls.__module__, "__qualname__": cls.__qualname__, "__slots__": ()}
    shown = {"__repr__": _repr_of_what_is_there, **{name: _NotYet() for name in plain}}
    return type(cls.__name__, (cls,), {**names, **shown})


class _NotYet:
    """Takes the place of a default; an attribute of the instance goes before it."""

    def __set_name__(self, owner: type, name: str) -> None:
        self._name = name

    def __get__(self, instance: object, owner: type) -> Any:
        raise AttributeError(f"{owner.__qualname__}.{self._name} has not come yet")


def _repr_of_what_is_there(self: Any) -> str:
    there = [field.name for field in fields(self) if field.repr and hasattr(self, field.name)]
    return f"{type(self).__qualname__}({', '.join(f'{name}={getattr(self, name)!r}' for name in there)})"
