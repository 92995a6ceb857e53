"""What goes wrong: nodes and observers that fail, hang, flood or say nothing. Nothing is left behind."""

import asyncio
import logging
import threading
import time
from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import suppress
from typing import Any, Literal, get_args

import pytest

from pydantic_flow.errors import FlowError, FlowTimeoutError
from pydantic_flow.flow import FlowNode, RunConfig, observers
from pydantic_flow.nodes import RetryNode
from pydantic_flow.nodes.base import NodeRun
from pydantic_flow.recording import Recording, record
from pydantic_flow.streaming import (
    Gap,
    PartialFields,
    ProgressItem,
    StreamEnd,
    StreamingParser,
    StreamStart,
    TokenChunk,
)
from pydantic_flow.testing import assert_grammar

from .stubs import Stub, events_of, flow_of, tasks_left


class Fails(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.runs += 1
        try:
            yield TokenChunk(text="a")
            raise ValueError("boom")
        finally:
            self.closed += 1


class FailsAtOnce(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.closed += 1
        raise KeyError("at once")
        yield


class FailsInTheEnd(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        try:
            yield TokenChunk(text="a")
            await asyncio.Event().wait()
        finally:
            self.closed += 1
            raise OSError("while tidying up")


class Hangs(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.runs += 1
        try:
            yield TokenChunk(text="a")
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0)
            self.closed += 1


class NeverYields(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.runs += 1
        try:
            await asyncio.Event().wait()
            yield TokenChunk(text="never")
        finally:
            self.closed += 1


class NoResult(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.closed += 1
        yield TokenChunk(text="a")


class CancelsItself(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.closed += 1
        yield TokenChunk(text="a")
        raise asyncio.CancelledError("by something inside")


class Floods(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        self.runs += 1
        try:
            while True:
                yield TokenChunk(text="a")
        finally:
            self.closed += 1


class YieldsRubbish(Stub):
    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[Any, None]:
        self.closed += 1
        yield 3


LIMIT = RunConfig(node_timeout_seconds=0.05)
FAULTS: list[tuple[type[Stub], type[Exception], str]] = [
    (Fails, FlowError, "boom"),
    (FailsAtOnce, FlowError, "at once"),
    (FailsInTheEnd, FlowError, "while tidying up|exceeded its timeout"),
    (Hangs, FlowTimeoutError, "exceeded its timeout of 0.05s"),
    (NeverYields, FlowTimeoutError, "exceeded its timeout of 0.05s"),
    (NoResult, FlowError, "ended without a result"),
    (CancelsItself, FlowError, "was cancelled"),
    (YieldsRubbish, FlowError, "'int' object has no attribute"),
]
RUNNING = [Hangs, NeverYields, Floods]


Where = Literal["beside", "nested", "alone"]


def placed(kind: type[Stub], where: Where) -> tuple[Any, list[Stub]]:
    """A flow in which something else runs beside a faulty node, or in which it is read straight."""
    if where == "alone":
        straight = type(kind.__name__, (kind,), {"needs_task": False})("faulty")
        return flow_of(straight, Stub("end", straight)), [straight]
    faulty, other = kind("faulty"), Hangs("other")
    node: Any = FlowNode(flow_of(faulty, name="inner")) if where == "nested" else faulty
    return flow_of(node, other, Stub("end", node, other)), [faulty, other]


# Whatever is wrong with a node: the run ends with an error that says so, in order, and nothing goes on.
@pytest.mark.parametrize("where", get_args(Where))
@pytest.mark.parametrize(("kind", "error", "words"), FAULTS, ids=lambda part: getattr(part, "__name__", ""))
async def test_a_faulty_node(kind: type[Stub], error: type[Exception], words: str, where: Where) -> None:
    flow, nodes = placed(kind, where)
    config = RunConfig(node_timeout_seconds={"inner" if where == "nested" else "faulty": 0.05})
    events: list[Any] = []
    with pytest.raises(error, match=words):
        async for event in flow.astream(1, config):
            events.append(event)
    assert_grammar(events)
    assert not events[-1].success and events[-1].scope == "run"
    assert [node.closed for node in nodes] == [1] * len(nodes)
    assert not await tasks_left()
    with pytest.raises(error, match=words):
        await flow.run(1, config)
    assert not await tasks_left()


# Leaving at any event closes every node that has begun, and what came is what a run can produce.
@pytest.mark.parametrize("where", get_args(Where))
@pytest.mark.parametrize("kind", RUNNING)
@pytest.mark.parametrize("how", ["break", "raise", "timeout", "cancel"])
@pytest.mark.parametrize("after", range(4))
async def test_leaving_closes_every_node(kind: type[Stub], how: str, after: int, where: Where) -> None:
    flow, nodes = placed(kind, where)
    if where == "alone":
        after = min(after, 1 if kind is NeverYields else 2)  # nothing else comes
    events: list[Any] = []
    enough = asyncio.Event()

    async def read() -> None:
        async with asyncio.timeout(None) as limit, flow.astream(1) as stream:
            async for event in stream:
                events.append(event)
                if len(events) > after:
                    enough.set()
                    if how == "break":
                        break
                    if how == "raise":
                        raise KeyError("reader")
                    if how == "timeout":
                        limit.reschedule(asyncio.get_running_loop().time() + 0.002)
                    await asyncio.Event().wait()

    reader = asyncio.ensure_future(read())
    await enough.wait()
    if how == "cancel":
        reader.cancel()
    await asyncio.gather(reader, return_exceptions=True)
    assert len(events) == after + 1
    assert_grammar(events, closed=True)
    assert [node.closed for node in nodes] == [node.runs for node in nodes]
    assert not await tasks_left()


class Resists(Stub):
    """Ends well when it is cancelled, at once or after one more event."""

    async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
        run.result = 1
        yield TokenChunk(text="a")
        with suppress(asyncio.CancelledError):
            await asyncio.Event().wait()
        for _ in self.turns:
            yield TokenChunk(text="b")


class Asked(Stub):
    """Notes that it was given an input."""

    def gather(self, values: Sequence[Any]) -> Any:
        self.log.append("asked")
        return super().gather(values)


# A node that ends well although its run was left leads to nothing any more.
@pytest.mark.parametrize("more", [0, 1])
async def test_a_node_that_resists_leads_to_nothing(more: int) -> None:
    resists, other = Resists("resists", turns=[0] * more), Hangs("other")
    after = Asked("after", resists)
    stream = flow_of(resists, other, after, Stub("end", after, other)).astream(1)
    async for event in stream:
        if isinstance(event, TokenChunk) and event.node_id == "resists":
            break
    await stream.aclose()
    assert not await tasks_left() and not after.log


# Nor one that ends well although another has failed.
@pytest.mark.parametrize("more", [0, 1])
async def test_a_node_that_resists_a_failure_leads_to_nothing(more: int) -> None:
    class Fails(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            yield TokenChunk(text="a")
            raise KeyError("bad")

    resists, fails = Resists("resists", turns=[0] * more), Fails("fails")
    after = Asked("after", resists)
    end = Stub("end", after, fails)
    for running in (flow_of(resists, fails, after, end).run(1), end.run(1)):
        with pytest.raises((FlowError, KeyError), match="bad"):
            await running
        assert not await tasks_left() and not after.log


# A stream that nobody read begins nothing.
async def test_a_stream_that_nobody_read() -> None:
    stub = Stub("a")
    stream = flow_of(stub).astream(1)
    await stream.aclose()
    assert stub.runs == 0 and not await tasks_left()


# Runs of one flow at once do not know of each other: one fails, the other goes on.
async def test_runs_at_once_do_not_know_of_each_other() -> None:
    class Picky(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            for _ in range(5):
                yield TokenChunk(text="a")
            if input_data == 2:
                raise ValueError("not 2")
            run.result = input_data

    compiled = flow_of(Picky("a")).compile()
    done = await asyncio.gather(*(compiled.run(number) for number in range(4)), return_exceptions=True)
    assert [done[0], done[1], done[3]] == [0, 1, 3] and isinstance(done[2], FlowError)


# A flow that is retried begins anew: what its nodes said is withdrawn, and the order still holds.
async def test_a_flow_that_is_retried() -> None:
    class Second(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            self.runs += 1
            yield TokenChunk(text=f"try {self.runs}")
            if self.runs < 3:
                raise ValueError("again")
            run.result = self.runs

    inner = flow_of(Second("second"), name="inner")
    retry: Any = RetryNode(wrapped_node=FlowNode(inner), max_retries=3, name="retry")
    events = await events_of(flow_of(retry).astream(1))
    assert_grammar(events)
    assert events[-1].result == 3


# Observers.


class Patient:
    """Keeps what it sees."""

    def __init__(self) -> None:
        self.seen: list[ProgressItem] = []

    async def on_progress(self, item: ProgressItem) -> None:
        await asyncio.sleep(0)
        self.seen.append(item)


# An observer sees every event, in order, asynchronous or not, a method or a function.
async def test_observers_see_everything() -> None:
    patient, plain, function = Patient(), [], []

    class Plain:
        def on_progress(self, item: ProgressItem) -> None:
            plain.append((item, threading.current_thread() is threading.main_thread()))

    flow = flow_of(Stub("a"))
    for observer in (patient, Plain(), function.append):
        flow.add_observer(observer)
    events = await events_of(flow.astream(1))
    assert patient.seen == function == [item for item, _ in plain] == events
    assert not any(main for _, main in plain)
    assert_grammar(patient.seen)
    assert not await tasks_left()


# The observers of a flow see its events also where it is a node of another, with their place in that run.
async def test_observers_of_a_flow_in_a_flow() -> None:
    inside, outside = Patient(), Patient()
    inner = flow_of(Stub("a"), name="inner")
    inner.add_observer(inside)
    flow = flow_of(FlowNode(inner), name="outer")
    flow.add_observer(outside)
    events = await events_of(flow.astream(1))
    assert outside.seen == events
    assert inside.seen == [event for event in events if event.node_path == ("inner", "a")]


# So they do where it is a node that another reads, without a flow around both.
async def test_observers_of_a_flow_that_is_read() -> None:
    inside = Patient()
    inner = flow_of(Stub("a"), name="inner")
    inner.add_observer(inside)
    reader = Stub("reader", FlowNode(inner))
    events = await events_of(reader.astream(1))
    assert_grammar(events)
    assert [(item.node_path, item.type) for item in inside.seen] == [
        (event.node_path, event.type) for event in events if event.node_path == ("inner", "a")
    ]


class Raises:
    async def on_progress(self, item: ProgressItem) -> None:
        raise ValueError("observer")


class RaisesPlainly:
    def on_progress(self, item: ProgressItem) -> None:
        raise ValueError("observer")


class HangsOn:
    async def on_progress(self, item: ProgressItem) -> None:
        await asyncio.Event().wait()


class Blocks:
    def on_progress(self, item: ProgressItem) -> None:
        time.sleep(0.4)


class CancelsOn:
    async def on_progress(self, item: ProgressItem) -> None:
        raise asyncio.CancelledError


class FloodsOn:
    """Starts a run of its own for every event."""

    async def on_progress(self, item: ProgressItem) -> None:
        await flow_of(Stub("b", turns=[0] * 20)).run(1)


# Whatever is wrong with an observer: the run is the same, others see everything, and nothing goes on.
@pytest.mark.parametrize("kind", [Raises, RaisesPlainly, HangsOn, Blocks, CancelsOn, FloodsOn])
async def test_a_faulty_observer(
    kind: type, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(observers, "PATIENCE", 0.1)
    patient = Patient()
    flow = flow_of(Stub("a"), name="watched")
    flow.add_observer(kind())
    flow.add_observer(patient)
    began = time.monotonic()
    with caplog.at_level(logging.WARNING, "pydantic_flow.flow"):
        events = await events_of(flow.astream(1))
    assert time.monotonic() - began < 1
    assert_grammar(events)
    assert events[-1].success and patient.seen == events
    assert not await tasks_left()
    if kind in (Raises, RaisesPlainly):
        assert [entry.exc_info is not None for entry in caplog.records] == [True]  # once, not for every event
    if kind in (HangsOn, Blocks):
        assert "left with events unread" in caplog.text


# An observer that falls behind misses the oldest events, and is told which; the run does not wait.
@pytest.mark.parametrize("plain", [False, True])
async def test_an_observer_that_lags_gets_a_gap(plain: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(observers, "BOX", 8)
    seen: list[ProgressItem] = []
    go_on = threading.Event()
    released = asyncio.Event()

    def slow(item: ProgressItem) -> None:
        go_on.wait(5)
        seen.append(item)

    async def slow_too(item: ProgressItem) -> None:
        await released.wait()
        seen.append(item)

    flow = flow_of(Stub("a", turns=[0] * 50))
    flow.add_observer(slow if plain else slow_too)
    count = 0
    async for event in flow.astream(1):
        count += 1
        if isinstance(event, StreamEnd) and event.scope == "run":
            go_on.set()
            released.set()
    gaps = [item for item in seen if isinstance(item, Gap)]
    assert len(gaps) == 1 and gaps[0].dropped == gaps[0].last_seq - gaps[0].first_seq + 1
    there = {item.seq for item in seen if not isinstance(item, Gap)}
    gone = set(range(gaps[0].first_seq, gaps[0].last_seq + 1))
    assert there | gone == set(range(count)) and not there & gone


# Leaving a run tells its observers no more, and leaves nothing.
async def test_leaving_a_run_ends_its_observers() -> None:
    patient = Patient()
    flow = flow_of(Hangs("a"))
    flow.add_observer(patient)
    async with flow.astream(1) as stream:
        async for event in stream:
            if isinstance(event, TokenChunk):
                break
    assert [type(item) for item in patient.seen] == [StreamStart, StreamStart, TokenChunk]
    assert not await tasks_left()


# Observers keep what changed, not the values of every moment; recorders can write it.
async def test_observers_get_changes(tmp_path: Any) -> None:
    class Parses(Stub):
        async def events(self, input_data: Any, run: NodeRun[Any]) -> AsyncGenerator[ProgressItem, None]:
            parser = StreamingParser(dict[str, str], emitter=run.emitter)
            async for item in parser.astream_parse(['{"a": "x', 'y"}']):
                if isinstance(item, ProgressItem):
                    yield item
                else:
                    run.result = item

    patient = Patient()
    flow = flow_of(Parses("a"))
    flow.add_observer(patient)
    assert await flow.run(1) == {"a": "xy"}
    first, second = (item for item in patient.seen if isinstance(item, PartialFields))
    assert first.value is None and first.fields == {} and first.changes[-1] == (("a",), "set", "x", None)
    assert second.changes == ((("a",), "append", "y", None),) and second.complete == {("a",)}

    async def seen() -> AsyncIterator[ProgressItem]:
        for item in patient.seen:
            yield item

    await record(seen(), tmp_path / "run.ndjson")
    recording = Recording(tmp_path / "run.ndjson")
    assert len(list(recording)) == len(patient.seen) and recording.whole
