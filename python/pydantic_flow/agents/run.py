"""A run of an agent as one stream of events.

Coming in: the user's own pydantic-ai agent, a prompt, deps. Going out: ``StreamStart(scope="agent")``,
what happens, ``StreamEnd(scope="agent")`` with the result; or an error, an end without success, and
then the exception. Whoever runs an agent inside something larger (a node) passes its own ``emitter``
and forwards the events as they come; ``AgentStream.emitter`` then is the one of the attempt that ran.
Decided elsewhere: what happens in the run (pydantic-ai, ``tap.py``), what it is called (``translate.py``).

One task drives the agent, no further ahead of the reader than ``ahead`` pieces. Leaving the stream
cancels it, and with it the request to the model and the tools; that is over when the stream is closed.
"""

import asyncio
import sys
from collections.abc import AsyncGenerator, Iterator, Sequence
from time import perf_counter
from typing import Any, Literal

from ..errors import JsonError
from ..streaming.emitter import Emitter
from ..streaming.events import Heartbeat, NonFatalError, StreamEnd, StreamStart
from ..streaming.handover import IDLE, OVER, Handover
from ..streaming.item import ProgressItem
from ..streaming.preview import kind_of, preview
from ..streaming.stream import Stream
from .framework import AbstractAgent, Agent, messages_from
from .tap import Tap
from .tolerance import Tolerance
from .translate import Answered, Handled, Translation
from .usage import usage_of


class AgentStream(Stream[ProgressItem]):
    """The events of one run of an agent; see :func:`run_stream`."""

    def __init__(self, run: "_Run") -> None:
        super().__init__(run.events(), None)
        self._run = run

    @property
    def emitter(self) -> Emitter:
        """The emitter of the attempt that runs; for who emits more events of the same node."""
        return self._run.translation.emitter


def run_stream(
    agent: AbstractAgent[Any, Any],
    prompt: Any = None,
    deps: Any = None,
    message_history: Sequence[Any] | None = None,
    *,
    emit_progress: bool = True,
    emitter: Emitter | None = None,
    on_error: Literal["raise", "event"] = "raise",
    heartbeat: float | None = 15.0,
    ahead: int = 16,
    keep_changes: bool = False,
    trace_context: Any = None,
    repair: bool = True,
    **options: Any,
) -> AgentStream:
    """Run an agent and yield everything that happens, as it happens.

    In this order: ``StreamStart``; for each request to the model the tokens of its answer and of its
    thinking, partial fields of structured output, tool calls with their arguments forming; a
    ``Progress``; the tools that run, with their results; ...; ``StreamEnd`` with the result, the usage
    and the messages. An answer that is refused is withdrawn by a ``Retract``, and the next ``attempt``
    begins. The tokens of structured output are its JSON text, in whichever way the model gives it.

    Args:
        agent: used as it is.
        prompt: text, or whatever the agent takes.
        deps: for the agent's tools.
        message_history: the conversation so far: messages of pydantic-ai, or the dicts that it writes
            them as. ``StreamEnd.messages`` of the run before has them.
        emit_progress: give ``Progress`` events.
        emitter: stamps the events; by default one for a run of its own.
        on_error: ``"raise"`` the exception of a failing run after its last event, or end with the event.
        heartbeat: give a ``Heartbeat`` when nothing has happened for so many seconds; None for never.
        ahead: how many pieces the agent may be ahead of the reader, at least 1.
        keep_changes: let ``changes`` and ``complete`` of each ``PartialFields`` be looked at for ever.
        trace_context: a :class:`~pydantic_flow.agents.tracing.TraceContext`; by default that of
            ``deps.trace_context``, if there is one.
        repair: accept structured output and arguments of tools whose JSON is broken but can be read, if
            what was read is valid; each repair is told as a ``NonFatalError``. False asks the model again.
        options: passed to ``Agent.iter``, such as ``model``, ``model_settings``, ``usage_limits``.

    Raises:
        Exception: while iterating, whatever the run raises.

    >>> import asyncio
    >>> from pydantic_ai import Agent
    >>> from pydantic_ai.models.test import TestModel
    >>> agent = Agent(TestModel(custom_output_text="Hello there"), name="greeter")
    >>> async def main():
    ...     async for event in run_stream(agent, "Hi"):
    ...         print(event.type.value, [event.content])
    >>> asyncio.run(main())
    start ['']
    token ['Hello ']
    token ['there']
    progress ['']
    end ['']
    """
    options["message_history"] = messages_from(message_history)
    run = _Run(agent, prompt, deps, options)
    run.on_error, run.heartbeat, run.ahead = on_error, heartbeat, ahead
    run.trace_context = trace_context or _trace_context_of(deps)
    run.repair = repair
    run.translation = Translation(
        emitter or Emitter(),
        progress=emit_progress,
        keep_changes=keep_changes,
        output_type=options.get("output_type") or getattr(agent, "output_type", None),
    )
    return AgentStream(run)


class _Run:
    """One run: the task that drives the agent, and the generator that tells of it."""

    translation: Translation
    on_error: Literal["raise", "event"]
    heartbeat: float | None
    ahead: int
    trace_context: Any
    repair: bool

    def __init__(self, agent: Any, prompt: Any, deps: Any, options: dict[str, Any]) -> None:
        self._agent = agent
        self._prompt = prompt
        self._deps = deps
        self._options = options
        self._agent_run: Any = None
        self._error: BaseException | None = None
        self._name = agent.name or "agent"

    async def events(self) -> AsyncGenerator[ProgressItem, None]:
        translation = self.translation
        started = perf_counter()
        traced = self._traced()
        out: Handover[Any] = Handover(self.ahead, self.heartbeat)
        self._tap = Tap(out)
        take, translate = out.take, translation.translate
        driver: asyncio.Task[None] | None = None
        left = True
        try:
            yield translation.emitter.emit(
                StreamStart(scope="agent", name=self._name, input_preview=preview(self._prompt))
            )
            driver = asyncio.create_task(
                self._drive(out),
                name=f"pydantic_flow agent {self._name}",
                context=None if traced is None else traced.context,
            )
            busy_at = perf_counter()
            while (happened := await take()) is not OVER:
                if happened is IDLE:
                    message = f"waiting for {translation.waiting_for}"
                    yield translation.emitter.emit(
                        Heartbeat(message=message, idle_seconds=perf_counter() - busy_at)
                    )
                    continue
                for item in translate(happened):
                    yield item
                busy_at = perf_counter()
            left = False
        finally:
            out.close()
            for task in (driver, self._tap.task):
                if task is not None:
                    await _stopped(task)
            if traced is not None:
                traced.end(None if left else self._error, left)
        for item in self._last_words(perf_counter() - started):
            yield item
        if self._error is not None and self.on_error == "raise":
            raise self._error

    def _traced(self) -> Any:
        """The span of this run, whose ids its events get unless they have others."""
        if self.trace_context is None:
            return None
        emitter = self.translation.emitter
        traced = self.trace_context.begin(self._name, emitter.run_id)
        self._options["capabilities"] = [
            *(self._options.get("capabilities") or ()),
            self.trace_context.capability(),
        ]
        if emitter.trace_id is None:
            self.translation.trace(traced.trace_id, traced.span_id)
        return traced

    async def _drive(self, out: Handover[Any]) -> None:
        try:
            await self._drive_agent(out)
        except BaseException as error:
            self._error = error
            if not isinstance(error, Exception | asyncio.CancelledError):
                raise  # the end of the program
        finally:
            out.end()

    async def _drive_agent(self, out: Handover[Any]) -> None:
        capabilities = [*(self._options.pop("capabilities", None) or ()), self._tap]
        if self.repair:
            capabilities.append(Tolerance(out.put))
        async with self._agent.iter(
            self._prompt, deps=self._deps, capabilities=capabilities, **self._options
        ) as run:
            node = run.next_node
            if not hasattr(type(node), "run"):  # a mock would go round for ever
                raise TypeError(f"the run of this agent begins with {kind_of(node)}, which is no step")
            self._agent_run = run
            while not Agent.is_end_node(node):
                if Agent.is_call_tools_node(node):
                    async with node.stream(run.ctx) as events:
                        async for event in events:
                            await out.give(event)
                node_before, node = node, await run.next(node)
                if Agent.is_model_request_node(node_before):
                    parts = list(node.model_response.parts) if Agent.is_call_tools_node(node) else []
                    await out.give(Answered(parts, self._usage()))
                if Agent.is_model_request_node(node):
                    await out.give(Handled(list(node.request.parts)))

    def _last_words(self, seconds: float) -> Iterator[ProgressItem]:
        """The events of the end."""
        translation, error = self.translation, self._error
        yield from translation.unfinished_calls(raised=error is not None)
        emitter = translation.emitter
        if error is not None:
            yield emitter.emit(
                NonFatalError(
                    message=str(error) or type(error).__name__,
                    kind=error.kind if isinstance(error, JsonError) else "exception",
                    exception_type=type(error).__name__,
                    recoverable=False,
                )
            )
        run = self._agent_run
        result = None if run is None or run.result is None or error is not None else run.result
        output = None if result is None else result.output
        yield emitter.emit(
            StreamEnd(
                scope="agent",
                name=self._name,
                result=output,
                result_preview=preview(output),
                success=error is None,
                usage=None if run is None else self._usage(),
                duration_seconds=seconds,
                messages=() if run is None else run.all_messages(),
            )
        )

    def _usage(self) -> dict[str, Any]:
        return usage_of(self._agent_run.usage, self.translation.iterations)


async def _stopped(task: "asyncio.Task[Any]") -> None:
    """Cancel a task, and wait until it is over."""
    if not task.done():
        task.cancel()
        await asyncio.wait([task])


def _trace_context_of(deps: Any) -> Any:
    """The trace context that deps may carry; anything else of that name is not ours."""
    context = getattr(deps, "trace_context", None)
    known = sys.modules.get(f"{__package__}.tracing")  # who has made one has imported it
    return context if known is not None and isinstance(context, known.TraceContext) else None
