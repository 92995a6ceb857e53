"""Every kind of type that pydantic validates: each with texts that it takes and texts that it refuses."""

import dataclasses
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from enum import Enum, IntEnum, IntFlag
from inspect import signature
from ipaddress import IPv4Address, IPv6Network
from pathlib import Path
from typing import Annotated, Any, Generic, Literal, NamedTuple, TypeVar
from typing import NotRequired as PydanticNotRequired
from typing import Required as PydanticRequired
from uuid import UUID

from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    AnyUrl,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    PlainValidator,
    PrivateAttr,
    RootModel,
    SecretBytes,
    SecretStr,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    WrapValidator,
    computed_field,
    field_validator,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic.dataclasses import dataclass as pydantic_dataclass
from pydantic_core import PydanticCustomError
from typing_extensions import TypeAliasType
from typing_extensions import TypedDict as PydanticTypedDict

T = TypeVar("T")


class Kind(NamedTuple):
    """A type, what it takes, what it refuses, and the options that go with it."""

    type: Any
    good: list[str]
    bad: list[str] = []
    options: Mapping[str, Any] = {}


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


class Paragraph(BaseModel):
    text: str = Field(min_length=2)
    tags: list[str] = []


class Section(BaseModel):
    title: str
    level: Annotated[int, Field(ge=1, le=6)] = 1
    paragraphs: list[Paragraph] = []


class Report(BaseModel):
    title: str
    sections: Annotated[list[Section], Field(max_length=3)] = []
    appendix: Section | None = None
    index: dict[str, list[Address]] = {}
    scores: list[float] = []


@dataclasses.dataclass
class Point:
    x: int
    y: float = 0.5


@dataclasses.dataclass(frozen=True, slots=True)
class FrozenPoint:
    x: int
    tags: tuple[str, ...] = ()


@pydantic_dataclass(config=ConfigDict(extra="forbid", str_max_length=3))
class Line:
    name: str
    start: Point
    points: list[Point] = dataclasses.field(default_factory=list)
    length: float = dataclasses.field(init=False, default=0.0)


class Movie(PydanticTypedDict):
    title: str
    year: int


class LooseMovie(PydanticTypedDict, total=False):
    title: str
    cast: list[Address]


class Pair(NamedTuple):
    first: int
    second: str


class Colour(Enum):
    RED = "red"
    BLUE = "blue"


class Size(IntEnum):
    SMALL = 1
    LARGE = 2


class Paint(BaseModel):
    colour: Colour
    size: Size = Size.SMALL
    finish: Literal["matt", "gloss", 7] = "matt"


class Numbers(RootModel[dict[str, list[int]]]):
    pass


class Sections(RootModel[list[Section]]):
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
    walks: list[Address] = []


class Owner(BaseModel):
    pet: Annotated[Cat | Dog, Field(discriminator="kind")]
    others: list[Annotated[Cat | Dog, Field(discriminator="kind")]] = []


class Answer(BaseModel):
    type: Literal["answer"] = Field(alias="Type")
    text: str
    sources: list[Address] = []


class Question(BaseModel):
    type: Literal["question"] = Field(alias="Type")
    options: list[str] = Field(max_length=2)


Reply = Annotated[Answer | Question, Field(discriminator="type")]


def shape(value: Any) -> str | None:
    return ("round" if "radius" in value else "flat") if isinstance(value, dict) else None


class Circle(BaseModel):
    radius: float


class Square(BaseModel):
    side: float


Shape = Annotated[
    Annotated[Circle, Tag("round")] | Annotated[Square, Tag("flat")],
    Discriminator(shape),
]


class Aliases(BaseModel):
    a: int = Field(validation_alias=AliasChoices("A", "Alpha", AliasPath("nested", 0)))
    b: str = Field("", alias="B")
    c: int = Field(0, validation_alias=AliasPath("nested", 1))


class Named(BaseModel):
    model_config = ConfigDict(populate_by_name=True, extra="forbid")

    first: int = Field(alias="One")
    second: str = Field("", alias="Two")


class OnlyNamed(BaseModel):
    model_config = ConfigDict(validate_by_alias=False, validate_by_name=True)

    first: int = Field(alias="One")


class Swapped(BaseModel):
    """Each field's alias is the other's name."""

    model_config = ConfigDict(validate_by_name=True)

    a: int = Field(0, alias="b")
    b: str = Field("", alias="a")


class Node(BaseModel):
    name: str
    children: "list[Node]" = []


class Page(BaseModel, Generic[T]):
    number: int
    items: list[T]


class Open(BaseModel):
    model_config = ConfigDict(extra="allow")
    __pydantic_extra__: dict[str, int]

    a: str = ""


class Closed(BaseModel):
    model_config = ConfigDict(extra="forbid")

    a: str = ""
    inner: Paragraph | None = None


class Lenient(BaseModel):
    model_config = ConfigDict(coerce_numbers_to_str=True, str_to_lower=True, str_strip_whitespace=True)

    text: str
    word: Annotated[str, StringConstraints(min_length=2)] = "ab"


def even(value: int) -> int:
    if value % 2:
        raise ValueError("odd")
    return value


def halved(value: Any) -> Any:
    return value / 2 if isinstance(value, int | float) and not isinstance(value, bool) else value


def or_minus_one(value: Any, handler: Callable[[Any], Any]) -> Any:
    try:
        return handler(value)
    except ValidationError:
        return -1


def doubled(value: Any) -> Any:
    assert isinstance(value, str), "not a text"
    return value * 2


def within_limit(value: int, info: ValidationInfo) -> int:
    if value > info.data.get("limit", 10):
        raise ValueError("above the limit")
    return value


class Validated(BaseModel):
    """Validators of every mode, on fields and on the model."""

    limit: int = 10
    after: Annotated[int, AfterValidator(even)] = 0
    before: Annotated[int, BeforeValidator(halved)] = 0
    wrapped: Annotated[int, WrapValidator(or_minus_one)] = 0
    plain: Annotated[str, PlainValidator(doubled)] = ""
    informed: Annotated[int, AfterValidator(within_limit)] = 0
    rows: list[Annotated[int, WrapValidator(or_minus_one)]] = []
    names: list[str] = []

    @field_validator("names")
    @classmethod
    def unique(cls, names: list[str]) -> list[str]:
        if len(set(names)) < len(names):
            raise ValueError("a name is there twice")
        return names

    @model_validator(mode="after")
    def limited(self) -> "Validated":
        if self.after > self.limit:
            raise ValueError("after is above the limit")
        return self


class Wrapped(BaseModel):
    """A validator around the model forgives everything."""

    rows: list[int] = []

    @model_validator(mode="wrap")
    @classmethod
    def forgive(cls, data: Any, handler: Callable[[Any], Any]) -> Any:
        try:
            return handler(data)
        except ValidationError:
            return cls()


class CustomInit(BaseModel):
    rows: list[int] = []

    def __init__(self, **data: Any) -> None:
        super().__init__(rows=[1] if data.get("rows") == ["one"] else data.get("rows", []))


class Several(BaseModel):
    """Kinds of fields that one meets."""

    when: datetime | None = None
    at: time | None = None
    took: timedelta | None = None
    url: AnyUrl | None = None
    address: IPv4Address | None = None
    path: Path | None = None
    secret: SecretStr | None = None
    json_: Json[list[int]] | None = Field(None, alias="json")
    either: int | str | list[Address] = 0
    queue: deque[int] = deque()
    sequence: Sequence[int] = ()
    mapping: Mapping[str, date] = {}
    pair: tuple[int, str] | None = None
    unique: set[Annotated[str, StringConstraints(to_lower=True)]] = Field(set(), max_length=2)
    anything: Any = None
    point: FrozenPoint | None = None
    points: set[FrozenPoint] = set()


Tree = TypeAliasType("Tree", "dict[str, Tree] | list[Tree] | int")  # type: ignore[misc]


class Strictly(BaseModel):
    model_config = ConfigDict(strict=True)

    tree: Tree  # a definition: which config rules in it depends on how pydantic is asked
    numbers: list[int] = []


class Flag(IntFlag):
    A = 1
    B = 2


class Cased(BaseModel):
    """Aliases made by a function, in a frozen model."""

    model_config = ConfigDict(alias_generator=to_camel, frozen=True)

    first_name: str
    zip_code: Annotated[int, Field(ge=10, le=99)] = 10
    flag_set: Flag = Flag.A


class Told(BaseModel):
    """Complaints name fields, not aliases."""

    model_config = ConfigDict(loc_by_alias=False)

    count: int = Field(alias="n")
    rows: list[Address] = Field([], alias="r")


class Filed(PydanticTypedDict):
    title: PydanticRequired[str]
    pages: PydanticNotRequired[Annotated[int, Field(gt=0)]]
    notes: PydanticNotRequired[list[Paragraph]]


@pydantic_dataclass(kw_only=True)
class Budget:
    """Some of what it is made from is no field of it."""

    factor: dataclasses.InitVar[int]
    amount: Decimal
    total: Decimal = dataclasses.field(init=False, default=Decimal(0))

    def __post_init__(self, factor: int) -> None:
        self.total = self.amount * factor


class Area(BaseModel):
    """Computed and private, with defaults that depend on what came before."""

    width: int
    height: int = Field(default_factory=lambda data: data.get("width", 1), validate_default=True)
    names: list[str] = Field(default_factory=list)
    broken: int = Field("x", validate_default=True)  # type: ignore[assignment]
    _seen: int = PrivateAttr(0)

    @computed_field
    def size(self) -> int:
        return self.width * self.height

    def model_post_init(self, context: Any) -> None:
        self._seen = self.width


class Lizard(BaseModel):
    kind: Literal["lizard"]
    colour: Literal["green", "brown"]


class Snake(BaseModel):
    kind: Literal["snake"]
    length: float


Reptile = Annotated[Lizard | Snake, Field(discriminator="kind")]


class Zoo(BaseModel):
    """A union of unions, and one that tries its members from left to right."""

    animals: list[Annotated[Cat | Reptile, Field(discriminator="kind")]] = []
    first: Annotated[int | str | Address, Field(union_mode="left_to_right")] = 0
    by_name: dict[str, Reptile] = {}


class Constrained(BaseModel):
    small: Annotated[int, Field(gt=0, lt=10, multiple_of=2)] = 2
    code: Annotated[str, StringConstraints(pattern=r"^[a-z]+$", max_length=3)] = "a"
    price: Annotated[Decimal, Field(max_digits=4, decimal_places=2)] = Decimal(1)
    data: Annotated[bytes, Field(max_length=2)] = b""
    some: Annotated[list[int], Field(min_length=1, max_length=2)] = [1]
    unique: frozenset[int] = frozenset()
    mixed: tuple[int, str] | tuple[int, ...] = (1, 2)
    counted: dict[int, list[Colour]] = {}
    v6: IPv6Network | None = None
    secret: SecretBytes = SecretBytes(b"")


class Nothing(BaseModel):
    """A validator that looks at the data around it, and one for the whole field list."""

    limit: int = 3
    rows: list[Annotated[int, AfterValidator(within_limit)]] = []
    paragraphs: list[Paragraph] = []

    @field_validator("rows", mode="before")
    @classmethod
    def split(cls, value: Any) -> Any:
        return value.split(",") if isinstance(value, str) else value

    @field_validator("paragraphs", mode="after")
    @classmethod
    def few(cls, value: list[Paragraph]) -> list[Paragraph]:
        if len(value) > 1:
            raise PydanticCustomError("too_many", "{count} are too many", {"count": len(value)})
        return value


Several_ = TypeAliasType("Several_", list[Annotated[T, Field()]], type_params=(T,))  # type: ignore[misc]


class Chapter(BaseModel):
    title: str
    parts: "list[Chapter | Paragraph]" = []
    next: "Chapter | None" = None
    twins: "dict[str, Twin]" = {}


class Twin(BaseModel):
    of: Chapter | None = None


Chapter.model_rebuild()

PERSON = (
    '{"name": "Zoë", "born": "1999-12-31", "addresses": [{"street": "A", "number": 7}], '
    '"balance": "1.50", "pet": "cat"}'
)
REPORT = (
    '{"title": "R", "sections": [{"title": "S", "level": 2, "paragraphs": [{"text": "ab", "tags": ["x"]}]}, '
    '{"title": "T"}], "appendix": {"title": "A", "paragraphs": []}, '
    '"index": {"a": [{"street": "s", "number": 1}]}, "scores": [1, 2.5]}'
)

KINDS: dict[str, Kind] = {
    "model": Kind(
        Person, [PERSON], ['{"name": "A"}', '{"name": 1, "born": "x", "addresses": [{}]}', "[]", "null"]
    ),
    "strict model": Kind(
        StrictPerson,
        [
            PERSON[:-1]
            + ', "key": "12345678-1234-5678-1234-567812345678", "pair": [1, 2], "group": ["a"], "data": "x"}'
        ],
        [
            '{"name": "A", "born": "1999-12-31", "key": "no", "pair": [1], '
            '"addresses": [{"street": "s", "number": "7"}]}'
        ],
    ),
    "nested models": Kind(
        Report,
        [REPORT, '{"title": ""}'],
        [
            '{"title": 1, "sections": [{"level": 9, "paragraphs": [{"text": ""}, 3]}, 7], "scores": ["x"]}',
            '{"title": "", "sections": [{"title":""}, {"title":""}, {"title":""}, {"title":""}]}',
            '{"title": "", "index": {"a": 1}}',
            '{"sections": {}, "appendix": [], "index": []}',
        ],
    ),
    "optional": Kind(Address | None, ["null", '{"street": "A", "number": 1}'], ['{"street": "A"}', "3"]),
    "union": Kind(Address | Point, ['{"x": 1, "y": 2.5}'], ['{"street": "A"}', "[]"]),
    "union of lists": Kind(list[Address] | list[int], ["[1, 2]", "[]"], ['[1, {"street": "A"}]']),
    "discriminated union": Kind(
        Owner,
        [
            '{"pet": {"kind": "dog", "tricks": ["sit"]}, "others": [{"lives": 9, "kind": "cat"}]}',
            '{"pet": {"tricks": [], "walks": [{"street": "s", "number": 1}], "kind": "dog"}}',
        ],
        [
            '{"pet": {"kind": "cow"}}',
            '{"pet": {"kind": "cat"}}',
            '{"pet": {"tricks": [1], "walks": [{}], "kind": "dog"}, "others": [{"kind": "cat"}, {}, 4]}',
            '{"pet": {"lives": 1}}',
        ],
    ),
    "union at the root": Kind(
        Reply,
        [
            '{"Type": "answer", "text": "t", "sources": [{"street": "s", "number": 1}]}',
            '{"options": ["a"], "Type": "question"}',
        ],
        [
            '{"Type": "answer", "sources": [{"street": 1}], "text": 7}',
            '{"options": [1, "b", "c"], "Type": "question"}',
            '{"Type": "none", "text": "t"}',
            '{"text": "t"}',
            "[]",
        ],
    ),
    "union by a function": Kind(list[Shape], ['[{"radius": 1}, {"side": 2}]'], ['[{"radius": "x"}, {}, 1]']),
    "aliases": Kind(
        Aliases,
        ['{"nested": [5, 6], "B": "b"}', '{"Alpha": "x", "A": 1}', '{"Alpha": 1}'],
        ['{"a": 1}', '{"nested": []}', '{"nested": ["x", "y"]}', '{"A": "x"}'],
    ),
    "aliases by name": Kind(
        Named, ['{"One": 1, "second": "s"}', '{"first": 1, "Two": ""}'], ['{"first": "x", "One": 1}', "{}"]
    ),
    "aliases by name only": Kind(OnlyNamed, ['{"first": 1}', '{"first": 1, "One": "x"}'], ['{"One": 1}']),
    "aliases by option": Kind(
        Aliases, ['{"a": 1, "b": "x", "B": 3}'], ['{"A": 1}'], {"by_alias": False, "by_name": True}
    ),
    "aliases of each other": Kind(Swapped, ['{"b": 1, "a": "x"}', "{}"], ['{"a": 1, "b": "x"}']),
    "root model": Kind(Numbers, ['{"a": [1], "b": []}'], ['{"a": 1}', '{"a": ["x", 2], "b": [null]}']),
    "root model of a list": Kind(Sections, ['[{"title": "S"}]'], ['[{"level": 0}]']),
    "dataclass": Kind(Point, ['{"x": 1, "y": 2}'], ['{"y": "z"}', "3"]),
    "pydantic dataclass": Kind(
        Line,
        ['{"name": "abc", "start": {"x": 1}, "points": [{"x": 1}]}'],
        ['{"name": "abcd", "start": {}, "points": [{"x": "y"}], "length": 3, "more": 1}'],
    ),
    "typed dict": Kind(
        Movie, ['{"title": "M", "year": 1931}'], ['{"title": "M"}', '{"title": 3, "year": "then"}']
    ),
    "loose typed dict": Kind(LooseMovie, ["{}", '{"cast": []}'], ['{"title": 3, "cast": [{"street": 1}]}']),
    "named tuple": Kind(Pair, ['[1, "b"]', '{"first": 1, "second": "b"}'], ["[1]", '["a", "b"]']),
    "generic": Kind(
        Page[Address],
        ['{"number": 1, "items": [{"street": "s", "number": 1}]}'],
        ['{"items": [{"number": "x"}]}'],
    ),
    "literals and enums": Kind(
        Paint,
        ['{"colour": "red", "size": 2, "finish": 7}'],
        ['{"colour": "green", "size": 3, "finish": "x"}', '{"colour": 1}'],
    ),
    "map of enums": Kind(
        dict[Colour, timedelta], ['{"red": "PT1S", "blue": 2.5}'], ['{"green": 1, "red": "x"}']
    ),
    "bounded map": Kind(
        Annotated[
            dict[Annotated[str, StringConstraints(to_lower=True)], int], Field(max_length=1, min_length=1)
        ],
        ['{"a": 1, "A": 2}'],
        ["{}", '{"a": 1, "b": 2}', '{"a": "x"}'],
    ),
    "json in a string": Kind(Json[list[int]], ['"[1, 2]"'], ['"[1, "', '"{}"', "[1, 2]"]),
    "anything": Kind(Any, ['{"a": [1, 2.5e3, null, true, "\\u00e9"]}', "1", '"x"']),
    "list": Kind(
        list[Address],
        ['[{"street": "A", "number": 7}, {"street": "B", "number": 8}]'],
        ['[{"street": "A"}]', "{}"],
    ),
    "list of numbers": Kind(list[int], ["[1, 2, 3]"], ['[1, "x", 2.5, null, [], "y"]']),
    "set": Kind(set[int], ["[1, 2, 2]"], ["[[]]"]),
    "bounded set": Kind(Annotated[set[int], Field(max_length=1)], ["[1, 1]"], ["[1, 2]"]),
    "tuple": Kind(
        tuple[int, str, list[int]], ['[1, "a", [1]]'], ['["x", 1, ["y"]]', "[1]", '[1, "a", [], 4]']
    ),
    "open tuple": Kind(tuple[int, ...], ["[1, 2]"], ['[1, "x"]']),
    "integer": Kind(int, ["123456789012345678901234567890"], ['"x"', "1.5"]),
    "float": Kind(float, ["1e-7"], ["[]"]),
    "string": Kind(str, ['"\\ud83d\\ude00"'], ["1"]),
    "bytes": Kind(bytes, ['"caf\\u00e9"'], ["1"]),
    "recursive model": Kind(
        Node,
        ['{"name": "a", "children": [{"name": "b", "children": []}]}'],
        ['{"name": "a", "children": [{"name": "b", "children": [{"children": 3}, {"name": 1}]}]}'],
    ),
    "recursive alias": Kind(
        list[Strictly],
        ['[{"tree": {"a": [1, {"b": 2}]}, "numbers": [1]}]'],
        ['[{"tree": {"a": "x"}, "numbers": ["1"]}]'],
    ),
    "mutating validator": Kind(Emptying, ['{"rows": [1, 2, 3]}'], ['{"rows": {}}']),
    "validators": Kind(
        Validated,
        [
            '{"limit": 100, "after": 2, "before": 4, "wrapped": "x", "plain": "p", "informed": 50, '
            '"rows": [1, "x"], "names": ["a", "b"]}'
        ],
        [
            '{"after": 3, "before": 1, "plain": 1, "informed": 11, "rows": {}, "names": ["a", "a"]}',
            '{"after": 12, "names": [1]}',
            '{"after": "x", "informed": "y"}',
        ],
    ),
    "forgiving model": Kind(Wrapped, ['{"rows": ["x"]}', "[]"]),
    "list of forgiving models": Kind(list[Wrapped], ['[{"rows": ["x"]}, 7]']),
    "model with its own init": Kind(
        CustomInit, ['{"rows": ["one"]}', '{"rows": [1]}'], ['{"rows": ["two"]}']
    ),
    "extra fields allowed": Kind(Open, ['{"a": "x", "b": 1}'], ['{"a": 1, "b": "x"}']),
    "extra fields forbidden": Kind(
        Closed, ['{"inner": {"text": "ab", "more": 1}}'], ['{"b": 1, "inner": {"text": ""}}']
    ),
    "extra fields by option": Kind(
        Address,
        ['{"street": "s", "number": 1}'],
        ['{"street": "s", "number": 1, "x": 2}'],
        {"extra": "forbid"},
    ),
    "strict by option": Kind(
        Person,
        ['{"name": "A", "born": "1999-12-31"}'],
        ['{"name": "A", "born": "1999-12-31", "addresses": [{"street": "s", "number": "1"}]}'],
        {"strict": True},
    ),
    "config of strings": Kind(Lenient, ['{"text": 1.50, "word": " AB "}'], ['{"text": [], "word": " a "}']),
    "many kinds": Kind(
        Several,
        [
            '{"when": "2020-01-02T03:04:05Z", "at": "03:04", "took": 5, "url": "http://a.b", '
            '"address": "1.2.3.4", "path": "/a", "secret": "s", "json": "[1]", '
            '"either": [{"street": "s", "number": 1}], "queue": [1], "sequence": [1], '
            '"mapping": {"a": "2020-01-02"}, "pair": [1, "a"], "unique": ["a", "A"], "anything": [{}], '
            '"point": {"x": 1, "tags": ["t"]}, "points": [{"x": 1}, {"x": 1}]}'
        ],
        [
            '{"when": "then", "at": "25:00", "took": "x", "url": "nowhere", "address": "1.2.3", "path": 1}',
            '{"secret": 2, "json": "[x]", "either": {}, "queue": ["x"], "sequence": {"a": 1}}',
            '{"mapping": {"a": "x"}, "pair": [1], "unique": ["a", "b", "c"], "point": {"tags": [1]}}',
            '{"points": [{}, 3]}',
        ],
    ),
    "alias generator": Kind(
        Cased,
        ['{"firstName": "A", "zipCode": 12, "flagSet": 3}'],
        ['{"first_name": "A"}', '{"firstName": 1, "zipCode": 7, "flagSet": "x"}'],
    ),
    "complaints by name": Kind(
        Told,
        ['{"n": 1, "r": [{"street": "s", "number": 1}]}'],
        ['{"n": "x", "r": [{"street": 1, "number": 1}, 2]}'],
    ),
    "typed dict with optional keys": Kind(
        Filed,
        ['{"title": "t"}', '{"title": "t", "pages": 1, "notes": [{"text": "ab"}]}'],
        ['{"pages": 0, "notes": [{"text": "a"}, 3]}'],
    ),
    "init only": Kind(
        Budget, ['{"factor": 2, "amount": "1.5"}'], ['{"factor": "x"}', '{"amount": "y", "total": 3}', "[]"]
    ),
    "defaults": Kind(
        Area,
        [],
        ['{"width": 2}', '{"width": "x", "height": "y", "names": [1]}', '{"height": 1, "broken": 1}'],
    ),
    "computed and private": Kind(
        Area,
        ['{"width": 2, "height": 3, "broken": 1}', '{"width": 2, "broken": "7", "names": ["a"]}'],
        ['{"width": 2.5, "broken": 1}'],
    ),
    "unions in unions": Kind(
        Zoo,
        [
            '{"animals": [{"kind": "cat", "lives": 9}, {"colour": "green", "kind": "lizard"}], "first": "7"}',
            '{"first": {"street": "s", "number": 1}, "by_name": {"a": {"kind": "snake", "length": 2}}}',
        ],
        [
            '{"animals": [{"kind": "lizard", "colour": "red"}, {"kind": "dog"}, {}, 1], "first": []}',
            '{"by_name": {"a": {"length": "x", "kind": "snake"}, "b": {"kind": 1}, "c": null}}',
        ],
    ),
    "constraints": Kind(
        Constrained,
        [
            '{"small": 4, "code": "abc", "price": "12.34", "data": "ab", "some": [1, 2], "unique": [1, 1], '
            '"mixed": [1, "a"], "counted": {"1": ["red"]}, "v6": "::/64", "secret": "s"}'
        ],
        [
            '{"small": 3, "code": "ABCD", "price": "123.456", "data": "abc", "some": [], "unique": [{}]}',
            '{"mixed": ["x"], "counted": {"x": ["green"], "2": 1}, "v6": "x", "some": [1, 2, 3]}',
        ],
    ),
    "validators around lists": Kind(
        Nothing,
        ['{"limit": 5, "rows": "1,2", "paragraphs": [{"text": "ab"}]}', '{"rows": [1, "2"]}'],
        [
            '{"rows": [1, 9, "x"], "paragraphs": [{"text": "a"}, {}]}',
            '{"paragraphs": [{"text": "ab"}, {"text": "cd"}]}',
        ],
    ),
    "generic alias": Kind(Several_[Address], ['[{"street": "s", "number": 1}]'], ['[{"street": "s"}, 1]']),
    "forward references": Kind(
        Chapter,
        [
            '{"title": "a", "parts": [{"title": "b"}, {"text": "ab"}], "next": {"title": "c"}}',
            '{"title": "a", "twins": {"x": {}, "y": {"of": {"title": "b"}}}}',
        ],
        [
            '{"title": "a", "parts": [{"title": 1}, 2], "next": {"parts": {}}}',
            '{"title": "a", "twins": {"x": {"of": {"title": "b", "next": 1}}, "y": 3}}',
        ],
    ),
    "type adapter": Kind(TypeAdapter(list[int], config=ConfigDict(strict=True)), ["[1]"], ['["1", 2]']),
    "validated integer": Kind(
        Annotated[int, BeforeValidator(lambda value: value * 2), Field(gt=10)], ["6"], ["5"]
    ),
}

if "extra" not in signature(TypeAdapter.validate_json).parameters:  # an option since pydantic 2.12
    del KINDS["extra fields by option"]
