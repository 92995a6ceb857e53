"""Partial output inside pydantic-ai's own streaming."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, NativeOutput, PromptedOutput, RunContext
from pydantic_ai.capabilities import AbstractCapability

from pydantic_flow.agents import PartialOutput
from pydantic_flow.testing import Output, ScriptedModel, pieces

from .conftest import MODES, OSLO, City


class Trip(BaseModel):
    title: str
    stops: list[City]
    notes: dict[str, str] = {}


@dataclass
class Point:
    x: int
    y: str


async def outputs(agent: Agent[Any, Any]) -> list[Any]:
    async with agent.run_stream("x") as run:
        return [output async for output in run.stream_output(debounce_by=None)]


TEXT = json.dumps(
    {"title": "North", "stops": [{"name": f"c{i}", "people": i} for i in range(5)], "notes": {"a": "b"}}
)


# The last output is that of pydantic-ai alone, for any cut and in every mode.
@pytest.mark.parametrize("size", [1, 4, 30])
@pytest.mark.parametrize("mode", MODES)
async def test_the_last_output_is_the_same(mode: str, size: int) -> None:
    kind: Any = {"tool": Trip, "native": NativeOutput(Trip), "prompted": PromptedOutput(Trip)}[mode]
    model = ScriptedModel([Output(pieces(TEXT, size))])
    alone = await outputs(Agent(model, output_type=kind))
    helped = await outputs(Agent(model, output_type=kind, capabilities=[PartialOutput()]))
    assert helped[-1] == alone[-1] == Trip.model_validate_json(TEXT)


class Recorded(AbstractCapability[Any]):
    """What each partial text became, whoever validates it."""

    def __init__(self) -> None:
        self.became: dict[str, Any] = {}

    async def wrap_output_validate(self, ctx: Any, *, output_context: Any, output: Any, handler: Any) -> Any:
        shown = await handler(output)
        if ctx.partial_output:
            self.became[output] = shown
        return shown


async def recorded(model: ScriptedModel, kind: Any, *more: Any) -> tuple[dict[str, Any], Any, str]:
    """What the partial texts became, the last output, and the error of the run."""
    recorder, last, error = Recorded(), None, ""
    agent = Agent(model, output_type=kind, capabilities=[recorder, *more])

    @agent.output_validator
    def strict(ctx: RunContext[None], output: Any) -> Any:
        if not ctx.partial_output and getattr(output, "title", "") == "refused":
            raise ModelRetry("not this one")
        return output

    try:
        for output in await outputs(agent):
            last = output
    except Exception as raised:
        error = f"{type(raised).__name__}: {raised}"
    return recorder.became, last, error


ANSWERS = [
    TEXT,
    '{"notes": {"a": "b", "a": "c"}, "stops": [{"people": 12, "name": "n"}, {"name": "\\u00e9"}]}',
    '{"title": "North", "stops": [{"name": "n", "people": 1.0}], "notes": null}',
    '{"title": "refused", "stops": []}',
    '{"title": "cut", "stops": [{"name": "n',
    "no JSON at all",
    '{"title": 5, "stops": []}',
]


# Where pydantic-ai alone has a partial output, it is the same; so are the last one, and errors.
@pytest.mark.parametrize("size", [1, 3, 50])
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("text", ANSWERS)
async def test_partial_outputs_are_those_of_pydantic_ai(text: str, mode: str, size: int) -> None:
    kind: Any = {"tool": Trip, "native": NativeOutput(Trip), "prompted": PromptedOutput(Trip)}[mode]
    model = ScriptedModel([Output(pieces(text, size))])
    alone, last_alone, error_alone = await recorded(model, kind)
    model = ScriptedModel([Output(pieces(text, size))])
    helped, last, error = await recorded(model, kind, PartialOutput())
    assert error == error_alone
    assert error or last == last_alone
    assert {text: helped[text] for text in alone} == alone and len(helped) >= len(alone)
    assert [repr(helped[text]) for text in alone] == [repr(output) for output in alone.values()]


# Whole runs with retries are the same, request by request.
async def test_retries_are_those_of_pydantic_ai() -> None:
    said = [[Output(['{"title": "North"}'])], [Output(['{"title": "N", "stops": "none"}'])], [Output([TEXT])]]
    alone, helped = (
        Agent(ScriptedModel(*said), output_type=Trip, retries=3, capabilities=list(more))
        for more in ((), (PartialOutput(),))
    )
    runs = [await alone.run("x"), await helped.run("x")]
    asked = [
        [part.content for m in run.all_messages() for part in m.parts if hasattr(part, "content")]
        for run in runs
    ]
    assert runs[0].output == runs[1].output and asked[0] == asked[1]


# From the first byte, where pydantic-ai alone waits for every required field.
async def test_partials_come_from_the_first_byte() -> None:
    model = ScriptedModel([Output(pieces(TEXT, 1))])
    alone = await outputs(Agent(model, output_type=Trip))
    helped = await outputs(Agent(model, output_type=Trip, capabilities=[PartialOutput()]))
    assert len(helped) > len(alone)
    titles = [output.title for output in helped if hasattr(output, "title")]
    assert titles[:5] == ["", "N", "No", "Nor", "Nort"]
    assert [len(output.stops) for output in helped if hasattr(output, "stops")][-1] == 5


# Dataclasses too; what has no fields is left to pydantic-ai.
async def test_dataclasses_and_types_without_fields() -> None:
    model = ScriptedModel([Output(pieces('{"x": 12, "y": "abc"}', 3))])
    helped = await outputs(Agent(model, output_type=Point, capabilities=[PartialOutput()]))
    assert helped[-1] == Point(12, "abc")
    model = ScriptedModel([Output(pieces('{"response": [1, 22, 3]}', 3))])
    alone = await outputs(Agent(model, output_type=list[int]))
    assert await outputs(Agent(model, output_type=list[int], capabilities=[PartialOutput()])) == alone


# One capability serves many runs, at once and one after the other; whole runs are not touched.
async def test_one_capability_serves_many_runs() -> None:
    import asyncio

    agent = Agent(ScriptedModel([Output(OSLO)]), output_type=City, capabilities=[PartialOutput()])
    runs = await asyncio.gather(*(outputs(agent) for _ in range(5)))
    assert all(run[-1] == City(name="Oslo", people=717710) for run in runs)
    assert (await agent.run("x")).output == City(name="Oslo", people=717710)


# A subclass is itself in a run too: what it overrides is called there.
async def test_a_subclass_keeps_what_it_overrides() -> None:
    class Seen(PartialOutput):
        looks = 0

        async def wrap_output_validate(self, ctx: Any, **asked: Any) -> Any:
            Seen.looks += 1
            return await super().wrap_output_validate(ctx, **asked)

    agent = Agent(ScriptedModel([Output(OSLO)]), output_type=City, capabilities=[Seen()])
    assert (await outputs(agent))[-1] == City(name="Oslo", people=717710)
    assert Seen.looks > 1
