"""The table of `dropin.py`. Comes in: what it kept. Goes out: Markdown."""

from typing import Any

HEAD = "| call | before | after | times as fast |\n|---|---|---|---|"


def table(kept: dict[str, Any]) -> str:
    """All rows, with their head."""
    return "\n".join([HEAD, *map(line, kept["results"])])


def line(row: dict[str, Any]) -> str:
    """A call before and after the import line changed."""
    remark = "" if row["original"] == "right" else " (answers wrong)"
    if "ratio" not in row:
        return f"| {row['call']} | {row['original']} | {row['ours']} | |"
    return f"| {row['call']} | {shown(row['before'])}{remark} | {shown(row['after'])} | {row['ratio']:.3g} |"


def shown(time: float) -> str:
    return f"{time * 1e3:.3g} ms" if time >= 1e-3 else f"{time * 1e6:.3g} µs"
