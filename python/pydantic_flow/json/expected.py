"""What is expected at a place: the terms in which types and JSON schemas are put, and their sum.

Coming in: sources, each of which knows what it expects and where its parts lead. Going out: a compiled
``Shape``. Decided elsewhere: what a type expects (``core_schema.py``), what a JSON schema expects
(``json_schema.py``), what an expectation is good for (``_core``).
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntFlag
from typing import Any, Protocol

from .. import _core

Place = tuple[
    int, bool, bool, dict[str, int], int, list[int], int, tuple[str, dict[str, int]] | None
]  # as `_core.Shape` takes it

MOST_PLACES = 10_000
"""A type with more places than this is known only so far; beyond, anything is expected."""


class Kinds(IntFlag):
    """Kinds of JSON values, by the bits that ``_core.Shape`` knows."""

    OBJECT = 1
    ARRAY = 2
    TEXT = 4
    NUMBER = 8
    BOOL = 16
    NULL = 32
    NUMERIC_TEXT = 64
    ANY = 127


class Source(Protocol):
    """Something that expects values; equal ones expect the same."""

    def __hash__(self) -> int: ...

    def expected(self) -> "Iterable[Expected]":
        """One expectation, or several of which a value meets one."""


Sources = Sequence[Source]


@dataclass(frozen=True)
class Expected:
    """One expectation.

    Attributes:
        kinds: what a value may be.
        whole: a string is shown when it is whole.
        closed: an object has no members but those named.
        members: what is expected of named members.
        others: what is expected of all other members.
        first: what is expected of the first items of an array, where each has its own place.
        rest: what is expected of all other items.
        tag: the member that tells which choice an object is, and what each value of it chooses.
        choice: this is one of such choices.
    """

    kinds: Kinds
    whole: bool = False
    closed: bool = False
    members: Mapping[str, Sources] = field(default_factory=dict)
    others: Sources = ()
    first: Sequence[Sources] = ()
    rest: Sources = ()
    tag: tuple[str, Mapping[str, Sources]] | None = None
    choice: bool = False


class Anything:
    """Expects anything, at any depth."""

    def expected(self) -> Iterator[Expected]:
        """Anything."""
        yield Expected(Kinds.ANY, others=(ANYTHING,), rest=(ANYTHING,))


ANYTHING = Anything()


def kinds_of(values: Iterable[Any]) -> Kinds:
    """The kinds of some JSON values.

    >>> kinds_of(["a", None])
    <Kinds.TEXT|NULL: 36>
    """
    kinds = Kinds(0)
    for value in values:
        match value:
            case None:
                kinds |= Kinds.NULL
            case bool():
                kinds |= Kinds.BOOL
            case int() | float():
                kinds |= Kinds.NUMBER
            case str():
                kinds |= Kinds.TEXT
            case list() | tuple():
                kinds |= Kinds.ARRAY
            case dict():
                kinds |= Kinds.OBJECT
            case _:
                kinds |= Kinds.ANY
    return kinds


def compiled(root: Source) -> _core.Shape:
    """The shape of what a source expects."""
    places = _Places()
    start = places.number((root,))
    return _core.Shape(places.all(), start)


class _Places:
    """Numbers the sets of sources that meet at one place, and adds up what each set expects."""

    def __init__(self) -> None:
        self._numbers: dict[frozenset[Source], int] = {frozenset((ANYTHING,)): 0, frozenset(): 0}
        self._waiting: list[frozenset[Source]] = []

    def number(self, sources: Iterable[Source]) -> int:
        """The number of the place where these meet; 0 where anything may stand."""
        meeting = frozenset(sources)
        if meeting not in self._numbers:
            if len(self._waiting) >= MOST_PLACES:
                return 0
            self._waiting.append(meeting)
            self._numbers[meeting] = len(self._waiting)
        return self._numbers[meeting]

    def all(self) -> list[Place]:
        """All places, in the order of their numbers from 1."""
        places: list[Place] = []
        while len(places) < len(self._waiting):  # each place may lead to new ones
            meeting = self._waiting[len(places)]
            places.append(self._place([one for source in meeting for one in source.expected()]))
        return places

    def _place(self, alternatives: list[Expected]) -> Place:
        kinds = Kinds(0)
        for one in alternatives:
            kinds |= one.kinds
        texts = [one for one in alternatives if Kinds.TEXT in one.kinds]
        objects = [one for one in alternatives if Kinds.OBJECT in one.kinds]
        arrays = [one for one in alternatives if Kinds.ARRAY in one.kinds]
        names = {name for one in objects for name in one.members}
        lengths = max((len(one.first) for one in arrays), default=0)
        return (
            int(kinds) or int(Kinds.ANY),
            bool(texts) and all(one.whole for one in texts),
            bool(names) and all(one.closed for one in objects),
            {name: self._sum(one.members.get(name, one.others) for one in objects) for name in sorted(names)},
            self._sum(one.others for one in objects),
            [
                self._sum(one.first[at] if at < len(one.first) else one.rest for one in arrays)
                for at in range(lengths)
            ],
            self._sum(one.rest for one in arrays),
            self._tag(alternatives, objects),
        )

    def _sum(self, parts: Iterable[Sources]) -> int:
        return self.number(source for sources in parts for source in sources)

    def _tag(
        self, alternatives: list[Expected], objects: list[Expected]
    ) -> tuple[str, dict[str, int]] | None:
        tags = [one.tag for one in alternatives if one.tag is not None]
        if len(tags) != 1 or not all(one.choice for one in objects):
            return None  # the tag of one union says nothing of what else may stand here
        [(key, choices)] = tags
        return key, {value: self.number(choices[value]) for value in sorted(choices)}
