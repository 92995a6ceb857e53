"""`pydantic-flow run`, `graph` and `replay`: a flow from the command line, and a recorded run as it was."""

import json
import re
import shlex
from pathlib import Path
from signal import SIGINT
from subprocess import Popen

import pytest

from pydantic_flow.recording import Recording
from pydantic_flow.streaming import StreamStart, from_json, to_json
from pydantic_flow.testing import assert_grammar

from .running import LINES, Glass, in_a_pipe, on_a_terminal, once

ROOT = Path(__file__).parents[2]

SHOP = """
import asyncio
from typing import Any
from pydantic import BaseModel
from pydantic_flow.flow import Flow, FlowNode, Route
from pydantic_flow.nodes import BaseNode, RetrieverNode, RetryNode, ToolNode
from pydantic_flow.streaming import TokenChunk

print("imported")

class Query(BaseModel):
    text: str
    times: int = 3

class Report(BaseModel):
    find: list[Any]
    say: str

async def search(query):
    for number in range(query.times):
        yield {"id": str(number), "content": f"{query.text} {number}", "score": 1.0}

class Say(BaseNode[Any, str]):
    async def events(self, input_data, run):
        for word in "so it was said \\x1b[2J at last".split(" "):
            await asyncio.sleep(0.02)
            yield TokenChunk(text=word + " ")
        run.usage = {"total_tokens": 1234, "cost_usd": 0.0125}
        run.result = "said"

tries = []
def moody(query):
    tries.append(1)
    if len(tries) < 2:
        raise ValueError("not now")
    return query

find = RetrieverNode[Query, list[Any]](retriever_fn=search, name="find")
say = Say(name="say", input=find.output)
flow = Flow(input_type=Query, output_type=Report, name="shop")
flow.add_nodes(find, say)

def fail(query): raise ValueError("boom \\x1b[2J")
broken = Flow(input_type=Query, output_type=str, name="broken")
broken.add_nodes(ToolNode[Query, str](fail, name="fails"))

impossible = Flow(input_type=Query, output_type=int, name="impossible")

class Tick(BaseNode[int, int]):
    async def events(self, input_data, run):
        yield TokenChunk(text="tick ")
        run.result = input_data + 1

loop = Flow(input_type=int, output_type=int, name="loop")
loop.add_nodes(Tick(name="tick"), Tick(name="other"))
loop.add_conditional_edges("tick", lambda state: state.tick < 3, {True: "tick", False: "other"})

class Wait(BaseNode[str, str]):
    async def events(self, input_data, run):
        yield TokenChunk(text="waiting ")
        await asyncio.sleep(60)
        run.result = ""

waits = Flow(input_type=str, output_type=str, name="waits")
waits.add_nodes(Wait(name="wait"))
many = Flow(input_type=str, output_type=str, name="many")
nodes = [ToolNode[str, str](str.upper, name=f"n{number}") for number in range(40)]
for before, node in zip(nodes, nodes[1:]):
    node.input = before.output
many.add_nodes(*nodes, Wait(name="wait", input=nodes[-1].output))
single = ToolNode[str, str](str.upper, name="single")
odd = ToolNode[str, Any](lambda text: object(), name="odd")
number = 3
"""


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    (tmp_path / "shop.py").write_text(SHOP)
    return tmp_path


# The result and nothing else on stdout; what happened, and what the flow's module prints, on stderr.
def test_a_run_prints_its_result(shop: Path) -> None:
    done = in_a_pipe("run", "shop:flow", "--input", '{"text": "cats"}', cwd=shop)
    assert done.returncode == 0
    result = json.loads(done.stdout)
    assert result["say"] == "said" and len(result["find"]) == 3
    lines = [line.partition("  ")[0] if line.startswith("✓") else line for line in done.stderr.splitlines()]
    assert lines[:3] == ["imported", "▸ shop", "  ▸ find"]
    assert "  ✓ find" in lines[3] and "3 found" in lines[3]
    assert "1,234 tokens" in lines[5] and "$0.0125" in lines[5]
    assert lines[-1] == "✓ shop"


# The input is JSON, from the command line, a file or stdin; a text may stand as it is.
def test_ways_to_give_the_input(shop: Path) -> None:
    (shop / "query.json").write_text('{"text": "cats", "times": 1}')
    for args, text in ((["--input", "@query.json"], b""), ([], b'{"text": "dogs", "times": 1}')):
        done = in_a_pipe("run", "shop:flow", *args, cwd=shop, text=text)
        assert len(json.loads(done.stdout)["find"]) == 1
    assert in_a_pipe("run", "shop:single", "--input", "a b", cwd=shop).stdout == '"A B"\n'
    assert in_a_pipe("run", "shop:loop", "--input", "0", cwd=shop).stdout == "1\n"


# What is no text is told, and is no traceback.
def test_an_input_that_is_no_text(shop: Path) -> None:
    (shop / "bytes").write_bytes(b"ab\xff")
    for name in ("single", "flow"):
        done = in_a_pipe("run", f"shop:{name}", "--input", "@bytes", cwd=shop)
        assert done.returncode == 3 and done.stdout == ""
        assert done.stderr.splitlines()[-1] == "pydantic-flow: --input is not UTF-8, from byte 2 on"


# Decisions of routers, runs of a node in a loop, and what fails are told as lines.
def test_loops_and_failures_are_told(shop: Path) -> None:
    loop = in_a_pipe("run", "shop:loop", "--input", "0", cwd=shop)
    assert loop.stderr.count("→ tick leads to tick") == 2 and "run 3" in loop.stderr
    broken = in_a_pipe("run", "shop:broken", "--input", '{"text": "x"}', cwd=shop)
    assert broken.returncode == 1 and broken.stdout == ""
    assert "✗ fails" in broken.stderr and "\x1b" not in broken.stderr
    assert broken.stderr.splitlines()[-1].startswith(
        "pydantic-flow: Flow execution failed in node 'fails': boom"
    )


# With --json, the events and nothing else; they are a run that can be replayed.
def test_a_run_as_events(shop: Path) -> None:
    done = in_a_pipe("run", "shop:flow", "--input", '{"text": "x"}', "--json", cwd=shop)
    events = [from_json(line) for line in done.stdout.splitlines()]
    assert done.returncode == 0 and done.stderr == "imported\n"
    assert_grammar(events)
    (shop / "run.ndjson").write_text(done.stdout)
    again = in_a_pipe("replay", "run.ndjson", "--fast", cwd=shop)
    assert again.returncode == 0 and json.loads(again.stdout)["say"] == "said"


# Wrong calls, each with one line that says what to do.
@pytest.mark.parametrize(
    ("args", "code", "words"),
    [
        (["run", "shop:flow", "--input", '{"txt": 1}'], 3, "--input does not fit: text: Field required"),
        (["run", "shop:flow", "--input", "@missing"], 2, "missing: No such file"),
        (["run", "shop:flow", "--input", "@empty"], 3, "--input @empty: the file is empty"),
        (["run", "shop:flow"], 3, "there is no input: nothing came on stdin"),
        (["run", "shop:single"], 3, "there is no input: nothing came on stdin"),
        (["run", "shop:flow", "--input", ""], 3, "--input is empty: give it as JSON"),
        (["run", "shop:flow", "--input", "cats"], 3, "--input is no JSON: expected value at line 1 column 1"),
        (
            ["run", "shop:flow", "--input", '{"text": ""}', "--record", "shop.py"],
            2,
            "--record shop.py: there is something in it that is no recording: --force replaces it",
        ),
        (["run", "shop:flow", "--input", '{"text": ""}', "--record", "."], 2, "--record .: Is a directory"),
        (["run", "shop:nothing"], 2, "'shop' has no 'nothing'"),
        (["run", "shop:number"], 2, "'number' is an int, no flow and no node"),
        (["run", "shop:Query"], 2, "'Query' is the class Query, no flow and no node"),
        (["run", "shop:loop", "--input", '"x"'], 3, "--input does not fit: Input should be a valid integer"),
        (["run", "shop:odd", "--input", "x"], 2, "the result cannot be printed as JSON: nobody knows how to"),
        (["run", "builtins:open"], 2, "no flow and no node: give what it returns a name in the module"),
        (["run", "./shop.py:flow"], 2, "a module has no path: write shop:flow"),
        (["run", "shop"], 2, "write module:flow, such as shop.flows:answer"),
        (["run", "shop:impossible", "--input", '{"text": ""}'], 2, "gives int"),
        (
            ["run", "shop:flow", "--input", '{"text": ""}', "--record", "no/such"],
            2,
            "--record no/such: No such",
        ),
        (["run", "shop:loop", "--input", "0", "--max-steps", "2"], 1, "Exceeded max_steps=2"),
        (["run", "shop:waits", "--input", "x", "--timeout", "0.05"], 1, "Exceeded timeout of 0.05s"),
        (["run", "shop:single", "--input", "0", "--max-steps", "2"], 2, "this is a node alone"),
        (["graph", "shop:impossible"], 2, "gives int"),
        (["graph", "shop:single"], 2, "has no graph"),
        (["replay", "missing"], 2, "missing: No such file"),
        (["replay", "shop.py"], 4, "shop.py: line 1 (byte 0) is not JSON"),
        (["replay", "empty"], 4, "there are no events in it"),
    ],
)
def test_wrong_calls(shop: Path, args: list[str], code: int, words: str) -> None:
    (shop / "empty").write_text("")
    done = in_a_pipe(*args, cwd=shop)
    assert (done.returncode, done.stdout) == (code, "")
    assert words in done.stderr.splitlines()[-1] and "Traceback" not in done.stderr


# What the examples say of themselves: each has a flow to run and to draw.
@pytest.mark.parametrize(
    ("example", "call"),
    [
        (file.name, call)
        for file in sorted((ROOT / "examples").glob("*.py"))
        for call in re.findall(r"`pydantic-flow (run .*?)`", file.read_text())
    ],
)
def test_the_examples_run_as_they_say(example: str, call: str) -> None:
    args = shlex.split(call)
    done = in_a_pipe(*args, cwd=ROOT)
    assert done.returncode == 0 and json.loads(done.stdout), (example, done.stderr)
    assert in_a_pipe("graph", args[1], cwd=ROOT).stdout.startswith("flowchart TD")


# The chart on stdout, and nothing else.
def test_a_graph(shop: Path) -> None:
    done = in_a_pipe("graph", "shop:flow", cwd=shop)
    assert done.returncode == 0 and done.stderr == "imported\n"
    assert done.stdout.splitlines()[0] == "flowchart TD" and "n0 --> n1" in done.stdout


# A recorded run: the same lines, the same result, whole or as events; its pace can be kept.
def test_a_recorded_run_is_shown_as_it_was(shop: Path) -> None:
    done = in_a_pipe("run", "shop:flow", "--input", '{"text": "x"}', "--record", "r.ndjson", cwd=shop)
    again = in_a_pipe("replay", "r.ndjson", "--speed", "2", cwd=shop)
    assert again.returncode == 0 and again.stdout == done.stdout
    assert again.stderr == done.stderr.removeprefix("imported\n")
    events = in_a_pipe("replay", "r.ndjson", "--fast", "--json", cwd=shop)
    head, _, rest = (shop / "r.ndjson").read_text().partition("\n")
    assert events.stdout == rest and json.loads(head)["version"] == 1
    with (shop / "r.ndjson").open("rb") as file:
        assert in_a_pipe("replay", "-", "--fast", text=file.read()).stdout == done.stdout


# What was recorded before is replaced, and an empty file filled; anything else only when that is said.
def test_a_recording_replaces_recordings_alone(shop: Path) -> None:
    run = ["run", "shop:single", "--input", "a", "--record"]
    for name in ("new.ndjson", "new.ndjson", "empty", "/dev/null", "plain.ndjson"):
        (shop / "empty").write_text("")
        (shop / "plain.ndjson").write_bytes(to_json(StreamStart()) + b"\n")
        assert in_a_pipe(*run, name, cwd=shop).returncode == 0, name
    assert len([*Recording(shop / "new.ndjson")]) == 4
    assert in_a_pipe(*run, "shop.py", cwd=shop).returncode == 2
    assert (shop / "shop.py").read_text() == SHOP
    assert in_a_pipe(*run, "shop.py", "--force", cwd=shop).returncode == 0
    assert len([*Recording(shop / "shop.py")]) == 4


# A cut or damaged recording is shown up to there, with the place; a run that failed is shown as such.
def test_a_damaged_recording_is_shown_up_to_the_damage(shop: Path) -> None:
    in_a_pipe("run", "shop:flow", "--input", '{"text": "x"}', "--record", "r.ndjson", cwd=shop)
    lines = (shop / "r.ndjson").read_bytes().splitlines(keepends=True)
    damaged = {
        "cut.ndjson": (
            [*lines[:6], lines[6][:20]],
            f"cut.ndjson: line 7 (byte {len(b''.join(lines[:6]))}) is cut",
        ),
        "ends.ndjson": (lines[:6], "ends.ndjson: the recording stops before the end of the run"),
        "hole.ndjson": ([*lines[:4], *lines[5:]], "hole.ndjson: line 5 (byte "),
    }
    for name, (content, words) in damaged.items():
        (shop / name).write_bytes(b"".join(content))
        done = in_a_pipe("replay", name, "--fast", cwd=shop)
        assert done.returncode == 1 and done.stdout == ""
        assert done.stderr.startswith("▸ shop\n") and words in done.stderr.splitlines()[-1]
    in_a_pipe("run", "shop:broken", "--input", '{"text": "x"}', "--record", "b.ndjson", cwd=shop)
    assert Recording(shop / "b.ndjson").whole is False
    failed = in_a_pipe("replay", "b.ndjson", "--fast", cwd=shop)
    assert failed.returncode == 1 and failed.stdout == "" and "✗ broken" in failed.stderr


# On a terminal: a tree that changes in place, what a node says below it, and the result at last.
@pytest.mark.parametrize("columns", [80, 30])
def test_a_run_on_a_terminal(shop: Path, columns: int) -> None:
    seen = on_a_terminal("run", "shop:flow", "--input", '{"text": "x"}', columns=columns, cwd=shop)
    assert seen.code == 0 and seen.cursor_is_back
    said = [line for screen in seen.screens for line in screen if line.startswith("      so it was")]
    assert said and not any("\x1b[2J" in screen for screen in seen.output.split("\n"))
    tree = [line.split()[:2] for line in seen.last[1:4]]
    assert tree == [["✓", "shop"], ["✓", "find"], ["✓", "say"]]
    assert any('"say": "said"' in line for line in seen.last)


# A node that says nothing is not a clock that stands still.
def test_the_clock_of_a_silent_node_goes_on(shop: Path) -> None:
    def later(process: Popen[bytes], glass: Glass) -> None:
        if not sent and re.search(r"▸ wait  0\.[3-9] s", "\n".join(glass.lines())):
            sent.append(process.send_signal(SIGINT))

    sent: list[None] = []
    seen = on_a_terminal("run", "shop:waits", "--input", "x", cwd=shop, meanwhile=later)
    assert seen.code == 130 and seen.cursor_is_back and sent
    times = re.findall(r"▸ wait  (\d\.\d) s", "\n".join("\n".join(screen) for screen in seen.screens))
    assert len(set(times)) >= 3


# Where there is no room beside a node, why it failed stands below it, and is not cut off.
@pytest.mark.parametrize("columns", [100, 40, 20])
def test_a_failure_says_why_on_any_terminal(shop: Path, columns: int) -> None:
    seen = on_a_terminal("run", "shop:broken", "--input", '{"text": "x"}', columns=columns, cwd=shop)
    assert seen.code == 1 and seen.cursor_is_back
    below = seen.last[[line.lstrip().startswith("✗ fails") for line in seen.last].index(True) :]
    tree = below[: [line.startswith("pydantic-flow:") for line in below].index(True)]
    assert "boom" in " ".join(tree) and all(len(line) <= columns for line in tree)


# However many nodes there are, the frame fits the window: those that are done give way.
def test_a_frame_fits_the_window(shop: Path) -> None:
    seen = on_a_terminal("run", "shop:many", "--input", "x", cwd=shop, meanwhile=once("waiting", SIGINT))
    assert seen.code == 130 and seen.cursor_is_back
    frame = seen.last[-LINES:]
    assert any("▸ wait" in line for line in frame) and any(line.startswith("  … ") for line in frame)
