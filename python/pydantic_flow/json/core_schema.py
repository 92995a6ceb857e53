"""What a type expects, read from pydantic's core schema.

Coming in: the core schema of a type. Going out: expectations; and the facts about the layout of such
schemas that others need as well. Decided elsewhere: how expectations add up (``expected.py``), what
else is done with a core schema (``streaming/parts.py``).

Whatever validators see before pydantic's own checks may be anything: then nothing is said of the kinds
of the value, here and below, only of which strings are shown when they are whole.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import TYPE_CHECKING, Any, cast

from .expected import ANYTHING, Expected, Kinds, Source, Sources, kinds_of

if TYPE_CHECKING:
    from pydantic import TypeAdapter

Schema = Mapping[str, Any]
Key = str | int

_SEEN_FIRST = frozenset({"function-before", "function-wrap", "function-plain"})
_HANDED_ON = frozenset({"function-after", "default", "custom-error", "dataclass", "model"})
_LISTS = frozenset({"list", "set", "frozenset", "deque", "tuple", "generator"})
_OBJECTS = frozenset({"model-fields", "typed-dict", "dataclass-args"})
_WHOLE_TEXTS = frozenset({"uuid", "url", "multi-host-url"})
_TIMES = frozenset({"date", "time", "datetime", "timedelta"})
_OWN_CONFIG = frozenset({"model", "dataclass", "typed-dict"})


def schema_of(adapter: "TypeAdapter[Any]") -> tuple[Schema, Schema | None] | None:
    """The core schema and the config that an adapter's validator was made of; None where it is hidden."""
    from pydantic_core import SchemaValidator

    getattr(adapter.validator, "title", None)  # builds what was deferred
    validator = getattr(adapter.validator, "_schema_validator", adapter.validator)  # as plugins wrap it
    if not isinstance(validator, SchemaValidator):
        return None
    schema, config, *_ = cast("tuple[Any, ...]", validator.__reduce__()[1])
    return schema, config


def fields_of(schema: Schema) -> dict[str, Schema]:
    """The fields of a schema for an object, by name."""
    fields = schema["fields"]
    return fields if isinstance(fields, dict) else {one["name"]: one for one in fields}


def lookups(
    name: str, field: Schema, config: Schema | None, by_alias: bool | None, by_name: bool | None
) -> list[list[Key]]:
    """Where in JSON pydantic looks for a field, the best place first; each as the steps that lead there."""
    config = config or {}
    by_alias = config.get("validate_by_alias", True) if by_alias is None else by_alias
    by_name = config.get("validate_by_name", False) if by_name is None else by_name
    aliases = _alias_paths(field.get("validation_alias")) or [[name]]
    return (aliases if by_alias else []) + ([[name]] if by_name else [])


def choices_of(schema: Schema) -> Iterator[Schema]:
    """The choices of a union, labels aside."""
    choices = schema["choices"]
    for choice in choices.values() if isinstance(choices, dict) else choices:
        yield choice[0] if isinstance(choice, tuple) else choice


def _alias_paths(alias: Any) -> list[list[Key]]:
    match alias:
        case None:
            return []
        case str():
            return [[alias]]
        case [str(), *_]:
            return [list(alias)]
    return [list(path) for path in alias]


@dataclass(frozen=True)
class Options:
    """What rules a whole type: its definitions, and the options that are passed to pydantic."""

    definitions: Mapping[str, Schema]
    strict: bool | None = None
    by_alias: bool | None = None
    by_name: bool | None = None


def source_of(
    adapter: "TypeAdapter[Any]",
    strict: bool | None = None,
    by_alias: bool | None = None,
    by_name: bool | None = None,
) -> Source:
    """What a type expects; anything where pydantic does not show its schema."""
    found = schema_of(adapter)
    if found is None:
        return ANYTHING
    schema, config = found
    definitions: dict[str, Schema] = {}
    if schema["type"] == "definitions":
        definitions = {one["ref"]: one for one in schema["definitions"]}
        schema = schema["schema"]
    return Typed(schema, config, Options(definitions, strict, by_alias, by_name))


@dataclass(frozen=True, eq=False)
class Typed:
    """What stands at a place of a type.

    Attributes:
        schema: its core schema.
        config: the config that rules there.
        options: what rules everywhere.
        free: a validator sees the value before pydantic does.
        steps: the way that is left to the place, where an alias leads through several steps.
        followed: references that led here without a step down in the value.
    """

    schema: Schema = field(repr=False)
    config: Schema | None
    options: Options
    free: bool = False
    steps: tuple[Key, ...] = ()
    followed: frozenset[str] = frozenset()

    def _identity(self) -> tuple[int, int, bool, tuple[Key, ...]]:
        return id(self.schema), id(self.config), self.free, self.steps

    def __hash__(self) -> int:
        return hash(self._identity())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Typed) and self._identity() == other._identity()

    def expected(self) -> Iterator[Expected]:
        """What may stand there."""
        if self.steps:
            yield self._on_the_way()
            return
        for one in self._alternatives():
            yield _anything_but_names(one) if self.free else one

    def _on_the_way(self) -> Expected:
        """A container on the way of an alias: other fields may lead through it, too."""
        step, *steps = self.steps
        onward: Sources = (self._at(self.schema, self.config, tuple(steps)),)
        if isinstance(step, str):
            return Expected(Kinds.ANY, members={step: onward}, others=(ANYTHING,), rest=(ANYTHING,))
        if step < 0:  # counted from an end that has not come
            return Expected(Kinds.ANY, others=(ANYTHING,), rest=(ANYTHING,))
        first: list[Sources] = [(ANYTHING,)] * step + [onward]
        return Expected(Kinds.ANY, others=(ANYTHING,), first=first, rest=(ANYTHING,))

    def _at(self, schema: Schema | None, config: Schema | None, steps: tuple[Key, ...] = ()) -> Source:
        return ANYTHING if schema is None else Typed(schema, config, self.options, self.free, steps)

    def _within(self, schema: Schema, config: Schema | None = None, free: bool = False) -> Iterator[Expected]:
        config = self.config if config is None else config
        free = self.free or free
        yield from Typed(schema, config, self.options, free, followed=self.followed).expected()

    def _referred(self, ref: str) -> Iterator[Expected]:
        if ref in self.followed:  # it holds nothing but itself
            yield from ANYTHING.expected()
            return
        schema, followed = self.options.definitions[ref], self.followed | {ref}
        yield from Typed(schema, self.config, self.options, self.free, followed=followed).expected()

    def _alternatives(self) -> Iterator[Expected]:
        """What the schema takes, kind by kind of schema."""
        schema, kind = self.schema, self.schema["type"]
        if kind == "definition-ref":
            yield from self._referred(schema["schema_ref"])
        elif kind in _SEEN_FIRST:
            if "schema" in schema:
                yield from self._within(schema["schema"], free=True)
            else:
                yield from ANYTHING.expected()
        elif kind in _HANDED_ON:
            own = schema.get("config") if kind in _OWN_CONFIG else None
            yield from self._within(schema["schema"], own, free=bool(schema.get("custom_init")))
        elif kind == "nullable":
            yield Expected(Kinds.NULL)
            yield from self._within(schema["schema"])
        elif kind == "json-or-python":
            yield from self._within(schema["json_schema"])
        elif kind == "lax-or-strict":
            yield from self._within(schema["strict_schema" if self._is_strict() else "lax_schema"])
        elif kind == "chain":
            yield from self._within(schema["steps"][0])
        elif kind == "union":
            for choice in choices_of(schema):
                yield from self._within(choice)
        elif kind == "tagged-union":
            yield from self._choices()
        elif kind in _OBJECTS:
            yield self._object()
        elif kind == "dict":
            values = schema.get("values_schema")
            yield Expected(Kinds.OBJECT, others=(self._at(values, self.config),))
        elif kind in _LISTS:
            yield self._list()
        else:
            yield self._scalar(kind)

    def _is_strict(self) -> bool:
        strict = self.schema.get("strict")
        if strict is None:
            strict = (self.config or {}).get("strict")
        return bool(self.options.strict if strict is None else strict)

    def _scalar(self, kind: str) -> Expected:
        """A value without parts; anything for a kind of schema that is not known here."""
        lax, schema = not self._is_strict(), self.schema
        if kind == "str":
            numbers = schema.get("coerce_numbers_to_str", (self.config or {}).get("coerce_numbers_to_str"))
            return Expected(Kinds.TEXT | Kinds.NUMBER if numbers else Kinds.TEXT)
        if kind in ("int", "float"):
            extra = Kinds.NUMERIC_TEXT | Kinds.BOOL if lax else Kinds(0)
            return Expected(Kinds.NUMBER | extra)
        if kind == "bool":
            return Expected(Kinds.BOOL | Kinds.NUMBER | Kinds.TEXT if lax else Kinds.BOOL, whole=True)
        if kind == "decimal":
            return Expected(Kinds.NUMBER | Kinds.NUMERIC_TEXT, whole=True)
        if kind in _TIMES:
            return Expected(Kinds.TEXT | Kinds.NUMBER if lax else Kinds.TEXT, whole=True)
        if kind in _WHOLE_TEXTS:
            return Expected(Kinds.TEXT, whole=True)
        if kind == "complex":
            return Expected(Kinds.TEXT | Kinds.NUMBER, whole=True)
        if kind in ("bytes", "json"):
            return Expected(Kinds.TEXT)
        if kind == "none":
            return Expected(Kinds.NULL)
        if kind == "literal":
            return Expected(_equal(kinds_of(map(_as_json, schema["expected"]))), whole=True)
        if kind == "enum":
            return self._enum(lax)
        [anything] = ANYTHING.expected()
        return anything

    def _enum(self, lax: bool) -> Expected:
        kinds = _equal(kinds_of(member.value for member in self.schema["members"]))
        if lax and self.schema.get("sub_type") in ("int", "float"):
            kinds |= Kinds.NUMERIC_TEXT
        custom = "missing" in self.schema or not kinds
        return Expected(Kinds.ANY if custom else kinds, whole=True)

    def _list(self) -> Expected:
        items = self.schema.get("items_schema")
        if not isinstance(items, Sequence):
            return Expected(Kinds.ARRAY, rest=(self._at(items, self.config),))
        sources: list[Sources] = [(self._at(item, self.config),) for item in items]
        variadic = self.schema.get("variadic_item_index")
        if variadic is None:
            return Expected(Kinds.ARRAY, first=sources, rest=(ANYTHING,))
        rest = [source for one in sources[variadic:] for source in one]
        return Expected(Kinds.ARRAY, first=sources[:variadic], rest=rest)

    def _object(self) -> Expected:
        config = self.config
        if self.schema["type"] == "typed-dict":
            config = self.schema.get("config", config)
        behaviour = self.schema.get("extra_behavior") or (config or {}).get("extra_fields_behavior")
        open_ = behaviour == "allow"
        members: dict[str, list[Source]] = {}
        for name, one in fields_of(self.schema).items():
            if not one.get("init", True):
                continue
            for first, *steps in lookups(name, one, config, self.options.by_alias, self.options.by_name):
                members.setdefault(str(first), []).append(self._at(one["schema"], config, tuple(steps)))
        others: Sources = (self._at(self.schema.get("extras_schema"), config),) if open_ else ()
        if behaviour not in ("allow", "forbid"):
            others = (ANYTHING,)  # passed over, whatever it is
        return Expected(Kinds.OBJECT, closed=not open_, members=members, others=others)

    def _choices(self) -> Iterator[Expected]:
        """All choices of a tagged union at once, and what its tag tells of them."""
        choices: dict[str, Sources] = {}
        for value, choice in self.schema["choices"].items():
            choices[str(_as_json(value))] = (self._at(choice, self.config),)
            for one in self._within(choice):
                yield _as_choice(one)
        match self.schema["discriminator"]:
            case str(key) | [str(key)] | [[str(key)]]:
                yield Expected(Kinds(0), tag=(key, choices))


def _as_choice(one: Expected) -> Expected:
    return Expected(
        one.kinds, one.whole, one.closed, one.members, one.others, one.first, one.rest, one.tag, choice=True
    )


def _anything_but_names(one: Expected) -> Expected:
    """What is expected where a validator sees the value first."""
    others, rest = one.others or (ANYTHING,), one.rest or (ANYTHING,)
    return Expected(Kinds.ANY, one.whole, False, one.members, others, one.first, rest, one.tag, one.choice)


def _equal(kinds: Kinds) -> Kinds:
    """Pydantic compares as Python does, for which ``1`` is ``True``."""
    return kinds | Kinds.NUMBER | Kinds.BOOL if kinds & (Kinds.NUMBER | Kinds.BOOL) else kinds


def _as_json(value: Any) -> Any:
    return value.value if isinstance(value, Enum) else value
