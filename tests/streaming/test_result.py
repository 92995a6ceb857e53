"""The last word is pydantic's: results and errors equal those of ``validate_json`` on the whole text."""

import json
from collections.abc import Callable
from inspect import signature
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import (
    BaseModel,
    Json,
    TypeAdapter,
    ValidationError,
    ValidationInfo,
    field_validator,
)

from pydantic_flow.streaming import NonFatalError, PartialFields, StreamingParser, check_grammar

from .conftest import pieces, said_by_pydantic, said_by_us, values
from .kinds import Aliases, Emptying, Person, Point

Way = Callable[..., tuple[list[Any], Exception | None]]


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
    "text", ['{"name": "A", "born": "1999-12-31", "balance": 1}', '{"name": 5, "born": "1999-12-31"}']
)
def test_strict_passes_through(text: str) -> None:
    assert said_by_us(Person, [text], strict=True) == said_by_pydantic(Person, text, strict=True)


# So does extra; a pydantic that does not know it is told so at once.
@pytest.mark.parametrize("extra", ["allow", "ignore", "forbid"])
def test_extra_passes_through(extra: str) -> None:
    text = '{"name": "A", "born": "1999-12-31", "more": 1}'
    if "extra" in signature(TypeAdapter.validate_json).parameters:
        assert said_by_us(Person, [text], extra=extra) == said_by_pydantic(Person, text, extra=extra)
    else:
        with pytest.raises(TypeError, match="needs pydantic"):
            StreamingParser(Person, extra=extra)


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
