"""What a JSON schema expects, such as that of a tool's parameters.

Coming in: a JSON schema (any draft: what is not known here is passed over). Going out: expectations.
Decided elsewhere: how they add up (``expected.py``), whether a value is valid (whoever owns the schema).
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from .expected import ANYTHING, Expected, Kinds, Source, Sources, kinds_of

_TYPES: Mapping[str, Kinds] = {
    "object": Kinds.OBJECT,
    "array": Kinds.ARRAY,
    "string": Kinds.TEXT,
    "number": Kinds.NUMBER,
    "integer": Kinds.NUMBER,
    "boolean": Kinds.BOOL,
    "null": Kinds.NULL,
}
_EVERY = Kinds.OBJECT | Kinds.ARRAY | Kinds.TEXT | Kinds.NUMBER | Kinds.BOOL | Kinds.NULL
_WHOLE_FORMATS = frozenset(
    ["date", "date-time", "time", "duration", "uuid", "uri", "uri-reference", "iri", "ipv4", "ipv6"]
)


def source_of(schema: Any) -> Source:
    """What a JSON schema expects.

    Raises:
        TypeError: it is neither a mapping nor a bool.
    """
    if not isinstance(schema, Mapping | bool):
        raise TypeError(f"a JSON schema is a mapping or a bool, not {type(schema).__name__}")
    return Described(schema, schema)


@dataclass(frozen=True, eq=False)
class Described:
    """What stands at a place of a document with a JSON schema.

    Attributes:
        schema: the schema of the place.
        document: the schema of the document, in which references are looked up.
    """

    schema: Any
    document: Any

    def __hash__(self) -> int:
        return id(self._target())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Described) and self._target() is other._target()

    def _target(self) -> Any:
        """The schema itself, references followed; True where one leads nowhere, or in a circle."""
        schema, seen = self.schema, set()
        while isinstance(schema, Mapping) and isinstance(schema.get("$ref"), str):
            if id(schema) in seen:
                return True
            seen.add(id(schema))
            schema = self._found(schema["$ref"])
        return schema

    def _found(self, pointer: str) -> Any:
        """What a reference within the document leads to (RFC 6901)."""
        place = self.document
        if not pointer.startswith("#"):
            return True
        for raw in pointer[1:].split("/")[1:]:
            step = raw.replace("~1", "/").replace("~0", "~")
            if isinstance(place, Mapping) and step in place:
                place = place[step]
            elif isinstance(place, Sequence) and step.isdigit() and int(step) < len(place):
                place = place[int(step)]
            else:
                return True
        return place

    def expected(self) -> Iterator[Expected]:
        """What may stand there."""
        yield from self._expected(frozenset())

    def _expected(self, above: frozenset[int]) -> Iterator[Expected]:
        schema = self._target()
        if not isinstance(schema, Mapping) or id(schema) in above:  # combinations may contain themselves
            yield from ANYTHING.expected()
            return
        above |= {id(schema)}
        branches = [*_listed(schema, "anyOf"), *_listed(schema, "oneOf")]
        own = self._own(schema, bool(branches))
        for branch in _listed(schema, "allOf"):
            for one in self._at(branch)._expected(above):
                own = _both(own, one)
        if not branches:
            yield own
            return
        tag = self._tag(schema, branches)
        for branch in branches:
            for one in self._at(branch)._expected(above):
                yield replace(_both(own, one), choice=tag is not None)
        if tag is not None:
            yield Expected(Kinds(0), tag=tag)
        if schema.get("nullable") is True:
            yield Expected(Kinds.NULL)

    def _at(self, schema: Any) -> "Described":
        return Described(schema, self.document)

    def _own(self, schema: Mapping[str, Any], combined: bool) -> Expected:
        """What the schema says without those that it combines."""
        kinds, named = self._kinds(schema)
        properties = schema.get("properties")
        members: dict[str, Sources] = {}
        if isinstance(properties, Mapping):
            members = {str(name): (self._at(one),) for name, one in properties.items()}
        more = schema.get("additionalProperties")
        others: list[Source] = [self._at(more)] if isinstance(more, Mapping) or more is True else []
        patterns = schema.get("patternProperties")
        if isinstance(patterns, Mapping):
            others += [self._at(one) for one in patterns.values()]
            if more is None:
                others.append(ANYTHING)
        first, rest = self._items(schema)
        whole = named or schema.get("format") in _WHOLE_FORMATS
        closed = bool(members) and not others and not combined
        return Expected(
            kinds, whole, closed, members, others or (() if more is False else (ANYTHING,)), first, rest
        )

    @staticmethod
    def _kinds(schema: Mapping[str, Any]) -> tuple[Kinds, bool]:
        """The kinds, and whether the values are named one by one."""
        if "const" in schema:
            return kinds_of([schema["const"]]), True
        if isinstance(schema.get("enum"), Sequence):
            return kinds_of(schema["enum"]), True
        given = schema.get("type")
        types = [given] if isinstance(given, str) else given if isinstance(given, Sequence) else []
        kinds = Kinds(0)
        for name in types:
            kinds |= _TYPES.get(name, Kinds.ANY)
        if kinds and schema.get("nullable") is True:
            kinds |= Kinds.NULL
        return kinds or Kinds.ANY, False

    def _items(self, schema: Mapping[str, Any]) -> tuple[list[Sources], Sources]:
        items, prefix = schema.get("items"), schema.get("prefixItems")
        if isinstance(items, Sequence):  # as drafts before 2020-12 have it
            prefix, items = items, schema.get("additionalItems")
        first: list[Sources] = []
        if isinstance(prefix, Sequence):
            first = [(self._at(one),) for one in prefix]
        return first, (self._at(items) if isinstance(items, Mapping) else ANYTHING,)

    def _tag(
        self, schema: Mapping[str, Any], branches: Sequence[Any]
    ) -> tuple[str, Mapping[str, Sources]] | None:
        """The property whose value tells the branches apart: as OpenAPI names it, or one with a
        constant in each branch.
        """
        targets = [self._at(branch)._target() for branch in branches]
        discriminator = schema.get("discriminator")
        if isinstance(discriminator, Mapping):
            names = [str(discriminator.get("propertyName"))]
        else:
            names = list(_constants(targets[0])) if targets else []
        for name in names:
            choices: dict[str, Sources] = {}
            for target in targets:
                for value in _constants(target).get(name, ()):
                    choices[value] = (*choices.get(value, ()), self._at(target))
            constant = all(name in _constants(target) for target in targets)
            if constant and all(len(found) == 1 for found in choices.values()):
                return name, choices
        return None


def _listed(schema: Mapping[str, Any], name: str) -> Sequence[Any]:
    found = schema.get(name)
    return found if isinstance(found, Sequence) and not isinstance(found, str) else ()


def _constants(schema: Any) -> dict[str, list[str]]:
    """The properties of an object whose value is one of some strings, and which."""
    properties = schema.get("properties") if isinstance(schema, Mapping) else None
    found: dict[str, list[str]] = {}
    for name, one in properties.items() if isinstance(properties, Mapping) else ():
        values = [one["const"]] if isinstance(one, Mapping) and "const" in one else None
        if values is None and isinstance(one, Mapping) and isinstance(one.get("enum"), Sequence):
            values = list(one["enum"])
        if values and all(isinstance(value, str) for value in values):
            found[str(name)] = values
    return found


def _both(one: Expected, other: Expected) -> Expected:
    """What is expected of a value that meets both."""
    kinds = (one.kinds & other.kinds) or one.kinds | other.kinds
    names = {*one.members, *other.members}
    members = {name: (*one.members.get(name, ()), *other.members.get(name, ())) for name in names}
    return Expected(
        kinds & _EVERY if kinds != Kinds.ANY else kinds,
        one.whole or other.whole,
        bool(members) and (one.closed or not one.members) and (other.closed or not other.members),
        members,
        (*one.others, *other.others) if one.others and other.others else (),
        [*one.first, *other.first[len(one.first) :]],
        other.rest if one.rest == (ANYTHING,) else one.rest,
        one.tag or other.tag,
    )
