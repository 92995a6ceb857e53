"""The events: frozen, cheap, under every name that other vocabularies have for them, and on the wire."""

import dataclasses
import json
from collections import OrderedDict
from datetime import UTC, date, datetime
from typing import Any, Literal

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, RootModel, TypeAdapter, ValidationError

import pydantic_flow
from pydantic_flow import streaming
from pydantic_flow.errors import EventError, StaleItemError
from pydantic_flow.streaming import (
    Emitter,
    Gap,
    Heartbeat,
    Metric,
    NonFatalError,
    Output,
    PartialFields,
    Progress,
    ProgressItem,
    ProgressType,
    Record,
    Retract,
    RetrievalItem,
    StreamEnd,
    StreamError,
    StreamEvent,
    StreamEventType,
    StreamingParser,
    StreamStart,
    TokenChunk,
    ToolArgProgress,
    ToolCall,
    ToolReady,
    ToolResult,
    ToolStart,
    ToolStreamEvent,
    ToolStreamEventType,
    from_dict,
    from_json,
    register,
    to_dict,
    to_json,
)


class Answer(BaseModel):
    text: str
    when: date


RECORD = Record(
    changes=(
        ((), "set", {}, None),
        (("a", 0), "append", "é", None),
        (("b",), "remove", None, "reread"),
        ((), "replace", [1.5, None], "second_value"),
    ),
    complete=frozenset({(), ("a", 0), ("a", 10), ("a", 2), ("b",)}),
)
# One of each class: with everything set, and the payload that must be on the wire.
EXAMPLES: list[tuple[ProgressItem, ProgressType, dict[str, Any]]] = [
    (
        StreamStart(scope="node", name="n", input_preview={"q": 1}),
        ProgressType.START,
        {"scope": "node", "name": "n", "input_preview": {"q": 1}},
    ),
    (
        StreamEnd(
            scope="agent",
            name="n",
            result=[1],
            result_preview="[1]",
            success=False,
            usage={"iterations": 3, "total_tokens": 5, "cost_usd": 0.5},
            duration_seconds=0.5,
        ),
        ProgressType.END,
        {
            "scope": "agent",
            "name": "n",
            "result": [1],
            "result_preview": "[1]",
            "success": False,
            "usage": {"iterations": 3, "total_tokens": 5, "cost_usd": 0.5},
            "duration_seconds": 0.5,
        },
    ),
    (
        TokenChunk(text="é", token_index=0, channel="thinking", model="m", phase="draft", logprob=-0.5),
        ProgressType.TOKEN,
        {
            "text": "é",
            "token_index": 0,
            "channel": "thinking",
            "model": "m",
            "phase": "draft",
            "logprob": -0.5,
        },
    ),
    (
        PartialFields(fields={"a": 1}, value={"a": 1}, record=RECORD),
        ProgressType.PARTIAL_FIELDS,
        {
            "changes": [
                [[], "set", {}, None],
                [["a", 0], "append", "é", None],
                [["b"], "remove", None, "reread"],
                [[], "replace", [1.5, None], "second_value"],
            ],
            "complete": [[], ["a", 0], ["a", 2], ["a", 10], ["b"]],
        },
    ),
    (
        NonFatalError(
            message="m", kind="k", path=("a", 1), offset=3, exception_type="ValueError", recoverable=False
        ),
        ProgressType.ERROR,
        {
            "message": "m",
            "kind": "k",
            "path": ["a", 1],
            "offset": 3,
            "exception_type": "ValueError",
            "recoverable": False,
        },
    ),
    (
        Retract(target_node="n", target_attempt=1, from_index=2, to_index=5, reason="retry"),
        ProgressType.RETRACT,
        {"target_node": "n", "target_attempt": 1, "from_index": 2, "to_index": 5, "reason": "retry"},
    ),
    (
        ToolCall(tool_name="t", call_id="c", call_index=1),
        ProgressType.TOOL_CALL,
        {"tool_name": "t", "call_id": "c", "call_index": 1},
    ),
    (
        ToolArgProgress(tool_name="t", call_id="c", delta='{"a": "é', partial_args={"a": "é"}),
        ProgressType.TOOL_ARG_PROGRESS,
        {"tool_name": "t", "call_id": "c", "delta": '{"a": "é'},
    ),
    (
        ToolReady(tool_name="t", call_id="c", args={"a": 1}, valid=False, reason="no b"),
        ProgressType.TOOL_READY,
        {"tool_name": "t", "call_id": "c", "args": {"a": 1}, "valid": False, "reason": "no b"},
    ),
    (
        ToolStart(tool_name="t", call_id="c", args={"a": 1}),
        ProgressType.TOOL_START,
        {"tool_name": "t", "call_id": "c", "args": {"a": 1}},
    ),
    (
        ToolResult(
            tool_name="t", call_id="c", result=[1], error="e", exception_type="E", duration_seconds=0.5
        ),
        ProgressType.TOOL_RESULT,
        {
            "tool_name": "t",
            "call_id": "c",
            "result": [1],
            "error": "e",
            "exception_type": "E",
            "duration_seconds": 0.5,
        },
    ),
    (
        RetrievalItem(item_id="i", content="é", score=0.5, metadata={"k": 1}),
        ProgressType.RETRIEVAL,
        {"item_id": "i", "content": "é", "score": 0.5, "metadata": {"k": 1}},
    ),
    (Output(output={"a": 1}), ProgressType.OUTPUT, {"output": {"a": 1}}),
    (
        Progress(
            progress=0.5,
            message="m",
            completed=1,
            total=2,
            iteration=3,
            total_tokens=4,
            total_cost_usd=0.005,
        ),
        ProgressType.PROGRESS,
        {
            "progress": 0.5,
            "message": "m",
            "completed": 1,
            "total": 2,
            "iteration": 3,
            "total_tokens": 4,
            "total_cost_usd": 0.005,
        },
    ),
    (Metric(name="m", value=1.5, unit="s"), ProgressType.METRIC, {"name": "m", "value": 1.5, "unit": "s"}),
    (
        Heartbeat(message="m", idle_seconds=1.5),
        ProgressType.HEARTBEAT,
        {"message": "m", "idle_seconds": 1.5},
    ),
    (
        Gap(dropped=2, first_seq=3, last_seq=4),
        ProgressType.GAP,
        {"dropped": 2, "first_seq": 3, "last_seq": 4},
    ),
]
# What `data` has besides the payload: the names of another vocabulary.
ALIASES: dict[ProgressType, dict[str, Any]] = {
    ProgressType.END: {"agent_name": "n", "total_iterations": 3, "total_tokens": 5, "total_cost_usd": 0.5},
    ProgressType.ERROR: {"error": "m"},
    ProgressType.TOOL_ARG_PROGRESS: {"partial_args": {"a": "é"}},
}
CLASSES = [type(item) for item, *_ in EXAMPLES]
ENVELOPE = {
    "run_id": "r",
    "node_id": "n",
    "node_path": ["f", "n"],
    "seq": 7,
    "index": 3,
    "attempt": 1,
    "t_us": 1_700_000_000_000_001,
    "timestamp": "2023-11-14T22:13:20.000001Z",
    "trace_id": "t",
    "span_id": "s",
}


def enveloped(item: ProgressItem) -> ProgressItem:
    fields = {name: value for name, value in ENVELOPE.items() if name != "timestamp"}
    return msgspec.structs.replace(item, **{**fields, "node_path": ("f", "n")})


# The wire value of a class is the value of its kind, and each kind has one class.
@pytest.mark.parametrize(("item", "kind", "payload"), EXAMPLES)
def test_type_is_the_kind_and_its_value_is_on_the_wire(
    item: ProgressItem, kind: ProgressType, payload: dict[str, Any]
) -> None:
    assert item.type is kind is item.event_type
    assert item.type == kind.value == to_dict(item)["type"]


# What an event carries is what stands on the wire: envelope and payload, and nothing else.
@pytest.mark.parametrize(("item", "kind", "payload"), EXAMPLES)
def test_the_wire_has_envelope_and_payload(
    item: ProgressItem, kind: ProgressType, payload: dict[str, Any]
) -> None:
    expected = {"type": kind.value, **ENVELOPE, **payload}
    assert to_dict(enveloped(item)) == expected
    assert json.loads(to_json(enveloped(item))) == expected
    assert json.dumps(to_dict(enveloped(item)))


# JSON both ways, with everything set and with nothing set.
@pytest.mark.parametrize("item", [event for item, *_ in EXAMPLES for event in (item, enveloped(item))])
def test_json_both_ways_gives_the_same_event(item: ProgressItem) -> None:
    expected = item
    if isinstance(item, PartialFields):
        expected = msgspec.structs.replace(item, fields={}, value=None)
    if isinstance(item, ToolArgProgress):
        expected = msgspec.structs.replace(item, partial_args=None)
    assert from_json(to_json(item)) == expected
    assert from_json(to_json(item).decode()) == expected
    assert from_dict(to_dict(item)) == expected


# Defaults are not written.
def test_defaults_are_not_written() -> None:
    assert to_dict(StreamStart()) == {"type": "start"}
    assert to_json(StreamEnd(scope="node")) == b'{"type":"end","scope":"node"}'
    assert to_dict(PartialFields(fields={"a": 1}, value={"a": 1})) == {"type": "partial_fields"}


# A payload that is not plain data is written as pydantic writes it, in `data` too.
@pytest.mark.parametrize(
    ("result", "written"),
    [
        (Answer(text="a", when=date(2024, 5, 1)), {"text": "a", "when": "2024-05-01"}),
        ([datetime(2024, 5, 1, tzinfo=UTC)], ["2024-05-01T00:00:00Z"]),
        ({1: {2}}, {"1": [2]}),
        (b"x", "x"),
        (10**30, 10**30),
        ([float("inf"), {"a": float("-inf")}], [None, {"a": None}]),
        (TokenChunk(text="x", seq=2), {"type": "token", "seq": 2, "text": "x"}),
    ],
)
def test_payloads_are_written_as_pydantic_writes_them(result: Any, written: Any) -> None:
    item = StreamEnd(result=result)
    assert to_dict(item) == {"type": "end", "result": written}
    assert json.loads(to_json(item)) == to_dict(item)
    assert item.data["result"] == written
    assert from_json(to_json(item)).data["result"] == written


class Nothing(RootModel[None]):
    root: None = None


class Bare(BaseModel):
    pass


# What is written as the default is the default when it is read: both ways and back are the same bytes.
@pytest.mark.parametrize(
    "item",
    [
        StreamEnd(result=float("nan")),
        StreamEnd(result=Nothing()),
        ToolResult(tool_name="t", result=float("-inf")),
        RetrievalItem(content="c", score=float("nan"), metadata=OrderedDict()),
        RetrievalItem(content="c", metadata=Bare()),
        Heartbeat(idle_seconds=0.0),
        Metric(name="loss", value=float("nan")),
    ],
)
def test_what_was_read_is_written_as_the_same_bytes(item: ProgressItem) -> None:
    assert to_json(from_json(to_json(item))) == to_json(item)
    assert from_dict(to_dict(item)).data == item.data


# A payload that nobody can write is a clear error, and the event itself is not.
def test_a_payload_that_cannot_be_written_is_a_clear_error() -> None:
    item = StreamEnd(result=object())
    for write in (to_dict, to_json):
        with pytest.raises(EventError, match="object"):
            write(item)


# What cannot be read is a clear error that says why.
@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "must be JSON"),
        ("{", "must be JSON"),
        ("[]", "must be a JSON object"),
        ("{}", "unknown event type None"),
        ('{"type": "tokens"}', "unknown event type 'tokens'; known are end, error"),
        ('{"type": 3}', "unknown event type 3"),
        ('{"type": ["token"]}', "unknown event type"),
        ('{"type": "token"}', "not a valid 'token' event: .*text"),
        ('{"type": "token", "text": 3}', "not a valid 'token' event: .*text"),
        ('{"type": "token", "text": "x", "seq": "1"}', "not a valid 'token' event: .*seq"),
        (
            '{"type": "partial_fields", "changes": [[["a"], "put", 1, null]]}',
            "not a valid 'partial_fields' event",
        ),
        ('{"type": "partial_fields", "complete": 3}', "not a valid 'partial_fields' event"),
        ('{"type": "switch"}', "unknown event type 'switch'"),
    ],
)
def test_what_cannot_be_read_is_a_clear_error(text: str, reason: str) -> None:
    with pytest.raises(EventError, match=reason):
        from_json(text)


# A newer writer may know more fields.
def test_unknown_fields_are_passed_over() -> None:
    assert from_json('{"type": "token", "text": "x", "colour": "red"}') == TokenChunk(text="x")


# On the wire an event costs what it says: not the fields, not the value.
def test_partial_fields_write_changes_and_not_what_came_before() -> None:
    long = "x" * 10_000
    parser = StreamingParser(Any)
    parser.feed(f'{{"a": "{long}')
    [item] = parser.feed("yz")
    assert len(to_json(item)) < 300
    assert to_dict(item)["changes"] == [[["a"], "append", "yz", None]]


# Too late is too late on the wire as well.
def test_writing_a_stale_item_raises() -> None:
    parser = StreamingParser(Any)
    [item] = parser.feed('["a')
    parser.feed("b")
    for write in (to_dict, to_json):
        with pytest.raises(StaleItemError):
            write(item)
    assert item.data == {"fields": {}, "value": ["a"]}


# The recording of a set does not depend on the hash seed.
@given(
    st.frozensets(
        st.tuples(st.text(max_size=2) | st.integers(0, 20), st.text(max_size=2) | st.integers(0, 20))
    )
)
def test_complete_is_written_in_one_order(paths: frozenset[Any]) -> None:
    written = to_dict(PartialFields(record=Record((), paths))).get("complete", [])
    again = to_dict(PartialFields(record=Record((), frozenset(sorted(paths, key=repr))))).get("complete", [])
    assert written == again
    assert {tuple(path) for path in written} == paths


# Names of the other vocabularies.
def test_base_properties_are_views_of_the_fields() -> None:
    item = enveloped(TokenChunk(text="hi"))
    assert (item.execution_id, item.step_id, item.content, item.delta) == ("r", "n", "hi", "hi")
    assert (item.tool_call, item.tool_result, item.error) == (None, None, None)
    assert item.data["text"] == "hi" and "run_id" not in item.data
    assert item.metadata == item.data
    assert item.timestamp == datetime(2023, 11, 14, 22, 13, 20, 1, tzinfo=UTC)
    problem = NonFatalError(message="oh")
    assert (problem.content, problem.error, StreamStart().content, StreamStart().delta) == (
        "oh",
        "oh",
        "",
        "",
    )


# Every payload field is in `data`, default or not.
@pytest.mark.parametrize(("item", "kind", "payload"), [row for row in EXAMPLES if row[1] != "partial_fields"])
def test_data_has_the_whole_payload(item: ProgressItem, kind: ProgressType, payload: dict[str, Any]) -> None:
    assert item.data == {**ALIASES.get(kind, {}), **payload}
    fields = msgspec.structs.fields(item)
    required = {field.name: getattr(item, field.name) for field in fields if field.required}
    if not isinstance(item, Retract | Progress):
        assert type(item)(**required).data.keys() >= payload.keys()


# A figure that is not known is not in `data`, so that `data.get(name, 0)` is a number.
def test_progress_leaves_out_what_is_not_known() -> None:
    assert Progress(iteration=1, total_tokens=0).data == {"iteration": 1, "total_tokens": 0}
    assert "total_cost_usd" not in StreamEnd(scope="agent").data


# Those of an agent are in `data` under the names that its vocabulary has for them.
def test_start_and_end_of_an_agent_name_it() -> None:
    assert StreamStart(scope="agent", name="a").data["agent_name"] == "a"
    assert "agent_name" not in StreamStart(scope="run", name="a").data
    assert "agent_name" not in StreamEnd(name="a").data


# The conversation stays in the process.
def test_messages_do_not_go_over_the_wire() -> None:
    end = StreamEnd(messages=["m"])
    assert "messages" not in to_dict(end) and "messages" not in end.data


# No payload field repeats a name of the envelope, or hides a name that every event has.
@pytest.mark.parametrize("cls", CLASSES)
def test_no_payload_field_repeats_an_envelope_name(cls: type[ProgressItem]) -> None:
    envelope = ProgressItem.__struct_fields__
    assert cls.__struct_fields__[: len(envelope)] == envelope
    payload = cls.__struct_fields__[len(envelope) :]
    assert set(payload).isdisjoint({*envelope, "type", "timestamp", "event_type", "execution_id", "step_id"})


# A field takes the place of a base property of its name.
def test_a_field_takes_the_place_of_a_base_property() -> None:
    item = RetrievalItem(content="text", metadata={"k": 1})
    assert (item.content, item.metadata, item.type) == ("text", {"k": 1}, ProgressType.RETRIEVAL)
    assert (ToolResult(tool_name="t").error, ToolArgProgress(tool_name="t", delta="x").delta) == (None, "x")


# Every event about a tool call shows it in one form.
def test_events_about_a_tool_call_show_it_in_one_form() -> None:
    def shown(arguments: Any) -> Any:
        return {"id": "c", "name": "t", "arguments": arguments}

    assert ToolCall(tool_name="t", call_id="c").tool_call == shown(None)
    assert ToolArgProgress(tool_name="t", call_id="c", partial_args={"a": 1}).tool_call == shown({"a": 1})
    assert ToolReady(tool_name="t", call_id="c", args={"a": 1}).tool_call == shown({"a": 1})
    assert ToolStart(tool_name="t", call_id="c", args={"a": 1}).tool_call == shown({"a": 1})
    result = ToolResult(tool_name="t", call_id="c", result=7)
    assert (result.tool_call, result.tool_result) == (shown(None), 7)


# Aliases are the same members, for `==` and for `match`.
def test_aliases_are_the_same_members() -> None:
    event = TokenChunk(text="x")
    assert event.event_type == StreamEventType.LLM_CHUNK == ToolStreamEventType.TEXT_CHUNK == "token"
    match event.type:
        case ToolStreamEventType.TOOL_CALL_START:
            raise AssertionError
        case StreamEventType.CHUNK:
            pass
        case _:
            raise AssertionError
    assert StreamEventType.AGENT_END is StreamEventType.COMPLETE is ProgressType.END
    assert ToolStreamEventType.TOOL_ERROR is StreamEventType.TOOL_END is ProgressType.TOOL_RESULT
    assert StreamError is NonFatalError
    assert StreamEvent is ToolStreamEvent is ProgressItem


# Frozen, keyword-only.
@pytest.mark.parametrize(("item", "kind", "payload"), EXAMPLES)
def test_events_are_frozen_and_keyword_only(
    item: ProgressItem, kind: ProgressType, payload: dict[str, Any]
) -> None:
    for name in item.__struct_fields__:
        with pytest.raises(AttributeError):
            setattr(item, name, None)
    with pytest.raises(TypeError):
        type(item)("x")


# `isinstance` and `match` work on the classes.
def test_events_match_by_class() -> None:
    match TokenChunk(text="a"):
        case StreamStart() | StreamEnd():
            raise AssertionError
        case TokenChunk(text=text):
            assert text == "a"


# Short to read: what has its default is not shown.
def test_repr_shows_what_is_set() -> None:
    assert repr(TokenChunk(text="a", seq=1)) == "TokenChunk(seq=1, text='a')"


# The registry is open for later kinds; it takes no strangers and no doubles.
def test_the_registry_takes_new_kinds_once() -> None:
    from pydantic_flow.streaming import item as registry

    class Beat(ProgressItem, frozen=True, kw_only=True, tag="switch"):
        message: str = ""

    try:
        assert register(Beat) is Beat
        assert from_json('{"type": "switch", "message": "m"}') == Beat(message="m")
        with pytest.raises(EventError, match="is taken by Beat"):

            @register
            class Again(ProgressItem, frozen=True, tag="switch"):
                pass

        with pytest.raises(EventError, match="not a ProgressType"):

            @register
            class Stranger(ProgressItem, frozen=True, tag="strange"):
                pass

    finally:
        registry._REGISTRY.pop("switch", None)


class Log(BaseModel):
    first: ProgressItem
    tokens: list[TokenChunk] = []
    either: TokenChunk | StreamEnd | None = None


# Events are fields of pydantic models: instances stay what they are, dicts and JSON are read.
def test_events_are_pydantic_fields() -> None:
    start, token, end = StreamStart(name="n"), TokenChunk(text="a"), StreamEnd(result={"a": 1})
    log = Log(first=start, tokens=[token], either=end)
    assert log.first is start and log.either is end
    assert log.model_dump()["first"] is start
    assert json.loads(log.model_dump_json()) == {
        "first": to_dict(start),
        "tokens": [to_dict(token)],
        "either": to_dict(end),
    }
    assert Log.model_validate_json(log.model_dump_json()) == log
    assert Log.model_validate(log.model_dump(mode="json")) == log
    assert TypeAdapter(PartialFields).validate_json(to_json(PartialFields(record=RECORD))).record == RECORD


# Another kind of event, or none at all, does not validate.
@pytest.mark.parametrize(
    "tokens", [[StreamStart()], [{"type": "start"}], [{"type": "token"}], [{}], ["x"], [3], [{"type": "x"}]]
)
def test_other_events_do_not_validate(tokens: Any) -> None:
    with pytest.raises(ValidationError):
        Log(first=StreamStart(), tokens=tokens)


# There is a JSON schema for them.
def test_events_have_a_json_schema() -> None:
    schema = Log.model_json_schema()
    assert schema["properties"]["first"]["properties"]["type"] == {"type": "string"}
    assert schema["properties"]["tokens"]["items"]["properties"]["type"] == {"const": "token"}


NAMES = [
    *(
        "StreamingParser",
        "PartialFields",
        "NonFatalError",
        "StreamError",
        "Retract",
        "StreamStart",
        "StreamEnd",
    ),
    *("TokenChunk", "ProgressItem", "ProgressType", "StreamEvent", "ToolStreamEvent", "StreamEventType"),
    *("ToolStreamEventType", "Emitter", "iter_tokens", "iter_fields", "collect_all_tokens", "replay"),
    *("collect_final_result", "parse_json_stream", "fields_by_attribute", "check_grammar", "GrammarChecker"),
    *("to_json", "from_json", "to_dict", "from_dict"),
]


# Everything that the documents import is importable from both doors.
@pytest.mark.parametrize("door", [pydantic_flow, streaming])
def test_every_name_is_importable_from_both_doors(door: Any) -> None:
    assert set(NAMES) <= set(door.__all__)
    assert all(hasattr(door, name) for name in door.__all__)
    assert set(streaming.__all__) <= set(pydantic_flow.__all__)


# An emitter completes them, in order, without gaps, once.
def test_an_emitter_stamps_each_event_once() -> None:
    before = datetime.now(UTC)
    run = Emitter("r", trace_id="t", span_id="s")
    item = run.emit(TokenChunk(text="a"))
    assert (item.run_id, item.seq, item.index, item.trace_id, item.span_id, item.text) == (
        "r",
        0,
        0,
        "t",
        "s",
        "a",
    )
    assert abs((item.timestamp - before).total_seconds()) < 60
    with pytest.raises(EventError, match="stamped once"):
        run.emit(item)
    assert run.emit(TokenChunk(text="b")).seq == 1


# Emitting leaves the event given as it was: it may be emitted again elsewhere.
def test_emitting_does_not_touch_the_event_given() -> None:
    start = StreamStart()
    assert Emitter().emit(start).run_id
    assert start == StreamStart()


# All emitters of a run share its sequence; each counts its own index; retries count anew.
def test_emitters_of_a_run_share_one_sequence() -> None:
    run = Emitter()
    flow = run.child("flow")
    node = flow.child("node", span_id="n")
    again = node.retry()
    sources = [run, flow, node, node, again, run, again.child("deep")]
    items = [source.emit(TokenChunk(text="x")) for source in sources]
    assert [item.seq for item in items] == list(range(7))
    assert [item.index for item in items] == [0, 0, 0, 1, 0, 1, 0]
    assert [item.attempt for item in items] == [0, 0, 0, 0, 1, 0, 1]
    assert [item.node_path for item in items[-3:]] == [("flow", "node"), (), ("flow", "node", "deep")]
    assert len({item.run_id for item in items}) == 1
    assert (items[2].span_id, items[1].span_id, items[4].node_id) == ("n", None, "node")


# Each run has an id of its own.
def test_run_ids_differ() -> None:
    assert len({Emitter().run_id for _ in range(100)}) == 100
    assert len(Emitter().run_id) == 32


# What is made in one step equals what is emitted.
def test_partial_fields_in_one_step_equal_emitted_ones() -> None:
    def stamped(one_step: bool) -> PartialFields:
        source = Emitter("r", trace_id="t").child("n").retry()
        if one_step:
            return source.partial_fields()({"a": 1}, {"a": 1}, RECORD, 1)
        return source.emit(PartialFields(fields={"a": 1}, value={"a": 1}, record=RECORD))

    assert msgspec.structs.replace(stamped(True), t_us=0) == msgspec.structs.replace(stamped(False), t_us=0)


# A dataclass payload goes over the wire, too.
def test_a_dataclass_result_is_written() -> None:
    @dataclasses.dataclass
    class Point:
        x: int
        kind: Literal["p"] = "p"

    assert to_dict(StreamEnd(result=Point(1)))["result"] == {"x": 1, "kind": "p"}
