"""Nodes that read several others.

Coming in: the results of all, as a tuple. Going out: what a function makes of them.
Decided elsewhere: when all of them are there (``wired.py``, flows).
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Generic, TypeVarTuple

from ..streaming.item import ProgressItem
from .base import BaseNode, NodeOutput, NodeRun, OutputT
from .tool import annotated, called, name_of, outcome

InputTs = TypeVarTuple("InputTs")


class MergeNode(BaseNode[tuple[*InputTs], OutputT], Generic[*InputTs, OutputT]):
    """The base of nodes whose input is a tuple: one value of each node that they read.

    Run on its own with such a tuple, it does not run those nodes.

    Args:
        inputs: the outputs of other nodes, in order.
        name: see :class:`BaseNode`.
        run_id: see :class:`BaseNode`.
    """

    def __init__(
        self, *, inputs: Sequence[NodeOutput[Any]], name: str | None = None, run_id: str | None = None
    ) -> None:
        self.inputs = tuple(inputs)
        super().__init__(name=name, run_id=run_id)

    @property
    def sources(self) -> tuple[NodeOutput[Any], ...]:
        """The outputs that it reads."""
        return tuple(self._checked(source) for source in self.inputs)

    def gather(self, values: Sequence[Any]) -> Any:
        """The values as a tuple."""
        return tuple(values)

    def _is_resolved(self, input_data: Any) -> bool:
        """A tuple with a value for each of its sources is its own input."""
        return super()._is_resolved(input_data) or (
            isinstance(input_data, tuple) and len(input_data) == len(self.inputs)
        )


class MergeToolNode(MergeNode[*InputTs, OutputT], Generic[*InputTs, OutputT]):
    """A function of several results, with ``ToolCall`` and ``ToolResult`` like a :class:`ToolNode`.

    In brackets stand the types of the inputs, and last that of the result.

    Args:
        tool_func: takes the inputs as arguments, returns the output, or an awaitable for it.
        inputs: the outputs of other nodes, in order.
        name: by default that of the function.
        run_id: see :class:`BaseNode`.

    >>> import asyncio
    >>> from pydantic_flow.nodes import ToolNode
    >>> upper, length = ToolNode(str.upper, name="upper"), ToolNode(len, name="length")
    >>> both = MergeToolNode[str, int, str](
    ...     lambda text, count: f"{text} has {count}", inputs=(upper.output, length.output)
    ... )
    >>> asyncio.run(both.run("this"))
    'THIS has 4'
    """

    def __init__(
        self,
        tool_func: Callable[..., Any],
        *,
        inputs: Sequence[NodeOutput[Any]],
        name: str | None = None,
        run_id: str | None = None,
    ) -> None:
        self.tool_func = tool_func
        super().__init__(inputs=inputs, name=name, run_id=run_id)

    @property
    def output_type(self) -> Any:
        """What it gives."""
        return annotated(super().output_type, self.tool_func, -1)

    async def events(
        self, input_data: tuple[*InputTs], run: NodeRun[OutputT]
    ) -> AsyncGenerator[ProgressItem, None]:
        """The call and its result."""
        async for item in called(self.tool_func, input_data, name_of(self.tool_func) or self.name, run):
            yield item

    def _default_name(self) -> str:
        return name_of(self.tool_func) or super()._default_name()


class MergeParserNode(MergeNode[*InputTs, OutputT], Generic[*InputTs, OutputT]):
    """A function of several results, without events of its own like a :class:`ParserNode`.

    Args:
        parser_func: takes the inputs as arguments, returns the output, or an awaitable for it.
        inputs: the outputs of other nodes, in order.
        name: by default that of the function.
        run_id: see :class:`BaseNode`.
    """

    def __init__(
        self,
        parser_func: Callable[..., Any],
        *,
        inputs: Sequence[NodeOutput[Any]],
        name: str | None = None,
        run_id: str | None = None,
    ) -> None:
        self.parser_func = parser_func
        super().__init__(inputs=inputs, name=name, run_id=run_id)

    @property
    def output_type(self) -> Any:
        """What it gives."""
        return annotated(super().output_type, self.parser_func, -1)

    async def events(
        self, input_data: tuple[*InputTs], run: NodeRun[OutputT]
    ) -> AsyncGenerator[ProgressItem, None]:
        """None."""
        run.result = await outcome(self.parser_func, input_data)
        return
        yield  # type: ignore[unreachable]  # makes this a generator

    def _default_name(self) -> str:
        return name_of(self.parser_func) or super()._default_name()
