"""A type in parts: what stands where in it, and how pydantic checks one piece of it alone.

Coming in: pydantic's core schema of a type. Going out: a tree of :class:`Part`, one for each object,
list or map that the type has, which checks single members by the schema's own piece for them.
Decided elsewhere: when something is checked (``early.py``), what is made of it (``view.py``).

This is the one file that knows how a core schema is laid out. It may only be wrong in one direction:
a place that it does not recognise, whose fate depends on something outside it, or that has a
validator which takes ``ValidationInfo``, is left alone, and pydantic's last word at the end of the
stream covers it. So a new pydantic can cost earliness and nothing else.
"""

from collections import OrderedDict
from collections.abc import Iterable, Iterator, Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from .. import _core

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import SchemaValidator

Schema = Mapping[str, Any]
Key = str | int
Kind = Literal["object", "list", "map", "union", "other"]

# What may stand below a schema, and which schemas are known not to look around.
_BELOW = (
    "schema",
    "items_schema",
    "keys_schema",
    "values_schema",
    "fields",
    "extras_schema",
    "extras_keys_schema",
    "choices",
    "steps",
    "lax_schema",
    "strict_schema",
    "json_schema",  # its other half, python_schema, is never asked about JSON
    "arguments_schema",
    "var_args_schema",
    "var_kwargs_schema",
)
_FUNCTIONS = frozenset({"function-after", "function-before", "function-plain", "function-wrap"})
_KNOWN = frozenset(
    "any arguments bool bytes call callable chain complex custom-error dataclass dataclass-args dataclass-field "
    "date datetime decimal default definition-ref deque dict enum float fraction frozendict frozenset int "
    "is-instance is-subclass json json-or-python lax-or-strict list literal missing-sentinel model model-field "
    "model-fields multi-host-url named-tuple named-tuple-field none nullable set str tagged-union time timedelta "
    "tuple typed-dict typed-dict-field union url uuid".split()
).union(_FUNCTIONS)

_KINDS: Mapping[str, Kind] = {
    "model-fields": "object",
    "typed-dict": "object",
    "dataclass-args": "object",
    "list": "list",
    "set": "list",
    "frozenset": "list",
    "deque": "list",
    "tuple": "list",
    "dict": "map",
    "tagged-union": "union",
}
_JSON_TYPES: Mapping[Kind, type] = {"object": dict, "list": list, "map": dict, "union": dict}
_OWN_CONFIG = frozenset({"model", "dataclass", "typed-dict"})
_ANY: Schema = {"type": "any"}
_DEEPEST = 8
"""Of a type that contains itself, so many levels are checked piece by piece; below, piece and all."""


class _Absent:
    """Stands for a field that has not come."""


_ABSENT = _Absent()


class Part:
    """One object, list, map or tagged union of a type; or some other place, which has no members.

    Attributes:
        kind: how its members are found.
        sound: whether a member that is refused makes the whole value refused. A union tries other
            choices, a before-validator may change what it gets: there it says nothing.
        classes: the models and dataclasses whose instances this becomes, outermost first.
    """

    def __init__(self, book: "_Book", schema: Schema, config: Schema | None, *, sound: bool = True) -> None:
        self._book = book
        self.sound = sound
        self.classes: list[type] = []
        self._validated_as_a_whole = False
        self._schema, self._config = self._peeled(schema, config)
        self.kind: Kind = _KINDS.get(self._schema["type"], "other")
        self._members: dict[Key, Part | None] = {}

    def _peeled(self, schema: Schema, config: Schema | None) -> tuple[Schema, Schema | None]:
        """The schema within wrappers that hand on what they get, and the config that rules there."""
        while True:
            match schema["type"]:
                case "definition-ref":
                    schema, config = self._book.definitions[schema["schema_ref"]], self._book.config
                    continue
                case "json-or-python":
                    schema = schema["json_schema"]
                    continue
                case "default":
                    self.sound &= schema.get("on_error", "raise") == "raise"
                case "nullable":
                    pass
                case "function-after":
                    self._validated_as_a_whole = True
                case "function-before" | "function-wrap":
                    self.sound = False
                case "model" | "dataclass":
                    self.sound &= not schema.get("custom_init")
                    self.classes.append(schema["cls"])
                case _:
                    break
            config = schema.get("config") if schema["type"] in _OWN_CONFIG else config
            schema = schema["schema"]
        return schema, schema.get("config") if schema["type"] in _OWN_CONFIG else config

    @property
    def json_type(self) -> type | None:
        """What JSON has to bring so that there are members: ``dict`` or ``list``."""
        return _JSON_TYPES.get(self.kind)

    @property
    def collection(self) -> str:
        """The name of the collection type of a list: ``"set"``, ``"tuple"``, ..."""
        return str(self._schema["type"])

    # Members.

    def member(self, key: Key) -> "Part | None":
        """The part at this key or index, if there is exactly one schema for it."""
        if key not in self._members:
            if self.kind != "object" and not isinstance(key, str if self.kind == "map" else int):
                return None
            slot = self._slot(key)
            if slot not in self._members:
                schema = self._member_schema(key)
                self._members[slot] = schema and self._book.part(schema, self._config, sound=self.sound)
            return self._members[slot]
        return self._members[key]

    def _slot(self, key: Key) -> Key:
        """Members with the same schema share a slot, and the keys that JSON invents take none."""
        if self.kind == "object":
            return key if key in self._names else -1
        if self.kind == "list" and isinstance(key, int):
            return min(key, len(self._item_schemas))
        return -1

    def _member_schema(self, key: Key) -> Schema | None:
        if self.kind == "object":
            name = self._names.get(key)
            return None if name is None else self._fields[name]["schema"]
        if self.kind == "list" and isinstance(key, int):
            return self._item_schema(key)
        return self._schema.get("values_schema", _ANY) if self.kind == "map" else None

    @cached_property
    def _item_schemas(self) -> list[Schema]:
        """The schemas of the first items, where those differ."""
        items = self._schema.get("items_schema", _ANY)
        if isinstance(items, Mapping) or self._schema.get("variadic_item_index") == 0:
            return []
        return list(items)

    def _item_schema(self, index: int) -> Schema | None:
        items, variadic = self._schema.get("items_schema", _ANY), self._schema.get("variadic_item_index")
        if isinstance(items, Mapping):
            return items
        if variadic is not None and index >= variadic:
            # What follows the variadic item is found from the end, which nobody knows yet.
            return items[variadic] if variadic == len(items) - 1 else None
        return items[index] if index < len(items) else None

    def name(self, key: Key) -> str | None:
        """The attribute of the field that this key of JSON stands for."""
        return self._names.get(key)

    @cached_property
    def _fields(self) -> dict[str, Schema]:
        fields = self._schema["fields"]
        return fields if isinstance(fields, dict) else {field["name"]: field for field in fields}

    @cached_property
    def _names(self) -> dict[Key, str]:
        """Keys that belong to one field whatever else comes, and to which."""
        names: dict[Key, str] = {}
        if self.kind == "object":
            for name in self._fields:
                first, *_ = self._lookups(name)
                if len(first) == 1 and first[0] not in self._doubtful:
                    names[first[0]] = name
        shared = [key for key in names if sum(self._reaches(name, key) for name in self._fields) > 1]
        return {key: name for key, name in names.items() if key not in shared}

    @cached_property
    def _doubtful(self) -> frozenset[Key]:
        """Keys that stand for a field only if a better one does not come."""
        return frozenset(
            lookup[0]
            for name, field in self._fields.items()
            for place, lookup in enumerate(self._lookups(name))
            if place > 0 or field.get("init") is False
        )

    def _reaches(self, name: str, key: Key) -> bool:
        return any(lookup[0] == key for lookup in self._lookups(name))

    def _lookups(self, name: str) -> list[list[Key]]:
        """Where a field is looked for in JSON, in this order."""
        match self._fields[name].get("validation_alias"):
            case str(alias):
                lookups: list[list[Key]] = [[alias]]
            case [str(), *_] as path:
                lookups = [list(path)]
            case [_, *_] as choices:
                lookups = [list(path) for path in choices]
            case _:
                return [[name]]
        by_alias, by_name = self._book.by_alias, self._book.by_name
        config = self._config or {}
        by_alias = config.get("validate_by_alias", True) if by_alias is None else by_alias
        by_name = config.get("validate_by_name", False) if by_name is None else by_name
        return (lookups if by_alias else []) + ([[name]] if by_name else [])

    # Checks. They raise pydantic's ValidationError, whose locations begin at the member.

    def checks(self, key: Key) -> bool:
        """Whether ``check`` may be asked about this member before the end."""
        if not self.sound:
            return False
        if self.kind == "object":
            return key not in self._doubtful and key not in self._waiting
        if self.kind == "list":
            schema = self._item_schema(key) if isinstance(key, int) else None
            return schema is not None and not self._book.waits(schema, self._config)
        return self.kind == "map" and not self._waiting

    @cached_property
    def _waiting(self) -> frozenset[Key]:
        """Members that cannot be checked before the end."""
        if self.kind == "map":
            schemas = {key: self._schema.get(key, _ANY) for key in ("keys_schema", "values_schema")}
            return frozenset(key for key, schema in schemas.items() if self._book.waits(schema, self._config))
        return frozenset(
            lookup[0]
            for name, field in self._fields.items()
            if self._book.waits(field["schema"], self._config)
            for lookup in self._lookups(name)
        )

    def check(self, members: Mapping[Key, Any], passed: Mapping[str, Any]) -> Mapping[Key, Any]:
        """The members as pydantic makes them: fields by attribute name, others by key.

        Of a list, members are checked together if ``same_items`` says so.
        """
        if self.kind == "list":
            first = next(iter(members))
            made = self._item_checker(first).validate_json(_core.dumps(list(members.values())), **passed)
            return dict(zip(members, made, strict=True))
        made = self._checker.validate_json(_core.dumps(members), **passed)
        if self.kind == "map":
            return dict(made)
        fields, extra = (made, None) if isinstance(made, dict) else made[:2]
        fields = {name: value for name, value in fields.items() if value is not _ABSENT}
        return {**fields, **extra} if isinstance(extra, dict) else fields

    @property
    def same_items(self) -> bool:
        """Whether all members are checked alike, so that many can be checked in one go."""
        return self.kind == "map" or (self.kind == "list" and not self._item_schemas)

    @cached_property
    def _checker(self) -> "SchemaValidator":
        """For some members of an object or a map, as if the others were still to come."""
        if self.kind == "map":
            kept = ("type", "keys_schema", "values_schema", "strict")
            return self._book.validator(_only(self._schema, kept), self._config)
        fields = {
            name: _soft(field, _ANY if self._book.waits(field["schema"], self._config) else field["schema"])
            for name, field in self._fields.items()
        }
        return self._book.validator(self._with_fields(fields), self._config)

    @cached_property
    def _item_checkers(self) -> "dict[Key, SchemaValidator]":
        return {}

    def _item_checker(self, index: Key) -> "SchemaValidator":
        slot = self._slot(index)
        if slot not in self._item_checkers:
            schema = self._member_schema(index)
            items = {"type": "list", "items_schema": schema}
            self._item_checkers[slot] = self._book.validator(items, self._config)
        return self._item_checkers[slot]

    def _with_fields(self, fields: Mapping[str, Schema]) -> Schema:
        as_dict = isinstance(self._schema["fields"], dict)
        return {**self._schema, "fields": dict(fields) if as_dict else list(fields.values())}

    def check_frame(self, value: Any, passed: Mapping[str, Any]) -> None:
        """What a whole value adds to its members: fields that are missing, a length out of bounds."""
        if self._frame is None:
            return
        if isinstance(value, dict):
            text = _core.dumps(dict.fromkeys(value))
        else:
            text = f"[{','.join(['null'] * len(value))}]"
        options = {name: option for name, option in passed.items() if name != "extra"}
        self._frame.validate_json(text, **options)

    @cached_property
    def _frame(self) -> "SchemaValidator | None":
        """The schema with nothing in it."""
        schema = self._schema
        bounded = "min_length" in schema or "max_length" in schema
        if self.kind == "object":
            fields = {name: self._framed(name) for name in self._fields}
            schema = _without(self._with_fields(fields), "extras_schema", "extras_keys_schema")
            schema = {**schema, "extra_behavior": "ignore"}
        elif schema["type"] == "tuple" and self._item_schemas:
            schema = {**schema, "items_schema": [_ANY] * len(self._item_schemas)}
        elif schema["type"] == "list" and bounded:
            schema = {**schema, "items_schema": _ANY}
        elif schema["type"] == "dict" and bounded:
            schema = _without(schema, "keys_schema", "values_schema")
        else:  # a set is as long as its items are different
            return None
        return self._book.validator(schema, self._config)

    def _framed(self, name: str) -> Schema:
        field = self._fields[name]
        elsewhere = any(len(lookup) > 1 for lookup in self._lookups(name))
        if elsewhere or field.get("required") is False or self._book.has_default(field["schema"]):
            return _soft(field, _ANY)
        return {**field, "schema": _ANY}

    # Tagged unions.

    @property
    def tag_key(self) -> str | None:
        """The key whose value chooses, if it is one key."""
        match self._schema.get("discriminator"):
            case str(key) | [str(key)] | [[str(key)]]:
                return key
        return None

    def choice(self, tag: Any) -> "Part | None":
        """The part that this tag chooses."""
        schema = self._choices.get(tag) if type(tag) in (str, int) else None
        return None if schema is None else self._book.part(schema, self._config, sound=self.sound)

    @cached_property
    def _choices(self) -> dict[Key, Schema]:
        choices = self._schema.get("choices")
        if not isinstance(choices, dict) or self.tag_key is None:
            return {}
        return {
            tag: schema
            for tag, schema in choices.items()
            if type(tag) in (str, int) and isinstance(schema, dict)
        }

    def check_tag(self, tag: Any, passed: Mapping[str, Any]) -> None:
        """Whether there is a choice for this tag."""
        self._tag_checker.validate_json(_core.dumps({self.tag_key: tag}), **passed)

    @cached_property
    def _tag_checker(self) -> "SchemaValidator":
        choices = dict.fromkeys(self._schema["choices"], _ANY)
        return self._book.validator({**self._schema, "choices": choices}, self._config)

    # Which parts are worth entering before they are whole.

    @cached_property
    def entered(self) -> bool:
        """Whether members are checked as they settle, and not the part when it is whole.

        Lists and maps are; objects and unions if they hold lists or maps of such. A list with a
        validator of its own is left whole, unless its items are objects.
        """
        return self._worth(set())

    def _worth(self, above: "set[Part]") -> bool:
        if not self.sound or self.kind == "other" or self in above:
            return False
        if self.kind in ("object", "union"):
            below = {*above, self}
            return any(part._collects() or part._worth(below) for part in self._parts())
        return self._collects() or (
            not self._validated_as_a_whole and any(part._schema != _ANY for part in self._parts())
        )

    def _collects(self) -> bool:
        """Whether it is a list or map of something that has members."""
        return (
            self.sound and self.kind in ("list", "map") and any(part.kind != "other" for part in self._parts())
        )

    def _parts(self) -> "Iterator[Part]":
        """The parts of all members."""
        if self.kind == "union":
            yield from (part for part in map(self.choice, self._choices) if part is not None)
            return
        keys: Iterable[Key] = self._names
        if self.kind == "list":
            keys = range(len(self._item_schemas) or 1)
        elif self.kind == "map":
            keys = ("",)
        yield from (part for part in map(self.member, keys) if part is not None)

    @cached_property
    def depth(self) -> int:
        """How long the paths are at which members are checked; 0 if there is nothing to check.

        Asked of the root, which is entered whatever it is: it is never whole before the end.
        """
        return self._depth(frozenset()) if self.sound and self.kind != "other" else 0

    def _depth(self, above: "frozenset[Part]") -> int:
        if self in above or len(above) >= _DEEPEST:
            return _DEEPEST
        below = above | {self}
        parts = list(self._parts())
        if self.kind == "union":  # a choice stands where the union stands
            return max((part._depth(below) for part in parts), default=0)
        if self.kind in ("list", "map") and all(part._schema == _ANY for part in parts):
            return 0
        return min(_DEEPEST, 1 + max((part._depth(below) for part in parts if part.entered), default=0))


class _Book:
    """What all parts of one type share."""

    def __init__(
        self, schema: Schema, config: Schema | None, by_alias: bool | None, by_name: bool | None
    ) -> None:
        self.config = config
        self.by_alias = by_alias
        self.by_name = by_name
        self.definitions: dict[str, Schema] = {}
        if schema["type"] == "definitions":
            self.definitions = {definition["ref"]: definition for definition in schema["definitions"]}
            schema = schema["schema"]
        self._parts: dict[tuple[int, int, bool], tuple[Schema, Schema | None, Part]] = {}
        self.root = self.part(schema, config)

    def part(self, schema: Schema, config: Schema | None, *, sound: bool = True) -> Part:
        """The part of a schema, the same each time: types contain themselves."""
        key = id(schema), id(config), sound
        if key not in self._parts:
            self._parts[key] = schema, config, Part(self, schema, config, sound=sound)
        return self._parts[key][-1]

    def validator(self, schema: Schema, config: Schema | None) -> "SchemaValidator":
        """Pydantic's validator for a piece of the type."""
        from pydantic_core import SchemaValidator

        whole: Any = schema
        if self.definitions:
            definitions = list(self.definitions.values())
            whole = {"type": "definitions", "schema": schema, "definitions": definitions}
        return SchemaValidator(whole, config and dict(config))  # type: ignore[arg-type]

    def waits(self, schema: Schema, config: Schema | None) -> bool:
        """Whether the piece can only be checked with everything else."""
        seen: set[str] = set()
        found = list(_schemas(schema))
        while found:
            piece = found.pop()
            if not _looks_at_its_input_only(piece):
                return True
            if piece["type"] == "definition-ref":
                ref = piece["schema_ref"]
                if ref not in seen:
                    seen.add(ref)
                    found.extend(_schemas(self.definitions[ref]))
            for key in _BELOW:
                found.extend(_schemas(piece.get(key)))
        return any(self._needs_root_config(ref, config) for ref in seen)

    def _needs_root_config(self, ref: str, config: Schema | None) -> bool:
        """Whether a definition reads the config of the root, and would be given another one here."""
        definition = self.definitions[ref]
        while definition["type"] in _FUNCTIONS and "schema" in definition:
            definition = definition["schema"]
        if definition["type"] in _OWN_CONFIG:
            return False
        return _without(config or {}, "title") != _without(self.config or {}, "title")

    def has_default(self, schema: Schema | None) -> bool:
        """Whether a field with this schema may be missing."""
        while schema is not None and schema["type"] != "default":
            ref = schema.get("schema_ref")
            schema = self.definitions[ref] if ref is not None else schema.get("schema")
        return schema is not None


def _schemas(found: Any) -> Iterator[Schema]:
    """The schemas in what stands below a schema: one, a list, a dict by name, pairs with a label."""
    if isinstance(found, dict):
        if isinstance(found.get("type"), str):
            yield found
        elif isinstance(found.get("name"), str) and isinstance(found.get("schema"), dict):
            yield found["schema"]  # an argument of a call
        else:
            for value in found.values():
                yield from _schemas(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from _schemas(value)


def _looks_at_its_input_only(schema: Schema) -> bool:
    if schema["type"] in _FUNCTIONS:
        return bool(schema["function"]["type"] == "no-info")
    return schema["type"] in _KNOWN


def _soft(field: Schema, schema: Schema) -> Schema:
    """The field with another schema, and no complaint when it is missing."""
    soft = {"type": "default", "schema": schema, "default": _ABSENT, "validate_default": False}
    return {**field, "schema": soft, **({"required": False} if field["type"] == "typed-dict-field" else {})}


def _only(schema: Schema, keys: Iterable[str]) -> Schema:
    return {key: schema[key] for key in keys if key in schema}


def _without(schema: Schema, *keys: str) -> Schema:
    return {key: value for key, value in schema.items() if key not in keys}


_REMEMBERED = 64
_books: "OrderedDict[tuple[int, bool | None, bool | None], tuple[Any, _Book]]" = OrderedDict()


def parts_of(
    adapter: "TypeAdapter[Any]", by_alias: bool | None = None, by_name: bool | None = None
) -> Part | None:
    """The root part of a type; None if pydantic does not show its schema.

    Remembered for the types used last: making the validators costs more than reading a short answer.
    """
    from pydantic_core import SchemaValidator

    validator = getattr(adapter.validator, "_schema_validator", adapter.validator)  # as plugins wrap it
    if not isinstance(validator, SchemaValidator):
        return None
    schema, config, *_ = validator.__reduce__()[1]
    key = id(schema), by_alias, by_name
    if key in _books:
        _books.move_to_end(key)
    else:
        _books[key] = schema, _Book(schema, config, by_alias, by_name)
        while len(_books) > _REMEMBERED:
            _books.popitem(last=False)
    return _books[key][1].root
