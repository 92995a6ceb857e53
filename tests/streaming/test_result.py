"""The last word is pydantic's: results and errors equal those of ``validate_json`` on the whole text."""

import dataclasses
import json
from collections.abc import Callable
from datetime import date, timedelta
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    Json,
    RootModel,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
    model_validator,
)
from typing_extensions import TypedDict as PydanticTypedDict

from pydantic_flow.streaming import NonFatalError, PartialFields, StreamingParser, check_grammar

from .conftest import cuts, drain, pieces, values

Way = Callable[..., tuple[list[Any], Exception | None]]


class Address(BaseModel):
    street: str
    number: int


class Person(BaseModel):
    name: str
    born: date
    addresses: list[Address] = []
    balance: Decimal = Decimal(0)
    pet: Literal["cat", "dog"] | None = None


class StrictPerson(Person):
    model_config = ConfigDict(strict=True)

    key: UUID
    data: bytes = b""
    pair: tuple[int, int] = (0, 0)
    group: frozenset[str] = frozenset()


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.5


class Movie(PydanticTypedDict):
    title: str
    year: int


class Pair(NamedTuple):
    first: int
    second: str


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Numbers(RootModel[dict[str, list[int]]]):
    pass


class Emptying(BaseModel):
    """Its validator empties what it gets: it must not get what others see."""

    rows: list[Any] = []
    seen: int = 0

    @model_validator(mode="before")
    @classmethod
    def take(cls, data: Any) -> Any:
        if isinstance(data, dict) and isinstance(data.get("rows"), list):
            rows = data["rows"]
            data["seen"] = len(rows)
            data["rows"] = [rows.pop() for _ in range(len(rows))]
        return data


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int


class Dog(BaseModel):
    kind: Literal["dog"]
    tricks: list[str]


class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]


class Aliases(BaseModel):
    a: int = Field(validation_alias=AliasChoices("A", "Alpha", AliasPath("nested", 0)))
    b: str = Field("", alias="B")


class Node(BaseModel):
    name: str
    children: "list[Node]" = []


PERSON = (
    '{"name": "Zoë", "born": "1999-12-31", "addresses": [{"street": "A", "number": 7}], '
    '"balance": "1.50", "pet": "cat"}'
)

# A type, a text that it takes, and texts that it refuses.
TYPES: list[tuple[Any, str, list[str]]] = [
    (Person, PERSON, ['{"name": "A"}', '{"name": 1, "born": "x", "addresses": [{}]}', "[]", "null"]),
    (
        StrictPerson,
        PERSON[:-1]
        + ', "key": "12345678-1234-5678-1234-567812345678", "pair": [1, 2], "group": ["a"], "data": "x"}',
        [
            '{"name": "A", "born": "1999-12-31", "key": "no", "pair": [1], '
            '"addresses": [{"street": "s", "number": "7"}]}'
        ],
    ),
    (Point, '{"x": 1, "y": 2}', ['{"y": "z"}', "3"]),
    (Movie, '{"title": "M", "year": 1931}', ['{"title": "M"}', '{"title": "M", "year": "then"}']),
    (Pair, '[1, "b"]', ["[1]", '["a", "b"]']),
    (
        list[Address],
        '[{"street": "A", "number": 7}, {"street": "B", "number": 8}]',
        ['[{"street": "A"}]', "{}"],
    ),
    (Address | None, "null", ['{"street": "A"}', "3"]),
    (Address | Point, '{"x": 1, "y": 2.5}', ['{"street": "A"}']),
    (Json[list[int]], '"[1, 2]"', ['"[1, "', '"{}"', "[1, 2]"]),
    (Any, '{"a": [1, 2.5e3, null, true, "\\u00e9"]}', []),
    (Numbers, '{"a": [1], "b": []}', ['{"a": 1}']),
    (Emptying, '{"rows": [1, 2, 3]}', ['{"rows": {}}']),
    (
        Owner,
        '{"pet": {"kind": "dog", "tricks": ["sit"]}}',
        ['{"pet": {"kind": "cow"}}', '{"pet": {"kind": "cat"}}'],
    ),
    (Aliases, '{"nested": [5], "B": "b"}', ['{"a": 1}', '{"nested": []}']),
    (Node, '{"name": "a", "children": [{"name": "b", "children": []}]}', ['{"name": "a", "children": [{}]}']),
    (dict[Colour, timedelta], '{"red": "PT1S", "blue": 2.5}', ['{"green": 1}']),
    (set[int], "[1, 2, 2]", ["[[]]"]),
    (int, "123456789012345678901234567890", ['"x"', "1.5"]),
    (float, "1e-7", ["[]"]),
    (str, '"\\ud83d\\ude00"', ["1"]),
    (bytes, '"caf\\u00e9"', ["1"]),
    (Annotated[int, BeforeValidator(lambda value: value * 2), Field(gt=10)], "6", ["5"]),
]
IDS = [str(getattr(kind, "__name__", kind)) for kind, *_ in TYPES]


def said_by_pydantic(kind: Any, text: str | bytes, **options: Any) -> Any:
    try:
        return TypeAdapter(kind).validate_json(text, **options)
    except ValidationError as error:
        return facts(error)


def said_by_us(kind: Any, chunks: list[Any], way: Any = None, **options: Any) -> Any:
    parser = StreamingParser(kind, **options)
    items, error = way(parser, chunks) if way else drain(parser.stream_parse(chunks))
    if isinstance(error, ValidationError):
        return facts(error)
    assert error is None
    return items[-1]


def facts(error: ValidationError) -> Any:
    return error.title, error.errors(include_url=False)


# On valid JSON, the result is validate_json's, wherever the text is cut.
@pytest.mark.parametrize(("kind", "text", "wrong"), TYPES, ids=IDS)
def test_the_result_equals_validate_json_wherever_the_text_is_cut(
    kind: Any, text: str, wrong: list[str]
) -> None:
    expected = said_by_pydantic(kind, text)
    for chunks in cuts(text):
        result = said_by_us(kind, chunks)
        assert (type(result), result) == (type(expected), expected)


# And so is the error.
@pytest.mark.parametrize(
    ("kind", "text"),
    [(kind, text) for kind, _, wrong in TYPES for text in wrong],
    ids=lambda value: str(value)[:20],
)
def test_the_validation_error_equals_validate_json(way: Way, kind: Any, text: str) -> None:
    assert said_by_us(kind, pieces(text, 3), way) == said_by_pydantic(kind, text)
    assert said_by_us(kind, pieces(text.encode(), 3), way) == said_by_pydantic(kind, text.encode())


# For any JSON and any type of a few.
@given(value=values, kind=st.sampled_from([Any, dict[str, Any], list[int], Json[Any], Emptying, str | int]))
def test_any_value_is_validated_as_pydantic_does(value: Any, kind: Any) -> None:
    text = json.dumps(value)
    assert said_by_us(kind, pieces(text, 5)) == said_by_pydantic(kind, text)


# NaN and infinities are not JSON, but pydantic reads them; as repairs they are reported.
def test_non_finite_numbers_reach_pydantic(way: Way) -> None:
    items, error = way(StreamingParser(dict[str, float]), ['{"a": NaN, "b": -Infin', 'ity, "c": 1e999}'])
    assert error is None
    assert str(items[-1]) == "{'a': nan, 'b': -inf, 'c': inf}"
    assert [item.kind for item in items if isinstance(item, NonFatalError)] == ["non_finite"] * 3


# The options of validate_json pass through.
@pytest.mark.parametrize(
    ("text", "options"),
    [
        ('{"name": "A", "born": "1999-12-31", "balance": 1}', {"strict": True}),
        ('{"name": 5, "born": "1999-12-31"}', {"strict": True}),
        ('{"name": "A", "born": "1999-12-31", "more": 1}', {"extra": "forbid"}),
    ],
)
def test_strict_and_extra_pass_through(text: str, options: dict[str, Any]) -> None:
    assert said_by_us(Person, [text], **options) == said_by_pydantic(Person, text, **options)


# by_alias and by_name, too.
@pytest.mark.parametrize("text", ['{"B": "x", "A": 1}', '{"b": "x", "a": 1}'])
@pytest.mark.parametrize(
    "options", [{"by_name": True}, {"by_name": True, "by_alias": False}, {"by_alias": True}]
)
def test_by_alias_and_by_name_pass_through(text: str, options: dict[str, Any]) -> None:
    assert said_by_us(Aliases, [text], **options) == said_by_pydantic(Aliases, text, **options)


# The context reaches the validators, as the object it is, also when it is empty.
@pytest.mark.parametrize("context", [{"factor": 3}, {}, 0])
def test_the_context_reaches_validators(context: Any) -> None:
    seen = []

    class Scaled(BaseModel):
        n: int

        @field_validator("n")
        @classmethod
        def look(cls, value: int, info: ValidationInfo) -> int:
            seen.append(info.context)
            assert info.mode == "json"
            return value

    said_by_us(Scaled, ['{"n": 1}'], context=context)
    assert len(seen) == 1 and seen[0] is context


# A validator that changes what it gets changes nothing that was shown.
def test_validators_that_mutate_never_touch_what_was_shown(way: Way) -> None:
    items, _ = way(StreamingParser(Emptying), pieces('{"rows": ["a", "b", {"c": "d"}]}', 4))
    assert (items[-1].rows, items[-1].seen) == ([{"c": "d"}, "b", "a"], 3)
    assert items[-2].value == {"rows": ["a", "b", {"c": "d"}]}


# A TypeAdapter made before is taken as it is.
def test_a_type_adapter_is_taken_as_it_is() -> None:
    adapter = TypeAdapter(list[int])
    assert said_by_us(adapter, ["[1]"]) == [1]


# Broken JSON is validated as it was repaired.
@pytest.mark.parametrize(
    ("text", "result"),
    [
        ("{'x': 1, 'y': 2,}", Point(1, 2.0)),
        ('Here you are:\n```json\n{"x": 1}\n```', Point(1)),
        ('{"x": 1 "y": 2}', Point(1, 2.0)),
        ('{"x": 1, "y": 3}}', Point(1, 3.0)),
        ('<think>{"x": 9}</think>{"x": 1}', Point(1)),
    ],
)
def test_broken_json_is_validated_as_repaired(way: Way, text: str, result: Point) -> None:
    items, error = way(StreamingParser(Point), pieces(text, 4))
    assert error is None
    assert items[-1] == result
    assert any(isinstance(item, NonFatalError) and item.recoverable for item in items)
    check_grammar(items, bare=True)


# A validation error is announced by an event with the place of the first complaint.
def test_a_validation_error_is_announced(way: Way) -> None:
    items, error = way(StreamingParser(Person), ['{"name": "A", "born": "never"}'])
    assert isinstance(error, ValidationError)
    last = items[-1]
    assert isinstance(last, NonFatalError) and not last.recoverable
    assert (last.kind, last.path, last.exception_type) == ("validation", ("born",), "ValidationError")
    assert isinstance(items[0], PartialFields)
