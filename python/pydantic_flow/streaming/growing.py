"""A growing JSON text as what pydantic makes of it, from the first byte on.

Coming in: a text, again and again, each time with more at its end, and the parts of a type. Going out:
what pydantic makes of the text so far with ``validate_json(text, allow_partial="trailing-strings")``, if it
makes something; else, while required fields are missing, an instance that has what is there. Behind a
defect pydantic's value stands still, and this one goes on.
Decided elsewhere: how text is read (``_core``), what the parts of a type are, how one is checked and which
can be put together from their members (``parts.py``), how an instance without all fields is made
(``view.py``, which shows the same for events, where numbers and literals wait for their end).

What has settled is validated once. A look costs what is new, and a shallow copy of each open container;
values that have settled are shared by all looks, so they are to be read only.
"""

import re
from typing import Any

from .. import _core
from ..errors import Path
from .parts import Key, Part
from .view import instance_with, named

_WATCHED = 16
"""So many levels are put together from their members; what lies deeper is validated with what it is in."""
_ITEM = re.compile(r'[\[,]\s*([^\s,:\[\]{}"]+)\Z')
_VALUE = re.compile(r'"\s*:\s*([^\s,:\[\]{}"]+)\Z')
_TOKEN_LENGTH = 256
"""How far from the end of a text the number or literal there is looked for."""
_NOTHING: dict[Any, Any] = {}
_ABSENT = object()


class Growing:
    """Reads one text.

    Args:
        root: the parts of the type: a model or a dataclass.
        shape: what is expected where, for text that is broken.

    Attributes:
        exact: whether ``grown_to`` gives what pydantic makes of the text, where pydantic makes something. Not
            where something looks at all of the value: a validator of the root, or one that takes
            ``ValidationInfo``.

    >>> from pydantic import BaseModel, TypeAdapter
    >>> from pydantic_flow.streaming.parts import parts_of
    >>> class City(BaseModel):
    ...     name: str
    ...     people: int
    ...     note: str = ""
    >>> growing = Growing(parts_of(TypeAdapter(City)), None)
    >>> for text in ('{"name": "Os', '{"name": "Oslo", "people": 7', '{"name": "Oslo", "people": 71}'):
    ...     print(repr(growing.grown_to(text)))
    City(name='Os')
    City(name='Oslo', people=7, note='')
    City(name='Oslo', people=71, note='')
    """

    def __init__(self, root: Part, shape: _core.Shape | None) -> None:
        self.exact = root.exact
        self._root = root
        self._shape = shape
        self._begin()

    def _begin(self) -> None:
        self._core = _core.Parser(unfinished="show", watch=_WATCHED, shape=self._shape, coerce=False)
        self._text = ""
        self._value: Any = None
        self._stand: Path = ()
        self._frames: list[_Frame] = []
        self._shown: Any = None
        self._ends_in_text = self._ends_in_token = self._is_cut = False

    def grown_to(self, text: str) -> Any:
        """What there is of this text, which goes on where the last one ended; None if there is nothing."""
        if not text.startswith(self._text):
            self._begin()
        step = self._core.advance(text[len(self._text) :])
        self._text = text
        if step is None and not self._ends_in_token:
            return self._shown
        if step is not None and self._ends_in_text and step[5] and self._core.open_path == self._stand:
            self._value = step[1]
            leaf = _at(step[1], self._stand)
            if type(leaf) is str:  # most pieces only make a text longer
                for frame in reversed(self._frames):
                    leaf = frame.again(leaf)
                self._shown = leaf
                return leaf
        if step is not None:
            self._take(step)
        self._look_at_the_end()
        there = isinstance(self._value, dict)
        self._shown = self._container(self._root, self._value, 0) if there else None
        return self._shown

    def _look_at_the_end(self) -> None:
        """Whether the text ends with a number or a literal that goes on: pydantic waits for the rest."""
        self._ends_in_text = False
        leaf = _at(self._value, self._stand)
        self._ends_in_token = bool(self._stand) and not isinstance(leaf, str | dict | list)
        self._is_cut = self._ends_in_token and _is_cut(self._text, isinstance(self._stand[-1], int))

    def _take(self, step: Any) -> None:
        _, self._value, _, _, replaced, plain, _ = step
        if replaced is not None:
            self._frames.clear()
        if not plain:
            for path, raw in self._core.take_settled():
                # It belongs to the container around it, and what was open below it is over.
                self._frame(path, len(path) - 1).settles(path[-1], raw)
                del self._frames[len(path) :]
        self._stand = self._core.open_path

    def _frame(self, path: Path, depth: int) -> "_Frame":
        """Of the container at the first ``depth`` steps of this path."""
        frames = self._frames
        for length in range(1, min(len(frames), depth + 1)):
            if frames[length].key != path[length - 1]:
                del frames[length:]
                break
        while len(frames) <= depth:
            frames.append(_Frame(path[len(frames) - 1] if frames else None))
        return frames[depth]

    def _container(self, part: Part, raw: Any, depth: int) -> Any:
        """An open container, from its members."""
        frame = self._frame(self._stand, depth)
        if frame.part is not part:
            frame.begin(part)
        if len(frame.settled) > frame.validated:
            frame.catch_up(part)
        key: Key | None = None
        member: dict[Any, Any] | None = _NOTHING
        if depth < len(self._stand) and not (self._is_cut and depth == len(self._stand) - 1):
            key = self._stand[depth]
            if frame.has_open(key, raw):
                member = self._member(part, key, raw[key], depth + 1)
        return frame.whole(part, key, member)

    def _member(self, part: Part, key: Key, raw: Any, depth: int) -> dict[Any, Any] | None:
        """The open member of a container by its name there: nothing yet, or None if it is not valid."""
        member = part.member(key)
        if member is None:
            return part.checked({key: _without(raw, self._stand[depth:]) if self._is_cut else raw})
        if type(raw) is str and member.plain:
            self._ends_in_text = True
            return named(part, key, raw)
        if member.kind == "union" and type(raw) is dict:
            chosen = member.choice(raw.get(member.tag_key))
            if chosen is not None and chosen.composed and depth < _WATCHED:
                shown = self._container(chosen, raw, depth)
                if self._stand[depth:] == (member.tag_key,):
                    self._ends_in_text = False  # a longer tag chooses another one
                return named(part, key, shown)
        if member.composed and type(raw) is member.json_type and depth < _WATCHED:
            return named(part, key, self._container(member, raw, depth))
        whole = _without(raw, self._stand[depth:]) if self._is_cut and isinstance(raw, dict | list) else raw
        checked = None if part.waits(key) else part.checked({key: whole})
        if checked is not None:
            return checked
        if member.kind != "union" and type(raw) is member.json_type and depth < _WATCHED:
            shown = self._container(member, raw, depth)
            self._ends_in_text = False  # with a longer one it may be valid
            return named(part, key, shown)
        return named(part, key, raw) if member.anything or (member.text and isinstance(raw, str)) else None


class _Frame:
    """An open container: its settled members, as they came and as they are.

    Attributes:
        key: where it is in the container around it.
        part: what it is taken for.
        validated: how many of the settled members have been validated.
        items: of a list.
    """

    __slots__ = (
        "_defaults",
        "_given",
        "_last",
        "_members",
        "_names",
        "_open_name",
        "_refused",
        "items",
        "key",
        "made",
        "part",
        "settled",
        "validated",
    )

    def __init__(self, key: Key | None) -> None:
        self.key = key
        self.settled: list[tuple[Key, Any]] = []
        self._last: dict[Key, Any] = {}
        self.part: Part | None = None

    def settles(self, key: Key, raw: Any) -> None:
        """A member is whole."""
        self.settled.append((key, raw))
        self._last[key] = raw

    def has_open(self, key: Key, raw: Any) -> bool:
        """Whether there is something of the open member, and not only of one before it with the same key."""
        if isinstance(raw, list):
            return isinstance(key, int) and len(self.settled) <= key < len(raw)
        return key in raw and not (key in self._last and self._last[key] is raw[key])

    def begin(self, part: Part) -> None:
        """Take it for this part."""
        self.part = part
        self.validated = 0
        self.items: list[Any] = []
        self.made: dict[Any, Any] = {}
        self._refused: set[Key] = set()
        self._names: frozenset[Any] | None = None
        self._defaults: dict[str, Any] | None = None
        self._given: frozenset[Any] | None = None
        self._members: dict[Any, Any] = {}
        self._open_name: Any = _ABSENT

    def catch_up(self, part: Part) -> None:
        """Validate what has settled since the last time."""
        for key, raw in self.settled[self.validated :]:
            made = None
            if not part.waits(key):
                made = part.checked({key: raw})
            elif isinstance(raw, str) and (member := part.member(key)) is not None and member.text:
                made = named(part, key, raw)  # what it will become is not known
            if part.kind == "list":
                self.items += (made or _NOTHING).values()
            elif made is None:
                self._refused.add(key)
                self.made.pop(part.name(key) if part.kind == "object" else key, None)
            else:
                self._refused.discard(key)  # if it comes twice
                self.made |= made
        self.validated = len(self.settled)

    def whole(self, part: Part, key: Key | None, member: dict[Any, Any] | None) -> Any:
        """The container with its open member; with the defaults of what is missing, if nothing else is."""
        self._open_name = next(iter(member), _ABSENT) if member else _ABSENT
        if part.kind == "list":
            return instance_with(part, [*self.items, *(member or _NOTHING).values()])
        members: dict[Any, Any] = {**self.made, **(member or _NOTHING)}
        self._given = None
        if part.kind == "object" and part.composed and member is not None and self._refused <= {key}:
            if self._names is None or self._names != members.keys():
                self._names = frozenset(members)
                self._defaults = part.defaults(self._names)
            if self._defaults is not None:
                self._given = self._names
                members = part.in_order({**self._defaults, **members})
        self._members = members
        return instance_with(part, members.copy(), self._given)

    def again(self, value: Any) -> Any:
        """The same with another value of the open member."""
        part: Any = self.part
        if part.kind == "list":
            return instance_with(part, self.items[:] if self._open_name is _ABSENT else [*self.items, value])
        members = self._members.copy()
        if self._open_name is not _ABSENT:
            members[self._open_name] = value
        return instance_with(part, members, self._given)


def _at(value: Any, path: Path) -> Any:
    """The node at a path, or the last one on the way to it."""
    for key in path:
        if isinstance(value, dict):
            if key not in value:
                break
        elif not isinstance(value, list) or not isinstance(key, int) or key >= len(value):
            break
        value = value[key]
    return value


def _is_cut(text: str, in_a_list: bool) -> bool:
    """Whether the number or literal at the end of a text is none yet, as in ``12.`` or ``tru``."""
    found = (_ITEM if in_a_list else _VALUE).search(text, max(0, len(text) - _TOKEN_LENGTH))
    if found is None:  # it has ended, and something follows; or it is longer
        return False
    from pydantic_core import from_json

    try:
        from_json(found[1])
    except ValueError:
        return True
    return False


def _without(value: Any, path: Path) -> Any:
    """The value without the node at the end of this path."""
    if not path:
        return value
    copied = value.copy()
    if len(path) == 1:
        del copied[path[0]]
    else:
        copied[path[0]] = _without(value[path[0]], path[1:])
    return copied
