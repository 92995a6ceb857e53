"""The flow parts of the first document as they stand there, with only what they leave undefined filled in."""

import asyncio
import logging
import subprocess
import sys
import time
from asyncio import timeout
from collections.abc import AsyncIterator
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent

from pydantic_flow import (
    AgentNode,
    Flow,
    Heartbeat,
    LLMNode,
    NonFatalError,
    PartialFields,
    ProgressItem,
    ProgressType,
    Retract,
    RetrieverNode,
    RetryNode,
    StreamEnd,
    TokenChunk,
    ToolNode,
    collect_all_tokens,
    collect_final_result,
    iter_tokens,
)
from pydantic_flow.testing import Call, Output, ScriptedModel, Wait, assert_grammar

from .stubs import tasks_left

log = logging.getLogger("document")


class Query(BaseModel):
    text: str


class Answer(BaseModel):
    summary: str
    confidence: float


async def search(query: Query) -> AsyncIterator[dict[str, Any]]:
    for number in range(3):
        yield {"id": str(number), "content": f"{query.text} {number}", "score": 1.0}


def answering(model: ScriptedModel) -> Flow[Query, str]:
    retriever = RetrieverNode[Query, Any](retriever_fn=search, name="retriever")
    llm = AgentNode[Any, str](agent=Agent(model), prompt_template="Summarize: {results}", name="llm")
    llm.input = retriever.output
    flow = Flow(input_type=Query, output_type=str)
    flow.add_nodes(retriever, llm)
    return flow


input = Query(text="cats")


# "Flows can forward progress from child nodes with source tagging"
async def test_flow_streaming(capsys: pytest.CaptureFixture[str]) -> None:
    flow = answering(ScriptedModel(["It ", "is so."]))
    items = []
    async for item in flow.astream(input):
        print(f"[{item.node_id}] {item.type}: {item}")
        items.append(item)
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("[] start: StreamStart(") and lines[-1].startswith("[] end: StreamEnd(")
    assert [line.split(":")[0] for line in lines if "token" in line.split(":")[0]] == ["[llm] token"] * 2
    assert sum("[retriever] retrieval" in line for line in lines) == 3
    assert items[0].type == ProgressType.START and items[-1].type == ProgressType.END
    assert_grammar(items)


# "Subscribe to progress without coupling to specific telemetry"
async def test_observer_pattern(caplog: pytest.LogCaptureFixture) -> None:
    class MyObserver:
        async def on_progress(self, item: ProgressItem) -> None:
            log.info(f"{item.node_id}: {item.type}")

    flow = answering(ScriptedModel(["so"]))
    flow.add_observer(MyObserver())
    with caplog.at_level(logging.INFO, "document"):
        await flow.run(input)
    messages = [entry.getMessage() for entry in caplog.records if entry.name == "document"]
    assert messages[0] == ": start" and "llm: token" in messages and messages[-1] == ": end"


# "All progress items include: timestamp, run_id, node_id"
async def test_all_items_say_where_they_come_from() -> None:
    items = [item async for item in answering(ScriptedModel(["so"])).astream(input)]
    assert len({item.run_id for item in items}) == 1 and items[0].run_id
    assert {item.node_id for item in items} == {"", "retriever", "llm"}
    assert all(item.timestamp.tzinfo is not None for item in items)
    assert [item.seq for item in items] == list(range(len(items)))


# "Both stream progress", of the whole flow, with its helpers: tokens, results, parity with run().
async def test_helpers_read_flows() -> None:
    flow = answering(ScriptedModel(["It ", "is so."]))
    assert [token async for token in iter_tokens(flow.astream(input))] == ["It ", "is so."]
    tokens = await collect_all_tokens(flow.astream(input))
    result = await flow.run(input)
    assert tokens.strip() == result.strip()
    assert await collect_final_result(flow.astream(input)) == result


# "Natural backpressure via async iteration": the model is no further ahead than 16 pieces in each hand-over.
async def test_backpressure() -> None:
    said: list[int] = []

    class Counting(ScriptedModel):
        async def _say(self, messages: Any, info: Any) -> AsyncIterator[Any]:
            async for delta in super()._say(messages, info):
                said.append(1)
                yield delta

    read = 0
    async for item in answering(Counting([f"{number} " for number in range(200)])).astream(input):
        if isinstance(item, TokenChunk):
            read += 1
            for _ in range(20):
                await asyncio.sleep(0)
            assert len(said) <= read + 40
    assert read == 200


# "Cancellation propagation to active nodes", and "Stream closes cleanly on timeout"
async def test_cancellation() -> None:
    model = ScriptedModel(["It ", Wait(60), "never ends"])
    flow = answering(model)
    with pytest.raises(TimeoutError):
        async with timeout(0.3):
            async with flow.astream(input) as stream:
                async for _ in stream:
                    pass
    assert not await tasks_left() and model.open == 0
    task = asyncio.create_task(flow.run(input))
    await asyncio.sleep(0.1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert not await tasks_left() and model.open == 0


# "Long-running nodes emit heartbeats", also through a flow
async def test_heartbeats() -> None:
    agent = Agent(ScriptedModel([Wait(0.25), "so"]))
    flow = Flow(input_type=Query, output_type=str)
    flow.add_nodes(AgentNode[Query, str](agent=agent, name="llm", heartbeat=0.1))
    beats = [item.message async for item in flow.astream(input) if isinstance(item, Heartbeat)]
    assert beats and all("waiting" in message for message in beats)


# "Nodes emit NonFatalError for recoverable issues", and a fatal one comes before the exception
async def test_error_handling() -> None:
    def fail(query: Query) -> str:
        raise ValueError("no")

    flow = Flow(input_type=Query, output_type=str)
    flow.add_nodes(ToolNode[Query, str](fail, name="fails"))
    fatal = []
    async with flow.astream(input) as stream:
        async for item in stream:
            if isinstance(item, NonFatalError):
                if not item.recoverable:
                    fatal.append(item.node_id)
                    break
                log.warning(item.message)
    assert fatal == ["fails"]


# "Structured streaming for complex types", in a flow: nested fields as they come, the validated model
async def test_structured_streaming() -> None:
    model = ScriptedModel([Output(['{"summary": "So ', 'it is", "confid', 'ence": 0.5}'])])
    node = LLMNode[Query, Answer](
        agent=Agent(model, output_type=Answer), prompt_template="{text}", name="answer"
    )
    flow = Flow(input_type=Query, output_type=Answer)
    flow.add_nodes(node)
    values = [dict(item.value) async for item in flow.astream(input) if isinstance(item, PartialFields)]
    assert values[0] == {"summary": "So "} and values[-1] == {"summary": "So it is", "confidence": 0.5}
    assert (await flow.run(input)).confidence == 0.5


# "Built-in retry with streaming visibility": in a flow, what was said is withdrawn, and the text is right
async def test_retries_are_seen() -> None:
    model = ScriptedModel([Call("look", ["{}"])], ["Oslo ", "it is"])
    agent = Agent(model, name="guide")
    tries = []

    @agent.tool_plain
    def look() -> str:
        tries.append(time.monotonic())
        if len(tries) < 2:
            raise ConnectionError("not now")
        return "seen"

    flow = Flow(input_type=Query, output_type=str)
    inner = AgentNode[Query, str](agent=agent, name="llm")
    flow.add_nodes(RetryNode[str](wrapped_node=inner, max_retries=2, name="retry"))
    model.answers = ([Call("look", ["{}"])], [Call("look", ["{}"])], ["Oslo ", "it is"])
    items = [item async for item in flow.astream(input)]
    assert_grammar(items)
    assert max(item.attempt for item in items) == 1
    recoverable = [item for item in items if isinstance(item, NonFatalError) and item.recoverable]
    assert recoverable
    assert not [item for item in items if isinstance(item, Retract) and item.attempt == 0]
    assert items[-1].result == "Oslo it is" and isinstance(items[-1], StreamEnd)


# "Migration": run() is enough for those who want no stream
async def test_run_is_enough() -> None:
    assert await answering(ScriptedModel(["so"])).run(input) == "so"


# Flows, recordings and what shows them do without pydantic-ai until an agent runs.
def test_flows_import_without_pydantic_ai() -> None:
    code = (
        "import sys; sys.modules['pydantic_ai'] = None\n"
        "import asyncio\n"
        "import pydantic_flow.cli.replay, pydantic_flow.cli.run\n"
        "from pydantic_flow import Flow, ToolNode\n"
        "flow = Flow(input_type=str, output_type=str)\n"
        "flow.add_nodes(ToolNode(str.upper))\n"
        "print(asyncio.run(flow.run('x')))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.stdout == "X\n", done.stderr
