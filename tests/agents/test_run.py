"""A run of a real agent as one stream of events."""

import asyncio
import json
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import (
    Agent,
    CustomEvent,
    DeferredToolRequests,
    NativeOutput,
    PromptedOutput,
    RunContext,
)
from pydantic_ai.exceptions import UnexpectedModelBehavior, UsageLimitExceeded
from pydantic_ai.messages import ModelResponse, TextPart
from pydantic_ai.models.function import FunctionModel
from pydantic_ai.models.test import TestModel
from pydantic_ai.usage import UsageLimits

from pydantic_flow.agents import (
    Heartbeat,
    NonFatalError,
    Output,
    PartialFields,
    Progress,
    Retract,
    StreamEnd,
    StreamStart,
    TokenChunk,
    ToolArgProgress,
    ToolCall,
    ToolReady,
    ToolResult,
    ToolStart,
    run_stream,
)
from pydantic_flow.streaming import Emitter, collect_all_tokens, from_json, replay, to_json
from pydantic_flow.testing import Call, Fail, ScriptedModel, Think, Wait, pieces
from pydantic_flow.testing import Output as Says

from .conftest import EVERYTHING, MODES, OSLO, City, agent_of, end_of, kinds, read, read_to_error


# Everything that a run can do is seen, in the order in which it happens.
async def test_a_run_with_everything_in_it(everything: ScriptedModel) -> None:
    events = await read(run_stream(agent_of(everything), "Where?"))
    assert kinds(events) == [
        "start",
        "token",
        "tool_call",
        "tool_arg_progress",
        "tool_call",
        "tool_arg_progress",
        "progress",
        "tool_ready",
        "tool_start",
        "tool_result",
        *["token", "partial_fields"] * 3,
        "error",
        "progress",
        "error",
        "retract",
        *["token", "partial_fields"] * 4,
        "progress",
        "end",
    ]
    start, end = events[0], end_of(events)
    assert isinstance(start, StreamStart)
    assert (start.scope, start.name, start.input_preview) == ("agent", "guide", "Where?")
    assert (end.scope, end.name, end.success) == ("agent", "guide", True)
    assert end.result == City(name="Oslo", people=717710)
    assert end.usage is not None and end.usage["iterations"] == end.usage["requests"] == 3
    assert end.duration_seconds is not None and end.duration_seconds >= 0.01


# Text comes as it was cut by the model, thinking in a channel of its own; tokens are counted by answer.
async def test_tokens_are_deltas() -> None:
    model = ScriptedModel([Think("hm"), "a", "b", "", "cd"])
    tokens = [e for e in await read(run_stream(agent_of(model, str), "x")) if isinstance(e, TokenChunk)]
    assert [(token.text, token.channel) for token in tokens] == [
        ("hm", "thinking"),
        ("a", "answer"),
        ("b", "answer"),
        ("cd", "answer"),
    ]
    assert [token.token_index for token in tokens] == [None, 0, 1, 2]


# Arguments are seen from their first byte, and each call has one id in all its events.
async def test_arguments_form(everything: ScriptedModel) -> None:
    events = await read(run_stream(agent_of(everything), "x"))
    [call, _] = [e for e in events if isinstance(e, ToolCall)]
    forming = [e for e in events if isinstance(e, ToolArgProgress) and e.call_id == call.call_id]
    assert [(e.delta, e.partial_args) for e in forming] == [
        ('{"x": 1', {}),
        (', "y": ', {"x": 1}),
        ("2}", {"x": 1, "y": 2}),
    ]
    life = [e for e in events if getattr(e, "call_id", None) == call.call_id]
    assert [type(e) for e in life] == [ToolCall, *[ToolArgProgress] * 3, ToolReady, ToolStart, ToolResult]
    ready, start, result = life[-3:]
    assert isinstance(ready, ToolReady) and isinstance(start, ToolStart) and isinstance(result, ToolResult)
    assert (ready.args, ready.valid, start.args) == ({"x": 1, "y": 2}, True, {"x": 1, "y": 2})
    assert (result.result, result.error) == (3, None)
    assert result.duration_seconds is not None and result.duration_seconds >= 0.01


# A tool that asks for another try has failed, and the run goes on: nothing is withdrawn for it.
async def test_a_failed_call_has_an_error() -> None:
    model = ScriptedModel([Call("moody", ['{"mood": "bad"}'])], [Call("moody", ['{"mood": "good"}'])], ["ok"])
    events = await read(run_stream(agent_of(model, str), "x"))
    failed, worked = [e for e in events if isinstance(e, ToolResult)]
    assert failed.error is not None and "not like this" in failed.error
    assert (failed.exception_type, failed.result) == ("ModelRetry", None)
    assert (worked.error, worked.result) == (None, "good")
    assert not any(isinstance(e, Retract) for e in events)


# A call whose arguments the tool does not take never begins.
async def test_wrong_arguments_never_begin() -> None:
    model = ScriptedModel([Call("add", ['{"x": "one"}']), Call("unknown")], ["ok"])
    events = await read(run_stream(agent_of(model, str), "x"))
    assert [e.valid for e in events if isinstance(e, ToolReady)] == [False, False]
    assert not any(isinstance(e, ToolStart) for e in events)
    results = [e for e in events if isinstance(e, ToolResult)]
    wrong, unknown = sorted(results, key=lambda result: result.tool_name)
    assert wrong.error is not None and "x: Input should be a valid integer" in wrong.error
    assert unknown.error is not None and "unknown" in unknown.error.lower()
    assert wrong.duration_seconds is None


# A tool that raises ends the run, and its call says why.
async def test_a_tool_that_raises_ends_the_run() -> None:
    events, error = await read_to_error(run_stream(agent_of(ScriptedModel([Call("broken")]), str), "x"))
    assert isinstance(error, LookupError)
    *_, result, fatal, end = events
    assert isinstance(result, ToolResult) and isinstance(fatal, NonFatalError) and isinstance(end, StreamEnd)
    assert (result.error, result.exception_type) == ("no such place", "LookupError")
    assert (fatal.message, fatal.exception_type, fatal.recoverable) == ("no such place", "LookupError", False)
    assert (end.success, end.result) == (False, None)


# In each mode of structured output there are the same fields, from the first byte.
@pytest.mark.parametrize("mode", MODES)
async def test_partial_fields_in_every_mode(mode: str) -> None:
    events = await read(run_stream(agent_of(ScriptedModel([Says(OSLO)]), MODES[mode]), "x"))
    fields = [e.fields for e in events if isinstance(e, PartialFields)]
    assert fields == [{}, {"name": "Os"}, {"name": "Oslo"}, {"people": 717710}]
    assert "".join(e.text for e in events if isinstance(e, TokenChunk)) == "".join(OSLO)
    assert end_of(events).result == City(name="Oslo", people=717710)


# Broken JSON is read, and its repairs are told; the answer is pydantic-ai's to judge.
async def test_repairs_are_told() -> None:
    model = ScriptedModel([Says(['{"name": "Oslo",', " people: 7"])], [Says(OSLO)])
    events = await read(run_stream(agent_of(model), "x"))
    repairs = [e.kind for e in events if isinstance(e, NonFatalError)]
    assert repairs[:-1] and repairs[-1] == "refused"
    assert end_of(events).result == City(name="Oslo", people=717710)


# Prose around JSON in a text mode is not an error of JSON until there is JSON.
async def test_prose_in_a_text_mode_is_prose() -> None:
    model = ScriptedModel(["Let me look. ", Call("nothing")], [Says(OSLO)])
    events = await read(run_stream(agent_of(model, MODES["prompted"]), "x"))
    assert not any(isinstance(e, NonFatalError) for e in events)


# A refused answer is withdrawn, with its text and fields, and a new attempt begins.
@pytest.mark.parametrize("mode", MODES)
async def test_a_refused_answer_is_withdrawn(mode: str) -> None:
    model = ScriptedModel([Says(['{"name": "Os', 'lo", "people": "many"}'])], [Says(OSLO)])
    stream = run_stream(agent_of(model, MODES[mode]), "x")
    events = await read(stream)
    early, problem = [e for e in events if isinstance(e, NonFatalError)]
    assert (early.kind, early.path) == ("validation", ("people",))
    assert problem.recoverable and problem.kind == "refused" and "people" in problem.message
    [withdrawn] = [e for e in events if isinstance(e, Retract)]
    shown = [e for e in events if isinstance(e, TokenChunk | PartialFields)]
    assert [withdrawn.covers(e) for e in shown] == [e.attempt == 0 for e in shown]
    assert {e.attempt for e in shown} == {0, 1}
    assert await collect_all_tokens(events) == "".join(OSLO)
    assert stream.emitter.attempt == 1 == end_of(events).attempt


class Stop(BaseModel):
    city: City
    nights: int


# What has settled and does not validate is told while the model still talks; `partial` is an instance.
@pytest.mark.parametrize("mode", ["tool", "native", "prompted"])
async def test_fields_are_validated_and_typed_while_they_come(mode: str) -> None:
    kind: Any = {"tool": Stop, "native": NativeOutput(Stop), "prompted": PromptedOutput(Stop)}[mode]
    bad = ['{"city": {"name": "Os', 'lo", "people": "many"}, ', '"nights": 2', "}"]
    good = ['{"city": {"name": "Os', 'lo", "people": "7"}, ', '"nights": 2', "}"]
    agent = agent_of(ScriptedModel([Says(bad)], [Says(good)]), kind)
    told: list[Any] = []
    shown: list[Any] = []
    async for event in run_stream(agent, "x"):
        if isinstance(event, NonFatalError):
            told.append((event.kind, event.path, event.attempt))
        elif isinstance(event, PartialFields):
            shown.append(event.partial)
            if "nights" in event.value and event.attempt == 0:
                assert told == [("validation", ("city", "people"), 0)]
    assert [kind for kind, *_ in told] == ["validation", "refused"]
    assert shown[-1] == Stop(city=City(name="Oslo", people=7), nights=2)
    assert isinstance(shown[0], Stop) and shown[0].city.name == "Os" and not hasattr(shown[0], "nights")


# pydantic-ai puts what is no object under a key of its own; that is not shown, in no mode.
@pytest.mark.parametrize("mode", ["tool", "native", "prompted"])
@pytest.mark.parametrize(
    ("kind", "pieces_of_it", "values", "fields"),
    [
        (list[int], ['{"resp', 'onse": [1', ", 2", ", 3]}"], [[], [1], [1, 2, 3]], [{}, {}, {}]),
        (int, ['{"response":', " 7", "}"], [7], [{}]),
        (
            dict[str, int],
            ['{"response": {"a": 1,', ' "b": 2', "}}"],
            [{}, {"a": 1}, {"a": 1, "b": 2}],
            [{}, {"a": 1}, {"b": 2}],
        ),
    ],
)
async def test_the_key_around_what_is_no_object_is_not_shown(
    mode: str, kind: Any, pieces_of_it: Any, values: Any, fields: Any
) -> None:
    output = {"tool": kind, "native": NativeOutput(kind), "prompted": PromptedOutput(kind)}[mode]
    agent = agent_of(ScriptedModel([Says(pieces_of_it)]), output)
    events = await read(run_stream(agent, "x", keep_changes=True))
    shown = [event for event in events if isinstance(event, PartialFields)]
    assert [event.value for event in shown] == values and [event.fields for event in shown] == fields
    assert end_of(events).result == shown[-1].value
    again = list(replay(from_json(to_json(event)) for event in events))
    assert [event.value for event in again if isinstance(event, PartialFields)] == values


class Reply(BaseModel):
    response: str


# A key of that name that is the user's own stays.
@pytest.mark.parametrize("output", [Reply, NativeOutput(Reply), PromptedOutput(Reply), NativeOutput([Reply])])
async def test_a_field_of_that_name_is_shown(output: Any) -> None:
    events = await read(run_stream(agent_of(ScriptedModel([Says(['{"response": "x"}'])]), output), "x"))
    assert [event.value for event in events if isinstance(event, PartialFields)] == [{"response": "x"}]


# A validator of the agent refuses, too; so does an empty answer.
async def test_whatever_refuses_begins_an_attempt() -> None:
    from pydantic_ai import ModelRetry

    agent: Agent[None, str] = Agent(ScriptedModel(["no"], [Think("hm")], ["yes"]), retries=3)

    @agent.output_validator
    def check(output: str) -> str:
        if output == "no":
            raise ModelRetry("say yes")
        return output

    events = await read(run_stream(agent, "x"))
    assert next(e.message for e in events if isinstance(e, NonFatalError)) == "say yes"
    assert end_of(events).attempt == 2
    assert await collect_all_tokens(events) == "yes" == end_of(events).result


# A further request after tools is an iteration: what came before stays.
async def test_an_iteration_withdraws_nothing() -> None:
    model = ScriptedModel(["Wait. ", Call("nothing")], ["Done."])
    events = await read(run_stream(agent_of(model, str), "x"))
    assert [e.iteration for e in events if isinstance(e, Progress)] == [1, 2]
    assert await collect_all_tokens(events) == "Wait. Done."
    assert not any(isinstance(e, Retract) for e in events)


# Tokens add up, and the price is there where the model has one.
async def test_progress_counts_tokens() -> None:
    events = await read(run_stream(agent_of(ScriptedModel(*EVERYTHING)), "x"))
    totals = [e.total_tokens for e in events if isinstance(e, Progress)]
    first, second, third = (total or 0 for total in totals)
    assert 0 < first < second < third
    usage = end_of(events).usage
    assert usage is not None and usage["total_tokens"] == totals[-1]
    assert "total_cost_usd" not in events[-2].data


# Silence is filled with heartbeats that say what is waited for.
async def test_heartbeats_in_silence() -> None:
    model = ScriptedModel([Wait(0.13), Call("slow", ['{"seconds": 0.13}'])], ["ok"])
    events = await read(run_stream(agent_of(model, str), "x", heartbeat=0.05))
    beats = [e for e in events if isinstance(e, Heartbeat)]
    assert {beat.message for beat in beats} == {"waiting for the model", "waiting for the tool 'slow'"}
    assert all(beat.idle_seconds >= 0.05 for beat in beats)
    assert not any(
        isinstance(e, Heartbeat)
        for e in await read(run_stream(agent_of(ScriptedModel([Wait(0.1), "a"]), str), "x", heartbeat=None))
    )


# The run of an agent in a node: its emitter stamps the events, and goes on after it.
async def test_an_emitter_can_be_passed_in() -> None:
    run = Emitter("r")
    node = run.child("answer")
    events = [run.emit(StreamStart()), node.emit(StreamStart(scope="node"))]
    stream = run_stream(agent_of(ScriptedModel(["no"], ["yes"]), str), "x", emitter=node)
    async for event in stream:
        events.append(event)
    events.append(stream.emitter.emit(StreamEnd(scope="node")))
    events.append(run.emit(StreamEnd()))
    from pydantic_flow.testing import assert_grammar

    assert_grammar(events)
    assert {e.node_path for e in events[1:-1]} == {("answer",)} and {e.run_id for e in events} == {"r"}


# A connection that breaks: what came stands, the error is told, the exception raised.
async def test_a_broken_connection() -> None:
    model = ScriptedModel(["a", Call("add", ['{"x'])], ["never"])
    model = ScriptedModel(["a", Call("add", ['{"x']), Fail(ConnectionError("gone"))])
    events, error = await read_to_error(run_stream(agent_of(model, str), "x"))
    assert isinstance(error, ConnectionError)
    assert kinds(events) == ["start", "token", "tool_call", "tool_arg_progress", "error", "end"]
    assert end_of(events).usage is not None
    events = await read(run_stream(agent_of(model, str), "x", on_error="event"))
    assert not end_of(events).success


# Whatever pydantic-ai raises is announced and raised.
async def test_the_exceptions_of_the_framework() -> None:
    never = ScriptedModel([Says(["[]"])])
    events, error = await read_to_error(run_stream(agent_of(never), "x"))
    assert isinstance(error, UnexpectedModelBehavior)
    limits = UsageLimits(request_limit=1)
    model = ScriptedModel([Call("nothing")], ["x"])
    events, error = await read_to_error(run_stream(agent_of(model, str), "x", usage_limits=limits))
    assert isinstance(error, UsageLimitExceeded)
    assert [e.exception_type for e in events if isinstance(e, NonFatalError)] == ["UsageLimitExceeded"]


# A model that does not stream gives its answer whole; so does pydantic-ai's own TestModel, in words.
async def test_a_model_that_does_not_stream() -> None:
    whole = FunctionModel(lambda messages, info: ModelResponse(parts=[TextPart("all at once")]))
    events = await read(run_stream(Agent(whole), "x"))
    assert [e.text for e in events if isinstance(e, TokenChunk)] == ["all at once"]
    events = await read(run_stream(agent_of(TestModel(call_tools=["add"])), "x"))
    assert kinds(events)[-3:] == ["partial_fields", "progress", "end"]
    assert [e.tool_name for e in events if isinstance(e, ToolResult)] == ["add"]


# An answer that a capability gives in place of the model is told as well; there may have been a heartbeat.
@pytest.mark.parametrize("seconds", [0.0, 0.05])
async def test_an_answer_without_a_request(seconds: float) -> None:
    from pydantic_ai.capabilities import AbstractCapability
    from pydantic_ai.exceptions import SkipModelRequest

    class Cache(AbstractCapability[Any]):
        async def before_model_request(self, ctx: Any, request_context: Any) -> Any:
            await asyncio.sleep(seconds)
            raise SkipModelRequest(ModelResponse(parts=[TextPart("from the cache")]))

    model = ScriptedModel(["never"])
    events = await read(
        run_stream(Agent(model), "x", capabilities=[Cache()], heartbeat=0.02 if seconds else 60)
    )
    assert [e.text for e in events if isinstance(e, TokenChunk)] == ["from the cache"]
    assert end_of(events).result == "from the cache" and model.requests == 0
    assert any(isinstance(e, Heartbeat) for e in events) is (seconds > 0)


# Events of the user's own, emitted by tools, are in the stream.
async def test_events_of_tools() -> None:
    from dataclasses import dataclass

    @dataclass(kw_only=True)
    class Halfway(CustomEvent):
        done: int

    agent: Agent[None, str] = Agent(ScriptedModel([Call("work")], ["ok"]))

    @agent.tool
    async def work(ctx: RunContext[None]) -> str:
        await ctx.emit(Halfway(done=1))
        return "done"

    events = await read(run_stream(agent, "x"))
    [output] = [e for e in events if isinstance(e, Output)]
    assert isinstance(output.output, Halfway) and output.output.done == 1
    assert events.index(output) < [type(e) for e in events].index(ToolResult)


# Calls that are left to the caller are closed, and say so.
async def test_deferred_calls_are_closed() -> None:
    agent: Agent[None, Any] = Agent(ScriptedModel([Call("ask")]), output_type=[str, DeferredToolRequests])

    @agent.tool_plain(requires_approval=True)
    def ask() -> str:
        return "asked"

    events = await read(run_stream(agent, "x"))
    [result] = [e for e in events if isinstance(e, ToolResult)]
    assert result.error is not None and "deferred" in result.error
    assert isinstance(end_of(events).result, DeferredToolRequests)


# A conversation goes on with the messages of its last run, or with what was stored of them.
async def test_message_history() -> None:
    from pydantic_ai import ModelMessagesTypeAdapter

    model = ScriptedModel(["one"], ["two"], ["three"])
    agent = agent_of(model, str)
    first = end_of(await read(run_stream(agent, "x"))).messages
    second = end_of(await read(run_stream(agent, "y", message_history=first))).messages
    assert (len(first), len(second), len(model.messages[1])) == (2, 4, 3)
    stored = json.loads(ModelMessagesTypeAdapter.dump_json(list(second)))
    third = end_of(await read(run_stream(agent, "z", message_history=stored)))
    assert len(third.messages) == 6 and third.result == "three"


# What was recorded reads back to the same fields and arguments.
async def test_a_recorded_run_replays(everything: ScriptedModel) -> None:
    seen: list[Any] = []
    wire: list[bytes] = []
    async for event in run_stream(agent_of(everything), "x"):
        seen.append((event.type, getattr(event, "value", None), getattr(event, "partial_args", None)))
        wire.append(to_json(event))
    again = list(replay(map(from_json, wire)))
    assert [(e.type, getattr(e, "value", None), getattr(e, "partial_args", None)) for e in again] == seen
    assert sum(map(len, wire)) < 4 * 200 + 400 * len(wire)


# What may be written down later is kept, if asked for.
async def test_changes_can_be_kept(everything: ScriptedModel) -> None:
    events = await read(run_stream(agent_of(everything), "x", keep_changes=True))
    assert all(to_json(event) for event in events)


# The agent is at most so far ahead of a slow reader.
@pytest.mark.parametrize("ahead", [1, 3, 16])
async def test_a_slow_reader_slows_the_model(ahead: int) -> None:
    said = 0

    async def say(messages: Any, info: Any) -> Any:
        nonlocal said
        for _ in range(100):
            said += 1
            yield "x"

    read_so_far = 0
    async for event in run_stream(Agent(FunctionModel(stream_function=say)), "x", ahead=ahead):
        if isinstance(event, TokenChunk):
            read_so_far += 1
            for _ in range(5):
                await asyncio.sleep(0)
            assert said - read_so_far <= ahead + 2  # one in the hands of each side
    with pytest.raises(ValueError, match="at least 1"):
        await read(run_stream(Agent(FunctionModel(stream_function=say)), "x", ahead=0))


# The prompt is shown in short, whatever it is.
async def test_the_prompt_is_shown_in_short() -> None:
    [start, *_] = await read(run_stream(agent_of(ScriptedModel(["a"]), str), ["long " * 100, "more"]))
    assert isinstance(start, StreamStart) and len(start.input_preview) <= 200


# Agents run at once, each with its own events.
async def test_runs_at_once() -> None:
    agent = agent_of(ScriptedModel(pieces("some text", 2)), str)
    runs = await asyncio.gather(*(read(run_stream(agent, "x")) for _ in range(20)))
    assert len({events[0].run_id for events in runs}) == 20
    assert {end_of(events).result for events in runs} == {"some text"}


class Wide(BaseModel):
    items: list[City]


# In a text mode with tools the JSON begins where it begins, and its value is whole at the end.
async def test_the_last_partial_value_is_the_answer() -> None:
    text = json.dumps({"items": [{"name": f"c{i}", "people": i} for i in range(20)]})
    for size in (1, 3, 50):
        events = await read(run_stream(agent_of(ScriptedModel([Says(pieces(text, size))]), Wide), "x"))
        values = [e.value for e in events if isinstance(e, PartialFields)]
        assert values[-1] == json.loads(text)
