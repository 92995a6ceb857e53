"""A panic inside the reader, injected: builds a reader that panics on a certain text, and tests that."""

import gc
import importlib.util
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pydantic_flow._core import dumps
from pydantic_flow.errors import InternalError, TerminalStateError
from pydantic_flow.json import Parser, loads
from pydantic_flow.streaming import StreamingParser

INSIDE = "PYDANTIC_FLOW_PANICS"
FATAL = '{"a": 1, "b": ["panic here", 2], "c": 3}'

inside = pytest.mark.skipif(INSIDE not in os.environ, reason="needs the reader that panics")


# P14: the tests below hold in a process of their own, whose reader panics on that text.
@pytest.mark.skipif(INSIDE in os.environ, reason="this is that process")
def test_a_panic_is_an_exception_and_the_process_goes_on(measured: Callable[[str], None]) -> None:
    builds = built_otherwise()
    built = builds.environment("panic")
    place = builds.package("panic", built, "build", "--features", "inject-panic")
    run = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", __file__]
    environment = {**built, INSIDE: "1", "PYTHONPATH": str(place), "RUST_BACKTRACE": "0"}
    done = subprocess.run(run, cwd=builds.ROOT, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(CALLS) + 5} passed" in done.stdout, done.stdout
    measured(f"{len(CALLS)} calls in which the reader panics, each an InternalError")


def built_otherwise() -> Any:
    """The module beside this folder that builds the core in other ways."""
    spec = importlib.util.spec_from_file_location("builds", Path(__file__).parents[1] / "builds.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def fed(*chunks: Any, **options: Any) -> Parser:
    parser = Parser(**options)
    for chunk in chunks:
        parser.feed(chunk)
    return parser


def pieces(text: str) -> Iterator[str]:
    yield from (text[at : at + 3] for at in range(0, len(text), 3))


# Every way in: the quick `feed` and the one that joins halves, a look, changes, the end, one call, a stream.
CALLS: dict[str, Callable[[], Any]] = {
    "feed": lambda: fed(FATAL),
    "feed, byte by byte": lambda: fed(*FATAL),
    "feed, half a character": lambda: fed('{"b": "\ud83d', f'\ude00", "c": {FATAL}}}'),
    "feed, a large chunk": lambda: fed(FATAL + " " * 10_000),
    "snapshot": lambda: fed('{"b": "panic here').snapshot(),
    "snapshot, owned": lambda: fed('{"b": "panic here').snapshot(owned=True),
    "changes": lambda: fed('{"b": "panic here').changes(),
    "finish": lambda: fed('{"b": "panic here').finish(),
    "loads": lambda: loads(FATAL),
    "loads, large": lambda: loads(FATAL + " " * 10_000),
    "advance": lambda: list(StreamingParser(dict[str, Any]).stream_parse(pieces(FATAL))),
}


# It is an exception that `except Exception` holds, and one of ours.
@inside
@pytest.mark.parametrize("call", CALLS)
def test_it_is_an_error_of_ours(call: str) -> None:
    with pytest.raises(InternalError, match=r"a mistake of its own: .*injected"):
        CALLS[call]()


# The parser that was broken off says so the same way each time, and shows nothing.
@inside
def test_the_parser_is_done() -> None:
    parser = fed('{"kept": [1, ')
    for _ in range(2):
        with pytest.raises((InternalError, TerminalStateError)):
            parser.feed('"panic here", 2, ')
    for call in (lambda: parser.feed("1"), lambda: parser.feed("\ud83d"), parser.finish):
        with pytest.raises(TerminalStateError, match="a mistake of its own"):
            call()
    assert parser.snapshot() is None and parser.changes() == []
    assert parser.complete == frozenset() and parser.open_path == () and parser.repairs == []


# What was handed out before stays as it was.
@inside
def test_snapshots_stay() -> None:
    parser = fed('{"kept": [1, 2], "open": [3, ')
    shown = parser.snapshot()
    with pytest.raises(InternalError):
        parser.feed('"panic here", 4')
    del parser
    assert shown == {"kept": [1, 2], "open": [3]}


# Other parsers, those that were open and new ones, are not harmed.
@inside
def test_others_go_on() -> None:
    other = fed('{"a": [1')
    for _ in range(1_000):
        with pytest.raises(InternalError):
            loads(FATAL)
    other.feed(", 2]}")
    assert other.finish() == {"a": [1, 2]} == loads(dumps({"a": [1, 2]}))


# The garbage collector, which a large chunk pauses, runs again.
@inside
def test_the_collector_goes_on() -> None:
    with pytest.raises(InternalError):
        loads(FATAL + " " * 10_000)
    assert gc.isenabled()


# A stream that was broken off raises it through its iterator, and the next stream reads.
@inside
async def test_an_async_stream() -> None:
    async def chunks(text: str) -> Any:
        for piece in pieces(text):
            yield piece

    with pytest.raises(InternalError):
        async for _ in StreamingParser(dict[str, Any]).astream_parse(chunks(FATAL)):
            pass
    items = [item async for item in StreamingParser(dict[str, Any]).astream_parse(chunks('{"a": 1}'))]
    assert items
