"""What the tests of this room share: agents over scripted models, and ways to read a run."""

import asyncio
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent, ModelRetry, NativeOutput, PromptedOutput

from pydantic_flow.agents import ProgressItem, StreamEnd
from pydantic_flow.testing import Call, Output, ScriptedModel, Think, assert_grammar


class City(BaseModel):
    name: str
    people: int


OSLO = ['{"na', 'me": "Os', 'lo", "peo', 'ple": 71', "7710}"]
MODES: dict[str, Any] = {"tool": City, "native": NativeOutput(City), "prompted": PromptedOutput(City)}
# A run with everything in it: thinking, text, tools at once (one fails), a refused answer, the answer.
EVERYTHING = [
    [
        Think("hm"),
        Think("mm"),
        "Let me ",
        "look.",
        Call("add", ['{"x": 1', ', "y": ', "2}"]),
        Call("moody", ['{"mood"', ': "bad"}']),
    ],
    [Output(['{"name": "Os', 'lo", "people": "ma', 'ny"}'])],
    [Output(OSLO)],
]


def agent_of(model: Any, output: Any = City, **options: Any) -> Agent[Any, Any]:
    """An agent with tools that work, ask for another try, fail, and wait."""
    agent: Agent[Any, Any] = Agent(model, output_type=output, name="guide", **options)

    @agent.tool_plain
    async def add(x: int, y: int) -> int:
        await asyncio.sleep(0.01)
        return x + y

    @agent.tool_plain
    def moody(mood: str) -> str:
        if mood == "bad":
            raise ModelRetry("not like this")
        return mood

    @agent.tool_plain
    def broken() -> str:
        raise LookupError("no such place")

    @agent.tool_plain
    def nothing() -> None:
        return None

    @agent.tool_plain
    async def slow(seconds: float) -> str:
        await asyncio.sleep(seconds)
        return "slept"

    return agent


async def read(stream: Any) -> list[ProgressItem]:
    """All events, in an order that is right."""
    events = [event async for event in stream]
    assert_grammar(events)
    return events


async def read_to_error(stream: Any) -> tuple[list[ProgressItem], BaseException]:
    """All events of a run that fails, and its exception."""
    events = []
    try:
        async for event in stream:
            events.append(event)
    except Exception as error:
        assert_grammar(events)
        return events, error
    raise AssertionError("the run did not fail")


def kinds(events: list[Any]) -> list[str]:
    """The types of events, those in a row once."""
    found: list[str] = []
    for event in events:
        if not found or found[-1] != event.type.value:
            found.append(event.type.value)
    return found


def end_of(events: list[Any]) -> StreamEnd:
    assert isinstance(events[-1], StreamEnd)
    return events[-1]


@pytest.fixture
def everything() -> ScriptedModel:
    return ScriptedModel(*EVERYTHING)
