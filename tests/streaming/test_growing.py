"""A growing text is what pydantic makes of it, at every prefix and for every cut."""

import json
import random
import re
from collections import deque
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NotRequired
from uuid import UUID

import pytest
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    PrivateAttr,
    RootModel,
    StringConstraints,
    Tag,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    computed_field,
    field_validator,
    model_validator,
)
from typing_extensions import TypedDict

from pydantic_flow.streaming.growing import Growing
from pydantic_flow.streaming.parts import Part, parts_of


class Colour(Enum):
    RED = "red"
    DARK = "redder"


class Flat(BaseModel):
    name: str
    count: int
    share: float = 0.5
    when: date | None = None
    colour: Colour = Colour.RED
    kind: Literal["a", "ab"] = "a"
    price: Decimal = Decimal(0)
    key: UUID | None = None
    flag: bool = False
    short: Annotated[str, StringConstraints(max_length=3)] = ""
    trimmed: Annotated[str, StringConstraints(strip_whitespace=True, to_upper=True)] = ""
    either: int | str = 0
    raw: bytes = b""


class Item(BaseModel):
    title: str
    tags: list[str] = []
    size: int | None = None


class Nested(BaseModel):
    model_config = ConfigDict(extra="allow")
    items: list[Item]
    by_name: dict[str, Item] = {}
    counts: dict[str, int] = Field(default_factory=dict)
    grid: list[list[int]] = []
    pair: tuple[int, str] | None = None
    seen: set[str] = set()
    last: deque[int] = deque()
    anything: Any = None
    choice: Item | list[int] | None = None
    note: str = "none"


class Cat(BaseModel):
    kind: Literal["cat"]
    lives: int = 9


class Category(BaseModel):
    kind: Literal["category"]
    label: str


class Zoo(BaseModel):
    animals: list[Annotated[Cat | Category, Field(discriminator="kind")]]
    best: Annotated[Cat | Category, Field(discriminator="kind")] | None = None


def _kind(value: Any) -> str:
    return "list" if isinstance(value, list) else "text"


class Called(BaseModel):
    """Unions whose tag is found by a function."""

    value: Annotated[Annotated[list[int], Tag("list")] | Annotated[str, Tag("text")], Discriminator(_kind)]


class Named(BaseModel):
    model_config = ConfigDict(populate_by_name=True, str_strip_whitespace=True)
    first: str = Field(alias="firstName")
    second: str = Field("", validation_alias=AliasChoices("b", "bb"))


class Reached(BaseModel):
    deep: str = Field(validation_alias=AliasPath("a", 0, "b"))


class Aliased(BaseModel):
    first: str = Field(alias="firstName")
    items: list[Item] = Field([], alias="theItems")


class Strict(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True)
    count: int
    share: float = 1.0
    when: date | None = None
    inner: "Strict | None" = None


def _doubled(text: str) -> str:
    return text * 2


def _counted(items: list[str]) -> list[str]:
    return [*items, str(len(items))]


class Functional(BaseModel):
    """Validators of members."""

    text: Annotated[str, AfterValidator(_doubled)]
    listed: Annotated[list[str], AfterValidator(_counted)] = []
    number: Annotated[int, BeforeValidator(lambda value: int(value) + 1)] = 0
    encoded: Json[list[int]] | None = None

    @field_validator("text")
    @classmethod
    def _kept(cls, value: str) -> str:
        if len(value) == 6:
            raise ValueError("not six")
        return value


class Whole(BaseModel):
    """A validator of all of it."""

    name: str
    size: int = 0

    @model_validator(mode="after")
    def _sized(self) -> "Whole":
        self.size = len(self.name)
        return self


class WithInfo(BaseModel):
    name: str
    again: str = ""

    @field_validator("again")
    @classmethod
    def _same(cls, value: str, info: ValidationInfo) -> str:
        return f"{value}{info.data.get('name')}"


class Finished(BaseModel):
    name: str
    _secret: int = PrivateAttr(3)

    def model_post_init(self, context: Any) -> None:
        self._secret = len(self.name)


class Around(BaseModel):
    """Members that look at more than their text."""

    whole: Whole
    finished: list[Finished] = []
    made: str = Field(default_factory=lambda data: str(len(data)))


class Names(RootModel[list[str]]):
    pass


@dataclass
class Point:
    x: int
    label: str = "none"
    extra: list[int] = field(default_factory=list)


@dataclass(slots=True, frozen=True)
class Slotted:
    name: str
    size: int = 3


@dataclass
class Posted:
    name: str
    size: int = field(init=False, default=0)

    def __post_init__(self) -> None:
        self.size = len(self.name)


class Told(TypedDict):
    name: str
    size: NotRequired[int]


class Mixed(BaseModel):
    point: Point
    slotted: list[Slotted] = []
    posted: Posted | None = None
    told: Told | None = None
    names: Names | None = None
    tree: "Tree | None" = None

    @computed_field  # type: ignore[prop-decorator]
    @property
    def wide(self) -> int:
        return 1


class Tree(BaseModel):
    name: str
    below: list["Tree"] = []


FLAT = {
    "name": 'Os"lo\n\u00e9 \U0001f600',
    "count": -12,
    "share": 1.5e3,
    "when": "2024-02-29",
    "colour": "redder",
    "kind": "ab",
    "price": "12.50",
    "key": "12345678-1234-5678-1234-567812345678",
    "flag": True,
    "short": "abc",
    "trimmed": " ab c ",
    "either": "12",
    "raw": "bytes",
}
ITEM = {"title": "One", "tags": ["x", "yy"], "size": 12}
CASES: list[tuple[Any, str]] = [
    (Flat, json.dumps(FLAT)),
    (Flat, json.dumps(FLAT, ensure_ascii=False)),
    (Flat, '{"count": 7, "flag": false, "share": -0.25, "when": null, "price": 1e2, "name": "n"}'),
    (Flat, '{"count": 7, "share": NaN, "name": "n"}'),
    (Flat, '{"count": 1, "name": "a", "count": 22, "name": "\\ud83d\\ude00b", "short": "toolong"}'),
    (Flat, '{"count": "many", "name": "a", "kind": "abc"}'),
    (
        Nested,
        json.dumps(
            {
                "items": [ITEM, {"title": "Two"}],
                "by_name": {"a": ITEM, "b": ITEM},
                "counts": {"x": 1, "y": 22},
                "grid": [[1, 2], [], [33]],
                "pair": [1, "b"],
                "seen": ["a", "b", "a"],
                "last": [1, 2],
                "anything": {"a": [1, {"b": None}], "c": 1.5},
                "choice": ITEM,
                "unknown": {"a": [1, 2]},
                "note": "some",
            }
        ),
    ),
    (
        Nested,
        '{"items": [], "choice": [1, 22], "counts": {"x": 1, "x": 2}, "items": [{"title": "t"}], "z": "zz"}',
    ),
    (Nested, '{"items": [{"title": "t", "tags": [], "size": null}, {"title": 5}], "note": "after"}'),
    (
        Zoo,
        '{"animals": [{"kind": "cat", "lives": 12}, {"lives": 3, "kind": "category", "label": ""}]}',
    ),
    (
        Zoo,
        '{"animals": [{"label": "l", "kind": "category"}, {"kind": "cat"}], '
        '"best": {"kind": "cat", "lives": 1}}',
    ),
    (Called, '{"value": [1, 22]}'),
    (Called, '{"value": "text"}'),
    (Named, '{"firstName": " a b ", "first": "c", "bb": " d", "b": "e "}'),
    (Reached, '{"a": [{"b": "text"}]}'),
    (Aliased, json.dumps({"firstName": "a", "theItems": [ITEM, ITEM], "items": 5})),
    (Strict, '{"count": 1, "when": "2024-01-01", "inner": {"count": 2, "share": 3, "inner": {"count": 33}}}'),
    (Functional, '{"text": "abcd", "listed": ["a", "b"], "number": 41, "encoded": "[1, 2]"}'),
    (Whole, '{"name": "abc", "size": 9}'),
    (WithInfo, '{"name": "abc", "again": "de"}'),
    (Finished, '{"name": "abc"}'),
    (Around, '{"whole": {"name": "abc"}, "finished": [{"name": "a"}, {"name": "bc"}], "made": "yes"}'),
    (
        Mixed,
        json.dumps(
            {
                "point": {"x": 12, "label": "p", "extra": [1, 2]},
                "slotted": [{"name": "s"}, {"name": "t", "size": 12}],
                "posted": {"name": "abc"},
                "told": {"name": "told", "size": 12},
                "names": ["a", "bc"],
                "tree": {"name": "r", "below": [{"name": "s", "below": [{"name": "t"}]}, {"name": "u"}]},
            }
        ),
    ),
    (Point, '{"x": 12, "label": "abc", "extra": [1, 22]}'),
    (Posted, '{"name": "abc"}'),
    (Tree, json.dumps({"name": "a", "below": [{"name": "b", "below": [{"name": "c"}] * 2}] * 3})),
]
ALL_OF_IT = {Named, Reached, Whole, WithInfo, Finished, Around, Posted}


def parts(kind: Any) -> Part:
    found = parts_of(TypeAdapter(kind))
    assert found is not None
    return found


IN_ESCAPE = re.compile(r"\\(u[\da-f]{0,3}|ud[89ab][\da-f]{2}(\\(u[\da-f]{0,3})?)?)?\Z", re.IGNORECASE)


def by_pydantic(adapter: TypeAdapter[Any], text: str) -> Any:
    """What pydantic makes of a text so far, if anything. That of 2.11 leaves out a string that is cut inside
    an escape; that is not compared.
    """
    if LEAVES_OUT and IN_ESCAPE.search(text):
        return None
    try:
        return adapter.validate_json(text, experimental_allow_partial="trailing-strings")
    except ValidationError:
        return None


LEAVES_OUT = False
LEAVES_OUT = by_pydantic(TypeAdapter(Tree), '{"name": "\\u0') is None


# Wherever pydantic makes something of the text so far, it is the same, down to which fields were given.
@pytest.mark.parametrize("size", [1, 2, 5, 1000])
@pytest.mark.parametrize(("kind", "text"), CASES, ids=lambda value: getattr(value, "__name__", ""))
def test_what_pydantic_makes_of_a_prefix_is_shown(kind: Any, text: str, size: int) -> None:
    growing, adapter = Growing(parts(kind), None), TypeAdapter(kind)
    made = 0
    for end in range(size, len(text) + size, size):
        shown, whole = growing.grown_to(text[:end]), by_pydantic(adapter, text[:end])
        if whole is not None and growing.exact:
            made += 1
            assert type(shown) is type(whole) and repr(shown) == repr(whole)
            assert shown == whole or "nan" in repr(shown)
    assert growing.exact is (kind not in ALL_OF_IT)
    assert made or not growing.exact or size == 1000 or "many" in text


def rearranged(chance: random.Random, text: str) -> str:
    """The members in another order, some twice, some not at all, written in another way."""
    members = list(json.loads(text).items())
    chosen = chance.sample(members, len(members)) + chance.sample(members, chance.randint(0, 1))
    colon, comma, space = chance.choice([(":", ",", ""), (": ", ", ", " "), (" :\n", " ,\t", "\n ")])
    style = {"separators": (comma, colon), "ensure_ascii": chance.random() < 0.5}
    written = (
        f"{json.dumps(key)}{colon}{json.dumps(value, **style)}"
        for key, value in chosen[chance.randint(0, 2) :]
    )
    return f"{{{space}{comma.join(written)}{space}}}"


# The same for members in any order, also missing ones and ones that come twice, in any layout.
def test_layout_and_order_do_not_matter() -> None:
    chance, compared = random.Random(7), 0
    for _ in range(400):
        kind, text = chance.choice([case for case in CASES if "NaN" not in case[1]])
        text, growing, adapter = rearranged(chance, text), Growing(parts(kind), None), TypeAdapter(kind)
        step, end = chance.choice([1, 3, 8]), 0
        while end < len(text) and growing.exact:
            end += step
            shown, whole = growing.grown_to(text[:end]), by_pydantic(adapter, text[:end])
            if whole is not None:
                compared += 1
                assert repr(shown) == repr(whole) and shown == whole, text[:end]
    assert compared > 4000


# The same for any cuts, and for texts that begin anew.
def test_cuts_do_not_matter() -> None:
    chance = random.Random(5)
    for _ in range(150):
        kind, text = chance.choice(CASES)
        growing, adapter = Growing(parts(kind), None), TypeAdapter(kind)
        growing.grown_to('{"another": "text')
        end = 0
        while end < len(text):
            end += chance.randint(1, 40)
            shown, whole = growing.grown_to(text[:end]), by_pydantic(adapter, text[:end])
            if whole is not None and growing.exact:
                assert repr(shown) == repr(whole)


# What was shown stays as it was.
def test_what_was_shown_does_not_change() -> None:
    text = json.dumps({"items": [ITEM] * 4, "counts": {"a": 1, "b": 2}, "note": "abc"})
    growing = Growing(parts(Nested), None)
    shown = [(value, repr(value)) for end in range(len(text)) if (value := growing.grown_to(text[:end]))]
    assert len(shown) > 100 and all(repr(value) == said for value, said in shown)


# Before required fields are there, what is there is shown, also in what is nested.
def test_what_is_there_is_shown_from_the_first_byte() -> None:
    growing = Growing(parts(Nested), None)
    assert growing.grown_to("") is None
    assert repr(growing.grown_to('{"note": "ab')) == "Nested(note='ab')"
    assert repr(growing.grown_to('{"note": "ab", "items": [{"tags": ["x')).startswith(
        "Nested(items=[Item(tags=['x'])]"
    )


# A field that does not validate is left out, and no default takes its place.
def test_no_default_takes_the_place_of_what_is_not_valid() -> None:
    shown = Growing(parts(Flat), None).grown_to('{"name": "n", "count": 1, "share": "much", "flag": true}')
    assert repr(shown) == "Flat(name='n', count=1, flag=True)"


# Broken text is read on.
def test_broken_text_is_read_as_what_was_meant() -> None:
    shown = Growing(parts(Item), None).grown_to("{'title': 'One', tags: ['x', 'y")
    assert repr(shown) == "Item(title='One', tags=['x', 'y'], size=None)"


# Text that is broken in whatever way is read to its end, in any pieces; before the defect nothing differs.
# (After it pydantic's partial value stays what it was.)
def test_any_text_can_be_read() -> None:
    chance = random.Random(11)
    for _ in range(300):
        kind, text = chance.choice(CASES)
        first = len(text)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(text))
            first = min(first, at)
            text = (
                text[:at]
                + chance.choice(["", "", '"', "{", "]", "}", ",", ":", "'", "x", "\\"])
                + text[at + 1 :]
            )
        growing, adapter, end = Growing(parts(kind), None), TypeAdapter(kind), 0
        while end < len(text):
            end += chance.choice([1, 4, 30])
            shown, whole = growing.grown_to(text[:end]), by_pydantic(adapter, text[:end])
            said = repr(shown)
            if whole is not None and growing.exact and end <= first:
                assert said == repr(whole), text[:end]


# Settled members are validated once, however long the text becomes.
def test_settled_members_are_validated_once() -> None:
    calls: list[str] = []

    def counted(text: str) -> str:
        calls.append(text)
        return text

    class Counted(BaseModel):
        items: list[Annotated[str, AfterValidator(counted)]]
        note: str

    text = json.dumps({"items": [str(number) for number in range(50)], "note": "a" * 500})
    growing = Growing(parts(Counted), None)
    for end in range(0, len(text), 10):
        growing.grown_to(text[:end])
    assert all(calls.count(str(number)) <= 4 for number in range(49))
