"""The short ways, the factories, merging and the sinks."""

import asyncio
import io
import json
from typing import Any

import pytest
from pydantic_ai import Agent

from pydantic_flow.agents import (
    NO_RESULT,
    FailedCall,
    Progress,
    ProgressItem,
    Retract,
    StreamEnd,
    StreamEventType,
    TokenChunk,
    agent_end_event,
    agent_start_event,
    collect_stream_result,
    error_event,
    json_lines,
    llm_chunk_event,
    merge,
    progress_event,
    record,
    run_stream,
    run_stream_with_tools,
    sse_events,
    sse_frame,
    sse_text,
    stream_text,
    stream_tool_calls,
    tool_end_event,
    tool_start_event,
)
from pydantic_flow.errors import PydanticFlowError
from pydantic_flow.streaming import Emitter, from_json, to_json
from pydantic_flow.testing import Call, Fail, Output, ScriptedModel, Wait, assert_grammar

from .conftest import OSLO, City, agent_of, kinds, read


# Only text: of all answers, not of the thinking.
async def test_stream_text_gives_pieces_of_text(everything: ScriptedModel) -> None:
    texts = [text async for text in stream_text(agent_of(everything), "x")]
    assert texts[:2] == ["Let me ", "look."]
    assert "".join(texts).endswith("".join(OSLO))


# Text that is withdrawn is told to who wants to know.
async def test_stream_text_tells_of_withdrawn_text(everything: ScriptedModel) -> None:
    shown: list[Any] = []
    async for text in stream_text(agent_of(everything), "x", on_retract=shown.append):
        shown.append(text)
    [withdrawn] = [item for item in shown if isinstance(item, Retract)]
    assert shown.index(withdrawn) == len(shown) - 1 - len(OSLO)


# Each call that runs twice, and what became of it.
async def test_stream_tool_calls_gives_begin_and_result() -> None:
    model = ScriptedModel(
        [Call("add", ['{"x": 1, "y": 2}'])],
        [Call("nothing")],
        [Call("moody", ['{"mood": "bad"}'])],
        [Call("add", ['{"x": "one"}'])],
        ["ok"],
    )
    calls = [call async for call in stream_tool_calls(agent_of(model, str), "x")]
    *ran, wrong = calls
    assert ran == [
        ("add", {"x": 1, "y": 2}, None),
        ("add", {"x": 1, "y": 2}, 3),
        ("nothing", {}, None),
        ("nothing", {}, NO_RESULT),
        ("moody", {"mood": "bad"}, None),
        ("moody", {"mood": "bad"}, FailedCall("not like this", "ModelRetry")),
    ]
    assert wrong[:2] == ("add", {"x": "one"}) and isinstance(wrong[2], FailedCall)


# With or without progress; the numbering has no gaps either way.
@pytest.mark.parametrize("emit_progress", [True, False])
async def test_progress_can_be_switched_off(emit_progress: bool, everything: ScriptedModel) -> None:
    events = await read(run_stream_with_tools(agent_of(everything), "x", None, None, emit_progress))
    assert any(isinstance(event, Progress) for event in events) is emit_progress
    assert "tool_start" in kinds(events)


# The result is the real object, the events are all, and the callback has seen each as it came.
async def test_collect_gives_the_result_and_all_events(everything: ScriptedModel) -> None:
    seen: list[ProgressItem] = []
    result, events = await collect_stream_result(agent_of(everything), "x", on_event=seen.append)
    assert result == City(name="Oslo", people=717710)
    assert events == seen
    assert_grammar(events)
    assert all(to_json(event) for event in events)  # also what was seen long ago


# A run that fails raises; as an event it has no result.
async def test_collect_of_a_failing_run_raises() -> None:
    seen: list[ProgressItem] = []
    agent = agent_of(ScriptedModel(["a", Fail(ConnectionError("gone"))]), str)
    with pytest.raises(ConnectionError):
        await collect_stream_result(agent, "x", on_event=seen.append)
    assert isinstance(seen[-1], StreamEnd)
    with pytest.raises(PydanticFlowError, match="no result"):
        await collect_stream_result(agent, "x", on_error="event")


# The factories make the events that runs make.
def test_factories() -> None:
    run = Emitter()
    events = [
        run.emit(event)
        for event in (
            agent_start_event(agent_name="a"),
            llm_chunk_event(text="Hello"),
            progress_event(iteration=2, total_tokens=150),
            error_event(error="hm", exception_type="ValueError"),
            agent_end_event(
                agent_name="a",
                success=True,
                total_iterations=3,
                total_tokens=250,
                total_cost_usd=0.5,
                duration_seconds=5.2,
            ),
        )
    ]
    assert_grammar(events)
    assert [event.event_type for event in events] == [
        StreamEventType.AGENT_START,
        StreamEventType.LLM_CHUNK,
        StreamEventType.PROGRESS,
        StreamEventType.ERROR,
        StreamEventType.AGENT_END,
    ]
    assert events[3].data["error"] == "hm" and events[3].data["exception_type"] == "ValueError"
    end = events[4].data
    assert (end["agent_name"], end["success"], end["total_iterations"]) == ("a", True, 3)
    assert (end["total_tokens"], end["total_cost_usd"], end["duration_seconds"]) == (250, 0.5, 5.2)
    start, stop = tool_start_event("t", {"a": 1}), tool_end_event("t", "r", 0.5, error="e")
    assert (start.event_type, start.data["args"]) == (StreamEventType.TOOL_START, {"a": 1})
    assert (stop.event_type, stop.data["result"], stop.error) == (StreamEventType.TOOL_END, "r", "e")


# Several runs at once: each in its own order, one id each, the fastest first.
async def test_merge_gives_events_as_they_come() -> None:
    fast = agent_of(ScriptedModel(["fast"]), str)
    slow = agent_of(ScriptedModel([Wait(0.05), "slow"]), str)
    events = [event async for event in merge(run_stream(slow, "x"), run_stream(fast, "x"))]
    assert [event.text for event in events if isinstance(event, TokenChunk)] == ["fast", "slow"]
    runs = {event.run_id for event in events}
    assert len(runs) == 2
    for run_id in runs:
        assert_grammar([event for event in events if event.run_id == run_id])


# Items can be looked at until the next is asked for, also of merged runs.
async def test_merged_items_are_fresh() -> None:
    agents = [agent_of(ScriptedModel([Output(OSLO)])) for _ in range(3)]
    async for event in merge(*(run_stream(agent, "x") for agent in agents)):
        assert to_json(event)


# No more at once than allowed; a failing run that tells so does not stop the others.
async def test_merge_has_a_limit_and_runs_may_fail_by_event() -> None:
    models = [ScriptedModel([Wait(0.01), "a"]) for _ in range(3)]
    models.insert(1, ScriptedModel([Fail(ConnectionError("gone"))]))
    streams = [run_stream(Agent(model), "x", on_error="event") for model in models]
    ends = 0
    async for event in merge(*streams, limit=1):
        assert sum(model.open for model in models) <= 1
        ends += isinstance(event, StreamEnd)
    assert ends == 4
    assert [item async for item in merge()] == []
    with pytest.raises(ValueError, match="limit is at least 1"):
        merge(limit=0)


def parsed(text: str) -> list[dict[str, str]]:
    """What a browser makes of a stream of Server-Sent Events, by the words of its standard."""
    events: list[dict[str, str]] = []
    fields: dict[str, Any] = {}
    for line in text.replace("\r\n", "\n").replace("\r", "\n").split("\n"):
        if not line:
            if "data" in fields:
                events.append({**fields, "data": "\n".join(fields["data"])})
            fields = {}
        else:
            name, _, value = line.partition(":")
            value = value.removeprefix(" ")
            fields.setdefault("data", []).append(value) if name == "data" else fields.update({name: value})
    return events


# Text with line ends of any kind arrives as text.
@pytest.mark.parametrize("text", ["a", "a\nb", "a\n\nb", "\n", "a\r\nb", "a\rb", " a ", "", "data: x", ":x"])
def test_sse_frames_hold_any_text(text: str) -> None:
    [event] = parsed(sse_frame(text, event="e", event_id="r:1"))
    assert event == {"event": "e", "id": "r:1", "data": text.replace("\r\n", "\n").replace("\r", "\n")}


# Every event arrives whole, with its id.
async def test_sse_has_every_event(everything: ScriptedModel) -> None:
    text = "".join([frame async for frame in sse_events(run_stream(agent_of(everything), "x"))])
    events = parsed(text)
    assert_grammar([from_json(event["data"]) for event in events])
    assert [event["id"].rpartition(":")[2] for event in events] == [str(n) for n in range(len(events))]
    assert {event["event"] for event in events} >= {"start", "token", "tool_result", "retract", "end"}


# The text alone, then done; a failure says so.
async def test_sse_of_the_text() -> None:
    agent = agent_of(ScriptedModel(["one\n", "two"]), str)
    events = parsed("".join([frame async for frame in sse_text(run_stream(agent, "x"))]))
    assert [event.get("data") for event in events] == ["one\n", "two", '{"success": true}']
    assert events[-1]["event"] == "done"
    failing = agent_of(ScriptedModel(["a", Fail(ConnectionError("gone"))]), str)
    frames = sse_text(run_stream(failing, "x", on_error="event"))
    events = parsed("".join([frame async for frame in frames]))
    assert [event.get("event") for event in events] == [None, "error", "done"]
    assert json.loads(events[-1]["data"]) == {"success": False}


# One line for each event, also in a file.
async def test_json_lines(everything: ScriptedModel) -> None:
    lines = [line async for line in json_lines(run_stream(agent_of(everything), "x"))]
    assert all(line.endswith("\n") and line.count("\n") == 1 for line in lines)
    assert_grammar([from_json(line) for line in lines])
    file = io.StringIO()
    assert await record(run_stream(agent_of(ScriptedModel(["a\nb"]), str), "x"), file) == 4
    assert len(file.getvalue().splitlines()) == 1 + 4  # a head


# A plain `for` is Python's own error.
def test_a_plain_for_is_an_error() -> None:
    with pytest.raises(TypeError, match="not iterable"):
        for _ in run_stream(agent_of(ScriptedModel(["a"]), str), "x"):  # type: ignore[attr-defined]
            pass


# Without the extra, one line says what to install.
def test_a_missing_extra_is_one_clear_line() -> None:
    import subprocess
    import sys

    code = (
        "import sys; sys.modules['pydantic_ai'] = None\n"
        "from pydantic_flow.testing import pieces\n"
        "from pydantic_flow.errors import MissingExtraError\n"
        "try:\n    import pydantic_flow.agents\n"
        "except MissingExtraError as error:\n    print(error)"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "agents need pydantic-ai >= 2.40: pip install 'pydantic-flow[agents]'"


# The whole thing under asyncio's debug mode: nothing is never awaited.
def test_runs_in_debug_mode(everything: ScriptedModel) -> None:
    assert asyncio.run(read(run_stream(agent_of(everything), "x")), debug=True)
