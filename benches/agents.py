"""What a stream of events costs above the model itself, also through nodes, and what partial output costs.

Comes in: nothing (``--quick`` for smaller sizes). Goes out: three tables, microseconds of CPU for each
4-character delta. All contenders take turns, and the best of the rounds counts; what they read is
compared first. Needs the extra ``agents``.

    python benches/agents.py
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from typing import Any

from pydantic import BaseModel, TypeAdapter, ValidationError
from pydantic_ai import Agent
from pydantic_ai.capabilities import AbstractCapability
from pydantic_ai.messages import ModelRequest, UserPromptPart
from pydantic_ai.models import ModelRequestParameters
from pydantic_ai.models.function import DeltaToolCall, FunctionModel
from pydantic_ai.tools import ToolDefinition

from pydantic_flow.agents import PartialOutput, StreamEnd, TokenChunk, run_stream
from pydantic_flow.nodes import AgentNode, RetryNode, ToolNode
from pydantic_flow.streaming.growing import Growing
from pydantic_flow.streaming.parts import parts_of

Run = Callable[[], Awaitable[str]]


class Section(BaseModel):
    title: str
    body: str


class Report(BaseModel):
    title: str
    sections: list[Section]


def report(kilobytes: int) -> str:
    section = {"title": "A section of the report", "body": "word after word, " * 20}
    count = max(1, kilobytes * 1024 // len(json.dumps(section)))
    return json.dumps({"title": "Report", "sections": [section] * count})


def model(text: str, structured: bool) -> FunctionModel:
    """Streams the text four characters at a time, as text or as the call of the output tool."""

    async def say(messages: Any, info: Any) -> Any:
        pieces: Iterator[str] = (text[start : start + 4] for start in range(0, len(text), 4))
        if structured:
            yield {0: DeltaToolCall(name="final_result", json_args="", tool_call_id="c")}
            for piece in pieces:
                yield {0: DeltaToolCall(json_args=piece)}
        else:
            for piece in pieces:
                yield piece

    return FunctionModel(stream_function=say)


async def alone(talker: FunctionModel, structured: bool) -> str:
    """The model without anything around it."""
    tools = [ToolDefinition(name="final_result")] if structured else []
    parameters = ModelRequestParameters(
        output_tools=tools, output_mode="tool" if structured else "text", allow_text_output=not structured
    )
    request = [ModelRequest(parts=[UserPromptPart("x")])]
    async with talker.request_stream(request, None, parameters) as stream:
        async for _ in stream:
            pass
        [part] = stream.get().parts
        return str(getattr(part, "content", None) or getattr(part, "args", None))


async def ours(agent: Agent[None, Any]) -> str:
    """Every event of a run."""
    said: list[str] = []
    async for event in run_stream(agent, "x"):
        if isinstance(event, TokenChunk):
            said.append(event.text)
    assert isinstance(event, StreamEnd) and event.success
    return "".join(said)


async def by_node(agent: Agent[None, Any]) -> str:
    """The same events, in a node that is wired to another, in a node that retries."""
    node = RetryNode[Any](AgentNode[Any, Any](agent, "{x}", input=ToolNode[Any, Any](lambda x: x).output))
    said: list[str] = []
    async for event in node.astream({"x": "x"}):
        if isinstance(event, TokenChunk):
            said.append(event.text)
    return "".join(said)


async def partials(agent: Agent[None, Any]) -> str:
    """pydantic-ai's own partial output."""
    async with agent.run_stream("x") as run:
        async for _ in run.stream_output(debounce_by=None):
            pass
        output = await run.get_output()
    return json.dumps(output.model_dump())


class Free(AbstractCapability[Any]):
    """A validation of partial output that costs nothing: what is left is pydantic-ai's own work."""

    async def wrap_output_validate(self, ctx: Any, *, output_context: Any, output: Any, handler: Any) -> Any:
        return None if ctx.partial_output else await handler(output)


async def best_of(rounds: int, runs: dict[str, Run], deltas: int) -> dict[str, float]:
    """Microseconds of CPU for each delta, the least of the rounds."""
    best = dict.fromkeys(runs, float("inf"))
    for _ in range(rounds):
        for name, run in runs.items():
            started = time.process_time()
            await run()
            best[name] = min(best[name], (time.process_time() - started) / deltas * 1e6)
    return best


async def events(sizes: list[int], rounds: int) -> None:
    print("events of a run             KB  model alone  run_stream   above   ratio   by nodes   above")
    for structured in (False, True):
        for kilobytes in sizes:
            text = report(kilobytes)
            talker = model(text, structured)
            agent: Agent[None, Any] = Agent(talker, output_type=Report if structured else str)
            assert await alone(talker, structured) == text == await ours(agent) == await by_node(agent)
            runs: dict[str, Run] = {
                "alone": lambda talker=talker, structured=structured: alone(talker, structured),
                "ours": lambda agent=agent: ours(agent),
                "nodes": lambda agent=agent: by_node(agent),
            }
            took = await best_of(rounds, runs, len(text) // 4)
            above = took["ours"] - took["alone"]
            name = "structured output" if structured else "text"
            ratio = took["ours"] / took["alone"]
            nodes = f"{took['nodes']:11.1f}{took['nodes'] - took['alone']:8.1f}"
            print(
                f"{name:24}{kilobytes:6}{took['alone']:13.1f}{took['ours']:12.1f}{above:8.1f}{ratio:8.2f}{nodes}"
            )


async def partial_output(sizes: list[int], rounds: int) -> None:
    print(
        "\nstream_output               KB      without  PartialOutput   ratio   free   without  with above it"
    )
    for kilobytes in sizes:
        text = report(kilobytes)
        talker = model(text, structured=True)
        without: Agent[None, Report] = Agent(talker, output_type=Report)
        with_it: Agent[None, Report] = Agent(talker, output_type=Report, capabilities=[PartialOutput()])
        free: Agent[None, Report] = Agent(talker, output_type=Report, capabilities=[Free()])
        assert await partials(without) == await partials(with_it) == await partials(free)
        runs: dict[str, Run] = {
            "without": lambda without=without: partials(without),
            "with": lambda with_it=with_it: partials(with_it),
            "free": lambda free=free: partials(free),
        }
        took = await best_of(rounds, runs, len(text) // 4)
        above = {name: took[name] - took["free"] for name in runs}
        print(
            f"{'':24}{kilobytes:6}{took['without']:13.1f}{took['with']:15.1f}"
            f"{took['without'] / took['with']:8.2f}{took['free']:7.1f}"
            f"{above['without']:10.1f}{above['with']:6.1f}"
        )


async def validation(sizes: list[int], rounds: int) -> None:
    """The part of it that differs: what the text so far is, after each delta, without pydantic-ai."""
    print("\npartial value               KB     pydantic           ours   ratio")
    adapter = TypeAdapter(Report)
    parts = parts_of(adapter)
    assert parts is not None
    for kilobytes in sizes:
        text = report(kilobytes)
        ends = range(4, len(text) + 4, 4)

        async def by_pydantic(text: str = text, ends: range = ends) -> str:
            shown: Any = None
            for end in ends:
                with suppress(ValidationError):
                    shown = adapter.validate_json(text[:end], experimental_allow_partial="trailing-strings")
            return repr(shown)

        async def by_us(text: str = text, ends: range = ends) -> str:
            growing, shown = Growing(parts, None), None
            for end in ends:
                shown = growing.grown_to(text[:end])
            return repr(shown)

        assert await by_pydantic() == await by_us()
        took = await best_of(rounds, {"pydantic": by_pydantic, "ours": by_us}, len(ends))
        ratio = took["pydantic"] / took["ours"]
        print(f"{'':24}{kilobytes:6}{took['pydantic']:13.1f}{took['ours']:15.1f}{ratio:8.2f}")


async def main(quick: bool) -> None:
    await events([8] if quick else [8, 64], 3 if quick else 8)
    await partial_output([4] if quick else [16, 64], 2)
    await validation([4] if quick else [16, 64], 2)


if __name__ == "__main__":
    asyncio.run(main("--quick" in sys.argv))
