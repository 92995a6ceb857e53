"""The tables and pictures of the docs. Comes in: `results/*.json`. Goes out: parts of two pages.

    python benches/page.py

In docs/benchmarks.md and docs/dropin.md, what stands between `<!-- measured: NAME -->` and `<!-- end -->` is
written anew. A part whose numbers were not kept stays as it is, and is named. Pictures go to docs/pictures.
"""

import json
import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import dropin_table
import memory
import pictures
import rates
from report import origin, tables

HERE = Path(__file__).parent
DOCS, RESULTS = HERE.parent / "docs", HERE / "results"
PICTURES = DOCS / "pictures"

# A page's part, the file its numbers are in, and what makes text of them.
PARTS: dict[str, tuple[str, Callable[[Any], str]]] = {
    "machine": ("run", origin),
    "run": ("run", lambda kept: tables(kept, level=3)),
    "rates": ("rates", rates.table),
    "memory": ("memory", memory.table),
    "rust machine": ("rust", origin),
    "rust": ("rust", lambda kept: tables(kept, level=3)),
    "dropin machine": ("dropin", origin),
    "dropin": ("dropin", dropin_table.table),
}
DRAWN: dict[str, tuple[str, Callable[[Any], str]]] = {
    "cost-per-chunk": ("run", pictures.cost_per_chunk),
    "one-call": ("run", pictures.one_call),
    "repair-rates": ("rates", pictures.repair_rates),
}
PART = re.compile(r"(<!-- measured: (?P<name>[\w ]+) -->\n).*?(<!-- end -->)", re.DOTALL)


def kept(name: str) -> Any | None:
    """The numbers of a bench, if it was run."""
    file = RESULTS / f"{name}.json"
    return json.loads(file.read_text("utf-8")) if file.exists() else None


def renewed(page: str, missing: set[str]) -> str:
    """The page with its measured parts written anew."""

    def part(match: re.Match[str]) -> str:
        file, told = PARTS[match["name"]]
        numbers = kept(file)
        if numbers is None:
            missing.add(file)
            return match[0]
        return f"{match[1]}\n{told(numbers).strip()}\n\n{match[3]}"

    return PART.sub(part, page)


def main() -> int:
    """Write; 1 where numbers are missing."""
    missing: set[str] = set()
    for page in (DOCS / "benchmarks.md", DOCS / "dropin.md"):
        page.write_text(renewed(page.read_text("utf-8"), missing), "utf-8")
    PICTURES.mkdir(exist_ok=True)
    for name, (file, drawn) in DRAWN.items():
        numbers = kept(file)
        if numbers is None:
            missing.add(file)
        else:
            (PICTURES / f"{name}.svg").write_text(drawn(numbers), "utf-8")
    for file in sorted(missing):
        print(f"no {RESULTS.name}/{file}.json: what it shows was left as it is", file=sys.stderr)
    return int(bool(missing))


if __name__ == "__main__":
    sys.exit(main())
