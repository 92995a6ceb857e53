"""A node that folds the streams of several others while they come.

Coming in: the events of the nodes that it reads, each as it happens. Going out: an ``Output`` with the value
so far, as often as it changes, and the last one as the result.
Decided elsewhere: how events reach a reader (``nodes.feed``), in which order they come (the nodes).
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from dataclasses import replace
from inspect import isawaitable
from typing import Any, Generic

from ..nodes.base import BaseNode, NodeOutput, NodeRun, OutputT
from ..streaming.events import Output
from ..streaming.item import ProgressItem
from ..streaming.merge import merge


class AggregateNode(BaseNode[Any, OutputT], Generic[OutputT]):
    """Folds the events of several nodes into one value.

    It begins when all of them have begun, and its ``fold`` gets every event of all of them, also those from
    before: those of one node in order, those of several as they come. So a fold whose result should be the
    same in every run must not depend on who is first. What a later ``Retract`` takes back is for the fold to
    take back.

    Args:
        inputs: the outputs of the nodes.
        fold: takes the value so far and an event, and returns the new value (the same object if nothing
            changed), or an awaitable for it.
        initial: the value before any event. A mutable one is shared by all runs: let ``fold`` return
            new ones.
        emit: whether to give an ``Output`` when the value has changed.
        name: see :class:`~pydantic_flow.nodes.BaseNode`.
        run_id: the same.

    >>> import asyncio
    >>> from pydantic_flow.flow import Flow
    >>> from pydantic_flow.nodes import ToolNode
    >>> from pydantic_flow.streaming import ToolResult
    >>> upper, length = ToolNode(str.upper, name="upper"), ToolNode(len, name="length")
    >>> def results(so_far, event):
    ...     return so_far | {event.node_id: event.result} if isinstance(event, ToolResult) else so_far
    >>> both = AggregateNode[dict](inputs=(upper.output, length.output), fold=results, initial={})
    >>> flow = Flow(input_type=str, output_type=dict)
    >>> flow.add_nodes(upper, length, both)
    >>> asyncio.run(flow.run("abc")) == {"upper": "ABC", "length": 3}
    True
    """

    def __init__(
        self,
        *,
        inputs: Sequence[NodeOutput[Any]],
        fold: Callable[[Any, ProgressItem], Any],
        initial: Any = None,
        emit: bool = True,
        name: str | None = None,
        run_id: str | None = None,
    ) -> None:
        self.inputs = tuple(inputs)
        self.fold = fold
        self.initial = initial
        self.emit = emit
        super().__init__(name=name, run_id=run_id)

    @property
    def input_type(self) -> Any:
        """Streams, which no value is checked against."""
        return Any

    @property
    def sources(self) -> tuple[NodeOutput[Any], ...]:
        """The events of what it reads."""
        return tuple(replace(self._checked(source), live=True) for source in self.inputs)

    def gather(self, values: Sequence[Any]) -> Any:
        """The streams."""
        return list(values)

    async def events(self, input_data: Any, run: NodeRun[OutputT]) -> AsyncGenerator[ProgressItem, None]:
        """The value, as often as it changes."""
        value = self.initial
        async with merge(*input_data) as items:
            async for item in items:
                before, value = value, self.fold(value, item)
                if isawaitable(value):
                    value = await value
                if value is not before and self.emit:
                    yield Output(output=value)
        run.result = value
