"""Real wire formats: bodies as OpenAI and Anthropic stream them, read by pydantic-ai's own providers."""

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import Agent, Tool
from pydantic_ai.exceptions import UnexpectedModelBehavior

from pydantic_flow.agents import (
    NonFatalError,
    PartialFields,
    Progress,
    Retract,
    TokenChunk,
    ToolArgProgress,
    ToolResult,
    run_stream,
)
from pydantic_flow.json import loads
from pydantic_flow.testing import assert_grammar

from .conftest import OSLO, City, agent_of, end_of, read
from .serving import serving

RECORDINGS = Path(__file__).parents[3] / "shared" / "recordings" / "streams.jsonl"
WIRES = ["openai", "anthropic"]
# The models have prices, and so will be deprecated one day.
pytestmark = pytest.mark.filterwarnings("ignore:The model .* is deprecated:DeprecationWarning")


# Thinking, text, a call with its arguments forming, its result, the answer: as with any model.
@pytest.mark.parametrize("wire", WIRES)
async def test_a_run_over_the_wire(wire: str) -> None:
    first = [
        ("reasoning", ["Hm", "m."]),
        ("text", ["Let me ", "add."]),
        ("tool:add", ['{"x"', ': 1, "y', '": 2}']),
    ]
    async with serving(wire, [first, [("text", ["It", " is 3."])]]) as (server, model):
        events = await read(run_stream(agent_of(model, str), "1 + 2?"))
    tokens = [(e.channel, e.text) for e in events if isinstance(e, TokenChunk)]
    assert tokens == [
        ("thinking", "Hm"),
        ("thinking", "m."),
        ("answer", "Let me "),
        ("answer", "add."),
        ("answer", "It"),
        ("answer", " is 3."),
    ]
    assert [e.partial_args for e in events if isinstance(e, ToolArgProgress)][-1] == {"x": 1, "y": 2}
    assert [e.result for e in events if isinstance(e, ToolResult)] == [3]
    assert end_of(events).result == "It is 3."
    assert len(server.requests) == 2 and server.open == 0


# Usage and cost come from the provider and its prices.
@pytest.mark.parametrize("wire", WIRES)
async def test_usage_and_cost_over_the_wire(wire: str) -> None:
    async with serving(wire, [[("text", ["hi"])]]) as (_, model):
        events = await read(run_stream(Agent(model), "x"))
    [progress] = [e for e in events if isinstance(e, Progress)]
    assert progress.total_tokens == 18
    assert progress.total_cost_usd is not None and 0 < progress.total_cost_usd < 0.01
    usage = end_of(events).usage
    assert usage is not None
    assert (usage["input_tokens"], usage["output_tokens"], usage["cost_usd"]) == (
        11,
        7,
        progress.total_cost_usd,
    )
    assert events[-1].data["total_cost_usd"] == progress.total_cost_usd


# Structured output, refused once: fields from the first byte, then withdrawn, then again.
@pytest.mark.parametrize("wire", WIRES)
async def test_structured_output_over_the_wire(wire: str) -> None:
    bad = [("tool:final_result", ['{"name": "Os', 'lo", "people": "many"}'])]
    good = [("tool:final_result", OSLO)]
    async with serving(wire, [bad, good]) as (_, model):
        events = await read(run_stream(agent_of(model), "x"))
    shown = [e for e in events if isinstance(e, PartialFields)]
    [withdrawn] = [e for e in events if isinstance(e, Retract)]
    assert [e.fields for e in shown if withdrawn.covers(e)] == [
        {"name": "Os"},
        {"name": "Oslo", "people": "many"},
    ]
    assert [e.fields for e in shown if not withdrawn.covers(e)][-1] == {"people": 717710}
    assert end_of(events).result == City(name="Oslo", people=717710)


# Leaving the stream hangs up.
@pytest.mark.parametrize("wire", WIRES)
async def test_leaving_hangs_up(wire: str) -> None:
    async with serving(wire, [[("text", ["a", "b", "c", "d"])]]) as (server, model):
        server.hold_after = 4
        async with run_stream(Agent(model), "x") as events:
            async for event in events:
                if isinstance(event, TokenChunk):
                    break
        async with asyncio.timeout(5):
            while server.open:
                await asyncio.sleep(0.001)
        assert server.cut_short == 1


# A body that ends in the middle, or is no such body at all: announced and raised, or read as far as it goes.
async def test_a_provider_that_fails() -> None:
    async with serving("openai", [[("text", ["a"])]]) as (server, model):
        server.answers = [[("text", [])]]
        events = []
        with pytest.raises(UnexpectedModelBehavior):
            async for event in run_stream(Agent(model), "x"):
                events.append(event)
    assert_grammar(events)
    assert isinstance(events[-2], NonFatalError) and not events[-2].recoverable


def recordings() -> list[Any]:
    """One recording of each kind from each provider, the longest that is not very long."""
    if not RECORDINGS.exists():
        return []
    found: dict[tuple[str, str], Any] = {}
    for line in RECORDINGS.read_text().splitlines():
        row = json.loads(line)
        kept = found.get((row["provider"], row["kind"]))
        if len(row["chunks"]) < 150 and (kept is None or len(row["chunks"]) > len(kept["chunks"])):
            found[row["provider"], row["kind"]] = row
    return list(found.values())


ROWS = recordings()


def said(message: Any, kind: str) -> str:
    """The text or thinking of a response, as pydantic-ai has it."""
    return "".join(part.content for part in message.parts if part.part_kind == kind)


# What real models said, in the pieces in which they said it, over both wires.
@pytest.mark.parametrize("wire", WIRES)
async def test_recorded_streams_over_the_wire(wire: str) -> None:
    if not ROWS:
        pytest.skip("the recordings are not part of this repository")
    for row in ROWS:
        text, chunks = "".join(row["chunks"]), row["chunks"]
        kind = "tool:record" if row["kind"] == "tool_args" else row["kind"]
        answers = [
            [(kind, chunks)] if kind != "reasoning" else [(kind, chunks), ("text", ["ok"])],
            [("text", ["ok"])],
        ]
        record = Tool.from_schema(
            lambda **arguments: "recorded",
            name="record",
            description="Records.",
            json_schema={"type": "object", "additionalProperties": True},
        )
        async with serving(wire, answers) as (_, model):
            agent: Agent[None, str] = Agent(model, tools=[record], retries=2)
            events = [event async for event in run_stream(agent, "x", on_error="event")]
        assert_grammar(events)
        response = end_of(events).messages[1]
        channel = {"text": "answer", "reasoning": "thinking"}.get(row["kind"])
        if channel is None:
            pieces = [e for e in events if isinstance(e, ToolArgProgress)]
            assert "".join(e.delta for e in pieces) == text, row["id"]
            if text.strip():
                read = loads(text, shape={"type": "object"}, coerce=False)
                assert pieces[-1].partial_args == read or pieces[-1].partial_args is None, row["id"]
        else:
            shown = "".join(
                e.text
                for e in events
                if isinstance(e, TokenChunk) and e.channel == channel and e.attempt == 0
            )
            own = said(response, "text" if channel == "answer" else "thinking")
            assert shown == own, row["id"]
            assert own.strip() == text.strip(), row["id"]
