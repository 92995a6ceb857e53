"""Who is measured, and how each one does a job. Comes in: a job (a text). Goes out: calls to time.

A way of doing a job is a function that takes the job and gives `Work`: a call without arguments which does
it once and returns the answer. Preparing (encoding, cutting) happens before and is not timed.
Decided elsewhere: what is measured when (`run.py`), how times are taken (`worker.py`).
"""

import asyncio
import importlib
import json
from collections import deque
from collections.abc import AsyncIterator, Callable, Coroutine, Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate
from typing import Any

from corpora import BREAKERS, chunks_of, corpus

ONE_CALL, ONE_CALL_STR = "one call", "one call, str"
PUSH, SNAPSHOT, CHANGES, ASTREAM = "push only", "snapshot", "changes", "astream_parse"
GROWTH = {f"growth: {mode}": mode for mode in (PUSH, SNAPSHOT, CHANGES, ASTREAM)}
REPAIRS = {f"repair: {name}": breaker for name, breaker in BREAKERS.items()}
MODES = [ONE_CALL, ONE_CALL_STR, PUSH, SNAPSHOT, CHANGES, ASTREAM, *GROWTH, *REPAIRS]

# A re-parsing peer is sampled where reading every prefix would take longer than this many bytes in all.
MOST_BYTES_REPARSED = 4_000_000
SAMPLES = 12


@dataclass(frozen=True)
class Job:
    """A text to read, in the forms that contestants want it in."""

    corpus: str
    mode: str

    @property
    def whole(self) -> str:
        """The text before it was broken."""
        return corpus(self.corpus)

    @cached_property
    def text(self) -> str:
        return REPAIRS[self.mode](self.whole) if self.mode in REPAIRS else self.whole

    @cached_property
    def data(self) -> bytes:
        return self.text.encode()

    @cached_property
    def chunks(self) -> list[str]:
        return chunks_of(self.text)

    @cached_property
    def ends(self) -> list[int]:
        """Where each chunk ends, in bytes."""
        return list(accumulate(len(chunk.encode()) for chunk in self.chunks))

    @cached_property
    def text_ends(self) -> list[int]:
        """Where each chunk ends, in characters."""
        return list(accumulate(map(len, self.chunks)))

    @property
    def expected(self) -> Any:
        """The right answer: what json.loads says of the unbroken text."""
        return json.loads(self.whole)


@dataclass(frozen=True)
class Work:
    """A call that does the job once; `scale` times over where it is a sample, which makes it an estimate."""

    call: Callable[[], Any]
    scale: float = 1.0
    answer: Callable[[], Any] | None = None
    """Gives the answer where `call` does not return it."""
    at: Callable[[int], Any] | None = None
    """The value shown after that many chunks."""
    is_floor: bool = False
    """A floor answers nothing; it is what the loop itself costs."""

    @property
    def estimated(self) -> bool:
        return self.scale != 1.0


Way = Callable[[Job], Work]


@dataclass(frozen=True)
class Contestant:
    """Somebody who does some of the modes."""

    name: str
    package: str | None
    ways: dict[str, Way]


@dataclass(frozen=True)
class NodeContestant:
    """Somebody in JavaScript: `node/readers.mjs` says how `reader` does each of its ways."""

    name: str
    reader: str
    ways: dict[str, str]


# Ours.


def ours_one_call(job: Job) -> Work:
    from pydantic_flow.json import loads

    data = job.data
    return Work(lambda: loads(data))


def ours_one_call_str(job: Job) -> Work:
    from pydantic_flow.json import loads

    text = job.text
    return Work(lambda: loads(text))


def ours_push(job: Job) -> Work:
    from pydantic_flow.json import Parser

    def call() -> Any:
        parser = Parser()
        feed = parser.feed
        for chunk in job.chunks:
            feed(chunk)
        return parser.finish()

    return Work(call)


def ours_snapshot(job: Job) -> Work:
    from pydantic_flow.json import Parser

    def call() -> Any:
        parser = Parser()
        feed, snapshot = parser.feed, parser.snapshot
        for chunk in job.chunks:
            feed(chunk)
            snapshot()
        return parser.finish()

    def at(count: int) -> Any:
        parser = Parser()
        for chunk in job.chunks[:count]:
            parser.feed(chunk)
        return parser.snapshot()

    return Work(call, at=at)


def ours_changes(job: Job) -> Work:
    from pydantic_flow.json import Parser

    def call() -> Any:
        parser = Parser(changes=True)
        feed, changes = parser.feed, parser.changes
        for chunk in job.chunks:
            feed(chunk)
            changes()
        return parser.finish()

    return Work(call)


async def source(chunks: Iterable[str]) -> AsyncIterator[str]:
    """What a client library hands out: an async generator of chunks."""
    for chunk in chunks:
        yield chunk


def in_a_loop(go: Callable[[], Coroutine[Any, Any, Any]], *, is_floor: bool = False) -> Work:
    """Work in an event loop that is there already, as it is in a server."""
    loop = asyncio.new_event_loop()
    return Work(lambda: loop.run_until_complete(go()), is_floor=is_floor)


def ours_astream(job: Job) -> Work:
    from pydantic_flow.streaming import StreamingParser

    async def go() -> Any:
        last: Any = None
        async for item in StreamingParser(Any).astream_parse(source(job.chunks)):
            last = item
        return last

    return in_a_loop(go)


# Floors: what the loop itself costs.


def pass_through(job: Job) -> Work:
    async def through(chunks: AsyncIterator[str]) -> AsyncIterator[str]:
        async for chunk in chunks:
            yield chunk

    async def go() -> None:
        async for _ in through(source(job.chunks)):
            pass

    return in_a_loop(go, is_floor=True)


def no_op(job: Job) -> Work:
    """N: one call of a compiled method that does nothing, with the loop around it, for every chunk."""

    nothing = deque[str](maxlen=0).append

    def call() -> None:
        for chunk in job.chunks:
            nothing(chunk)

    return Work(call, is_floor=True)


# Peers.


def one_shot(package: str, function: str, *, text: bool = False) -> Way:
    """A reader of whole documents, of bytes or of text."""

    def way(job: Job) -> Work:
        loads = getattr(importlib.import_module(package), function)
        data: str | bytes = job.text if text else job.data
        return Work(lambda: loads(data))

    return way


def reparsing(package: str, function: str, *, text: bool = False, **options: Any) -> Way:
    """A reader that begins again with every chunk; sampled, and so estimated, where that takes too long."""

    def way(job: Job) -> Work:
        loads = getattr(importlib.import_module(package), function)
        data: str | bytes = job.text if text else job.data
        ends = job.text_ends if text else job.ends
        cuts, scale = ends, 1.0
        if sum(ends) > MOST_BYTES_REPARSED:
            scale = len(ends) / SAMPLES
            cuts = [ends[int(scale * (i + 0.5))] for i in range(SAMPLES)]

        def call() -> None:
            for end in cuts:
                loads(data[:end], **options)

        return Work(
            call,
            scale,
            answer=lambda: loads(data, **options),
            at=lambda count: loads(data[: ends[count - 1]], **options),
        )

    return way


def inner_text(job: Job) -> Work:
    """What a repair is measured against: orjson reading the same document, unbroken."""
    loads = importlib.import_module("orjson").loads
    data = corpus(job.corpus).encode()
    return Work(lambda: loads(data))


def native_push(job: Job) -> Work:
    native = importlib.import_module("streaming_json_parser_native")

    def call() -> Any:
        parser = native.IncrementalJsonParser()
        consume = parser.consume
        for chunk in job.chunks:
            consume(chunk)
        status, value, error = parser.finish()
        return value if status == "complete" else (status, error)

    return Work(call)


def native_snapshot(job: Job) -> Work:
    front = importlib.import_module("streaming_json_parser")

    def call() -> Any:
        feed, value = front.StreamingJsonParser().feed, None
        for chunk in job.chunks:
            value = feed(chunk).value
        return value

    def at(count: int) -> Any:
        feed, value = front.StreamingJsonParser().feed, None
        for chunk in job.chunks[:count]:
            value = feed(chunk).value
        return value

    return Work(call, at=at)


def river_snapshot(job: Job) -> Work:
    parse = importlib.import_module("jsonriver").parse

    async def go(chunks: list[str]) -> Any:
        last = None
        async for value in parse(source(chunks)):
            last = value
        return last

    loop = asyncio.new_event_loop()
    # Its values are one live value; text that is cut is an error, raised after the last of them.
    return Work(lambda: loop.run_until_complete(go(job.chunks)))


OURS = "pydantic-flow"
ORJSON = "orjson, one call"
NO_OP = "no-op call (N)"
PASS_THROUGH = "pass-through generator"

REPAIRERS = dict.fromkeys(REPAIRS, one_shot("json_repair", "loads", text=True))

OURS_STREAMED = {PUSH: ours_push, SNAPSHOT: ours_snapshot, CHANGES: ours_changes, ASTREAM: ours_astream}
ORJSON_WAYS: dict[str, Way] = {
    **dict.fromkeys([ONE_CALL, PUSH, SNAPSHOT, CHANGES], one_shot("orjson", "loads")),
    ONE_CALL_STR: one_shot("orjson", "loads", text=True),
    **dict.fromkeys(REPAIRS, inner_text),
}

CONTESTANTS = [
    Contestant(ORJSON, "orjson", ORJSON_WAYS),
    Contestant(NO_OP, None, dict.fromkeys([PUSH, SNAPSHOT, CHANGES], no_op)),
    Contestant(PASS_THROUGH, None, dict.fromkeys([ASTREAM, f"growth: {ASTREAM}"], pass_through)),
    Contestant(
        OURS,
        "pydantic-flow",
        {
            ONE_CALL: ours_one_call,
            ONE_CALL_STR: ours_one_call_str,
            **OURS_STREAMED,
            **{growth: OURS_STREAMED[mode] for growth, mode in GROWTH.items()},
            **dict.fromkeys(REPAIRS, ours_one_call),
        },
    ),
    Contestant(
        "jiter",
        "jiter",
        {
            ONE_CALL: one_shot("jiter", "from_json"),
            SNAPSHOT: reparsing("jiter", "from_json", partial_mode="trailing-strings"),
        },
    ),
    Contestant(
        "pydantic_core",
        "pydantic-core",
        {
            ONE_CALL: one_shot("pydantic_core", "from_json"),
            SNAPSHOT: reparsing("pydantic_core", "from_json", allow_partial="trailing-strings"),
        },
    ),
    Contestant("msgspec", "msgspec", {ONE_CALL: one_shot("msgspec.json", "decode")}),
    Contestant("json", None, {ONE_CALL: one_shot("json", "loads")}),
    Contestant(
        "streaming-json-parser, native",
        "streaming-json-parser-native",
        {
            ONE_CALL: one_shot("streaming_json_parser_native", "decode_complete"),
            PUSH: native_push,
            SNAPSHOT: native_snapshot,
        },
    ),
    Contestant(
        "json_repair",
        "json-repair",
        {
            ONE_CALL: one_shot("json_repair", "loads", text=True),
            SNAPSHOT: reparsing("json_repair", "loads", text=True),
            **REPAIRERS,
        },
    ),
    Contestant(
        "repairjson", "repairjson", dict.fromkeys(REPAIRS, one_shot("repairjson", "loads", text=True))
    ),
    Contestant(
        "fast-json-repair",
        "fast-json-repair",
        {
            SNAPSHOT: reparsing("fast_json_repair", "loads", text=True),
            **dict.fromkeys(REPAIRS, one_shot("fast_json_repair", "loads", text=True)),
        },
    ),
    Contestant(
        "partial-json-parser",
        "partial-json-parser",
        {SNAPSHOT: reparsing("partial_json_parser", "loads", text=True)},
    ),
    Contestant("jsonriver", "jsonriver", {SNAPSHOT: river_snapshot}),
]

NODE_REPAIR = dict.fromkeys(REPAIRS, "repair")
NODE_CONTESTANTS = [
    NodeContestant("JSON.parse (JS)", "JSON.parse", {ONE_CALL: "one call"}),
    NodeContestant("jsonriver (JS)", "jsonriver", {SNAPSHOT: "snapshot"}),
    NodeContestant("partial-json (JS)", "partial-json", {SNAPSHOT: "snapshot"}),
    NodeContestant(
        "best-effort-json-parser (JS)", "best-effort-json-parser", {SNAPSHOT: "snapshot", **NODE_REPAIR}
    ),
    NodeContestant("ai, parsePartialJson (JS)", "ai", {SNAPSHOT: "snapshot", **NODE_REPAIR}),
    NodeContestant("jsonrepair (JS)", "jsonrepair", NODE_REPAIR),
]


def contestant(name: str) -> Contestant:
    """The contestant of that name."""
    return next(one for one in CONTESTANTS if one.name == name)
