"""Which nodes a flow reads straight, and that nobody notices."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextvars import ContextVar
from typing import Any

import pytest
from pydantic_ai import Agent

from pydantic_flow.agents import run_stream
from pydantic_flow.errors import FlowError, FlowTimeoutError
from pydantic_flow.flow import AggregateNode, FlowNode, Route, RunConfig
from pydantic_flow.nodes import AgentNode, BaseNode, IfNode, RetryNode, ToolNode
from pydantic_flow.nodes.base import NodeRun
from pydantic_flow.streaming import ProgressItem, StreamEnd, TokenChunk
from pydantic_flow.testing import Fail, ScriptedModel, Wait, assert_grammar

from .stubs import Stub, events_of, flow_of, tasks_left, told


def asks(*answers: Any, name: str = "say") -> AgentNode[Any, str]:
    return AgentNode[Any, str](Agent(ScriptedModel(*answers or (["on", "e"],))), name=name)


class Louder(AgentNode[Any, str]):
    """An agent whose events a class of the user's goes through."""

    async def events(self, input_data: Any, run: NodeRun[str]) -> AsyncGenerator[ProgressItem, None]:
        async for item in super().events(input_data, run):
            yield item
            if isinstance(item, StreamEnd):
                run.result = item.result.upper()


# Agents need no task of the flow's, nor what only runs agents; anything that a user has written does.
def test_which_nodes_need_a_task() -> None:
    agent, tool = asks(), ToolNode[Any, str](str, name="tool")
    louder = Louder(agent.agent)
    without = [agent, RetryNode(agent), IfNode(bool, agent, RetryNode(agent))]
    assert [node.needs_task for node in without] == [False, False, False]
    nodes = [tool, louder, Stub("a"), RetryNode(tool), IfNode(bool, agent, louder), FlowNode(flow_of(agent))]
    assert all(node.needs_task for node in nodes)


# One whose events are read live is not read straight, also if the reader waits for those of another as well.
async def test_a_later_reader_gets_the_events_of_an_agent() -> None:
    first, second = asks(name="first"), asks(name="second")
    second.input = first.output

    def said(so_far: str, event: ProgressItem) -> str:
        return f"{so_far}{event.text}" if isinstance(event, TokenChunk) else so_far

    both = AggregateNode[str](inputs=(first.output, second.output), fold=said, initial="", name="both")
    async with asyncio.timeout(5):
        assert await flow_of(first, second, both, output_type=str).run("x") == "oneone"


async def most_tasks(flow: Any) -> int:
    """How many tasks there are while it runs."""
    most = 0
    async for event in flow.astream("x"):
        if isinstance(event, TokenChunk):
            most = max(most, len(asyncio.all_tasks()))
    return most


# One agent in a flow runs in as many tasks as the agent alone; one that a class goes through has one more.
async def test_an_agent_alone_has_no_more_tasks() -> None:
    alone = await most_tasks(asks())
    assert await most_tasks(flow_of(asks())) == await most_tasks(flow_of(RetryNode(asks()))) == alone
    assert await most_tasks(flow_of(Louder(asks().agent))) == alone + 1


# The same events come whether nodes are read straight or not, one by one, side by side, and in a loop.
@pytest.mark.parametrize("shape", ["chain", "beside", "loop"])
async def test_the_same_events_come(shape: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def flow() -> Any:
        first, second = asks(name="first"), asks(name="second")
        if shape == "beside":
            return flow_of(first, second, Stub("end", first, second))
        second.input = first.output
        made = flow_of(first, second)
        if shape == "loop":
            rounds = iter([["first"], Route.END])
            made.add_conditional_edges("second", lambda state: next(rounds), {"first": "first", "END": "END"})
        return made

    straight = await events_of(flow().astream("x"))
    monkeypatch.setattr(AgentNode, "needs_task", True)
    in_tasks = await events_of(flow().astream("x"))
    assert straight[-1].usage == in_tasks[-1].usage and straight[-1].usage["total_tokens"] > 0
    for events in (straight, in_tasks):
        assert_grammar(events)
        events.sort(key=lambda event: (event.node_path, event.attempt, event.index))
    assert told(straight) == told(in_tasks)


# An agent that fails, and one that is too slow for its own limit or that of the run.
@pytest.mark.parametrize(
    ("answer", "config", "error", "words"),
    [
        (["a", Fail(OSError("gone"))], {}, FlowError, "in node 'say': gone"),
        (
            ["a", Wait(60)],
            {"node_timeout_seconds": 0.2},
            FlowTimeoutError,
            "'say' exceeded its timeout of 0.2s",
        ),
        (
            ["a", Wait(60)],
            {"timeout_seconds": 0.2},
            FlowTimeoutError,
            "timeout of 0.2s at iteration 0, in 'say'",
        ),
    ],
)
async def test_what_goes_wrong(answer: Any, config: Any, error: type[Exception], words: str) -> None:
    node = asks(answer)
    events: list[Any] = []
    with pytest.raises(error, match=words):
        async for event in flow_of(node).astream("x", RunConfig(**config)):
            events.append(event)
    assert_grammar(events)
    assert not events[-1].success and node.agent.model.open == 0  # type: ignore[union-attr]
    assert not await tasks_left()


class HandsBack(BaseNode[str, str]):
    """Needs no generator."""

    def events(self, input_data: str, run: NodeRun[str]) -> AsyncIterator[ProgressItem]:
        return run_stream(asks().agent, input_data, emitter=run.emitter)


# The result of a node is what it set; of one that only hands back an agent's events, the agent's.
async def test_the_result_of_an_agents_events() -> None:
    assert await flow_of(HandsBack()).run("x") == await HandsBack().run("x") == "one"
    assert await flow_of(asks()).run("x") == await asks().run("x") == "one"
    assert await flow_of(Louder(asks().agent)).run("x") == "ONE"


SET = ContextVar("SET", default="outside")


class Holds(Stub):
    """Is inside a time limit while it yields, and has set a context variable."""

    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        SET.set("inside")
        try:
            async with asyncio.timeout(0.02):
                yield TokenChunk(text="a")
                await asyncio.Event().wait()
        except TimeoutError:
            run.result = SET.get()


# What a user's node holds while it yields stays its own: its time limit does not hit the reader.
async def test_what_a_node_holds_stays_its_own() -> None:
    async for event in flow_of(Holds("holds")).astream("x"):
        if isinstance(event, TokenChunk):
            await asyncio.sleep(0.05)
    assert event.result == "inside" and SET.get() == "outside"
