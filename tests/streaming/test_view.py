"""The typed view: what a growing value will become, under the names and types of its model."""

import dataclasses
from collections import deque
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, TypeAdapter

from pydantic_flow.errors import StaleItemError
from pydantic_flow.streaming import PartialFields, StreamingParser, from_json, to_json

from .conftest import drain, pieces
from .kinds import (
    KINDS,
    Aliases,
    Area,
    Cat,
    Dog,
    Nothing,
    Numbers,
    Open,
    Owner,
    Paragraph,
    Person,
    Point,
    Report,
    Section,
    Told,
)


def views(kind: Any, text: str, size: int = 1, **options: Any) -> list[tuple[Any, Any]]:
    """The value and the view of each item, before the end."""
    parser, seen = StreamingParser(kind, **options), []
    for chunk in pieces(text, size):
        for item in parser.feed(chunk):
            if isinstance(item, PartialFields):
                seen.append((item.value, item.partial))
    return seen


def view(kind: Any, text: str, **options: Any) -> Any:
    """The view of an unfinished text."""
    item, *_ = StreamingParser(kind, **options).feed(text)
    assert isinstance(item, PartialFields)
    return item.partial


# Fields that have settled are validated, strings grow, all other fields are absent.
def test_a_view_has_settled_fields_and_growing_strings_and_no_others() -> None:
    shown = view(Person, '{"balance": "1.50", "born": "1999-12-31", "name": "Zo')
    assert type(shown) is Person
    assert vars(shown) == {"balance": Decimal("1.50"), "born": date(1999, 12, 31), "name": "Zo"}
    assert shown.model_fields_set == {"balance", "born", "name"}
    with pytest.raises(AttributeError):
        _ = shown.addresses


# A date, a number or a literal that has not settled is no string to show.
@pytest.mark.parametrize(
    "text", ['{"born": "1999-1', '{"pet": "c', '{"balance": "1.', '{"balance": 1', "{", '{"na']
)
def test_what_is_not_whole_is_absent(text: str) -> None:
    assert vars(view(Person, text)) == {}


# So is what does not validate.
def test_what_does_not_validate_is_absent() -> None:
    shown = view(Person, '{"name": 7, "born": "x", "addresses": [{"street": "s"}, 3, {"street": "t')
    assert set(vars(shown)) == {"addresses"}
    assert [vars(address) for address in shown.addresses] == [{"street": "t"}]


# Nested models are instances, too, however deep.
def test_nested_models_are_instances() -> None:
    shown = view(
        Report, '{"title": "R", "sections": [{"title": "A"}, {"title": "B", "paragraphs": [{"text": "ab'
    )
    assert shown.title == "R"
    first, second = shown.sections
    assert first == Section(title="A")
    assert (type(second), second.title, set(vars(second))) == (Section, "B", {"title", "paragraphs"})
    [paragraph] = second.paragraphs
    assert (type(paragraph), vars(paragraph)) == (Paragraph, {"text": "ab"})


# Fields have their attribute names, whatever JSON calls them.
def test_fields_have_their_attribute_names() -> None:
    assert vars(view(Aliases, '{"A": 1, "B": "gro')) == {"a": 1, "b": "gro"}
    assert vars(view(Told, '{"n": 1, "r": [')) == {"count": 1, "rows": []}


# Of two keys for one field the better one counts, as in the end.
def test_the_better_alias_counts() -> None:
    assert view(Aliases, '{"A": 1, "Alpha": 2, "B": "').a == 1
    assert view(Aliases, '{"Alpha": 2, "A": 1, "B": "').a == 1


# An extra member is extra, also when a field has its name.
def test_extra_members_are_extra() -> None:
    shown = view(Open, '{"a": "x", "b": "7", "c": "no", "d": 1')
    assert (vars(shown), shown.model_extra) == ({"a": "x"}, {"b": 7})
    assert shown.model_fields_set == {"a", "b"}


# Dataclasses have the attributes that are there, and print them.
def test_dataclasses_have_what_is_there() -> None:
    shown = view(Point, '{"x": 1, "y": ')
    assert isinstance(shown, Point)
    assert (shown.x, repr(shown)) == (1, "Point(x=1)")
    with pytest.raises(AttributeError):
        _ = shown.y  # it has a default, but not yet
    assert isinstance(view(list[Point], '[{"x": 1}, {"y": 2')[-1], Point)


# Other containers are of their own kind.
@pytest.mark.parametrize(
    ("kind", "text", "shown"),
    [
        (list[int], '["1", 2, 3', [1, 2]),
        (tuple[int, str], '[1, "gr', (1, "gr")),
        (set[int], "[1, 1, 2", {1}),
        (deque[int], "[1, 2, 3", deque([1, 2])),
        (dict[int, list[int]], '{"1": [1], "2": [2, 3', {1: [1], 2: [2]}),
        (Numbers, '{"a": [1, 2', Numbers.model_construct({"a": [1]})),
        (dict[str, Any], '{"a": {"b": "c', {"a": {"b": "c"}}),
        (str, '"gro', "gro"),
        (Any, '[{"a": "b', [{"a": "b"}]),
    ],
)
def test_containers_are_of_their_own_kind(kind: Any, text: str, shown: Any) -> None:
    if (
        kind != deque[int] or TypeAdapter(kind).core_schema["type"] == "deque"
    ):  # which is new in pydantic 2.13
        seen = view(kind, text)
        assert (type(seen), seen) == (type(shown), shown)


# A union is shown as its member once the tag has settled, and is absent before.
def test_a_union_is_shown_once_its_tag_has_settled() -> None:
    assert vars(view(Owner, '{"pet": {"kind": "cat')) == {}
    assert vars(view(Owner, '{"pet": {"kind": "cat", "lives": 9')) == {
        "pet": view(Cat, '{"kind": "cat", "lives": 9')
    }
    shown = view(Owner, '{"pet": {"tricks": ["si", "st"], "kind": "dog", "walks": [')
    assert type(shown.pet) is Dog
    assert shown.pet.tricks == ["si", "st"]


# Private attributes have their defaults; what a computed field lacks is an AttributeError, as for any field.
def test_private_attributes_have_their_defaults() -> None:
    shown = view(Area, '{"width": 2, "names": ["a')
    assert shown._seen == 0
    assert (shown.width, shown.names) == (2, ["a"])
    with pytest.raises(AttributeError):
        _ = shown.size


# A text under a validator that waits for other fields is shown as it came.
def test_what_waits_is_absent_unless_it_is_a_text() -> None:
    assert vars(view(Nothing, '{"rows": [1, 2], "limit": 3, "paragraphs": [')) == {
        "limit": 3,
        "paragraphs": [],
    }


def grown(shown: Any, final: Any) -> int:
    """How many strings of the view still grow; everything else in it must be as in the end."""
    if type(shown) is type(final) and shown == final:
        return 0
    if isinstance(shown, str):
        return 1
    if isinstance(shown, BaseModel) or dataclasses.is_dataclass(shown):
        assert isinstance(shown, type(final))
        fields = getattr(type(shown), "model_fields", None) or {f.name: f for f in dataclasses.fields(final)}
        if isinstance(shown, BaseModel):
            assert shown.model_fields_set == {*vars(shown), *(shown.model_extra or {})}
        there = [
            name for name in fields if hasattr(shown, name) and name in getattr(shown, "__dict__", {name})
        ]
        return sum(grown(getattr(shown, name), getattr(final, name)) for name in there)
    if isinstance(shown, Mapping):
        return sum(grown(value, final[key]) for key, value in shown.items())
    assert type(shown) is type(final)
    assert len(shown) <= len(final)
    if isinstance(shown, set | frozenset):
        assert shown <= final
        return 0
    return sum(map(grown, shown, final))


LATER = {
    "mutating validator": "its validator turns the rows around",
    "validators": "the validators of some fields wait for others",
    "forgiving model": "the model forgets what it forgives",
    "list of forgiving models": "the model forgets what it forgives",
    "model with its own init": "it makes its own rows",
    "union by a function": "the member is not known before",
    "many kinds": "a Sequence keeps its own type",
    "pydantic dataclass": "its length is no argument",
    "bounded map": "two of its keys become one",
}


# For every type of the table, at every cut: a view never raises, and what it shows is what comes in the
# end, but for one string that grows.
@pytest.mark.parametrize("name", [name for name in KINDS if name not in LATER])
def test_what_has_settled_is_as_in_the_end(name: str) -> None:
    kind = KINDS[name]
    for text in kind.good:
        adapter = kind.type if isinstance(kind.type, TypeAdapter) else TypeAdapter(kind.type)
        final = adapter.validate_json(text, **kind.options)
        for value, shown in views(kind.type, text, **kind.options):
            if shown is not value:  # a union that is not decided
                assert grown(shown, final) <= 1


# And whatever pydantic would say, in the end or in between.
@pytest.mark.parametrize("name", KINDS)
def test_a_view_never_raises(name: str) -> None:
    kind = KINDS[name]
    for text in kind.good + kind.bad:
        for size in (1, 7):
            views(kind.type, text, size, **kind.options)
        views(kind.type, text + '"]}, "' + text, **kind.options)


# What was shown stays as it was: also the views, whatever comes later.
def test_views_do_not_change_when_the_value_grows() -> None:
    text = KINDS["nested models"].good[0]
    kept = views(Report, text)
    again = [repr(shown) for _, shown in views(Report, text)]
    assert [repr(shown) for _, shown in kept] == again


# A view can be looked at until the next item, or for ever on request: the same, in any order.
def test_views_are_gone_with_the_next_item_unless_kept() -> None:
    text = KINDS["nested models"].good[0]
    items = [i for i in StreamingParser(Report).stream_parse(pieces(text, 3)) if isinstance(i, PartialFields)]
    with pytest.raises(StaleItemError, match="keep_changes=True"):
        _ = items[0].partial
    kept, _ = drain(StreamingParser(Report, keep_changes=True).stream_parse(pieces(text, 3)))
    assert isinstance(kept[0], PartialFields)
    in_time = [repr(shown) for _, shown in views(Report, text, 3)]
    shown = {place: repr(kept[place].partial) for place in (*range(len(in_time)), 5, 0, 9, 3)}
    assert [shown[place] for place in range(len(in_time))] == in_time


# A look at a moment twice gives the same.
def test_looking_twice_gives_the_same() -> None:
    [item] = StreamingParser(Report).feed('{"title": "R", "sections": [{"title": "A"}, {"title": "B')
    assert isinstance(item, PartialFields)
    assert item.partial == item.partial


# Without a type there is no view but the value.
def test_an_event_from_json_shows_its_value() -> None:
    [item] = StreamingParser(Report).feed('{"title": "R')
    assert from_json(to_json(item)).partial is None  # type: ignore[attr-defined]


def counted() -> tuple[Any, list[int]]:
    calls: list[int] = []

    class Row(BaseModel):
        n: Annotated[int, AfterValidator(lambda value: calls.append(value) or value)]

    class Table(BaseModel):
        rows: list[Row] = []
        first: Row | None = None

    return Table, calls


TABLE = '{"first": {"n": 0}, "rows": [' + ", ".join(f'{{"n": {n}}}' for n in range(1, 40)) + "]}"


# Nothing is built for what nobody looks at.
def test_what_nobody_looks_at_is_not_built() -> None:
    kind, calls = counted()
    _, error = drain(StreamingParser(kind, early=False).stream_parse(pieces(TABLE, 2)))
    assert error is None
    assert sorted(calls) == list(range(40))  # once, at the end


# Who looks at every item pays for each settled part about once, not for the whole value each time.
def test_looking_at_everything_validates_each_part_once_or_twice() -> None:
    kind, calls = counted()
    views(kind, TABLE, early=False)
    assert max(calls.count(n) for n in range(40)) <= 4
    assert len(calls) <= 40 * 3.2


# Who looks once pays for what is there once.
def test_looking_once_validates_what_is_there_once() -> None:
    kind, calls = counted()
    parser, items = StreamingParser(kind, early=False), []
    for letter in TABLE[: TABLE.index(', {"n": 31') + 3]:
        items = parser.feed(letter)
    assert calls == []
    assert len(items[-1].partial.rows) == 31  # type: ignore[union-attr]
    assert sorted(calls) == list(range(31))
