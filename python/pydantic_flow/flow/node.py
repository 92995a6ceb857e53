"""A flow as a node of another.

Coming in: the input of the flow. Going out: the events of its nodes, below the path of this one, and its
result.
Decided elsewhere: how a flow runs (``running.py``).
"""

from collections.abc import AsyncGenerator
from typing import Any, Generic, Protocol

from ..nodes.base import BaseNode, InputT, NodeOutput, NodeRun, OutputT
from ..streaming.emitter import Emitter
from ..streaming.item import ProgressItem
from .config import RunConfig
from .running import FlowStream


class RunsAsStream(Protocol):
    """A flow, as its node sees it."""

    input_type: Any
    output_type: Any

    def stream(self, inputs: Any, emitter: Emitter, config: RunConfig | None = None) -> FlowStream:
        """Its events, as a part of something larger."""


class FlowNode(BaseNode[InputT, OutputT], Generic[InputT, OutputT]):
    """A node that runs a flow.

    Args:
        flow: its types are those of the node.
        input: the output of another node.
        name: by default that of the flow.
        run_id: see :class:`~pydantic_flow.nodes.BaseNode`.
        config: the limits of the flow.

    >>> from pydantic_flow.flow import Flow
    >>> from pydantic_flow.nodes import ToolNode
    >>> inner = Flow(input_type=str, output_type=str, name="inner")
    >>> inner.add_nodes(ToolNode(str.upper, name="shout"))
    >>> outer = Flow(input_type=str, output_type=str)
    >>> outer.add_nodes(FlowNode(inner))
    >>> import asyncio
    >>> async def main():
    ...     async for event in outer.astream("a"):
    ...         print(event.node_path, event.type.value)
    >>> asyncio.run(main())
    () start
    ('inner',) start
    ('inner', 'shout') start
    ('inner', 'shout') tool_call
    ('inner', 'shout') tool_result
    ('inner', 'shout') end
    ('inner',) end
    () end
    """

    def __init__(
        self,
        flow: RunsAsStream,
        *,
        input: NodeOutput[Any] | None = None,
        name: str | None = None,
        run_id: str | None = None,
        config: RunConfig | None = None,
    ) -> None:
        self.flow = flow
        self.config = config
        super().__init__(input=input, name=name, run_id=run_id)

    @property
    def input_type(self) -> Any:
        """What the flow takes."""
        return self.flow.input_type

    @property
    def output_type(self) -> Any:
        """What the flow gives."""
        return self.flow.output_type

    async def events(self, input_data: InputT, run: NodeRun[OutputT]) -> AsyncGenerator[ProgressItem, None]:
        """The events of the nodes of the flow."""
        stream = self.flow.stream(input_data, run.emitter, self.config)
        async with stream:
            async for item in stream:
                yield item
        run.result, run.usage = stream.result, stream.usage

    def _default_name(self) -> str:
        return getattr(self.flow, "name", "flow")

    def __repr__(self) -> str:
        return f"FlowNode(name={self.name!r}, flow={self.flow!r})"
