"""The pictures of docs/benchmarks.md. Comes in: what the benches kept. Goes out: SVG, as text.

Each stands alone: its colours follow the reader's light or dark scheme, it asks for no font and no script.
Logarithmic axes, because what is compared differs by factors. Decided elsewhere: where they go (`page.py`).
"""

import math
import statistics
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from contestants import NO_OP, ONE_CALL, ORJSON, OURS, SNAPSHOT
from corpora import corpus
from report import human

Row = dict[str, Any]

# Eight hues that stay apart on white and on near-black; ours is the first.
HUES = ["#d9480f", "#1c7ed6", "#2b8a3e", "#9c36b5", "#0c8599", "#a07900", "#d6336c", "#5f6b7a"]
STYLE = """
  svg { --ink: #1f2328; --soft: #59636e; --line: #d1d9e0; --paper: #ffffff }
  @media (prefers-color-scheme: dark) {
    svg { --ink: #e6edf3; --soft: #9ba6b2; --line: #3a424b; --paper: #15191e }
  }
  text { font: 13px system-ui, sans-serif; fill: var(--ink) }
  text { paint-order: stroke; stroke: var(--paper); stroke-width: 3px }
  .title { font-size: 16px; font-weight: 600 }
  .soft { fill: var(--soft) }
  .grid { stroke: var(--line); stroke-width: 1 }
  .ours { font-weight: 700 }
"""


@dataclass(frozen=True)
class Scale:
    """A logarithmic axis: values to places."""

    least: float
    most: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        share = math.log(value / self.least) / math.log(self.most / self.least)
        return round(self.start + share * (self.end - self.start), 1)

    def decades(self) -> list[float]:
        """The powers of ten on the axis."""
        exponents = range(math.ceil(math.log10(self.least)), math.floor(math.log10(self.most)) + 1)
        return [10.0**exponent for exponent in exponents]


def drawing(width: int, height: int, title: str, said: str, parts: Iterable[str]) -> str:
    """A whole picture with its title and a line of explanation."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" role="img">',
        f"<title>{escape(title)}</title>",
        f"<style>{STYLE}</style>",
        f'<rect width="{width}" height="{height}" fill="var(--paper)"/>',
        label(16, 28, title, "title"),
        label(16, 48, said, "soft"),
    ]
    return "\n".join([*head, *parts, "</svg>"]) + "\n"


def hue_of(number: int, name: str) -> str:
    """Ours has the first hue for itself."""
    return HUES[0] if name == OURS else HUES[1 + number % (len(HUES) - 1)]


def label(x: float, y: float, text: str, kind: str = "", anchor: str = "start") -> str:
    return f'<text x="{x}" y="{y}" class="{kind}" text-anchor="{anchor}">{escape(text)}</text>'


def rule(x1: float, y1: float, x2: float, y2: float) -> str:
    return f'<line x1="{x1}" y1="{y1}" x2="{x2}" y2="{y2}" class="grid"/>'


def size(count: float) -> str:
    """Bytes as a person says them."""
    return (
        f"{count / 1e6:.3g} MB"
        if count >= 1e6
        else f"{count / 1e3:.3g} KB"
        if count >= 1e3
        else f"{count:.0f} B"
    )


def apart(wanted: dict[str, float], gap: float) -> dict[str, float]:
    """Places near the wanted ones, none nearer to another than the gap."""
    placed: dict[str, float] = {}
    for name in sorted(wanted, key=wanted.__getitem__):
        placed[name] = max([wanted[name], *[place + gap for place in placed.values()]])
    return placed


def timed(kept: Row, mode: str) -> list[Row]:
    return [row for row in kept["results"] if row["mode"] == mode and row["seconds"]]


def cost_per_chunk(kept: Row) -> str:
    """What a chunk of 4 characters with a look at the value costs, in documents of growing size."""
    rows = [row for row in timed(kept, SNAPSHOT) if row["contestant"] not in {ORJSON, NO_OP}]
    texts = ["flat 267 B", "report 4.5 KB", "records 64 KB", "records 1 MB"]
    points: dict[str, list[tuple[float, float, bool]]] = {}
    for row in rows:
        if row["corpus"] in texts:
            point = (len(corpus(row["corpus"]).encode()), row["median"] / row["chunks"], row["estimated"])
            points.setdefault(row["contestant"], []).append(point)
    costs = [cost for line in points.values() for _, cost, _ in line]
    across = Scale(200, 1.2e6, 70, 600)
    up = Scale(min(costs) / 1.5, max(costs) * 1.5, 520, 70)
    parts = []
    for cost in up.decades():
        parts += [rule(70, up(cost), 600, up(cost)), label(62, up(cost) + 4, human(cost), "soft", "end")]
    for text in texts:
        count = len(corpus(text).encode())
        parts += [rule(across(count), 70, across(count), 520)]
        parts += [label(across(count), 540, size(count), "soft", "middle")]
    furthest = max(across(count) for line in points.values() for count, _, _ in line)
    wanted = {name: up(max(line)[1]) for name, line in points.items() if across(max(line)[0]) == furthest}
    ends = apart(wanted, 16)
    for number, (name, line) in enumerate(points.items()):
        hue, thick = hue_of(number, name), 3.5 if name == OURS else 1.6
        dashed = ' stroke-dasharray="6 4"' if number >= len(HUES) else ""
        places = [(across(count), up(cost), guess) for count, cost, guess in sorted(line)]
        path = " ".join(f"{x},{y}" for x, y, _ in places)
        parts.append(f'<polyline points="{path}" fill="none" stroke="{hue}" stroke-width="{thick}"{dashed}/>')
        for x, y, guess in places:
            fill = "var(--paper)" if guess else hue
            parts.append(f'<circle cx="{x}" cy="{y}" r="4" fill="{fill}" stroke="{hue}" stroke-width="1.6"/>')
        x, y, _ = places[-1]
        kind = "ours" if name == OURS else ""
        if name in ends:
            leader = f'<line x1="{x + 5}" y1="{y}" x2="624" y2="{ends[name]}" stroke="{hue}" opacity="0.6"/>'
            parts += [leader, label(628, ends[name] + 4, name, kind)]
        else:
            # It answers wrong in the longer texts, and is not timed there.
            parts.append(label(x + 9, y + 4, f"{name} (wrong in the others)", kind))
    said = "CPU time for a chunk of 4 characters and a look at the value; hollow: estimated from samples"
    height = int(max(555, *(place + 16 for place in ends.values())))
    return drawing(850, height, "Cost of a chunk against the size of the document", said, parts)


def one_call(kept: Row) -> str:
    """One call on a whole valid document, as a multiple of orjson's time."""
    rows = timed(kept, ONE_CALL)
    base = {row["corpus"]: row["seconds"] for row in rows if row["contestant"] == ORJSON}
    ratios: dict[str, dict[str, float]] = {}
    for row in rows:
        if row["contestant"] != ORJSON and row["corpus"] in base:
            pairs = zip(row["seconds"], base[row["corpus"]], strict=False)
            ratios.setdefault(row["contestant"], {})[row["corpus"]] = statistics.median(
                a / b for a, b in pairs
            )
    values = [ratio for each in ratios.values() for ratio in each.values()]
    width = int(200 + sum(36 + 7.2 * len(name) for name in ratios))
    across = Scale(min(0.25, *values) / 1.1, max(8, *values) * 1.1, 170, width - 30)
    texts, top = list(base), 100
    foot = top + 34 * len(texts)
    parts = []
    for tick in (0.25, 0.5, 1, 2, 4, 8, 16, 32):
        if across.least <= tick <= across.most:
            x = across(tick)
            parts += [rule(x, top - 12, x, foot), label(x, foot + 18, f"{tick:g}", "soft", "middle")]
    x = across(1)
    parts.append(
        f'<line x1="{x}" y1="{top - 12}" x2="{x}" y2="{foot}" stroke="var(--soft)" stroke-width="2"/>'
    )
    for line, text in enumerate(texts):
        y = top + 34 * line + 14
        parts += [label(160, y + 4, text, "", "end"), rule(170, y, width - 30, y)]
    # Ours last, so that nothing lies on it; the others a little apart, so that none hides another.
    for number, name in reversed(list(enumerate(ratios))):
        lift = 0 if name == OURS else 3 * (number - len(ratios) / 2)
        for line, text in enumerate(texts):
            if text in ratios[name]:
                place = across(ratios[name][text]), top + 34 * line + 14 + lift
                parts.append(mark(*place, number, hue_of(number, name), name == OURS))
    legend = 170.0
    for number, name in enumerate(ratios):
        parts.append(mark(legend, 68, number, hue_of(number, name), name == OURS))
        parts.append(label(legend + 12, 72, name, "ours" if name == OURS else ""))
        legend += 36 + 7.2 * len(name)
    said = "CPU time divided by orjson's in the same round, medians; left of 1 is faster than orjson"
    return drawing(width, foot + 34, "A whole valid document in one call, against orjson", said, parts)


def mark(x: float, y: float, number: int, hue: str, is_ours: bool) -> str:
    """A circle, square or diamond, so that colour is not all that tells who it is."""
    r = 7 if is_ours else 5
    shapes = [
        f'<circle cx="{x}" cy="{y}" r="{r}"',
        f'<rect x="{x - r}" y="{y - r}" width="{2 * r}" height="{2 * r}"',
        f'<path d="M{x} {y - r - 1} L{x + r + 1} {y} L{x} {y + r + 1} L{x - r - 1} {y} Z"',
    ]
    return shapes[number % 3] + f' fill="{hue}" stroke="var(--paper)" stroke-width="1"/>'


def repair_rates(kept: Row) -> str:
    """Categories down, readers across: how much of broken JSON is read right."""
    names, rows = list(kept["outcomes"]), kept["results"]
    count = sum(row["cases"] for row in rows)
    total = {name: kept["outcomes"][name].get("right", 0) for name in names}
    lines = [*rows, {"category": "all", "cases": count, "right": total}]
    left, top, wide, high = 190, 190, 62, 20
    parts = []
    for column, name in enumerate(names):
        x = left + wide * column + wide / 2
        turned = f'<g transform="translate({x} {top - 10}) rotate(-45)">'
        parts.append(turned + label(0, 0, name, "ours" if name == OURS else "") + "</g>")
    for line, row in enumerate(lines):
        y = top + high * line + (8 if row["category"] == "all" else 0)
        parts.append(label(left - 10, y + 14, f"{row['category']} ({row['cases']})", "", "end"))
        for column, name in enumerate(names):
            share = row["right"][name] / row["cases"]
            x, hue = left + wide * column, HUES[0] if name == OURS else HUES[1]
            said = f"{100 * share:.1f}" if row["category"] == "all" else f"{100 * share:.0f}"
            box = f'<rect x="{x + 1}" y="{y + 1}" width="{wide - 2}" height="{high - 2}" rx="2" '
            parts.append(box + f'fill="{hue}" fill-opacity="{0.06 + 0.5 * share:.2f}"/>')
            parts.append(label(x + wide / 2, y + 14, said, "ours" if name == OURS else "", "middle"))
    title = "Broken JSON that is read right, by category"
    said = f"Per cent of the cases of a category (their number in brackets); {count} cases in all"
    width = left + wide * len(names) + 110
    return drawing(width, top + high * len(lines) + 24, title, said, parts)
