"""A type in parts: what stands where in it, and how pydantic checks one piece of it alone.

Coming in: pydantic's core schema of a type. Going out: a tree of :class:`Part`, one for each object,
list or map that the type has, which checks single members by the schema's own piece for them.
Decided elsewhere: when something is checked (``early.py``), what is made of it (``view.py``).

This file, ``schemas.py`` and ``json/core_schema.py`` are all that knows how a core schema is laid out.
They may be wrong in one direction only: a place that they do not recognise, whose fate depends on
something outside it, or that has a validator which takes ``ValidationInfo``, is left alone, and pydantic's
last word at the end of the stream covers it. So a new pydantic can cost earliness and nothing else.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property, lru_cache
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

from .. import _core
from ..json.core_schema import fields_of, lookups, schema_of
from .schemas import Definitions, Schema, schemas_in, without

if TYPE_CHECKING:
    from pydantic import TypeAdapter
    from pydantic_core import SchemaValidator

Key = str | int
Kind = Literal["object", "list", "map", "union", "other"]

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
_CHANGES_OF_TEXT = ("strip_whitespace", "to_lower", "to_upper")
_ANY: Schema = {"type": "any"}
_LIST_OF_ANY: Schema = {"type": "list"}

NO_OPTIONS: Mapping[str, Any] = {}
"""Of ``validate_json``."""

_DEEPEST = 8
"""So many levels of a type that contains itself are checked piece by piece; the rest with its piece."""


class _Absent:
    """Stands for a field that has not come."""


_ABSENT = _Absent()


class Extra(NamedTuple):
    """The name of a member that a model does not know; a field may have the same one."""

    key: Key


class Part:
    """One object, list, map or tagged union of a type; or another place, which has no members.

    Attributes:
        kind: how members are found.
        sound: whether a member that is refused makes the whole value refused. Not so where a
            union tries another choice, or a validator changes what it gets.
        classes: the models and dataclasses whose instances stand here, outermost first.
    """

    def __init__(self, book: "_Book", schema: Schema, config: Schema | None, sound: bool) -> None:
        self.sound = sound
        self.classes: list[type] = []
        self._book = book
        self._validated_whole = False
        self._finished_by_class = False
        self._schema, self._config = self._peeled(schema, config)
        self.kind: Kind = _KINDS.get(self._schema["type"], "other")
        self._members: dict[Key, Part | None] = {}
        self._judged: dict[Key, tuple[Part | None, bool]] = {}
        self._slot_waits: dict[Key, bool] = {}
        self._item_checkers: dict[Key, SchemaValidator] = {}
        self._makers: dict[tuple[str, ...], SchemaValidator | None] = {}

    def _peeled(self, schema: Schema, config: Schema | None) -> tuple[Schema, Schema | None]:
        """The schema within all wrappers that hand on what they get, and the config that rules there."""
        followed: set[str] = set()
        while True:
            match schema["type"]:
                case "definition-ref":
                    if schema["schema_ref"] in followed:  # it holds nothing but itself
                        return _ANY, None
                    followed.add(schema["schema_ref"])
                    schema, config = self._book.definitions[schema["schema_ref"]], self._book.config
                    continue
                case "json-or-python":
                    schema = schema["json_schema"]
                    continue
                case "nullable":
                    pass
                case "default":
                    self.sound &= schema.get("on_error", "raise") == "raise"
                case "function-after":
                    self._validated_whole = True
                case "function-before" | "function-wrap":
                    self.sound = False
                case "model" | "dataclass":
                    self.sound &= not schema.get("custom_init")
                    self.classes.append(schema["cls"])
                    self._finished_by_class |= bool(schema.get("post_init") or schema.get("root_model"))
                    config = schema.get("config")
                case "typed-dict":
                    return schema, schema.get("config")
                case _:
                    return schema, config
            schema = schema["schema"]

    @property
    def json_type(self) -> type | None:
        """What JSON has to bring for there to be members: ``dict`` or ``list``."""
        return _JSON_TYPES.get(self.kind)

    @property
    def collection(self) -> str:
        """Which collection a list is: ``"list"``, ``"set"``, ``"tuple"``, ..."""
        return str(self._schema["type"])

    @property
    def anything(self) -> bool:
        """Whether all values stand here as they are."""
        return bool(self._schema["type"] == "any")

    @cached_property
    def text(self) -> bool:
        """Whether a string may stand here as it is."""
        if self._schema["type"] == "union":
            choices = schemas_in(self._schema["choices"])
            return any(self._book.part(choice, self._config).text for choice in choices)
        return self._schema["type"] in ("str", "any")

    # What may be put together without pydantic.

    @cached_property
    def plain(self) -> bool:
        """Whether a string stands here as it is, if it is valid."""
        if not self._untouched or self._schema["type"] not in ("str", "any"):
            return False
        changed = any(self._schema.get(name) for name in _CHANGES_OF_TEXT)
        return not changed and not any((self._config or {}).get(f"str_{name}") for name in _CHANGES_OF_TEXT)

    @cached_property
    def composed(self) -> bool:
        """Whether valid members, and the defaults of missing ones, make the value that pydantic makes."""
        if not self._untouched or self._finished_by_class or len(self.classes) > 1:
            return False
        match self.kind:
            case "object":
                plain_fields = all(
                    field.get("init", True) and not field.get("init_only") for field in self._fields.values()
                )
                one_place = all(len(lookup) == 1 for lookups in self._lookups.values() for lookup in lookups)
                alone = not any(self._book.looks_around(field["schema"]) for field in self._fields.values())
                return plain_fields and one_place and alone and not self._doubtful
            case "list":
                return self.collection == "list" and not self.classes
            case "map":
                return self.keys_stay
        return False

    @property
    def _untouched(self) -> bool:
        """Whether no validator changes, or looks at, the whole."""
        return self.sound and not self._validated_whole

    @cached_property
    def exact(self) -> bool:
        """Whether this root is ``composed``, and nothing in it needs to see the rest of the value."""
        return self.composed and not self._book.waits(self._book.schema, self._book.config)

    def defaults(self, names: frozenset[Any]) -> dict[str, Any] | None:
        """The defaults of the fields of an object that are not among these; None if one has none."""
        missing = tuple(name for name in self._fields if name not in names)
        if not missing or self._schema["type"] == "typed-dict":  # what is missing there stays so
            return {}
        if missing not in self._makers:
            self._makers[missing] = self._maker(missing)
        maker = self._makers[missing]
        if maker is None:
            return None
        made: dict[str, Any] = maker.validate_python({})[0]
        return made

    def _maker(self, missing: Sequence[str]) -> "SchemaValidator | None":
        fields = {name: self._fields[name] for name in missing}
        if not all(self._book.has_default(field["schema"]) for field in fields.values()):
            return None
        schema = without(self._with_fields(fields), "extras_schema", "extras_keys_schema")
        return self._book.validator({**schema, "extra_behavior": "ignore"}, self._config)

    def in_order(self, members: Mapping[Any, Any]) -> dict[Any, Any]:
        """The members of an object, fields first, in the order of the class."""
        fields = {name: members[name] for name in self._fields if name in members}
        return fields if len(fields) == len(members) else {**fields, **members}

    # Members.

    def member(self, key: Key) -> "Part | None":
        """What may stand at this key or index; None for what the type does not know."""
        slot = self._slot(key)
        if slot not in self._members:
            schema = self._member_schema(key)
            part = None if schema is None else self._book.part(schema, self._config, self.sound)
            self._members[slot] = part
        return self._members[slot]

    def lists(self, path: Sequence[Key]) -> "list[Part]":
        """The lists that may stand at a path below this part."""
        if self._schema["type"] in ("union", "tagged-union"):
            choices = [
                self._book.part(choice, self._config) for choice in schemas_in(self._schema["choices"])
            ]
            return [found for choice in choices for found in choice.lists(path)]
        if self._schema["type"] == "any":
            return [self._book.part(_LIST_OF_ANY, None)]
        if not path:
            return [self] if self.kind == "list" else []
        member = self.member(path[0])
        return [] if member is None else member.lists(path[1:])

    def name(self, key: Key) -> str | None:
        """The attribute of the field that this key of an object stands for."""
        return self._names.get(key)

    def step(self, key: Key) -> Key:
        """What pydantic calls this member when it complains."""
        by_key = self.kind != "object" or (self._config or {}).get("loc_by_alias", True)
        return key if by_key else self._names.get(key, key)

    def _slot(self, key: Key) -> Key:
        """Members of one schema share a slot: unknown keys -1, and what cannot be a member -2."""
        if isinstance(key, int) is not (self.kind == "list"):
            return -2
        if self.kind == "object":
            return key if key in self._keys else -1
        if self.kind == "list" and isinstance(key, int):
            return min(key, len(self._single_items))
        return 0

    def _member_schema(self, key: Key) -> Schema | None:
        slot = self._slot(key)
        if slot == -2:
            return None
        if self.kind == "object":
            name = self._names.get(key)
            return None if name is None else self._field_schema(name)
        if self.kind == "list":
            return self._item_schema(int(slot))
        values: Schema = self._schema.get("values_schema", _ANY)
        return values

    def _item_schema(self, slot: int) -> Schema | None:
        items = self._schema.get("items_schema", _ANY)
        if isinstance(items, Mapping):
            return items
        if "variadic_item_index" in self._schema:  # items after a variadic one are counted from the end
            return items[0] if len(items) == 1 else None
        return items[slot] if slot < len(items) else None

    @cached_property
    def _single_items(self) -> Sequence[Schema]:
        """The schemas of a tuple's items, where each has its own."""
        items = self._schema.get("items_schema", _ANY)
        return [] if isinstance(items, Mapping) or "variadic_item_index" in self._schema else items

    # The fields of an object, and the keys of JSON that stand for them.

    @cached_property
    def _fields(self) -> dict[str, Schema]:
        return fields_of(self._schema) if self.kind == "object" else {}

    def _field_schema(self, name: str) -> Schema:
        schema: Schema = self._fields[name]["schema"]
        return schema

    @cached_property
    def _lookups(self) -> dict[str, list[list[Key]]]:
        """Where in JSON each field is looked for, the best place first."""
        by_alias, by_name = self._book.by_alias, self._book.by_name
        return {
            name: lookups(name, field, self._config, by_alias, by_name)
            for name, field in self._fields.items()
        }

    @cached_property
    def _keys(self) -> Counter[Key]:
        """The keys of JSON at which fields are looked for, and how many fields at each."""
        first_steps = [{lookup[0] for lookup in lookups} for lookups in self._lookups.values()]
        return Counter(key for keys in first_steps for key in keys)

    @cached_property
    def _names(self) -> dict[Key, str]:
        """The keys that stand for one field, and for which."""
        return {
            lookup[0]: name
            for name, lookups in self._lookups.items()
            for lookup in lookups
            if len(lookup) == 1 and self._keys[lookup[0]] == 1 and self._fields[name].get("init", True)
        }

    @cached_property
    def _doubtful(self) -> dict[Key, int]:
        """Keys that stand for a field only if a better one does not come: how many are better."""
        return {
            lookup[0]: place
            for name, lookups in self._lookups.items()
            for place, lookup in enumerate(lookups)
            if place > 0 or not self._fields[name].get("init", True)
        }

    def worst_first(self, keys: Iterable[Key]) -> Iterable[Key]:
        """These keys, so that the last one of several for one field is the one that pydantic takes."""
        if not self._doubtful:
            return keys
        return sorted(keys, key=lambda key: self._doubtful.get(key, 0), reverse=True)

    # Checks. They raise pydantic's ValidationError, whose locations begin at the member.

    def judged(self, key: Key) -> "tuple[Part | None, bool]":
        """How a member is judged when it settles: by its own members, if a part is given; or else
        by ``check``, if the truth is given, for then a refusal is final; or else at the end.
        """
        slot = self._slot(key)
        if slot not in self._judged:
            certain = self.sound and not (self.kind == "object" and key in self._doubtful)
            member = self.member(key) if certain else None
            entered = member if member is not None and member.entered else None
            self._judged[slot] = entered, certain and not self.waits(key)
        return self._judged[slot]

    def waits(self, key: Key) -> bool:
        """Whether this member cannot be checked without the rest of the value."""
        if self.kind == "object":
            return key in self._waiting or not isinstance(key, str)
        slot = self._slot(key)
        if slot not in self._slot_waits:
            schema = self._member_schema(key)
            schemas = [schema, self._schema.get("keys_schema", _ANY)]
            waits = any(piece is None or self._book.waits(piece, self._config) for piece in schemas)
            self._slot_waits[slot] = waits
        return self._slot_waits[slot]

    @cached_property
    def _waiting(self) -> frozenset[Key]:
        """The keys of an object that wait."""
        return frozenset(
            lookup[0]
            for name, lookups in self._lookups.items()
            if self._book.waits(self._field_schema(name), self._config)
            for lookup in lookups
        )

    @property
    def uniform(self) -> bool:
        """Whether all members are checked alike, so that many can be checked in one go."""
        return self.kind == "map" or (self.kind == "list" and not self._single_items)

    def check(self, members: Mapping[Key, Any], passed: Mapping[str, Any]) -> dict[Any, Any]:
        """Some members as pydantic makes them: fields by attribute name, extra ones of a model by
        ``Extra``, all others by key.

        Several at once only if ``uniform``. Of a list, pydantic counts them from 0. Of a union, the
        tag can be checked.
        """
        if self.kind == "list":
            items = _core.dumps(list(members.values()))
            made = self._item_checker(next(iter(members))).validate_json(items, **passed)
            return dict(zip(members, made, strict=False))  # a validator may omit an item
        made = self._checker.validate_json(_core.dumps(members), **passed)
        if self.kind in ("map", "union"):
            return dict(made)
        fields, extra = (made, None) if isinstance(made, dict) else made[:2]
        fields = {name: value for name, value in fields.items() if value is not _ABSENT}
        return (
            fields | {Extra(key): value for key, value in extra.items()}
            if isinstance(extra, dict)
            else fields
        )

    def checked(
        self, members: Mapping[Key, Any], passed: Mapping[str, Any] = NO_OPTIONS
    ) -> dict[Any, Any] | None:
        """``check`` for who only wants to look: None if a member does not validate."""
        return _made(self.check, members, passed)

    def checked_keys(self, key: Key, passed: Mapping[str, Any]) -> Iterable[Any]:
        """The key of a map as pydantic makes it; none if it does not validate."""
        return _made(self.check_keys, {key: None}, passed) or ()

    @cached_property
    def _checker(self) -> "SchemaValidator":
        """For some members of an object, map or union, as if the others were still to come."""
        if self.kind == "union":
            choices = dict.fromkeys(self._schema["choices"], _ANY)
            return self._book.validator({**self._schema, "choices": choices}, self._config)
        if self.kind == "map":
            return self._book.validator(without(self._schema, "min_length", "max_length"), self._config)
        waits, config = self._book.waits, self._config
        fields = {
            name: _soft(field, _ANY if waits(field["schema"], config) else field["schema"])
            for name, field in self._fields.items()
        }
        return self._book.validator(self._with_fields(fields), config)

    @property
    def keys_stay(self) -> bool:
        """Whether the keys of a map are any texts, as they stand in JSON."""
        return self._schema.get("keys_schema", _ANY) in (_ANY, {"type": "str"})

    def check_keys(self, members: Mapping[Key, Any], passed: Mapping[str, Any]) -> dict[Any, Any]:
        """The members of a map, of which only the keys are checked."""
        return dict(self._key_checker.validate_json(_core.dumps(members), **passed))

    @cached_property
    def _key_checker(self) -> "SchemaValidator":
        schema = without(self._schema, "values_schema", "min_length", "max_length")
        return self._book.validator(schema, self._config)

    def _item_checker(self, index: Key) -> "SchemaValidator":
        slot = self._slot(index)
        if slot not in self._item_checkers:
            schema = {"type": "list", "items_schema": self._member_schema(index)}
            self._item_checkers[slot] = self._book.validator(schema, self._config)
        return self._item_checkers[slot]

    def check_frame(self, value: Any, passed: Mapping[str, Any]) -> None:
        """What a whole value is without its members: whether fields are missing, whether it is too long."""
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
        """For a whole value with null for each member; extra fields have been refused one by one."""
        schema, bounds = self._schema, {"min_length", "max_length"} & self._schema.keys()
        if self.kind == "object":
            fields = {name: self._framed(name) for name in self._fields}
            schema = without(self._with_fields(fields), "extras_schema", "extras_keys_schema")
            return self._book.validator({**schema, "extra_behavior": "ignore"}, self._config)
        if self.kind == "map":  # keys may become the same one, so only too few are too few
            schema = without(schema, "keys_schema", "values_schema", "max_length")
            return self._book.validator(schema, self._config) if "min_length" in bounds else None
        if any(self._book.may_omit(item) for item in schemas_in(schema.get("items_schema"))):
            return None
        if self._single_items:
            schema = {**schema, "items_schema": [_ANY] * len(self._single_items)}
        elif bounds and self.collection in ("list", "deque"):
            schema = {**schema, "items_schema": _ANY}
        else:  # items of a set may become the same one
            return None
        return self._book.validator(schema, self._config)

    def _framed(self, name: str) -> Schema:
        field = self._fields[name]
        elsewhere = any(len(lookup) > 1 for lookup in self._lookups[name])
        if elsewhere or field.get("required") is False or self._book.has_default(field["schema"]):
            return _soft(field, _ANY)
        return {**field, "schema": _ANY}

    def _with_fields(self, fields: Mapping[str, Schema]) -> Schema:
        as_dict = isinstance(self._schema["fields"], dict)
        return {**self._schema, "fields": dict(fields) if as_dict else list(fields.values())}

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
        return None if schema is None else self._book.part(schema, self._config, self.sound)

    @cached_property
    def _choices(self) -> dict[Key, Schema]:
        choices: Mapping[Any, Any] = self._schema["choices"] if self.tag_key is not None else {}
        known = {tag: schema for tag, schema in choices.items() if type(tag) in (str, int)}
        return known if all(isinstance(schema, dict) for schema in known.values()) else {}

    # Which parts are worth entering before they are whole.

    @cached_property
    def entered(self) -> bool:
        """Whether members are checked one by one as they settle, and not the part when it is whole.

        Lists and maps are entered; objects and unions where a list or map of such is in them. A list
        that has a validator of its own is left whole, unless it is one of objects.
        """
        if self.kind in ("list", "map"):
            of_anything = all(part._schema == _ANY for part in self._parts())
            return self._of_objects or (self.sound and not self._validated_whole and not of_anything)
        seen, found = {self}, [self]
        for part in found:
            for member in part._parts():
                if member._of_objects:
                    return self.sound
                if member.kind in ("object", "union") and member not in seen:
                    seen.add(member)
                    found.append(member)
        return False

    @property
    def _of_objects(self) -> bool:
        """Whether it is a list or map of something that has members."""
        collects = self.sound and self.kind in ("list", "map")
        return collects and any(part.kind != "other" for part in self._parts())

    @cached_property
    def depth(self) -> int:
        """Up to which length of paths members are checked; 0 if nothing is.

        Asked of the root, which is entered in any case: it is not whole before the end.
        """
        level, parts = 0, {self} if self.sound else set()
        while level < _DEEPEST:
            parts |= {choice for part in parts if part.kind == "union" for choice in part._parts()}
            parts = {part for part in parts if part.kind not in ("union", "other")}
            parts = {part for part in parts if part.kind == "object" or part.entered}
            if not parts:
                break
            level += 1
            parts = {member for part in parts for member in part._parts() if member.entered}
        return level

    def _parts(self) -> "Iterator[Part]":
        """The parts of all members, or of all choices."""
        keys: Iterable[Key] = self._names
        if self.kind == "list":
            keys = range(len(self._single_items) or 1)
        elif self.kind == "map":
            keys = ("",)
        elif self.kind == "union":
            keys = self._choices
        part_of = self.choice if self.kind == "union" else self.member
        yield from (part for part in map(part_of, keys) if part is not None)


class _Book(Definitions):
    """What all parts of one type share."""

    def __init__(
        self, schema: Schema, config: Schema | None, by_alias: bool | None, by_name: bool | None
    ) -> None:
        super().__init__(schema, config)
        self.by_alias = by_alias
        self.by_name = by_name
        self._parts: dict[tuple[int, int, bool], tuple[Schema, Schema | None, Part]] = {}
        self.root = self.part(self.schema, config)

    def part(self, schema: Schema, config: Schema | None, sound: bool = True) -> Part:
        """The part of a schema, the same one each time: types contain themselves."""
        key = id(schema), id(config), sound
        if key not in self._parts:
            self._parts[key] = schema, config, Part(self, schema, config, sound)
        return self._parts[key][-1]


def _made(
    check: Callable[[Mapping[Key, Any], Mapping[str, Any]], dict[Any, Any]],
    members: Mapping[Key, Any],
    passed: Mapping[str, Any],
) -> dict[Any, Any] | None:
    from pydantic import ValidationError

    try:
        return check(members, passed)
    except ValidationError:
        return None
    except Exception:  # what else a validator raises, it raises again at the end
        return None


def _soft(field: Schema, schema: Schema) -> Schema:
    """The field with another schema, and without complaint when it is missing."""
    default = {"type": "default", "schema": schema, "default": _ABSENT, "validate_default": False}
    required = {"required": False} if field["type"] == "typed-dict-field" else {}
    return {**field, "schema": default, **required}


class _Same:
    """A schema as a key: it equals itself."""

    def __init__(self, schema: Schema, config: Schema | None) -> None:
        self.schema = schema
        self.config = config

    def __hash__(self) -> int:
        return id(self.schema)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Same) and self.schema is other.schema and self.config is other.config


@lru_cache(maxsize=64)
def _book(type_: _Same, by_alias: bool | None, by_name: bool | None) -> _Book:
    # Remembered, because making the validators costs more than reading a short answer.
    return _Book(type_.schema, type_.config, by_alias, by_name)


def parts_of(
    adapter: "TypeAdapter[Any]", by_alias: bool | None = None, by_name: bool | None = None
) -> Part | None:
    """The root part of a type, or None where pydantic does not show its schema."""
    found = schema_of(adapter)
    return None if found is None else _book(_Same(*found), by_alias, by_name).root
