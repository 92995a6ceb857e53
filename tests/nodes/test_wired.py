"""Nodes that read each other, run together."""

import asyncio
from collections.abc import AsyncIterator
from typing import Any, Protocol, runtime_checkable

import pytest
from pydantic_ai import Agent

from pydantic_flow.errors import NodeError
from pydantic_flow.nodes import (
    AgentNode,
    BaseNode,
    Feed,
    LLMNode,
    MergeParserNode,
    MergeToolNode,
    NodeRun,
    ParserNode,
    RetrieverNode,
    RetryNode,
    ToolNode,
)
from pydantic_flow.nodes.wired import in_order, node_ids
from pydantic_flow.streaming import (
    NonFatalError,
    PartialFields,
    ProgressItem,
    RetrievalItem,
    StreamEnd,
    StreamStart,
    TokenChunk,
    iter_fields,
)
from pydantic_flow.testing import Fail, ScriptedModel, Wait

from .scenes import ANSWER, Answer, Query, answering, end_of, read, read_to_error, writer


async def search(query: Query) -> AsyncIterator[dict[str, Any]]:
    for number in range(3):
        await asyncio.sleep(0)
        yield {"id": str(number), "content": f"{query.question} {number}"}


def places(events: list[Any], kind: type) -> list[str]:
    return ["/".join(event.node_path) for event in events if isinstance(event, kind)]


# A node's stream includes the nodes that it reads: their items first, then its own.
async def test_a_wired_node_runs_what_it_reads() -> None:
    retriever = RetrieverNode(search)
    llm = LLMNode[Any, Answer](answering(), "Summarize: {results}", name="llm")
    llm.input = retriever.output
    events = await read(llm.astream(Query(question="x")))
    assert [(type(event), event.scope) for event in (events[0], events[-1])] == [
        (StreamStart, "run"),
        (StreamEnd, "run"),
    ]
    assert places(events, StreamStart) == ["", "search", "llm", "llm"]
    assert places(events, RetrievalItem) == ["search"] * 3 and set(places(events, TokenChunk)) == {"llm"}
    assert len({event.run_id for event in events}) == 1
    assert (
        end_of(events).result == await llm.run(Query(question="x")) == Answer(summary="Brief", confidence=0.5)
    )
    assert '"content":"x 2"' in str(llm.agent.model.messages[0][0].parts[0].content)  # type: ignore[union-attr]


def chain(*functions: Any) -> list[ToolNode[Any, Any]]:
    nodes: list[ToolNode[Any, Any]] = []
    for function in functions:
        nodes.append(ToolNode(function, input=nodes[-1].output if nodes else None))
    return nodes


# What several nodes read runs once, and the values come in the order in which they are read.
async def test_what_several_read_runs_once() -> None:
    first = ToolNode(str.strip)
    left, right = ToolNode(str.upper, input=first.output), ToolNode(len, input=first.output)
    both = MergeToolNode[str, int, str](
        lambda a, b: f"{a}{b}", inputs=(left.output, right.output), name="both"
    )
    events = await read(both.astream(" ab "))
    assert end_of(events).result == "AB2"
    assert sorted(places(events, StreamStart)) == ["", "both", "len", "strip", "upper"]


# A merge node that is given its values runs alone.
async def test_a_merge_node_can_be_given_its_values() -> None:
    both = MergeParserNode[int, int, int](max, inputs=(ToolNode(len).output, ToolNode(len).output))
    events = await read(both.astream((1, 2)))
    assert places(events, StreamStart) == ["max"] and end_of(events).result == 2
    assert await both.run("ab") == 2


# A slow node holds nobody back that does not read it.
async def test_a_slow_node_holds_nobody_back() -> None:
    release = asyncio.Event()

    async def slow(value: Any) -> str:
        await release.wait()
        return "slow"

    async def last(value: Any) -> str:
        release.set()
        return "fast"

    fast = chain(str.strip, str.upper, last)[-1]
    both = MergeToolNode[str, str, str](lambda a, b: a + b, inputs=(ToolNode(slow).output, fast.output))
    assert await asyncio.wait_for(both.run("x"), 5) == "slowfast"


# Many nodes at once: the order of arrival is the order of the stamps, and nothing is lost.
async def test_many_nodes_at_once_keep_one_order() -> None:
    agents = [AgentNode[str, str](writer(*"abcdef"), name=f"n{number}") for number in range(8)]
    retried = [RetryNode[str](agent) for agent in agents]
    together = MergeParserNode(lambda *texts: "".join(texts), inputs=[node.output for node in retried])
    events = await read(together.astream("x"))
    assert end_of(events).result == "abcdef" * 8
    order = [event.node_path for event in events if isinstance(event, TokenChunk)]
    assert order != sorted(order)


# When one fails, the others are closed, and every start has its end.
async def test_when_one_fails_the_others_are_closed() -> None:
    model = ScriptedModel(["Once", Wait(10), "never"])
    slow = RetryNode[str](AgentNode[str, str](Agent(model), name="slow"), name="try")
    broken = AgentNode[str, str](writer("a", "b", "c", "d", "e", Fail(OSError("broken"))), name="broken")
    both = MergeToolNode[str, str, str](lambda a, b: a + b, inputs=(slow.output, broken.output), name="both")
    events, error = await read_to_error(both.astream("x"))
    assert isinstance(error, OSError)
    assert error.__notes__[0].startswith("in node 'broken'") and "in the run of 'both'" in error.__notes__[1]
    cut = [event for event in events if isinstance(event, NonFatalError) and event.kind == "cancelled"]
    assert [event.node_path for event in cut] == [("try", "slow"), ("try", "slow"), ("try",)]
    assert end_of(events).success is False and end_of(events).scope == "run"
    assert model.open == 0 and asyncio.all_tasks() == {asyncio.current_task()}


# Circles and names that repeat are refused before anything runs.
def test_a_circle_is_refused() -> None:
    first, second, third = chain(str.strip, str.upper, str.lower)
    first.input = third.output
    with pytest.raises(NodeError, match="in a circle: 'upper' <- 'lower' <- 'strip' <- 'upper'"):
        second.astream("x")
    first.input = first.output
    with pytest.raises(NodeError, match="in a circle: 'strip' <- 'strip'"):
        first.astream("x")


async def test_names_are_told_apart() -> None:
    unnamed = chain(str.strip, str.strip, str.strip)
    assert list(node_ids(unnamed).values()) == ["strip", "strip_2", "strip_3"]
    assert await unnamed[-1].run(" x ") == "x"
    for node in unnamed[:2]:
        node.name, node.named = "same", True
    _, error = await read_to_error(unnamed[-1].astream("x"))
    assert isinstance(error, NodeError) and "two nodes are named 'same'" in str(error)


@pytest.mark.parametrize("wrong", [ToolNode(len), "x", 1])
def test_only_outputs_can_be_read(wrong: Any) -> None:
    node = ToolNode(str.upper, input=wrong)
    with pytest.raises(NodeError, match=r"the input of 'upper' is an? .*, no output of a node"):
        node.astream("x")


class Named(Protocol):
    name: str


@runtime_checkable
class Checked(Protocol):
    name: str


# A protocol is a type like any other if it can be asked; else the node says so before anything runs.
async def test_protocols_as_types() -> None:
    ran: list[Any] = []
    first = ToolNode[Any, Any](ran.append, name="first")
    assert await ToolNode[Checked, Checked](lambda value: value, name="named").run(first) is first
    with pytest.raises(NodeError, match="the input of 'named' is no Checked but an int"):
        await ToolNode[Checked, Any](lambda value: value, name="named").run(1)  # type: ignore[arg-type]
    for node in (
        ToolNode[Named, Any](ran.append, name="named"),
        ToolNode[Any, Named | None](ran.append, name="named"),
        ToolNode[Any, Named](ran.append, name="named", input=first.output),
        ToolNode[Any, Any](ran.append, input=ToolNode[Any, Named](ran.append, name="named").output),
    ):
        with pytest.raises(NodeError, match=r"of 'named' cannot be checked .*Named.*: a Protocol has"):
            node.astream(first)
        with pytest.raises(NodeError, match="@runtime_checkable"):
            await node.run(first)
    assert not ran


# A long chain is no deep recursion.
async def test_a_long_chain() -> None:
    nodes = chain(*[lambda value: value + 1] * 1500)
    assert in_order(nodes[-1]) == nodes
    assert await chain(*[lambda value: value + 1] * 60)[-1].run(0) == 60


# A parser that reads a writer live has the fields while the writer still writes.
async def test_a_parser_reads_a_writer_that_writes() -> None:
    text = AgentNode[str, str](writer(*ANSWER), name="writer")
    parser = ParserNode[str, Answer](input=text.live_output, name="parser")
    events = await read(parser.astream("x"))
    fields = [index for index, event in enumerate(events) if isinstance(event, PartialFields)]
    ends = [
        index
        for index, event in enumerate(events)
        if isinstance(event, StreamEnd) and event.node_id == "writer"
    ]
    assert max(fields) < min(ends)
    assert end_of(events).result == Answer(summary="Brief", confidence=0.5)
    shown = [fields async for fields in iter_fields(parser.astream("x"))]
    assert shown == [{"summary": "Bri"}, {"summary": "Brief"}, {"confidence": 0.5}]


class FirstOf(BaseNode[Any, list[str]]):
    """Takes what comes until it has enough."""

    async def events(self, input_data: Feed, run: NodeRun[list[str]]) -> AsyncIterator[ProgressItem]:
        found: list[str] = []
        async for item in input_data:
            if isinstance(item, RetrievalItem):
                found.append(item.content)
                yield TokenChunk(text=item.content)
                if len(found) == 2:
                    break
        run.result = found


# A node goes on with the first results; who reads it need not wait for the last.
async def test_a_node_goes_on_with_the_first_results() -> None:
    seen: list[str] = []

    async def many(query: Any) -> AsyncIterator[str]:
        for number in range(100):
            await asyncio.sleep(0)
            seen.append(f"d{number}")
            yield f"d{number}"

    async def use(first: list[str]) -> int:
        return len(seen)

    first = FirstOf(input=RetrieverNode(many).live_output)
    used = ToolNode(use, input=first.output)
    events = await read(used.astream("x"))
    (result,) = [event.result for event in events if isinstance(event, StreamEnd) and event.node_id == "use"]
    assert result < 30 and len(seen) == 100


# Who reads a node live and something else besides, that needs it whole, does not stand in its own way.
async def test_a_live_reader_that_waits_for_something_else() -> None:
    retriever = RetrieverNode(lambda _: [str(number) for number in range(200)], name="r")
    count = ToolNode(lambda found: len(found["results"]), input=retriever.output, name="count")

    async def both(live: Feed, whole: int) -> tuple[int, int]:
        return len([item async for item in live if isinstance(item, RetrievalItem)]), whole

    node = MergeToolNode(both, inputs=(retriever.live_output, count.output))
    assert await asyncio.wait_for(node.run("x"), 5) == (200, 200)


# A slow live reader slows the node that it reads.
async def test_a_slow_live_reader_slows_the_writer() -> None:
    made: list[int] = []
    ahead: list[int] = []

    async def many(query: Any) -> AsyncIterator[str]:
        for number in range(200):
            made.append(number)
            yield str(number)

    async def slowly(live: Feed) -> int:
        read = 0
        async for item in live:
            if isinstance(item, RetrievalItem):
                read += 1
                for _ in range(5):
                    await asyncio.sleep(0)
                ahead.append(len(made) - read)
        return read

    node = ToolNode(slowly, input=RetrieverNode(many).live_output)
    assert await node.run("x") == 200
    assert max(ahead[5:]) <= 40
