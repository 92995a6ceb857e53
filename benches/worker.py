"""One process per contestant. Comes in: orders over a pipe. Goes out: whether the answer is right, and times.

The controller lets one worker work at a time, all of them on the same core, so that noise is shared.
Decided elsewhere: who does what how (`contestants.py`), in which order (`run.py`).
"""

import gc
import importlib.util
import math
import os
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from time import thread_time
from typing import Any

from contestants import REPAIRS, Job, Work, contestant

# A measurement is repeated inside until it takes this long.
LEAST_SECONDS = 0.02
# Partial values are compared at so many places, in texts up to this size.
LOOKS, LARGEST_LOOKED_AT = 24, 80_000


@dataclass(frozen=True)
class Prepared:
    """What the controller learns before it asks for times."""

    verdict: str
    """`right`, `floor`, or what is wrong."""
    estimated: bool = False
    fresh: tuple[int, int] | None = None
    """At how many of how many places the partial value was what had come so far."""
    chunks: int = 0


class Worker:
    """Prepares one piece of work at a time and measures it on request."""

    def __init__(self, name: str) -> None:
        self.who = contestant(name)
        self.work: Work | None = None
        self.repeats = 1

    def prepare(self, corpus: str, mode: str) -> Prepared:
        """Do the job once and compare the answer; nothing is timed that is not right."""
        job = Job(corpus, mode)
        gc.unfreeze()
        try:
            self.work = self.who.ways[mode](job)
            verdict, fresh = judge(job, self.work), freshness(job, self.work)
        except Exception as error:
            # A peer's failure is a result: it is reported in the table.
            return Prepared(f"{type(error).__name__}: {error}"[:160])
        gc.collect()
        gc.freeze()
        return Prepared(verdict, self.work.estimated, fresh, len(job.chunks))

    def calibrate(self) -> None:
        """Find out how often to repeat the work in one measurement."""
        once = self.seconds(1)
        self.repeats = max(1, min(100_000, int(LEAST_SECONDS / max(once, 1e-9))))

    def measure(self) -> float:
        """Seconds for doing the work once."""
        assert self.work is not None
        return self.seconds(self.repeats) / self.repeats * self.work.scale

    def seconds(self, repeats: int) -> float:
        assert self.work is not None
        call = self.work.call
        start = thread_time()
        for _ in range(repeats):
            call()
        return thread_time() - start


def judge(job: Job, work: Work) -> str:
    """`right`, or what the contestant said instead."""
    if work.is_floor:
        work.call()
        return "floor"
    answer = (work.answer or work.call)()
    return "right" if equal(answer, job.expected) else f"wrong: {answer!r}"[:120]


def equal(a: Any, b: Any) -> bool:
    """Equal with types: True is not 1, and 1 is not 1.0."""
    if isinstance(b, dict):
        return isinstance(a, dict) and a.keys() == b.keys() and all(equal(a[key], b[key]) for key in b)
    if isinstance(b, list):
        return isinstance(a, list) and len(a) == len(b) and all(map(equal, a, b))
    return type(a) is type(b) and a == b


def looks(job: Job) -> list[tuple[int, Any]]:
    """After how many chunks the value shown is compared, and what had come by then (the tests' oracle)."""
    if len(job.text) > LARGEST_LOOKED_AT or job.mode in REPAIRS:
        return []
    reading = oracle()
    chunks = len(job.chunks)
    places = sorted({math.ceil((i + 1) * chunks / (LOOKS + 1)) for i in range(LOOKS)})
    return [(count, reading("".join(job.chunks[:count]))) for count in places]


def freshness(job: Job, work: Work) -> tuple[int, int] | None:
    """How often the value shown on the way is what had come so far."""
    places = looks(job) if work.at is not None else []
    if work.at is None or not places:
        return None
    right = 0
    for count, expected in places:
        try:
            right += equal(work.at(count), expected)
        except Exception:
            # A reader that cannot read this prefix shows nothing there: not right.
            continue
    return right, len(places)


def oracle() -> Callable[[str], Any]:
    """The reading of a prefix of valid JSON, from the tests of this project."""
    path = Path(__file__).parents[1] / "tests" / "json" / "oracle.py"
    spec = importlib.util.spec_from_file_location("oracle", path)
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    reading: Callable[[str], Any] = module.prefix_reading
    return reading


def pin(core: int | None) -> None:
    """Stay on one core, where the system can do that."""
    if core is not None and hasattr(os, "sched_setaffinity"):
        os.sched_setaffinity(0, {core})


def serve(pipe: Connection, name: str, core: int | None) -> None:
    """Take orders until None comes."""
    pin(core)
    worker = Worker(name)
    orders: dict[str, Callable[..., Any]] = {
        "prepare": worker.prepare,
        "calibrate": worker.calibrate,
        "measure": worker.measure,
    }
    while (order := pipe.recv()) is not None:
        verb, *arguments = order
        pipe.send(orders[verb](*arguments))
