"""Events of an agent, made by hand.

Coming in: what is to be told. Going out: events without an envelope; an ``Emitter`` fills it.
Decided elsewhere: the events themselves (``streaming``); runs make their own (``run.py``).
"""

from collections.abc import Mapping
from typing import Any

from ..streaming.events import NonFatalError, Progress, StreamEnd, StreamStart, TokenChunk
from ..streaming.tools import ToolResult, ToolStart


def llm_chunk_event(text: str) -> TokenChunk:
    """A piece of text from the model.

    >>> llm_chunk_event(text="Hello").data["text"]
    'Hello'
    """
    return TokenChunk(text=text)


def tool_start_event(
    tool_name: str, args: Mapping[str, Any] | None = None, *, call_id: str = ""
) -> ToolStart:
    """A tool begins.

    >>> tool_start_event(tool_name="read_file", args={"path": "/tmp/test.txt"}).data["args"]
    {'path': '/tmp/test.txt'}
    """
    return ToolStart(tool_name=tool_name, args=dict(args or {}), call_id=call_id)


def tool_end_event(
    tool_name: str,
    result: Any = None,
    duration_seconds: float | None = None,
    error: str | None = None,
    *,
    call_id: str = "",
) -> ToolResult:
    """A tool has ended.

    >>> tool_end_event(tool_name="read_file", result="contents", duration_seconds=0.5).data["result"]
    'contents'
    """
    return ToolResult(
        tool_name=tool_name, result=result, duration_seconds=duration_seconds, error=error, call_id=call_id
    )


def progress_event(
    iteration: int, total_tokens: int | None = None, total_cost_usd: float | None = None
) -> Progress:
    """How far the agent is.

    >>> progress_event(iteration=2, total_tokens=150).data
    {'iteration': 2, 'total_tokens': 150}
    """
    return Progress(iteration=iteration, total_tokens=total_tokens, total_cost_usd=total_cost_usd)


def error_event(error: str, exception_type: str | None = None, *, recoverable: bool = True) -> NonFatalError:
    """Something went wrong.

    >>> error_event(error="Something went wrong", exception_type="ValueError").data["error"]
    'Something went wrong'
    """
    return NonFatalError(
        message=error, kind="exception", exception_type=exception_type, recoverable=recoverable
    )


def agent_start_event(agent_name: str = "agent", input_preview: Any = None) -> StreamStart:
    """An agent begins.

    >>> agent_start_event(agent_name="assistant").data["agent_name"]
    'assistant'
    """
    return StreamStart(scope="agent", name=agent_name, input_preview=input_preview)


def agent_end_event(
    agent_name: str = "agent",
    success: bool = True,
    total_iterations: int = 0,
    total_tokens: int = 0,
    total_cost_usd: float | None = None,
    duration_seconds: float | None = None,
    result: Any = None,
) -> StreamEnd:
    """An agent has ended.

    >>> agent_end_event(agent_name="assistant", total_iterations=3, total_tokens=250).data["total_iterations"]
    3
    """
    usage: dict[str, Any] = {"iterations": total_iterations, "total_tokens": total_tokens}
    if total_cost_usd is not None:
        usage["cost_usd"] = total_cost_usd
    return StreamEnd(
        scope="agent",
        name=agent_name,
        success=success,
        usage=usage,
        duration_seconds=duration_seconds,
        result=result,
    )
