"""Memory: nothing leaks from parsers that end in any way, and peaks stay near those of json.loads."""

import gc
import json
import resource
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from itertools import cycle
from pathlib import Path

import pytest

from pydantic_flow.errors import JsonError
from pydantic_flow.json import Limits, Parser, loads

PARSERS = 100_000
TEXT = '{"title": "Nächte 😀", "n": [1, 2.5, -3e8, true, null], "rows": [{"a": "b\\n", "c": {}}], "x": "end"}'
BROKEN = "Sure: {'a': [1, 2}, b: \"he said \"no\"\", 'c': `x` // y\n, d: [[[{"


def resident() -> int:
    """Bytes of memory that the process holds now."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * resource.getpagesize()


def finished(text: str) -> None:
    parser = Parser()
    parser.feed(text)
    parser.finish()


def abandoned(text: str) -> None:
    parser = Parser(changes=True)
    for at in range(0, len(text), 16):
        parser.feed(text[at : at + 16])
        parser.snapshot()


def looked_at(text: str) -> None:
    parser = Parser(changes=True)
    kept = []
    for at in range(0, len(text), 8):
        parser.feed(text[at : at + 8].encode())
        kept += [
            parser.snapshot(),
            parser.snapshot(owned=True),
            parser.changes(),
            parser.complete,
            parser.repairs,
        ]
    parser.finish()


def failed(text: str) -> None:
    for options in ({"strict": True}, {"limits": Limits(values=3)}, {"limits": Limits(depth=2)}):
        parser = Parser(**options)  # type: ignore[arg-type]
        try:
            parser.feed(text)
            parser.feed("]]")
            parser.finish()
        except JsonError:
            continue


def in_a_cycle(text: str) -> None:
    holder: list[object] = []
    parser = Parser(default=holder)
    holder.append(parser)
    parser.feed(text[: len(text) // 2])


ENDS = [finished, abandoned, looked_at, failed, in_a_cycle]


# P11: parsers finished, abandoned, failed, looked at and caught in cycles leave nothing behind.
@pytest.mark.parametrize("end", ENDS)
def test_parsers_leave_nothing_behind(end: Callable[[str], None], measured: Callable[[str], None]) -> None:
    # Cuts at every place, so that each state of the reader is abandoned.
    cuts = cycle([text[:at] for text in (TEXT, BROKEN) for at in range(1, len(text) + 1)])
    for _ in range(20_000):
        end(next(cuts))
    gc.collect()
    blocks, memory = sys.getallocatedblocks(), resident()
    for _ in range(PARSERS):
        end(next(cuts))
    gc.collect()
    grown, more = sys.getallocatedblocks() - blocks, resident() - memory
    measured(f"{PARSERS:,} parsers: {grown:+} blocks, {more / 2**20:+.2f} MiB resident")
    assert grown < 50
    assert more < 2 * 2**20


# P11: what Python itself allocates is given back too.
def test_tracemalloc_sees_no_growth(measured: Callable[[str], None]) -> None:
    def rounds(count: int) -> None:
        for _ in range(count):
            for end in ENDS:
                end(TEXT)
                end(BROKEN)
        gc.collect()

    tracemalloc.start()
    rounds(750)  # caches fill while it looks, and keys that all parsers share take turns in them
    before = tracemalloc.get_traced_memory()[0]
    rounds(250)
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    measured(f"2,500 parsers: {after - before:+,} bytes traced")
    assert after - before < 16_384


# Growth of one long stream: what is looked at and dropped does not pile up.
def test_a_long_stream_of_looks_stays_flat(measured: Callable[[str], None]) -> None:
    parser = Parser(changes=True)
    parser.feed('["')
    for _ in range(1_000):
        parser.feed("x")
        parser.snapshot()
        parser.changes()
    gc.collect()
    memory = resident()
    for _ in range(1_000_000):
        parser.feed("x")
        parser.snapshot()
        parser.changes()
    gc.collect()
    more = resident() - memory
    measured(f"a string of 1 MB looked at 1,000,000 times: {more / 2**20:+.2f} MiB")
    assert more < 16 * 2**20


PEAK = """
import json, re, sys
from pydantic_flow.json import loads
data = open(sys.argv[1], "rb").read()
peak = lambda: int(re.search(r"VmHWM:\\s+(\\d+)", open("/proc/self/status").read())[1]) * 1024
before = peak()
value = {reader}(data)
print(peak() - before)
"""
SHAPES: dict[str, Callable[[], str]] = {
    "records": lambda: json.dumps(
        [{"id": n, "name": f"n {n}", "ok": True, "x": n / 7} for n in range(100_000)]
    ),
    "empty lists": lambda: "[" + "[]," * 2_700_000 + "[]]",
    "one-member objects": lambda: "[" + '{"a":1},' * 1_000_000 + "{}]",
    "unique keys": lambda: json.dumps({f"key{n}": n for n in range(500_000)}),
    "floats": lambda: json.dumps([n / 7 for n in range(400_000)]),
    "integers": lambda: json.dumps(list(range(1_000_000, 2_000_000))),
    "one string": lambda: json.dumps("x" * 8_000_000),
    "one string with an emoji": lambda: json.dumps("x" * 8_000_000 + "😀", ensure_ascii=False),
    "a wide string": lambda: json.dumps("слово" * 800_000, ensure_ascii=False),
}


# P10b: the peak of the process over what it was before reading, against json.loads in a process of its own.
@pytest.mark.parametrize("shape", SHAPES)
def test_peaks_against_json_loads(shape: str, tmp_path: Path, measured: Callable[[str], None]) -> None:
    file = tmp_path / "text.json"
    file.write_text(SHAPES[shape](), encoding="utf-8")

    def peak(reader: str) -> int:
        code = [sys.executable, "-c", PEAK.format(reader=reader), str(file)]
        return int(subprocess.run(code, capture_output=True, text=True, check=True).stdout)

    theirs, ours = peak("json.loads"), peak("loads")
    mib = [round(number / 2**20) for number in (file.stat().st_size, theirs, ours)]
    measured(f"{shape}: {mib[0]} MiB; json {mib[1]} MiB, ours {mib[2]} MiB: {ours / theirs:.2f}")
    assert ours <= 1.5 * theirs + 2**20


UNITS = [
    "[",
    '{"a":',
    '"',
    "\\",
    "[]",
    ",",
    '{"a":1},',
    "x ",
    '"x", ',
    "\\ud83d",
    "/*",
    "```",
    "<a>",
    '{"a": 1}\n',
    "1",
    "é",
    "\0",
]
CONFINED = """
import resource, sys
resource.setrlimit(resource.RLIMIT_AS, (512 << 20, 512 << 20))
from pydantic_flow.errors import LimitError
from pydantic_flow.json import Limits, Parser, loads
unit = {unit!r}
text = ({before!r} + unit * (9_000_000 // len(unit.encode())))
try:
    loads(text, limits=Limits.hostile())
    print("read")
except LimitError as error:
    print("LimitError at", error.offset)
except MemoryError:
    print("MemoryError")
"""


STARTS = [
    pytest.param(
        before,
        unit,
        id=repr(before + unit),
    )
    for unit in UNITS
    for before in ["", "[", '["']
]


# P10c: 9 MB of anything in 512 MiB of address space end in a value or a documented error.
@pytest.mark.parametrize(("before", "unit"), STARTS)
def test_hostile_text_in_little_memory(before: str, unit: str, measured: Callable[[str], None]) -> None:
    code = CONFINED.format(unit=unit, before=before)
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    measured(done.stdout.strip() or f"exit {done.returncode}")
    assert done.returncode == 0, done.stderr[-500:]
    assert done.stdout.startswith(("read", "LimitError"))


# What is asked for is what is handed over: no second copy stays.
def test_finishing_keeps_one_value() -> None:
    text = json.dumps([{"n": n} for n in range(50_000)])
    gc.collect()
    tracemalloc.start()
    value = loads(text)
    alone = tracemalloc.get_traced_memory()[0]
    del value
    parser = Parser()
    parser.feed(text)
    parser.snapshot()
    value = parser.finish()
    kept = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    assert kept < 1.3 * alone
    assert len(value) == 50_000
