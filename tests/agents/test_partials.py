"""Partial output inside pydantic-ai's own streaming."""

import json
from dataclasses import dataclass
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent

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
    from pydantic_ai import NativeOutput, PromptedOutput

    kind: Any = {"tool": Trip, "native": NativeOutput(Trip), "prompted": PromptedOutput(Trip)}[mode]
    model = ScriptedModel([Output(pieces(TEXT, size))])
    alone = await outputs(Agent(model, output_type=kind))
    helped = await outputs(Agent(model, output_type=kind, capabilities=[PartialOutput()]))
    assert helped[-1] == alone[-1] == Trip.model_validate_json(TEXT)


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
