"""A node that is one of two others.

Coming in: a value. Going out: the events of the node that a predicate chose for it, below this one.
Decided elsewhere: routes between the nodes of a flow (flows).
"""

from collections.abc import AsyncGenerator, Callable
from typing import Any, Generic

from ..errors import NodeError
from ..streaming.item import ProgressItem
from .base import BaseNode, NodeOutput, NodeRun, OutputT
from .tool import outcome


class IfNode(BaseNode[Any, OutputT], Generic[OutputT]):
    """A node that runs one of two nodes, both on its own input.

    Args:
        predicate: takes the input; plain or asynchronous.
        if_true: the node for which it holds.
        if_false: the other.
        input: the output of another node.
        name: see :class:`BaseNode`.
        run_id: see :class:`BaseNode`.

    >>> import asyncio
    >>> from pydantic_flow.nodes import ToolNode
    >>> node = IfNode[str](str.isupper, ToolNode(str.lower), ToolNode(str.upper))
    >>> asyncio.run(node.run("abc"))
    'ABC'
    """

    def __init__(
        self,
        predicate: Callable[[Any], Any],
        if_true: BaseNode[Any, Any],
        if_false: BaseNode[Any, Any],
        *,
        input: NodeOutput[Any] | None = None,
        name: str | None = None,
        run_id: str | None = None,
    ) -> None:
        self.predicate = predicate
        self.if_true = if_true
        self.if_false = if_false
        super().__init__(input=input, name=name, run_id=run_id)

    @property
    def needs_task(self) -> bool:
        """As the branches do."""
        return not self._runs_as(IfNode) or self.if_true.needs_task or self.if_false.needs_task

    @property
    def sources(self) -> tuple[NodeOutput[Any], ...]:
        """The output that it reads.

        Raises:
            NodeError: a branch reads something else than this node.
        """
        sources = super().sources
        for branch in (self.if_true, self.if_false):
            if branch.sources and branch.sources != sources:
                raise NodeError(
                    f"{branch.name!r} is a branch of {self.name!r} and takes its input: it can read no other"
                )
        return sources

    async def events(self, input_data: Any, run: NodeRun[OutputT]) -> AsyncGenerator[ProgressItem, None]:
        """The events of the branch."""
        branch = self.if_true if await outcome(self.predicate, (input_data,)) else self.if_false
        stream = branch.stream(input_data, run.emitter.child(branch.name))
        async with stream as items:
            async for item in items:
                yield item
        run.result, run.usage = stream.result, stream.usage

    def _default_name(self) -> str:
        return "if"
