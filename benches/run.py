"""Ours and the peers in one run. Comes in: nothing but options. Goes out: a table, and the numbers as JSON.

    python benches/run.py [--quick] [--json OUT] [--only TEXT] [--rounds N]

Each contestant is a process of its own, all on one core, working in turns: every round measures each of
them once, so that a noisy moment hits all. Answers are compared with json.loads before anything is timed.
`--quick` compares answers in the shorter texts and takes no times.
"""

import argparse
import os
import statistics
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from contestants import (
    ASTREAM,
    CONTESTANTS,
    GROWTH,
    MODES,
    NODE_CONTESTANTS,
    OURS,
    REPAIRS,
    Contestant,
    NodeContestant,
)
from corpora import GROWING, MAKERS
from corpora import corpus as text_of
from provenance import keep, machine, version_of, versions
from report import origin, tables
from seats import Gone, NodeSeat, Seat, why_no_node
from worker import Prepared, serve

ROUNDS = 15
# A round with an estimated or slow contestant in it is expensive: a few do.
SLOW_SECONDS, SLOW_ROUNDS = 1.0, 3
PATIENCE = 300
# `--quick` leaves out texts that are longer.
LONGEST_QUICK = 300_000

# What is measured where: repairs need structure, and one size is enough for the slow ones.
ONLY_HERE = {mode: ["flat 267 B", "report 4.5 KB", "records 64 KB"] for mode in REPAIRS}
# Only the loop over the longest one is long enough to show what grows beside the parser.
ONLY_HERE |= {mode: [text for text in GROWING if "10 MB" not in text or ASTREAM in mode] for mode in GROWTH}


AnySeat = Seat | NodeSeat
Taken = tuple[Contestant | NodeContestant, AnySeat]


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


def compete(seats: list[Taken], mode: str, corpus: str, rounds: int) -> list[Result]:
    """One text in one mode: answers first, then rounds in which everybody is measured once."""
    present = [(who, seat) for who, seat in seats if mode in who.ways]
    results = [Result(mode, corpus, who.name, prepared(seat, corpus, mode)) for who, seat in present]
    timed = [(s, r) for (_, s), r in zip(present, results, strict=True) if r.is_timed and rounds]
    for seat, result in timed:
        ask(seat, result, "calibrate")
    for turn in range(rounds):
        order = timed[turn % len(timed) :] + timed[: turn % len(timed)]
        for seat, result in order:
            slow = result.seconds and (result.prepared.estimated or result.seconds[0] > SLOW_SECONDS)
            if not result.is_timed or (slow and turn >= SLOW_ROUNDS):
                continue
            seconds = ask(seat, result, "measure")
            if seconds is not None:
                result.seconds.append(seconds)
    return results


def prepared(seat: AnySeat, corpus: str, mode: str) -> Prepared:
    """Whether the answer is right; a process that dies or hangs is an answer too."""
    try:
        answer: Prepared = seat.ask("prepare", corpus, mode)
    except Gone as gone:
        return Prepared(str(gone))
    return answer


def ask(seat: AnySeat, result: Result, order: str) -> float | None:
    """What the seat says; where its process dies or hangs, that is the result."""
    try:
        seconds: float | None = seat.ask(order)
    except Gone as gone:
        result.prepared = Prepared(str(gone))
        result.seconds.clear()
        return None
    return seconds


def take_seats(core: int | None) -> tuple[list[Taken], dict[str, str]]:
    """A seat for everybody who is here, and why others are not. Ours always is: if it fails, that shows."""
    seats: list[Taken] = []
    left_out = {}
    for who in CONTESTANTS:
        if who.package is None or who.name == OURS or version_of(who.package):
            seats.append((who, Seat(serve, (who.name, core), PATIENCE)))
        else:
            left_out[who.name] = f"{who.package} is not installed"
    why = why_no_node()
    for peer in NODE_CONTESTANTS:
        if why is None:
            seats.append((peer, NodeSeat(peer, core, PATIENCE)))
        else:
            left_out[peer.name] = why
    return seats, left_out


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
            "seconds": [float(f"{second:.4g}") for second in r.seconds],
            "median": statistics.median(r.seconds) if r.seconds else None,
        }
        for r in results
    ]


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Ours and the peers, measured in one run.")
    parser.add_argument(
        "--quick", action="store_true", help="compare answers in shorter texts, take no times"
    )
    parser.add_argument("--json", type=Path, help="write every number to this file")
    parser.add_argument("--only", default="", help="only modes or texts whose name contains this")
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    return parser.parse_args()


def main() -> int:
    """Run, print, keep; 1 when one of our own answers is wrong."""
    options = arguments()
    seats, left_out = take_seats(one_core())
    results: list[Result] = []
    for mode in MODES:
        for corpus in ONLY_HERE.get(mode, list(MAKERS)):
            if options.quick and len(text_of(corpus)) > LONGEST_QUICK:
                continue
            if options.only in mode or options.only in corpus:
                print(f"{mode}: {corpus}", file=sys.stderr, flush=True)
                results += compete(seats, mode, corpus, 0 if options.quick else options.rounds)
    for _, seat in seats:
        seat.stop()
    kept = {
        "machine": machine(),
        "versions": versions([who.package for who in CONTESTANTS if who.package], javascript=True),
        "left_out": left_out,
        "results": as_json(results),
    }
    print(origin(kept), tables(kept), sep="\n")
    if options.json:
        keep(options.json, kept)
    ours = [r for r in results if r.name == OURS]
    return int(any(r.prepared.verdict != "right" for r in ours))


if __name__ == "__main__":
    sys.exit(main())
