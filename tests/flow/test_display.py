"""What a run looks like at a moment: rows, and a notebook's output that changes while it runs."""

import asyncio
import gc
import sys
import time
from types import ModuleType
from typing import Any

import pytest
from pydantic import BaseModel
from pydantic_ai import Agent

import pydantic_flow.flow.display as display
from pydantic_flow.errors import FlowError, MissingExtraError, PydanticFlowError
from pydantic_flow.flow import Board, FlowNode, show
from pydantic_flow.nodes import AgentNode, LLMNode
from pydantic_flow.streaming import Emitter, ProgressItem, StreamEnd, StreamStart, TokenChunk
from pydantic_flow.testing import Call, Output, ScriptedModel, Wait

from .stubs import Add, Stub, events_of, flow_of
from .test_faults import Fails


class Count(BaseModel):
    n: int


def board_of(events: list[Any]) -> Board:
    board = Board()
    for event in events:
        board.take(event)
    return board


def tree(board: Board) -> list[tuple[int, str, str]]:
    return [(len(row.path), row.name, row.state) for row in board.rows()]


# A row for the run and each node, below what it is in; the result at last.
async def test_a_board_is_a_tree() -> None:
    inner = flow_of(Stub("a"), name="inner")
    node: Any = FlowNode(inner)
    events = await events_of(flow_of(node, Stub("b", node), name="outer").astream(1))
    board = board_of(events)
    assert tree(board) == [(0, "outer", "done"), (1, "inner", "done"), (2, "a", "done"), (1, "b", "done")]
    assert (board.success, board.result) == (True, events[-1].result)
    half = board_of(events[: len(events) // 2])
    assert half.success is None and (0, "outer", "running") in tree(half)


# What an agent takes and says: tokens, cost, attempts; what was withdrawn is gone.
async def test_a_row_tells_what_a_node_took() -> None:
    model = ScriptedModel([Call("look", ["{}"])], [Output(['{"n": "x"}'])], [Output(['{"n"', ": 1}"])])
    agent = Agent(model, output_type=Count)
    seen: list[dict[str, str]] = []

    @agent.tool_plain
    def look() -> str:
        return "seen"

    node = LLMNode[str, Count](agent=agent, prompt_template="{input}", name="llm")
    board = Board()
    async for event in flow_of(node, input_type=str, output_type=Count).astream("x"):
        row = board.take(event)
        seen.append(dict(row.tools))
    row = list(board.rows())[1]
    assert (row.name, row.state, row.attempt) == ("llm", "done", 1)
    assert row.tokens and "attempt 2" in row.facts(board.now_us)
    assert any("look" in tools.values() for tools in seen) and row.tools == {}


# Runs of a node in a loop are counted; failures say why.
async def test_rows_count_runs_and_say_failures() -> None:
    flow = flow_of(Add("tick"), input_type=int, output_type=int)
    flow.add_conditional_edges("tick", lambda state: "tick" if state.tick < 3 else "END")
    row = list(board_of(await events_of(flow.astream(0))).rows())[1]
    assert row.runs == 3 and row.message == "tick leads to the end"
    events: list[Any] = []
    with pytest.raises(FlowError):
        async for event in flow_of(Fails("fails")).astream(1):
            events.append(event)
    board = board_of(events)
    assert board.success is False and [row.state for row in board.rows()] == ["failed", "failed"]
    assert "boom" in [*board.rows()][1].message


# Between events the clock of a board goes on, as fast as it is told, until the run is over.
@pytest.mark.parametrize("speed", [0.0, 1.0, 1000.0])
def test_the_clock_of_a_board_goes_on(speed: float) -> None:
    emitter, board = Emitter(), Board(speed)
    began = board.take(emitter.emit(StreamStart())).began_us
    earliest, before, latest = time.monotonic(), board.now_us, time.monotonic()
    while time.monotonic() < latest + 0.01:
        pass
    passed = (board.now_us - before) / 1e6
    assert 0.01 * speed - 1e-5 <= passed <= (time.monotonic() - earliest) * speed + 1e-5
    board.take(emitter.emit(StreamEnd()))
    assert board.now_us == board.now_us >= began


# A board holds no more of a text than a display can show.
def test_a_board_stays_small() -> None:
    emitter = Emitter().child("a")
    board = board_of([emitter.emit(TokenChunk(text="word " * 10)) for _ in range(1000)])
    [row] = board.rows()
    assert len(row.text) == 2000 and row.chunks == 1000 and row.rate()


class Notebook(ModuleType):
    """Stands for IPython.display: keeps what is shown."""

    def __init__(self) -> None:
        super().__init__("IPython.display")
        self.shown: list[str] = []

    def display(self, thing: Any, display_id: bool) -> "Notebook":
        assert display_id
        self.update(thing)
        return self

    def update(self, thing: Any) -> None:
        self.shown.append(f"{thing!r}\n{thing._repr_html_()}")


@pytest.fixture
def notebook(monkeypatch: pytest.MonkeyPatch) -> Notebook:
    made = Notebook()
    monkeypatch.setitem(sys.modules, "IPython.display", made)
    return made


# One output that changes, drawn at most so often, and at last as it was in the end.
async def test_a_run_shows_itself_in_a_notebook(notebook: Notebook) -> None:
    agent = Agent(ScriptedModel(["<b>bold</b> ", *["word "] * 50]))
    flow = flow_of(AgentNode[str, str](agent=agent, name="say"), input_type=str, output_type=str)
    assert (await show(flow.astream("x"))).startswith("<b>bold</b>")
    assert 2 <= len(notebook.shown) < 30
    assert "✓ say" in notebook.shown[-1] and "<b>say</b>" in notebook.shown[-1]
    assert not any("<b>bold" in shown for shown in notebook.shown)
    stream = flow.astream("x")
    stream._ipython_display_()
    assert stream._shown is not None and (await stream._shown).startswith("<b>")


CELL = """
import asyncio
from pydantic_flow import BaseNode, Flow, TokenChunk

class Slow(BaseNode[str, str]):
    async def events(self, input_data, run):
        yield TokenChunk(text="so ")
        await asyncio.sleep(1)
        run.result = input_data

flow = Flow(input_type=str, output_type=str)
flow.add_nodes(Slow(name="slow"))
flow.astream("x")
"""


# In a real kernel: a stream as the last line of a cell goes on showing itself when the cell is over.
def test_a_real_kernel_shows_a_run_behind_its_cell() -> None:
    pytest.importorskip("ipykernel", reason="needs a notebook's kernel: pip install ipykernel jupyter_client")
    kernels = pytest.importorskip("jupyter_client.manager")
    manager, client = kernels.start_new_kernel(kernel_name="python3", startup_timeout=60)
    try:
        cell = client.execute(CELL)
        shown: list[str] = []
        over = False
        while not shown or "✓ flow" not in shown[-1]:
            message = client.get_iopub_msg(timeout=20)
            assert message["msg_type"] != "error", message["content"]
            if message["parent_header"].get("msg_id") == cell:
                over = over or message["content"].get("execution_state") == "idle"
                if over and message["msg_type"] == "update_display_data":
                    shown.append(message["content"]["data"]["text/plain"])
    finally:
        client.stop_channels()
        manager.shutdown_kernel(now=True)
    running = [text for text in shown if "▸ slow" in text]
    assert len(set(running)) >= 3  # its clock goes on while it is silent


# It is drawn while it runs, and what goes wrong is raised with the last state shown.
async def test_a_notebook_shows_what_goes_wrong(notebook: Notebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(display, "SECONDS", 0.0)
    agent = Agent(ScriptedModel(["so ", Wait(0.01), "it is"]))
    say = AgentNode[str, str](agent=agent, name="say")
    fails = Fails("fails", say)
    with pytest.raises(FlowError, match="boom"):
        await show(flow_of(say, fails, input_type=str, output_type=Any).astream("x"))
    assert any("▸ say" in shown and "so " in shown for shown in notebook.shown)
    assert "✗ fails" in notebook.shown[-1] and "boom" in notebook.shown[-1]

    async def left() -> Any:
        yield Emitter().emit(StreamStart())

    with pytest.raises(PydanticFlowError, match="without a result"):
        await show(left())


# A run that shows itself and fails says so in its display, and nowhere else.
async def test_a_run_that_shows_itself_may_fail(notebook: Notebook, caplog: pytest.LogCaptureFixture) -> None:
    stream = flow_of(Fails("fails")).astream("x")
    stream._ipython_display_()
    while stream._shown is None or not stream._shown.done():
        await asyncio.sleep(0)
    await asyncio.sleep(0)
    stream._shown = None
    gc.collect()
    assert "✗ fails" in notebook.shown[-1] and "boom" in notebook.shown[-1]
    assert not caplog.records


# Without a notebook, one line says so.
async def test_without_a_notebook(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "IPython.display", None)
    with pytest.raises(MissingExtraError, match="there is no IPython here"):
        await show(flow_of(Stub("a")).astream(1))


# Any stream of events is shown, such as one of an agent or of a recording.
async def test_any_stream_is_shown(notebook: Notebook) -> None:
    async def recorded() -> Any:
        emitter = Emitter()
        items: list[ProgressItem] = [StreamStart(scope="agent", name="a"), StreamEnd(scope="agent", result=3)]
        for item in items:
            await asyncio.sleep(0)
            yield emitter.emit(item)

    assert await show(recorded()) == 3
