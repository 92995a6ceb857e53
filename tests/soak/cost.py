"""Cost: how it grows with the text, in CPU time, and how large events get.

Printed, and asserted with wide margins.
"""

import contextlib
import json
import math
import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from time import process_time

import pytest

from pydantic_flow import StreamingParser, to_json
from pydantic_flow.errors import LimitError
from pydantic_flow.json import Parser, loads

RECORD = '{"id": 17, "name": "Vera", "score": 0.25, "tags": ["a", "b"], "note": "some words here"}, '


def records(size: int) -> str:
    return "[" + RECORD * (size // len(RECORD)) + "{}]"


def seconds(work: Callable[[], object]) -> float:
    """CPU time of one call: the least of five measurements, each of as many calls as fill 20 ms."""

    def measure(calls: int) -> float:
        start = process_time()
        for _ in range(calls):
            work()
        return (process_time() - start) / calls

    calls = max(1, int(0.02 / max(measure(1), 1e-6)))
    return min(measure(calls) for _ in range(5))


def streamed(text: str, size: int, look: bool) -> None:
    parser = Parser(changes=look)
    for at in range(0, len(text), size):
        parser.feed(text[at : at + size])
        if look:
            parser.changes()
    parser.finish()


# P3a: 256 KB in 16-byte chunks, and how that grows from 64 KB to 1 MB.
def test_streaming_cost_is_linear(measured: Callable[[str], None]) -> None:
    times = {
        size: seconds(lambda size=size: streamed(records(size), 16, False)) for size in (2**16, 2**18, 2**20)
    }  # type: ignore[misc]
    exponent = math.log(times[2**20] / times[2**16]) / math.log(16)
    measured(f"256 KB in {times[2**18] * 1e3:.1f} ms, exponent {exponent:.2f}")
    assert exponent < 1.3


# P3b: 1 MB byte by byte, with the changes of each.
def test_byte_by_byte_with_changes(measured: Callable[[str], None]) -> None:
    text = records(2**20)
    measured(f"1 MiB in {len(text):,} chunks with changes: {seconds(lambda: streamed(text, 1, True)):.2f} s")


# P9: 200,000 times one key, or keys that differ in one place, cost no more than twice what random keys cost.
def test_keys_that_are_alike(measured: Callable[[str], None]) -> None:
    count = 200_000
    spread = [f"{n * 2654435761 % 2**32:012d}" for n in range(count)]
    shapes = {
        "one key": ["0" * 12] * count,
        "numbered": [f"{n:012d}" for n in range(count)],
        "differ at the end of 12": [f"aaaaaa{n:06d}" for n in range(count)],
    }

    def text(keys: list[str]) -> str:
        return "{" + ",".join(f'"{key}":1' for key in keys) + "}"

    for recording in (False, True):
        base = seconds(partial(streamed, text(spread), 2**16, recording))
        for name, keys in shapes.items():
            ratio = seconds(partial(streamed, text(keys), 2**16, recording)) / base
            measured(f"{name}, {'with' if recording else 'without'} changes: {ratio:.2f} x random keys")
            assert ratio < 3


def hostile_shapes() -> dict[str, tuple[str, str, str]]:
    """The shapes of the core's own tests: name, then what comes before, is repeated, and comes after."""
    source = Path(__file__).parents[2] / "rust" / "core" / "tests" / "oracle" / "hostile.rs"
    rows = re.findall(r"^    shape\((.+)\),$", source.read_text(encoding="utf-8"), re.MULTILINE)
    plain = re.compile(r"\\u\{(\w+)\}")
    read = [json.loads("[" + plain.sub(r"\\u\1", row) + "]") for row in rows]
    return {name: (before, unit, after) for name, before, unit, after in read}


# P3c: 64 KB and 1 MB of each hostile shape, read whole, in CPU time.
def test_hostile_shapes_are_linear(measured: Callable[[str], None]) -> None:
    shapes = hostile_shapes()
    assert len(shapes) >= 40
    slow = {}
    worst = (0.0, "")
    for name, (before, unit, after) in shapes.items():
        times = []
        for size in (2**16, 2**20):
            text = before + unit * (size // len(unit.encode())) + after
            times.append(seconds(partial(read_whole, text)))
        exponent = math.log(max(times[1], 1e-9) / max(times[0], 1e-9)) / math.log(16)
        worst = max(worst, (times[1] * 1e5 / 2**20, name))
        if exponent > 1.15:
            slow[name] = round(exponent, 2)
    cost = f"worst {worst[0] * 1e3:.1f} ms per 100 KB ({worst[1]})"
    measured(f"{len(shapes)} shapes; {cost}; exponents over 1.15: {slow or 'none'}")
    assert all(exponent < 1.5 for exponent in slow.values())


def read_whole(text: str) -> None:
    with contextlib.suppress(LimitError):
        loads(text)


# P4: an event costs what it says: deep and long keys, then a string in pieces.
@pytest.mark.parametrize(("depth", "key"), [(3, 8), (190, 1_000)])
def test_events_cost_what_they_say(depth: int, key: int, measured: Callable[[str], None]) -> None:
    name = "k" * key
    text = f'{{"{name}":' * depth + '"' + "x" * 20_000
    parser = StreamingParser(dict, on_truncated="accept")
    written = events = paths = 0
    for at in range(0, len(text), 64):
        for item in parser.feed(text[at : at + 64]):
            if hasattr(item, "changes"):
                paths += sum(len(str(step)) for path, *_ in item.changes for step in path)
                written += len(to_json(item))
                events += 1
    allowed = 4 * len(text) + 400 * events + 2 * paths
    measured(
        f"depth {depth}, keys of {key}: {written:,} bytes for {len(text):,} of input, {events} events and "
        f"{paths:,} in paths"
    )
    assert written <= allowed
