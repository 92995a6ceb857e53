"""What a chunk costs to read, here and where the whole text is parsed again, measured at once.

Coming in: the chunks of the demo, and the validated model for a longer document.
Going out: counts and nanoseconds.
Decided elsewhere: what is said about them (``conclusion.py``). The benches proper are in ``benches/``.
"""

import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import accumulate
from statistics import mean, median
from time import perf_counter_ns
from typing import Any

from pydantic_core import from_json

from ...streaming import StreamingParser
from .answer import Incident

COPIES = 64
CHUNK = 4
SAMPLES = 100


@dataclass(frozen=True)
class BrokenRun:
    """The demo's answer: our time for a chunk, and after how many chunks the others had a value."""

    ours_ns: float
    loads: int
    from_json: int


@dataclass(frozen=True)
class CleanRun:
    """The same incident many times over as one clean document, in small chunks, read both ways."""

    size: int
    chunks: int
    ours_ns: float
    ours_total_ns: float
    reparse_ns: float
    reparse_total_ns: float


def broken_run(chunks: list[str], incident: Incident) -> BrokenRun:
    """Read the demo's chunks again, without waiting and without drawing."""
    prefixes = list(accumulate(chunks))
    return BrokenRun(
        ours_ns=median(_ours(chunks, Incident, incident)),
        loads=sum(_reads(json.loads, prefix) for prefix in prefixes),
        from_json=sum(_reads(_partial, prefix) for prefix in prefixes),
    )


def clean_run(incident: Incident) -> CleanRun:
    """Read a list of `COPIES` incidents, every chunk with us, `SAMPLES` chunks by parsing again.

    Raises:
        ValueError: one of the two read something else, so that its times mean nothing.
    """
    text = "[" + ",".join([incident.model_dump_json()] * COPIES) + "]"
    chunks = list(_cut(text))
    ours = _ours(chunks, list[Incident], [incident] * COPIES)
    reparse = _reparse(text, [incident.model_dump(mode="json")] * COPIES)
    return CleanRun(
        size=len(text.encode()),
        chunks=len(chunks),
        ours_ns=median(ours),
        ours_total_ns=sum(ours),
        reparse_ns=median(reparse),
        reparse_total_ns=mean(reparse) * len(chunks),
    )


def _cut(text: str) -> Iterator[str]:
    return (text[start : start + CHUNK] for start in range(0, len(text), CHUNK))


def _ours(chunks: list[str], model_type: Any, expected: object) -> list[int]:
    parser = StreamingParser(model_type)
    times = []
    for chunk in chunks:
        begin = perf_counter_ns()
        parser.feed(chunk)
        times.append(perf_counter_ns() - begin)
    _same(parser.finish()[-1], expected)
    return times


def _reparse(text: str, expected: object) -> list[int]:
    """Parse `SAMPLES` beginnings of the text, evenly spread; all of them would take too long."""
    times = []
    for sample in range(1, SAMPLES + 1):
        prefix = text[: len(text) * sample // SAMPLES]
        begin = perf_counter_ns()
        value = _partial(prefix)
        times.append(perf_counter_ns() - begin)
    _same(value, expected)
    return times


def _partial(text: str) -> Any:
    return from_json(text, allow_partial="trailing-strings")


def _reads(reader: Callable[[str], Any], text: str) -> bool:
    try:
        reader(text)
    except ValueError:
        return False
    return True


def _same(value: object, expected: object) -> None:
    if value != expected:
        raise ValueError("a reader that is measured has read something else")
