"""Spans of runs, and events that say to which trace they belong."""

import io
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic_ai import Agent

from pydantic_flow.agents import collect_stream_result, run_stream
from pydantic_flow.agents.tracing import ConsoleExporter, TraceContext
from pydantic_flow.streaming import Emitter
from pydantic_flow.testing import Fail, ScriptedModel

from .conftest import EVERYTHING, agent_of, read


def traced() -> tuple[TraceContext, InMemorySpanExporter]:
    """A trace context, and what it exports, at once."""
    memory = InMemorySpanExporter()
    context = TraceContext(exporters=[ConsoleExporter(file=io.StringIO())])
    context._provider.add_span_processor(SimpleSpanProcessor(memory))  # type: ignore[attr-defined]
    return context, memory


def tree(memory: InMemorySpanExporter) -> dict[str, list[str]]:
    """For each span the names of those below it."""
    spans = memory.get_finished_spans()
    names = {span.context.span_id: span.name for span in spans if span.context}
    found: dict[str, list[str]] = {"": []}
    for span in spans:
        above = names[span.parent.span_id] if span.parent and span.parent.span_id in names else ""
        found.setdefault(above, []).append(span.name)
    return found


# A span for the run; below it the agent; below that each model call and each tool.
async def test_there_are_spans_for_run_model_and_tool() -> None:
    context, memory = traced()
    await read(run_stream(agent_of(ScriptedModel(*EVERYTHING)), "x", trace_context=context))
    spans = tree(memory)
    assert spans[""] == ["run guide"]
    [agent] = spans["run guide"]
    chats = [name for name in spans[agent] if name.startswith("chat")]
    assert len(chats) == 3
    tools = [name for names in spans.values() for name in names if "add" in name or "moody" in name]
    assert len(tools) == 2


# Every event carries the ids, unless it has others already.
async def test_events_carry_the_ids_of_the_trace() -> None:
    context, memory = traced()
    model = ScriptedModel(*EVERYTHING)
    events = await read(run_stream(agent_of(model), "x", trace_context=context))
    root = next(span for span in memory.get_finished_spans() if span.name == "run guide")
    assert root.context and root.attributes
    assert {event.trace_id for event in events} == {f"{root.context.trace_id:032x}"}
    assert {event.span_id for event in events} == {f"{root.context.span_id:016x}"}
    assert root.attributes["pydantic_flow.run_id"] == events[0].run_id
    mine = Emitter(trace_id="t" * 32, span_id="s" * 16)
    events = await read(
        run_stream(agent_of(ScriptedModel(["a"]), str), "x", trace_context=context, emitter=mine)
    )
    assert {event.trace_id for event in events} == {"t" * 32}


# A failure is in the span; a run that was left says so, wherever it was left.
async def test_failing_and_leaving_end_the_span() -> None:
    context, memory = traced()
    failing = Agent(ScriptedModel([Fail(ConnectionError("gone"))]), name="guide")
    with pytest.raises(ConnectionError):
        await collect_stream_result(failing, "x", trace_context=context)
    [root] = [span for span in memory.get_finished_spans() if span.name == "run guide"]
    assert root.status.description == "gone" and not root.status.is_ok
    for after in (0, 2):
        memory.clear()
        count = 0
        agent = agent_of(ScriptedModel(["a", "b", "c"]), str)
        async with run_stream(agent, "x", trace_context=context) as events:
            async for _ in events:
                if count == after:
                    break
                count += 1
        [root] = [span for span in memory.get_finished_spans() if span.name == "run guide"]
        assert root.attributes and root.attributes["pydantic_flow.left"] is True


# The console shows a line for each span, and with `verbose` what is in it.
@pytest.mark.parametrize("verbose", [True, False])
async def test_the_console_shows_spans(verbose: bool) -> None:
    file = io.StringIO()
    context = TraceContext(exporters=[ConsoleExporter(verbose=verbose, file=file)])
    await read(run_stream(agent_of(ScriptedModel(["hello"]), str), "x", trace_context=context))
    context.flush()
    lines = file.getvalue().splitlines()
    assert lines[-1 if not verbose else -3].startswith("[trace] run guide ")
    assert any("gen_ai" in line for line in lines) is verbose


# What else may be called trace_context is not ours.
async def test_deps_may_have_something_else_of_that_name() -> None:
    class Deps:
        trace_context: Any = "something else"

    await read(run_stream(agent_of(ScriptedModel(["a"]), str), "x", Deps()))


# Runs at once have traces of their own.
async def test_runs_at_once_have_their_own_traces() -> None:
    import asyncio

    context, _ = traced()
    agent = agent_of(ScriptedModel(["a"]), str)
    runs = await asyncio.gather(*(read(run_stream(agent, "x", trace_context=context)) for _ in range(5)))
    assert len({events[0].trace_id for events in runs}) == 5
