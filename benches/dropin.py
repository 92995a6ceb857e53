"""The originals and the drop-ins: the same calls before and after the import line changes.

    python benches/dropin.py [--quick] [--rounds N] [--json OUT]

Comes in: nothing but options. Goes out: a Markdown table; exit code 1 where a drop-in answers wrong. Both are
called in turns in one process, so that a noisy moment hits both; a ratio is the median of the ratios within
rounds. Answers are compared with `json.loads` of the unbroken text before anything is timed; where the
original answers otherwise, the table says so. `--quick` compares answers and takes no times.
Decided elsewhere: the texts (`corpora.py`).
"""

import argparse
import gc
import json
import statistics
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import process_time
from typing import Any

from corpora import BREAKERS, chunks_of, corpus
from dropin_table import line
from provenance import keep, machine, versions
from worker import equal

from pydantic_flow.dropin import jiter as our_jiter
from pydantic_flow.dropin import json_repair as our_json_repair
from pydantic_flow.json import Parser

try:
    import jiter
    import json_repair
except ImportError as missing:
    print(f"nothing to compare with: {missing}")
    sys.exit(0)

# A measurement is repeated inside until it takes this long.
LEAST_SECONDS = 0.02


@dataclass(frozen=True)
class Switch:
    """One call, with either import line, and its right answer."""

    name: str
    text: str
    original: Callable[[], Any]
    ours: Callable[[], Any]
    right: Any


def switches() -> Iterator[Switch]:
    """The calls that are measured."""
    for name in ["flat 267 B", "report 4.5 KB", "records 64 KB", "records 1 MB"]:
        text = corpus(name)
        yield json_repair_switch("loads", name, text, json.loads(text))
    for name in ["report 4.5 KB", "records 64 KB"]:
        for how, broken in BREAKERS.items():
            yield json_repair_switch(
                "loads", f"{name}, {how}", broken(corpus(name)), json.loads(corpus(name))
            )
    text = corpus("report 4.5 KB")
    broken = BREAKERS["trailing commas"](text)
    yield json_repair_switch(
        "repair_json", "report 4.5 KB, trailing commas", broken, json.dumps(json.loads(text))
    )
    for name in ["report 4.5 KB", "records 64 KB"]:
        text, cut, value = cut_in_a_string(corpus(name))
        yield json_repair_switch("loads", f"{name}, cut in a string", cut, value, stream_stable=True)
    for name in [
        "flat 267 B",
        "report 4.5 KB",
        "records 64 KB",
        "records 1 MB",
        "numbers 250 KB",
        "string 100 KB",
    ]:
        yield jiter_switch(name, corpus(name), json.loads(corpus(name)))
    for name in ["report 4.5 KB", "records 64 KB"]:
        text, cut, value = cut_in_a_string(corpus(name))
        yield jiter_switch(f"{name}, cut in a string", cut, value, partial_mode="trailing-strings")
        yield jiter_switch(f"{name}, cut in a string", cut, without_edge(value), partial_mode=True)

    for name in ["flat 267 B", "report 4.5 KB"]:
        yield stream_switch(name)


def stream_switch(name: str) -> Switch:
    """Not the import line alone: what the same stream costs when reading does not begin again."""
    text = corpus(name)
    chunks = [chunk.encode() for chunk in chunks_of(text)]

    def again() -> Any:
        data, value = b"", None
        for chunk in chunks:
            data += chunk
            value = jiter.from_json(data, partial_mode="trailing-strings")
        return value

    def on() -> Any:
        parser, value = Parser(), None
        for chunk in chunks:
            parser.feed(chunk)
            value = parser.snapshot()
        return value

    return Switch(
        f"{len(chunks)} chunks of {name}: from_json -> json.Parser", text, again, on, json.loads(text)
    )


def json_repair_switch(call: str, name: str, text: str, right: Any, **options: Any) -> Switch:
    original, ours = getattr(json_repair, call), getattr(our_json_repair, call)
    said = f"json_repair.{call}({', '.join(f'{key}={value!r}' for key, value in options.items())})"
    return Switch(
        f"{said}: {name}", text, lambda: original(text, **options), lambda: ours(text, **options), right
    )


def jiter_switch(name: str, text: str, right: Any, **options: Any) -> Switch:
    data = text.encode()
    said = f"jiter.from_json({', '.join(f'{key}={value!r}' for key, value in options.items())})"
    return Switch(
        f"{said}: {name}",
        text,
        lambda: jiter.from_json(data, **options),
        lambda: our_jiter.from_json(data, **options),
        right,
    )


def cut_in_a_string(text: str) -> tuple[str, str, Any]:
    """The text, its first half up to some letters into a string, and the value of that half."""
    middle = text.index('note": "' if 'note": "' in text else 'body": "', len(text) // 2)
    cut = text[: middle + 14]
    return text, cut, jiter.from_json(cut.encode(), partial_mode="trailing-strings")


def without_edge(value: Any) -> Any:
    """The value without its last member or item, at the deepest."""
    if isinstance(value, dict):
        last = next(reversed(value))
        inner = value[last]
        rest = {key: value[key] for key in value if key != last}
        return rest if isinstance(inner, str) else {**rest, last: without_edge(inner)}
    return [*value[:-1], without_edge(value[-1])]


def measure(switch: Switch, rounds: int) -> tuple[float, float, float]:
    """CPU seconds of the original and of ours, and the ratio: medians over the rounds."""
    repeats = {
        call: max(1, int(LEAST_SECONDS / max(seconds(call, 1), 1e-9)))
        for call in (switch.original, switch.ours)
    }
    pairs = []
    for number in range(rounds):
        order = [switch.original, switch.ours][:: 1 if number % 2 else -1]
        times = {call: seconds(call, repeats[call]) / repeats[call] for call in order}
        pairs.append((times[switch.original], times[switch.ours]))
    before, after = (statistics.median(column) for column in zip(*pairs, strict=True))
    return before, after, statistics.median(original / ours for original, ours in pairs)


def seconds(call: Callable[[], Any], repeats: int) -> float:
    start = process_time()
    for _ in range(repeats):
        call()
    return process_time() - start


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    rows: list[dict[str, Any]] = []
    for switch in switches():
        gc.collect()
        row: dict[str, Any] = {"call": switch.name, "original": "right", "ours": "right"}
        if not equal(switch.original(), switch.right):
            row["original"] = "wrong"
        if not equal(switch.ours(), switch.right):
            row["ours"] = f"wrong: {switch.ours()!r:.80}"
        elif not options.quick:
            before, after, ratio = measure(switch, options.rounds)
            row |= {"before": before, "after": after, "ratio": ratio}
        print(line(row), flush=True)
        rows.append(row)
    if options.json:
        found = versions(["json-repair", "jiter", "pydantic-flow"])
        keep(options.json, {"machine": machine(), "versions": found, "results": rows})
    return int(any(row["ours"] != "right" for row in rows))


if __name__ == "__main__":
    sys.exit(main())
