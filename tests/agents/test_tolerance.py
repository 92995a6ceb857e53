"""JSON that is broken but can be read is accepted, in every mode and on every road."""

from typing import Any

import pytest
from pydantic_ai import Agent, UnexpectedModelBehavior
from pydantic_ai.messages import ModelResponse

from pydantic_flow.agents import (
    NonFatalError,
    PartialOutput,
    Repaired,
    Retract,
    ToolArgProgress,
    ToolReady,
    ToolResult,
    run_stream,
)
from pydantic_flow.streaming import from_json, replay, to_json
from pydantic_flow.testing import Call, Output, ScriptedModel, assert_grammar

from .conftest import MODES, City, agent_of, end_of, read

OSLO = City(name="Oslo", people=717710)
GOOD = '{"name": "Bergen", "people": 1}'
READABLE = {
    "quotes": ["{'name': 'Oslo', peo", "ple: 717710}"],
    "comma": ['{"name": "Oslo", "people": 717710', ",}"],
    "closer": ['{"name": "Oslo", "people": 717710, "why": [1, ', "2]"],
    "python": ['{"name": "Oslo", "people": 717710, "sure": Tr', "ue}"],
    "fence": ['```json\n{"name": "Oslo", "people": 717710,', "}\n```"],
}
UNREADABLE = {
    "in a string": ['{"people": 717710, "name": "Os'],
    "in a number": ['{"name": "Oslo", "people": 71'],
    "no JSON": ["I do not know."],
}
KINDS = {"quotes": "quote_marks", "comma": "extra_comma", "closer": "missing_closer", "python": "literal"}


def said(broken: list[str]) -> ScriptedModel:
    return ScriptedModel([Output(broken)], [Output([GOOD])])


# `run_stream` takes it at once, and tells what it repaired.
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("broken", READABLE)
async def test_run_stream_accepts_what_can_be_read(broken: str, mode: str) -> None:
    model = said(READABLE[broken])
    events = await read(run_stream(Agent(model, output_type=MODES[mode]), "x"))
    assert end_of(events).result == OSLO and model.requests == 1
    repairs = [event.kind for event in events if isinstance(event, NonFatalError)]
    assert KINDS.get(broken, "fence") in repairs and all(event.attempt == 0 for event in events)


# Unless that is not wanted: then pydantic-ai asks again.
@pytest.mark.parametrize("mode", MODES)
async def test_run_stream_can_be_strict(mode: str) -> None:
    model = said(READABLE["quotes"])
    events = await read(run_stream(Agent(model, output_type=MODES[mode]), "x", repair=False))
    assert end_of(events).result == City(name="Bergen", people=1) and model.requests == 2


# What was never written is not made up.
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("broken", UNREADABLE)
async def test_what_was_cut_inside_a_value_is_asked_for_again(broken: str, mode: str) -> None:
    model = said(UNREADABLE[broken])
    events = await read(run_stream(Agent(model, output_type=MODES[mode]), "x"))
    assert end_of(events).result == City(name="Bergen", people=1) and model.requests == 2


# Also lost closers are refused when the model says that it was cut off, for whatever reason.
@pytest.mark.parametrize("why", ["length", "content_filter", "error"])
async def test_an_answer_that_the_model_cut_off_is_refused(why: Any) -> None:
    class CutOff(ScriptedModel):
        async def _whole(self, messages: Any, info: Any) -> Any:
            response: ModelResponse = await super()._whole(messages, info)
            response.finish_reason = why if self.requests == 1 else "stop"
            return response

    model = CutOff([Output(READABLE["closer"])], [Output([GOOD])])
    agent = Agent(model, output_type=City, capabilities=[PartialOutput()])
    assert (await agent.run("x")).output == City(name="Bergen", people=1)


# What can be read but does not validate is refused, with pydantic's words about what was read.
async def test_what_was_read_must_be_valid() -> None:
    model = said(["{'name': 'Oslo', 'people': 'many'}"])
    events = await read(run_stream(Agent(model, output_type=City), "x"))
    [refusal] = [e for e in events if isinstance(e, NonFatalError) and e.kind == "refused"]
    assert "people" in refusal.message and model.requests == 2


# The arguments of tools likewise; each repair is told before the call is ready.
async def test_arguments_of_tools_are_accepted() -> None:
    model = ScriptedModel([Call("add", ["{x: 1, ", "'y': 2,}"])], [Output(READABLE["quotes"])])
    events = await read(run_stream(agent_of(model), "x"))
    ready = next(index for index, event in enumerate(events) if isinstance(event, ToolReady))
    repairs = [event for event in events[:ready] if isinstance(event, NonFatalError)]
    assert [event.kind for event in repairs] == ["unquoted_key", "quote_marks", "extra_comma"]
    assert repairs[-1].message == (
        "in the arguments for 'add': a comma with nothing before or after it was ignored"
    )
    assert events[ready].args == {"x": 1, "y": 2} and events[ready].valid
    assert [event.result for event in events if isinstance(event, ToolResult)] == [3]
    assert end_of(events).result == OSLO


# Arguments of two calls in one are refused: no tool runs with the first of them while the other is lost.
async def test_arguments_of_two_calls_in_one_are_asked_for_again() -> None:
    model = ScriptedModel(
        [Call("add", ['{"x": 1, "y": 2}', '{"x": 3, "y": 4}'], "c1")],
        [Call("add", ['{"x": 1, "y": 2}'], "c2"), Call("add", ['{"x": 3, "y": 4}'], "c3")],
        [Output([GOOD])],
    )
    events = await read(run_stream(agent_of(model), "x"))
    results = {event.call_id: event.result for event in events if isinstance(event, ToolResult)}
    assert results == {"c1": None, "c2": 3, "c3": 7}


# pydantic-ai's own streaming, which cannot ask again, gets an answer instead of an error.
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("broken", READABLE)
async def test_partial_output_accepts_what_can_be_read(broken: str, mode: str) -> None:
    told: list[Repaired] = []
    helped = PartialOutput(on_repair=told.append)
    agent = Agent(said(READABLE[broken]), output_type=MODES[mode], capabilities=[helped])
    async with agent.run_stream("x") as run:
        outputs = [output async for output in run.stream_output(debounce_by=None)]
    assert outputs[-1] == OSLO and outputs[0].name == "Oslo"
    alone = Agent(said(READABLE[broken]), output_type=MODES[mode])
    if broken != "fence":
        with pytest.raises(UnexpectedModelBehavior):
            async with alone.run_stream("x") as run:
                await run.get_output()
        [repaired] = told
        assert repaired.tool_name is None and KINDS[broken] in [r.kind for r in repaired.repairs]


# The same in whole runs, also for tools; and not where it is switched off.
async def test_partial_output_serves_whole_runs_and_can_be_strict() -> None:
    told: list[Repaired] = []
    model = ScriptedModel([Call("add", ["{x: 1, y: 2}"], "c1")], [Output(READABLE["quotes"])])
    agent = agent_of(model, capabilities=[PartialOutput(on_repair=told.append)])
    assert (await agent.run("x")).output == OSLO
    assert [(repaired.tool_name, repaired.call_id) for repaired in told] == [("add", "c1"), (None, None)]
    model = said(READABLE["quotes"])
    strict = Agent(model, output_type=City, capabilities=[PartialOutput(repair=False)])
    assert (await strict.run("x")).output == City(name="Bergen", people=1) and model.requests == 2


# Valid JSON is validated once, and what pydantic refuses of it stays refused.
async def test_valid_json_is_not_touched() -> None:
    told: list[Repaired] = []
    model = said(['{"name": "Oslo", "people": "many"}'])
    agent = Agent(model, output_type=City, capabilities=[PartialOutput(on_repair=told.append)])
    assert (await agent.run("x")).output == City(name="Bergen", people=1)
    assert model.requests == 2 and told == []


# Text that is beyond the limits of reading, as of pydantic's, is asked for again, and ends no run by itself.
@pytest.mark.parametrize("repair", [True, False])
async def test_what_is_beyond_limits_is_asked_for_again(repair: bool) -> None:
    for value in ("[" * 300 + "]" * 300, "9" * 5000):
        model = ScriptedModel(
            [Call("add", [f'{{"x": {value},}}'], "c1")],
            *(
                [Output([text])]
                for text in (
                    f'{{"name": {value}}}',
                    GOOD,
                )
            ),
        )
        capability = PartialOutput(repair=repair)
        assert (await agent_of(model, capabilities=[capability]).run("x")).output.name == "Bergen"
        streamed = Agent(
            said([f'{{"name": "Oslo", "why": {value}', "}"]), output_type=City, capabilities=[capability]
        )
        with pytest.raises(UnexpectedModelBehavior):  # as without the capability
            async with streamed.run_stream("x") as run:
                await run.get_output()


# The same in `run_stream`, which shows such text up to there and says so. Its events can be replayed.
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("value", ["[" * 300 + "]" * 300, "9" * 5000], ids=["deep", "long"])
async def test_run_stream_goes_on_behind_what_is_beyond_limits(value: str, mode: str) -> None:
    text = f'{{"x": 1, "y": {value}, "z": 2}}'
    pieces = [text[start : start + 150] for start in range(0, len(text), 150)]
    model = ScriptedModel([Call("add", pieces, "c1")], [Output(pieces)], [Output([GOOD])])
    events = await read(run_stream(agent_of(model, MODES[mode]), "x", keep_changes=True))
    assert_grammar(events)
    assert end_of(events).result == City(name="Bergen", people=1)
    [limit] = [e for e in events if isinstance(e, NonFatalError) and e.kind == "limit"]
    [retract] = [e for e in events if isinstance(e, Retract)]
    assert limit.recoverable and retract.from_index < limit.index <= retract.to_index
    [ready] = [e for e in events if isinstance(e, ToolReady)]
    assert ready.args == text and not ready.valid
    sent, again = (
        [e.partial_args for e in some if isinstance(e, ToolArgProgress)]
        for some in (events, replay(from_json(to_json(e)) for e in events))
    )
    assert sent == again and sent[-1]["x"] == 1 and len(sent) == len(pieces)


# A value that is no object, which pydantic-ai wraps, too.
async def test_values_that_are_no_objects_are_accepted() -> None:
    model = ScriptedModel([Output(["{'response': [1, ", "2,]}"])])
    events = await read(run_stream(Agent(model, output_type=list[int]), "x"))
    assert end_of(events).result == [1, 2] and model.requests == 1
