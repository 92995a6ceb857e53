"""Leaving a node's stream, at every event, in every way: nothing is left, and the model's call is closed."""

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic_ai import Agent, RunContext
from pydantic_ai.capabilities import AbstractCapability

from pydantic_flow.nodes import (
    AgentNode,
    BaseNode,
    IfNode,
    LLMNode,
    MergeToolNode,
    ParserNode,
    RetrieverNode,
    RetryNode,
    ToolNode,
)
from pydantic_flow.testing import Call, Fail, Output, ScriptedModel

from .scenes import ANSWER, Answer

# The oldest pydantic-ai leaves a generator of its own to Python, which closes it in a task.
AFTER_CLOSING = 2 if hasattr(AbstractCapability, "get_wrapper_model") else 6


TURNS = 25
"""About ten that pydantic-ai takes to cancel tasks of its own, when it is cancelled between two events."""


class Left(Exception):
    """Raised by whoever reads a stream."""


class Scene:
    """Parts that count what is open: models, tools, files, searches."""

    def __init__(self) -> None:
        self.models: list[ScriptedModel] = []
        self.opened = 0

    def options(self, *answers: Any) -> dict[str, Any]:
        """What makes one of the agents say this, and its tool count here."""
        self.models.append(ScriptedModel(*answers))
        return {"model": self.models[-1], "deps": self}

    async def busy(self, value: Any) -> Any:
        self.opened += 1
        try:
            with tempfile.TemporaryFile():  # one that is left open is a warning, and those are errors
                for _ in range(3):
                    await asyncio.sleep(0)
            return value
        finally:
            self.opened -= 1

    async def search(self, query: Any) -> AsyncIterator[str]:
        self.opened += 1
        try:
            for number in range(4):
                await asyncio.sleep(0)
                yield f"{query} {number}"
        finally:
            try:
                await asyncio.sleep(0)
            finally:
                self.opened -= 1

    async def assert_nothing_is_left(self, turns: int = AFTER_CLOSING) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert (self.opened, sum(model.open for model in self.models)) == (0, 0)


def agent_for(output: Any) -> Agent[Scene, Any]:
    agent: Agent[Scene, Any] = Agent(deps_type=Scene, output_type=output)

    @agent.tool
    async def look(ctx: RunContext[Scene]) -> Any:
        return await ctx.deps.busy("seen")

    return agent


WRITER, ANSWERER = agent_for(str), agent_for(Answer)


def an_llm(scene: Scene) -> BaseNode[Any, Any]:
    answers = [[Call("look")], [Output(['{"summary": 1}'])], [Output(ANSWER)]]
    return LLMNode[Any, Answer](ANSWERER, **scene.options(*answers))


def a_retriever(scene: Scene) -> BaseNode[Any, Any]:
    return RetrieverNode(scene.search)


def a_retry(scene: Scene) -> BaseNode[Any, Any]:
    asks = AgentNode[Any, str](WRITER, **scene.options(["a", "b", Fail(OSError("x"))], ["c", "d"]))
    return RetryNode[Any](IfNode[Any](bool, asks, ToolNode(scene.busy)))


def wired(scene: Scene) -> BaseNode[Any, Any]:
    found = RetrieverNode(scene.search)
    options = scene.options([Call("look")], ["a", "b"])
    llm = AgentNode[Any, str](WRITER, "{results}", input=found.output, name="one", **options)
    other = AgentNode[Any, str](WRITER, name="two", **scene.options(["c", Fail(OSError("x"))], ["d"]))
    return MergeToolNode[str, str, str](
        lambda a, b: a + b, inputs=(llm.output, RetryNode[str](other).output), name="both"
    )


def live(scene: Scene) -> BaseNode[Any, Any]:
    text = AgentNode[Any, str](WRITER, name="writer", **scene.options([Call("look")], list(ANSWER)))
    return ToolNode(scene.busy, input=ParserNode[Any, Answer](input=text.live_output).output)


NODES: dict[str, Callable[[Scene], BaseNode[Any, Any]]] = {
    "an agent with tools": an_llm,
    "a search": a_retriever,
    "a retried branch": a_retry,
    "several that read each other": wired,
    "one that reads live": live,
}


async def leave_by_break(stream: Any, after: int) -> bool:
    async with stream as items:
        count = 0
        async for _ in items:
            if count == after:
                return True
            count += 1
    return False


async def leave_by_aclose(stream: Any, after: int) -> bool:
    count = 0
    async for _ in stream:
        if count == after:
            await stream.aclose()
            return True
        count += 1
    return False


async def leave_by_exception(stream: Any, after: int) -> bool:
    count = 0
    with pytest.raises(Left):
        async with stream as items:
            async for _ in items:
                if count == after:
                    raise Left
                count += 1
            raise Left
    return count == after


async def leave_by_cancel(stream: Any, after: int) -> bool:
    reached = asyncio.Event()

    async def read() -> None:
        count = 0
        async for _ in stream:
            if count == after:
                reached.set()
            count += 1

    reader = asyncio.create_task(read())
    waiter = asyncio.create_task(reached.wait())
    await asyncio.wait([reader, waiter], return_when=asyncio.FIRST_COMPLETED)
    waiter.cancel()
    reader.cancel()
    await asyncio.gather(reader, waiter, return_exceptions=True)
    return reached.is_set()


async def leave_by_timeout(stream: Any, after: int) -> bool:
    count = 0
    try:
        async with asyncio.timeout(None) as limit:
            async for _ in stream:
                if count == after:
                    limit.reschedule(asyncio.get_running_loop().time() - 1)
                count += 1
    except TimeoutError:
        return True
    return False


WAYS = {
    "break": leave_by_break,
    "aclose": leave_by_aclose,
    "exception": leave_by_exception,
    "cancel": leave_by_cancel,
    "timeout": leave_by_timeout,
}


# Each of these nodes, left at every event in every way.
@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", NODES)
async def test_a_node_left_anywhere_leaves_nothing(kind: str, way: str) -> None:
    after = 0
    while True:
        scene = Scene()
        was_there = await WAYS[way](NODES[kind](scene).astream("x"), after)
        await scene.assert_nothing_is_left()
        if not was_there:
            break
        after += 3 if way == "aclose" else 1  # what `break` does too
    assert after >= (5 if kind == "a search" else 15)


# `run` has no stream to leave, but can be cancelled at every turn of the loop.
@pytest.mark.parametrize("kind", NODES)
async def test_a_run_cancelled_anywhere_leaves_nothing(kind: str) -> None:
    turns = 0
    while True:
        scene = Scene()
        task = asyncio.create_task(NODES[kind](scene).run("x"))
        for _ in range(turns):
            await asyncio.sleep(0)
        if task.done():
            break
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await scene.assert_nothing_is_left(TURNS)
        turns += 7
    assert turns >= 7


# A stream that is never read starts nothing.
@pytest.mark.parametrize("kind", NODES)
async def test_a_stream_that_is_never_read_starts_nothing(kind: str) -> None:
    scene = Scene()
    await NODES[kind](scene).astream("x").aclose()
    assert not any(model.requests for model in scene.models)
    await scene.assert_nothing_is_left()
