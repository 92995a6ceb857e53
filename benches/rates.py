"""How much of broken JSON each reader reads right, by category. Comes in: tables of cases. Goes out: a table.

    python benches/rates.py [--cases FILE ...] [--json OUT]

A case is a line of JSON: `input`, `category`, and `expected` or `readings` (any of them is right). Equal is
deep and strict: True is not 1, but 1 is 1.0, because JavaScript has one kind of number; the order of members
does not count. An exception, a wrong answer, a crash and no answer in a few seconds are failures, and counted
as what they are. Without `--cases`: `../shared/cases/repair.jsonl` where it lies beside the checkout, a table
from before this reader was written; else the tables of our own tests, which were made while it was.
"""

import argparse
import collections
import importlib
import json
import math
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from contestants import OURS, NodeContestant
from provenance import Kept, keep, machine, version_of, versions
from seats import Gone, NodeSeat, Seat, why_no_node

ROOT = Path(__file__).parents[1]
BESIDE = ROOT.parent / "shared" / "cases" / "repair.jsonl"
PATIENCE = 5


@dataclass(frozen=True)
class Reader:
    """Somebody's function that takes text as it comes from a model."""

    name: str
    package: str
    module: str
    function: str
    options: dict[str, Any] = field(default_factory=dict)


READERS = [
    Reader(OURS, "pydantic-flow", "pydantic_flow.json", "loads"),
    Reader("json_repair", "json-repair", "json_repair", "loads"),
    Reader("repairjson", "repairjson", "repairjson", "loads"),
    Reader("fast-json-repair", "fast-json-repair", "fast_json_repair", "loads"),
    Reader("partial-json-parser", "partial-json-parser", "partial_json_parser", "loads"),
    Reader(
        "pydantic_core", "pydantic-core", "pydantic_core", "from_json", {"allow_partial": "trailing-strings"}
    ),
]
NODE_READERS = [
    NodeContestant("jsonrepair (JS)", "jsonrepair", {}),
    NodeContestant("best-effort-json-parser (JS)", "best-effort-json-parser", {}),
    NodeContestant("partial-json (JS)", "partial-json", {}),
    NodeContestant("ai (JS)", "ai", {}),
]

Case = dict[str, Any]


def serve(pipe: Connection, reader: Reader) -> None:
    """Read text after text until the pipe closes."""
    sys.setrecursionlimit(5_000)
    read: Callable[..., Any] = getattr(importlib.import_module(reader.module), reader.function)
    while True:
        _, text = pipe.recv()
        try:
            pipe.send(("value", read(text, **reader.options)))
        except Exception as error:
            pipe.send(("failed", f"{type(error).__name__}: {error}"[:160]))


def same(a: Any, b: Any) -> bool:
    """Whether two values are the same JSON."""
    if isinstance(b, dict):
        return isinstance(a, dict) and a.keys() == b.keys() and all(same(a[key], b[key]) for key in b)
    if isinstance(b, list):
        return isinstance(a, (list, tuple)) and len(a) == len(b) and all(map(same, a, b))
    if isinstance(a, bool) or isinstance(b, bool) or not isinstance(b, (int, float)):
        return type(a) is type(b) and a == b
    return isinstance(a, (int, float)) and (a == b or (math.isnan(a) and math.isnan(b)))


def plain(value: Any) -> Any:
    """A case writes `{"$float": "nan"}` for a float that JSON cannot write."""
    if isinstance(value, dict):
        if value.keys() == {"$float"}:
            return float(value["$float"])
        return {key: plain(inner) for key, inner in value.items()}
    return [plain(inner) for inner in value] if isinstance(value, list) else value


def is_right(case: Case, value: Any) -> bool:
    return any(same(value, plain(reading)) for reading in case.get("readings", [case.get("expected")]))


def outcomes(seat: Seat | NodeSeat, cases: list[Case]) -> list[str]:
    """`right`, `wrong`, `raised` or `gone`, case by case."""
    found = []
    for case in cases:
        try:
            kind, said = seat.ask("read", case["input"])
        except Gone:
            found.append("gone")
            continue
        found.append("raised" if kind == "failed" else "right" if is_right(case, said) else "wrong")
    seat.stop()
    return found


def load(files: list[Path]) -> list[Case]:
    return [
        json.loads(line) for file in files for line in file.read_text("utf-8").split("\n") if line.strip()
    ]


def tables_of_ours() -> list[Path]:
    """The tables of our own tests that are about repair."""
    others = {"readings.jsonl"}
    return [file for file in sorted((ROOT / "tests" / "data").glob("*.jsonl")) if file.name not in others]


def seats() -> tuple[dict[str, Seat | NodeSeat], dict[str, str]]:
    """A seat for everybody who is here, and why others are not."""
    there: dict[str, Seat | NodeSeat] = {}
    left_out = {}
    for reader in READERS:
        if version_of(reader.package) or reader.name == OURS:
            there[reader.name] = Seat(serve, (reader,), PATIENCE)
        else:
            left_out[reader.name] = f"{reader.package} is not installed"
    why = why_no_node()
    for peer in NODE_READERS:
        if why is None:
            there[peer.name] = NodeSeat(peer, None, PATIENCE)
        else:
            left_out[peer.name] = why
    return there, left_out


def rate(files: list[Path]) -> Kept:
    """Every reader on every case."""
    cases = load(files)
    there, left_out = seats()
    found = {name: outcomes(seat, cases) for name, seat in there.items()}
    categories = list(dict.fromkeys(case["category"] for case in cases))
    rows = []
    for category in categories:
        at = [i for i, case in enumerate(cases) if case["category"] == category]
        right = {name: sum(found[name][i] == "right" for i in at) for name in found}
        rows.append({"category": category, "cases": len(at), "right": right})
    return {
        "machine": machine(),
        "versions": versions([reader.package for reader in READERS], javascript=True),
        "left_out": left_out,
        "tables": [file.name for file in files],
        "outcomes": {name: dict(collections.Counter(each)) for name, each in found.items()},
        "results": rows,
    }


def table(kept: Kept) -> str:
    """Categories down, readers across, in per cent; the sums and failures below."""
    names = list(kept["outcomes"])
    lines = ["| category | cases | " + " | ".join(names) + " |", "|---" * (len(names) + 2) + "|"]
    for row in kept["results"]:
        cells = [f"{100 * row['right'][name] / row['cases']:.0f}" for name in names]
        lines.append(f"| {row['category']} | {row['cases']} | " + " | ".join(cells) + " |")
    count = sum(row["cases"] for row in kept["results"])
    sums = kept["outcomes"]
    cells = [f"{100 * sums[name].get('right', 0) / count:.1f}" for name in names]
    lines.append(f"| all, % right | {count} | " + " | ".join(cells) + " |")
    for what, said in (("raised", "errors"), ("gone", f"crashes, or no answer in {PATIENCE} s")):
        lines.append(f"| {said} | | " + " | ".join(str(sums[name].get(what, 0)) for name in names) + " |")
    return "\n".join(lines)


def main() -> None:
    """Rate, print, keep."""
    parser = argparse.ArgumentParser(description="How much of broken JSON each reader reads right.")
    parser.add_argument("--cases", nargs="+", type=Path, help="tables of cases, lines of JSON")
    parser.add_argument("--json", type=Path, help="write the counts to this file")
    options = parser.parse_args()
    kept = rate(options.cases or ([BESIDE] if BESIDE.exists() else tables_of_ours()))
    print(table(kept))
    if options.json:
        keep(options.json, kept)


if __name__ == "__main__":
    main()
