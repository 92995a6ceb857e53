"""Values rebuilt from recorded changes."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from pydantic_flow.errors import EventError
from pydantic_flow.streaming import (
    Emitter,
    NonFatalError,
    PartialFields,
    ProgressItem,
    Record,
    StreamingParser,
    ToolArgProgress,
    ToolCall,
    apply_changes,
    from_json,
    replay,
    to_json,
)

from .conftest import drain, pieces, values

BROKEN = [
    "{'a': [1,], b: nul",
    '{"a": "x"} {"a": "y"}',
    '["x"] </think> {"a": ["b", "c"]}',
    '{"a": "b", "a": ["c"]}',
]


def recorded(text: str, size: int) -> tuple[list[Any], list[bytes]]:
    """What a consumer saw, and what a recorder wrote meanwhile."""
    seen, wire = [], []
    for item in StreamingParser(Any, on_truncated="accept").stream_parse(pieces(text, size)):
        if isinstance(item, ProgressItem):
            seen.append(item)
            wire.append(to_json(item))
    return seen, wire


def same(items: list[Any], others: list[Any]) -> bool:
    def views(item: Any) -> Any:
        return json.dumps([item.fields, item.value]) if isinstance(item, PartialFields) else item

    return list(map(views, items)) == list(map(views, others))


# Read back, events have the fields and values that they had when they were sent.
@given(value=values, size=st.integers(1, 9))
def test_a_replayed_recording_has_the_fields_and_values_of_the_stream(value: Any, size: int) -> None:
    seen, wire = recorded(json.dumps(value), size)
    assert same(list(replay(map(from_json, wire))), seen)


# Of broken text, too.
@pytest.mark.parametrize("size", [1, 2, 3, 5, 100])
@pytest.mark.parametrize("text", BROKEN)
def test_a_replayed_recording_of_broken_text_too(text: str, size: int) -> None:
    seen, wire = recorded(text, size)
    replayed = list(replay(map(from_json, wire)))
    assert [item.value for item in replayed if isinstance(item, PartialFields)] == [
        item.value for item in seen if isinstance(item, PartialFields)
    ]


# Other events pass through as they are, and each source of a run has its own value.
def test_sources_are_kept_apart() -> None:
    run = Emitter()
    left, right = (StreamingParser(Any, emitter=run.child(name), keep_changes=True) for name in ("l", "r"))
    items = [*left.feed('["a'), run.emit(NonFatalError(message="m")), *right.feed('{"x": "'), *left.feed("b")]
    wire = [to_json(item) for item in items]
    replayed = list(replay(map(from_json, wire)))
    assert [item.value for item in replayed if isinstance(item, PartialFields)] == [["a"], {"x": ""}, ["ab"]]
    assert replayed[1] == items[1]


# Each operation, at the root and below.
@pytest.mark.parametrize(
    ("value", "change", "after"),
    [
        (None, ((), "set", {"a": 1}), {"a": 1}),
        ("ab", ((), "append", "c"), "abc"),
        ({"a": 1}, ((), "replace", [1]), [1]),
        ({"a": 1}, ((), "remove", None), None),
        ({"a": 1}, (("b",), "set", 2), {"a": 1, "b": 2}),
        ({"a": 1}, (("a",), "set", 2), {"a": 2}),
        ({"a": "x"}, (("a",), "append", "y"), {"a": "xy"}),
        ({"a": 1, "b": 2}, (("a",), "remove", None), {"b": 2}),
        ([1, 2], ((2,), "set", 3), [1, 2, 3]),
        ([1, 2], ((0,), "set", 3), [3, 2]),
        ([1, 2], ((0,), "remove", None), [2]),
        ({"a": [{"b": "x"}]}, (("a", 0, "b"), "append", "y"), {"a": [{"b": "xy"}]}),
        ({"a": [[]]}, (("a", 0, 0), "set", []), {"a": [[[]]]}),
    ],
)
def test_each_operation(value: Any, change: Any, after: Any) -> None:
    before = json.dumps(value)
    assert apply_changes(value, [(*change, None)]) == after
    assert json.dumps(value) == before


# Changes that do not fit say so: something is missing or out of order.
@pytest.mark.parametrize(
    ("value", "change"),
    [
        (None, (("a",), "set", 1)),
        ({}, (("a", "b"), "set", 1)),
        ({}, (("a",), "append", "x")),
        ({}, (("a",), "remove", None)),
        ({"a": 1}, (("a",), "append", "x")),
        ({"a": ["y"]}, (("a",), "append", "x")),
        ({"a": 1}, ((0,), "set", 1)),
        ([1], (("a",), "set", 1)),
        ([1], ((5,), "set", 1)),
        ([1], ((1,), "remove", None)),
        ("x", ((0,), "set", 1)),
        ([], ((), "append", "x")),
    ],
)
def test_changes_that_do_not_fit_are_an_error(value: Any, change: Any) -> None:
    before = json.dumps(value)
    with pytest.raises(EventError, match="does not fit"):
        apply_changes(value, [(*change, None)])
    assert json.dumps(value) == before


# Depth costs no stack.
def test_deep_values_are_replayed_without_recursion() -> None:
    depth = 5000
    value: Any = []
    for _ in range(depth):
        value = [value]
    after = apply_changes(value, [((0,) * depth + (0,), "set", "x", None)])
    for _ in range(depth + 1):
        after = after[0]
    assert after == "x"
    while value:
        value = value.pop()


# The arguments of each tool call are rebuilt from their pieces, also of calls at once, or an id used again.
def test_replay_rebuilds_partial_arguments() -> None:
    def piece(call_id: str, delta: str) -> ProgressItem:
        return ToolArgProgress(tool_name="t", call_id=call_id, delta=delta)

    events = [
        piece("a", '{"x": "o'),
        piece("b", "[1, 2"),
        piece("a", 'ne", "y": 12'),
        piece("b", "3]"),
        ToolCall(tool_name="t", call_id="a"),
        piece("a", '{"x": 1}'),
    ]
    replayed = [item.tool_call for item in replay(map(from_json, map(to_json, events)))]
    assert [call and call["arguments"] for call in replayed] == [
        {"x": "o"},
        [1],
        {"x": "one"},
        [1, 23],
        None,
        {"x": 1},
    ]


# Values that were given out stay as they were.
def test_replayed_values_stay() -> None:
    items = [
        PartialFields(run_id="r", record=Record((((), "set", {"a": ["x"]}, None),))),
        PartialFields(run_id="r", record=Record(((("a", 0), "append", "y", None),))),
    ]
    first, second = replay(items)
    assert (first.value, second.value) == ({"a": ["x"]}, {"a": ["xy"]})  # type: ignore[attr-defined]
    assert items[0].value is None


# A parser that keeps its changes can be replayed after its stream is over.
def test_kept_changes_can_be_replayed_later() -> None:
    items, _ = drain(StreamingParser(Any, keep_changes=True).stream_parse(pieces('{"a": [1, "b"]}', 2)))
    events = [item for item in items if isinstance(item, ProgressItem)]
    assert same(list(replay(events)), events)
