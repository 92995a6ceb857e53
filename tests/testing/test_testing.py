"""The room for tests, tested."""

import time
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, NativeOutput

from pydantic_flow.agents import TokenChunk, ToolResult, collect_stream_result, run_stream
from pydantic_flow.streaming import from_json, to_json
from pydantic_flow.testing import (
    Call,
    Fail,
    Output,
    ScriptedModel,
    Think,
    Wait,
    arriving,
    assert_grammar,
    checked,
    cuts,
    pieces,
    random_pieces,
    replay_model,
    replay_stream,
    speech_of,
)


class City(BaseModel):
    name: str
    people: int


OSLO = ['{"na', 'me": "Os', 'lo", "peo', 'ple": 7', "1}"]
SCRIPT: list[list[Any]] = [
    [Think("hm"), "Let me ", "look.", Call("add", ['{"x": 1', ', "y": 2}'], "c1"), Call("none", [], "c2")],
    ["No: ", Output(['{"name": "Os', 'lo", "people": "x"}'])],
    [Output(OSLO)],
]


def agent_of(model: Any, output: Any = City) -> Agent[None, Any]:
    agent: Agent[None, Any] = Agent(model, output_type=output)

    @agent.tool_plain
    def add(x: int, y: int) -> int:
        return x + y

    @agent.tool_plain
    def none() -> None:
        return None

    return agent


# However a text is cut, the pieces are the text, as text or as bytes.
@pytest.mark.parametrize("text", ["", "a", "some text é", b"bytes"])
def test_pieces_are_the_text(text: Any) -> None:
    empty = text[:0]
    for size in (1, 3, 100):
        assert empty.join(pieces(text, size)) == text
    assert empty.join(random_pieces(text, seed=3)) == text
    assert random_pieces(text, seed=3) == random_pieces(text, seed=3)
    assert all(empty.join(cut) == text for cut in cuts(text))


# Chunks arrive in order, one by one.
async def test_arriving() -> None:
    assert [chunk async for chunk in arriving("abc")] == ["a", "b", "c"]


# A scripted model says what it is told, streamed or not, in order, and the last answer again.
async def test_a_scripted_model_says_its_script() -> None:
    for _ in range(2):
        model = ScriptedModel(*SCRIPT)
        assert (await agent_of(model).run("x")).output == City(name="Oslo", people=71)
        assert model.requests == model.closed == 3 and model.open == 0
    model = ScriptedModel(["a"], ["b"])
    assert [(await Agent(model).run("x")).output for _ in range(3)] == ["a", "b", "b"]
    assert len(model.messages) == 3
    with pytest.raises(ValueError, match="at least one"):
        ScriptedModel()


# It waits and fails where it is told to.
async def test_a_scripted_model_waits_and_fails() -> None:
    started = time.monotonic()
    with pytest.raises(ConnectionError):
        await Agent(ScriptedModel(["a", Wait(0.05), Fail(ConnectionError())])).run("x")
    assert time.monotonic() - started >= 0.05


# What a model said in a recorded run is the script that it had, and saying it again gives the same run.
@pytest.mark.parametrize("output", [City, NativeOutput(City)])
async def test_a_recorded_run_can_be_said_again(output: Any) -> None:
    _, events = await collect_stream_result(agent_of(ScriptedModel(*SCRIPT), output), "x")
    recorded = [from_json(to_json(event)) for event in events]
    if output is City:
        assert speech_of(recorded) == [
            [*SCRIPT[0][:3], Call("add", ('{"x": 1', ', "y": 2}'), "c1"), Call("none", (), "c2")],
            ["No: ", Output(('{"name": "Os', 'lo", "people": "x"}'))],
            [Output(tuple(OSLO))],
        ]
    result, again = await collect_stream_result(agent_of(replay_model(recorded), output), "x")
    assert result == City(name="Oslo", people=71)
    assert [(event.type, event.delta) for event in again] == [(event.type, event.delta) for event in events]


# A recorded run comes again as a stream, with everything that was in it, at once or as fast as it was.
async def test_a_recorded_run_can_be_streamed_again() -> None:
    model = ScriptedModel(["a", Wait(0.05), "b", Call("add", ['{"x": 1, "y": 2}'])], ["c"])
    _, events = await collect_stream_result(agent_of(model, str), "x")
    recorded = [from_json(to_json(event)) for event in events]
    started = time.monotonic()
    again = [event async for event in checked(replay_stream(recorded))]
    assert [event.type for event in again] == [event.type for event in events]
    assert [event.result for event in again if isinstance(event, ToolResult)] == [3]
    at_once = time.monotonic() - started
    started = time.monotonic()
    assert [event async for event in replay_stream(recorded, pace=1)] == again
    assert time.monotonic() - started >= max(0.05, at_once)


# A model says again what it said, at the pace at which it said it.
async def test_a_model_can_keep_the_pace() -> None:
    model = ScriptedModel([Output(['{"name": ', '"Oslo"', Wait(0.05), ', "people": 7}'])])
    _, events = await collect_stream_result(agent_of(model), "x")
    started = time.monotonic()
    result, _ = await collect_stream_result(agent_of(replay_model(events, pace=1)), "x")
    assert result == City(name="Oslo", people=7)
    assert time.monotonic() - started >= 0.05


# The grammar as an assertion, for a list and for a stream as it comes.
async def test_the_grammar_is_an_assertion() -> None:
    _, events = await collect_stream_result(agent_of(ScriptedModel(["a"]), str), "x")
    assert_grammar(events)
    with pytest.raises(AssertionError, match="has seq 2, not 1"):
        assert_grammar([events[0], *events[2:]])
    seen = []
    with pytest.raises(AssertionError, match="stopped before the StreamEnd"):
        async for event in checked(events[:-1]):
            seen.append(event)
    assert seen == events[:-1]
    assert [e async for e in checked(run_stream(agent_of(ScriptedModel(["a"]), str), "x"))][1].content == "a"
    assert isinstance(events[1], TokenChunk)
