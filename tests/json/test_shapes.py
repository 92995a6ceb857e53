"""Reading with a shape in mind: what each rule does, with the shape and without. Tables: ``shaped.py``."""

from __future__ import annotations

import gc
import json
from typing import Annotated, Any

import pytest
from jsonschema import Draft202012Validator
from pydantic import BaseModel, Field, TypeAdapter, ValidationError

from pydantic_flow import StreamingParser, _core
from pydantic_flow.errors import LimitError
from pydantic_flow.json import Limits, Parser, loads, repair, shape_of
from pydantic_flow.json.adapters import adapter_of
from pydantic_flow.json.shapes import _made, shape_of_several

from .shaped import HELD_BACK, READINGS, TYPES, VALUES, Aliased, Called, Colour, Item, Itself, Node, Order

NAMES = [row[0] for row in READINGS]


@pytest.mark.parametrize(("what", "text", "shaped", "plain"), [row[1:] for row in READINGS], ids=NAMES)
def test_a_rule_reads_what_fits_and_nothing_else(what: Any, text: str, shaped: Any, plain: Any) -> None:
    """Each row is read as it says with the shape, whole and cut anywhere, and as it says without it."""
    assert loads(text, shape=what) == shaped
    if plain is not None:
        assert loads(text) == plain
    assert json.loads(repair(text, shape=what)) == shaped
    whole = _read(what, [text])
    for cut in range(1, len(text)):
        assert _read(what, [text[:cut], text[cut:]]) == whole
    assert _read(what, list(text)) == whole
    assert whole[0] == shaped


def _read(what: Any, chunks: list[str]) -> tuple[Any, list[_core.Repair]]:
    parser = Parser(shape=what)
    for chunk in chunks:
        parser.feed(chunk)
    return parser.finish(), parser.repairs


@pytest.mark.parametrize(("what", "text", "shaped"), [row[1:4] for row in READINGS], ids=NAMES)
def test_what_is_read_otherwise_is_listed(what: Any, text: str, shaped: Any) -> None:
    """A value that is not as it stands in valid JSON has a repair."""
    try:
        plain = json.loads(text)
    except ValueError:
        return
    assert (_read(what, [text])[1] == []) == (plain == shaped)


@pytest.mark.parametrize(("what", "text"), [row[1:3] for row in READINGS], ids=NAMES)
def test_valid_json_is_fitted_only_when_asked(what: Any, text: str) -> None:
    """With ``coerce=False`` a shape changes nothing of valid JSON."""
    try:
        plain = json.loads(text)
    except ValueError:
        return
    assert loads(text, shape=what, coerce=False) == plain
    assert repair(text, shape=what, coerce=False) == text


@pytest.mark.parametrize("type_", TYPES, ids=str)
def test_a_value_that_validates_is_never_changed(type_: Any) -> None:
    """Whatever pydantic takes for a type is read as it stands with the shape of that type."""
    adapter = TypeAdapter[Any](type_)
    for value in VALUES:
        text = json.dumps(value)
        try:
            adapter.validate_json(text)
        except ValidationError:
            continue
        assert loads(text, shape=type_) == value, text
        assert _read(type_, [text])[1] == [], text


@pytest.mark.parametrize("type_", [t for t in TYPES if t not in (Colour, Called)], ids=str)
def test_a_value_that_a_json_schema_takes_is_never_changed(type_: Any) -> None:
    """The same for the JSON schema of the type, and what the ``jsonschema`` library says of it."""
    schema = TypeAdapter[Any](type_).json_schema()
    takes = Draft202012Validator(schema)
    for value in VALUES:
        if takes.is_valid(value):
            assert loads(json.dumps(value), shape=schema) == value, value


@pytest.mark.parametrize(("what", "text", "shown"), HELD_BACK, ids=range(len(HELD_BACK)))
def test_names_and_dates_are_held_back_until_whole(what: Any, text: str, shown: Any) -> None:
    """Plain strings show as they grow; names from a list, dates and their like when they are whole."""
    for coerce in (True, False):
        parser = Parser(shape=what, unfinished="hide", coerce=coerce)
        for character in text:
            parser.feed(character)
        assert parser.snapshot() == shown


def test_a_shape_that_comes_by_name_only_knows_names() -> None:
    """The options that rule aliases in pydantic rule them here."""
    text = '{"aPlain": "re'
    for by_alias, by_name, shown in [(False, True, {"aPlain": "re"}), (True, False, {}), (None, None, {})]:
        shape = shape_of(Aliased, by_alias=by_alias, by_name=by_name)
        parser = Parser(shape=shape, unfinished="hide")
        parser.feed(text)
        assert parser.snapshot() == shown


def test_several_values_of_a_type_are_a_list_and_one_is_itself() -> None:
    """The shape for NDJSON takes both."""
    shape = shape_of_several(Item)
    assert loads('{"name": "a"}\n{"name": "b"}', shape=shape) == [{"name": "a"}, {"name": "b"}]
    assert loads('{"name": "a"}', shape=shape) == {"name": "a"}


def test_no_shape_is_a_clear_error() -> None:
    """What is neither a type nor a schema is refused by name, before anything is read."""
    for wrong in (1, "Order", object()):
        with pytest.raises(TypeError, match="a shape is a type that pydantic validates or a JSON schema"):
            loads("{}", shape=wrong)
    with pytest.raises(ValueError, match="there is no place 3"):
        _core.Shape([(127, False, False, {}, 3, [], 0, None)], 1)


def test_depth_counts_lists_that_were_not_written() -> None:
    """A list of one that a shape adds is a level like any other, and so is one inside a string."""
    deep = '{"below": ' * 3 + '{"word": "x"}' + "}" * 3
    assert loads(deep, shape=Node, limits=Limits(depth=7))
    with pytest.raises(LimitError):
        loads(deep, shape=Node, limits=Limits(depth=6))
    encoded = json.dumps({"below": json.dumps([{"below": [{}]}])})
    assert loads(encoded, shape=Node, limits=Limits(depth=5)) == {"below": [{"below": [{}]}]}
    assert loads(encoded, shape=Node, limits=Limits(depth=4)) == json.loads(encoded)


def test_a_schema_that_goes_in_circles_is_read() -> None:
    """References to themselves, to nothing, and combinations that contain themselves: anything."""
    circles: list[dict[str, Any]] = [
        {"$ref": "#"},
        {"$ref": "#/nowhere"},
        {"$ref": "https://example.com/other.json"},
        {"anyOf": [{"$ref": "#"}, {"type": "string"}]},
        {"allOf": [{"$ref": "#/$defs/a"}], "$defs": {"a": {"allOf": [{"$ref": "#/$defs/a"}]}}},
        {"properties": {"again": {"$ref": "#"}}},
    ]
    for schema in circles:
        assert loads('{"again": {"again": 1}}', shape=schema) == {"again": {"again": 1}}


def test_a_type_that_holds_nothing_but_itself_is_read() -> None:
    """A model that is itself or null, which pydantic can read as null alone."""
    assert loads("null", shape=Itself) is None
    [*_, result] = StreamingParser(Itself).stream_parse(["nu", "ll"])
    assert result == Itself(None)


def test_shapes_of_one_type_are_made_once() -> None:
    """A type is walked once, however often it is read."""
    assert shape_of(Order) is shape_of(Order)
    assert shape_of(shape_of(Order)) is shape_of(Order)
    assert repr(shape_of(Order)).startswith("<Shape of ")


# Equal types that validate in another order are told apart; a rebuilt model is asked again.
def test_a_remembered_adapter_is_that_of_the_same_type() -> None:
    class A(BaseModel):
        x: int

    class B(BaseModel):
        x: int

    for type_, first in ((A | B, A), (B | A, B), (list[A | B], A), (list[B | A], B)):
        text = '{"x": 1}' if type_ in (A | B,) else '[{"x": 1}]'
        found = adapter_of(type_).validate_json(text)
        assert type(found[0] if isinstance(found, list) else found) is first

    before = adapter_of(A)
    A.model_fields["x"].annotation = str  # type: ignore[assignment]
    A.model_rebuild(force=True)
    assert adapter_of(A) is not before and adapter_of(A).validate_json('{"x": "s"}').x == "s"


# What nobody holds is not remembered: the shape of a type that has no hash goes with its adapter.
def test_shapes_are_remembered_as_long_as_their_adapter() -> None:
    unhashable = Annotated[int, Field(gt=1)]
    for _ in range(3):
        shape_of(unhashable)
    gc.collect()
    kept = len(_made)
    for _ in range(5):
        shape_of(unhashable)
    gc.collect()
    assert len(_made) == kept and shape_of(list[int]) is shape_of(list[int])
