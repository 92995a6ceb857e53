"""The examples of the document on streaming updates, with the import line changed.

What they leave undefined is filled in: an agent (theirs comes from a factory of their own), deps, a
prompt. Everything else stands as it is written there.
"""

import asyncio
import json
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from pydantic_ai import Agent, RunContext

from pydantic_flow.agents import run_stream
from pydantic_flow.testing import Call, Fail, ScriptedModel

DOCUMENT = Path(__file__).parents[3] / "shared" / "seeds" / "001_e27a984867976be1.txt"


@dataclass
class Deps:
    backend: dict[str, str]
    trace_context: Any = None


def create_deep_agent(model: Any = None) -> Agent[Deps, str]:
    """Theirs is a factory for an agent with a file system; ours reads files from the backend."""
    script = ScriptedModel(
        ["Let me ", "see.\n", Call("read_file", ['{"file_path": ', '"/tmp/test.txt"}'])], ["It says:\n", "hi"]
    )
    agent: Agent[Deps, str] = Agent(script, deps_type=Deps, name="assistant")

    @agent.tool
    def read_file(ctx: RunContext[Deps], file_path: str) -> str:
        return str(ctx.deps.backend[file_path])

    return agent


IMPORTS = (
    "from pydantic_flow.agents import *\n"
    "from pydantic_flow.agents.tracing import ConsoleExporter, TraceContext\n"
)


def world() -> dict[str, Any]:
    """What the examples leave undefined."""
    names: dict[str, Any] = {
        "create_deep_agent": create_deep_agent,
        "DeepAgentDeps": Deps,
        "StateBackend": lambda: {"/tmp/test.txt": "file contents"},
        "agent": create_deep_agent(),
        "deps": Deps({"/tmp/test.txt": "file contents"}),
        "prompt": "Read the file",
    }
    exec(IMPORTS, names)
    return names


async def run_example(code: str, call: str = "") -> Any:
    """Run an example, and give what a call of what it defines gives. Its imports of the other package go."""
    names = world()
    kept = re.sub(r"^from pydantic_deep.*?(\)|$)", "", code, flags=re.M | re.S if "(\n" in code else re.M)
    body = "".join(f"    {line}\n" for line in kept.splitlines())
    result = f"    return {call}" if call else "    return locals()"
    exec(f"async def example():\n{body}\n{result}", names)
    return await names["example"]()


QUICK_START = """
agent = create_deep_agent(model="openai:gpt-4o")
deps = DeepAgentDeps(backend=StateBackend())

# Stream all events
async for event in run_stream(agent, "Write a story", deps):
    if event.event_type == StreamEventType.LLM_CHUNK:
        print(event.data["text"], end="", flush=True)
    elif event.event_type == StreamEventType.TOOL_START:
        print(f"\\n[Calling {event.data['tool_name']}]")
    elif event.event_type == StreamEventType.PROGRESS:
        print(f"\\nIteration: {event.data['iteration']}")

# Or just stream text
async for chunk in stream_text(agent, "Hello", deps):
    print(chunk, end="", flush=True)
"""
PROGRESS = '''
async def run_with_progress(agent, prompt):
    """Run agent with progress bar."""
    total_tokens = 0
    total_cost = 0.0

    async for event in run_stream(agent, prompt, deps):
        if event.event_type == StreamEventType.LLM_CHUNK:
            print(event.data["text"], end="", flush=True)

        elif event.event_type == StreamEventType.PROGRESS:
            total_tokens = event.data.get("total_tokens", 0)
            total_cost = event.data.get("total_cost_usd", 0.0)
            print(f"\\n[Progress: {total_tokens} tokens, ${total_cost:.4f}]")

        elif event.event_type == StreamEventType.AGENT_END:
            print(f"\\n[Completed in {event.data['duration_seconds']:.1f}s]")
'''
TOOLS = '''
async def run_with_tool_monitoring(agent, prompt):
    """Run agent with tool call monitoring."""
    async for tool_name, args, result in stream_tool_calls(agent, prompt, deps):
        if result is None:
            # Tool starting
            print(f"Calling {tool_name}...")
            if args:
                print(f"   Args: {args}")
        else:
            # Tool completed
            print(f"{tool_name} completed")
            print(f"   Result: {result}")
'''
DASHBOARD = '''
async def run_with_dashboard(agent, prompt):
    """Run agent and update dashboard."""
    events_by_type = {
        "llm_chunks": [],
        "tool_calls": [],
        "progress": [],
        "errors": [],
    }

    def update_dashboard(event):
        """Update dashboard with new event."""
        if event.event_type == StreamEventType.LLM_CHUNK:
            events_by_type["llm_chunks"].append(event.data["text"])

        elif event.event_type == StreamEventType.TOOL_START:
            events_by_type["tool_calls"].append({
                "name": event.data["tool_name"],
                "status": "running"
            })

        elif event.event_type == StreamEventType.PROGRESS:
            events_by_type["progress"].append(event.data)

        # Update UI/dashboard here...

    result, events = await collect_stream_result(
        agent, prompt, deps, on_event=update_dashboard
    )

    return result, events_by_type
'''
ERRORS = '''
async def run_with_error_handling(agent, prompt):
    """Run agent with error handling."""
    try:
        async for event in run_stream(agent, prompt, deps):
            if event.event_type == StreamEventType.ERROR:
                print(f"Error: {event.data['error']}")
                print(f"   Type: {event.data['exception_type']}")

            elif event.event_type == StreamEventType.LLM_CHUNK:
                print(event.data["text"], end="", flush=True)

    except Exception as e:
        print(f"\\nFatal error: {e}")
'''
LOGGING = '''
import json
from pathlib import Path

async def stream_with_logging(agent, prompt, log_file="events.jsonl"):
    """Stream events and log them to file."""
    log_path = Path(log_file)

    with log_path.open("a") as f:
        async for event in run_stream(agent, prompt, deps):
            # Log event
            log_entry = {
                "event_type": event.event_type,
                "timestamp": event.timestamp.isoformat(),
                "data": event.data,
            }
            f.write(json.dumps(log_entry) + "\\n")
            f.flush()
'''
HANDLERS = '''
def create_text_handler():
    """Create a text streaming handler."""
    def handler(event):
        if event.event_type == StreamEventType.LLM_CHUNK:
            print(event.data["text"], end="", flush=True)
    return handler

def create_progress_handler():
    """Create a progress monitoring handler."""
    def handler(event):
        if event.event_type == StreamEventType.PROGRESS:
            tokens = event.data.get("total_tokens", 0)
            print(f"\\n[{tokens} tokens]")
    return handler

# Combine handlers
async def run_with_handlers(agent, prompt, *handlers):
    """Run agent with multiple event handlers."""
    async for event in run_stream(agent, prompt, deps):
        for handler in handlers:
            handler(event)

# Usage
await run_with_handlers(
    agent,
    prompt,
    create_text_handler(),
    create_progress_handler(),
)
'''
BACKPRESSURE = '''
import asyncio

async def stream_with_backpressure(agent, prompt, queue_size=10):
    """Stream events with backpressure handling."""
    queue = asyncio.Queue(maxsize=queue_size)

    async def producer():
        async for event in run_stream(agent, prompt, deps):
            await queue.put(event)  # Blocks if queue is full
        await queue.put(None)  # Signal completion

    async def consumer():
        while True:
            event = await queue.get()
            if event is None:
                break
            # Process event (send to client, etc.)
            await process_event(event)

    await asyncio.gather(producer(), consumer())

processed = []

async def process_event(event):
    processed.append(event)
'''
TRACING = """
# Create trace context
trace_context = TraceContext(exporters=[ConsoleExporter(verbose=True)])

# Add to deps
deps = DeepAgentDeps(
    backend=StateBackend(),
    trace_context=trace_context,
)

# Both streaming AND tracing will be active
async for event in run_stream(agent, "Task", deps):
    # Handle streaming events
    if event.event_type == StreamEventType.LLM_CHUNK:
        print(event.data["text"], end="", flush=True)
"""
WORDS = "Let me see.\nIt says:\nhi"


# Quick start: text, tools and progress as they come; and only the text.
async def test_quick_start(capsys: Any) -> None:
    await run_example(QUICK_START)
    said = capsys.readouterr().out
    assert "[Calling read_file]" in said and "Iteration: 1" in said and "Iteration: 2" in said
    assert said.index("see.") < said.index("Iteration: 1") < said.index("[Calling") < said.index("It says")


# Progress with tokens and cost, also where the cost is not known; the duration at the end.
async def test_progress_monitoring(capsys: Any) -> None:
    await run_example(PROGRESS, "await run_with_progress(agent, prompt)")
    said = capsys.readouterr().out
    assert re.search(r"\[Progress: [1-9]\d* tokens, \$0\.0000\]", said)
    assert re.search(r"\[Completed in \d+\.\ds\]", said)


# The arguments when a tool begins, its result when it has ended.
async def test_tool_call_monitoring(capsys: Any) -> None:
    await run_example(TOOLS, "await run_with_tool_monitoring(agent, prompt)")
    assert capsys.readouterr().out.splitlines() == [
        "Calling read_file...",
        "   Args: {'file_path': '/tmp/test.txt'}",
        "read_file completed",
        "   Result: file contents",
    ]


# The result and the buckets, none of which stays empty that should not.
async def test_dashboard() -> None:
    result, buckets = await run_example(DASHBOARD, "await run_with_dashboard(agent, prompt)")
    assert result == "It says:\nhi"
    assert "".join(buckets["llm_chunks"]) == WORDS
    assert buckets["tool_calls"] == [{"name": "read_file", "status": "running"}]
    assert [entry["iteration"] for entry in buckets["progress"]] == [1, 2]


# An error is an event, and then an exception.
async def test_error_handling(capsys: Any) -> None:
    failing: Agent[Any, str] = Agent(ScriptedModel(["a", Fail(FileNotFoundError("File not found"))]))
    names = world()
    exec(ERRORS, names)
    await names["run_with_error_handling"](failing, "x")
    assert capsys.readouterr().out.splitlines() == [
        "aError: File not found",
        "   Type: FileNotFoundError",
        "",
        "Fatal error: File not found",
    ]


# Every event can be written down.
async def test_logging(tmp_path: Path) -> None:
    log = tmp_path / "events.jsonl"
    await run_example(LOGGING, f"await stream_with_logging(agent, prompt, {str(log)!r})")
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert entries[0]["event_type"] == "start" and entries[-1]["data"]["success"] is True
    assert {"agent_name", "total_iterations", "total_tokens", "duration_seconds"} <= entries[-1][
        "data"
    ].keys()
    assert all(entry["timestamp"].endswith("+00:00") for entry in entries)
    [ended] = [entry["data"] for entry in entries if entry["event_type"] == "tool_result"]
    assert (ended["tool_name"], ended["result"]) == ("read_file", "file contents")
    assert ended["duration_seconds"] > 0


# Several handlers on one stream.
async def test_handlers(capsys: Any) -> None:
    await run_example(HANDLERS)
    said = capsys.readouterr().out
    assert "Let me see." in said and re.search(r"\[\d+ tokens\]", said)


# A bounded queue between the run and a slow client.
async def test_backpressure() -> None:
    names = world()
    exec(BACKPRESSURE, names)
    await names["stream_with_backpressure"](names["agent"], "x", 2)
    assert names["processed"][-1].event_type == "end"


# Streaming and tracing at once.
async def test_tracing(capsys: Any) -> None:
    await run_example(TRACING)
    said = capsys.readouterr().out
    assert "hi" in said and "read_file" in said and "chat" in said


# Where the document is at hand, the examples above are in it, word for word.
def test_the_examples_are_those_of_the_document() -> None:
    if not DOCUMENT.exists():
        pytest.skip("the document is not part of this repository")
    text = re.sub(r"[^\x00-\x7f]+\s*", "", DOCUMENT.read_text())
    for example in (PROGRESS, TOOLS, DASHBOARD, ERRORS, LOGGING, HANDLERS, BACKPRESSURE, TRACING):
        body = example.partition("\nprocessed = []")[0].strip()
        assert body in text, body


# All concurrent requests at once, as the document wants it and does not show it right.
async def test_many_prompts_at_once() -> None:
    from pydantic_flow.agents import merge

    deps = Deps({"/tmp/test.txt": "x"})
    streams = [run_stream(create_deep_agent(), prompt, deps) for prompt in ("a", "b", "c")]
    events = [event async for event in merge(*streams)]
    assert sum(event.event_type == "end" for event in events) == 3


# A time limit around a run that takes too long.
async def test_timeout() -> None:
    from pydantic_flow.testing import Wait

    agent: Agent[Any, str] = Agent(ScriptedModel(["a", Wait(30), "b"]))
    with pytest.raises(TimeoutError):
        async with asyncio.timeout(0.05):
            async for _ in run_stream(agent, "x"):
                pass
