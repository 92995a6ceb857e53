"""Early validation: what has settled is judged once, while the rest still comes."""

import json
from ast import literal_eval
from collections.abc import Callable
from typing import Annotated, Any

import pytest
from pydantic import AfterValidator, BaseModel, Field, ValidationError, ValidationInfo, model_validator
from pydantic.dataclasses import dataclass
from typing_extensions import TypedDict

from pydantic_flow.streaming import NonFatalError, PartialFields, Retract, StreamingParser, parts, schemas

from .conftest import cuts, drain, facts, pieces, said_by_pydantic, said_by_us, some_cuts
from .kinds import (
    KINDS,
    Address,
    Aliases,
    Closed,
    Emptying,
    Kind,
    Line,
    Named,
    Nothing,
    Owner,
    Person,
    Report,
    Shape,
    Told,
    Validated,
    Wrapped,
    Zoo,
)

Way = Callable[..., tuple[list[Any], Exception | None]]


def complaints(items: list[Any]) -> list[NonFatalError]:
    """What was found before the end."""
    errors = [item for item in items if isinstance(item, NonFatalError) and item.kind == "validation"]
    return [error for error in errors if error.recoverable]


# A mark `<path>` stands where a complaint about that path is due: where the place has settled, because
# the next key or item, or the end of what is around it, has confirmed that it is whole.
MOMENTS: dict[str, tuple[Any, str]] = {
    "a field": (Person, '{"name": 1, "born":<("name",)> "x", "pet":<("born",)> "cow", "x":<("pet",)> 1}'),
    "a field of a field that has a list of objects": (
        Report,
        '{"title": "", "appendix": {"title": 1, "level":<("appendix", "title")> 0}, '
        '"index":<("appendix", "level")> {}}',
    ),
    "a field that is an object": (Owner, '{"pet": {"kind": "cat", "lives": "x"}, "a":<("pet", "lives")> 1}'),
    "a field of an item": (
        Report,
        '{"sections": [{"title": 1, "level":<("sections", 0, "title")> 9}, '
        '{<("sections", 0, "level")>"title": ""}]}',
    ),
    "a missing field of an item": (list[Address], '[{"street": "s"}, {<(0, "number")>}]'),
    "a missing field deep below": (
        Report,
        '{"sections": [{"title": "", "paragraphs": [{}, {<("sections", 0, "paragraphs", 0, "text")>}]}]}',
    ),
    "an item": (list[int], '[1, "x", 2<(1,)>, null, 3<(3,)>]'),
    "an item of the wrong kind": (Report, '{"sections": [7, {<("sections", 0)>}]}'),
    "an item of a list in a list": (list[list[int]], '[["x", 1<(0, 0)>], []]'),
    "an item of a map of lists": (
        Report,
        '{"title": "", "index": {"a": [{"street": 1, "number": 2}, {<("index", "a", 0, "street")>}]}}',
    ),
    "a field of the wrong kind": (Report, '{"sections": {}, "title":<("sections",)> ""}'),
    "too many items": (
        Report,
        '{"sections": [{"title":""}, {"title":""}, {"title":""}, {"title":""}], "index":<("sections",)> {}}',
    ),
    "a field by its alias": (Named, '{"One": "x", "two":<("One",)> 1, "Two":<("two",)> ""}'),
    "a field by its name": (
        Told,
        '{"n": "x", "r":<("n",)> [{"street": 1, "number": 1}, {<("r", 0, "street")>}]}',
    ),
    "a place of an alias path": (Aliases, '{"B": 1, "A":<("B",)> 2}'),
    "an unknown field": (Closed, '{"b": 1, "a":<("b",)> ""}'),
    "a field of a dataclass": (
        Line,
        '{"name": "abcd", "start":<("name",)> {}, "points":<("start", "x")> []}',
    ),
    "a tag": (Owner, '{"others": [{"kind": "cow", "x":<("others", 0)> 1, "y": 2}]}'),
    "members after the tag": (
        Owner,
        '{"others": [{"kind": "dog", "tricks": [1, 2<("others", 0, "tricks", 0)>], "walks":'
        '<("others", 0, "tricks", 1)> 3, "x":<("others", 0, "walks")> 1}]}',
    ),
    "members before the tag": (
        Owner,
        '{"others": [{"tricks": 1, "walks": {}, "kind": "dog", "x":<("others", 0, "tricks");'
        '("others", 0, "walks")> []}]}',
    ),
    "a field missing after the tag": (Owner, '{"others": [{"kind": "dog"}, {<("others", 0, "tricks")>}]}'),
    "a union in a union": (
        Zoo,
        '{"animals": [{"kind": "lizard", "colour": "red"}, {<("animals", 0, "colour")>}]}',
    ),
    "a root that is chosen by a tag": (Owner, '{"pet": {"kind": "cow"}, "others":<("pet",)> []}'),
    "several places of one piece": (
        Nothing,
        '{"paragraphs": [{"text": "a", "tags": [1, 2]}, {<("paragraphs", 0, "text");'
        '("paragraphs", 0, "tags", 0);("paragraphs", 0, "tags", 1)>}], "a":<("paragraphs", 1, "text")> 1}',
    ),
}


def unmarked(marked: str) -> tuple[str, list[tuple[int, Any]]]:
    """The text, and after which of its characters a complaint about which path is due."""
    text, *rest = marked.split("<")
    due: list[tuple[int, Any]] = []
    for piece in rest:
        paths, after = piece.split(">")
        due += [(len(text), literal_eval(path)) for path in paths.split(";")]
        text += after
    return text, due


# At once, by path, exactly once: letter by letter, each complaint comes with the letter that settles the
# place, and no other complaint comes.
@pytest.mark.parametrize("name", MOMENTS)
def test_a_complaint_comes_when_its_place_has_settled(name: str) -> None:
    kind, marked = MOMENTS[name]
    text, due = unmarked(marked)
    parser = StreamingParser(kind)
    came = [
        (place, complaint.path)
        for place, letter in enumerate(text, 1)
        for complaint in complaints(parser.feed(letter))
    ]
    assert came == due


# However the text is cut: the same complaints in the same order, none of them new at the end.
@pytest.mark.parametrize("name", MOMENTS)
def test_complaints_do_not_depend_on_the_cuts(name: str) -> None:
    kind, marked = MOMENTS[name]
    text, due = unmarked(marked)
    for chunks in cuts(text):
        items, _ = drain(StreamingParser(kind).stream_parse(chunks))
        assert [complaint.path for complaint in complaints(items)] == [path for _, path in due]


def places(kind: Kind, text: str) -> set[tuple[Any, str]]:
    """What pydantic says of a text in the end: the places in its value, and what is wrong there."""
    said = set()
    error = said_by_pydantic(kind.type, text, **kind.options)
    assert isinstance(error, tuple)
    for line in error[1]:
        value, place = json.loads(text), []
        for step in line["loc"]:
            if (isinstance(value, dict) and step in value) or (
                isinstance(value, list) and isinstance(step, int) and step < len(value)
            ):
                value = value[step]
                place.append(step)
        if line["type"] == "missing":
            place.append(line["loc"][-1])
        said.add((tuple(place), line["msg"]))
    return said


# For every type of the table: a complaint is about something that pydantic refuses in the end, in its
# words. Where it stops at the first item too many, it says nothing of the items.
@pytest.mark.parametrize(("name", "text"), [(name, text) for name in KINDS for text in KINDS[name].bad])
def test_every_complaint_is_confirmed_by_the_end(name: str, text: str) -> None:
    kind = KINDS[name]
    if name == "complaints by name":  # it does not speak of keys; see MOMENTS
        return
    confirmed = places(kind, text)
    too_long = [place for place, message in confirmed if "at most" in message]
    for chunks in some_cuts(text):
        items, _ = drain(StreamingParser(kind.type, **kind.options).stream_parse(chunks))
        found = complaints(items)
        assert len({complaint.path for complaint in found}) == len(found)
        for complaint in found:
            for message in complaint.message.split("; "):
                hidden = any(complaint.path[: len(place)] == place for place in too_long)
                assert hidden or (complaint.path, message) in confirmed


# And of a text that it takes there is nothing to say.
@pytest.mark.parametrize(("name", "text"), [(name, text) for name in KINDS for text in KINDS[name].good])
def test_nothing_is_said_of_what_pydantic_takes(name: str, text: str) -> None:
    kind = KINDS[name]
    for chunks in some_cuts(text):
        items, error = drain(StreamingParser(kind.type, **kind.options).stream_parse(chunks))
        assert (complaints(items), error) == ([], None)


# What nobody can judge alone waits for the end: texts that pydantic refuses, without a complaint before.
@pytest.mark.parametrize(
    ("why", "kind", "text"),
    [
        ("a validator takes ValidationInfo", Nothing, '{"rows": [9, 9], "limit": 3}'),
        ("a validator of another field may still speak", Validated, '{"informed": 11, "rows": [1]}'),
        ("a validator may change the model's input", Emptying, '{"rows": {}, "x": 1}'),
        ("a validator may forgive", list[Wrapped] | int, '{"rows": ["x"], "y": 1}'),
        ("a union may take another member", list[int | list[str]] | str, '[[1], "x", [2], 1]'),
        ("a function chooses the member", Shape, '{"radius": "x", "y": 1}'),
        ("a better alias may come", Aliases, '{"Alpha": "x", "b": 1}'),
        ("a bound counts what is there", Annotated[list[int], Field(min_length=3)], "[1, 2]"),
    ],
)
def test_what_cannot_be_judged_alone_waits_for_the_end(why: str, kind: Any, text: str) -> None:
    items, error = drain(StreamingParser(kind).stream_parse(list(text)))
    assert isinstance(error, ValidationError)
    assert complaints(items) == []


# A pydantic with kinds of schemas that are not known here costs earliness and nothing else.
@pytest.mark.parametrize("gone", ["int", "model-fields", "list", "str", "tagged-union", "model", "default"])
@pytest.mark.parametrize("name", ["nested models", "discriminated union", "aliases", "pydantic dataclass"])
def test_an_unknown_schema_costs_only_earliness(
    monkeypatch: pytest.MonkeyPatch, name: str, gone: str
) -> None:
    monkeypatch.setattr(schemas, "_KNOWN", schemas._KNOWN - {gone})
    monkeypatch.setattr(parts, "_KINDS", {kind: what for kind, what in parts._KINDS.items() if kind != gone})
    parts._book.cache_clear()
    try:
        for text in KINDS[name].good + KINDS[name].bad:
            said = said_by_us(KINDS[name].type, pieces(text, 3))
            assert said == said_by_pydantic(KINDS[name].type, text)
    finally:
        parts._book.cache_clear()


class Counted:
    """Counts how often a validator was called, by value."""

    def __init__(self) -> None:
        self.calls: dict[Any, int] = {}

    def __call__(self, value: Any) -> Any:
        self.calls[repr(value)] = self.calls.get(repr(value), 0) + 1
        return value


def counting() -> dict[str, tuple[Callable[[Any], Any], str]]:
    """Types made with a validator, and a text with a different value at each place that it validates."""

    def model(leaf: Any) -> Any:
        class Inner(BaseModel):
            n: leaf

        class Outer(BaseModel):
            a: leaf
            inner: Inner
            inners: list[Inner] = []
            numbers: list[leaf] = []
            table: dict[str, list[leaf]] = {}
            pair: tuple[leaf, leaf] | None = None

        return Outer

    def record(leaf: Any) -> Any:
        @dataclass
        class Inner:
            n: leaf

        return TypedDict("Record", {"a": leaf, "inner": Inner, "inners": list[Inner]})

    def tagged(leaf: Any) -> Any:
        class Cat(BaseModel):
            kind: str = Field(pattern="cat")
            n: leaf

        cat = Annotated[Cat, Field()]
        return list[cat]

    return {
        "a model": (
            model,
            '{"a": 1, "inner": {"n": 2}, "inners": [{"n": 3}, {"n": 4}], "numbers": [5, 6, 7], '
            '"table": {"x": [8, 9], "y": []}, "pair": [10, 11]}',
        ),
        "a dict of dataclasses": (record, '{"a": 1, "inner": {"n": 2}, "inners": [{"n": 3}, {"n": 4}]}'),
        "a list": (lambda leaf: list[leaf], "[1, 2, 3, 4]"),
        "a list of models": (tagged, '[{"kind": "cat", "n": 1}, {"n": 2, "kind": "cat"}]'),
        "lists in lists": (lambda leaf: list[list[list[leaf]]], "[[[1, 2], []], [[3]], [[4, 5], [6]]]"),
    }


# It adds no more work than validating each settled part once: nobody is asked more than twice, once early
# and once at the end, whatever is inside what, and however the text is cut.
@pytest.mark.parametrize("name", counting())
def test_every_part_is_validated_once_early_and_once_at_the_end(name: str) -> None:
    make, text = counting()[name]
    counter = Counted()
    kind = make(Annotated[int, AfterValidator(counter)])
    for chunks in cuts(text):
        counter.calls.clear()
        _, error = drain(StreamingParser(kind).stream_parse([*chunks, " "]))
        assert error is None
        assert set(counter.calls.values()) <= {1, 2}
        assert list(counter.calls.values()).count(1) <= 1  # the last part of a root settles with the end
        counter.calls.clear()
        drain(StreamingParser(kind, early=False).stream_parse(chunks))
        assert set(counter.calls.values()) == {1}


# On request there is none.
def test_early_false_waits_for_the_end() -> None:
    items, error = drain(StreamingParser(list[int], early=False).stream_parse(['["x", ', "1, 2]"]))
    assert complaints(items) == []
    assert isinstance(error, ValidationError)


# `fail_fast` raises pydantic's exception with the chunk that settles the place, after its fields, and
# says what pydantic would have said at the end.
@pytest.mark.parametrize("name", MOMENTS)
def test_fail_fast_raises_what_pydantic_would_have_said(way: Way, name: str) -> None:
    kind, marked = MOMENTS[name]
    text, due = unmarked(marked)
    first, _ = due[0]
    items, error = way(
        StreamingParser(kind, fail_fast=True), [text[: first - 1], text[first - 1 : first], "nonsense"]
    )
    assert isinstance(error, ValidationError)
    title, lines, _ = facts(error)
    said = said_by_pydantic(kind, text)
    assert title == said[0]
    if name != "too many items":  # the error has the list as it was, not the whole one
        assert all(line in said[1] or line["loc"] in [other["loc"] for other in said[1]] for line in lines)
    announced = items[-1]
    assert isinstance(announced, NonFatalError) and not announced.recoverable
    assert announced.kind == "validation"
    assert announced.path == due[0][1] or kind is Told  # whose exceptions do not speak of keys
    assert complaints(items) == []
    assert isinstance(items[-2], PartialFields)


# What it is about is shown before.
def test_a_complaint_comes_after_the_fields_that_it_is_about(way: Way) -> None:
    items, _ = way(StreamingParser(Person), ['{"name": 1, "born": "2020-', '01-01"}'])
    assert items[0].fields == {"name": 1, "born": "2020-"}
    assert (items[1].path, items[1].kind) == (("name",), "validation")


# A repeated key replaces what was said of the first.
def test_a_repeated_key_is_judged_again(way: Way) -> None:
    text = '{"name": 1, "name": 2, "name": "A", "born": "1999-12-31"}'
    items, error = way(StreamingParser(Person), list(text))
    assert error is None
    assert [complaint.path for complaint in complaints(items)] == [("name",), ("name",)]
    assert items[-1].name == "A"


# Another root replaces all of it; its own places are judged anew.
def test_another_root_is_judged_anew(way: Way) -> None:
    text = '<b>{"name": 1, "born": "x"}\n</think>{"name": 2, "born": "1999-12-31", "pet": "cow", "x": 1}'
    items, error = way(StreamingParser(Person), list(text))
    assert isinstance(error, ValidationError)
    [at] = [place for place, item in enumerate(items) if isinstance(item, Retract)]
    assert [complaint.path for complaint in complaints(items[:at])] == [("name",), ("born",)]
    assert [complaint.path for complaint in complaints(items[at:])] == [("name",), ("pet",)]


# The same for unions whose tag was read in a root that is gone.
def test_a_union_of_another_root_is_chosen_anew() -> None:
    cat = '{"pet": {"kind": "cat", "lives": 1}}\n'
    dog = '{"pet": {"lives": 1, "kind": "dog", "tricks": 1, "x": 1}}'
    items, _ = drain(StreamingParser(Owner).stream_parse(list(f"{cat}</think>{dog}")))
    [at] = [place for place, item in enumerate(items) if isinstance(item, Retract)]
    assert [complaint.path for complaint in complaints(items[at:])] == [("pet", "tricks")]


# A validator that breaks in another way is not heard before the end, where it breaks again.
def test_a_validator_that_breaks_is_heard_at_the_end(way: Way) -> None:
    def broken(value: int) -> int:
        raise KeyError(value)

    items, error = way(StreamingParser(list[Annotated[int, AfterValidator(broken)]]), ["[1, 2, ", "3]"])
    assert isinstance(error, KeyError)
    assert complaints(items) == []
    assert (items[-1].kind, items[-1].exception_type) == ("exception", "KeyError")


# A validator that changes its input changes neither what was shown nor what comes.
def test_an_early_validator_gets_nothing_that_others_see(way: Way) -> None:
    class Item(BaseModel):
        rows: list[int]

        @model_validator(mode="before")
        @classmethod
        def take(cls, data: Any) -> Any:
            data["rows"].clear()
            data["rows"] = [7]
            return data

    items, error = way(StreamingParser(list[Item]), ['[{"rows": [1]}, {"ro', 'ws": [2]}, ', '{"rows": [3]}]'])
    assert error is None
    assert items[-1] == [Item.model_construct(rows=[7])] * 3
    assert items[-2].value == [{"rows": [1]}, {"rows": [2]}, {"rows": [3]}]


# Context and strictness are the same early and at the end.
def test_context_and_options_reach_early_validation() -> None:
    seen = []

    class Item(BaseModel):
        n: int

        @model_validator(mode="after")
        def look(self, info: ValidationInfo) -> "Item":
            seen.append(info.context)
            return self

    items, _ = drain(StreamingParser(list[int], strict=True).stream_parse(["[1, 2.0, 3, ", "4]"]))
    assert [complaint.path for complaint in complaints(items)] == [(1,)]
    drain(StreamingParser(Item, context="here").stream_parse(['{"n": 1}']))
    assert seen == ["here"]
