"""The tables. Comes in: what `run.py` keeps as JSON. Goes out: Markdown.

    python benches/report.py kept.json [more.json ...]

A cell is a time and, in brackets, its ratio to the mode's base: the median of the ratios within each round.
`*`: estimated from sampled cut points. Whoever gave no right answer has words in place of a time.
"""

import json
import statistics
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from contestants import ASTREAM, GROWTH, NO_OP, ORJSON, OURS, PASS_THROUGH, REPAIRS

RUST, SERDE = "rust: ", "serde_json, one call"

Row = dict[str, Any]
Cell = Callable[[Row, dict[str, Row]], str]


def origin(kept: dict[str, Any]) -> str:
    """The machine, the versions, and who is not there, a line each."""
    lines = [f"{name}: {value}  " for name, value in {**kept["machine"], **kept["versions"]}.items()]
    return "\n".join(
        lines + [f"left out: {name}, for {why}  " for name, why in kept.get("left_out", {}).items()]
    )


def tables(kept: dict[str, Any], level: int = 2) -> str:
    """All tables of a run."""
    lines: list[str] = []
    results: list[Row] = kept["results"]
    for mode in dict.fromkeys(row["mode"] for row in results):
        rows = [row for row in results if row["mode"] == mode]
        said = f"Time, and its ratio to: {base_of(mode)}."
        lines += ["", f"{'#' * level} {mode}", "", said, "", *table(rows, time_cell)]
        if any(row["contestant"] == NO_OP and row["seconds"] for row in rows):
            said = "What a chunk adds: (time - orjson in one call) / chunks, in no-op calls (N)."
            lines += ["", said, "", *table(rows, net_cell)]
        if mode in GROWTH and any(row["seconds"] for row in rows):
            said = "Time for a chunk, and its ratio to the smallest text of the kind."
            lines += ["", said, "", *table(rows, chunk_cell())]
        if any(row["fresh"] for row in rows):
            said = "Cut points at which the value shown was all that had come, and nothing else."
            lines += ["", said, "", *table(rows, fresh_cell)]
    return "\n".join(lines)


def table(rows: list[Row], cell: Cell) -> list[str]:
    """Contestants down, texts across; lines that say nothing are left out."""
    texts = list(dict.fromkeys(row["corpus"] for row in rows))
    there = {text: {row["contestant"]: row for row in rows if row["corpus"] == text} for text in texts}
    lines = ["| | " + " | ".join(texts) + " |", "|---" * (len(texts) + 1) + "|"]
    for name in dict.fromkeys(row["contestant"] for row in rows):
        cells = [cell(there[text][name], there[text]) if name in there[text] else "" for text in texts]
        if any(cells):
            lines.append(f"| {name} | " + " | ".join(cells) + " |")
    return lines


def base_of(mode: str) -> str:
    """Whom the ratios of a mode compare with."""
    if mode.startswith(RUST):
        return SERDE
    return OURS if mode in REPAIRS else PASS_THROUGH if ASTREAM in mode else ORJSON


def time_cell(row: Row, there: dict[str, Row]) -> str:
    if not row["seconds"]:
        return str(row["verdict"]).replace("|", "/").replace("\n", " ")[:60]
    mark = "*" if row["estimated"] else ""
    base = there.get(base_of(row["mode"]))
    if base is None or base is row or not base["seconds"]:
        return human(row["median"]) + mark
    value = statistics.median(a / b for a, b in zip(row["seconds"], base["seconds"], strict=False))
    return f"{human(row['median'])} ({value:,.{0 if value >= 100 else 2}f}){mark}"


def net_cell(row: Row, there: dict[str, Row]) -> str:
    no_op, orjson = there.get(NO_OP), there.get(ORJSON)
    if no_op is None or orjson is None or row is orjson or not (row["seconds"] and no_op["seconds"]):
        return ""
    if row is no_op:
        return f"N = {human(row['median'] / row['chunks'])}"
    mark = "*" if row["estimated"] else ""
    return f"{(row['median'] - orjson['median']) / no_op['median']:,.1f}{mark}"


def chunk_cell() -> Cell:
    """What a chunk costs; texts of one kind differ in what follows the comma of their names."""
    first: dict[tuple[str, str], float] = {}

    def cell(row: Row, there: dict[str, Row]) -> str:
        if not row["seconds"]:
            return ""
        each = row["median"] / row["chunks"]
        smallest = first.setdefault((row["contestant"], row["corpus"].partition(",")[0]), each)
        return f"{human(each)} ({each / smallest:.2f})"

    return cell


def fresh_cell(row: Row, there: dict[str, Row]) -> str:
    return "{} of {}".format(*row["fresh"]) if row["fresh"] else ""


def human(seconds: float) -> str:
    """Seconds with a unit that fits.

    >>> human(0.0000012), human(0.0345), human(1648)
    ('1.2 us', '34 ms', '1,648 s')
    """
    for unit, size in (("s", 1.0), ("ms", 1e-3), ("us", 1e-6), ("ns", 1e-9)):
        value = seconds / size
        if value >= 1 or unit == "ns":
            break
    return f"{value:,.{1 if value < 10 else 0}f} {unit}"


if __name__ == "__main__":
    runs = [json.loads(Path(name).read_text()) for name in sys.argv[1:]]
    print(
        origin(runs[0]),
        tables({**runs[0], "results": [row for run in runs for row in run["results"]]}),
        sep="\n",
    )
