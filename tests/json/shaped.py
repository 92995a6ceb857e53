"""Types, JSON schemas, texts and values for reading with a shape in mind.

Coming in: nothing. Going out: the tables of ``test_shapes.py``.
"""
# ruff: noqa: E501  (a row is a line)

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import Enum, IntEnum
from typing import Annotated, Any, Generic, Literal, Optional, TypeVar
from uuid import UUID

from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    RootModel,
    Tag,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypedDict

T = TypeVar("T")


class Colour(Enum):
    RED = "red"
    GREEN = "green"


class Level(IntEnum):
    LOW = 1
    HIGH = 2


class Item(BaseModel):
    name: str
    price: float = 0.0


class Order(BaseModel):
    items: list[Item] = []
    tags: list[str] = []
    counts: list[int] = []
    main: Item | None = None
    code: str = ""
    total: float = 0.0
    paid: bool = False


class Cat(BaseModel):
    kind: Literal["cat"]
    mood: Colour
    lives: int = 9


class Dog(BaseModel):
    kind: Literal["dog"]
    mood: str
    tricks: list[str] = []


class Home(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Node(BaseModel):
    word: str = ""
    below: list[Node] = []


class Aliased(BaseModel):
    model_config = ConfigDict(populate_by_name=True)
    plain: Colour = Field(default=Colour.RED, alias="aPlain")
    chosen: Colour = Field(
        default=Colour.RED, validation_alias=AliasChoices("one", "two", AliasPath("deep", 1, "x"))
    )


class Strict(BaseModel):
    model_config = ConfigDict(strict=True)
    number: int = 0
    flag: bool = False


class Tagged(BaseModel):
    a: list[str]


class Counted(BaseModel):
    b: list[int]


class Chosen(BaseModel):
    a: Literal[1, "x"]


class Number(Enum):
    ONE = 1
    B = "b"


class Itself(RootModel[Optional["Itself"]]):
    pass


class Deferred(BaseModel):
    model_config = ConfigDict(defer_build=True)
    a: list[int]


class Split(BaseModel):
    words: Annotated[
        list[str], BeforeValidator(lambda value: value.split(",") if isinstance(value, str) else value)
    ]


class Page(BaseModel, Generic[T]):
    rows: list[T]


@pydantic_dataclass
class Point:
    x: float
    label: str = ""


@dataclass
class Plain:
    names: list[str]


class Entry(TypedDict, total=False):
    when: date
    notes: list[str]


def _pet(value: Any) -> str:
    return "cat" if isinstance(value, dict) and "lives" in value else "dog"


Called = Annotated[Annotated[Cat, Tag("cat")] | Annotated[Dog, Tag("dog")], Discriminator(_pet)]

TOOL = {
    "type": "object",
    "properties": {
        "city": {"type": "string"},
        "days": {"type": "integer"},
        "stops": {"type": "array", "items": {"$ref": "#/$defs/stop"}},
        "unit": {"enum": ["c", "f"]},
    },
    "$defs": {
        "stop": {"type": "object", "properties": {"name": {"type": "string"}, "day": {"type": "integer"}}}
    },
}

# (what is read with, text, read with the shape, read without it)
READINGS: list[tuple[str, Any, str, Any, Any]] = [
    # One value where a list is wanted.
    ("one string", Order, '{"tags": "new"}', {"tags": ["new"]}, {"tags": "new"}),
    ("one object", Order, '{"items": {"name": "pen"}}', {"items": [{"name": "pen"}]}, {"items": {"name": "pen"}}),
    ("a list that lost its bracket", Order, '{"items": {"name": "pen"}, {"name": "ink"}], "code": "a"}', {"items": [{"name": "pen"}, {"name": "ink"}], "code": "a"}, None),
    ("a list that lost both", Order, '{"items": {"name": "pen"}, {"name": "ink"}, "code": "a"}', {"items": [{"name": "pen"}, {"name": "ink"}], "code": "a"}, None),
    ("a key that lost its end", Order, '{"code": "a", "counts: [3]}', {"code": "a", "counts": [3]}, {"code": "a"}),
    ("one number", Order, '{"counts": 3}', {"counts": [3]}, {"counts": 3}),
    ("one bare word", Order, '{"tags": new}', {"tags": ["new"]}, {"tags": "new"}),
    ("one root object", list[Item], '{"name": "pen"}', [{"name": "pen"}], {"name": "pen"}),
    ("one root string", list[str], '"pen"', ["pen"], "pen"),
    ("one where the model is built late", Deferred, '{"a": 1}', {"a": [1]}, {"a": 1}),
    ("a member that only a pattern rules", {"patternProperties": {"^x": {"type": "array"}}}, '{"b": 1}', {"b": 1}, {"b": 1}),
    ("a list stays", Order, '{"tags": ["a"]}', {"tags": ["a"]}, {"tags": ["a"]}),
    ("a wrong kind stays", Order, '{"counts": "many"}', {"counts": "many"}, {"counts": "many"}),
    ("one of a plain dataclass", Plain, '{"names": "x"}', {"names": ["x"]}, {"names": "x"}),
    ("one of a typed dict", Entry, '{"notes": "x"}', {"notes": ["x"]}, {"notes": "x"}),
    ("one of a generic", Page[Item], '{"rows": {"name": "p"}}', {"rows": [{"name": "p"}]}, {"rows": {"name": "p"}}),
    ("one below itself", Node, '{"below": {"below": {"word": "x"}}}', {"below": [{"below": [{"word": "x"}]}]}, None),
    # Doubly encoded JSON where an object or array is wanted.
    ("an encoded object", Order, r'{"main": "{\"name\": \"pen\"}"}', {"main": {"name": "pen"}}, None),
    ("an encoded array", Order, r'{"tags": "[\"a\", \"b\"]"}', {"tags": ["a", "b"]}, None),
    ("an encoded object for a list", Order, r'{"items": "{\"name\": \"a\"}"}', {"items": [{"name": "a"}]}, None),
    ("an encoded root", Order, r'"{\"tags\": [\"a\"]}"', {"tags": ["a"]}, '{"tags": ["a"]}'),
    ("encoded and broken", Order, r'{"main": "{name: \"pen\",}"}', {"main": {"name": "pen"}}, None),
    ("text that begins like JSON", Order, '{"main": "{a} is b"}', {"main": "{a} is b"}, {"main": "{a} is b"}),
    ("JSON where a string is wanted", Order, r'{"code": "{\"a\": 1}"}', {"code": '{"a": 1}'}, {"code": '{"a": 1}'}),
    ("a field that decodes by itself", Json[list[int]], '"[1, 2]"', "[1, 2]", "[1, 2]"),
    # Numbers.
    ("groups of thousands in quotes", Order, '{"total": "1,234.50"}', {"total": 1234.5}, {"total": "1,234.50"}),
    ("a leading zero, number wanted", Order, '{"total": 01970}', {"total": 1970}, {"total": "01970"}),
    ("a leading zero, text wanted", Order, '{"code": 01970}', {"code": "01970"}, {"code": "01970"}),
    ("groups where text is wanted", Order, '{"code": 1,234}', {"code": "1,234"}, {"code": 1234}),
    ("a number where text is wanted", Order, '{"code": 1970}', {"code": "1970"}, {"code": 1970}),
    ("a number in quotes is left to pydantic", Order, '{"total": "12"}', {"total": "12"}, {"total": "12"}),
    ("a number in quotes, strict", Strict, '{"number": "12"}', {"number": 12}, {"number": "12"}),
    ("a number in quotes, by schema", TOOL, '{"days": "12"}', {"days": 12}, {"days": "12"}),
    ("a literal in quotes, strict", Strict, '{"flag": "True"}', {"flag": True}, {"flag": "True"}),
    ("a literal where text is wanted", Order, '{"code": True}', {"code": "True"}, {"code": True}),
    ("null in quotes", Order, '{"main": "None"}', {"main": None}, {"main": "None"}),
    # Prose, and several roots.
    ("a list before the object", Order, '[1, 2] {"code": "a"}', {"code": "a"}, None),
    ("an object in prose before the list", list[Item], 'As {"a": 1}: [{"name": "x"}]', [{"name": "x"}], None),
    ("the first of two objects", Order, '{"code": "a"} {"code": "b"}', {"code": "a"}, [{"code": "a"}, {"code": "b"}]),
    ("a stranger before the object", Order, 'From {"x": 1} I got {"code": "b"}', {"code": "b"}, None),
    ("a fenced object after a plain one", Order, 'e.g. {"code": "a"}\n```\n{"code": "b"}\n```', {"code": "b"}, None),
    ("a tag in an ignored value", Order, '{"code": "a"}\n{"code": "</think>"}', {"code": "a"}, None),
    ("several roots for a list", list[Item], '{"name": "a"}\n{"name": "b"}', [{"name": "a"}, {"name": "b"}], None),
    ("unknown keys alone are structure", Order, '{"code": "a", "x": "b"}', {"code": "a", "x": "b"}, None),
    # Inner quotation marks next to keys that nobody knows.
    (
        "an unknown key in a torn string",
        Order,
        '{"code": "She wrote "hi", "bye": and left", "paid": true}',
        {"code": 'She wrote "hi", "bye": and left', "paid": True},
        {"code": 'She wrote "hi', "bye": "and left", "paid": True},
    ),
    (
        "a known key after a torn string",
        Order,
        '{"code": "She wrote "hi", "paid": true}',
        {"code": 'She wrote "hi', "paid": True},
        {"code": 'She wrote "hi', "paid": True},
    ),
    (
        "an unknown key with a value after a torn string",
        Order,
        '{"code": "She wrote "hi", "extra": 1}',
        {"code": 'She wrote "hi', "extra": 1},
        {"code": 'She wrote "hi', "extra": 1},
    ),
    # Before a discriminator both are expected, after it the one.
    ("after the discriminator", Home, '{"pet": {"kind": "dog", "tricks": "sit"}}', {"pet": {"kind": "dog", "tricks": ["sit"]}}, None),
    ("by reference of a schema", TOOL, '{"stops": {"name": "Foz"}}', {"stops": [{"name": "Foz"}]}, None),
    ("a validator that sees the string first", Split, '{"words": "a,b"}', {"words": "a,b"}, {"words": "a,b"}),
]  # fmt: skip

TYPES: list[Any] = [
    int, float, str, bool, bytes, None, Decimal, date, datetime, UUID, Colour, Level, Literal["a", 1, None, True],
    Any, list[int], list[str], list[list[int]], list[Any], set[str], tuple[int, str], tuple[int, ...], frozenset[int],
    dict[str, int], dict[str, list[str]], dict[int, Any], int | None, str | int, list[str] | str, Item | list[Item],
    Tagged | Counted, Chosen, Literal[True, "x"], Number, Deferred, Item, Order, Home, Node, Aliased, Strict, Split, Page[int], Page[Item], Point, Plain, Entry, Called, Json[Any], Json[Item],
    RootModel[list[Item]], Annotated[list[int], BeforeValidator(lambda value: [value])], list[Colour], dict[str, Item],
]  # fmt: skip

VALUES: list[Any] = [
    None, True, False, 0, 1, -7, 1970, 2.5, 10**30, "", "a", "red", "true", "null", "12", "012", "1_000", " 7 ", "1,234",
    "1.5e3", "2026-01-31", "2026-01-31T10:00:00Z", "12345678-1234-5678-1234-567812345678", "{}", "[]", '{"name": "x"}',
    "[1, 2]", '[{"name": "y"}]', "a,b", [], [1], ["a"], [1, "a"], ["1", "2"], [[1]], [[]], [{}], [{"name": "n"}], {},
    {"name": "n"}, {"name": "n", "price": "1,000"}, {"name": 5}, {"name": "n", "price": "3"}, {"a": 1}, {"a": ["b"]},
    {"a": "b"}, {"1": None}, {"tags": "x"}, {"tags": ["x"]}, {"items": {"name": "n"}}, {"main": '{"name": "n"}'},
    {"main": {"name": "n"}}, {"words": "a,b"}, {"rows": [1]}, {"rows": ["1"]}, {"rows": [{"name": "n"}]}, {"x": "4"},
    {"kind": "cat", "mood": "red"}, {"kind": "dog", "mood": "red"}, {"pet": {"kind": "dog", "mood": "b"}},
    {"pet": {"kind": "cat", "mood": "red", "lives": "3"}}, {"word": "a", "below": [{"word": "b"}]}, {"aPlain": "green"},
    {"plain": "red"}, {"two": "red"}, {"deep": [0, {"x": "red"}]}, {"number": 1}, {"when": "2026-01-31", "notes": []},
    {"a": "x", "b": [1]}, {"a": ["x"], "b": 1}, {"a": True}, {"a": 1}, {"a": [1]}, {"names": ["q"]}, {"code": "1,234", "total": "1000"}, {"paid": "yes", "total": True},
]  # fmt: skip

# (type, text that stops inside the value, what a parser shows of it while it hides what may change)
HELD_BACK: list[tuple[Any, str, Any]] = [
    (str, '"re', "re"),
    (Colour, '"re', None),
    (Literal["red", "redder"], '"red', None),
    (date, '"2026-01-3', None),
    (UUID, '"1234', None),
    (Decimal, '"1.2', None),
    (int, '"12', None),
    (Annotated[str, Field(max_length=9)], '"re', "re"),
    (str | None, '"re', "re"),
    (Colour | None, '"re', None),
    (Colour | str, '"re', "re"),
    (list[Colour], '["red", "gr', ["red"]),
    (list[str], '["red", "gr', ["red", "gr"]),
    (tuple[Colour, str], '["red", "gr', ["red", "gr"]),
    (tuple[str, Colour], '["red", "gr', ["red"]),
    (dict[str, Colour], '{"a": "re', {}),
    (dict[str, str], '{"a": "re', {"a": "re"}),
    (Home, '{"pet": {"mood": "re', {"pet": {"mood": "re"}}),
    (Home, '{"pet": {"kind": "dog", "mood": "re', {"pet": {"kind": "dog", "mood": "re"}}),
    (Home, '{"pet": {"kind": "cat", "mood": "re', {"pet": {"kind": "cat"}}),
    (Called, '{"lives": 1, "mood": "re', {"lives": 1, "mood": "re"}),
    (Node, '{"below": [{"below": [{"word": "re', {"below": [{"below": [{"word": "re"}]}]}),
    (Aliased, '{"aPlain": "re', {}),
    (Aliased, '{"plain": "re', {}),
    (Aliased, '{"two": "re', {}),
    (Aliased, '{"deep": ["a", {"x": "re', {"deep": ["a", {}]}),
    (Aliased, '{"deep": ["a', {"deep": ["a"]}),
    (Aliased, '{"chosen": "re', {}),
    (Entry, '{"when": "2026', {}),
    (Point, '{"label": "re', {"label": "re"}),
    (Order, '{"tags": "ne', {}),
    (Order, '{"main": "{', {}),
    (TOOL, '{"city": "Po', {"city": "Po"}),
    (TOOL, '{"unit": "c', {}),
    (TOOL, '{"stops": [{"name": "Fo', {"stops": [{"name": "Fo"}]}),
    ({"type": "string", "format": "date"}, '"2026', None),
]  # fmt: skip
