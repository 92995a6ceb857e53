"""Short ways to what most people want from a run of an agent.

Coming in: an agent, a prompt, deps, and what ``run_stream`` takes besides. Going out: all events with
or without progress, texts, tool calls, or everything at once. Leaving a stream closes what it reads.
Decided elsewhere: the run and its events (``run.py``).
"""

from collections.abc import AsyncGenerator, Callable, Sequence
from typing import Any, Final, NamedTuple

from ..errors import PydanticFlowError
from ..streaming.events import Retract, StreamEnd
from ..streaming.helpers import iter_tokens
from ..streaming.item import ProgressItem
from ..streaming.stream import Reading, Stream
from ..streaming.tools import ToolReady, ToolResult, ToolStart
from .framework import AbstractAgent
from .run import AgentStream, run_stream


class _NoResult:
    """Stands for the result of a tool that returned None."""

    def __repr__(self) -> str:
        return "NO_RESULT"


NO_RESULT: Final = _NoResult()
"""In :func:`stream_tool_calls`, what a tool that returned None gave: None itself means that it begins."""


class FailedCall(NamedTuple):
    """In :func:`stream_tool_calls`, what a call gave that failed.

    Attributes:
        error: why, for people.
        exception_type: the name of the exception's class, where there was one.
    """

    error: str
    exception_type: str | None = None


def run_stream_with_tools(
    agent: AbstractAgent[Any, Any],
    prompt: Any = None,
    deps: Any = None,
    message_history: Sequence[Any] | None = None,
    emit_progress: bool = True,
    **options: Any,
) -> AgentStream:
    """:func:`run_stream` under another name: that has every event of the tools as well.

    Args:
        agent: used as it is.
        prompt: as for ``run_stream``.
        deps: as for ``run_stream``.
        message_history: as for ``run_stream``.
        emit_progress: give ``Progress`` events.
        options: as for ``run_stream``.
    """
    return run_stream(agent, prompt, deps, message_history, emit_progress=emit_progress, **options)


def stream_text(
    agent: AbstractAgent[Any, Any],
    prompt: Any = None,
    deps: Any = None,
    message_history: Sequence[Any] | None = None,
    *,
    on_retract: Callable[[Retract], object] | None = None,
    **options: Any,
) -> Stream[str]:
    """Run an agent and yield only the pieces of its answers, as they come.

    Args:
        agent: used as it is.
        prompt: as for ``run_stream``.
        deps: as for ``run_stream``.
        message_history: as for ``run_stream``.
        on_retract: called when text that was yielded is withdrawn, before that of the next attempt comes.
        options: as for ``run_stream``.

    Raises:
        Exception: while iterating, whatever the run raises.

    >>> import asyncio
    >>> from pydantic_ai import Agent
    >>> from pydantic_ai.models.test import TestModel
    >>> async def main():
    ...     async for text in stream_text(Agent(TestModel(custom_output_text="Hello there")), "Hi"):
    ...         print([text])
    >>> asyncio.run(main())
    ['Hello ']
    ['there']
    """
    events = run_stream(agent, prompt, deps, message_history, emit_progress=False, **options)
    return iter_tokens(events, on_retract)


def stream_tool_calls(
    agent: AbstractAgent[Any, Any],
    prompt: Any = None,
    deps: Any = None,
    message_history: Sequence[Any] | None = None,
    **options: Any,
) -> Stream[tuple[str, Any, Any]]:
    """Run an agent and yield its tool calls as ``(tool_name, args, result)``.

    Each call that runs comes twice: with None as its result when the tool begins, and with its result.
    A tool that returned None has :data:`NO_RESULT`, one that failed a :class:`FailedCall`. A call whose
    arguments the tool does not take never begins, and comes once, failed.

    Args:
        agent: used as it is.
        prompt: as for ``run_stream``.
        deps: as for ``run_stream``.
        message_history: as for ``run_stream``.
        options: as for ``run_stream``.

    Raises:
        Exception: while iterating, whatever the run raises.
    """
    events = run_stream(agent, prompt, deps, message_history, emit_progress=False, **options)
    return Stream(_tool_calls(events), events)


async def _tool_calls(events: AgentStream) -> AsyncGenerator[tuple[str, Any, Any], None]:
    arguments: dict[str, Any] = {}
    async with Reading(events) as items:
        async for item in items:
            match item:
                case ToolReady():
                    arguments[item.call_id] = item.args
                case ToolStart():
                    yield item.tool_name, item.args, None
                case ToolResult():
                    yield item.tool_name, arguments.pop(item.call_id, None), _outcome(item)


def _outcome(item: ToolResult) -> Any:
    if item.error is not None:
        return FailedCall(item.error, item.exception_type)
    return NO_RESULT if item.result is None else item.result


async def collect_stream_result(
    agent: AbstractAgent[Any, Any],
    prompt: Any = None,
    deps: Any = None,
    message_history: Sequence[Any] | None = None,
    on_event: Callable[[ProgressItem], object] | None = None,
    **options: Any,
) -> tuple[Any, list[ProgressItem]]:
    """Run an agent to its end: its output, the real object, and all events.

    Args:
        agent: used as it is.
        prompt: as for ``run_stream``.
        deps: as for ``run_stream``.
        message_history: as for ``run_stream``.
        on_event: a plain function, called with each event as it comes.
        options: as for ``run_stream``.

    Raises:
        PydanticFlowError: the run failed, and ``on_error="event"`` was given.
        Exception: whatever the run raises; ``on_event`` has seen the events before.

    >>> import asyncio
    >>> from pydantic_ai import Agent
    >>> from pydantic_ai.models.test import TestModel
    >>> agent = Agent(TestModel(custom_output_text="Hi"))
    >>> result, events = asyncio.run(collect_stream_result(agent, "Hello"))
    >>> result, len(events)
    ('Hi', 4)
    """
    options.setdefault("keep_changes", True)  # or what is collected could not be written down
    events: list[ProgressItem] = []
    async with Reading(run_stream(agent, prompt, deps, message_history, **options)) as items:
        async for item in items:
            events.append(item)
            if on_event is not None:
                on_event(item)
    match events[-1]:
        case StreamEnd(success=True) as end:
            return end.result, events
    raise PydanticFlowError("the run failed and has no result")
