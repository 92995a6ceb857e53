"""Ours and the peers in one run. Comes in: nothing but options. Goes out: a table, and the numbers as JSON.

    python benches/run.py [--quick] [--json OUT] [--only TEXT] [--rounds N]

Each contestant is a process of its own, all on one core, working in turns: every round measures each of
them once, so that a noisy moment hits all. Answers are compared with json.loads before anything is timed.
`--quick` compares answers and takes no times.
"""

import argparse
import json
import multiprocessing
import os
import platform
import statistics
import sys
from dataclasses import dataclass, field
from importlib.metadata import PackageNotFoundError, version
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from contestants import ASTREAM, CONTESTANTS, GROWTH, MODES, OURS, REPAIRS, Contestant
from corpora import GROWING, MAKERS
from report import tables
from worker import Prepared, serve

ROUNDS = 15
# A round with an estimated or slow contestant in it is expensive: a few do.
SLOW_SECONDS, SLOW_ROUNDS = 1.0, 3
PATIENCE = 300

# What is measured where: repairs need structure, and one size is enough for the slow ones.
ONLY_HERE = {mode: ["flat 267 B", "report 4.5 KB", "records 64 KB"] for mode in REPAIRS}
# Only the loop over the longest one is long enough to show what grows beside the parser.
ONLY_HERE |= {mode: [text for text in GROWING if "10 MB" not in text or ASTREAM in mode] for mode in GROWTH}


@dataclass
class Seat:
    """A contestant's process and the pipe to it."""

    who: Contestant
    core: int | None
    process: Any = None
    pipe: Connection | None = None

    def ask(self, *order: Any) -> Any:
        """Send an order and wait; a worker that dies or hangs is an answer too."""
        if self.process is None:
            self.start()
        assert self.pipe is not None
        try:
            self.pipe.send(order)
            if self.pipe.poll(PATIENCE):
                return self.pipe.recv()
        except (EOFError, BrokenPipeError, ConnectionResetError):
            self.stop()
            return Prepared("crashed")
        self.stop()
        return Prepared(f"no answer in {PATIENCE} s")

    def start(self) -> None:
        context = multiprocessing.get_context("spawn")
        self.pipe, far = context.Pipe()
        self.process = context.Process(target=serve, args=(far, self.who.name, self.core), daemon=True)
        self.process.start()
        far.close()

    def stop(self) -> None:
        if self.process is not None:
            self.process.kill()
            self.process.join()
        self.process = None


@dataclass
class Result:
    """What one contestant did with one text in one mode."""

    mode: str
    corpus: str
    name: str
    prepared: Prepared
    seconds: list[float] = field(default_factory=list)

    @property
    def is_timed(self) -> bool:
        return self.prepared.verdict in {"right", "floor"}


def compete(seats: list[Seat], mode: str, corpus: str, rounds: int) -> list[Result]:
    """One text in one mode: answers first, then rounds in which everybody is measured once."""
    present = [seat for seat in seats if mode in seat.who.ways]
    results = [Result(mode, corpus, seat.who.name, seat.ask("prepare", corpus, mode)) for seat in present]
    timed = [(s, r) for s, r in zip(present, results, strict=True) if r.is_timed and rounds]
    for seat, _ in timed:
        seat.ask("calibrate")
    for turn in range(rounds):
        order = timed[turn % len(timed) :] + timed[: turn % len(timed)]
        for seat, result in order:
            if turn >= SLOW_ROUNDS and (result.prepared.estimated or result.seconds[0] > SLOW_SECONDS):
                continue
            seconds = seat.ask("measure")
            if isinstance(seconds, Prepared):
                result.prepared = seconds
                continue
            result.seconds.append(seconds)
    return results


def installed(who: Contestant) -> bool:
    """Whether the package is there. We always are: a build that fails is a result too."""
    return who.package is None or who.name == OURS or version_of(who.package) != "not installed"


def version_of(package: str) -> str:
    try:
        return version(package)
    except PackageNotFoundError:
        return "not installed"


def machine() -> dict[str, str]:
    """Where the numbers come from."""
    cpu = platform.processor()
    info = Path("/proc/cpuinfo")
    if info.exists():
        names = [
            line.partition(":")[2].strip() for line in info.read_text().splitlines() if "model name" in line
        ]
        cpu = names[0] if names else cpu
    return {
        "cpu": cpu,
        "cores": str(os.cpu_count()),
        "system": f"{platform.system()} {platform.release()} {platform.machine()}",
        "python": f"{platform.python_implementation()} {platform.python_version()}",
    }


def one_core() -> int | None:
    """The core that all workers share: the last one we may use, so that the controller has another."""
    return max(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def as_json(results: list[Result]) -> list[dict[str, Any]]:
    return [
        {
            "mode": r.mode,
            "corpus": r.corpus,
            "contestant": r.name,
            "verdict": r.prepared.verdict,
            "estimated": r.prepared.estimated,
            "fresh": r.prepared.fresh,
            "chunks": r.prepared.chunks,
            "seconds": r.seconds,
            "median": statistics.median(r.seconds) if r.seconds else None,
        }
        for r in results
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ours and the peers, measured in one run.")
    parser.add_argument("--quick", action="store_true", help="compare answers, take no times")
    parser.add_argument("--json", type=Path, help="write every number to this file")
    parser.add_argument("--only", default="", help="only modes or texts whose name contains this")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    return parser.parse_args()


def main() -> int:
    """Run, print, keep; 1 when one of our own answers is wrong."""
    options = arguments()
    core = one_core()
    seats = [Seat(who, core) for who in CONTESTANTS if installed(who)]
    results: list[Result] = []
    for mode in MODES:
        for corpus in ONLY_HERE.get(mode, list(MAKERS)):
            if options.only in mode or options.only in corpus:
                print(f"{mode}: {corpus}", file=sys.stderr, flush=True)
                results += compete(seats, mode, corpus, 0 if options.quick else options.rounds)
    for seat in seats:
        seat.stop()
    versions = {who.package: version_of(who.package) for who in CONTESTANTS if who.package}
    kept = {"machine": machine(), "versions": versions, "results": as_json(results)}
    print(tables(kept))
    if options.json:
        options.json.write_text(json.dumps(kept, indent=1) + "\n")
    ours = [r for r in results if r.name == OURS]
    return int(any(r.prepared.verdict != "right" for r in ours))


if __name__ == "__main__":
    sys.exit(main())
