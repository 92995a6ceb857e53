"""Recordings: the same bytes both ways, bounded, typed, and read up to whatever damage there is."""

import io
import json
import math
import time
from collections.abc import AsyncIterator, Iterable
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError
from pydantic_ai import Agent, ModelRetry

from pydantic_flow.agents import run_stream
from pydantic_flow.errors import EventError, RecordingError, StaleItemError
from pydantic_flow.recording import Recorder, Recording, record, recorded, replay_stream
from pydantic_flow.streaming import (
    Emitter,
    Gap,
    Metric,
    NonFatalError,
    PartialFields,
    Progress,
    ProgressItem,
    Record,
    RetrievalItem,
    StreamEnd,
    StreamingParser,
    StreamStart,
    TokenChunk,
    ToolArgProgress,
    ToolResult,
    replay,
    to_json,
)
from pydantic_flow.streaming import (
    Output as OutputEvent,
)
from pydantic_flow.testing import Call, Output, ScriptedModel, Think, random_pieces

HEAD = b'{"type":"recording","version":1}\n'


class City(BaseModel):
    model_config = ConfigDict(strict=True)

    name: str
    founded: date


OSLO = '{"name": "Oslo \\ud83d\\ude00 \\"x\\"", "founded": "1048-01-01"}'


def guide() -> Agent[None, City]:
    """An agent that thinks, calls a tool, is refused, and answers."""
    model = ScriptedModel(
        [Think("hm"), "Let me ", Call("look", ['{"where": "No', 'rway"}'])],
        [Output(['{"name": "Oslo", "foun', 'ded": "now"}'])],
        [Output(random_pieces(OSLO, seed=1))],
    )
    agent: Agent[None, City] = Agent(model, output_type=City, name="guide")

    @agent.tool_plain
    def look(where: str) -> list[date]:
        return [date(1048, 1, 1)]

    return agent


async def recording_of(stream: Any) -> tuple[bytes, list[Any]]:
    file = io.BytesIO()
    items = [item async for item in recorded(stream, file)]
    return file.getvalue(), items


def written(events: Iterable[ProgressItem]) -> bytes:
    file = io.BytesIO()
    with Recorder(file) as recorder:
        for event in events:
            recorder.write(event)
    return file.getvalue()


def a_run(*payloads: ProgressItem) -> list[ProgressItem]:
    emitter = Emitter("r")
    return [emitter.emit(item) for item in (StreamStart(), *payloads, StreamEnd(result=1))]


# An agent's events come back as the same, with their views, and written again as the same bytes.
async def test_a_recorded_agent_comes_back_as_it_was() -> None:
    stream = run_stream(guide(), "Oslo?", keep_changes=True)
    data, items = await recording_of(stream)
    assert data.startswith(HEAD)
    again = list(replay(Recording(io.BytesIO(data), result_type=City)))
    assert [to_json(item) for item in again] == [to_json(item) for item in items]
    for before, after in zip(items, again, strict=True):
        if isinstance(before, PartialFields):
            assert (before.fields, before.value) == (after.fields, after.value)  # type: ignore[attr-defined]
        if isinstance(before, ToolArgProgress):
            assert before.partial_args == after.partial_args  # type: ignore[attr-defined]
    assert again[-1].result == items[-1].result == City(name='Oslo 😀 "x"', founded=date(1048, 1, 1))
    assert written(again) == data


# Nobody has to keep the changes of a parser for a recorder: it looks while they are there.
async def test_a_recorder_looks_in_time() -> None:
    data, items = await recording_of(StreamingParser(list[int]).astream_parse(["[1", ", 2", "]"]))
    assert items[-1] == [1, 2]
    assert [item.value for item in replay(Recording(io.BytesIO(data)))] == [[], [1], [1, 2]]  # type: ignore[attr-defined]
    with pytest.raises(StaleItemError):
        written(items[:1])


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
NAMES = st.text(max_size=5)
FLOATS = st.none() | st.floats()
PAYLOADS = st.one_of(
    st.builds(TokenChunk, text=st.text(), logprob=FLOATS, token_index=st.none() | st.integers(0, 9)),
    st.builds(OutputEvent, output=JSON | st.dates() | st.decimals() | st.sets(st.integers())),
    st.builds(ToolResult, tool_name=NAMES, result=JSON | st.uuids(), duration_seconds=FLOATS),
    st.builds(RetrievalItem, content=st.text(), score=FLOATS, metadata=st.dictionaries(NAMES, JSON)),
    st.builds(Progress, progress=FLOATS, message=NAMES),
    st.builds(Metric, name=NAMES, value=st.floats()),
    st.builds(NonFatalError, message=NAMES, path=st.lists(NAMES | st.integers(0, 9)).map(tuple)),
    st.builds(
        PartialFields,
        record=st.builds(
            Record,
            changes=st.lists(st.tuples(st.just(()), st.just("set"), JSON, st.none() | NAMES)).map(tuple),
            complete=st.frozensets(st.lists(NAMES | st.integers(0, 9), max_size=2).map(tuple)),
        ),
    ),
)


# Whatever an event carries: what was read, written again, is the same bytes.
@given(st.lists(PAYLOADS, max_size=4))
@example([OutputEvent(output=math.nan), Metric(name="loss", value=math.inf)])
def test_what_was_read_is_written_as_the_same_bytes(payloads: list[ProgressItem]) -> None:
    data = written(a_run(*payloads))
    recording = Recording(io.BytesIO(data))
    assert written(recording) == data
    assert recording.whole and recording.damage is None


# By name or open, as bytes or as text: the same file.
async def test_a_file_is_a_name_or_open(tmp_path: Path) -> None:
    events = a_run(TokenChunk(text="é\r\n"))
    data = written(events)
    assert await record(events, tmp_path / "named") == 3
    assert await record(events, str(tmp_path / "str")) == 3
    with open(tmp_path / "text", "w", encoding="utf-8", newline="") as file:
        assert await record(events, file) == 3
        assert not file.closed
    assert {file.read_bytes() for file in tmp_path.iterdir()} == {data}
    assert list(Recording(tmp_path / "named")) == events
    with open(tmp_path / "text", encoding="utf-8", newline="") as text:
        assert list(Recording(text)) == events
    recording = Recording(tmp_path / "named")
    assert list(recording) == list(recording)


# A file that is cut anywhere is read up to the cut; the place is the beginning of the line that is not whole.
def test_a_cut_file_is_read_up_to_the_cut() -> None:
    data = written(a_run(TokenChunk(text="a"), TokenChunk(text="é")))
    lines = data.splitlines(keepends=True)
    for cut in range(len(data)):
        recording = Recording(io.BytesIO(data[:cut]), on_damage="stop")
        read = len(list(recording))
        whole_lines = data[: cut + 1].count(b"\n")  # without its newline a line is still whole
        assert read == max(0, whole_lines - 1)
        ended = whole_lines < 2 or whole_lines == len(lines)
        assert recording.whole == (ended and recording.damage is None)
        rest = data[:cut].rpartition(b"\n")[2]
        if not rest or data[cut : cut + 1] == b"\n":
            assert recording.damage is None
            continue
        assert recording.damage is not None
        assert (recording.damage.line, recording.damage.offset) == (whole_lines + 1, cut - len(rest))
        assert "is cut short" in str(recording.damage)
        with pytest.raises(RecordingError):
            list(Recording(io.BytesIO(data[:cut])))


START = b'{"type":"start","run_id":"r"}\n'


# What cannot be an event, an event that cannot come here, and a file of another version, each with its place.
@pytest.mark.parametrize(
    ("lines", "line", "reason"),
    [
        ([HEAD, START, b"\x00\xff{\n"], 3, "is not JSON"),
        ([HEAD, START, b"\n"], 3, "is not JSON"),
        ([HEAD, START, b"[1]\n"], 3, "an event is a JSON object"),
        ([HEAD, START, b'{"type":"tokens"}\n'], 3, "unknown event type"),
        ([HEAD, START, b'{"type":"token","text":3}\n'], 3, "not a valid 'token' event"),
        (
            [HEAD, START, b'{"type":"token","text":"a","run_id":"r","seq":2}\n'],
            3,
            "event 2 of run r, where 1",
        ),
        ([HEAD, b'{"type":"token","text":"a","run_id":"r","seq":1}\n'], 2, "event 1 of run r, where 0"),
        ([HEAD, START, START], 3, "event 0 of run r, where 1 was due"),
        ([HEAD, START, HEAD], 3, "unknown event type 'recording'"),
        ([b'{"type":"recording","version":2}\n', START], 1, "version 2, and this package reads version 1"),
        ([b'{"type":"recording"}\n'], 1, "version None"),
        ([b"some text\n"], 1, "is not JSON"),
        ([b"[" * 100_000 + b"\n"], 1, "is not JSON"),
    ],
)
def test_damage_has_a_place_and_a_reason(lines: list[bytes], line: int, reason: str) -> None:
    recording = Recording(io.BytesIO(b"".join(lines)))
    read: list[ProgressItem] = []
    with pytest.raises(RecordingError, match=reason) as damage:
        read.extend(recording)
    assert damage.value is recording.damage
    assert damage.value.line == line and damage.value.offset == sum(map(len, lines[: line - 1]))
    assert f"line {line} (byte {damage.value.offset})" in str(damage.value)
    assert str(damage.value).count("line ") == 1  # no second place, that counts from somewhere else
    assert not recording.whole
    stopped = Recording(io.BytesIO(b"".join(lines)), on_damage="stop")
    assert len(list(stopped)) == len([text for text in lines[: line - 1] if text != HEAD])
    with pytest.raises(ValueError, match="on_damage is"):
        Recording(io.BytesIO(), on_damage="ignore")  # type: ignore[arg-type]


# One bit that fell over is noticed, or leaves events that a run can have.
def test_a_changed_byte_does_no_harm() -> None:
    data = written(a_run(TokenChunk(text="a")))
    for place in range(len(data)):
        for bit in (1, 32):
            changed = data[:place] + bytes([data[place] ^ bit]) + data[place + 1 :]
            recording = Recording(io.BytesIO(changed), on_damage="stop")
            assert len(list(recording)) <= 3


# What stands behind a run that is over is damage all the same: the file is not whole, the run can be read.
def test_damage_behind_a_whole_run() -> None:
    events = a_run(TokenChunk(text="a"))
    recording = Recording(io.BytesIO(written(events) + b"{"), on_damage="stop")
    assert recording.whole is False and recording.damage is None
    assert list(recording) == events
    assert recording.whole is False and recording.damage is not None


# Lines without a head are read too: what `--json` writes.
def test_a_file_without_a_head_is_read() -> None:
    events = a_run(TokenChunk(text="a"))
    assert list(Recording(io.BytesIO(written(events).removeprefix(HEAD)))) == events


# Who records only some events leaves gaps that say so, and the file can be read.
def test_what_is_left_out_leaves_a_gap() -> None:
    events = a_run(*(TokenChunk(text=text) for text in "abc"))
    kept = [event for event in events if event.seq in (2, 4)]
    data = written(kept)
    read = list(Recording(io.BytesIO(data)))
    gaps = [(gap.dropped, gap.first_seq, gap.last_seq, gap.seq) for gap in read if isinstance(gap, Gap)]
    assert gaps == [(2, 0, 1, 1), (1, 3, 3, 3)]
    assert [event.seq for event in read] == [1, 2, 3, 4]
    assert written(read) == data
    with pytest.raises(EventError, match="StreamStart r:0 comes after r:4"):
        written([*kept, events[0]])


# Several runs in one file, each with its own order and end.
def test_several_runs_in_one_file() -> None:
    a, b = Emitter("a"), Emitter("b")
    events: list[ProgressItem] = [
        a.emit(StreamStart()),
        b.emit(StreamStart()),
        a.child("n").emit(StreamStart(scope="node")),
        b.emit(StreamEnd(result="2024-05-01")),
    ]
    recording = Recording(io.BytesIO(written(events)), result_type=date)
    assert list(recording)[-1].data["result"] == "2024-05-01" and not recording.whole


# Results are objects again where their types are named: of the run, and of nodes; others are plain data.
def test_results_are_objects_where_their_types_are_named() -> None:
    emitter = Emitter("r")
    oslo = City(name="Oslo", founded=date(1048, 1, 1))
    nodes = [emitter.child(name) for name in ("a", "b")]
    events: list[ProgressItem] = [emitter.emit(StreamStart())]
    for node in nodes:
        events.append(node.emit(StreamStart(scope="node")))
        events.append(node.emit(StreamEnd(scope="node", result=oslo)))
    events.append(emitter.emit(StreamEnd(result={oslo.name: oslo})))
    data = written(events)
    read = Recording(io.BytesIO(data), result_type=dict[str, City], node_types={"a": City})
    a, b, run = (event.result for event in read if isinstance(event, StreamEnd))
    assert (a, b, run) == (oslo, {"name": "Oslo", "founded": "1048-01-01"}, {"Oslo": oslo})
    assert written(Recording(io.BytesIO(data), result_type=dict[str, City])) == data
    with pytest.raises(ValidationError):
        list(Recording(io.BytesIO(data), result_type=City))


# A run that failed has no result to make an object of.
def test_a_failed_run_has_no_result() -> None:
    emitter = Emitter("r")
    events = [StreamStart(), NonFatalError(message="no", recoverable=False), StreamEnd(success=False)]
    data = written(emitter.emit(event) for event in events)
    assert list(Recording(io.BytesIO(data), result_type=City))[-1].data["success"] is False


class Page(BaseModel):
    title: str
    list: list[str]
    deep: dict[str, Any]


# An answer of any size, cut as finely as can be, costs at most four times its bytes, 400 for each event,
# and the paths of its changes.
@pytest.mark.parametrize("size", [1, 4, 64])
@pytest.mark.parametrize("text", ['"' * 400, "é" * 400, "plain words " * 40])
async def test_bytes_are_bounded(size: int, text: str) -> None:
    answer = json.dumps({"title": text, "list": [text[:50]] * 9, "deep": {"a": {"b": [1, 2.5, None]}}})
    pieces = [answer[start : start + size] for start in range(0, len(answer), size)]
    agent = Agent(ScriptedModel([Output(pieces)]), output_type=Page, name="a")
    data, items = await recording_of(run_stream(agent, "Write.", keep_changes=True))
    paths = sum(
        len(to_json(OutputEvent(output=path)))
        for item in items
        if isinstance(item, PartialFields)
        for path in [*(change[0] for change in item.changes), *item.complete]
    )
    assert len(data) <= 4 * len(answer.encode()) + 400 * len(items) + paths


# What the stream raises is raised, and what came before is in the file.
async def test_a_failing_stream_is_recorded_up_to_its_end() -> None:
    agent = Agent(ScriptedModel(["a"]), retries=0)

    @agent.output_validator
    def refuse(text: str) -> str:
        raise ModelRetry("no")

    file = io.BytesIO()
    with pytest.raises(Exception, match="output retries"):
        await record(run_stream(agent, "x"), file)
    recording = Recording(io.BytesIO(file.getvalue()))
    *_, error, end = recording
    assert isinstance(error, NonFatalError) and isinstance(end, StreamEnd) and not end.success
    assert recording.whole


# A file that cannot be written ends the stream, and closes what it reads.
async def test_a_full_disk_is_an_error() -> None:
    class Full(io.BytesIO):
        def write(self, data: Any) -> int:
            raise OSError("No space left on device")

    closed = False

    async def events() -> AsyncIterator[ProgressItem]:
        nonlocal closed
        try:
            for item in a_run():
                yield item
        finally:
            closed = True

    with pytest.raises(OSError, match="No space"):
        await record(events(), Full())
    assert closed


# The pace is the recording's, or any part of it; a reader that was late catches up.
@pytest.mark.parametrize(("pace", "least"), [(0, 0.0), (0.5, 0.1), (1, 0.2)])
async def test_a_recording_keeps_its_pace(pace: float, least: float) -> None:
    times = [1_000_000, 1_100_000, 1_050_000, 1_150_000]  # a clock may go back
    events = [TokenChunk(text=str(t), t_us=t) for t in times]
    started = time.monotonic()
    assert [event async for event in replay_stream(events, pace=pace)] == events
    assert time.monotonic() - started >= least
    with pytest.raises(ValueError, match="at least 0"):
        replay_stream(events, pace=-1)
