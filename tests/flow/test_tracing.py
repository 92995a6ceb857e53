"""Spans of a flow: the run, its nodes, and the agents in them, in one trace."""

import io
from typing import Any

import pytest
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from pydantic_ai import Agent

from pydantic_flow.agents.tracing import ConsoleExporter, TraceContext
from pydantic_flow.errors import FlowError
from pydantic_flow.flow import FlowNode
from pydantic_flow.nodes import AgentNode
from pydantic_flow.streaming import TokenChunk
from pydantic_flow.testing import ScriptedModel, assert_grammar

from .stubs import Stub, events_of, flow_of, tasks_left
from .test_faults import Fails, Hangs


@pytest.fixture
def traced() -> tuple[TraceContext, InMemorySpanExporter]:
    memory = InMemorySpanExporter()
    context = TraceContext(exporters=[ConsoleExporter(file=io.StringIO())])
    context._provider.add_span_processor(SimpleSpanProcessor(memory))  # type: ignore[attr-defined]
    return context, memory


def above(memory: InMemorySpanExporter) -> dict[str, str]:
    """For each span the name of the one above it."""
    spans = memory.get_finished_spans()
    names = {span.context.span_id: span.name for span in spans if span.context}
    return {span.name: names.get(span.parent.span_id, "?") if span.parent else "" for span in spans}


Traced = tuple[TraceContext, InMemorySpanExporter]


# One trace: the run, below it each node, below that its agent and the model's calls; events carry its id.
async def test_a_flow_is_one_trace(traced: Traced) -> None:
    context, memory = traced
    agent = Agent(ScriptedModel(["so"]), name="guide")
    say = AgentNode[Any, str](agent=agent, prompt_template="{input}", name="say", trace_context=context)
    inner: Any = FlowNode(flow_of(Stub("a"), name="inner"))
    flow = flow_of(say, inner, Stub("end", say, inner), name="shop")
    events = await events_of(flow.astream("x", trace_context=context))
    assert_grammar(events)
    spans = above(memory)
    assert spans["run shop"] == ""
    assert spans["run say"] == spans["run inner"] == spans["run end"] == "run shop"
    assert spans["run guide"] == "run say"
    [root] = [span for span in memory.get_finished_spans() if span.name == "run shop"]
    assert root.context and {event.trace_id for event in events} == {f"{root.context.trace_id:032x}"}
    assert len({span.context.trace_id for span in memory.get_finished_spans() if span.context}) == 1


# A failing run has its error in its span and in that of the node; one that is left says so.
async def test_spans_say_how_runs_end(traced: Traced) -> None:
    context, memory = traced
    with pytest.raises(FlowError):
        await events_of(flow_of(Fails("fails"), name="shop").astream(1, trace_context=context))
    ended = {span.name: span.status.description for span in memory.get_finished_spans()}
    assert "boom" in str(ended["run fails"]) and "boom" in str(ended["run shop"])
    memory.clear()
    async with flow_of(Hangs("hangs"), name="left").astream(1, trace_context=context) as stream:
        async for event in stream:
            if isinstance(event, TokenChunk):
                break
    left = {span.name: (span.attributes or {})["pydantic_flow.left"] for span in memory.get_finished_spans()}
    assert left == {"run hangs": True, "run left": True}
    assert not await tasks_left()
