"""Nodes that do what a test says, and ways to read a run."""

import asyncio
from collections.abc import AsyncGenerator, Sequence
from typing import Any

from pydantic_flow.flow import Flow
from pydantic_flow.nodes import BaseNode
from pydantic_flow.nodes.base import NodeOutput, NodeRun
from pydantic_flow.streaming import ProgressItem, TokenChunk


class Stub(BaseNode[Any, Any]):
    """Says some tokens, each after so many turns of the loop; its result is its name and what it read."""

    def __init__(
        self, name: str, *reads: BaseNode[Any, Any], turns: Sequence[int] = (0, 0), live: bool = False
    ) -> None:
        super().__init__(name=name)
        self.reads = reads
        self.turns = turns
        self.live = live
        self.runs = 0
        self.closed = 0
        self.log: list[str] = []

    @property
    def sources(self) -> tuple[NodeOutput[Any], ...]:
        return tuple(node.live_output if self.live else node.output for node in self.reads)

    def gather(self, values: Sequence[Any]) -> Any:
        return list(values)

    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.runs += 1
        try:
            for number, turns in enumerate(self.turns):
                for _ in range(turns):
                    await asyncio.sleep(0)
                yield TokenChunk(text=f"{self.name}{number}")
            run.result = (self.name, input_data)
        finally:
            self.closed += 1


class Add(BaseNode[int, int]):
    """Adds a number."""

    def __init__(self, name: str, number: int = 1, input: NodeOutput[Any] | None = None) -> None:
        super().__init__(name=name, input=input)
        self.number = number

    async def events(self, input_data: int, run: NodeRun[int]) -> AsyncGenerator[ProgressItem, None]:
        yield TokenChunk(text=str(input_data))
        run.result = input_data + self.number


def flow_of(*nodes: BaseNode[Any, Any], input_type: Any = Any, output_type: Any = Any, **options: Any) -> Any:
    flow: Flow[Any, Any] = Flow(input_type=input_type, output_type=output_type, **options)
    flow.add_nodes(*nodes)
    return flow


async def events_of(stream: Any) -> list[Any]:
    async with stream:
        return [item async for item in stream]


def told(events: Sequence[Any]) -> list[tuple[str, str, str]]:
    """Who said what."""
    return [(event.node_id, event.type.value, event.content) for event in events]


async def tasks_left() -> set[Any]:
    """The tasks that are still there, after two turns of the loop."""
    for _ in range(2):
        await asyncio.sleep(0)
    return asyncio.all_tasks() - {asyncio.current_task()}
