"""A function as a node.

Coming in: a function, plain or asynchronous. Going out: ``ToolCall``, ``ToolResult`` with what it returned
or why it did not.
Decided elsewhere: what a node is (``base.py``).

A plain function runs on the event loop, and nothing else does meanwhile: one that waits should be ``async``,
or hand its work to ``asyncio.to_thread``.
"""

from collections.abc import AsyncGenerator, Callable
from inspect import isawaitable, signature
from time import perf_counter
from typing import Any, Generic, get_type_hints
from uuid import uuid4

from ..streaming.item import ProgressItem
from ..streaming.preview import kind_of
from ..streaming.tools import ToolCall, ToolResult
from .base import BaseNode, InputT, NodeOutput, NodeRun, OutputT
from .failure import said


class ToolNode(BaseNode[InputT, OutputT], Generic[InputT, OutputT]):
    """A node that calls a function.

    Its types are those in brackets, else those that the function is annotated with.

    Args:
        tool_func: takes the input, returns the output, or an awaitable for it.
        input: the output of another node.
        name: by default that of the function.
        run_id: see :class:`BaseNode`.

    >>> import asyncio
    >>> def length(text: str) -> int:
    ...     return len(text)
    >>> node = ToolNode(length)
    >>> node, node.output_type, asyncio.run(node.run("four"))
    (ToolNode(name='length'), <class 'int'>, 4)
    """

    def __init__(
        self,
        tool_func: Callable[[InputT], Any],
        *,
        input: NodeOutput[Any] | None = None,
        name: str | None = None,
        run_id: str | None = None,
    ) -> None:
        if not callable(tool_func):
            raise TypeError(f"a ToolNode calls a function, not {kind_of(tool_func)}")
        self.tool_func = tool_func
        super().__init__(input=input, name=name, run_id=run_id)

    @property
    def input_type(self) -> Any:
        """What it takes."""
        return annotated(super().input_type, self.tool_func, 0)

    @property
    def output_type(self) -> Any:
        """What it gives."""
        return annotated(super().output_type, self.tool_func, -1)

    def _default_name(self) -> str:
        return name_of(self.tool_func) or super()._default_name()

    async def events(self, input_data: InputT, run: NodeRun[OutputT]) -> AsyncGenerator[ProgressItem, None]:
        """The call and its result."""
        async for item in called(self.tool_func, (input_data,), name_of(self.tool_func) or self.name, run):
            yield item


async def called(
    function: Callable[..., Any], arguments: tuple[Any, ...], name: str, run: NodeRun[Any]
) -> AsyncGenerator[ProgressItem, None]:
    """The events of one call of a function.

    Raises:
        Exception: whatever the function raises, after the ``ToolResult`` that tells of it.
    """
    call_id = uuid4().hex
    started = perf_counter()
    error: Exception | None = None
    yield ToolCall(tool_name=name, call_id=call_id)
    try:
        run.result = await outcome(function, arguments)
    except Exception as raised:
        error = raised
    yield ToolResult(
        tool_name=name,
        call_id=call_id,
        result=None if error is not None else run.result,
        error=None if error is None else said(error),
        exception_type=None if error is None else type(error).__name__,
        duration_seconds=perf_counter() - started,
    )
    if error is not None:
        raise error


async def outcome(function: Callable[..., Any], arguments: tuple[Any, ...]) -> Any:
    """What a function gives, whether it is asynchronous or not."""
    result = function(*arguments)
    return await result if isawaitable(result) else result


def name_of(function: Callable[..., Any] | None) -> str:
    """The name of a function, ``""`` for one that has none."""
    name = getattr(function, "__name__", "")
    return name if name.isidentifier() else ""


def annotated(said: Any, function: Callable[..., Any] | None, place: int) -> Any:
    """The type that a node's class says, else the annotation of its function: 0 the input, -1 the output."""
    if said is not Any or function is None:
        return said
    if isinstance(function, type):
        return Any if place == 0 else function
    try:
        hints, parameters = get_type_hints(function), list(signature(function).parameters)
    except (NameError, TypeError, ValueError):  # annotations that cannot be read, or a callable without any
        return Any
    name = "return" if place == -1 else parameters[0] if parameters else ""
    return hints.get(name, Any)
