"""Leaving a stream, at every event and in every way: nothing is left, and the call of the model is closed."""

import asyncio
from collections.abc import AsyncIterator, Callable
from typing import Any

import pytest
from pydantic_ai import Agent
from pydantic_ai.capabilities import AbstractCapability

from pydantic_flow.agents import (
    collect_stream_result,
    json_lines,
    merge,
    run_stream,
    run_stream_with_tools,
    sse_events,
    sse_text,
    stream_text,
    stream_tool_calls,
)
from pydantic_flow.testing import Call, Output, ScriptedModel, Think

from .conftest import City

SCRIPT = [
    [Think("hm"), "Let me", Call("add", ['{"x": 1,', ' "y": 2}']), Call("rest")],
    [Output(['{"name": "Os', 'lo", "people": "x"}'])],
    [Output(['{"name": "Oslo", ', '"people": 7}'])],
]


# The oldest pydantic-ai leaves a generator of its own to Python, which closes it in a task.
AFTER_CLOSING = 2 if hasattr(AbstractCapability, "get_wrapper_model") else 20


class Left(Exception):
    """Raised by whoever reads a stream."""


class Scene:
    """An agent whose model and tools count what is open."""

    def __init__(self) -> None:
        self.model = ScriptedModel(*SCRIPT)
        self.agent: Agent[None, Any] = Agent(self.model, output_type=City)
        self.tools_open = 0

        @self.agent.tool_plain
        async def add(x: int, y: int) -> int:
            return await self.busy(x + y)

        @self.agent.tool_plain
        async def rest() -> int:
            return await self.busy(0)

    async def busy(self, result: int) -> int:
        self.tools_open += 1
        try:
            for _ in range(3):
                await asyncio.sleep(0)
            return result
        finally:
            self.tools_open -= 1

    async def assert_nothing_is_left(self, turns: int = AFTER_CLOSING) -> None:
        for _ in range(turns):
            await asyncio.sleep(0)
        assert asyncio.all_tasks() == {asyncio.current_task()}
        assert (self.model.open, self.tools_open) == (0, 0)


STREAMS: dict[str, Callable[[Any], Any]] = {
    "run_stream": lambda agent: run_stream(agent, "x"),
    "one ahead": lambda agent: run_stream(agent, "x", ahead=1),
    "run_stream_with_tools": lambda agent: run_stream_with_tools(agent, "x"),
    "stream_text": lambda agent: stream_text(agent, "x"),
    "stream_tool_calls": lambda agent: stream_tool_calls(agent, "x"),
    "merge": lambda agent: merge(run_stream(agent, "x"), run_stream(agent, "y")),
    "sse_events": lambda agent: sse_events(run_stream(agent, "x")),
    "sse_text": lambda agent: sse_text(run_stream(agent, "x")),
    "json_lines": lambda agent: json_lines(run_stream(agent, "x")),
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
    for _ in range(after + 1):
        try:
            await anext(stream)
        except StopAsyncIteration:
            return False
    await stream.aclose()
    await stream.aclose()
    return True


async def leave_by_exception(stream: Any, after: int) -> bool:
    with pytest.raises(Left):
        async with stream as items:
            count = 0
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


async def leave_everywhere(make: Callable[[Any], Any], leave: Any, step: int = 1) -> int:
    """Leave a stream after each of its items; how many that were."""
    after = 0
    while True:
        scene = Scene()
        was_there = await leave(make(scene.agent), after)
        await scene.assert_nothing_is_left()
        if not was_there:
            return after
        after += step


# A run, left at every event in every way.
@pytest.mark.parametrize("way", WAYS)
async def test_a_run_left_anywhere_leaves_nothing(way: str) -> None:
    assert await leave_everywhere(STREAMS["run_stream"], WAYS[way]) >= 25


# All that is built on it.
@pytest.mark.parametrize("name", STREAMS)
async def test_every_helper_left_anywhere_leaves_nothing(name: str) -> None:
    for way in ("break", "cancel"):
        assert await leave_everywhere(STREAMS[name], WAYS[way], step=2) >= 4


# Collecting has no stream to leave, but can be cancelled, and its callback can raise.
async def test_collecting_can_be_stopped_anywhere() -> None:
    for after in range(0, 30, 3):
        scene, seen = Scene(), []

        def raise_at(event: Any, seen: list[Any] = seen, after: int = after) -> None:
            seen.append(event)
            if len(seen) > after:
                raise Left

        with pytest.raises(Left):
            await collect_stream_result(scene.agent, "x", on_event=raise_at)
        await scene.assert_nothing_is_left()


# A run that is cancelled in the turns of the loop in which it begins: pydantic-ai then leaves a task of its
# own waiting for ever.
async def test_a_run_cancelled_while_it_begins_leaves_nothing() -> None:
    for turns in range(40):
        scene = Scene()
        task = asyncio.create_task(collect_stream_result(scene.agent, "x"))
        for _ in range(turns):
            await asyncio.sleep(0)
        task.cancel()
        await asyncio.wait([task])
        assert task.cancelled()
        await scene.assert_nothing_is_left(turns=TURNS)


# A stream that is dropped, by a break or by a cancel in the body of its loop, is closed by Python itself.
@pytest.mark.parametrize("name", STREAMS)
async def test_a_dropped_stream_is_closed(name: str) -> None:
    for after in range(0, 25, 4):
        scene = Scene()
        count = 0
        async for _ in STREAMS[name](scene.agent):
            if count == after:
                break
            count += 1
        await scene.assert_nothing_is_left(turns=TURNS)


TURNS = 25
"""Two until Python closes a dropped generator, as many for each one below it, and about ten that pydantic-ai
takes to cancel its own tasks. Who closes the stream (``async with``, ``aclose``) has all that behind him."""


# A stream that is never read starts nothing.
async def test_a_stream_that_is_never_read_starts_nothing() -> None:
    for make in STREAMS.values():
        scene = Scene()
        stream = make(scene.agent)
        await stream.aclose()
        assert scene.model.requests == 0
        await scene.assert_nothing_is_left(turns=0)


# A tool that will not be cancelled is waited for; the run does not go on.
async def test_a_tool_that_resists_is_waited_for() -> None:
    model = ScriptedModel([Call("stubborn")], ["never"])
    agent: Agent[None, str] = Agent(model)
    states: list[str] = []

    @agent.tool_plain
    async def stubborn() -> str:
        states.append("began")
        try:
            await asyncio.sleep(10)
        except asyncio.CancelledError:
            await asyncio.sleep(0.01)
            states.append("tidied up")
            raise
        return "x"

    async with run_stream(agent, "x") as events:
        async for event in events:
            if event.type == "tool_start":
                while not states:
                    await asyncio.sleep(0)
                break
    assert states == ["began", "tidied up"]
    assert model.requests == 1 and asyncio.all_tasks() == {asyncio.current_task()}


# One of several merged streams fails: the others are closed, and its exception is raised.
async def test_a_failing_stream_closes_the_others() -> None:
    closed: list[str] = []

    async def endless(name: str) -> AsyncIterator[str]:
        try:
            while True:
                await asyncio.sleep(0)
                yield name
        finally:
            closed.append(name)

    async def failing() -> AsyncIterator[str]:
        yield "c"
        raise Left

    seen = []
    with pytest.raises(Left):
        async for item in merge(endless("a"), endless("b"), failing()):
            seen.append(item)
    assert sorted(closed) == ["a", "b"] and {"a", "b", "c"} == set(seen)
    assert asyncio.all_tasks() == {asyncio.current_task()}
