"""Whatever streams text as pydantic-ai's agents do, as events.

Coming in: an object with ``run_stream(prompt)``, an async context manager whose stream has ``stream_text()``
and ``get_output()``: a stand-in for an agent in a test, an agent behind a wire. Going out:
``StreamStart(scope="agent")``, a ``TokenChunk`` for each piece of text, ``StreamEnd(scope="agent")`` with the
output.
Decided elsewhere: all else that agents of pydantic-ai do (``pydantic_flow.agents.run_stream``: thinking,
tools, structured output, retries).
"""

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from time import perf_counter
from typing import Any

from .emitter import Emitter
from .events import NonFatalError, StreamEnd, StreamStart, TokenChunk
from .item import ProgressItem
from .preview import preview
from .stream import Stream


def observe_agent_stream(
    agent: Any,
    prompt: Any,
    message_history: Sequence[Any] | None = None,
    *,
    run_id: str | None = None,
    node_id: str = "",
    **options: Any,
) -> Stream[ProgressItem]:
    """Run ``agent.run_stream`` and yield its text as it comes.

    Args:
        agent: see above.
        prompt: handed on.
        message_history: handed on, if there is one.
        run_id: of the events; by default a new one.
        node_id: of the events.
        options: handed on.

    Raises:
        Exception: while iterating, whatever the agent raises.
    """
    if message_history is not None:
        options["message_history"] = message_history
    return Stream(_observed(agent, prompt, options, Emitter(run_id, node_id=node_id)), None)


async def _observed(
    agent: Any, prompt: Any, options: dict[str, Any], emitter: Emitter
) -> AsyncGenerator[ProgressItem, None]:
    started = perf_counter()
    name = agent.name if isinstance(getattr(agent, "name", None), str) else "agent"
    error: Exception | None = None
    output: Any = None
    yield emitter.emit(StreamStart(scope="agent", name=name, input_preview={"prompt": preview(prompt)}))
    try:
        async with agent.run_stream(prompt, **options) as stream:
            index = 0
            async for text in _deltas_of(stream):
                yield emitter.emit(TokenChunk(text=text, token_index=index))
                index += 1
            output = await stream.get_output()
    except Exception as raised:
        error = raised
    if error is not None:
        yield emitter.emit(
            NonFatalError(
                message=f"the agent failed: {error}",
                kind="exception",
                exception_type=type(error).__name__,
                recoverable=False,
            )
        )
    yield emitter.emit(
        StreamEnd(
            scope="agent",
            name=name,
            result=output,
            result_preview=_members(output),
            success=error is None,
            duration_seconds=perf_counter() - started,
        )
    )
    if error is not None:
        raise error


def stream_agent_text(
    agent: Any, prompt: Any, message_history: Sequence[Any] | None = None, **options: Any
) -> Stream[str]:
    """Run ``agent.run_stream`` and yield only the pieces of its text.

    Args:
        agent: see above.
        prompt: handed on.
        message_history: handed on, if there is one.
        options: handed on.
    """
    if message_history is not None:
        options["message_history"] = message_history
    return Stream(_texts(agent, prompt, options), None)


async def _texts(agent: Any, prompt: Any, options: dict[str, Any]) -> AsyncGenerator[str, None]:
    async with agent.run_stream(prompt, **options) as stream:
        async for text in _deltas_of(stream):
            yield text


def _deltas_of(stream: Any) -> AsyncIterator[str]:
    """The pieces of text. Without being asked, pydantic-ai gives all text so far each time."""
    try:
        texts: AsyncIterator[str] = stream.stream_text(delta=True)
    except TypeError:  # it cannot be asked, and gives pieces
        texts = stream.stream_text()
    return texts


def _members(output: Any) -> Any:
    """A preview with names: the members of a model, ``value`` for anything else."""
    if output is None:
        return None
    dump = getattr(output, "model_dump", None)
    return preview(dump()) if callable(dump) else {"value": preview(output)}
