"""Types of any kind, nested in each other, and JSON values that fit them, more or less."""

import dataclasses
from collections import deque
from datetime import date
from decimal import Decimal
from enum import Enum
from typing import Annotated, Any, Literal, NamedTuple, NotRequired
from uuid import UUID

from hypothesis import strategies as st
from pydantic import (
    AfterValidator,
    AliasChoices,
    AliasPath,
    BeforeValidator,
    ConfigDict,
    Discriminator,
    Field,
    Json,
    RootModel,
    SecretStr,
    Tag,
    ValidationInfo,
    WrapValidator,
    create_model,
    model_validator,
)
from pydantic.dataclasses import dataclass as pydantic_dataclass
from typing_extensions import TypedDict

Values = st.SearchStrategy[Any]


class Made(NamedTuple):
    """A type, and values for it, most of which it takes."""

    type: Any
    values: Values


class Mood(Enum):
    GOOD = "good"
    BAD = "bad"


def _even(value: int) -> int:
    if value % 2:
        raise ValueError("odd")
    return value


def _stripped(value: Any) -> Any:
    return value.strip("x") if isinstance(value, str) else value


def _or_zero(value: Any, handler: Any) -> Any:
    try:
        return handler(value)
    except ValueError:
        return 0


def _informed(value: int, info: ValidationInfo) -> int:
    if value > info.data.get("a", 3):
        raise ValueError("more than a")
    return value


def _popped(value: Any) -> Any:
    if isinstance(value, list) and value:
        value.pop()
    return value


def _tag(value: Any) -> str | None:
    return ("many" if "many" in value else "few") if isinstance(value, dict) else None


_words = st.sampled_from(["", "a", "x", "good", "bad", "é\n", "7", "[1]", '{"a": 1}', "2020-02-03", "cat"])
_numbers = st.integers(-3, 9)
anything: Values = st.recursive(
    st.none() | st.booleans() | _numbers | st.floats(-2, 2) | _words,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from("abct"), inner, max_size=3),
    max_leaves=5,
)

LEAVES: list[Made] = [
    Made(int, _numbers),
    Made(str, _words),
    Made(bool, st.booleans()),
    Made(float, st.floats(-2, 2)),
    Made(Any, anything),
    Made(date, st.just("2020-02-03")),
    Made(Decimal, st.sampled_from(["1.50", 2])),
    Made(UUID, st.just("12345678-1234-5678-1234-567812345678")),
    Made(bytes, _words),
    Made(Mood, st.sampled_from(["good", "bad"])),
    Made(Literal["cat", 7, True], st.sampled_from(["cat", 7, True])),
    Made(Json[list[int]], st.just("[1]")),
    Made(SecretStr, _words),
    Made(None, st.none()),
    Made(int | str, _numbers | _words),
    Made(Annotated[int, Field(ge=0, lt=7)], _numbers),
    Made(Annotated[str, Field(min_length=1, max_length=3)], _words),
    Made(Annotated[int, AfterValidator(_even)], _numbers),
    Made(Annotated[str, BeforeValidator(_stripped)], _words),
    Made(Annotated[int, WrapValidator(_or_zero)], _numbers | _words),
    Made(Annotated[int, AfterValidator(_informed)], _numbers),
    Made(Annotated[int, Field(strict=True)], _numbers),
]


def namedtuple_of(**fields: Any) -> Any:
    """A named tuple with these fields."""
    return NamedTuple("Named", list(fields.items()))  # type: ignore[misc]


def _list_of(inner: Made) -> st.SearchStrategy[Made]:
    items = st.lists(inner.values, max_size=4)
    types: list[Any] = [
        list[inner.type],
        tuple[inner.type, ...],
        deque[inner.type],
        Annotated[list[inner.type], Field(min_length=1, max_length=3)],
        Annotated[list[inner.type], BeforeValidator(_popped)],
        RootModel[list[inner.type]],
    ]
    return st.sampled_from([Made(kind, items) for kind in types])


def _map_of(inner: Made) -> st.SearchStrategy[Made]:
    words = st.dictionaries(st.sampled_from(["a", "b", "A", "é"]), inner.values, max_size=3)
    numbers = st.dictionaries(st.sampled_from(["1", "2", "01", "x"]), inner.values, max_size=2)
    return st.sampled_from(
        [
            Made(dict[str, inner.type], words),
            Made(dict[int, inner.type], numbers),
            Made(Annotated[dict[str, inner.type], Field(max_length=2, min_length=1)], words),
        ]
    )


def _fixed(first: Made, second: Made) -> Made:
    return Made(tuple[first.type, second.type], st.tuples(first.values, second.values).map(list))


def _either(first: Made, second: Made) -> Made:
    return Made(first.type | second.type if first.type and second.type else int, first.values | second.values)


@st.composite
def _fields(draw: st.DrawFn, inner: st.SearchStrategy[Made]) -> Any:
    """Fields by name: the type, whether there is a default, the alias, and the keys of JSON."""
    fields = {}
    for name in draw(st.sampled_from(["a", "ab", "abc"])):
        alias, keys = draw(
            st.sampled_from(
                [
                    (None, [name]),
                    (None, [name]),
                    (name.upper(), [name.upper(), name]),
                    (AliasChoices(name.upper(), name), [name, name.upper()]),
                    (AliasChoices(name.upper(), AliasPath("t", 0)), [name.upper(), "t"]),
                    (AliasPath("t", 0), ["t"]),
                ]
            )
        )
        fields[name] = draw(inner), draw(st.booleans()), alias, keys
    return fields


def _values_of(fields: Any, more: Values = anything) -> Values:
    members = {}
    for made, _, _, keys in fields.values():
        for key in keys:
            members[key] = made.values if key != "t" else st.lists(made.values, max_size=2)
    first = {keys[0] for *_, keys in fields.values()}
    required = {key: values for key, values in members.items() if key in first}
    optional = {key: values for key, values in members.items() if key not in first}
    fitting = st.fixed_dictionaries(required, optional=optional)
    return st.one_of(fitting, fitting, fitting, fitting.flatmap(lambda whole: _damaged(whole, more)))


def _damaged(whole: dict[str, Any], more: Values) -> Values:
    """Without a member, or with another one; in another order."""
    without = st.sampled_from(sorted(whole)).map(lambda key: {k: v for k, v in whole.items() if k != key})
    other = st.tuples(st.sampled_from([*whole, "more"]), more).map(lambda pair: {**whole, pair[0]: pair[1]})
    turned = st.permutations(list(whole.items())).map(dict)
    return without | other | turned | more


CONFIGS: list[ConfigDict] = [
    ConfigDict(),
    ConfigDict(),
    ConfigDict(extra="forbid"),
    ConfigDict(extra="allow"),
    ConfigDict(strict=True),
    ConfigDict(populate_by_name=True),
    ConfigDict(str_strip_whitespace=True, coerce_numbers_to_str=True),
    ConfigDict(loc_by_alias=False),
    ConfigDict(frozen=True, revalidate_instances="always"),
]


def _refuse_odd_names(data: Any) -> Any:
    if isinstance(data, dict) and "more" in data:
        raise ValueError("more is too much")
    return data


def _limited(self: Any) -> Any:
    if getattr(self, "a", None) == 5:
        raise ValueError("a is five")
    return self


_VALIDATORS: list[dict[str, Any]] = [
    {},
    {},
    {},
    {"check": model_validator(mode="before")(_refuse_odd_names)},
    {"check": model_validator(mode="after")(_limited)},
]


@st.composite
def _models(draw: st.DrawFn, inner: st.SearchStrategy[Made]) -> Made:
    fields = draw(_fields(inner))
    known = {
        name: (made.type, Field(None if optional else ..., validation_alias=alias))
        for name, (made, optional, alias, _) in fields.items()
    }
    model = create_model(
        "Model",
        __config__=draw(st.sampled_from(CONFIGS)),
        __validators__=draw(st.sampled_from(_VALIDATORS)),
        **known,
    )
    return Made(model, _values_of(fields))


@st.composite
def _dataclasses(draw: st.DrawFn, inner: st.SearchStrategy[Made]) -> Made:
    fields = {
        name: (made, optional, None, [name]) for name, (made, optional, *_) in draw(_fields(inner)).items()
    }
    plain = [
        (name, made.type, dataclasses.field(default=None, kw_only=True) if optional else dataclasses.field())
        for name, (made, optional, *_) in fields.items()
    ]
    cls = dataclasses.make_dataclass("Record", plain)
    if draw(st.booleans()):
        cls = pydantic_dataclass(cls, config=draw(st.sampled_from(CONFIGS[:-1])))
    return Made(cls, _values_of(fields))


@st.composite
def _typed_dicts(draw: st.DrawFn, inner: st.SearchStrategy[Made]) -> Made:
    fields = {
        name: (made, optional, None, [name]) for name, (made, optional, *_) in draw(_fields(inner)).items()
    }
    kinds = {
        name: NotRequired[made.type] if optional else made.type
        for name, (made, optional, *_) in fields.items()
    }
    return Made(TypedDict("Typed", kinds), _values_of(fields))  # type: ignore[operator]


@st.composite
def _named_tuples(draw: st.DrawFn, inner: st.SearchStrategy[Made]) -> Made:
    first, second = draw(inner), draw(inner)
    cls = namedtuple_of(a=first.type, b=second.type)
    return Made(cls, st.tuples(first.values, second.values).map(list))


@st.composite
def _tagged(draw: st.DrawFn, inner: st.SearchStrategy[Made]) -> Made:
    """A union told apart by a key, which may come first, last, or not at all."""
    alias = draw(st.sampled_from([None, "kind"]))
    config = draw(st.sampled_from(CONFIGS))
    choices, values = [], []
    for tag in ("cat", "dog"):
        made = draw(inner)
        known: dict[str, Any] = {"t": (Literal[tag], Field(validation_alias=alias)), "a": (made.type, ...)}
        choices.append(create_model(tag.title(), __config__=config, **known))
        members = {alias or "t": st.just(tag), "a": made.values}
        fitting = st.fixed_dictionaries(members)
        values.append(fitting.flatmap(lambda whole: st.permutations(list(whole.items())).map(dict)))
        values.append(fitting.flatmap(lambda whole: _damaged(whole, anything)))
    union = choices[0] | choices[1]
    return Made(Annotated[union, Field(discriminator="t")], st.one_of(values))


@st.composite
def _tagged_by_a_function(draw: st.DrawFn, inner: st.SearchStrategy[Made]) -> Made:
    made = draw(inner)
    many = create_model("Many", many=(list[made.type], ...))
    few = create_model("Few", few=(made.type, ...))
    union = Annotated[many, Tag("many")] | Annotated[few, Tag("few")]
    values = st.fixed_dictionaries({"many": st.lists(made.values, max_size=3)}) | st.fixed_dictionaries(
        {"few": made.values}
    )
    return Made(Annotated[union, Discriminator(_tag)], values)


def _containers(inner: st.SearchStrategy[Made]) -> st.SearchStrategy[Made]:
    return st.one_of(
        inner.flatmap(_list_of),
        inner.flatmap(_map_of),
        st.builds(_fixed, inner, inner),
        st.builds(_either, inner, inner),
        inner.map(lambda made: Made(made.type | None if made.type else None, made.values | st.none())),
        _models(inner),
        _models(inner),
        _dataclasses(inner),
        _typed_dicts(inner),
        _named_tuples(inner),
        _tagged(inner),
        _tagged_by_a_function(inner),
    )


types: st.SearchStrategy[Made] = _containers(st.recursive(st.sampled_from(LEAVES), _containers, max_leaves=6))
